"""A map that stands and posters new to it in, cells out: the new find good places, all but a few of the old stay.

First the newcomers share out the free cells, each to where most of its like are. Then they look for better places as in
`anneal`, and may send an old poster away, to a hole or to where it fits no worse. That costs a fee, as high as it takes
for no more than a small share of the old posters to move.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.arrangers.anneal import COLDEST, FIRST_TOUCH, LEAP, TRIES, affinities, board
from mapmaker.methods.seating import free_cells
from mapmaker.model import Floats, Ints, Neighbors

if TYPE_CHECKING:
    from mapmaker.methods.arrangers.kernels import Board

MOST_MOVED = 0.009
"""Of the old posters, those that may move in one go."""
NEIGHBORS = 10
"""Of each poster, those that it looks for."""
MOVES = 4_000
"""Tried for each newcomer. They are few, so it is next to nothing."""
TOUCH = 1.0
HEAT = 0.1
WEIGHT = 3.0
"""What the pairs of a newcomer count for: the old ones are in good places already."""
PULL = (1.0, 1.0, 1.0, 0.35, 0.1)
"""What a pair is worth by its distance in columns or rows, whichever is more: what is in one view counts alike."""
WIDE = 6.0
"""Cells: how far off the like of a newcomer may be and yet draw it to a hole (sigma of a Gaussian)."""
TOGETHER = 1_000
"""Newcomers that share out holes at a time; the time for that grows with the square."""
FEES = 9
"""Fees that are tried, each halving what is left between too low and too high."""
HIGHEST_FEE = 6.0
SWEEPS_BETWEEN = 16
"""Sweeps after which those are looked up who may move now."""


def settle_newcomers(
    vectors: Floats, neighbors: Neighbors, cells: Ints, anchors: Ints, columns: int, rows: int, seed: int = 0
) -> Ints:
    """Return (n, 2) int32 cells, unique. `anchors` (n, 2): the cells of the old posters, -1 for newcomers.

    `vectors` (n, d) of unit length, with their graph; `cells` (n, 2), where all are now: the old ones on their anchors.
    """
    new = anchors[:, 0] < 0
    if not new.any() or new.all():
        return cells.copy()
    index = neighbors.index[:, :NEIGHBORS]
    start, mate, affinity = affinities(index)
    seats = _shared_out(start, mate, affinity, anchors, columns, rows)
    poster = np.repeat(np.arange(len(new)), np.diff(start))
    weighed = np.where(new[poster] | new[mate], np.float32(WEIGHT), np.float32(1)) * affinity
    most = int(MOST_MOVED * (~new).sum())
    low, high, best = 0.0, HIGHEST_FEE, seats
    for _ in range(FEES):
        fee = (low + high) / 2
        now = board(vectors, seats, columns, rows, (start, mate, weighed), _pull(), TOUCH)
        _annealed(now, anchors, fee, np.random.default_rng(seed))
        moved = int((now.place[~new] != anchors[~new]).any(axis=1).sum())
        if moved > most:
            low = fee
        else:
            high, best = fee, now.place
    return best


def _annealed(now: "Board", anchors: Ints, fee: float, random: np.random.Generator) -> None:
    """Let newcomers, and whoever is not on its anchor, look for better places."""
    from mapmaker.methods.arrangers.kernels import settle

    sweeps = MOVES // TRIES
    heats = HEAT * np.geomspace(1, COLDEST, sweeps)
    touches = TOUCH * np.geomspace(FIRST_TOUCH, 1, sweeps)
    movers = np.zeros(0, np.int64)
    for sweep, (heat, touch) in enumerate(zip(heats, touches, strict=True)):
        if sweep % SWEEPS_BETWEEN == 0:
            movers = np.flatnonzero((now.place != anchors).any(axis=1))
        size = (len(movers), TRIES)
        limits = -heat * random.standard_exponential(size)
        settle(now._replace(touch=float(touch)), movers, anchors, fee, random.integers(0, 2**48, size), limits, LEAP)


def _shared_out(
    start: NDArray[np.int32], mate: NDArray[np.int32], affinity: Floats, anchors: Ints, columns: int, rows: int
) -> Ints:
    """Return cells with each newcomer on a free one, as many of their like around them as can be."""
    from scipy.optimize import linear_sum_assignment

    seats = anchors.copy()
    new = np.flatnonzero(anchors[:, 0] < 0)
    for first in range(0, len(new), TOGETHER):
        group = new[first : first + TOGETHER]
        free = free_cells(seats, columns, rows)
        drawn = np.zeros((len(group), len(free)), np.float32)
        for place, poster in enumerate(group):
            mates = slice(start[poster], start[poster + 1])
            there = anchors[mate[mates], 0] >= 0
            squared = ((free[None] - anchors[mate[mates]][there, None]) ** 2).sum(axis=2)
            drawn[place] = affinity[mates][there] @ np.exp(-squared / np.float32(2 * WIDE**2), dtype=np.float32)
        chosen, cell = linear_sum_assignment(-drawn)
        seats[group[chosen]] = free[cell]
    return seats


def _pull() -> Floats:
    steps = np.abs(np.arange(1 - len(PULL), len(PULL)))
    return np.array(PULL, np.float32)[np.maximum(steps[:, None], steps)]
