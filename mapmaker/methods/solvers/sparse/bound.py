"""Targets and cell prices -> a proof: no assignment costs less than this.

Linear programming duality: whatever the prices (none below 0), every person pays, in any assignment, at least what the
best of ALL cells costs, price included; and all prices together can be no more than the sum of them. So

    bound = sum over persons of (least squared distance + price)  -  sum over cells of price.

The least is searched for in a pyramid of blocks of cells. With q = price + |cell|^2, a person at t pays
q - 2 t.cell + |t|^2; over each block a plane that q never falls below tells in a few operations whether the block can
hold anything better. Right prices make q all but convex, so nearly every block is ruled out from afar.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled
from mapmaker.methods.solvers.sparse.market import tolerance

LEAF = 4
"""Blocks of LEAF x LEAF cells are looked through one by one."""


class Proof(NamedTuple):
    """No assignment has a sum of squared distances below `bound`. `best`: (n,) what costs each least at the prices."""

    bound: float
    best: NDArray[np.int32]


class Pyramid(NamedTuple):
    """Blocks, those of the finest level first. `plane`: (blocks, 3) a, b, c with q >= a + b column + c row."""

    plane: NDArray[np.float64]
    start: NDArray[np.int64]
    """(levels + 1,) number of the first block of each level"""
    across: NDArray[np.int64]
    """(levels,) how many blocks lie side by side"""
    down: NDArray[np.int64]
    q: NDArray[np.float64]
    """(rows, columns)"""


def lower_bound(
    targets: NDArray[np.float64], columns: int, rows: int, prices: NDArray[np.float64], guess: NDArray[np.int32]
) -> Proof:
    """Return the proof that these prices give.

    `prices`: (columns * rows,) from 0, infinite for cells that nobody may have. `guess`: (n,) cells; good ones save
    time. Costs are lowered by what rounding may have raised them.
    """
    pyramid = _pyramid(prices, columns, rows)
    slack = tolerance(targets, np.arange(columns, dtype=np.float64), np.arange(rows, dtype=np.float64))
    best, least = guess.astype(np.int32), np.empty(len(targets))
    _search(pyramid, np.ascontiguousarray(targets, np.float64), best, least, slack)
    least -= slack
    return Proof(float(least.sum() - prices[np.isfinite(prices)].sum()), best)


def _pyramid(prices: NDArray[np.float64], columns: int, rows: int) -> Pyramid:
    row, column = np.divmod(np.arange(columns * rows), columns)
    q = (prices + column**2 + row**2).reshape(rows, columns)
    across, down = [-(-columns // LEAF)], [-(-rows // LEAF)]
    while across[-1] * down[-1] > 1:
        across.append(-(-across[-1] // 2))
        down.append(-(-down[-1] // 2))
    blocks = [wide * high for wide, high in zip(across, down, strict=True)]
    start = np.concatenate([[0], np.cumsum(blocks)])
    pyramid = Pyramid(np.zeros((int(start[-1]), 3)), start, np.array(across), np.array(down), q)
    _fit(pyramid)
    return pyramid


@compiled()
def _fit(pyramid: Pyramid) -> None:
    """Lay under each block a plane of its mean slope, as high as the block allows."""
    for level in range(len(pyramid.across)):
        for number in range(pyramid.across[level] * pyramid.down[level]):
            left, right, top, bottom = _cells(pyramid, level, number)
            b, c = _slope(pyramid.q, left, right, top, bottom)
            a = np.inf
            for row in range(top, bottom):
                for column in range(left, right):
                    a = min(a, pyramid.q[row, column] - b * column - c * row)
            at = pyramid.start[level] + number
            pyramid.plane[at, 0], pyramid.plane[at, 1], pyramid.plane[at, 2] = a, b, c


@compiled()
def _cells(pyramid: Pyramid, level: int, number: int) -> tuple[int, int, int, int]:
    """Return first column, end of columns, first row, end of rows of a block."""
    rows, columns = pyramid.q.shape
    size = LEAF << level
    down, across = number // pyramid.across[level], number % pyramid.across[level]
    return across * size, min(columns, (across + 1) * size), down * size, min(rows, (down + 1) * size)


@compiled()
def _slope(q: NDArray[np.float64], left: int, right: int, top: int, bottom: int) -> tuple[float, float]:
    """Return the slope of q from corner to corner, along a row and along a column; 0 where a corner is infinite."""
    north, south = q[top, right - 1] - q[top, left], q[bottom - 1, right - 1] - q[bottom - 1, left]
    west, east = q[bottom - 1, left] - q[top, left], q[bottom - 1, right - 1] - q[top, right - 1]
    along, across = (north + south) / 2 / max(1, right - left - 1), (west + east) / 2 / max(1, bottom - top - 1)
    return (along if np.isfinite(along) else 0.0), (across if np.isfinite(across) else 0.0)


@compiled()
def _search(
    pyramid: Pyramid,
    targets: NDArray[np.float64],
    best: NDArray[np.int32],
    least: NDArray[np.float64],
    slack: float,
) -> None:
    """Improve `best` to the best of all cells, and write what it costs into `least`."""
    columns = pyramid.q.shape[1]
    levels = len(pyramid.across)
    todo = np.empty((4 * levels + 4, 2), np.int64)
    for person in range(len(targets)):
        x, y = targets[person, 0], targets[person, 1]
        found = best[person]
        value = _value(pyramid.q, found // columns, found % columns, x, y)
        todo[0, 0], todo[0, 1] = levels - 1, 0
        waiting = 1
        while waiting > 0:
            waiting -= 1
            level, number = todo[waiting]
            left, right, top, bottom = _cells(pyramid, level, number)
            if _floor(pyramid.plane[pyramid.start[level] + number], left, right, top, bottom, x, y) >= value - slack:
                continue
            if level == 0:
                for row in range(top, bottom):
                    for column in range(left, right):
                        other = _value(pyramid.q, row, column, x, y)
                        if other < value:
                            value, found = other, row * columns + column
                continue
            across, down = 2 * (number % pyramid.across[level]), 2 * (number // pyramid.across[level])
            for below in range(down, min(down + 2, pyramid.down[level - 1])):
                for beside in range(across, min(across + 2, pyramid.across[level - 1])):
                    todo[waiting, 0], todo[waiting, 1] = level - 1, below * pyramid.across[level - 1] + beside
                    waiting += 1
        best[person], least[person] = found, value + x * x + y * y


@compiled()
def _value(q: NDArray[np.float64], row: int, column: int, x: float, y: float) -> float:
    """Return what a cell costs a person at (x, y), less the square of (x, y), which is the same for all cells."""
    return float(q[row, column] - 2 * (x * column + y * row))


@compiled()
def _floor(plane: NDArray[np.float64], left: int, right: int, top: int, bottom: int, x: float, y: float) -> float:
    """Return what no cell of the block can be worth less than: the plane's lowest corner."""
    along, across = plane[1] - 2 * x, plane[2] - 2 * y
    return float(plane[0] + along * (left if along > 0 else right - 1) + across * (top if across > 0 else bottom - 1))
