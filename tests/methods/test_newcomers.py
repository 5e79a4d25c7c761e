"""Newcomers get cells of their own near their like, and next to nobody has to move for them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mapmaker as mm
from mapmaker.methods.arrangers import newcomers
from mapmaker.methods.arrangers.newcomers import MOST_MOVED, settle_newcomers
from mapmaker.methods.neighbors import Exact
from mapmaker.methods.seating import free_cells, grown, seated


@given(
    columns=st.integers(1, 9),
    rows=st.integers(1, 9),
    old=st.integers(1, 40),
    new=st.integers(0, 40),
    seed=st.integers(0, 99),
)
def test_everyone_new_gets_a_cell_and_everyone_old_keeps_theirs(
    columns: int, rows: int, old: int, new: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    old = min(old, columns * rows)
    new = min(new, columns * rows - old)
    numbers = random.permutation(columns * rows)[:old]
    cells = np.full((old + new, 2), -1, np.int32)
    at = random.permutation(old + new)[:old]
    cells[at] = np.stack([numbers % columns, numbers // columns], axis=1)
    found = seated(random.normal(size=(old + new, 2)).astype(np.float32), cells, columns, rows)
    assert np.array_equal(found[at], cells[at])
    assert len({tuple(cell) for cell in found.tolist()}) == old + new
    assert (found >= 0).all()
    assert (found < (columns, rows)).all()


def test_a_newcomer_sits_down_beside_those_it_lies_among() -> None:
    cells = np.array([[x, y] for y in range(10) for x in range(10)], np.int32)
    points = cells.astype(np.float32)
    cells[[22, 88]] = -1
    found = seated(points, cells, 10, 10)
    assert found[[22, 88]].tolist() == [[2, 2], [8, 8]]


@pytest.mark.parametrize(
    ("given", "n", "fixed", "expected"),
    [
        ((16, 10), 160, (0, 0), (16, 10)),
        ((16, 10), 161, (0, 0), (17, 10)),
        ((17, 10), 171, (0, 0), (17, 11)),
        ((16, 10), 161, (16, 0), (16, 11)),
        ((16, 10), 161, (0, 10), (17, 10)),
        ((16, 10), 161, (16, 10), (16, 10)),
    ],
)
def test_a_grid_grows_only_when_it_must_and_keeps_its_proportion(
    given: tuple[int, int], n: int, fixed: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert grown(*given, n, 1.6, *fixed) == expected


def families(count: int, each: int, seed: int = 0) -> Any:
    random = np.random.default_rng(seed)
    values = np.repeat(random.normal(size=(count, 16)), each, axis=0) + 0.2 * random.normal(size=(count * each, 16))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def standing() -> tuple[Any, Any, Any, int, int]:
    """Return vectors, the cells of a map of most of them, -1 for the others, and its shape."""
    vectors = families(30, 20)
    new = np.random.default_rng(1).permutation(len(vectors))[:18]
    old = np.setdiff1d(np.arange(len(vectors)), new)
    points = mm.layout(vectors[old], components=0)
    cells = np.full((len(vectors), 2), -1, np.int32)
    cells[old] = mm.assign(points, 30, 21, holes="even")
    return vectors, cells, new, 30, 21


def test_newcomers_find_their_like_and_hardly_anyone_makes_way() -> None:
    vectors, anchors, new, columns, rows = standing()
    old = np.setdiff1d(np.arange(len(vectors)), new)
    chance = anchors.copy()
    chance[new] = np.random.default_rng(0).permutation(free_cells(anchors, columns, rows))[: len(new)]
    cells = settle_newcomers(vectors, Exact(12)(vectors), anchors, columns, rows)
    assert len({tuple(cell) for cell in cells.tolist()}) == len(cells)
    assert (cells[old] != anchors[old]).any(axis=1).sum() <= MOST_MOVED * len(old)
    kept, by_chance = (mm.quality.neighbor_preservation(vectors, c, rows=new) for c in (cells, chance))
    assert kept > 3 * by_chance
    before = mm.quality.neighbor_preservation(vectors[old], anchors[old])
    assert mm.quality.neighbor_preservation(vectors[old], cells[old]) > before - 0.01
    again = settle_newcomers(vectors, Exact(12)(vectors), anchors, columns, rows)
    assert np.array_equal(cells, again)


def test_few_among_many_try_less_and_very_many_too() -> None:
    tried = {new: newcomers._moves(new, 20_000) for new in (1, 100, 200, 400)}
    assert tried == {1: 12_000, 100: 12_000, 200: 12_500, 400: 45_000}
    assert newcomers._moves(125, 5_000) == 50_000
    assert newcomers._moves(100_000, 200_000) == 1_500


def test_without_newcomers_nobody_moves() -> None:
    vectors, anchors, new, columns, rows = standing()
    old = np.setdiff1d(np.arange(len(vectors)), new)
    graph = Exact(12)(vectors[old])
    assert np.array_equal(settle_newcomers(vectors[old], graph, anchors[old], columns, rows), anchors[old])


def test_moves_that_are_given_up_early_would_have_been_turned_down(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, anchors, _, columns, rows = standing()
    graph = Exact(12)(vectors)
    found = settle_newcomers(vectors, graph, anchors, columns, rows)
    for bound, same in ((np.inf, True), (-np.inf, False)):
        monkeypatch.setattr(newcomers, "_best", lambda now, bound=bound: np.full(len(now.place), bound))
        assert np.array_equal(settle_newcomers(vectors, graph, anchors, columns, rows), found) == same


def test_what_posters_have_of_their_mates_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    from mapmaker.methods.arrangers import kernels

    seen = []

    def watched(now: Any, movers: Any, anchor: Any, fee: float, away: int, most: int, has: Any, *more: Any) -> int:
        seen.append((now, has))
        return int(settle(now, movers, anchor, fee, away, most, has, *more))

    settle = kernels.settle
    monkeypatch.setattr(kernels, "settle", watched)
    vectors, anchors, new, columns, rows = standing()
    settle_newcomers(vectors, Exact(12)(vectors), anchors, columns, rows)
    now, has = seen[-1]
    window = now.pull.shape[0] // 2
    for poster in new.tolist():
        mates = slice(now.start[poster], now.start[poster + 1])
        right, down = (now.place[now.mate[mates]] - now.place[poster]).T
        near = np.maximum(abs(right), abs(down)) <= window
        pulls = now.pull[down[near] + window, right[near] + window]
        assert has[poster] == pytest.approx(float(now.affinity[mates][near] @ pulls), rel=1e-5, abs=1e-6)
