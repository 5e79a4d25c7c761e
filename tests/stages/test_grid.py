"""The grid's proof and picture, and the polish as `mm.arrange`."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import mapmaker as mm
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.figures import FAR, PAPER, WIDTH, placement
from mapmaker.methods.scales import SCALES, scaled
from mapmaker.methods.solvers.sparse import even
from mapmaker.model import Grid
from mapmaker.stages.grid import GridStage, nearness

POINTS = np.zeros((2, 2), np.float32)
FEATURES = np.eye(3, dtype=np.float32)


def least(targets: Any, columns: int, rows: int) -> float:
    """Return the least mean squared displacement, found another way."""
    numbers = np.arange(columns * rows)
    costs = (targets[:, :1].astype(float) - numbers % columns) ** 2 + (targets[:, 1:] - numbers // columns) ** 2
    return float(costs[linear_sum_assignment(costs)].mean())


@given(
    n=st.integers(1, 60),
    extra=st.integers(0, 30),
    columns=st.integers(1, 9),
    seed=st.integers(0, 99),
    scale=st.sampled_from(sorted(SCALES)),
)
def test_the_gap_is_between_what_cells_cost_and_the_least(
    n: int, extra: int, columns: int, seed: int, scale: str
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 2)).astype(np.float32)
    rows = -(-(n + extra) // columns)
    numbers = rng.permutation(columns * rows)[:n]
    cells = np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)
    targets = scaled(points, columns, rows, scale)
    cost, bound = mm.assignment_gap(points, cells, columns, rows, scale=scale)
    assert cost == pytest.approx(((targets.astype(float) - cells) ** 2).sum(axis=1).mean())
    assert bound == pytest.approx(least(targets, columns, rows), rel=1e-6, abs=1e-6)
    assert bound <= cost + 1e-9
    best = mm.assign(points, columns, rows, scale=scale)
    cost, again = mm.assignment_gap(points, best, columns, rows, scale=scale)
    assert again == bound
    assert cost == pytest.approx(bound, rel=1e-6, abs=1e-6)


def test_the_gap_of_nothing_is_nothing() -> None:
    assert mm.assignment_gap(POINTS[:0], POINTS[:0].astype(np.int32), 1, 1) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([[0, 0]], "1 cells for 2 points"),
        ([[0, 0], [0, 0]], "two cells are the same"),
        ([[0, 0], [2, 0]], "cells outside 2 x 1"),
        ([[0.0, 0.0], [1.0, 0.0]], "not whole numbers"),
    ],
)
def test_cells_that_will_not_do_have_no_gap(cells: Any, said: str) -> None:
    with pytest.raises(ArtifactError, match=said):
        mm.assignment_gap(POINTS, np.array(cells), 2, 1)
    with pytest.raises(ArtifactError, match=said.replace("points", "rows of features")):
        mm.arrange(FEATURES[:2], np.array(cells), 2, 1)


def test_an_unknown_scale_has_no_gap() -> None:
    with pytest.raises(OptionError, match="scale = 'none'"):
        mm.assignment_gap(POINTS[:1], np.zeros((1, 2), np.int32), 1, 1, scale="none")


@pytest.mark.parametrize(
    ("cost", "bound", "said"),
    [
        (0.0, 0.0, "40 x 30 cells, moved 0.0, the best possible"),
        (4.0, 4.0, "40 x 30 cells, moved 2.0, within 0.0001% of the best possible"),
        (4.0, 4.0 / 1.00034, "40 x 30 cells, moved 2.0, within 0.04% of the best possible"),
        (4.4, 4.0, "40 x 30 cells, moved 2.1, within 10% of the best possible"),
        (4.0, 1.0, "40 x 30 cells, moved 2.0, not proved to be near the best"),
    ],
)
def test_the_summary_never_says_more_than_is_proved(cost: float, bound: float, said: str) -> None:
    assert GridStage().summary({"columns": 40, "rows": 30, "displacement": cost, "bound": bound, "kept": 0}) == said


def test_every_solver_comes_with_a_bound() -> None:
    from mapmaker.methods.solvers import SOLVERS, solve_and_prove

    targets = np.random.default_rng(1).uniform(0, 7, (40, 2)).astype(np.float32)
    for name in ("sparse", "scipy"):
        cells, bound = solve_and_prove(SOLVERS[name]()(), targets, 8, 8)
        assert bound == pytest.approx(((targets.astype(float) - cells) ** 2).sum(), rel=1e-6)


def test_holes_at_the_rim_are_an_option() -> None:
    points = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    cells = mm.assign(points, 8, 8, holes="rim")
    empty = {(x, y) for x in range(8) for y in range(8)} - {tuple(cell) for cell in cells.tolist()}
    assert empty == {(0, 0), (7, 0), (0, 7), (7, 7)}


def test_even_holes_are_spread_and_the_others_are_the_best_for_what_is_left() -> None:
    points = np.random.default_rng(0).normal(size=(380, 2)).astype(np.float32)
    cells = mm.assign(points, 20, 20, holes="even")
    held = np.zeros((20, 20), bool)
    held[cells[:, 1], cells[:, 0]] = True
    holes = np.argwhere(~held)
    assert len(holes) == 20
    quarters = {(x // 10, y // 10) for x, y in holes.tolist()}
    assert len(quarters) == 4
    apart = np.abs(holes[:, None] - holes[None]).max(axis=2) + 99 * np.eye(20, dtype=int)
    assert apart.min() >= 2
    targets = scaled(points, 20, 20, "minmax")
    costs = ((targets[:, None] - np.argwhere(held)[None, :, ::-1]) ** 2).sum(axis=2)
    assert ((targets - cells) ** 2).sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum(), rel=1e-6)


@pytest.mark.parametrize("count", [0, 1, 5, 6, 11, 12])
def test_even_holes_are_as_many_as_asked_for_and_all_different(count: int) -> None:
    assert len(set(even(4, 3, count).tolist())) == count


def picture(moved: bool) -> Any:
    cells = np.array([[0, 0], [1, 0], [2, 0]], np.int32)
    targets = cells.astype(np.float32)
    if moved:
        targets[2] = (0, 0)
    return np.asarray(placement(targets, Grid(cells, 4, 2, 4.0 * moved, 0.0)))


def test_the_picture_tells_what_moved_and_leaves_holes_dark() -> None:
    still, moved = picture(False), picture(True)
    height, width, _ = moved.shape
    assert width > 3 * WIDTH
    assert (picture(True) == moved).all()
    grid = moved[:, width // 3 : 2 * width // 3]
    assert (grid[-height // 4] == PAPER).all(axis=1).all()  # the second row holds nothing
    third = slice(2 * width // 3, None)
    assert (moved[:, third] == FAR).all(axis=2).sum() > 1_000
    assert not (still[:, third] == FAR).all(axis=2).any()


def groups(n: int, seed: int = 0) -> Any:
    """Return (n, 8) features in pairs that are alike."""
    rng = np.random.default_rng(seed)
    return (np.repeat(rng.normal(size=(n // 2, 8)), 2, axis=0) + rng.normal(0, 0.01, (n, 8))).astype(np.float32)


def test_arrange_puts_more_that_is_alike_side_by_side_and_repeats() -> None:
    values = groups(140)
    numbers = np.random.default_rng(1).permutation(144)[:140]
    cells = np.stack([numbers % 12, numbers // 12], axis=1).astype(np.int32)
    arranged = mm.arrange(values, cells, 12, 12, components=0)
    assert arranged.dtype == np.int32
    assert len(np.unique(arranged, axis=0)) == 140
    assert np.array_equal(arranged, mm.arrange(values, cells, 12, 12, components=0))
    quality = mm.quality.neighbor_preservation
    assert quality(values, arranged, k=1) > quality(values, cells, k=1) + 0.3


def test_arrange_by_none_leaves_all_in_place() -> None:
    cells = np.array([[1, 0], [0, 0]])
    assert mm.arrange(FEATURES[:2], cells, 2, 1, method="none").tolist() == cells.tolist()
    assert mm.arrange(FEATURES[:0], np.zeros((0, 2), np.int32), 2, 1).shape == (0, 2)


@pytest.mark.parametrize("options", [{"moves": -1}, {"metod": "none"}, {"method": "anneel"}, {"components": -1}])
def test_options_of_arrange_that_will_not_do_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        mm.arrange(FEATURES, np.array([[0, 0], [1, 0], [2, 0]]), 3, 1, **options)


def test_features_that_are_none_are_refused() -> None:
    with pytest.raises(ArtifactError, match="features"):
        mm.arrange(FEATURES[:1] * np.nan, np.array([[0, 0]]), 1, 1)


def test_holes_stay_where_the_grid_left_them() -> None:
    values = groups(60)
    cells = mm.assign(values[:, :2], 8, 8, holes="rim")
    arranged = mm.arrange(values, cells, 8, 8, components=0)
    assert not np.array_equal(arranged, cells)
    assert {tuple(cell) for cell in arranged.tolist()} == {tuple(cell) for cell in cells.tolist()}


def test_an_empty_rim_is_not_called_the_best_possible() -> None:
    from mapmaker.methods.solvers import solve_and_prove
    from mapmaker.methods.solvers.sparse import Sparse

    targets = np.zeros((4, 2), np.float32)  # all would go to the corner
    cells, bound = solve_and_prove(Sparse(holes="rim"), targets, 4, 4)
    assert ((targets - cells) ** 2).sum() > 2 * bound


@pytest.mark.parametrize(("columns", "rows"), [(np.uint8(20), np.uint8(20)), (np.int8(100), np.int8(2))])
def test_narrow_numbers_of_cells_do_not_overflow(columns: Any, rows: Any) -> None:
    points = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    cells = mm.assign(points, columns, rows)
    assert np.array_equal(cells, mm.assign(points, int(columns), int(rows)))
    cost, bound = mm.assignment_gap(points, cells, columns, rows)
    assert cost == pytest.approx(bound, rel=1e-6)


@pytest.mark.parametrize("sides", [{"columns": 10**9}, {"rows": 10**9}, {"columns": 10**5, "rows": 10**5}])
def test_more_cells_than_make_sense_are_refused_however_they_are_given(sides: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="give fewer columns or rows"):
        mm.assign(np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32), **sides)


@pytest.mark.parametrize("wrong", [4.0, "4", True, float("nan"), 0, -1])
def test_a_number_of_cells_is_a_whole_number_from_1(wrong: Any) -> None:
    cells = np.zeros((1, 2), np.int32)
    for call in (
        lambda: mm.assign(POINTS[:1], wrong, 1),
        lambda: mm.assignment_gap(POINTS[:1], cells, wrong, 1),
        lambda: mm.arrange(FEATURES[:1], cells, wrong, 1),
    ):
        with pytest.raises(OptionError, match="columns = "):
            call()


@pytest.mark.parametrize("scale", [None, 1, ["minmax"]])
def test_a_scale_is_a_name(scale: Any) -> None:
    with pytest.raises(OptionError, match=r"scale = .* is no name; known: minmax"):
        mm.assign(POINTS, scale=scale)


@pytest.mark.parametrize("wrong", [[["a", "b"]], [[1, 2], [3]], [[1j, 0]], None])
def test_points_of_what_are_no_numbers_are_refused(wrong: Any) -> None:
    with pytest.raises(ArtifactError, match=r"points: |layout: "):
        mm.assign(wrong)


def test_far_points_are_told_apart_as_well_as_near_ones() -> None:
    points: Any = np.random.default_rng(0).normal(size=(12, 2))
    cells = mm.assign(points, 4, 3)
    assert np.array_equal(mm.assign(points + 2.0**30, 4, 3), cells)
    assert mm.assignment_gap(points + 2.0**30, cells, 4, 3) == pytest.approx(mm.assignment_gap(points, cells, 4, 3))


def test_points_on_a_lattice_are_the_best_possible_in_words_too() -> None:
    number = np.arange(35)
    points = np.stack([number % 7 * 0.1 + 3.3, number // 7 * 0.7 - 1], axis=1).astype(np.float32)
    cost, bound = mm.assignment_gap(points, mm.assign(points, 7, 5), 7, 5)
    assert nearness(cost, bound) == "the best possible"
