"""A page and the posters on it -> bands, each as wide as the page, and of a band its pixels.

A band is what is in memory at once. Where cells are small it is a few rows of them, where they are large a part of a
row, whose posters are then decoded once for each band that shows them.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker.export.originals import Frame, Trouble, look_at
from mapmaker.finished import Original
from mapmaker.lettering import Color, Line
from mapmaker_tiles import Fit

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page; right and bottom outside."""

LEAST, MOST = 4_000_000, 16_000_000
"""Bytes of a band's pixels: so many that packing them pays, so few that every worker can hold some."""


@dataclass(frozen=True)
class Placed:
    """A poster and its box on the page."""

    original: Original
    box: Box


@dataclass(frozen=True)
class Sheet:
    """A page with all that is on it: posters row by row, each row of one top and bottom, and perhaps a title."""

    width: int
    height: int
    ground: Color
    fit: Fit
    rows: Sequence[Sequence[Placed]]
    title: tuple[Line, Box] | None = None

    @property
    def posters(self) -> int:
        """How many are on it."""
        return sum(map(len, self.rows))

    @property
    def widest(self) -> int:
        """Pixels across the widest poster's place."""
        return max(one.box[2] - one.box[0] for row in self.rows for one in row)

    def bands(self) -> Iterator["Band"]:
        """Yield the whole page from top to bottom."""
        edges = sorted({0, self.height} | {edge for row in self.rows for edge in (row[0].box[1], row[0].box[3])})
        for top, bottom in itertools.pairwise(_cuts(edges, self.width * 3)):
            placed = tuple(one for row in self.rows if _meet(row[0].box, top, bottom) for one in row)
            title = self.title if self.title is not None and _meet(self.title[1], top, bottom) else None
            yield Band(self.width, top, bottom, self.ground, self.fit, placed, title)


@dataclass(frozen=True)
class Band:
    """The rows of a page from `top` to `bottom`, and what shows in them: small, and it pickles."""

    width: int
    top: int
    bottom: int
    ground: Color
    fit: Fit
    placed: tuple[Placed, ...]
    title: tuple[Line, Box] | None

    def paint(self) -> tuple[Pixels, list[Trouble]]:
        """Return the pixels (height, width, 3), and what is wrong with the originals."""
        canvas = np.empty((self.bottom - self.top, self.width, 3), np.uint8)
        canvas[:] = self.ground
        troubles = []
        for one in self.placed:
            left, top, right, bottom = one.box
            begin, end = max(top, self.top), min(bottom, self.bottom)
            picture, trouble = look_at(
                one.original, Frame((right - left, bottom - top), self.fit, (begin - top, end - top))
            )
            if trouble is not None:
                troubles.append(trouble)
            if picture is not None:
                canvas[begin - self.top : end - self.top, left:right] = np.asarray(picture)
        if self.title is not None:
            line, (left, top, right, bottom) = self.title
            begin, end = max(top, self.top), min(bottom, self.bottom)
            letters = _lettered(line, (right - left, bottom - top), (begin - top, end - top))
            canvas[begin - self.top : end - self.top, left:right] = letters
        return canvas, troubles


def _lettered(line: Line, size: tuple[int, int], rows: tuple[int, int]) -> Pixels:
    """Return some rows of a line in a box of that size; one larger than a band may be is drawn smaller, and scaled."""
    width, height = size
    shrink = math.ceil(math.sqrt(width * height * 3 / MOST))
    letters = line.draw(max(1, width // shrink), max(1, height // shrink))
    step = letters.height / height
    box = (0, rows[0] * step, letters.width, min(letters.height, rows[1] * step))
    return np.asarray(letters.resize((width, rows[1] - rows[0]), Image.Resampling.BICUBIC, box=box))


def _meet(box: Box, top: int, bottom: int) -> bool:
    return box[1] < bottom and box[3] > top


def _cuts(edges: Sequence[int], row_bytes: int) -> list[int]:
    """Return where to cut: at as few of `edges` as make bands of `LEAST` bytes; between, if one had over `MOST`."""
    cuts = [edges[0]]
    for edge, following in itertools.pairwise([*edges[1:], edges[-1]]):
        tall = edge - cuts[-1]
        if edge == edges[-1] or tall * row_bytes >= LEAST or (following - cuts[-1]) * row_bytes > MOST:
            parts = -(-tall * row_bytes // MOST)
            cuts += [cuts[-1] + tall * part // parts for part in range(1, parts + 1)] if parts > 1 else [edge]
    return [cut for cut, before in zip(cuts, [-1, *cuts], strict=False) if cut > before]
