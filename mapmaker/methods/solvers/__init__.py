"""Solvers: targets in cell units in, a cell of its own for each out, at least total squared distance.

All work on targets, points already scaled to the grid: a target at (2.0, 5.0) lies on the middle of cell [2, 5].
"""

from dataclasses import replace
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


def sparing(solver: Solver) -> Solver:
    """Return the solver, told to spread its holes evenly if it can, unless somebody said where they should be."""
    from mapmaker.methods.solvers.sparse import Sparse

    return replace(solver, holes="even") if isinstance(solver, Sparse) and solver.holes == "free" else solver


def solve_and_prove(solver: Solver, targets: Floats, columns: int, rows: int) -> tuple[Ints, float]:
    """Return what the solver returns, and what the sum of squared distances of any assignment is at least.

    "sparse" proves its own solution, and takes no longer for that, but for an empty rim: others cost less. With even
    holes, which are kept for posters to come, the bound is that of assignments to the other cells.
    """
    from mapmaker.methods.solvers.dense import cells_of
    from mapmaker.methods.solvers.sparse import Sparse

    if isinstance(solver, Sparse) and solver.holes != "rim":
        solution = solver.solve(targets, columns, rows)
        return cells_of(solution.numbers, columns), max(0.0, solution.bound)
    return solver(targets, columns, rows), lower_bound(targets, columns, rows)


def lower_bound(targets: Floats, columns: int, rows: int) -> float:
    """Return what the sum of squared distances of any assignment is at least; see `Solver` for the parameters."""
    from mapmaker.methods.solvers.sparse import Sparse

    return max(0.0, Sparse().solve(targets, columns, rows).bound)
