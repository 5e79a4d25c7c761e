"""Points of the plane and one eps -> DBSCAN's clusters, in memory that does not grow with how dense the points lie.

scikit-learn holds the neighbours of all points at once: of 20,000 posters in one dense place these are 400 million.
Who is a core point the distance to its k-th neighbour tells, and that holds for every eps. Core points in one square
whose diagonal is eps are within eps of one another, so only squares are joined, each with those around it that may
hold a point within eps: Gunawan, "A Faster Algorithm for DBSCAN", 2013; Gan, Tao, "DBSCAN Revisited", SIGMOD 2015.
Time goes with the number of points, but where two crowds face each other over a gap just wider than eps.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints

AROUND = [(across, down) for across in range(3) for down in range(-2, 3) if (across, down) > (0, 0)]
"""Of the 24 squares that are near enough to one those that come after it."""
_WITHIN = 1 - 1e-6
"""Of a square's side: the farthest corners are a little less than eps apart, whatever is rounded."""


@dataclass(frozen=True)
class Density:
    """Points (n, 2), and of each the distances `far` (n, k) and the numbers `near` of its nearest others.

    `smallest`, at most k + 1: how many points within eps of one another, itself among them, make one a core point.
    """

    points: Floats
    far: NDArray[np.float64]
    near: Ints
    smallest: int

    @property
    def curve(self) -> NDArray[np.float64]:
        """(n,) the least eps that makes each a core point."""
        return self.far[:, self.smallest - 2]

    def labels(self, eps: float) -> NDArray[np.int64]:
        """Return (n,) clusters, numbered by their first core points, -1 for points of none.

        A point at the edge of several goes to the first. These are scikit-learn's labels.
        """
        core = np.flatnonzero(self.curve <= eps)
        labels = np.full(len(self.points), -1, np.int64)
        labels[core] = _connected(self.points[core].astype(np.float64), eps)
        edge = np.flatnonzero(self.curve > eps)
        near = self.near[edge, : self.smallest - 1]  # who is none has no more than these within eps
        none = len(core)
        found = np.where((self.far[edge, : self.smallest - 1] <= eps) & (labels[near] >= 0), labels[near], none)
        first = found.min(axis=1, initial=none)
        labels[edge] = np.where(first < none, first, -1)
        return labels


def _connected(points: NDArray[np.float64], eps: float) -> NDArray[np.int64]:
    """Return (m,) which of `points` hang together by steps of at most `eps`, numbered by their first."""
    if not len(points):
        return np.zeros(0, np.int64)
    from mapmaker.methods.clusterings.kernels import joined

    square, pairs = _squares(points, eps)
    order = np.argsort(square, kind="stable")
    start = np.searchsorted(square[order], np.arange(square.max() + 2))
    group = joined(points[order], start, pairs, eps)[square]
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number]


def _squares(points: NDArray[np.float64], eps: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (m,) the number of each point's square, and (p, 2) the pairs of squares that may touch."""
    place = points - points.min(axis=0)
    side = max(eps / math.sqrt(2) * _WITHIN, float(place.max()) * 2**-52)
    columns, across = np.unique(np.floor(place[:, 0] / side), return_inverse=True)
    rows, down = np.unique(np.floor(place[:, 1] / side), return_inverse=True)
    known, square = np.unique(across * len(rows) + down, return_inverse=True)
    column, row = columns[known // len(rows)], rows[known % len(rows)]
    pairs = []
    for by_columns, by_rows in AROUND:
        there, is_column = _find(columns, column + by_columns)
        below, is_row = _find(rows, row + by_rows)
        other, is_known = _find(known, there * len(rows) + below)
        both = np.flatnonzero(is_column & is_row & is_known)
        pairs.append(np.stack([both, other[both]], axis=1))
    return square, np.concatenate(pairs)


def _find(ascending: NDArray[np.number], wanted: NDArray[np.number]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where each of `wanted` is, and whether it is there at all."""
    place = np.searchsorted(ascending, wanted).clip(max=len(ascending) - 1)
    return place, ascending[place] == wanted
