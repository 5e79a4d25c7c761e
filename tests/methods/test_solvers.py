"""Solvers agree on what is cheapest, whatever the points; shape and scale suit a screen."""

import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.errors import ArtifactError, MissingExtra, OptionError
from mapmaker.methods.solvers import SOLVERS
from mapmaker.methods.solvers.sparse import FEW_CELLS, Sparse
from mapmaker.stages.grid import shape

needs_lapjv = pytest.mark.skipif(importlib.util.find_spec("lapjv") is None, reason="NOT CHECKED: no lapjv installed")


def cost(targets: NDArray[Any], cells: NDArray[Any]) -> float:
    """Return the mean squared displacement."""
    return float(((targets.astype(float) - cells) ** 2).sum(axis=1).mean())


def solve(name: str, targets: NDArray[Any], columns: int, rows: int) -> NDArray[np.int32]:
    cells = SOLVERS[name]()()(targets.astype(np.float32), columns, rows)
    assert (cells.dtype, cells.shape) == (np.int32, targets.shape)
    assert (cells >= 0).all() and (cells < (columns, rows)).all()
    assert len(np.unique(cells, axis=0)) == len(cells)
    return np.asarray(cells)


def points(kind: str, n: int, columns: int, rows: int, seed: int) -> NDArray[np.float32]:
    """Return (n, 2) targets of a kind that is hard on solvers."""
    rng = np.random.default_rng(seed)
    spread = rng.uniform(0, 1, (n, 2)) * (columns - 1, rows - 1)
    if kind == "equal":
        spread[:] = spread[0]
    elif kind == "collinear":
        spread = np.linspace(0, 1, n)[:, None] * (columns - 1, rows - 1)
    elif kind == "two clumps":
        spread = np.where(np.arange(n)[:, None] % 2, 0, (columns - 1, rows - 1)) + rng.normal(0, 0.01, (n, 2))
    elif kind == "ties":
        spread = np.round(spread)
    elif kind == "off the grid":
        spread = rng.normal(0, 3 * max(columns, rows), (n, 2))
    return spread.astype(np.float32)


KINDS = ("random", "equal", "collinear", "two clumps", "ties", "off the grid")


@given(
    kind=st.sampled_from(KINDS),
    columns=st.integers(1, 12),
    rows=st.integers(1, 12),
    holes=st.integers(0, 20),
    seed=st.integers(0, 1_000),
)
def test_sparse_costs_as_little_as_scipy_does(kind: str, columns: int, rows: int, holes: int, seed: int) -> None:
    n = max(1, columns * rows - holes)
    targets = points(kind, n, columns, rows, seed)
    least = cost(targets, solve("scipy", targets, columns, rows))
    found = cost(targets, solve("sparse", targets, columns, rows))
    assert found == pytest.approx(least, rel=1e-6, abs=1e-6)
    assert np.array_equal(solve("sparse", targets, columns, rows), solve("sparse", targets, columns, rows))


