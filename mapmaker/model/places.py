"""Where posters lie: points, and cells of their own."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.model.arrays import Floats, Ints, require, require_integers

_MOST_CELLS = 2**31 - 1
"""The number of a cell fits 32 bits."""


@dataclass(frozen=True)
class Layout:
    """(n, 2) float32, finite: each selected row's point; x to the right, y downwards."""

    points: Floats

    def __post_init__(self) -> None:
        shape = self.points.shape
        require(self.points.ndim == 2 and shape[1] == 2, f"layout: shape {shape}, not (n, 2)")
        require(np.isfinite(self.points).all(), "layout: a coordinate is not finite")


@dataclass(frozen=True)
class Arrangement:
    """(n, 2) int32 `cells`: each selected row's own [column, row] among columns x rows."""

    cells: Ints
    columns: int
    rows: int

    def __post_init__(self) -> None:
        area = f"{self.columns} x {self.rows}"
        require(self.columns >= 1 and self.rows >= 1, f"cells: {area} is no shape; both must be at least 1")
        require(self.columns * self.rows <= _MOST_CELLS, f"cells: {area} are more than {_MOST_CELLS:,}")
        shape = self.cells.shape
        require(self.cells.ndim == 2 and shape[1] == 2, f"cells of shape {shape}, not (n, 2)")
        require_integers(self.cells, "cells")
        inside = (self.cells >= 0).all() and (self.cells < (self.columns, self.rows)).all()
        require(inside, f"cells outside {area}")
        numbers = self.numbers()
        require(len(np.unique(numbers)) == len(numbers), "two cells are the same")

    def numbers(self) -> NDArray[np.int64]:
        """Return each one's cell number, row * columns + column."""
        return self.cells[:, 1].astype(np.int64) * self.columns + self.cells[:, 0]


@dataclass(frozen=True)
class Grid(Arrangement):
    """The arrangement nearest to the layout.

    `cost` is its mean squared displacement in cells; no arrangement of these points on this grid costs less than
    `bound`.
    """

    cost: float
    bound: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require(math.isfinite(self.cost) and self.cost >= 0, f"grid: cost {self.cost} is no mean of squares")
        proved = math.isfinite(self.bound) and 0 <= self.bound <= self.cost * (1 + 1e-6) + 1e-6
        require(proved, f"grid: bound {self.bound} is not between 0 and the cost, {self.cost}")
