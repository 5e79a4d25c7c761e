"""`sparse`: the optimal assignment, for as many targets as there are, with a proof that it is.

Nothing of the size targets x cells is ever held. The problem is solved at half the resolution first (`levels`), which
gives prices that are nearly right; a market then makes them right, everyone looking only at cells nearby (`market`);
last, all cells are searched for anything better than what anyone holds (`bound`). Where something is, they look there
too, and the market goes on.

On large grids, a few dozen persons would need a search through half of all cells each, more than all others together.
They are left out, and led to the cells left over at little more than the least cost; the proof, which needs prices
only, says how little. Where that is too much, they are searched for after all.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.solvers.dense import cells_of
from mapmaker.model import Floats, Ints

if TYPE_CHECKING:
    from mapmaker.methods.solvers.sparse.levels import Lattice
    from mapmaker.methods.solvers.sparse.market import Market, Search

Cells = NDArray[np.int32]

FEW_CELLS = 256
"""So few cells are solved without a coarser grid: everyone looks at all of them, and prices start from 0."""
EPSILONS = (8.0, 2.0, 0.5, 0.125)
"""Steps of the auctions, in areas of a cell: large ones carry prices far, small ones get them right."""
BIDS = 60
"""An auction ends after so many bids a person; most need 10."""
LEFT = 20_000
"""... or when one of so many is left without a cell: the search for shortest paths finds these sooner."""
COARSE_ROUNDS = 1
"""On the coarser grids prices need not be perfect."""
NEGLIGIBLE = 1e-7
"""Of the cost; what is that near the optimum counts as the optimum."""
MANY = 100_000
"""From so many targets on, ..."""
NEGLIGIBLE_OF_MANY = 1e-6
"""... this is as good: single precision could not tell the difference."""
PATIENCE = 20_000
"""A search that settles so many cells is left for later."""
PLASTIC = 0.7548776662466927
"""1 / x, where x ** 3 == x + 1."""
WORTHWHILE = 0.9
"""Where a round leaves more of the gap than this, nothing is left for later, or everyone looks one cell farther."""


@dataclass(frozen=True)
class Solution:
    """(n,) cell numbers, (cells,) prices; the sum of squared distances, and what it can be at least."""

    numbers: Cells
    prices: NDArray[np.float64]
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """Return what a better assignment could save at most."""
        return self.cost - self.bound

    def improved(self, numbers: Cells, prices: NDArray[np.float64], cost: float, bound: float) -> "Solution":
        """Return the better assignment of the two, and the better proof."""
        if cost < self.cost:
            numbers, least = numbers.copy(), cost
        else:
            numbers, least = self.numbers, self.cost
        if bound > self.bound:
            return Solution(numbers, prices.copy(), least, bound)
        return Solution(numbers, self.prices, least, self.bound)


@dataclass(frozen=True)
class Sparse:
    """Sparse assignment; see the module.

    `radius`: how far around, in cells, one looks before all cells are searched; more takes longer, and saves rounds.
    `holes`: which cells stay empty where there are more than posters: "free", those that cost least; "rim", the
    outermost, corners first; "even", spread over the grid, so that no poster is far from one.
    """

    version: ClassVar[int] = 2
    radius: int = 3
    holes: str = "free"

    def __post_init__(self) -> None:
        if self.radius < 1:
            raise ValueError(f"radius = {self.radius} is below 1")
        if self.holes not in HOLES:
            raise ValueError(f"holes = {self.holes!r} is not known: {', '.join(HOLES)}")

    def __call__(self, targets: Floats, columns: int, rows: int) -> Ints:
        """See `Solver`."""
        return cells_of(self.solve(targets, columns, rows).numbers, columns)

    def solve(self, targets: Floats, columns: int, rows: int) -> Solution:
        """Return the assignment and its proof, for (n, 2) finite targets; n is from 1 to columns * rows.

        With `holes` "rim" or "even" the bound is that of assignments to the other cells.
        """
        from mapmaker.methods.solvers.sparse.bound import lower_bound
        from mapmaker.methods.solvers.sparse.levels import Lattice, spatially
        from mapmaker.methods.solvers.sparse.market import new_search

        order = spatially(targets.astype(np.float64))
        exact = targets.astype(np.float64)[order]
        market = self._begun(exact, Lattice(columns, rows, columns, rows))
        search = new_search(columns * rows, PATIENCE)
        solution = Solution(market.mate, market.price, math.inf, -math.inf)
        radius = self.radius
        while True:
            self._settled(market, search, radius, rounds=5)
            complete = _complete(market, search, radius)
            proof = lower_bound(exact, columns, rows, market.price, complete.mate)
            before = solution.gap
            solution = solution.improved(complete.mate, market.price, _cost(complete), proof.bound)
            assert math.isfinite(solution.gap)
            if solution.gap <= _negligible(complete):
                numbers = np.empty_like(solution.numbers)
                numbers[order] = solution.numbers
                return replace(solution, numbers=numbers)
            if solution.gap > WORTHWHILE * before:
                if search.patience < columns * rows:
                    search = search._replace(patience=columns * rows)
                else:  # someone needs to see both where they are and where they would be
                    radius += 1
            _attract(complete, proof.best)

    def _begun(self, targets: NDArray[np.float64], lattice: "Lattice") -> "Market":
        """Return a market with nearly right prices, infinite for closed cells, in which nobody holds anything."""
        from mapmaker.methods.solvers.sparse.levels import grouped, homes, nearest_open, refined
        from mapmaker.methods.solvers.sparse.market import new_search, open_market

        home = np.zeros(len(targets), np.int32)
        price = np.zeros(lattice.cells)
        if lattice.cells > FEW_CELLS:
            groups = grouped(targets, lattice)
            coarse = self._begun(groups.means, lattice.coarser())
            search = new_search(len(coarse.price), PATIENCE)
            self._settled(coarse, search, self.radius, COARSE_ROUNDS)
            home = homes(targets, groups, _complete(coarse, search, self.radius).mate, lattice)
            price = refined(coarse.price[nearest_open(coarse.price, lattice.coarser())], lattice)
            price = np.maximum(price - (price.min() if len(targets) == lattice.cells else 0), 0)
        closed = HOLES[self.holes]
        if closed is not None:
            price[closed(lattice.columns, lattice.rows, lattice.cells - len(targets))] = np.inf
            home = nearest_open(price, lattice)[home]
        market = open_market(targets, lattice.axes, home, price)
        if lattice.cells > FEW_CELLS:
            self._auctioned(market, lattice.area)
        return market

    def _auctioned(self, market: "Market", area: float) -> None:
        """Make the prices right but for the last few persons, and leave everyone at home where they held a cell."""
        from mapmaker.methods.solvers.sparse.market import HOMELESS, NOBODY, auction

        n = len(market.x)
        holes = np.isfinite(market.price).sum() > n
        for epsilon in EPSILONS:
            auction(market, self.radius, epsilon * area, BIDS * n, n // LEFT)
            _move_in(market)
            if holes:
                market.price[(market.owner == NOBODY) & np.isfinite(market.price)] = 0
        market.mate[:] = HOMELESS
        market.owner[:] = NOBODY

    def _settled(self, market: "Market", search: "Search", radius: int, rounds: int) -> None:
        """Let everyone hold the best cell around, and look around there, until next to nothing can be gained so."""
        from mapmaker.methods.solvers.sparse.market import HOMELESS, NOBODY, settle, survey

        if len(market.price) <= FEW_CELLS:
            radius = FEW_CELLS
        for _ in range(rounds):
            lost = settle(market, search, radius)
            _move_in(market)
            if lost:
                free = np.flatnonzero((market.owner == NOBODY) & np.isfinite(market.price))
                homeless = market.mate == HOMELESS
                market.home[homeless] = free[: homeless.sum()]
            elif survey(market, radius) <= _negligible(market):
                return


def _complete(market: "Market", search: "Search", radius: int) -> "Market":
    """Return the market with everyone in some cell, at the same prices and homes: the last few go to what is left."""
    from mapmaker.methods.solvers.sparse.market import HOMELESS, NOBODY, lodge

    complete = market._replace(mate=market.mate.copy(), owner=market.owner.copy())
    columns = len(market.across)
    for person in np.flatnonzero(market.mate == HOMELESS):
        free = np.flatnonzero((complete.owner == NOBODY) & np.isfinite(market.price))
        row, column = np.divmod(market.home[person], columns)
        nearest = free[((free // columns - row) ** 2 + (free % columns - column) ** 2).argmin()]
        lodge(complete, search, int(person), int(nearest), radius)
    return complete


def _move_in(market: "Market") -> None:
    """Make what everyone holds their home."""
    held = market.mate >= 0
    market.home[held] = market.mate[held]


def _attract(market: "Market", best: Cells) -> None:
    """Make the best of all cells the home of those who gain more than next to nothing there."""
    everyone = np.arange(len(best))
    gain = _paid(market, market.mate) - _paid(market, best)
    drawn = everyone[gain > _negligible(market) / (2 * len(best))]
    market.home[drawn] = best[drawn]


def _paid(market: "Market", cells: Cells) -> NDArray[np.float64]:
    """Return what each of (n,) cells costs each person, price included."""
    columns = len(market.across)
    x, y = market.across[cells % columns], market.down[cells // columns]
    return np.asarray((market.x - x) ** 2 + (market.y - y) ** 2 + market.price[cells])


def _cost(market: "Market") -> float:
    """Return the sum of squared distances of those who hold a cell."""
    held = market.mate >= 0
    return float((_paid(market, market.mate) - market.price[market.mate])[held].sum())


def _negligible(market: "Market") -> float:
    """Return how far from the least a cost may be and yet count as the least."""
    part = NEGLIGIBLE if len(market.x) < MANY else NEGLIGIBLE_OF_MANY
    return max(part * _cost(market), 8 * market.tolerance * len(market.x))


def _rim(columns: int, rows: int, count: int) -> Cells:
    """Return the `count` cells farthest out, the middle of the grid being 0 and that of its sides 1."""
    row, column = np.divmod(np.arange(columns * rows), columns)
    across, down = (2 * column + 1 - columns) / columns, (2 * row + 1 - rows) / rows
    return np.argsort(-(across**2 + down**2), kind="stable")[:count].astype(np.int32)


def even(columns: int, rows: int, count: int) -> Cells:
    """Return `count` cells spread over the grid without bunching or lining up: a sequence of low discrepancy.

    Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018: steps by the plastic number's powers, the
    generalisation of the golden ratio's to the plane.
    """
    cells = columns * rows
    if count > cells // 2:  # those that stay open are spread
        return np.setdiff1d(np.arange(cells, dtype=np.int32), even(columns, rows, cells - count))
    tries = 2 * count
    while True:
        steps = np.arange(tries)
        across, down = (0.5 + steps * PLASTIC) % 1 * columns, (0.5 + steps * PLASTIC**2) % 1 * rows
        found, first = np.unique(down.astype(np.int32) * columns + across.astype(np.int32), return_index=True)
        if len(found) >= count:
            return np.asarray(found[np.argsort(first)[:count]], np.int32)
        tries *= 2


HOLES: Mapping[str, Callable[[int, int, int], Cells] | None] = {"free": None, "rim": _rim, "even": even}
"""By name: of columns, rows and a count, the cells that are closed before anything is solved; None closes none."""
