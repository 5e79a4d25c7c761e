"""What flows through the house: frozen dataclasses, checked once, when they are made.

Two index spaces. A **row** is an image of `Images`, for the life of the workspace. A **selected row** is a
position in `Selection.rows`; row i of `Layout`, `Grid`, `Arrangement` and `Clusters` is selected row i.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ArtifactError

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Places = NDArray[np.integer]
"""Rows or selected rows, as whatever made them counts."""

_MOST_CELLS = 2**31 - 1
"""The number of a cell fits 32 bits."""
_ROWS = 4_096
"""Rows of features looked at at a time."""
_SLUG = re.compile("[a-z0-9-]+")


def spread(values: NDArray[Any], rows: Places, total: int, filling: float) -> NDArray[Any]:
    """Return (total, ...) with `values` (n, ...) in `rows`, `filling` in the others: from selected rows to rows."""
    everywhere = np.full((total, *values.shape[1:]), filling, values.dtype)
    everywhere[rows] = values
    return everywhere


def _require(true: object, message: str) -> None:
    if not true:
        raise ArtifactError(message)


def _require_integers(values: NDArray[Any], what: str) -> None:
    _require(np.issubdtype(values.dtype, np.integer), f"{what}: {values.dtype}, not whole numbers")


@dataclass(frozen=True)
class Images:
    """The images, a row each; rows are only ever appended.

    `id` is stable and URL-safe; `path` is relative to the folder of images, with forward slashes; `width` and
    `height` are upright pixels. A row that is not `present` is a tombstone: the image was here once.
    """

    id: Sequence[str]
    path: Sequence[str]
    sha256: Sequence[str]
    width: Ints
    height: Ints
    present: NDArray[np.bool_]

    def __post_init__(self) -> None:
        columns = (self.id, self.path, self.sha256, self.width, self.height, self.present)
        _require(len({len(column) for column in columns}) == 1, "images: columns of unequal length")
        _require(len(set(self.id)) == len(self.id), "images: an id occurs twice")
        for name, sizes in (("width", self.width), ("height", self.height)):
            _require_integers(sizes, f"images: {name}")
            _require((sizes >= 1).all(), f"images: a {name} is below 1 pixel")

    def __len__(self) -> int:
        return len(self.id)

    def aspect(self, rows: Places) -> float:
        """Return the median of height / width over `rows`."""
        return float(np.median(self.height[rows] / self.width[rows]))

    def contents(self) -> NDArray[np.uint64]:
        """Return (rows,) a number for the content of each file, never 0: the same for the same bytes."""
        digests = (hashlib.sha256(told.encode("utf-8", "surrogateescape")).digest() for told in self.sha256)
        return np.fromiter((int.from_bytes(digest[:8], "big") | 1 for digest in digests), np.uint64, len(self))


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
            _require(share is None or 0 <= share <= 1, f"likeness: {name} {share} is not a share from 0 to 1")

    @property
    def lost(self) -> float:
        """The share lost of what the fresh map had: 0 where nobody knows, or where it is none."""
        return max(0.0, 1 - self.now / self.fresh) if self.fresh else 0.0


@dataclass(frozen=True)
class Reject:
    """A file that is left out, and why, in plain words."""

    path: str
    reason: str

    @property
    def kind(self) -> str:
        """The reason without its particulars: "same pixels as x.jpg" is "same pixels as another"."""
        for start in ("same file as", "same pixels as"):
            if self.reason.startswith(start):
                return f"{start} another"
        return self.reason.partition(":")[0].partition(" (")[0]


@dataclass(frozen=True)
class Looks:
    """What the pixels of each image say at a glance, a row each; a tombstone's are zeros.

    `hash` (rows, 32) uint8: 256 bits that change little when a picture is scaled, recompressed or cut a little.
    `deviation`: of the colour channel that varies most, 0 to 127; `size`: bytes of the file. `colors` (rows, 48) uint8:
    sRGB, the means of 4 x 4 fields, row by row.
    """

    hash: NDArray[np.uint8]
    deviation: Floats
    size: NDArray[np.int64]
    colors: NDArray[np.uint8]

    def __post_init__(self) -> None:
        columns = (self.hash, self.deviation, self.size, self.colors)
        _require(len({len(column) for column in columns}) == 1, "looks: columns of unequal length")
        _require(self.hash.dtype == np.uint8 and self.hash.shape[1:] == (32,), "looks: a hash is not of 256 bits")
        _require_integers(self.size, "looks: size")
        _require(self.colors.dtype == np.uint8 and self.colors.shape[1:] == (48,), "looks: colors are not 4 x 4 of RGB")

    def __len__(self) -> int:
        return len(self.hash)


@dataclass(frozen=True)
class Metadata:
    """What is known of each image, a row each; empty text or None where nothing is."""

    title: Sequence[str]
    year: Sequence[int | None]
    tags: Sequence[tuple[str, ...]]
    url: Sequence[str]
    more: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        columns = [self.title, self.year, self.tags, self.url, *self.more.values()]
        _require(len({len(column) for column in columns}) == 1, "metadata: columns of unequal length")

    def __len__(self) -> int:
        return len(self.title)


@dataclass(frozen=True)
class Selection:
    """What becomes of each row: its verdict, `KEPT` or the reason why it is not on the map."""

    KEPT = "kept"
    GONE = "gone"
    NEAR = "near"
    """A near-duplicate of one that is kept."""
    BLANK = "blank"
    PLACEHOLDER = "placeholder"
    TEMPLATE = "template"
    LISTED = "listed"
    """On the user's own list of what to drop."""
    VERDICTS = (KEPT, GONE, NEAR, BLANK, PLACEHOLDER, TEMPLATE, LISTED)
    """Those of our own; somebody who writes the file by hand may give other reasons."""
    verdict: Sequence[str]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(n,) the rows that are kept, ascending."""
        return np.flatnonzero(np.array(self.verdict, dtype=object) == self.KEPT)


@dataclass(frozen=True)
class Features:
    """(rows, d) float32, finite: what an extractor saw in each image. A tombstone's are zeros."""

    values: Floats

    def __post_init__(self) -> None:
        _require(self.values.ndim == 2, f"features: shape {self.values.shape}, not (rows, d)")
        _require(self.values.size or not len(self.values), "features: no number in a row")
        _require(self.values.dtype == np.float32, f"features: {self.values.dtype}, not float32")
        parts = (self.values[start : start + _ROWS] for start in range(0, len(self.values), _ROWS))
        _require(all(np.isfinite(part).all() for part in parts), "features: a value is not finite")


