"""The market: every person needs a cell, every cell takes one person, prices settle who gets which.

A person pays the squared distance from the target to the cell, and the cell's price. Nobody looks farther than
`radius` cells around a home of their own. Prices are right when everyone holds the cell that costs them least, and
cells that nobody holds are free: then no other assignment costs less (linear programming duality).

Three ways to get there, all of which keep what the others found out, and one to do without:
`auction` (Bertsekas, "The auction algorithm", 1988) settles nearly all, up to `epsilon` a person, in time linear in
the persons; `augment` (Jonker and Volgenant, "A shortest augmenting path algorithm", 1987) finds a person a cell at
least cost, exactly; `release` is its mirror image, and lets go of a cell that has a price but no owner. `lodge` finds
a person some cell, at nearly the least cost, and leaves the prices alone.

All kernels that call one another are in this file: numba keeps what it compiled on disk, and compiles again when the
file of the caller changes, not when that of the called does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled

NOBODY = -1
HOMELESS = -1
DETOUR = 0.5
"""What a way may cost more, a cell of its length, and lead straight on: without it, all that costs less is searched."""


class Market(NamedTuple):
    """n persons, m = columns x rows cells in reading order. Positions are in cells of the finest grid."""

    x: NDArray[np.float64]
    """(n,) targets"""
    y: NDArray[np.float64]
    across: NDArray[np.float64]
    """(columns,) middles of the cells"""
    down: NDArray[np.float64]
    home: NDArray[np.int32]
    """(n,) the cell around which a person looks"""
    price: NDArray[np.float64]
    """(m,) from 0; infinite where nobody may go"""
    least: NDArray[np.float64]
    """(n,) the least that a person can pay around home, distance and price"""
    mate: NDArray[np.int32]
    """(n,) the cell held, or HOMELESS"""
    owner: NDArray[np.int32]
    """(m,) the person who holds it, or NOBODY"""
    tolerance: float
    """costs that differ by less are the same"""


class Search(NamedTuple):
    """What a shortest-path search writes on, (m,) each; made once, and never cleared: `round` tells old from new."""

    length: NDArray[np.float64]
    """of the shortest path found to each cell"""
    via: NDArray[np.int32]
    """augment: the person who would come; release: the cell to which its owner would go"""
    seen: NDArray[np.int32]
    """the round in which `length` was written"""
    heap: NDArray[np.int32]
    """the cells still to settle, the one with the least length first"""
    place: NDArray[np.int32]
    """where in the heap each is, SETTLED when it has left"""
    settled: NDArray[np.int32]
    """in order"""
    round: NDArray[np.int32]
    """(1,) counts the searches"""
    patience: int
    """`settle` gives a search up that has settled so many cells"""


SETTLED = -1
FOUND, GAVE_UP, NO_WAY = 0, 1, 2
MOST_LEFT = 500
"""So many searches may be given up. Where more are long, all are carried through: to lead each of them to a cell would
take longer still."""


def open_market(
    targets: NDArray[np.float64],
    axes: tuple[NDArray[np.float64], NDArray[np.float64]],
    home: NDArray[np.int32],
    price: NDArray[np.float64],
) -> Market:
    """Return a market in which nobody holds anything yet, for (n, 2) targets."""
    x, y = np.ascontiguousarray(targets[:, 0]), np.ascontiguousarray(targets[:, 1])
    n, m = len(targets), len(price)
    mate, owner = np.full(n, HOMELESS, np.int32), np.full(m, NOBODY, np.int32)
    return Market(x, y, *axes, home, price, np.zeros(n), mate, owner, tolerance(targets, *axes))


def tolerance(targets: NDArray[np.float64], across: NDArray[np.float64], down: NDArray[np.float64]) -> float:
    """Return what rounding can do to a cost: a little of the largest that occurs."""
    far = max(float(np.abs(targets).max()), len(across), len(down), float(across[-1]), float(down[-1]))
    return 1e-14 * 8 * far * far


def new_search(cells: int, patience: int) -> Search:
    """Return a search's working memory."""
    via, seen, heap, place, settled = np.zeros((5, cells), np.int32)
    return Search(np.zeros(cells), via, seen, heap, place, settled, np.zeros(1, np.int32), patience)


