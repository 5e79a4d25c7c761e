"""Neighbours and projections: against brute force, and for the sizes at which things go wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.methods import neighbors
from mapmaker.methods.hnsw import RECALL, Hnsw, Wiring
from mapmaker.methods.neighbors import Connection, Exact, Reduction, distances
from mapmaker.methods.projections.components import Pca
from mapmaker.methods.projections.descent import FEWEST_FOR_GRID
from mapmaker.methods.projections.tsne import FEWEST_FOR_TSNE
from mapmaker.model import METRICS, Neighbors


def unit(n: int, d: int, seed: int, copies: int = 1) -> NDArray[np.float32]:
    """Return n unit vectors, `copies` of each."""
    vectors = np.repeat(np.random.default_rng(seed).normal(size=(-(-n // copies), d)), copies, axis=0)[:n]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@given(
    n=st.integers(1, 40), d=st.integers(1, 8), k=st.integers(1, 50), copies=st.integers(1, 4), seed=st.integers(0, 99)
)
def test_the_graph_is_that_of_brute_force(n: int, d: int, k: int, copies: int, seed: int) -> None:
    vectors = unit(n, d, seed, copies)
    graph = Exact(k)(vectors)
    likeness = vectors.astype(float) @ vectors.T.astype(float)
    np.fill_diagonal(likeness, -np.inf)
    assert graph.index.shape == (n, min(k, n - 1))
    for row in range(n):
        assert row not in graph.index[row]
        assert len(set(graph.index[row].tolist())) == graph.index.shape[1]
        expected = np.sort(likeness[row])[::-1][: graph.index.shape[1]]
        np.testing.assert_allclose(graph.similarity[row], expected, atol=1e-5)
        np.testing.assert_allclose(likeness[row, graph.index[row]], expected, atol=1e-5)


def test_among_some_rows_the_graph_is_theirs_alone() -> None:
    vectors = unit(30, 4, 0)
    rows = np.array([3, 4, 7, 11, 12, 20, 29])
    among = Exact(29)(vectors).among(rows)
    alone = Exact(6)(vectors[rows])
    assert among.index[:, :6].tolist() == alone.index.tolist()
    np.testing.assert_allclose(among.similarity[:, :6], alone.similarity, atol=1e-6)
    assert (among.index[:, 6:] == -1).all()
    assert (among.similarity[:, 6:] == 0).all()


def test_tombstones_drop_out_of_a_graph() -> None:
    graph = Neighbors(np.array([[1, 2], [-1, -1], [0, 1]], np.int32), np.array([[0.9, 0.5], [0, 0], [0.5, 0.4]], "f4"))
    among = graph.among(np.array([0, 2]))
    assert among.index.tolist() == [[1, -1], [0, -1]]
    assert among.similarity.tolist() == [[0.5, 0], [0.5, 0]]


def test_reduction_keeps_cosines_where_no_dimension_is_lost() -> None:
    values = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    reduced = Reduction(6)(values)
    centred = values - values.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(reduced @ reduced.T, expected @ expected.T, atol=1e-4)
    as_they_are = Reduction(0)(values)
    np.testing.assert_allclose(as_they_are, values / np.linalg.norm(values, axis=1, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 5, 70])
@pytest.mark.parametrize("d", [1, 3, 100])
def test_reduction_takes_any_shape_and_gives_unit_length(n: int, d: int) -> None:
    reduced = Reduction()(np.random.default_rng(0).normal(size=(n, d)).astype(np.float32))
    assert reduced.dtype == np.float32
    assert reduced.shape == (n, min(64, n, d))
    lengths = np.linalg.norm(reduced, axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))


def test_reduction_of_equal_rows_is_zero_and_finite() -> None:
    assert Reduction()(np.full((9, 5), 3.7, np.float32)).tolist() == np.zeros((9, 5)).tolist()


def features(n: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, 20)).astype(np.float32)


@pytest.mark.parametrize("method", ["tsne", "pca"])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 30, 200])
def test_a_layout_of_any_size_is_finite_and_always_the_same(method: str, n: int) -> None:
    points = mm.layout(features(n), method=method)
    assert points.dtype == np.float32
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()
    assert np.array_equal(mm.layout(features(n), method=method), points)
    assert len(np.unique(points, axis=0)) == n or n < 2


def test_another_seed_is_another_layout_but_a_layout() -> None:
    one, two = (mm.layout(features(30), seed=seed) for seed in (0, 1))
    assert one.shape == two.shape
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("method", ["tsne", "pca"])
@pytest.mark.parametrize("n", [2, FEWEST_FOR_TSNE, 30])
def test_vectors_that_are_all_equal_make_a_finite_layout(method: str, n: int) -> None:
    assert np.isfinite(mm.layout(np.ones((n, 5), np.float32), method=method)).all()


def test_copies_and_a_perplexity_beyond_the_points_do_no_harm() -> None:
    values = np.repeat(features(5), 4, axis=0)
    points = mm.layout(values, perplexity=100)
    assert np.isfinite(points).all()
    assert points.shape == (20, 2)


@pytest.mark.parametrize("n", [300, FEWEST_FOR_GRID])
def test_tsne_brings_groups_of_like_vectors_together(n: int) -> None:
    group = np.arange(n) % 6
    values = features(6, 1)[group] * 4 + np.random.default_rng(2).normal(size=(n, 20)).astype(np.float32)
    points = mm.layout(values, iterations=100, exaggeration_iterations=100)
    nearest = Exact(1)(_on_a_sphere(points)).index[:, 0]
    assert (group[nearest] == group).mean() > 0.99


def _on_a_sphere(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors whose cosine neighbours are the plane's nearest."""
    small = (points - points.mean(axis=0)) / np.abs(points).max() / 100
    lifted = np.concatenate([small, np.sqrt(1 - (small**2).sum(axis=1, keepdims=True))], axis=1)
    return np.ascontiguousarray(lifted, np.float32)


