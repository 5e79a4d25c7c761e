"""Clusters by likeness: what stands out is found at every scale, parts of one theme are one, strangers leave."""

import numpy as np
import pytest
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker import quality
from mapmaker.errors import ArtifactError
from mapmaker.methods.clusterings import CLUSTERINGS, largest_first, refining
from mapmaker.methods.clusterings.contrast import Contrast, nearest
from mapmaker.methods.clusterings.refining import refined, together

Vectors = NDArray[np.float32]


def unit(values: NDArray[np.floating]) -> Vectors:
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def crowds(middles: list[tuple[float, float, float]], theme: list[int], each: int = 40) -> tuple[Vectors, Vectors]:
    """Return points in crowds at (x, y) of a radius, and vectors of which those of one theme point one way."""
    random = np.random.default_rng(3)
    points = [random.normal((x, y), radius, (each, 2)) for x, y, radius in middles]
    ways = np.eye(12)[np.repeat(theme, each)]
    return np.concatenate(points).astype(np.float32), unit(ways + random.normal(0, 0.15, (len(ways), 12)))


def test_crowds_of_unlike_density_are_found_in_one_map() -> None:
    points, vectors = crowds([(0, 0, 0.1), (1, 0, 0.1), (40, 0, 8), (0, 90, 8)], [0, 1, 2, 3])
    labels = CLUSTERINGS["dbscan"]()()(points, vectors)
    planted = np.repeat(np.arange(4), 40)
    assert len(set(labels[labels >= 0].tolist())) == 4
    for label in range(4):
        assert len(set(planted[labels == label].tolist())) == 1
    assert (labels >= 0).mean() > 0.9
    coarse = mm.cluster(points)  # one eps, without likeness: the two small crowds are one, or the large ones none
    assert len(set(coarse[coarse >= 0].tolist())) < 4


def test_a_crowd_of_two_themes_is_split_only_where_the_themes_stand_apart() -> None:
    middles = [(0.0, 0.0, 0.5), (3.0, 0.0, 0.5), (90.0, 0.0, 0.5), (93.0, 0.0, 0.5), (0.0, 60.0, 3.0)]
    points, vectors = crowds(middles, [0, 0, 1, 2, 3])
    labels = CLUSTERINGS["dbscan"]()()(points, vectors)
    assert len(set(labels[:80].tolist()) - {-1}) == 1, "two crowds of one theme are one cluster"
    assert len(set(labels[80:160].tolist()) - {-1}) == 2, "those of two are two"


def test_what_does_not_stand_out_is_no_cluster() -> None:
    points, vectors = crowds([(0, 0, 1), (12, 0, 1), (0, 12, 1)], [0, 1, 2])
    unlike = unit(np.random.default_rng(0).normal(size=(len(points), 40)))
    assert (CLUSTERINGS["dbscan"]()()(points, unlike) == -1).all()
    assert (CLUSTERINGS["dbscan"]()()(points, vectors) >= 0).mean() > 0.9


def test_contrast_is_that_of_brute_force() -> None:
    random = np.random.default_rng(1)
    points, vectors = random.normal(size=(60, 2)).astype(np.float32), unit(random.normal(size=(60, 5)))
    _, near = nearest(points, 7)
    members = np.array([3, 4, 9, 20, 41], np.int32)
    cosines = vectors @ vectors.T
    ring = sorted({*near[members].ravel().tolist()} - {*members.tolist()})
    inside = cosines[np.ix_(members, members)][np.triu_indices(5, 1)].mean()
    assert Contrast(vectors, near)(members) == pytest.approx(inside - cosines[members][:, ring].mean(), abs=1e-6)


def test_nearest_leaves_out_the_point_itself_also_where_many_share_a_place() -> None:
    points = np.array([[0, 0]] * 5 + [[9, 9]] * 2, np.float32)
    far, near = nearest(points, 3)
    assert (near != np.arange(7)[:, None]).all()
    assert far[:5].max() == 0
    assert near[5, 0] == 6


def test_strangers_leave_friends_join_and_torn_themes_become_one() -> None:
    points, vectors = crowds([(0, 0, 1), (30, 0, 1), (60, 0, 1)], [0, 0, 1])
    labels = np.repeat([0, 1, 2], 40)
    labels[5] = -1  # a friend that nobody counted
    vectors[50] = np.eye(12, dtype=np.float32)[7]  # a stranger among them
    found = refined(labels, vectors, nearest(points)[1], smallest=6)
    assert found[0] == found[45] != found[100], "two crowds of one theme"
    assert found[5] == found[0]
    assert found[50] == -1
    assert (refined(np.full(120, -1), vectors, nearest(points)[1], smallest=6) == -1).all()


@pytest.mark.parametrize("held", [1, 50, 2**21])
def test_the_most_alike_become_one_first_however_few_pairs_are_held(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refining, "_HELD", held)
    random = np.random.default_rng(5)
    ways = unit(random.normal(size=(4, 6)))[random.integers(0, 4, 30)] + random.normal(0, 0.2, (30, 6))
    groups = [np.arange(7 * number, 7 * number + random.integers(2, 8)) for number in range(30)]
    vectors = unit(np.repeat(ways, 7, axis=0) + random.normal(0, 0.4, (210, 6)))

    def share(one: list[int], other: list[int]) -> float:
        least = min(quality.cohesion(vectors[some]) for some in (one, other))
        return float((vectors[one] @ vectors[other].T).mean() / least) if least > 0 else -np.inf

    left = [group.tolist() for group in groups]
    while True:
        pairs = [(share(a, b), i, j) for j, b in enumerate(left) for i, a in enumerate(left[:j])]
        most, one, other = max(pairs)
        if most < 0.8:
            break
        left[one] = sorted(left[one] + left.pop(other))
    assert 4 <= len(left) < 20
    found = together([group.astype(np.int32) for group in groups], vectors)
    assert [group.tolist() for group in found] == left


@pytest.mark.parametrize("method", ["dbscan", "hdbscan", "none"])
@pytest.mark.parametrize("n", [0, 1, 5, 6, 40])
def test_few_posters_and_posters_all_alike_are_no_trouble(method: str, n: int) -> None:
    alike = np.ones((n, 3), np.float32)
    for points in (np.zeros((n, 2)), np.random.default_rng(0).normal(size=(n, 2))):
        labels = mm.cluster(points.astype(np.float32), alike, method=method)
        assert labels.dtype == np.int32
        assert labels.shape == (n,)
        assert (labels >= -1).all()


def test_hdbscan_finds_planted_crowds_and_none_finds_none() -> None:
    points, vectors = crowds([(0, 0, 1), (40, 0, 1), (0, 50, 1)], [0, 1, 2])
    labels = mm.cluster(points, vectors, method="hdbscan", components=0)
    assert len(set(labels[labels >= 0].tolist())) == 3
    assert (mm.cluster(points, vectors, method="none") == -1).all()


def test_the_largest_comes_first_ties_by_their_first_member() -> None:
    assert largest_first(np.array([4, 4, -1, 2, 2, 7, 7, 7])).tolist() == [1, 1, -1, 2, 2, 0, 0, 0]
    assert largest_first(np.full(3, -1)).tolist() == [-1, -1, -1]


def test_points_and_features_must_be_as_many() -> None:
    with pytest.raises(ArtifactError, match="9 points for 8 rows"):
        mm.cluster(np.zeros((9, 2), np.float32), np.ones((8, 3), np.float32))