@compiled()
def paid(market: Market, person: int, cell: int) -> float:
    """Return what the cell costs the person: squared distance, and price."""
    columns = len(market.across)
    dx = market.x[person] - market.across[cell % columns]
    dy = market.y[person] - market.down[cell // columns]
    return float(dx * dx + dy * dy + market.price[cell])


@compiled()
def window(market: Market, cell: int, radius: int) -> tuple[int, int, int, int]:
    """Return first column, end of columns, first row, end of rows within `radius` of the cell."""
    columns, rows = len(market.across), len(market.down)
    column, row = cell % columns, cell // columns
    return (
        max(0, column - radius),
        min(columns, column + radius + 1),
        max(0, row - radius),
        min(rows, row + radius + 1),
    )


@compiled()
def two_best(market: Market, person: int, radius: int) -> tuple[int, float, float]:
    """Return the cell that costs the person least, what it costs, and what the next one costs."""
    columns = len(market.across)
    left, right, top, bottom = window(market, market.home[person], radius)
    best, least, second = -1, np.inf, np.inf
    for row in range(top, bottom):
        height = (market.y[person] - market.down[row]) ** 2
        for column in range(left, right):
            cost = height + (market.x[person] - market.across[column]) ** 2 + market.price[row * columns + column]
            if cost < least:
                best, least, second = row * columns + column, cost, least
            elif cost < second:
                second = cost
    return best, least, second


@compiled()
def auction(market: Market, radius: int, epsilon: float, bids: int, leave: int) -> None:
    """Start anew: everyone bids for the best cell, by as much as the next best one costs more, and by `epsilon`.

    Whoever is outbid bids again. Ends after `bids` bids, or when no more than `leave` persons hold no cell: the last
    few can go on for long.
    """
    n = len(market.x)
    market.mate[:] = HOMELESS
    market.owner[:] = NOBODY
    queue = np.arange(n)
    first, waiting = 0, n
    while waiting > leave and bids > 0:
        bids -= 1
        person = queue[first]
        first = (first + 1) % n
        waiting -= 1
        best, least, second = two_best(market, person, radius)
        if best < 0:
            continue
        outbid = market.owner[best]
        market.price[best] += epsilon + (second - least if second < np.inf else 0.0)
        market.owner[best] = person
        market.mate[person] = best
        if outbid != NOBODY:
            market.mate[outbid] = HOMELESS
            queue[(first + waiting) % n] = outbid
            waiting += 1


@compiled()
def look(market: Market, radius: int) -> None:
    """Write what everyone can pay at least; who pays more leaves; who holds nothing takes the best cell if it is free.

    Home counts as the best cell when it costs the same, so that persons who are all alike do not crowd at one.
    """
    for person in range(len(market.x)):
        best, least, _ = two_best(market, person, radius)
        market.least[person] = least
        held = market.mate[person]
        if held != HOMELESS and paid(market, person, held) > least + market.tolerance:
            market.owner[held] = NOBODY
            market.mate[person] = held = HOMELESS
        if held == HOMELESS:
            home = market.home[person]
            if market.owner[home] == NOBODY and paid(market, person, home) <= least + market.tolerance:
                best = home
            if best >= 0 and market.owner[best] == NOBODY:
                market.owner[best] = person
                market.mate[person] = best


@compiled()
def survey(market: Market, radius: int) -> float:
    """Return how much more those who hold a cell pay for it than for the best within `radius` of home."""
    total = 0.0
    for person in range(len(market.x)):
        if market.mate[person] == HOMELESS:
            continue
        _, least, _ = two_best(market, person, radius)
        total += max(0.0, paid(market, person, market.mate[person]) - least)
    return total


@compiled()
def settle(market: Market, search: Search, radius: int) -> int:
    """Find everyone the cell that costs least at prices that are right for all; return for how many there is none.

    None is left around the homes of those: they need another home. Up to MOST_LEFT more may be left without a cell,
    where `search.patience` ended; prices are right for them, too. With holes nobody is left: the cells still to come
    for those would count as holes, and become free of charge. One after another goes in any order but along the grid:
    that would push a wave of the homeless ahead, and its paths are long.
    """
    look(market, radius)
    homeless = np.flatnonzero(market.mate == HOMELESS)
    np.random.seed(0)  # numba's own generator, not numpy's
    np.random.shuffle(homeless)
    holes = np.isfinite(market.price).sum() > len(market.x)
    for patience in (len(market.price) if holes else search.patience, len(market.price)):
        lost, left = 0, 0
        for person in homeless:
            if market.mate[person] == HOMELESS:
                outcome = augment(market, search, int(person), radius, patience)
                lost += outcome == NO_WAY
                left += outcome == GAVE_UP
            if left > MOST_LEFT:
                break
        if left <= MOST_LEFT:
            break
    if lost == 0 and holes:
        first, residents = residents_by_home(market)
        for cell in range(len(market.price)):
            if market.owner[cell] == NOBODY and 0 < market.price[cell] < np.inf:
                release(market, search, cell, radius, first, residents)
    return lost


@compiled()
def augment(market: Market, search: Search, newcomer: int, radius: int, patience: int) -> int:
    """Find the newcomer a cell: others may have to move on, at the least cost for all. Return FOUND, GAVE_UP or NO_WAY.

    Dijkstra's algorithm over the cells; to pass a cell is to move its owner on. Lengths are what a move costs beyond
    the least that the mover could pay.
    """
    search.round[0] += 1
    waiting, settled = 0, 0
    length, end, goal = 0.0, np.inf, -1
    person = newcomer
    _, market.least[newcomer], _ = two_best(market, newcomer, radius)
    columns = len(market.across)
    while True:
        left, right, top, bottom = window(market, market.home[person], radius)
        for row in range(top, bottom):
            height = (market.y[person] - market.down[row]) ** 2 + length - market.least[person]
            for column in range(left, right):
                cell = row * columns + column
                reached = max(length, height + (market.x[person] - market.across[column]) ** 2 + market.price[cell])
                if reached >= end:
                    continue
                if market.owner[cell] == NOBODY:
                    end, goal = reached, cell
                    search.via[cell] = person
                elif shorter(search, cell, reached):
                    search.via[cell] = person
                    waiting = push(search, cell, reached, waiting)
        if waiting == 0 or search.length[search.heap[0]] >= end:
            break
        if settled == patience:
            return GAVE_UP
        cell = pop(search, waiting)
        waiting -= 1
        search.settled[settled] = cell
        settled += 1
        length, person = search.length[cell], market.owner[cell]
    if goal < 0:
        return NO_WAY
    market.least[newcomer] += end
    for cell in search.settled[:settled]:
        market.price[cell] += end - search.length[cell]
        market.least[market.owner[cell]] += end - search.length[cell]
    move_on(market, search, goal)
    return FOUND


@compiled()
def move_on(market: Market, search: Search, goal: int) -> None:
    """Let everyone on the path found to `goal` take the cell they came for."""
    cell = goal
    while cell != HOMELESS:
        person = search.via[cell]
        left_behind = market.mate[person]
        market.owner[cell], market.mate[person] = person, cell
        cell = left_behind


@compiled()
def lodge(market: Market, search: Search, newcomer: int, goal: int, radius: int) -> None:
    """Find the newcomer a cell on the way to `goal`, which is free; others may have to move on, prices stay.

    As `augment`, but with DETOUR times the distance still to go added to all lengths: a few thousand cells are
    searched where `augment` would search all. Where there is no way, the newcomer takes `goal` as it is.
    """
    search.round[0] += 1
    columns = len(market.across)
    waiting, length, person, cell = 0, 0.0, newcomer, HOMELESS
    _, market.least[newcomer], _ = two_best(market, newcomer, radius)
    while cell == HOMELESS or market.owner[cell] != NOBODY:
        left, right, top, bottom = window(market, market.home[person], radius)
        for row in range(top, bottom):
            height = (market.y[person] - market.down[row]) ** 2 + length - market.least[person]
            for column in range(left, right):
                near = row * columns + column
                reached = max(length, height + (market.x[person] - market.across[column]) ** 2 + market.price[near])
                reached += DETOUR * distance(near, goal, columns)
                if reached < np.inf and shorter(search, near, reached):
                    search.via[near] = person
                    waiting = push(search, near, reached, waiting)
        if waiting == 0:
            market.owner[goal], market.mate[newcomer] = newcomer, goal
            return
        cell = pop(search, waiting)
        waiting -= 1
        length, person = search.length[cell] - DETOUR * distance(cell, goal, columns), market.owner[cell]
    move_on(market, search, cell)


@compiled()
def distance(cell: int, other: int, columns: int) -> float:
    """Return how far apart two cells are."""
    return float(np.hypot(cell // columns - other // columns, cell % columns - other % columns))


@compiled()
def release(
    market: Market,
    search: Search,
    unwanted: int,
    radius: int,
    first: NDArray[np.int64],
    residents: NDArray[np.int32],
) -> None:
    """Lower the price of a cell that nobody holds until it is free of charge, or somebody moves in.

    Whoever moves leaves a cell behind, to which the same happens, until one is free of charge: the mirror image of
    `augment`. `first`, `residents`: see `residents_by_home`.
    """
    search.round[0] += 1
    settled = 0
    end, goal = market.price[unwanted], unwanted
    columns = len(market.across)
    waiting = push(search, unwanted, 0.0, 0)
    while waiting > 0 and search.length[search.heap[0]] < end:
        cell = pop(search, waiting)
        waiting -= 1
        search.settled[settled] = cell
        settled += 1
        length = search.length[cell]
        left, right, top, bottom = window(market, cell, radius)
        for row in range(top, bottom):
            for place in range(first[row * columns + left], first[row * columns + right]):
                person = residents[place]
                held = market.mate[person]
                if held == HOMELESS:
                    continue
                reached = max(length, length + paid(market, person, cell) - market.least[person])
                if reached >= end or held == cell or not shorter(search, held, reached):
                    continue
                search.via[held] = cell
                waiting = push(search, held, reached, waiting)
                if reached + market.price[held] < end:
                    end, goal = reached + market.price[held], held
    for cell in search.settled[:settled]:
        market.price[cell] = max(0.0, market.price[cell] - (end - search.length[cell]))
        if market.owner[cell] != NOBODY:
            market.least[market.owner[cell]] -= end - search.length[cell]
    cell, person = goal, market.owner[goal]
    market.owner[goal], market.price[goal] = NOBODY, 0.0
    while cell != unwanted:
        cell = search.via[cell]
        market.mate[person] = cell
        person, market.owner[cell] = market.owner[cell], person


@compiled()
def residents_by_home(market: Market) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return (m + 1,) `first` and (n,) `residents`: at home in a cell are residents[first[cell] : first[cell + 1]]."""
    first = np.zeros(len(market.price) + 1, np.int64)
    for home in market.home:
        first[home + 1] += 1
    first = np.cumsum(first)
    following = first[:-1].copy()
    residents = np.empty(len(market.home), np.int32)
    for person, home in enumerate(market.home):
        residents[following[home]] = person
        following[home] += 1
    return first, residents


@compiled()
def shorter(search: Search, cell: int, length: float) -> bool:
    """Return whether this is the shortest path to the cell so far; no path to a settled cell is."""
    if search.seen[cell] != search.round[0]:
        return True
    return bool(search.place[cell] != SETTLED and length < search.length[cell])


@compiled()
def push(search: Search, cell: int, length: float, waiting: int) -> int:
    """Give the cell its length and its place in the heap; return how many wait there now."""
    search.length[cell] = length
    at = search.place[cell]
    if search.seen[cell] != search.round[0]:
        search.seen[cell] = search.round[0]
        at = waiting
        waiting += 1
    while at > 0:
        parent = (at - 1) >> 1
        other = search.heap[parent]
        if search.length[other] <= length:
            break
        search.heap[at], search.place[other] = other, at
        at = parent
    search.heap[at], search.place[cell] = cell, at
    return waiting


@compiled()
def pop(search: Search, waiting: int) -> int:
    """Take the cell with the least length out of a heap of `waiting`."""
    first = search.heap[0]
    last = search.heap[waiting - 1]
    length, at, end = search.length[last], 0, waiting - 1
    while 2 * at + 1 < end:
        child = 2 * at + 1
        if child + 1 < end and search.length[search.heap[child + 1]] < search.length[search.heap[child]]:
            child += 1
        other = search.heap[child]
        if length <= search.length[other]:
            break
        search.heap[at], search.place[other] = other, at
        at = child
    search.heap[at], search.place[last] = last, at
    search.place[first] = SETTLED
    return int(first)
