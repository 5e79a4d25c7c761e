"""The market finds what scipy finds, and its prices stay right for everyone who holds a cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mapmaker.methods.solvers.sparse import PATIENCE
from mapmaker.methods.solvers.sparse.levels import Lattice
from mapmaker.methods.solvers.sparse.market import (
    DETOUR,
    FOUND,
    GAVE_UP,
    HOMELESS,
    NO_WAY,
    NOBODY,
    Market,
    auction,
    augment,
    lodge,
    new_search,
    open_market,
    settle,
    survey,
)

ALL = 20
"""A radius that covers every grid here."""


def market_of(columns: int, rows: int, n: int, seed: int, price: float = 0.0) -> Market:
    """Return a market of n random targets, some of them equal, with random prices up to `price`."""
    rng = np.random.default_rng(seed)
    targets = np.round(rng.uniform(-1, max(columns, rows), (n, 2)), seed % 3)
    home = rng.integers(0, columns * rows, n).astype(np.int32)
    return open_market(targets, Lattice(columns, rows, columns, rows).axes, home, price * rng.random(columns * rows))


def costs(market: Market) -> NDArray[np.float64]:
    """Return (n, m) squared distances."""
    columns, rows = len(market.across), len(market.down)
    row, column = np.divmod(np.arange(columns * rows), columns)
    return np.asarray((market.x[:, None] - column) ** 2 + (market.y[:, None] - row) ** 2)


def assert_consistent(market: Market) -> None:
    """Who holds a cell is its owner, and nobody else."""
    held = np.flatnonzero(market.mate != HOMELESS)
    assert np.array_equal(market.owner[market.mate[held]], held)
    assert (market.owner != NOBODY).sum() == len(held)


def assert_right(market: Market) -> None:
    """Nobody who holds a cell would pay less for another."""
    held = np.flatnonzero(market.mate != HOMELESS)
    paid = costs(market) + market.price
    assert (paid[held, market.mate[held]] <= paid[held].min(axis=1) + 1e-9).all()


sides = {"columns": st.integers(1, 8), "rows": st.integers(1, 8), "seed": st.integers(0, 999)}


@given(holes=st.integers(0, 20), price=st.sampled_from([0.0, 3.0, 50.0]), **sides)
def test_settle_costs_as_little_as_scipy_does_whatever_the_prices_to_begin_with(
    columns: int, rows: int, seed: int, holes: int, price: float
) -> None:
    n = max(1, columns * rows - holes)
    market = market_of(columns, rows, n, seed, price)
    assert settle(market, new_search(columns * rows, columns * rows), ALL) == 0
    assert_consistent(market)
    assert_right(market)
    if n < columns * rows:
        assert market.price[market.owner == NOBODY].max() <= 1e-9
    table = costs(market)
    assert table[np.arange(n), market.mate].sum() == pytest.approx(table[linear_sum_assignment(table)].sum(), abs=1e-6)
    assert survey(market, ALL) == pytest.approx(0, abs=1e-6)


@given(epsilon=st.sampled_from([0.01, 0.5, 8.0]), leave=st.integers(0, 3), holes=st.integers(0, 9), **sides)
def test_an_auction_leaves_few_without_a_cell_and_nobody_pays_more_than_epsilon_too_much(
    columns: int, rows: int, seed: int, epsilon: float, leave: int, holes: int
) -> None:
    n = max(1, columns * rows - holes)
    market = market_of(columns, rows, n, seed)
    before = market.price.copy()
    auction(market, ALL, epsilon, 10**7, leave)
    assert_consistent(market)
    assert (market.mate == HOMELESS).sum() <= leave
    assert (market.price >= before).all()
    held = np.flatnonzero(market.mate != HOMELESS)
    paid = costs(market) + market.price
    assert (paid[held, market.mate[held]] <= paid[held].min(axis=1) + epsilon + 1e-9).all()


def test_an_auction_ends_after_so_many_bids() -> None:
    market = market_of(8, 8, 64, 1)
    auction(market, ALL, 0.01, 10, 0)
    assert (market.mate != HOMELESS).sum() <= 10


def test_augment_gives_up_when_its_patience_ends_and_changes_nothing() -> None:
    market = market_of(8, 1, 8, 3)
    market.x[:], market.y[:], market.home[:] = 0, 0, 0
    search = new_search(8, 8)
    assert [augment(market, search, person, ALL, PATIENCE) for person in range(7)] == [FOUND] * 7
    price, owner = market.price.copy(), market.owner.copy()
    assert augment(market, search, 7, ALL, 0) == GAVE_UP
    assert np.array_equal(market.price, price)
    assert np.array_equal(market.owner, owner)
    assert market.mate[7] == HOMELESS
    assert augment(market, search, 7, ALL, PATIENCE) == FOUND
    assert_consistent(market)
    assert_right(market)


def test_augment_says_when_there_is_no_way() -> None:
    market = market_of(9, 1, 3, 0)
    market.home[:] = 0
    search = new_search(9, 9)
    assert [augment(market, search, person, 1, PATIENCE) for person in range(3)] == [FOUND, FOUND, NO_WAY]


@given(**sides)
def test_lodge_finds_the_last_one_a_cell_at_the_same_prices_and_costs_little_more_than_scipy_finds(
    columns: int, rows: int, seed: int
) -> None:
    market = market_of(columns, rows, columns * rows, seed)
    newcomer = columns * rows - 1
    search = new_search(columns * rows, columns * rows)
    for person in range(newcomer):
        augment(market, search, person, ALL, PATIENCE)
    price = market.price.copy()
    lodge(market, search, newcomer, int(np.flatnonzero(market.owner == NOBODY)[0]), ALL)
    assert np.array_equal(market.price, price)
    assert_consistent(market)
    assert (market.mate != HOMELESS).all()
    table = costs(market)
    excess = table[np.arange(newcomer + 1), market.mate].sum() - table[linear_sum_assignment(table)].sum()
    assert -1e-9 <= excess <= DETOUR * np.hypot(columns, rows) + 1e-6


def test_lodge_takes_the_goal_where_no_way_leads_there() -> None:
    market = market_of(9, 1, 2, 0)
    market.home[:] = 0
    market.owner[:2] = market.mate[0] = 0
    market.owner[1] = NOBODY
    market.price[1] = np.inf
    lodge(market, new_search(9, 9), 1, 8, 1)
    assert market.mate.tolist() == [0, 8]
