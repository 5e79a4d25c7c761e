"""t-SNE of our own against openTSNE's and against all pairs; UMAP on the same graph."""

import os
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.errors import MissingExtra
from mapmaker.methods.neighbors import Exact
from mapmaker.methods.projections import repulsion
from mapmaker.methods.projections.descent import FEWEST_FOR_GRID, Phase, descend, divergence
from mapmaker.methods.projections.manifold import FEWEST_FOR_UMAP
from mapmaker.methods.projections.repulsion import AllPairs, OnGrid
from mapmaker.methods.projections.rows import BLOCK, Rows
from mapmaker.methods.projections.tsne import INITIALIZATIONS, Tsne, affinities
from mapmaker.progress import Silence


def grouped(n: int, seed: int = 0) -> NDArray[np.float32]:
    """Return n unit vectors in some thirty groups that run into one another."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(30, 24))
    vectors = middles[random.integers(0, 30, n)] + random.normal(size=(n, 24))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def beginning(n: int) -> NDArray[np.float32]:
    """Return n points close together."""
    return np.asarray(np.random.default_rng(0).normal(scale=1e-4, size=(n, 2)), np.float32)


@pytest.mark.parametrize("scale", [1e-4, 0.3, 3, 20])
def test_the_grid_pushes_as_all_pairs_do(scale: float) -> None:
    points = np.asarray(np.random.default_rng(0).normal(scale=scale, size=(2_500, 2)), np.float32)
    push, expected = np.empty_like(points), np.empty_like(points)
    with Rows(len(points), 1) as rows:
        pairs, all_pairs = OnGrid(rows)(points, push), AllPairs(rows)(points, expected)
    steps = points[:5, None].astype(float) - points
    near = 1 / (1 + (steps**2).sum(axis=2))
    np.testing.assert_allclose(expected[:5], (near[:, :, None] ** 2 * steps).sum(axis=1), rtol=1e-3, atol=1e-4 * scale)
    assert pairs == pytest.approx(all_pairs, rel=5e-4)
    assert np.linalg.norm(push - expected) < 0.02 * np.linalg.norm(expected)


def test_a_point_that_shot_far_off_takes_no_more_than_so_large_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repulsion, "MOST_NODES", 256)
    points = np.zeros((FEWEST_FOR_GRID, 2), np.float32)
    points[0] = 1e6
    with Rows(len(points), 1) as rows:
        grid = OnGrid(rows)
        grid(points, np.empty_like(points))
    assert 256 <= grid.nodes <= 256 * 1.1


def test_it_comes_as_near_as_opentsne_from_the_same_start() -> None:
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PrecomputedAffinities

    n = 1_500
    vectors = grouped(n)
    known = affinities(vectors, Exact(90)(vectors), 30)
    start = beginning(n)
    pairs = PrecomputedAffinities(known.copy(), normalize=False)
    theirs = TSNEEmbedding(start.astype(float), pairs, negative_gradient_method="bh", n_jobs=1)
    theirs.optimize(50, exaggeration=4, momentum=0.8, inplace=True)
    theirs.optimize(100, momentum=0.8, inplace=True)
    told: list[float] = []
    phases = [Phase(50, 4, n / 4, 0.8), Phase(100, 1, n, 0.8)]
    ours = descend(start, known, phases, 2, lambda iterations, now: told.append(now))
    assert divergence(np.asarray(theirs), known) == pytest.approx(theirs.kl_divergence, rel=0.005)
    assert divergence(ours, known) <= 1.01 * theirs.kl_divergence
    assert told[-1] == pytest.approx(divergence(ours, known), rel=1e-4)
    assert told[1:] == sorted(told[1:], reverse=True)


def test_any_number_of_threads_makes_the_same_points() -> None:
    vectors = grouped(BLOCK + 500)
    known = affinities(vectors, Exact(30)(vectors), 10)
    start = beginning(len(vectors))
    one, two, three = (
        descend(start, known, [Phase(60, 1, len(vectors), 0.8)], threads, lambda *_: None) for threads in (1, 2, 3)
    )
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


@pytest.mark.parametrize(
    "options",
    [{"momentum": 0.5}, {"exaggeration_momentum": 0.5}, {"exaggeration": 12.0}, {"learning_rate": 10.0}, {"seed": 1}]
    + [{"initialization": name} for name in INITIALIZATIONS if name != "pca"],
    ids=str,
)
def test_every_option_tells(options: dict[str, Any]) -> None:
    vectors = grouped(60)
    graph = Exact(30)(vectors)
    few: dict[str, Any] = {"perplexity": 10.0, "iterations": 20, "exaggeration_iterations": 20}
    assert not np.array_equal(Tsne(**few, **options)(vectors, graph), Tsne(**few)(vectors, graph))


def test_progress_tells_the_divergence() -> None:
    heard: list[object] = []

    class Ears(Silence):
        def expect(self, total: int, unit: str) -> None:
            heard.append((total, unit))

        def advance(self, steps: int = 1) -> None:
            heard.append(steps)

        def reach(self, so_far: str) -> None:
            heard.append(so_far.partition(" 0")[0].rpartition(" ")[0])

    vectors = grouped(60)
    Tsne(perplexity=10, exaggeration_iterations=60, iterations=50)(vectors, Exact(30)(vectors), Ears())
    assert heard[0] == (110, "iterations")
    assert [step for step in heard if isinstance(step, int)] == [50, 10, 50]
    assert str(heard[-1]).startswith("KL")


@pytest.fixture
def umap() -> None:
    """Skip where it is not installed; in CI it must be."""
    if "CI" not in os.environ:
        pytest.importorskip("umap", reason="umap-learn is not installed")


@pytest.mark.usefixtures("umap")
def test_umap_is_always_the_same_and_brings_groups_together() -> None:
    group = np.arange(120) % 3
    values = np.eye(8, dtype=np.float32)[group] * 5 + np.random.default_rng(0).normal(size=(120, 8)).astype(np.float32)
    points = mm.layout(values, method="umap", epochs=100)
    assert np.array_equal(mm.layout(values, method="umap", epochs=100), points)
    middles = np.array([points[group == one].mean(axis=0) for one in range(3)])
    nearest = np.linalg.norm(points[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == group).mean() > 0.95


@pytest.mark.usefixtures("umap")
@pytest.mark.parametrize("n", [1, 2, FEWEST_FOR_UMAP - 1, FEWEST_FOR_UMAP])
def test_umap_takes_any_size(n: int) -> None:
    points = mm.layout(grouped(n), method="umap", epochs=10)
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


def test_without_umap_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtra, match=r"the layout umap needs the umap extra: pip install 'mapmaker\[umap\]'"):
        mm.layout(grouped(40), method="umap")