METRICS = ("euclidean", "cosine", "manhattan")
"""Of vectors of unit length: the first two rank alike, and differ in how far is far."""


@dataclass(frozen=True)
class Neighbors:
    """(rows, k) each row's nearest rows, nearest first by `metric`, and their cosine similarity.

    -1 stands where a row has no further neighbour (a tombstone has none); its similarity is 0.
    """

    index: Ints
    similarity: Floats
    metric: str = "euclidean"

    def __post_init__(self) -> None:
        _require(self.metric in METRICS, f"neighbors: metric {self.metric!r} is none of {', '.join(METRICS)}")
        _require(self.index.ndim == 2, f"neighbors: shape {self.index.shape}, not (rows, k)")
        _require(
            self.index.shape == self.similarity.shape,
            "neighbors: index and similarity differ in shape",
        )
        _require_integers(self.index, "neighbors: index")
        inside = (self.index >= -1) & (self.index < len(self.index))
        _require(inside.all(), "neighbors: an index names no row")
        _require(np.isfinite(self.similarity).all(), "neighbors: a similarity is not finite")

    def among(self, rows: Places) -> "Neighbors":
        """Return the graph of `rows` alone, renumbered by position in `rows`.

        Neighbours outside `rows` drop out; those behind them move up.
        """
        position = np.full(len(self.index) + 1, -1, np.int32)  # one more, so that -1 stays -1
        position[rows] = np.arange(len(rows), dtype=np.int32)
        index = position[self.index[rows]]
        order = np.argsort(index < 0, axis=1, kind="stable")
        index = np.take_along_axis(index, order, axis=1)
        similarity = np.take_along_axis(self.similarity[rows], order, axis=1)
        return Neighbors(index, np.where(index < 0, np.float32(0), similarity), self.metric)