@needs_lapjv
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "columns", "rows"), [(1, 1, 1), (1, 3, 2), (12, 4, 3), (60, 9, 8), (143, 12, 12)])
def test_all_three_solvers_cost_the_same(kind: str, n: int, columns: int, rows: int) -> None:
    targets = points(kind, n, columns, rows, 0)
    costs = {name: cost(targets, solve(name, targets, columns, rows)) for name in SOLVERS}
    assert costs["lapjv"] == pytest.approx(costs["scipy"], abs=1e-6)
    assert costs["sparse"] == pytest.approx(costs["scipy"], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("holes", [0, 7, 500])
@pytest.mark.parametrize("kind", KINDS)
def test_sparse_costs_as_little_as_scipy_does_where_it_solves_coarser_grids_first(kind: str, holes: int) -> None:
    columns, rows = 44, 30
    assert columns * rows > 4 * FEW_CELLS
    targets = points(kind, columns * rows - holes, columns, rows, 3)
    least = cost(targets, solve("scipy", targets, columns, rows))
    assert cost(targets, solve("sparse", targets, columns, rows)) == pytest.approx(least, rel=1e-6, abs=1e-6)


def test_points_on_their_cells_stay_there() -> None:
    number = np.random.default_rng(0).permutation(50 * 40)
    targets = np.stack([number % 50, number // 50], axis=1)
    assert np.array_equal(solve("sparse", targets, 50, 40), targets)


def test_a_missing_lapjv_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lapjv", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mapmaker\[lapjv\]'"):
        mm.assign(np.zeros((1, 2), np.float32), solver="lapjv")


@pytest.mark.parametrize("solver", ["scipy", "lapjv"])
def test_a_dense_solver_refuses_what_memory_cannot_hold(solver: str) -> None:
    if solver == "lapjv" and importlib.util.find_spec("lapjv") is None:
        pytest.skip("NOT CHECKED: no lapjv installed")
    with pytest.raises(OptionError, match="use the solver 'sparse'"):
        mm.assign(np.zeros((1, 2), np.float32), 200, 200, solver=solver)


@settings(max_examples=200)
@given(n=st.integers(1, 200_000), aspect=st.floats(0.2, 5))
def test_the_shape_holds_all_wastes_no_row_and_suits_a_screen(n: int, aspect: float) -> None:
    columns, rows = shape(n, aspect)
    assert columns * rows >= n
    assert columns * (rows - 1) < n
    assert columns <= n
    if n >= 100:
        assert 1.6 / 1.5 < columns / (rows * aspect) < 1.6 * 1.5
        assert columns * rows <= n * (1.05 if n >= 500 else 1.1)


@given(n=st.integers(1, 10_000), columns=st.integers(0, 300), rows=st.integers(0, 300))
def test_a_shape_that_is_given_stays(n: int, columns: int, rows: int) -> None:
    assume(columns or rows)
    if columns and rows and columns * rows < n:
        with pytest.raises(OptionError, match=f"{columns} x {rows} = .* cells are too few"):
            shape(n, 1.5, columns, rows)
        return
    across, down = shape(n, 1.5, columns, rows)
    assert across * down >= n
    assert columns in (0, across)
    assert rows in (0, down)


def test_assign_keeps_the_order_of_points_on_a_line() -> None:
    line = np.stack([np.linspace(-5, 5, 9), np.zeros(9)], axis=1).astype(np.float32)[::-1]
    cells = mm.assign(line, 9, 1)
    assert cells.tolist() == [[column, 0] for column in range(9)][::-1]


def test_assign_of_nothing_is_nothing() -> None:
    assert mm.assign(np.zeros((0, 2), np.float32)).shape == (0, 2)


@pytest.mark.parametrize(
    "wrong", [np.zeros(4), np.zeros((4, 3)), np.full((4, 2), np.nan), np.array([[0, np.inf]])], ids=str
)
def test_points_that_are_none_are_refused(wrong: Any) -> None:
    with pytest.raises(ArtifactError, match="layout: "):
        mm.assign(wrong)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": 2, "rows": 2}, "2 x 2 = 4 cells are too few for 5 posters"),
        ({"scale": "none"}, "scale = 'none' is not known"),
        ({"solver": "spares"}, "did you mean 'sparse'"),
        ({"solver": "sparse", "radius": 0}, "radius = 0"),
        ({"columns": -1}, "columns"),
    ],
)
def test_options_that_will_not_do_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        mm.assign(np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32), **options)


def test_a_radius_is_an_option() -> None:
    assert Sparse(radius=2).radius == 2


def test_tall_posters_stand_side_by_side() -> None:
    assert shape(3, 20.0) == (3, 1)
    assert shape(3, 0.05) == (1, 3)


def test_a_grid_beyond_all_reason_is_refused() -> None:
    with pytest.raises(OptionError, match="100000 x 100000 cells are more than 4,000,000"):
        shape(3, 1.5, 100_000, 100_000)


def test_few_targets_on_a_wide_grid_cost_as_little_as_scipy_finds() -> None:
    targets = points("random", 150, 60, 50, 1)
    least = cost(targets, solve("scipy", targets, 60, 50))
    assert cost(targets, solve("sparse", targets, 60, 50)) == pytest.approx(least, rel=1e-6)
