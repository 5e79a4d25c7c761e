"""`sparse`: exact assignments over nearby cells only, repeated until the cost stops falling.

Recursive bisection gives a start some percent above the optimum. Then each target may move to any cell near the one
that it holds; among all such moves at once the cheapest is found exactly, by OR-Tools' cost-scaling push-relabel
(Goldberg and Kennedy, "An efficient cost scaling algorithm for the assignment problem", 1995). The work grows with
the cells, not with their square.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.solvers.dense import cells_of
from mapmaker.model import Floats, Ints

FINEST = 30
"""Costs are whole numbers: at most 2 ** FINEST to one squared cell."""
PRICE_BITS = 61
"""Prices grow to 1.5 times the largest cost times the square of the movers, and must stay below 2 ** 63."""
EXACT_UP_TO = 1_024
"""Up to so many cells every cell counts as near, and one round is the optimum."""
LEAF = 8
"""Bisection ends at so many cells."""


@dataclass(frozen=True)
class Sparse:
    """Sparse assignment; see the module.

    `radius`: how far, in cells, a target may move in a round; `far_radius`: in the rounds after that, when the first
    find no more. Larger find more and take longer.
    """

    version: ClassVar[int] = 1
    radius: int = 3
    far_radius: int = 6

    def __post_init__(self) -> None:
        if not 1 <= self.radius <= self.far_radius:
            raise ValueError(f"radius = {self.radius} is not between 1 and far_radius = {self.far_radius}")

    def __call__(self, targets: Floats, columns: int, rows: int) -> Ints:
        """See `Solver`."""
        held = bisect(targets.astype(np.float64), columns, rows)
        exact = columns * rows <= EXACT_UP_TO
        for radius in (max(columns, rows),) if exact else (self.radius, self.far_radius):
            held = _settle(targets.astype(np.float64), held, columns, rows, radius)
        return cells_of(held[: len(targets)], columns)


def bisect(targets: NDArray[np.float64], columns: int, rows: int) -> NDArray[np.int64]:
    """Return (columns * rows,) cell numbers: first one for each target, then those of the holes.

    The cells are halved along their longer side, and so are the targets, again and again: in proportion, so that holes
    come out evenly spread and each target finds one near; or, where over a tenth of the cells stay empty, as they
    lie, as far as a half can hold them.
    """
    crowded = 10 * len(targets) >= 9 * columns * rows
    held = np.empty(len(targets), np.int64)
    todo = [(np.arange(len(targets)), 0, 0, columns, rows)]
    while todo:
        members, left, top, width, height = todo.pop()
        if len(members) == 0:
            continue
        if width * height <= LEAF:
            held[members] = _leaf(targets[members], left, top, width, height, columns)
            continue
        axis = 0 if width >= height else 1
        first = (width if axis == 0 else height) // 2
        room = first * (height if axis == 0 else width)
        order = members[np.argsort(targets[members, axis], kind="stable")]
        middle = (left if axis == 0 else top) + first - 0.5
        share = round(len(members) * room / (width * height))
        wanted = share if crowded else int(np.searchsorted(targets[order, axis], middle))
        count = min(room, max(wanted, len(members) - (width * height - room)))
        if axis == 0:
            todo.append((order[:count], left, top, first, height))
            todo.append((order[count:], left + first, top, width - first, height))
        else:
            todo.append((order[:count], left, top, width, first))
            todo.append((order[count:], left, top + first, width, height - first))
    holes = np.setdiff1d(np.arange(columns * rows), held, assume_unique=True)
    return np.concatenate([held, holes])


def _leaf(
    targets: NDArray[np.float64], left: int, top: int, width: int, height: int, columns: int
) -> NDArray[np.int64]:
    """Return the cheapest cell numbers within a small block of cells."""
    from scipy.optimize import linear_sum_assignment

    number = np.arange(width * height)
    cells = np.stack([left + number % width, top + number // width], axis=1)
    costs = ((targets[:, None] - cells) ** 2).sum(axis=2)
    chosen = cells[linear_sum_assignment(costs)[1]]
    return np.asarray(chosen[:, 1] * columns + chosen[:, 0], np.int64)


def _settle(
    targets: NDArray[np.float64], held: NDArray[np.int64], columns: int, rows: int, radius: int
) -> NDArray[np.int64]:
    """Return `held` after rounds of moves within `radius`, until a round no longer lowers the cost."""
    cost = _cost(targets, held, columns)
    while True:
        moved = _round(targets, held, columns, rows, radius)
        lower = _cost(targets, moved, columns)
        if lower >= cost:
            return held
        held, cost = moved, lower


def _round(
    targets: NDArray[np.float64], held: NDArray[np.int64], columns: int, rows: int, radius: int
) -> NDArray[np.int64]:
    """Return the cheapest assignment in which everyone, holes too, stays within `radius` of what it holds."""
    from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

    n = len(targets)
    movers, cells = _arcs(held[:n], columns, rows, radius)
    reached = np.zeros(columns * rows, bool)
    reached[cells] = True  # cells beyond stay as they are: no target can come there, so no hole need make way
    at_stake = reached[held[n:]]
    holes, hole_cells = _arcs(held[n:][at_stake], columns, rows, radius)
    inside = reached[hole_cells]
    movers = np.concatenate([movers, n + holes[inside]])
    cells = np.concatenate([cells, hole_cells[inside]])

    squared = _squared(targets, movers, cells, columns)
    count = n + int(at_stake.sum())
    solver = SimpleLinearSumAssignment()
    number = np.cumsum(reached, dtype=np.int32) - 1
    solver.add_arcs_with_cost(movers, number[cells], np.rint(squared * _unit(squared, count)).astype(np.int64))
    status = solver.solve()
    assert status == solver.OPTIMAL, status  # what is held now is feasible
    mates = np.array([solver.right_mate(mover) for mover in range(count)], np.int64)
    taken = np.flatnonzero(reached)[mates]
    return np.concatenate([taken, held[n:][~at_stake]])


def _arcs(held: NDArray[np.int64], columns: int, rows: int, radius: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return (mover, cell number) of every move within `radius`, ascending by mover."""
    step = np.arange(-radius, radius + 1)
    column = (held % columns)[:, None, None] + step[None, None, :]
    row = (held // columns)[:, None, None] + step[None, :, None]
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    mover = np.broadcast_to(np.arange(len(held))[:, None, None], inside.shape)
    return mover[inside].astype(np.int32), (row * columns + column)[inside].astype(np.int32)


def _squared(
    targets: NDArray[np.float64], movers: NDArray[Any], cells: NDArray[Any], columns: int
) -> NDArray[np.float64]:
    """Return the squared length of each arc; a hole costs nothing anywhere."""
    squared = np.zeros(len(movers))
    real = movers < len(targets)
    target = targets[movers[real]]
    cell = cells[real]
    squared[real] = (target[:, 0] - cell % columns) ** 2 + (target[:, 1] - cell // columns) ** 2
    return squared


def _unit(squared: NDArray[np.float64], movers: int) -> float:
    """Return how many units of cost make one squared cell: as many as the solver's prices can bear."""
    largest = max(1.0, float(squared.max()))
    bits = math.floor(PRICE_BITS - math.log2(largest) - 2 * math.log2(movers + 1))
    return 2.0 ** min(FINEST, bits)


def _cost(targets: NDArray[np.float64], held: NDArray[np.int64], columns: int) -> float:
    movers = np.arange(len(targets))
    return float(_squared(targets, movers, held[: len(targets)], columns).sum())
