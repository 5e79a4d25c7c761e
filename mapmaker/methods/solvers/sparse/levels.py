"""Targets and a grid -> a market to begin with: prices and homes, from the same problem at half the resolution.

Prices form a smooth landscape, so those of a grid with cells twice as large, between which straight lines are laid, are
nearly right. There, groups of about four targets stand for one, at their mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled


@dataclass(frozen=True)
class Lattice:
    """columns x rows cells that cover a finest grid of `width` x `height` cells."""

    columns: int
    rows: int
    width: int
    height: int

    @property
    def cells(self) -> int:
        """How many."""
        return self.columns * self.rows

    @property
    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the middles of columns and of rows, in cells of the finest grid."""
        return _middles(self.columns, self.width), _middles(self.rows, self.height)

    @property
    def area(self) -> float:
        """Return how many cells of the finest grid one covers."""
        return self.width * self.height / self.cells

    def coarser(self) -> "Lattice":
        """Return half as many columns and rows, rounded up."""
        return Lattice(-(-self.columns // 2), -(-self.rows // 2), self.width, self.height)


def _middles(cells: int, size: int) -> NDArray[np.float64]:
    return (np.arange(cells) + 0.5) * size / cells - 0.5


@dataclass(frozen=True)
class Groups:
    """k groups of targets: (n,) the group of each, (k, 2) their means."""

    group: NDArray[np.int64]
    means: NDArray[np.float64]


def spatially(targets: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return an order in which targets that follow one another are near one another: so is what they look at."""
    return _halved(np.ascontiguousarray(targets), -(-len(targets) // 4))[0]


def grouped(targets: NDArray[np.float64], lattice: Lattice) -> Groups:
    """Return as many groups as fill the coarser lattice as the targets fill this one; near targets together."""
    coarser = lattice.coarser()
    n = len(targets)
    count = min(coarser.cells, n, max(1, round(n * coarser.cells / lattice.cells)))
    order, starts = _halved(np.ascontiguousarray(targets), count)
    sizes = np.diff(starts)
    group = np.empty(n, np.int64)
    group[order] = np.repeat(np.arange(count), sizes)
    return Groups(group, np.add.reduceat(targets[order], starts[:-1], axis=0) / sizes[:, None])


def refined(prices: NDArray[np.float64], lattice: Lattice) -> NDArray[np.float64]:
    """Return (cells,) prices of the lattice for those of the coarser one."""
    coarser = lattice.coarser()
    landscape = prices.reshape(coarser.rows, coarser.columns)
    for at, to in zip(reversed(coarser.axes), reversed(lattice.axes), strict=True):
        landscape = _interpolated(at, landscape, to).T  # along rows, then along columns
    return np.ascontiguousarray(landscape).ravel()


def _interpolated(at: NDArray[np.float64], values: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values`, given for places `at` along the first axis, for the places `to`: on straight lines, beyond too.

    Splines are no better: the landscape is smooth but for creases.
    """
    if len(at) == 1:
        return np.repeat(values, len(to), axis=0)
    below = np.clip(np.searchsorted(at, to) - 1, 0, len(at) - 2)
    share = (to - at[below]) / (at[below + 1] - at[below])
    return np.asarray(values[below] + share[:, None] * (values[below + 1] - values[below]))


def homes(
    targets: NDArray[np.float64], groups: Groups, mates: NDArray[np.int32], lattice: Lattice
) -> NDArray[np.int32]:
    """Return (n,) a cell for each target to look around: within the cell of its group, on its own side of the mean."""
    coarser = lattice.coarser()
    middle = np.stack([axis[cell] for axis, cell in zip(coarser.axes, _split(mates, coarser), strict=True)], axis=1)
    quarter = np.array([lattice.width / coarser.columns, lattice.height / coarser.rows]) / 4
    place = middle[groups.group] + quarter * np.sign(targets - groups.means[groups.group])
    column = np.rint((place[:, 0] + 0.5) * lattice.columns / lattice.width - 0.5).clip(0, lattice.columns - 1)
    row = np.rint((place[:, 1] + 0.5) * lattice.rows / lattice.height - 0.5).clip(0, lattice.rows - 1)
    return np.asarray(row * lattice.columns + column, np.int32)


def nearest_open(prices: NDArray[np.float64], lattice: Lattice) -> NDArray[np.int32]:
    """Return (cells,) for each cell the nearest one that has a finite price: itself, as a rule."""
    from scipy.ndimage import distance_transform_edt

    closed = ~np.isfinite(prices).reshape(lattice.rows, lattice.columns)
    if not closed.any():
        return np.arange(lattice.cells, dtype=np.int32)
    row, column = distance_transform_edt(closed, return_distances=False, return_indices=True)
    return np.asarray(row * lattice.columns + column, np.int32).ravel()


def _split(cells: NDArray[np.int32], lattice: Lattice) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return cells % lattice.columns, cells // lattice.columns


@compiled()
def _halved(targets: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (n,) an order of the targets and (count + 1,) where in it each group starts.

    Halved along the longer side, again and again, in proportion to the groups that each half is to have.
    """
    order = np.arange(len(targets))
    starts = np.full(count + 1, len(targets))
    todo = [(0, len(targets), 0, count)]
    while len(todo) > 0:
        begin, end, first, last = todo.pop()
        if last - first == 1:
            starts[first] = begin
            continue
        members = order[begin:end].copy()
        x, y = targets[members, 0], targets[members, 1]
        along = x if x.max() - x.min() >= y.max() - y.min() else y
        order[begin:end] = members[np.argsort(along, kind="mergesort")]
        half = (first + last) // 2
        middle = begin + ((end - begin) * (half - first) + (last - first) // 2) // (last - first)
        todo.append((begin, middle, first, half))
        todo.append((middle, end, half, last))
    return order, starts
