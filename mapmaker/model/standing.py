"""The map that stands, for the next to go on from, and how the two compare."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.model.arrays import Floats, Ints, Places, require, require_one_length
from mapmaker.model.clusters import require_called
from mapmaker.model.places import Arrangement


@dataclass(frozen=True)
class Standing:
    """A map as it stands, by row, for a map of more and fewer posters to go on from.

    `points` (rows, 2), NaN for a row that is not on it; `cells` (rows, 2) [column, row], -1 likewise; `labels` (rows,)
    an index into `clusters`, pairs of slug and name, -1 for none; `late` (rows,) whether a poster came after the
    layout was made; `mean` (d,) and `axes` (d, c) of the space that its features were compared in. `basis` is a digest
    of all that says how posters are placed: only a map placed the same way can go on from here. No rows: no map stands.
    """

    points: Floats
    cells: Ints
    columns: int
    rows: int
    labels: Ints
    clusters: Sequence[tuple[str, str]]
    late: NDArray[np.bool_]
    mean: Floats
    axes: Floats
    basis: str
    grouping: str = ""
    """The same of how clusters are found."""
    contents: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    """(rows,) of each poster's file, see `Images.contents`; 0 for one not known, and none at all if nobody knows."""
    fresh: float = math.nan
    """`Likeness.now` of this map when it was laid out; NaN if nobody knows."""
    ids: Sequence[str] = ()
    """(rows,) of whom each row is, none at all if nobody knows."""
    away: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """(rows,) who is not on the map, but has a cell to come back to: nobody has taken it yet. None at all: nobody."""

    def __post_init__(self) -> None:
        require_one_length((self.points, self.cells, self.labels, self.late), "standing")
        require(self.points.shape[1:] == (2,), f"standing: points of shape {self.points.shape}, not (rows, 2)")
        held = self.cells[:, 0] >= 0
        require(np.isfinite(self.points[held]).all(), "standing: a coordinate is not finite")
        inside = (self.labels >= -1) & (self.labels < len(self.clusters))
        require(inside[held].all(), "standing: a label names no cluster")
        require(len(self.mean) == len(self.axes), "standing: mean and axes differ in length")
        require(len(self.contents) in (0, len(self.cells)), "standing: contents of another length")
        require(math.isnan(self.fresh) or 0 <= self.fresh <= 1, f"standing: fresh {self.fresh} is not a share")
        finite = np.isfinite(self.mean).all() and np.isfinite(self.axes).all()
        require(finite, "standing: a number of mean or axes is not finite")
        for slug, name in self.clusters:
            require_called(slug, name)
        require(len(dict(self.clusters)) == len(self.clusters), "standing: a slug occurs twice")
        require(len(self.ids) in (0, len(self.cells)), "standing: ids of another length")
        require(len(self.away) in (0, len(self.cells)), "standing: away of another length")
        if held.any():
            Arrangement(self.cells[held], self.columns, self.rows)

    @staticmethod
    def nothing() -> "Standing":
        """Return that no map stands."""
        none, whole = np.zeros((0, 2), np.float32), np.zeros((0, 2), np.int32)
        numbers, marks = np.zeros(0, np.int32), np.zeros(0, bool)
        return Standing(none, whole, 0, 0, numbers, [], marks, np.zeros(0, np.float32), none[:, :0], "")

    @property
    def held(self) -> NDArray[np.bool_]:
        """(rows,) whether a row is on the map."""
        placed = self.cells[:, 0] >= 0
        return np.asarray(placed & ~self.away if len(self.away) else placed)

    def of(self, rows: Places) -> "Standing":
        """Return what is known of `rows`, which may be more than there were; of the new ones nothing. Ids are left."""
        there = np.minimum(rows, len(self.cells))

        def chosen(values: NDArray[Any], filling: float) -> NDArray[Any]:
            padded = np.concatenate([values, np.full((1, *values.shape[1:]), filling, values.dtype)])
            known: NDArray[Any] = padded[there]
            return known

        return replace(
            self,
            points=chosen(self.points, np.nan),
            cells=chosen(self.cells, -1),
            labels=chosen(self.labels, -1),
            late=chosen(self.late, True),
            contents=chosen(self.contents, 0) if len(self.contents) else self.contents,
            ids=(),
            away=chosen(self.away, False) if len(self.away) else self.away,
        )


@dataclass(frozen=True)
class Change:
    """What became of a poster since the last map: its cell [column, row] there and now, None where it was or is not."""

    id: str
    path: str
    before: tuple[int, int] | None
    now: tuple[int, int] | None
    replaced: bool = False
    """Whether its file is another, or has other content."""

    @property
    def moved(self) -> bool:
        """Whether it was there, is there, and on another cell."""
        return self.before is not None and self.now is not None and self.before != self.now


@dataclass(frozen=True)
class Likeness:
    """How much of what is alike lies side by side: the mean share of a poster's 10 nearest in the 24 cells around it.

    `fresh`: when the map was laid out, None if nobody knows; `now`; `new`: now, of the posters that came last, None if
    none came. `late`: the share of posters that came after the layout was made.
    """

    now: float
    fresh: float | None = None
    new: float | None = None
    late: float = 0.0

    def __post_init__(self) -> None:
        for name in ("now", "fresh", "new", "late"):
            share = getattr(self, name)
            require(share is None or 0 <= share <= 1, f"likeness: {name} {share} is not a share from 0 to 1")

    @property
    def lost(self) -> float:
        """The share lost of what the fresh map had: 0 where nobody knows, or where it is none."""
        return max(0.0, 1 - self.now / self.fresh) if self.fresh else 0.0
