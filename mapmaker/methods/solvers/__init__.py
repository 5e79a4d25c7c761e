"""Solvers: targets in cell units in, a cell of its own for each out, at least total squared distance.

All work on targets, points already scaled to the grid: a target at (2.0, 5.0) lies on the middle of cell [2, 5].
"""

from typing import ClassVar, Protocol

from mapmaker.model import Floats, Ints
from mapmaker.options import Methods


class Solver(Protocol):
    """What every solver offers."""

    version: ClassVar[int]

    def __call__(self, targets: Floats, columns: int, rows: int) -> Ints:
        """Return (n, 2) int32 [column, row], unique, for (n, 2) finite targets; n is at most columns * rows."""


def _sparse() -> type:
    from mapmaker.methods.solvers.sparse import Sparse

    return Sparse


def _lapjv() -> type:
    from mapmaker.methods.solvers.dense import Lapjv

    return Lapjv


def _scipy() -> type:
    from mapmaker.methods.solvers.dense import Scipy

    return Scipy


SOLVERS: Methods = {"sparse": _sparse, "lapjv": _lapjv, "scipy": _scipy}
