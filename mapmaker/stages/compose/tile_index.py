"""raster's index of its tiles -> where a tile is, what it shows, and what of it, or of mips, each cell takes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.workspace import INDEX
from mapmaker_tiles import TileError

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """One tile's share of a cell: `box` (left, top, right, bottom) of the tile belongs at (x, y) of the cell.

    Or a mip's: then `tile` is its key.
    """

    tile: str
    box: Box
    at: tuple[int, int]


@dataclass(frozen=True)
class TileIndex:
    """The tiles in `folder`; a tile is named by its path below it.

    `cell` (width, height) and `margin` are in pixels of the deepest zoom, `size` is a tile's side; `files` are the
    digests of all tiles by name, `keys` those by which raster's store has their mips, down to `mip_zoom`; `framing` is
    what a cell's pixels come from but for its picture, before they are encoded.
    """

    folder: Path
    cell: tuple[int, int]
    size: int
    max_zoom: int
    margin: int
    extension: str
    files: Mapping[str, str]
    keys: Mapping[str, str] = field(default_factory=dict)
    mip_zoom: int = -1
    framing: str = ""

    @classmethod
    def read(cls, folder: Path) -> "TileIndex":
        """Return the index that stands beside the tiles."""
        told: Mapping[str, Any] = json.loads((folder / INDEX).read_bytes())
        cell, more = told["cell"], (told["margin"], told["extension"], told["files"])
        mips = (
            told.get("keys", {}),
            told.get("mips", -1),
            told.get("framing", ""),
        )  # which tiles of the user's do not have
        return cls(folder, (cell["width"], cell["height"]), told["size"], told["maxZoom"], *more, *mips)

    def extent(self, columns: int, rows: int) -> tuple[int, int]:
        """Return the pixels of a map of so many cells at the deepest zoom, its margin included: width, height."""
        return columns * self.cell[0] + 2 * self.margin, rows * self.cell[1] + 2 * self.margin

    def places(self, zoom: int) -> Iterator[tuple[int, int, str]]:
        """Yield (x, y, name) of each tile of a zoom."""
        for name in self.files:
            z, x, y = name.rpartition(".")[0].split("/")
            if int(z) == zoom:
                yield int(x), int(y), name

    def path(self, name: str) -> Path:
        """Return a tile's file."""
        return self.folder / name

    def pixels(self, name: str) -> Pixels:
        """Return a whole tile, see `read_boxes`."""
        (pixels,) = read_boxes(self.path(name), [(0, 0, self.size, self.size)])
        return pixels

    def digest(self, name: str) -> str:
        """Return the digest of a tile's file. TileError if there is none of that name."""
        try:
            return self.files[name]
        except KeyError:
            raise TileError(f"{self.path(name)} is not listed beside the other tiles") from None

    def cell_at(self, zoom: int) -> tuple[int, int]:
        """Return a cell's width and height at a zoom where they, and the margin, are whole pixels."""
        return self.cell[0] >> self.max_zoom - zoom, self.cell[1] >> self.max_zoom - zoom

    def crops(self, column: int, row: int, zoom: int) -> Iterator[Crop]:
        """Yield the tiles' shares of a cell at a zoom where it and the margin are whole pixels."""
        for x, y, box, at in self._parts(column, row, zoom, self.size):
            yield Crop(f"{zoom}/{x}/{y}.{self.extension}", box, at)

    def mip_crops(self, column: int, row: int, zoom: int) -> list[Crop]:
        """Return the shares of mips, halves of tiles one zoom deeper, as `crops`; [] if one of them is not kept.

        Unlike tiles they show a poster alike wherever it is and whoever is beside it.
        """
        parts = self._parts(column, row, zoom, self.size // 2)
        found = [(self.keys.get(f"{zoom + 1}/{x}/{y}.{self.extension}"), box, at) for x, y, box, at in parts]
        crops = [Crop(key, box, at) for key, box, at in found if key is not None]
        return crops if zoom < self.mip_zoom and len(crops) == len(found) else []

    def _parts(self, column: int, row: int, zoom: int, size: int) -> Iterator[tuple[int, int, Box, tuple[int, int]]]:
        """Yield x, y of each square of `size` that a cell reaches into, the box there, and its place in the cell."""
        (width, height), margin = self.cell_at(zoom), self.margin >> self.max_zoom - zoom
        left, top = margin + column * width, margin + row * height
        right, bottom = left + width, top + height
        for y in range(top // size, -(-bottom // size)):
            for x in range(left // size, -(-right // size)):
                x0, x1 = max(left, x * size), min(right, (x + 1) * size)
                y0, y1 = max(top, y * size), min(bottom, (y + 1) * size)
                yield x, y, (x0 - x * size, y0 - y * size, x1 - x * size, y1 - y * size), (x0 - left, y0 - top)


def read_boxes(path: Path, boxes: Iterable[Box]) -> list[Pixels]:
    """Return the pixels of boxes of a tile, each (height, width, 4): red, green, blue, alpha.

    The tile is decoded once, and no more than the boxes converted. TileError if it cannot be read.
    """
    from PIL import Image

    try:
        with Image.open(path) as tile:
            return [np.asarray(tile.crop(box).convert("RGBA")) for box in boxes]
    except (OSError, SyntaxError, ValueError) as error:  # as Pillow says that a file is damaged
        raise TileError(f"cannot read the tile {path}: {error}") from error
