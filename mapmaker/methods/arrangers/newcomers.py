"""A map that stands and posters new to it in, cells out: the new find good places, all but a few of the old stay.

First the newcomers share out the free cells, each to where most of its like are. Then they look for better places as in
`anneal`, and may send an old poster away, to a hole or to where it fits no worse. That costs a fee, which rises while
more of the old are away than may be, and falls while fewer are: the price at which just so many of them move.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.arrangers.anneal import FIRST_TOUCH, LEAP, affinities, board
from mapmaker.methods.seating import free_cells
from mapmaker.model import Floats, Ints, Neighbors

if TYPE_CHECKING:
    from mapmaker.methods.arrangers.kernels import Board

MOST_MOVED = 0.01
"""Of the old posters, those that may move in one go."""
MOVED_EACH = 0.42
"""For each newcomer, how many of the old may move: on a large map, a few newcomers are no reason to stir it all, and
each who moves has some five tiles painted anew."""
NEIGHBORS = 14
"""Of each poster, those that it looks for."""
MOVES = (12_000, 50_000)
"""Tried for each newcomer, where they are few among many, and where they are a crowd, who have less of a choice. With
three times as many a crowd of a hundred finds hardly better, and few among 20,000 find no worse with a quarter."""
CROWD = 0.02
"""The newcomers' share of all from which on they are one."""
LEAST_MOVES = 1_500
"""Tried for each, however many there are."""
MOVES_OF_ALL = 18_000_000
"""Where newcomers are many, each has fewer moves, so that it takes some five seconds for any few hundred of them."""
TRIES = 16
"""Moves of a newcomer in one sweep."""
TOUCH = 36.0
SHARES = (0.8, 0.2, 0.0, 0.0)
"""What the best, second, ... of the four that touch a poster count for: two that fit are all it can hope for."""
HEAT = 0.7
COLDEST = 0.3
"""The last temperature, of the first."""
WEIGHT = 10.0
"""What a newcomer's own neighbours count for: the old posters have theirs around them already."""
PULL = (1.0, 1.0, 1.0, 0.15)
"""What a pair is worth by its distance in columns or rows, whichever is more: what is in one view counts alike."""
WIDE = 6.0
"""Cells: how far off the like of a newcomer may be and yet draw it to a hole (sigma of a Gaussian)."""
TOGETHER = 1_000
"""Newcomers that share out holes at a time, at most; the time for that grows with the square."""
PAIRS = 20_000_000
"""Of a newcomer and a free cell, looked at together, at most: what takes the memory."""
LEAST_FEE = 3.0
"""Where there is a good free cell, nobody makes way for a slightly better one."""
FEE_STEP = 0.02
"""By how much the fee changes in a sweep, at most."""
NEARLY = 0.99
"""Of those who may be away, how many the fee aims at: at all of them, the ban on more would do its work."""
SWEEPS_BETWEEN = 4
"""Sweeps after which those are looked up who may move now."""
ROUNDING = 1e-3
"""Of a gain, far more than single precision loses of it."""


def settle_newcomers(
    vectors: Floats, neighbors: Neighbors, anchors: Ints, columns: int, rows: int, seed: int = 0
) -> Ints:
    """Return (n, 2) int32 cells, unique. `anchors` (n, 2): the cells of the old posters, -1 for newcomers.

    `vectors` (n, d) of unit length, with their graph. There are old posters, and at least n cells.
    """
    new = anchors[:, 0] < 0
    if not new.any():
        return anchors.copy()
    index = neighbors.index[:, :NEIGHBORS]
    seats = _shared_out(*affinities(index), anchors, columns, rows)
    mates = affinities(index, np.where(new, WEIGHT, 1.0))
    now = board(vectors, seats, columns, rows, mates, _pull(), TOUCH, SHARES)
    _annealed(now, anchors, np.random.default_rng(seed))
    return now.place


def _annealed(now: "Board", anchors: Ints, random: np.random.Generator) -> None:
    """Let newcomers, and whoever is not on its anchor, look for better places."""
    from mapmaker.methods.arrangers.kernels import feel_all, settle

    new = int((anchors[:, 0] < 0).sum())
    most = int(min(MOST_MOVED * (len(anchors) - new), max(1.0, MOVED_EACH * new)))
    sweeps = math.ceil(_moves(new, len(anchors)) / TRIES)
    heats = HEAT * np.geomspace(1, COLDEST, sweeps)
    touches = TOUCH * np.geomspace(FIRST_TOUCH, 1, sweeps)
    movers, away, fee, best = np.zeros(0, np.int64), 0, LEAST_FEE, _best(now)
    has = np.empty(len(anchors))
    feel_all(now, has)
    for sweep, (heat, touch) in enumerate(zip(heats, touches, strict=True)):
        if sweep % SWEEPS_BETWEEN == 0:
            movers = np.flatnonzero((now.place != anchors).any(axis=1))
        size = (len(movers), TRIES)
        limits = -heat * random.standard_exponential(size)
        draws = random.integers(0, 2**48, size)
        then = now._replace(touch=float(touch))
        away = settle(then, movers, anchors, fee, away, most, has, best, draws, limits, LEAP)
        fee = max(LEAST_FEE, fee + FEE_STEP * (away / max(most, 1) - NEARLY))


def _moves(new: int, posters: int) -> int:
    """Return how many moves each of the `new` among so many posters tries: for a crowd, by the square of its share."""
    crowded = min(1.0, new / posters / CROWD) ** 2
    return max(LEAST_MOVES, min(max(MOVES[0], int(MOVES[1] * crowded)), MOVES_OF_ALL // new))


def _best(now: "Board") -> NDArray[np.float64]:
    """Return (n,) what each poster would have with all its mates around it; a little more."""
    total = np.concatenate([[0.0], np.cumsum(now.affinity, dtype=np.float64)])
    return np.asarray(np.diff(total[now.start]) * float(now.pull.max()) * (1 + ROUNDING))


def _shared_out(
    start: NDArray[np.int32], mate: NDArray[np.int32], affinity: Floats, anchors: Ints, columns: int, rows: int
) -> Ints:
    """Return cells with each newcomer on a free one, as many of their like around them as can be."""
    from scipy.optimize import linear_sum_assignment

    seats = anchors.copy()
    new = np.flatnonzero(anchors[:, 0] < 0)
    size = max(1, min(TOGETHER, PAIRS // max(1, columns * rows - len(anchors) + len(new))))
    for first in range(0, len(new), size):
        group = new[first : first + size]
        free = free_cells(seats, columns, rows)
        drawn = np.zeros((len(group), len(free)), np.float32)
        for place, poster in enumerate(group):
            mates = slice(start[poster], start[poster + 1])
            there = anchors[mate[mates], 0] >= 0
            squared = ((free[None] - anchors[mate[mates]][there, None]) ** 2).sum(axis=2)
            drawn[place] = affinity[mates][there] @ np.exp(-squared / np.float32(2 * WIDE**2), dtype=np.float32)
        chosen, cell = linear_sum_assignment(drawn, maximize=True)
        seats[group[chosen]] = free[cell]
    return seats


def _pull() -> Floats:
    steps = np.abs(np.arange(1 - len(PULL), len(PULL)))
    return np.array(PULL, np.float32)[np.maximum(steps[:, None], steps)]
