"""DBSCAN without everyone's neighbours: the same labels as scikit-learn's, in memory that density does not fill."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN

from mapmaker.methods.clusterings.contrast import nearest
from mapmaker.methods.clusterings.density import Density

Points = NDArray[np.float32]


def density(points: Points, smallest: int = 6) -> Density:
    return Density(points, *nearest(points, min(len(points) - 1, max(30, smallest - 1))), smallest)


def same(points: Points, eps: float, smallest: int = 6) -> None:
    expected = DBSCAN(eps=eps, min_samples=smallest).fit(points).labels_
    np.testing.assert_array_equal(density(points, smallest).labels(eps), expected)


@settings(deadline=None)
@given(st.integers(6, 300), st.integers(2, 6), st.integers(1, 12), st.integers(2, 40), st.integers(0, 99))
def test_labels_are_those_of_scikit_learn_with_points_on_the_rim_too(
    n: int, smallest: int, eps: int, wide: int, seed: int
) -> None:
    """Quarters are exact: many distances are just eps, many points fall together, many are at the edge of two."""
    points = np.random.default_rng(seed).integers(0, 4 * wide, (n, 2)) / 4
    same(points.astype(np.float32), eps / 4, smallest)


@pytest.mark.parametrize("eps", [0.01, 0.1, 0.5, 2.0, 30.0])
def test_labels_are_those_of_scikit_learn_at_every_scale(eps: float) -> None:
    random = np.random.default_rng(1)
    middles = random.uniform(-20, 20, (12, 2))
    points = middles[random.integers(0, 12, 3_000)] + random.normal(0, 1, (3_000, 2))
    same(np.concatenate([points, random.normal(0, 0.05, (1_000, 2))]).astype(np.float32), eps)


def test_no_point_at_all_is_in_a_cluster_where_eps_is_small() -> None:
    assert (density(np.arange(40, dtype=np.float32).reshape(20, 2)).labels(0.5) == -1).all()


def test_posters_in_one_dense_place_do_not_fill_the_memory() -> None:
    points = np.random.default_rng(0).normal(0, 1, (20_000, 2)).astype(np.float32)
    found = density(points)
    found.labels(5.0)  # whatever is compiled
    tracemalloc.start()
    labels = found.labels(5.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (labels == 0).mean() > 0.999
    assert peak < 20_000 * 1_000, "the neighbours of all of them at once are 3 GB"
