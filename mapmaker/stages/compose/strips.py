"""Cells, by page of the list -> its strip: their pictures side by side in one file, cut from the tiles.

Each tile is decoded once, by the engine's hands. Cuts of all pages come in the order of the tiles, so they wait in a
file, the spool, until a page is complete: memory does not grow with the map. Strips are kept by what they show in the
work folder's cache, and made only if they are not there.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.engines import Engine
from mapmaker.progress import Progress, counted
from mapmaker.shelves import pictured_zoom
from mapmaker.workspace import replacing
from mapmaker_tiles import Encoding, TileError

QUALITY = 50
VERSION = 1
"""Goes up when the same tiles would give another strip."""
FEW = 32
"""Tasks that are done sooner than processes are started."""
SPOOL = "spool"

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """One tile's share of a cell: `box` (left, top, right, bottom) of the tile belongs at (x, y) of the cell."""

    tile: str
    box: Box
    at: tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """Where cells are on the tiles of the zoom that strips are cut from, in pixels of that zoom."""

    zoom: int
    width: int
    height: int
    margin: int
    tile_size: int
    extension: str

    @classmethod
    def of(cls, tiles: Mapping[str, Any]) -> "Frame":
        """Return the frame for the tiles that raster's index describes."""
        sizes = tiles["cell"]["width"], tiles["cell"]["height"], tiles["margin"]
        zoom = pictured_zoom(*sizes, tiles["maxZoom"])
        width, height, margin = (size >> (tiles["maxZoom"] - zoom) for size in sizes)
        return cls(zoom, width, height, margin, tiles["size"], tiles["extension"])

    def pieces(self, column: int, row: int) -> Iterator[Piece]:
        """Yield the tiles' shares of a cell."""
        left, top, size = self.margin + column * self.width, self.margin + row * self.height, self.tile_size
        right, bottom = left + self.width, top + self.height
        for y in range(top // size, -(-bottom // size)):
            for x in range(left // size, -(-right // size)):
                x0, x1 = max(left, x * size), min(right, (x + 1) * size)
                y0, y1 = max(top, y * size), min(bottom, (y + 1) * size)
                box = (x0 - x * size, y0 - y * size, x1 - x * size, y1 - y * size)
                yield Piece(f"{self.zoom}/{x}/{y}.{self.extension}", box, (x0 - left, y0 - top))


@dataclass(frozen=True)
class Cutter:
    """What strips are cut from: `folder` of the tiles, raster's index of them, `cache`, a folder to keep strips in."""

    folder: Path
    tiles: Mapping[str, Any]
    cache: Path

    def strips(
        self, wanted: Mapping[str, Sequence[tuple[int, int]]], engine: Engine, progress: Progress
    ) -> dict[str, Path]:
        """Return the strip of each of `wanted`, cells by any name, as a WebP file of the cache.

        Other files of the cache go. Raises TileError for a tile that cannot be read, OSError if the disk is full.
        """
        frame = Frame.of(self.tiles)
        shown = {name: [list(frame.pieces(*cell)) for cell in cells] for name, cells in wanted.items()}
        files = {name: self.cache / f"{self._key(frame, cut)}.webp" for name, cut in shown.items()}
        lacking = {file: shown[name] for name, file in files.items() if not file.is_file()}
        if lacking:
            progress.expect(len(lacking), "strips")
            self._make(frame, lacking, engine, progress)
        for path in set(self.cache.iterdir()) - set(files.values()):
            path.unlink()
        return files

    def _key(self, frame: Frame, cut: Sequence[Sequence[Piece]]) -> str:
        """Return a digest of all that a strip's pixels come from."""
        parts = [[(self._digest(piece.tile), piece.box, piece.at) for piece in pieces] for pieces in cut]
        text = json.dumps([VERSION, QUALITY, frame.width, frame.height, parts])
        return hashlib.sha256(text.encode()).hexdigest()

    def _digest(self, tile: str) -> str:
        try:
            return str(self.tiles["files"][tile])
        except KeyError:
            raise TileError(f"{self.folder / tile} is not listed beside the other tiles") from None

    def _make(
        self, frame: Frame, lacking: Mapping[Path, Sequence[Sequence[Piece]]], engine: Engine, progress: Progress
    ) -> None:
        """Fill the spool, then make files of it."""
        spool, cell = self.cache / SPOOL, frame.height * frame.width * 4
        slots = [pieces for cut in lacking.values() for pieces in cut]
        with spool.open("wb+", buffering=0) as file:
            file.truncate(len(slots) * cell)
            self._fill(frame, slots, engine, file)
        parts, first = [], 0
        for cut in lacking.values():
            parts.append((first * cell, len(cut)))
            first += len(cut)
        made = engine.map(partial(_encoded, spool, frame.height, frame.width), parts, chunk=_chunk(len(parts)))
        for path, strip in zip(lacking, counted(made, progress), strict=True):
            with replacing(path) as fresh:
                fresh.write_bytes(strip)

    def _fill(self, frame: Frame, slots: Sequence[Sequence[Piece]], engine: Engine, file: Any) -> None:
        """Put the picture of each slot's cell into the spool."""
        places: dict[str, list[tuple[int, Piece]]] = defaultdict(list)
        for slot, pieces in enumerate(slots):
            for piece in pieces:
                places[piece.tile].append((slot, piece))
        tasks = [(self.folder / tile, [piece.box for _, piece in cuts]) for tile, cuts in places.items()]
        for cuts, pictures in zip(places.values(), engine.map(_cut, tasks, chunk=_chunk(len(tasks))), strict=True):
            for (slot, piece), picture in zip(cuts, pictures, strict=True):
                _put(file, slot, (frame.height, frame.width), piece.at, picture)


def _chunk(tasks: int) -> int:
    """Return how many to hand out at a time: all of them if they are few, else little, for results are large."""
    return tasks if tasks <= FEW else 4


def _cut(task: tuple[Path, Sequence[Box]]) -> list[Pixels]:
    """Return the boxes of a tile, each (height, width, 4)."""
    from PIL import Image

    path, boxes = task
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:  # as Pillow says that a file is damaged
        raise TileError(f"{path} cannot be read: {error}") from error
    return [pixels[top:bottom, left:right].copy() for left, top, right, bottom in boxes]


def _put(file: BinaryIO, slot: int, size: tuple[int, int], at: tuple[int, int], picture: Pixels) -> None:
    """Lay `picture` at (x, y) on the picture of `slot`."""
    (height, width), (x, y) = size, at
    place = slot * height * width * 4
    if picture.shape[:2] != size:
        file.seek(place)
        whole = np.frombuffer(bytearray(file.read(height * width * 4)), np.uint8).reshape(height, width, 4)
        whole[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        picture = whole
    file.seek(place)
    file.write(picture.tobytes())


def _encoded(spool: Path, height: int, width: int, part: tuple[int, int]) -> bytes:
    """Return the strip of the cells that stand from an offset of the spool on, so many of them."""
    offset, count = part
    cells = np.fromfile(spool, np.uint8, count * height * width * 4, offset=offset).reshape(count, height, width, 4)
    strip = cells.transpose(1, 0, 2, 3).reshape(height, count * width, 4)
    return Encoding("webp", QUALITY).encode(strip)
