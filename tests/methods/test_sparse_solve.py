"""A solution proves itself, and neither the order of the targets nor the options change what it costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mapmaker.methods.solvers import sparse
from mapmaker.methods.solvers.sparse import FEW_CELLS, Solution, Sparse


def clumpy(n: int, columns: int, rows: int, seed: int) -> NDArray[np.float32]:
    """Return (n, 2) targets in 40 clumps of all sizes, from side to side of the grid."""
    rng = np.random.default_rng(seed)
    centers, spreads = rng.random((40, 2)), rng.random(40) * 0.08 + 0.01
    clump = rng.choice(40, n, p=rng.dirichlet(np.ones(40)))
    places = centers[clump] + rng.normal(size=(n, 2)) * spreads[clump, None]
    places = (places - places.min(axis=0)) / np.ptp(places, axis=0).clip(1e-9)
    return np.asarray(places * (columns - 1, rows - 1), np.float32)


def table(targets: NDArray[np.float32], columns: int, rows: int) -> NDArray[np.float64]:
    """Return (n, cells) squared distances."""
    row, column = np.divmod(np.arange(columns * rows), columns)
    exact = targets.astype(float)
    return np.asarray((exact[:, :1] - column) ** 2 + (exact[:, 1:] - row) ** 2)


def assert_proved(solution: Solution, costs: NDArray[np.float64]) -> None:
    """The cost is that of the numbers, they differ, and no assignment can cost much less."""
    assert len(np.unique(solution.numbers)) == len(costs)
    assert solution.cost == pytest.approx(costs[np.arange(len(costs)), solution.numbers].sum(), rel=1e-9)
    assert solution.bound <= solution.cost
    assert solution.gap <= 1.01e-7 * solution.cost + 1e-6


@settings(max_examples=25)
@given(columns=st.integers(1, 40), rows=st.integers(1, 40), holes=st.integers(0, 40), seed=st.integers(0, 999))
def test_a_solution_proves_itself_whatever_the_order_and_the_radius(
    columns: int, rows: int, holes: int, seed: int
) -> None:
    targets = clumpy(max(1, columns * rows - holes), columns, rows, seed)
    solution = Sparse().solve(targets, columns, rows)
    assert_proved(solution, table(targets, columns, rows))
    assert np.array_equal(Sparse().solve(targets, columns, rows).numbers, solution.numbers)
    order = np.random.default_rng(seed).permutation(len(targets))
    other = Sparse(radius=1).solve(targets[order], columns, rows)
    assert_proved(other, table(targets[order], columns, rows))
    assert other.cost == pytest.approx(solution.cost, rel=2e-7, abs=1e-6)


@given(columns=st.integers(1, 30), rows=st.integers(1, 30), holes=st.integers(0, 60), seed=st.integers(0, 999))
def test_the_rim_stays_empty_and_the_others_cost_as_little_as_scipy_finds(
    columns: int, rows: int, holes: int, seed: int
) -> None:
    n = max(1, columns * rows - holes)
    targets = clumpy(n, columns, rows, seed)
    solution = Sparse(holes="rim").solve(targets, columns, rows)
    row, column = np.divmod(np.arange(columns * rows), columns)
    out = ((2 * column + 1 - columns) / columns) ** 2 + ((2 * row + 1 - rows) / rows) ** 2
    empty = np.setdiff1d(np.arange(columns * rows), solution.numbers)
    if len(empty):
        assert out[empty].min() >= out[solution.numbers].max() - 1e-12
    costs = table(targets, columns, rows)
    least = costs[:, np.sort(solution.numbers)]
    assert_proved(solution, costs)
    assert solution.cost == pytest.approx(least[linear_sum_assignment(least)].sum(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_it_ends_where_some_must_see_both_where_they_are_and_where_they_would_be(seed: int) -> None:
    """Looking around one of two places only, they once went to and fro for ever; now the radius grows."""
    targets = clumpy(44 * 30, 44, 30, seed)
    assert 4 * FEW_CELLS < 44 * 30
    for radius in (1, 3):
        assert_proved(Sparse(radius=radius).solve(targets, 44, 30), table(targets, 44, 30))


@pytest.mark.parametrize("patience", [1, 100])
@pytest.mark.parametrize("holes", [0, 7, 500])
def test_it_costs_as_little_where_searches_are_given_up_at_first(
    monkeypatch: pytest.MonkeyPatch, patience: int, holes: int
) -> None:
    monkeypatch.setattr(sparse, "PATIENCE", patience)
    targets = clumpy(44 * 30 - holes, 44, 30, 1)
    assert_proved(Sparse().solve(targets, 44, 30), table(targets, 44, 30))


def test_the_best_of_two_solutions_has_the_less_cost_and_the_higher_bound() -> None:
    first = Solution(np.array([0], np.int32), np.zeros(2), 5.0, 1.0)
    other = np.array([1], np.int32), np.ones(2)
    better = first.improved(*other, 4.0, 0.5)
    assert (better.numbers.tolist(), better.prices.tolist(), better.cost, better.bound) == ([1], [0, 0], 4.0, 1.0)
    prover = first.improved(*other, 6.0, 3.0)
    assert (prover.numbers.tolist(), prover.prices.tolist(), prover.gap) == ([0], [1, 1], 2.0)


@given(
    columns=st.integers(17, 40),
    rows=st.integers(17, 40),
    share=st.floats(0.01, 1),
    spread=st.sampled_from([0.02, 0.3, 3.0]),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_an_empty_rim_costs_the_least_on_grids_that_are_solved_coarser_first(
    columns: int, rows: int, share: float, spread: float, seed: int
) -> None:
    n = max(1, round(columns * rows * share))
    scatter = np.random.default_rng(seed).normal(0.5, spread, (n, 2))
    targets = (scatter * (columns - 1, rows - 1)).astype(np.float32)
    solution = Sparse(holes="rim").solve(targets, columns, rows)
    cells = np.sort(solution.numbers)
    row, column = np.divmod(np.arange(columns * rows), columns)
    out = ((2 * column + 1 - columns) / columns) ** 2 + ((2 * row + 1 - rows) / rows) ** 2
    empty = np.setdiff1d(np.arange(columns * rows), cells)
    assert len(cells) == n == len(set(cells.tolist()))
    assert len(empty) == 0 or out[empty].min() >= out[cells].max() - 1e-12
    costs = (targets[:, :1].astype(float) - column[cells]) ** 2 + (targets[:, 1:] - row[cells]) ** 2
    least = costs[linear_sum_assignment(costs)].sum()
    assert solution.cost == pytest.approx(least, rel=1e-6, abs=1e-6)
    assert solution.bound == pytest.approx(least, rel=1e-6, abs=1e-6)