def test_pca_is_that_of_the_singular_values() -> None:
    vectors = Reduction()(features(40))
    points = Pca()(vectors, Exact(1)(vectors))
    centred = vectors - vectors.mean(axis=0)
    left, values, _ = np.linalg.svd(centred.astype(float), full_matrices=False)
    np.testing.assert_allclose(np.abs(points), np.abs(left[:, :2] * values[:2]), atol=1e-4)


def test_a_layout_of_nothing_is_nothing() -> None:
    assert mm.layout(np.zeros((0, 5), np.float32)).shape == (0, 2)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros(5), np.full((5, 2), np.nan), np.zeros((5, 0)), np.full((5, 2), 1e300)],
    ids=["one axis", "NaN", "no numbers", "beyond float32"],
)
def test_values_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(ArtifactError, match="features: "):
        mm.layout(wrong)


@pytest.mark.parametrize(
    "options",
    [
        {"components": "x"},
        {"components": -1},
        {"method": "pcaa"},
        {"metric": "chebyshev"},
        {"momentum": 1.0},
        {"initialization": "x"},
        {"perplexty": 5},
    ],
)
def test_layout_options_that_will_not_do_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        mm.layout(features(5), **options)


def test_who_is_nearest_of_those_all_but_equal_does_not_depend_on_who_else_there_is() -> None:
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(size=(200, 64)), 15, axis=0) + random.normal(scale=1e-4, size=(3000, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    few, all_ = Exact(14)(vectors[:2010]), Exact(14)(vectors)
    assert np.array_equal(few.index, all_.index[:2010])
    assert np.array_equal(few.similarity, all_.similarity[:2010])


@pytest.mark.parametrize(("n", "d"), [(700, 30), (31, 30), (5_000, 12), (20, 30)])
def test_the_space_is_that_of_scikit_learn(tmp_path: Path, n: int, d: int) -> None:
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(n)
    values = (rng.normal(size=(n + 9, d)) @ rng.normal(size=(d, d)) + 5).astype(np.float32)
    rows = np.sort(rng.permutation(n + 9)[:n])
    np.save(tmp_path / "values.npy", values)
    stored = np.load(tmp_path / "values.npy", mmap_mode="r")
    space = Reduction(6).space(stored, rows)
    reference = PCA(6, svd_solver="full").fit(values[rows].astype(np.float64))
    np.testing.assert_allclose(space.mean, reference.mean_, atol=1e-5)
    np.testing.assert_allclose(space.axes, reference.components_.T, atol=1e-5)
    expected = reference.transform(values[rows].astype(np.float64))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(space.of(stored, rows), expected, atol=2e-5)
    again = Reduction(6).space(values[rows])
    assert again.axes.tobytes() == space.axes.tobytes()
    assert again.of(values[rows]).tobytes() == space.of(stored, rows).tobytes()


def test_by_manhattan_distance_the_graph_is_that_of_brute_force() -> None:
    vectors = unit(60, 5, 0)
    graph = Exact(7, "manhattan")(vectors)
    apart = np.abs(vectors[:, None] - vectors[None]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    assert graph.index.tolist() == np.argsort(apart, axis=1)[:, :7].tolist()
    np.testing.assert_allclose(graph.similarity, np.take_along_axis(vectors @ vectors.T, graph.index, 1), atol=1e-6)
    np.testing.assert_allclose(distances(vectors, graph), np.sort(apart, axis=1)[:, :7], atol=1e-5)


def test_how_far_neighbours_are_is_told_by_the_metric_of_the_graph() -> None:
    vectors = unit(20, 3, 0)
    cosines = Exact(4, "cosine")(vectors)
    np.testing.assert_allclose(distances(vectors, cosines), 1 - cosines.similarity, atol=1e-6)
    straight = np.linalg.norm(vectors[cosines.index] - vectors[:, None], axis=2)
    np.testing.assert_allclose(distances(vectors, Exact(4)(vectors)), straight, atol=1e-3)
    assert cosines.among(np.arange(5)).metric == "cosine"


@pytest.mark.parametrize("n", [2, 60, 900])
def test_rows_too_long_for_their_covariance_are_reduced_as_well(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = features(n) @ np.random.default_rng(1).normal(size=(features(n).shape[1], 400)).astype(np.float32)
    exact = Reduction(6)(values)
    monkeypatch.setattr(neighbors, "WIDE", 100)
    wide = Reduction(6)(values)
    assert wide.shape == exact.shape
    assert np.abs((wide * exact).sum(axis=1)).min() > 0.999
    assert np.array_equal(Reduction(6)(values), wide)


def test_another_metric_is_another_layout() -> None:
    values = features(60)
    layouts = [mm.layout(values, metric=metric, iterations=20) for metric in METRICS]
    assert len({points.tobytes() for points in layouts}) == len(METRICS)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_hnsw_finds_nearly_the_exact_graph_and_says_how_nearly(metric: str) -> None:
    vectors = unit(3_000, 16, 0)
    exact = Exact(20, metric)(vectors)
    found = Connection(20, metric, "hnsw", Wiring(links=8, ef_construction=40, ef_search=8))(vectors)
    shared = np.mean([np.isin(a, b).mean() for a, b in zip(exact.index, found.neighbors.index, strict=True)])
    assert found.method == "hnsw"
    assert found.recall >= RECALL
    assert shared == pytest.approx(found.recall, abs=0.02)
    assert found.ef_search > 20, "it was asked for too few, and had to search wider"
    assert found.neighbors.index[0].tolist().count(0) == 0
    assert Connection(20, metric)(vectors).method == "exact"


def test_a_recall_out_of_reach_is_told_as_it_is() -> None:
    vectors = unit(2_000, 32, 1)
    index = Hnsw.of(vectors, Wiring(links=2, ef_construction=1, ef_search=1))
    assert index.tune(10) == pytest.approx(index.recall(10, len(vectors)), abs=0.05)
    assert index.recall(10) < RECALL
    assert index.ef_search == len(vectors)


def test_of_equals_any_neighbour_will_do() -> None:
    vectors = unit(1_200, 16, 0)
    vectors[::20] = vectors[0]
    index = Hnsw.of(vectors)
    assert index.tune(10) > 0.99
    assert index.ef_search == Wiring().ef_search


def test_a_row_itself_is_no_neighbour_that_was_found() -> None:
    index = Hnsw.of(unit(400, 8, 0), Wiring(links=2, ef_construction=1, ef_search=1))
    assert index.recall(1) < 0.9, "each finds itself"


def test_an_index_is_built_to_the_same_bytes_and_finds_the_same_when_read_back(tmp_path: Path) -> None:
    vectors = unit(3_000, 16, 0)
    for name in ("one", "two"):
        Hnsw.of(vectors).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    loaded = Hnsw.load(tmp_path / "one")
    for mine, theirs in zip(loaded.search(vectors[:50], 7), Hnsw.of(vectors).search(vectors[:50], 7), strict=True):
        assert np.array_equal(mine, theirs)
    assert loaded.ef_search == Wiring().ef_search


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"nothing of the kind")
    with pytest.raises(ArtifactError, match="index is no index of vectors: make it anew"):
        Hnsw.load(tmp_path / "index")
