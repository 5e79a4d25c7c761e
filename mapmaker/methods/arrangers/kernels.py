"""What `anneal` compiles: swaps of posters tried by the million, each kept or undone.

Only `anneal` imports this module, and only when it runs: numba takes a while to import.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled

HOPELESS = 0.25
"""Swaps that lose more than this times `touch` by their neighbours are not looked at further: what touches them would
hardly ever make up for it, and costs more to know."""
STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""To the four cells that touch one; the way back of step s is step s ^ 1."""


class Board(NamedTuple):
    """Who is where, and what the kernels must know to tell a better place; `occupant`, `place` and `fit` change."""

    occupant: NDArray[np.int32]
    """(rows, columns) the poster on each cell, -1 for a hole."""
    place: NDArray[np.int32]
    """(n, 2) [column, row] of each poster."""
    fit: NDArray[np.float32]
    """(rows, columns, 4) cosine of the posters on a cell and on the one at each of STEPS; 0 where either is missing."""
    vectors: NDArray[np.float32]
    """(n, d) of unit length."""
    start: NDArray[np.int32]
    """(n + 1,) where in `mate` and `affinity` each poster's begin."""
    mate: NDArray[np.int32]
    """Posters that are near in feature space, nearest first; who is mate to one has that one as a mate."""
    affinity: NDArray[np.float32]
    """How near, alike in both directions."""
    pull: NDArray[np.float32]
    """(2 w + 1, 2 w + 1) what an affinity is worth by the step from cell to cell; nothing beyond."""
    touch: float
    """What a cosine of 1 to all that touch a poster is worth."""
    shares: tuple[float, float, float, float]
    """What the best, second, ... of the four posters that touch one count for."""


kernel = compiled(fastmath=True, forceinline=True)
"""All are inlined: an arrangement is passed as some eighty numbers, which would take longer than what most do. Sums may
be taken in any order (`fastmath`), so that they vectorise."""


@kernel
def cosine(vectors: NDArray[np.float32], one: int, other: int) -> float:
    """Return the cosine of two posters' vectors; 0 where one of them is a hole."""
    if one < 0 or other < 0:
        return 0.0
    total = np.float32(0)
    for axis in range(vectors.shape[1]):
        total += vectors[one, axis] * vectors[other, axis]
    return float(total)


@kernel
def renew(now: Board, x: int, y: int) -> None:
    """Bring `fit` of a cell up to date, and of those around it towards it."""
    rows, columns = now.occupant.shape
    for step in range(4):
        beside_x, beside_y = x + STEPS[step][0], y + STEPS[step][1]
        if 0 <= beside_x < columns and 0 <= beside_y < rows:
            fits = cosine(now.vectors, now.occupant[y, x], now.occupant[beside_y, beside_x])
            now.fit[y, x, step] = fits
            now.fit[beside_y, beside_x, step ^ 1] = fits


@kernel
def put(now: Board, x: int, y: int, fits: NDArray[np.float32]) -> None:
    """Set `fit` of a cell, and of those around it towards it."""
    rows, columns = now.occupant.shape
    for step in range(4):
        beside_x, beside_y = x + STEPS[step][0], y + STEPS[step][1]
        if 0 <= beside_x < columns and 0 <= beside_y < rows:
            now.fit[y, x, step] = fits[step]
            now.fit[beside_y, beside_x, step ^ 1] = fits[step]


@kernel
def renew_all(now: Board) -> None:
    """Bring all of `fit` up to date."""
    rows, columns = now.occupant.shape
    for y in range(rows):
        for x in range(columns):
            renew(now, x, y)


@kernel
def touching(now: Board, x: int, y: int) -> float:
    """Return how well what touches a cell fits it: four cosines, best first, weighted by `shares`."""
    a, b, c, d = now.fit[y, x, 0], now.fit[y, x, 1], now.fit[y, x, 2], now.fit[y, x, 3]
    a, b = max(a, b), min(a, b)
    c, d = max(c, d), min(c, d)
    best, middle = max(a, c), min(a, c)
    worst, other = min(b, d), max(b, d)
    better, worse = max(middle, other), min(middle, other)
    shares = now.shares
    return float(shares[0] * best + shares[1] * better + shares[2] * worse + shares[3] * worst)


@kernel
def touching_both(now: Board, x0: int, y0: int, x1: int, y1: int) -> float:
    """Return the sum of `touching` over two cells and the cells that touch them, each counted once."""
    rows, columns = now.occupant.shape
    total = touching(now, x0, y0) + touching(now, x1, y1)
    for step in range(4):
        x, y = x0 + STEPS[step][0], y0 + STEPS[step][1]
        if 0 <= x < columns and 0 <= y < rows and not (x == x1 and y == y1):
            total += touching(now, x, y)
        x, y = x1 + STEPS[step][0], y1 + STEPS[step][1]
        counted = abs(x - x0) + abs(y - y0) <= 1
        if 0 <= x < columns and 0 <= y < rows and not counted:
            total += touching(now, x, y)
    return float(total)


