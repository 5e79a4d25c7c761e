"""The bound is what brute force says, and no assignment costs less."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mapmaker.methods.solvers.sparse.bound import lower_bound

cases = given(
    columns=st.integers(1, 40),
    rows=st.integers(1, 40),
    closed=st.integers(0, 30),
    size=st.sampled_from([0.0, 1.0, 1000.0]),
    seed=st.integers(0, 999),
)


def drawn(columns: int, rows: int, closed: int, size: float, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield targets, prices with some infinite, and the table of squared distances."""
    rng = np.random.default_rng(seed)
    cells = columns * rows
    prices = rng.random(cells) * size
    prices[rng.permutation(cells)[: min(closed, cells - 1)]] = np.inf
    targets = rng.normal(0.5, seed % 2 + 0.5, (rng.integers(1, min(60, np.isfinite(prices).sum()) + 1), 2))
    targets *= (columns, rows)
    row, column = np.divmod(np.arange(cells), columns)
    yield from (targets, prices, (targets[:, :1] - column) ** 2 + (targets[:, 1:] - row) ** 2)


@cases
def test_the_bound_is_what_brute_force_says_and_scipy_never_costs_less(
    columns: int, rows: int, closed: int, size: float, seed: int
) -> None:
    targets, prices, table = drawn(columns, rows, closed, size, seed)
    guess = np.random.default_rng(seed).integers(0, columns * rows, len(targets)).astype(np.int32)
    given_guess = guess.copy()
    proof = lower_bound(targets, columns, rows, prices, guess)
    paid = table + prices
    brute = paid.min(axis=1).sum() - prices[np.isfinite(prices)].sum()
    assert proof.bound <= brute + 1e-12 * abs(brute)
    assert proof.bound == pytest.approx(brute, rel=1e-9, abs=1e-6)
    assert np.isfinite(prices[proof.best]).all()
    assert paid[np.arange(len(targets)), proof.best] == pytest.approx(paid.min(axis=1), rel=1e-9, abs=1e-7)
    assert np.array_equal(guess, given_guess)
    table[:, np.isinf(prices)] = 1e12
    assert proof.bound <= table[linear_sum_assignment(table)].sum()


def test_right_prices_prove_the_optimum() -> None:
    targets = np.array([[0.0, 0], [0, 0], [0, 0]])
    proof = lower_bound(targets, 3, 1, np.array([4.0, 3, 0]), np.zeros(3, np.int32))
    assert proof.bound == pytest.approx(0 + 1 + 4)


@pytest.mark.parametrize("seed", range(3))
def test_a_rugged_landscape_of_many_blocks_hides_no_better_cell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, rows = 131, 77
    prices = rng.exponential(200, columns * rows)
    targets = rng.uniform(-10, 140, (200, 2))
    row, column = np.divmod(np.arange(columns * rows), columns)
    paid = (targets[:, :1] - column) ** 2 + (targets[:, 1:] - row) ** 2 + prices
    best = lower_bound(targets, columns, rows, prices, np.zeros(200, np.int32)).best
    assert np.array_equal(best, paid.argmin(axis=1))
