"""Clusters: planted ones are found, and what is none is none."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.methods.clusterings.contrast import nearest
from mapmaker.stages.clusters import numbered


def blobs(sizes: list[int], seed: int = 0) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Return points in far clumps, and the clump of each, mixed."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    group = rng.permutation(group)
    middle = np.stack([np.cos(np.arange(len(sizes)) * 2.4), np.sin(np.arange(len(sizes)) * 2.4)], axis=1) * 40
    return (middle[group] + rng.normal(size=(len(group), 2))).astype(np.float32), group


def test_planted_clusters_are_found_the_largest_first() -> None:
    points, group = blobs([40, 90, 60, 50])
    labels = mm.cluster(points)
    assert labels.dtype == np.int32
    assert (labels >= 0).mean() > 0.9
    for label, planted in enumerate((1, 2, 3, 0)):
        assert set(group[labels == label].tolist()) == {planted}
    assert (np.diff(np.bincount(labels[labels >= 0])) <= 0).all()


def test_loners_belong_to_no_cluster() -> None:
    points, _ = blobs([60, 60])
    lonely = np.array([[500, 500], [-500, 300], [700, -200]], np.float32)
    assert mm.cluster(np.concatenate([points, lonely]))[-3:].tolist() == [-1, -1, -1]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fewer_points_than_begin_a_cluster_are_none(n: int) -> None:
    assert mm.cluster(np.zeros((n, 2), np.float32)).tolist() == [-1] * n


@pytest.mark.parametrize("n", [6, 50])
def test_points_that_are_all_equal_are_one_cluster(n: int) -> None:
    assert mm.cluster(np.full((n, 2), 7.5, np.float32)).tolist() == [0] * n


def test_an_eps_that_is_given_is_taken() -> None:
    line = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    assert mm.cluster(line.astype(np.float32), eps=0.5).tolist() == [-1] * 20
    assert mm.cluster(line.astype(np.float32), eps=5.0).tolist() == [0] * 20


@given(st.integers(2, 60), st.integers(1, 5), st.integers(0, 99))
def test_distances_to_the_kth_are_those_of_brute_force(n: int, k: int, seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    k = min(k, n - 1)
    apart = np.sqrt(((points[:, None].astype(float) - points[None]) ** 2).sum(axis=2))
    np.testing.assert_allclose(nearest(points, k)[0], np.sort(apart, axis=1)[:, 1 : k + 1], atol=1e-5)


def test_clusters_are_numbered_in_order_without_names_and_hold_their_members() -> None:
    found = numbered(np.array([1, 0, -1, 0, 1, 0], np.int32))
    assert [(c.slug, c.name, c.members.tolist()) for c in found.clusters] == [
        ("1", "", [1, 3, 5]),
        ("2", "", [0, 4]),
    ]
    assert numbered(np.full(3, -1, np.int32)).clusters == []


@pytest.mark.parametrize("wrong", [np.zeros(4), np.zeros((4, 3)), np.full((9, 2), np.nan)], ids=str)
def test_points_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(ArtifactError, match="layout: "):
        mm.cluster(wrong)


def test_a_clustering_that_is_not_known_is_refused() -> None:
    with pytest.raises(OptionError, match="did you mean 'dbscan'"):
        mm.cluster(np.zeros((9, 2), np.float32), method="dbscn")