@kernel
def drawn(now: Board, poster: int, x: int, y: int, besides: int) -> float:
    """Return what `poster` would gain by going to cell (x, y), its mates staying: affinity times pull.

    `besides` is the poster it changes places with: that pair is as far apart after as before.
    """
    places, mates, affinity, pull = now.place, now.mate, now.affinity, now.pull  # looked up once: it is felt here
    window = pull.shape[0] // 2
    here_x, here_y = places[poster, 0], places[poster, 1]
    gain = np.float32(0)
    for at in range(now.start[poster], now.start[poster + 1]):
        mate = mates[at]
        if mate == besides:
            continue
        mate_x, mate_y = places[mate, 0], places[mate, 1]
        right, down = mate_x - here_x, mate_y - here_y
        if -window <= right <= window and -window <= down <= window:
            gain -= affinity[at] * pull[down + window, right + window]
        right, down = mate_x - x, mate_y - y
        if -window <= right <= window and -window <= down <= window:
            gain += affinity[at] * pull[down + window, right + window]
    return float(gain)


@kernel
def felt(now: Board, poster: int, x: int, y: int, besides: int) -> float:
    """Return what `poster` has of its mates on cell (x, y), were `besides` where `poster` is: affinity times pull.

    A difference of two is what `drawn` returns, but for rounding.
    """
    places, mates, affinity, pull = now.place, now.mate, now.affinity, now.pull
    window = pull.shape[0] // 2
    total = np.float32(0)
    for at in range(now.start[poster], now.start[poster + 1]):
        there = poster if mates[at] == besides else mates[at]
        right, down = places[there, 0] - x, places[there, 1] - y
        if -window <= right <= window and -window <= down <= window:
            total += affinity[at] * pull[down + window, right + window]
    return float(total)


@kernel
def feel(now: Board, poster: int, has: NDArray[np.float64]) -> None:
    """Bring up to date what `poster` and its mates have where they are, by `felt`; nothing for a hole."""
    if poster < 0:
        return
    has[poster] = felt(now, poster, now.place[poster, 0], now.place[poster, 1], -1)
    for at in range(now.start[poster], now.start[poster + 1]):
        mate = now.mate[at]
        has[mate] = felt(now, mate, now.place[mate, 0], now.place[mate, 1], -1)


@kernel
def feel_all(now: Board, has: NDArray[np.float64]) -> None:
    """Bring up to date what all have where they are."""
    for poster in range(len(now.place)):
        has[poster] = felt(now, poster, now.place[poster, 0], now.place[poster, 1], -1)


@kernel
def exchange(now: Board, x0: int, y0: int, x1: int, y1: int) -> None:
    """Let what is on two cells change places, a poster and another or a hole; `fit` is then out of date."""
    one, other = now.occupant[y0, x0], now.occupant[y1, x1]
    now.occupant[y0, x0], now.occupant[y1, x1] = other, one
    now.place[one, 0], now.place[one, 1] = x1, y1
    if other >= 0:
        now.place[other, 0], now.place[other, 1] = x0, y0


@kernel
def swapped(now: Board, cells: tuple[int, int, int, int], least: float, old: NDArray[np.float32]) -> bool:
    """Swap the occupants of two cells; undo it, and return False, unless that adds over `least` to what touches them.

    `old` (2, 4) is room for what undoing needs: to compute it again took longer than all the rest.
    """
    x0, y0, x1, y1 = cells
    before = touching_both(now, x0, y0, x1, y1)
    for step in range(4):
        old[0, step], old[1, step] = now.fit[y0, x0, step], now.fit[y1, x1, step]
    exchange(now, x0, y0, x1, y1)
    renew(now, x0, y0)
    renew(now, x1, y1)
    if now.touch * (touching_both(now, x0, y0, x1, y1) - before) > least:
        return True
    exchange(now, x1, y1, x0, y0)
    put(now, x0, y0, old[0])
    put(now, x1, y1, old[1])
    return False


@kernel
def proposed(now: Board, poster: int, draw: int, leap: int) -> tuple[int, int]:
    """Return the cell that the random bits `draw` propose to `poster`, maybe off the grid.

    Among 256 draws, `leap` lead to the 3 x 3 cells around a mate, rather a near one than a far one; the others to those
    around the poster itself.
    """
    centre = poster
    mates = now.start[poster + 1] - now.start[poster]
    if (draw & 255) < leap and mates > 0:
        nearer = min(((draw >> 16) & 65535) % mates, (draw >> 32) % mates)
        centre = now.mate[now.start[poster] + nearer]
    cell = ((draw >> 8) & 255) % 9
    return now.place[centre, 0] + cell % 3 - 1, now.place[centre, 1] + cell // 3 - 1