@dataclass(frozen=True)
class Layout:
    """(n, 2) float32, finite: each selected row's point; x to the right, y downwards."""

    points: Floats

    def __post_init__(self) -> None:
        shape = self.points.shape
        _require(self.points.ndim == 2 and shape[1] == 2, f"layout: shape {shape}, not (n, 2)")
        _require(np.isfinite(self.points).all(), "layout: a coordinate is not finite")


@dataclass(frozen=True)
class Arrangement:
    """(n, 2) int32 `cells`: each selected row's own [column, row] among columns x rows."""

    cells: Ints
    columns: int
    rows: int

    def __post_init__(self) -> None:
        area = f"{self.columns} x {self.rows}"
        _require(self.columns >= 1 and self.rows >= 1, f"cells: {area} is no shape; both must be at least 1")
        _require(self.columns * self.rows <= _MOST_CELLS, f"cells: {area} are more than {_MOST_CELLS:,}")
        shape = self.cells.shape
        _require(self.cells.ndim == 2 and shape[1] == 2, f"cells of shape {shape}, not (n, 2)")
        _require_integers(self.cells, "cells")
        inside = (self.cells >= 0).all() and (self.cells < (self.columns, self.rows)).all()
        _require(inside, f"cells outside {area}")
        numbers = self.numbers()
        _require(len(np.unique(numbers)) == len(numbers), "two cells are the same")

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
        _require(math.isfinite(self.cost) and self.cost >= 0, f"grid: cost {self.cost} is no mean of squares")
        proved = math.isfinite(self.bound) and 0 <= self.bound <= self.cost * (1 + 1e-6) + 1e-6
        _require(proved, f"grid: bound {self.bound} is not between 0 and the cost, {self.cost}")


@dataclass(frozen=True)
class Posters:
    """All that says how alike the selected posters are, each a place i.

    `points` (n, 2); `vectors` (n, d) of unit length;
    `values[rows[i]]` the features themselves, which may lie in a file; `colors` (n, 48), sRGB of 4 x 4 fields.
    """

    points: Floats
    vectors: Floats
    values: Floats
    rows: Places
    colors: NDArray[np.uint8]


@dataclass(frozen=True)
class Cluster:
    """A group of posters: `members` are selected rows, ascending; `slug` is of a-z, 0-9 and -; `name` may be "".

    `medoid`: the member that is most like all others, -1 where nobody knows; `shade`: its colours in words, for what
    has no name; `cohesion`: the mean cosine of all pairs;
    `contrast`: by how much they are less like those around them; `theme`: how clear a theme they show, in
    standard deviations of what is usual (`methods.clusterings.themes`); `note`: what the user has to say of it.
    """

    slug: str
    name: str
    members: Ints
    medoid: int = -1
    shade: str = ""
    cohesion: float = 0.0
    contrast: float = 0.0
    theme: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        _require_called(self.slug, self.name)
        _require_called(self.slug, self.shade)
        _require(isinstance(self.note, str), f"clusters: note {self.note!r} of {self.slug} is not text")
        _require(self.members.ndim == 1, f"clusters: members of {self.slug} are not a list")
        _require(self.members.size, f"clusters: {self.slug} has no members")
        _require_integers(self.members, f"clusters: members of {self.slug}")
        _require((np.diff(self.members) > 0).all(), f"clusters: members of {self.slug} do not ascend")
        _require(self.medoid == -1 or self.medoid in self.members, f"clusters: the medoid of {self.slug} is no member")
        figures = (self.cohesion, self.contrast, self.theme)
        _require(np.isfinite(figures).all(), f"clusters: figures of {self.slug} are not finite")

    @property
    def called(self) -> str:
        """What to call it where it must be called something."""
        return called(self.slug, self.name or self.shade)


