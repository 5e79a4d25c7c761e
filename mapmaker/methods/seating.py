"""A map that stands and posters that are new to it in, a cell for each of these out; the others keep theirs.

This is where newcomers first sit down; the arranger then lets them find better places (`arrangers.newcomers`).
"""

import math

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints

NEAREST = 5
"""Posters of the layout in whose middle a newcomer belongs."""
CHOICES = 16
"""Free cells that a newcomer asks for in one round, nearest first."""


def grown(
    columns: int, rows: int, n: int, proportion: float, fixed_columns: int = 0, fixed_rows: int = 0
) -> tuple[int, int]:
    """Return (columns, rows), more of either where `n` posters do not fit; what was there keeps its coordinates.

    `columns` / `rows` stays as near to `proportion` as it can; a number that is fixed (not 0) does not grow.
    """
    while columns * rows < n and not (fixed_columns and fixed_rows):
        wider = abs(math.log((columns + 1) / rows / proportion))
        higher = abs(math.log(columns / (rows + 1) / proportion))
        if fixed_rows or (wider <= higher and not fixed_columns):
            columns += 1
        else:
            rows += 1
    return columns, rows


def seated(points: Floats, cells: Ints, columns: int, rows: int) -> Ints:
    """Return (n, 2) int32 cells, unique: `cells`, and for rows of -1 a free one near those they lie among in `points`.

    `points` (n, 2) is the layout; there are at least n cells.
    """
    from scipy.spatial import cKDTree

    found = cells.astype(np.int32)
    new = np.flatnonzero(cells[:, 0] < 0)
    if not len(new):
        return found
    wished = _middles(points, cells, new)
    waiting = np.arange(len(new))
    while waiting.size:
        free = free_cells(found, columns, rows)
        choices = min(CHOICES, len(free))
        far, near = cKDTree(free).query(wished[waiting], k=choices)
        far, near = far.reshape(len(waiting), choices), near.reshape(len(waiting), choices)
        for place in np.argsort(far, axis=None, kind="stable"):
            one, choice = divmod(int(place), choices)
            cell = near[one, choice]
            if waiting[one] >= 0 and free[cell, 0] >= 0:
                found[new[waiting[one]]] = free[cell]
                free[cell, 0], waiting[one] = -1, -1
        waiting = waiting[waiting >= 0]
    return found


def free_cells(cells: Ints, columns: int, rows: int) -> Ints:
    """Return (m, 2) int32 the cells [column, row] that nobody holds, row by row; rows of -1 in `cells` hold none."""
    held = np.zeros((rows, columns), bool)
    taken = cells[cells[:, 0] >= 0]
    held[taken[:, 1], taken[:, 0]] = True
    return np.argwhere(~held)[:, ::-1].astype(np.int32)


def _middles(points: Floats, cells: Ints, new: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (m, 2) where each newcomer belongs: the median cell of the posters nearest to it in the layout."""
    from scipy.spatial import cKDTree

    old = np.flatnonzero(cells[:, 0] >= 0)
    _, near = cKDTree(points[old]).query(points[new], k=min(NEAREST, len(old)))
    middles: NDArray[np.float64] = np.median(cells[old[near.reshape(len(new), -1)]], axis=1)
    return middles
