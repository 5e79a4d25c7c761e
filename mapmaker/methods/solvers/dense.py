"""Dense solvers: every target against every cell. Exact, and at home below some thousands of cells."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import MissingExtra, OptionError
from mapmaker.model import Floats, Ints

MOST_CELLS = 16_384
"""At this many a matrix of costs takes 2 GB; at 90,000 it would take 65."""


@dataclass(frozen=True)
class Scipy:
    """scipy's rectangular Jonker-Volgenant (Crouse, "On implementing 2D rectangular assignment", 2016)."""

    version: ClassVar[int] = 1

    def __call__(self, targets: Floats, columns: int, rows: int) -> Ints:
        """See `Solver`."""
        from scipy.optimize import linear_sum_assignment

        _, numbers = linear_sum_assignment(_costs(targets, columns, rows, "scipy"))
        return cells_of(numbers, columns)


@dataclass(frozen=True)
class Lapjv:
    """The lapjv package (Jonker and Volgenant, Computing 38, 1987), for square problems: holes are padded."""

    version: ClassVar[int] = 1

    def __call__(self, targets: Floats, columns: int, rows: int) -> Ints:
        """See `Solver`."""
        try:
            from lapjv import lapjv
        except ImportError as error:
            raise MissingExtra("the lapjv solver", "lapjv") from error
        costs = _costs(targets, columns, rows, "lapjv")
        square = np.zeros((columns * rows, columns * rows))
        square[: len(costs)] = costs
        numbers, _, _ = lapjv(square)
        return cells_of(numbers[: len(targets)], columns)


def cells_of(numbers: NDArray[Any], columns: int) -> Ints:
    """Return the cells [column, row] of cell numbers."""
    return np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)


def _costs(targets: Floats, columns: int, rows: int, name: str) -> NDArray[np.float64]:
    """Return (n, columns * rows) squared distances."""
    if columns * rows > MOST_CELLS:
        raise OptionError(
            f"grid.solver = {name!r} holds a cost for every pair, too many at {columns} x {rows} cells "
            f"(at most {MOST_CELLS:,}); use the solver 'sparse'"
        )
    across = (targets[:, :1].astype(np.float64) - np.arange(columns)) ** 2
    down = (targets[:, 1:].astype(np.float64) - np.arange(rows)) ** 2
    return (down[:, :, None] + across[:, None, :]).reshape(len(targets), -1)