@kernel
def sweep(now: Board, draws: NDArray[np.int64], limits: NDArray[np.float64], leap: int) -> int:
    """Try the moves that `draws` (n, tries) propose to each poster; keep those that gain more than `limits`.

    Return how many were kept.
    """
    rows, columns = now.occupant.shape
    kept = 0
    old = np.empty((2, 4), np.float32)
    for poster in range(len(draws)):
        for attempt in range(draws.shape[1]):
            x0, y0 = now.place[poster, 0], now.place[poster, 1]
            x1, y1 = proposed(now, poster, draws[poster, attempt], leap)
            if not (0 <= x1 < columns and 0 <= y1 < rows) or (x1 == x0 and y1 == y0):
                continue
            limit = limits[poster, attempt]
            other = now.occupant[y1, x1]
            if other < 0:  # holes stay where the grid left them
                continue
            gain = drawn(now, poster, x1, y1, other) + drawn(now, other, x0, y0, poster)
            if gain < limit - HOPELESS * now.touch:
                continue
            kept += swapped(now, (x0, y0, x1, y1), limit - gain, old)
    return kept


@kernel
def leaves(anchor: NDArray[np.int32], poster: int, x0: int, y0: int, x1: int, y1: int) -> int:
    """Return 1 if a poster would leave its anchor, by going from one cell to another, -1 if it would return, else 0."""
    if poster < 0 or anchor[poster, 0] < 0:
        return 0
    away = x0 != anchor[poster, 0] or y0 != anchor[poster, 1]
    then = x1 != anchor[poster, 0] or y1 != anchor[poster, 1]
    return int(then) - int(away)


@kernel
def settle(
    now: Board,
    movers: NDArray[np.int64],
    anchor: NDArray[np.int32],
    fee: float,
    away: int,
    most: int,
    has: NDArray[np.float64],
    best: NDArray[np.float64],
    draws: NDArray[np.int64],
    limits: NDArray[np.float64],
    leap: int,
) -> int:
    """Try the moves that `draws` (movers, tries) propose to each of `movers`, also to holes; see `sweep`.

    `anchor` (n, 2): the cell that a poster should keep, -1 for none; to leave it costs `fee`, to return gives it back.
    `has` (n,): what each has of its mates where it is, kept up to date, for far more moves are tried than made.
    `best` (n,): no poster has more, wherever it goes; where even that would not do, its mates need not be looked at.
    Return how many are away from theirs, of whom there were `away`, and never become more than `most`.
    """
    rows, columns = now.occupant.shape
    old = np.empty((2, 4), np.float32)
    for mover in range(len(movers)):
        poster = movers[mover]
        for attempt in range(draws.shape[1]):
            x0, y0 = now.place[poster, 0], now.place[poster, 1]
            x1, y1 = proposed(now, poster, draws[mover, attempt], leap)
            if not (0 <= x1 < columns and 0 <= y1 < rows) or (x1 == x0 and y1 == y0):
                continue
            limit = limits[mover, attempt]
            other = now.occupant[y1, x1]
            left = leaves(anchor, poster, x0, y0, x1, y1) + leaves(anchor, other, x1, y1, x0, y0)
            if left > 0 and away + left > most:
                continue
            hopeless = limit - HOPELESS * now.touch
            gain = felt(now, poster, x1, y1, other) - has[poster] - fee * left
            if other >= 0:
                if gain + best[other] - has[other] < hopeless:
                    continue
                gain += felt(now, other, x0, y0, poster) - has[other]
            if gain < hopeless:
                continue
            if swapped(now, (x0, y0, x1, y1), limit - gain, old):
                away += left
                feel(now, poster, has)
                feel(now, other, has)
    return away


@kernel
def worth(now: Board) -> float:
    """Return what the arrangement is worth: affinity times pull over all pairs, and `touch` times `touching`."""
    total = 0.0
    window = now.pull.shape[0] // 2
    for poster in range(len(now.place)):
        x, y = now.place[poster, 0], now.place[poster, 1]
        total += now.touch * touching(now, x, y)
        for at in range(now.start[poster], now.start[poster + 1]):
            right, down = now.place[now.mate[at], 0] - x, now.place[now.mate[at], 1] - y
            if -window <= right <= window and -window <= down <= window:
                total += now.affinity[at] * now.pull[down + window, right + window] / 2
    return total
