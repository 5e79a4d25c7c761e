"""A row an image: what it is, what its pixels say at a glance, what the user says of it, whether it is selected."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mapmaker.model.arrays import Floats, Ints, Places, require, require_integers, require_one_length


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
        require_one_length((self.id, self.path, self.sha256, self.width, self.height, self.present), "images")
        require(len(set(self.id)) == len(self.id), "images: an id occurs twice")
        for name, sizes in (("width", self.width), ("height", self.height)):
            require_integers(sizes, f"images: {name}")
            require((sizes >= 1).all(), f"images: a {name} is below 1 pixel")

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
        require_one_length((self.hash, self.deviation, self.size, self.colors), "looks")
        require(self.hash.dtype == np.uint8 and self.hash.shape[1:] == (32,), "looks: a hash is not of 256 bits")
        require_integers(self.size, "looks: size")
        require(self.colors.dtype == np.uint8 and self.colors.shape[1:] == (48,), "looks: colors are not 4 x 4 of RGB")

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
        require_one_length([self.title, self.year, self.tags, self.url, *self.more.values()], "metadata")

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