def _require_called(slug: object, name: object) -> None:
    """Raise ArtifactError for what no cluster can be called."""
    fits = isinstance(slug, str) and _SLUG.fullmatch(slug)
    _require(fits, f"clusters: slug {slug!r} is not of a-z, 0-9 and - alone")
    _require(isinstance(name, str), f"clusters: name {name!r} of {slug} is not text")
    _require(not name or str(name).strip(), f"clusters: name {name!r} of {slug} is blank; none is ''")


def called(slug: str, name: str) -> str:
    """Return a cluster's `name`, or, if it has none, one made of its slug."""
    return name or f"Cluster {slug}"


@dataclass(frozen=True)
class Clusters:
    """(n,) int32 label of each selected row, an index into `clusters`, -1 for none."""

    labels: Ints
    clusters: Sequence[Cluster]
    made: str = ""
    """A digest of how they were found; "" if nobody knows."""

    def __post_init__(self) -> None:
        slugs = {cluster.slug for cluster in self.clusters}
        _require(len(slugs) == len(self.clusters), "clusters: a slug occurs twice")
        inside = (self.labels >= -1) & (self.labels < len(self.clusters))
        _require(inside.all(), "clusters: a label names no cluster")
        told = np.full(len(self.labels), -1, np.int32)
        for label, cluster in enumerate(self.clusters):
            first, last = cluster.members[0], cluster.members[-1]
            _require(first >= 0 and last < len(told), f"clusters: a member of {cluster.slug} is no poster")
            _require((told[cluster.members] < 0).all(), f"clusters: a poster of {cluster.slug} is in two clusters")
            told[cluster.members] = label
        _require(np.array_equal(told, self.labels), "clusters: labels and members differ")


@dataclass(frozen=True)
class Origin:
    """Where a cluster of the map comes from: `found`, slugs of the clusters that it was made of, and what was `done`.

    `line`: of clusters.toml, where the user says so; 0 for none. `done`: in words. `dropped`: it is not on the map.
    `into`: the slug of the cluster that it became part of, "" where it stands for itself. `whole`: it is the one that
    was found, but for posters that were put into it or taken out.
    """

    slug: str
    found: Sequence[str]
    line: int = 0
    done: Sequence[str] = ()
    dropped: bool = False
    into: str = ""
    whole: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether the map shows a cluster of this slug."""
        return not self.dropped and not self.into


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
        columns = (self.points, self.cells, self.labels, self.late)
        _require(len({len(column) for column in columns}) == 1, "standing: columns of unequal length")
        _require(self.points.shape[1:] == (2,), f"standing: points of shape {self.points.shape}, not (rows, 2)")
        held = self.cells[:, 0] >= 0
        _require(np.isfinite(self.points[held]).all(), "standing: a coordinate is not finite")
        inside = (self.labels >= -1) & (self.labels < len(self.clusters))
        _require(inside[held].all(), "standing: a label names no cluster")
        _require(len(self.mean) == len(self.axes), "standing: mean and axes differ in length")
        _require(len(self.contents) in (0, len(self.cells)), "standing: contents of another length")
        _require(math.isnan(self.fresh) or 0 <= self.fresh <= 1, f"standing: fresh {self.fresh} is not a share")
        finite = np.isfinite(self.mean).all() and np.isfinite(self.axes).all()
        _require(finite, "standing: a number of mean or axes is not finite")
        for slug, name in self.clusters:
            _require_called(slug, name)
        _require(len(dict(self.clusters)) == len(self.clusters), "standing: a slug occurs twice")
        _require(len(self.ids) in (0, len(self.cells)), "standing: ids of another length")
        _require(len(self.away) in (0, len(self.cells)), "standing: away of another length")
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
