"""What `density` compiles: squares of points that touch, made one.

Only `density` imports this module, and only when it runs: numba takes a while to import.
"""

import math

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled


@compiled()
def joined(
    points: NDArray[np.float64], start: NDArray[np.int64], pairs: NDArray[np.int64], eps: float
) -> NDArray[np.int64]:
    """Return (c,) of each square the first of those that hang together with it.

    `points` (m, 2), square by square; `start` (c + 1,) where in it each begins; `pairs` (p, 2): those that may touch,
    which is to say hold points within `eps`.
    """
    parent = np.arange(len(start) - 1)
    for index in range(len(pairs)):
        one, other = _root(parent, pairs[index, 0]), _root(parent, pairs[index, 1])
        if one != other and _touch(points, start, pairs[index, 0], pairs[index, 1], eps):
            parent[max(one, other)] = min(one, other)
    for square in range(len(parent)):
        parent[square] = _root(parent, square)
    return parent


@compiled()
def _root(parent: NDArray[np.int64], square: int) -> int:
    while parent[square] != square:
        parent[square] = parent[parent[square]]
        square = parent[square]
    return square


@compiled()
def _touch(points: NDArray[np.float64], start: NDArray[np.int64], one: int, other: int, eps: float) -> bool:
    """Return whether a point of one square is within `eps` of one of the other.

    Those of the one that are near the box around those of the other are looked at, until two touch.
    """
    first, last = start[other], start[other + 1]
    left, right = points[first:last, 0].min(), points[first:last, 0].max()
    top, bottom = points[first:last, 1].min(), points[first:last, 1].max()
    for here in range(start[one], start[one + 1]):
        x, y = points[here]
        across, down = max(left - x, x - right, 0.0), max(top - y, y - bottom, 0.0)
        if math.sqrt(across * across + down * down) > eps:
            continue
        for there in range(first, last):
            across, down = points[there, 0] - x, points[there, 1] - y
            if math.sqrt(across * across + down * down) <= eps:
                return True
    return False
