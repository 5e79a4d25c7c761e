"""The map in squares of cells: a value a poster -> a mean a square; which of these are the least and the greatest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.appraisal import Blocks, Region
from mapmaker.model import Arrangement

ACROSS = 36
"""Squares across, at most: as many as can be told apart on a phone."""
LEAST_SIDE = 4
"""Cells along a square, where the map has room for some: the mean of fewer posters says little."""
FEWEST_ACROSS = 6

_Values = NDArray[np.float64]


@dataclass(frozen=True)
class Squares:
    """An arrangement cut into squares of `side` x `side` cells; those at the right and below may be smaller."""

    arrangement: Arrangement
    side: int

    @property
    def columns(self) -> int:
        """Squares across."""
        return -(-self.arrangement.columns // self.side)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.columns * -(-self.arrangement.rows // self.side)

    @property
    def of_posters(self) -> NDArray[np.int64]:
        """(n,) the number of each poster's square, row by row."""
        across, down = (self.arrangement.cells // self.side).T.astype(np.int64)
        return np.asarray(down * self.columns + across)

    def sums(self, values: _Values) -> _Values:
        """Return the sum of (n,) `values` in each square."""
        return np.asarray(np.bincount(self.of_posters, values, self.count), np.float64)

    def blocks(self, sums: _Values, counts: _Values) -> Blocks:
        """Return `sums` / `counts`, None where there is nothing to count."""
        means = [float(one / count) if count else None for one, count in zip(sums, counts, strict=True)]
        return Blocks(self.side, self.columns, tuple(means))

    def region(self, square: int, share: float) -> Region:
        """Return a square that holds a poster."""
        members = np.flatnonzero(self.of_posters == square)
        cells = self.arrangement.cells[members].astype(np.float64)
        middle = members[int(((cells - cells.mean(axis=0)) ** 2).sum(axis=1).argmin())]
        row, column = divmod(square, self.columns)
        return Region(column * self.side, row * self.side, self.side, len(members), int(middle), float(share))

    def extremes(self, values: _Values, most: int) -> tuple[tuple[Region, ...], ...]:
        """Return the squares of least and of greatest mean, the utmost first; only those half as full as the fullest.

        At most `most` of each, and none in both; two of a kind do not touch, or all would tell of one place.
        """
        sums, counts = self.sums(values), self.sums(np.ones(len(values)))
        full = np.flatnonzero(2 * counts >= counts.max())
        means = sums[full] / counts[full]
        order = np.argsort(means, kind="stable")
        half = len(full) // 2
        return tuple(self._apart(full[some], means[some], most) for some in (order[:half], order[::-1][:half]))

    def _apart(self, numbers: NDArray[np.int64], means: _Values, most: int) -> tuple[Region, ...]:
        """Return the first `most` of these squares that do not touch one before them."""
        chosen: list[tuple[int, int]] = []
        regions = []
        for number, mean in zip(numbers.tolist(), means.tolist(), strict=True):
            row, column = divmod(number, self.columns)
            if len(chosen) < most and all(max(abs(row - r), abs(column - c)) > 1 for r, c in chosen):
                chosen.append((row, column))
                regions.append(self.region(number, mean))
        return tuple(regions)


def squares(arrangement: Arrangement, across: int = ACROSS) -> Squares:
    """Return squares that are not many more than `across` in a row, and of `LEAST_SIDE` cells where there is room."""
    wide = max(arrangement.columns, arrangement.rows)
    return Squares(arrangement, max(1, min(LEAST_SIDE, wide // FEWEST_ACROSS), -(-wide // across)))
