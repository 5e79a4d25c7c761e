"""Arrangers: cells stay unique, worth never falls (a second witness counts it), and both measures rise."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mapmaker.methods.arrangers import ARRANGERS, Keep
from mapmaker.methods.arrangers.anneal import DECAY, SHARES, Anneal
from mapmaker.methods.neighbors import Exact
from mapmaker.methods.solvers import SOLVERS
from mapmaker.model import Neighbors


def unit(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def placed(n: int, columns: int, rows: int, seed: int = 0) -> NDArray[np.int32]:
    """Return n cells at random."""
    numbers = np.random.default_rng(seed).permutation(columns * rows)[:n]
    return np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)


def worth(
    arranger: Anneal, vectors: NDArray[Any], neighbors: Neighbors, cells: NDArray[Any], columns: int, rows: int
) -> float:
    """Return what an arrangement is worth, from the words of the docstrings, pair by pair."""
    n = len(cells)
    k = min(arranger.neighbors, neighbors.index.shape[1])
    shares = [np.exp(-rank / DECAY) for rank in range(k)]
    total = 0.0
    for poster in range(n):
        for rank in range(k):
            mate = int(neighbors.index[poster, rank])
            step = np.abs(cells[poster] - cells[mate])
            if mate >= 0 and step.max() <= np.ceil(3 * arranger.reach):
                total += shares[rank] / sum(shares) * np.exp(-(step**2).sum() / (2 * arranger.reach**2))
    where = {tuple(cell): poster for poster, cell in enumerate(cells.tolist())}
    for (x, y), poster in where.items():
        beside = [where.get(cell, -1) for cell in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))]
        fits = sorted((float(vectors[poster] @ vectors[one]) if one >= 0 else 0.0 for one in beside), reverse=True)
        total += arranger.touch * sum(share * fit for share, fit in zip(SHARES, fits, strict=True))
    return total


def check(arranger: Anneal, vectors: NDArray[Any], graph: Neighbors, columns: int, rows: int) -> NDArray[np.int32]:
    """Arrange, and check what is true of every arrangement."""
    given = placed(len(vectors), columns, rows)
    before = given.copy()
    cells = arranger(vectors, graph, given, columns, rows)
    assert np.array_equal(given, before)
    assert cells.dtype == np.int32 and cells.shape == given.shape
    assert (cells >= 0).all() and (cells < (columns, rows)).all()
    assert len(np.unique(cells, axis=0)) == len(cells)
    found = worth(arranger, vectors, graph, cells, columns, rows)
    assert found >= worth(arranger, vectors, graph, given, columns, rows) - 1e-4
    assert np.array_equal(arranger(vectors, graph, given, columns, rows), cells)
    return np.asarray(cells)


@settings(deadline=None, max_examples=60)
@given(
    columns=st.integers(1, 9),
    rows=st.integers(1, 9),
    holes=st.integers(0, 30),
    d=st.integers(1, 5),
    k=st.integers(0, 25),
    missing=st.floats(0, 1),
    equal=st.booleans(),
    touch=st.sampled_from([0.0, 0.25, 3.0]),
    seed=st.integers(0, 999),
)
def test_cells_stay_unique_and_worth_never_falls(
    columns: int, rows: int, holes: int, d: int, k: int, missing: float, equal: bool, touch: float, seed: int
) -> None:
    n = max(1, columns * rows - holes)
    random = np.random.default_rng(seed)
    vectors = unit(random.normal(size=(n, d)))
    if equal:
        vectors[:] = vectors[0]
    graph = Exact(max(1, k))(vectors)
    index = np.where(random.random(graph.index.shape) < missing, -1, graph.index)
    check(Anneal(moves=60, touch=touch, seed=seed), vectors, Neighbors(index, graph.similarity), columns, rows)


def test_without_neighbours_posters_still_mind_what_touches_them() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(30, 3)))
    alone = Neighbors(np.full((30, 4), -1, np.int32), np.zeros((30, 4), np.float32))
    arranger = Anneal(touch=2)
    cells = check(arranger, vectors, alone, 6, 5)
    assert worth(arranger, vectors, alone, cells, 6, 5) > 1.2 * worth(arranger, vectors, alone, placed(30, 6, 5), 6, 5)


@pytest.mark.parametrize(
    ("n", "columns", "rows"), [(1, 1, 1), (1, 3, 2), (2, 2, 1), (2, 5, 1), (40, 1, 40), (40, 44, 1)]
)
def test_the_smallest_and_the_thinnest_grids_are_arranged(n: int, columns: int, rows: int) -> None:
    vectors = unit(np.random.default_rng(n).normal(size=(n, 3)))
    check(Anneal(), vectors, Exact()(vectors), columns, rows)


def test_pairs_find_each_other() -> None:
    vectors = np.repeat(np.eye(12, dtype=np.float32), 2, axis=0)
    cells = Anneal(neighbors=1)(vectors, Exact(1)(vectors), placed(24, 6, 4), 6, 4)
    assert (np.abs(cells[::2] - cells[1::2]).sum(axis=1) == 1).all()


def clustered(n: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (vectors, points): clusters within clusters in 24 dimensions, and a blurred view of them in the plane."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(10, 24))[random.integers(0, 10, n)]
    values += 0.7 * random.normal(size=(80, 24))[random.integers(0, 80, n)] + 0.4 * random.normal(size=(n, 24))
    axes = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)[2][:2]
    return unit(values - values.mean(axis=0)), np.asarray(values @ axes.T, np.float32)


def measures(vectors: NDArray[Any], cells: NDArray[Any]) -> tuple[float, float]:
    """Return (mean distance to the best that touches, share of the 10 nearest within two cells)."""
    distance = np.sqrt(np.maximum(2 - 2 * vectors.astype(float) @ vectors.T, 0))
    np.fill_diagonal(distance, np.inf)
    step = np.abs(cells[:, None] - cells[None])
    touches = step.sum(axis=2) == 1
    nearest = np.argsort(distance, axis=1)[:, :10]
    inside = np.take_along_axis(step.max(axis=2) <= 2, nearest, axis=1)
    return float(np.where(touches, distance, np.inf).min(axis=1).mean()), float(inside.mean())


@pytest.mark.parametrize(("columns", "rows"), [(30, 20), (33, 20)])
def test_both_measures_of_a_map_rise(columns: int, rows: int) -> None:
    vectors, points = clustered(600, 1)
    low, high = points.min(axis=0), points.max(axis=0)
    cells = SOLVERS["scipy"]()()((points - low) / (high - low) * (columns - 1, rows - 1), columns, rows)
    before = measures(vectors, cells)
    after = measures(vectors, Anneal()(vectors, Exact()(vectors), cells, columns, rows))
    assert after[0] < 0.97 * before[0]
    assert after[1] > 0.03 + before[1]


def test_another_seed_arranges_otherwise() -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(60, 4)))
    graph, cells = Exact()(vectors), placed(60, 10, 6)
    one, other = (Anneal(seed=seed)(vectors, graph, cells, 10, 6) for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_none_leaves_the_cells_alone() -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(60, 4)))
    cells = placed(60, 10, 6)
    kept = Keep()(vectors, Exact()(vectors), cells, 10, 6)
    assert np.array_equal(kept, cells) and kept is not cells
    assert ARRANGERS["none"]() is Keep and ARRANGERS["anneal"]() is Anneal


@pytest.mark.parametrize(
    "wrong",
    [
        {"moves": -1},
        {"touch": -0.1},
        {"touch": float("nan")},
        {"reach": 0},
        {"neighbors": 0},
        {"heat": 0},
        {"seed": -1},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Anneal(**wrong)


def test_no_moves_move_nobody() -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(60, 4)))
    cells = placed(60, 10, 6)
    assert np.array_equal(Anneal(moves=0)(vectors, Exact()(vectors), cells, 10, 6), cells)
