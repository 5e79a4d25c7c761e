"""Arrangers: a map on its grid in, the same posters on cells of their own out, with more that is alike side by side."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from mapmaker.model import Floats, Ints, Neighbors
from mapmaker.options import Methods


class Arranger(Protocol):
    """What every arranger offers."""

    version: ClassVar[int]

    @property
    def neighbors_read(self) -> int:
        """How many neighbours of each row it looks at."""

    def __call__(self, vectors: Floats, neighbors: Neighbors, cells: Ints, columns: int, rows: int) -> Ints:
        """Return (n, 2) int32 [column, row], unique, for (n, d) float32 unit vectors and the cells they hold now.

        n is at most columns * rows; the cells left over are holes, and stay that.
        """


@dataclass(frozen=True)
class Keep:
    """Leaves every poster where it is."""

    version: ClassVar[int] = 1
    neighbors_read: ClassVar[int] = 0

    def __call__(self, vectors: Floats, neighbors: Neighbors, cells: Ints, columns: int, rows: int) -> Ints:  # noqa: ARG002 - the protocol's
        """See `Arranger`."""
        return cells.copy()


def _anneal() -> type:
    from mapmaker.methods.arrangers.anneal import Anneal

    return Anneal


def _none() -> type:
    return Keep


ARRANGERS: Methods = {"anneal": _anneal, "none": _none}
