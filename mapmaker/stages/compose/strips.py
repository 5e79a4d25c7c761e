"""Cells, by page of the list -> its strip: their pictures side by side in one file, cut from mips, or from the tiles.

A poster's pixels on mips are its own, whatever is beside it, so its strip stays while its posters do. On a tile they
are encoded with all others there, of which one of 76 changes soon. So tiles are for what raster keeps no mips of:
posters too small, or too many.

Each mip, or tile, is decoded once, by the engine's hands. Cuts of all pages come in the order of the tiles, so the
hands lay them into a file, the spool, each in a place of its own: memory does not grow with the map, and no pixel goes
through a pipe. Strips are kept by what they show in the work folder's cache, and made only if they are not there.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mapmaker.methods.engines import Engine
from mapmaker.progress import Progress, counted
from mapmaker.shelves import zoom_of_width
from mapmaker.stages.compose.tile_index import Crop, Pixels, TileIndex, read_boxes
from mapmaker.workspace import replacing
from mapmaker_tiles import Encoding, Store, mip_boxes

QUALITY = 50
VERSION = 2
"""Goes up when the same tiles would give another strip."""
FEW = 32
"""Tasks that are done sooner than processes are started."""
SPOOL = "spool"


def strip_zoom(index: TileIndex) -> int:
    """Return the zoom that strips are cut from."""
    return zoom_of_width(*index.cell, index.margin, index.max_zoom)


@dataclass(frozen=True)
class Size:
    """Of a cell on a strip, in pixels."""

    width: int
    height: int

    @property
    def bytes(self) -> int:
        """What its picture takes in the spool."""
        return self.width * self.height * 4


@dataclass(frozen=True)
class Slot:
    """A poster on a strip: what its pixels come from, the `crops` of mips or tiles to take, and their digests."""

    key: Sequence[object]
    crops: Sequence[Crop]
    mips: bool


@dataclass(frozen=True)
class Cutter:
    """What strips are cut from, the tiles of `index` and the mips of `store`, and `cache`, a folder to keep strips in.

    `content`: digests of the pictures in cells; where one is not told, tiles are cut.
    """

    index: TileIndex
    cache: Path
    store: Store
    content: Mapping[tuple[int, int], str]

    def strips(
        self, wanted: Mapping[str, Sequence[tuple[int, int]]], engine: Engine, progress: Progress
    ) -> dict[str, Path]:
        """Return the strip of each of `wanted`, cells by any name, as a WebP file of the cache.

        Other files of the cache go. Raises TileError for a tile that cannot be read, OSError if the disk is full.
        """
        zoom = strip_zoom(self.index)
        size = Size(*self.index.cell_at(zoom))
        shown = {name: [self._slot(cell, zoom) for cell in cells] for name, cells in wanted.items()}
        files = {name: self.cache / f"{_key(size, slots)}.webp" for name, slots in shown.items()}
        lacking = {file: shown[name] for name, file in files.items() if not file.is_file()}
        if lacking:
            progress.expect(len(lacking), "strips")
            self._make(size, lacking, engine, progress)
        for path in set(self.cache.iterdir()) - set(files.values()):
            path.unlink()
        return files

    def _slot(self, cell: tuple[int, int], zoom: int) -> Slot:
        if cell in self.content and (crops := self.index.mip_crops(*cell, zoom)):
            return Slot([self.index.framing, self.content[cell]], crops, mips=True)
        crops = list(self.index.crops(*cell, zoom))
        return Slot([(self.index.digest(crop.tile), crop.box, crop.at) for crop in crops], crops, mips=False)

    def _make(self, size: Size, lacking: Mapping[Path, Sequence[Slot]], engine: Engine, progress: Progress) -> None:
        """Fill the spool, then make files of it. Whatever happens, the spool goes: it may be a gigabyte."""
        spool = self.cache / SPOOL
        slots = [slot for strip in lacking.values() for slot in strip]
        try:
            with spool.open("wb") as file:
                file.truncate(len(slots) * size.bytes)
            self._fill(size, slots, engine)
            self._encode(size, lacking, engine, progress)
        finally:
            spool.unlink(missing_ok=True)

    def _encode(self, size: Size, lacking: Mapping[Path, Sequence[Slot]], engine: Engine, progress: Progress) -> None:
        """Make files of the filled spool."""
        parts, first = [], 0
        for slots in lacking.values():
            parts.append((first * size.bytes, len(slots)))
            first += len(slots)
        made = engine.map(partial(_encoded, self.cache / SPOOL, size), parts, chunk=_chunk(len(parts)))
        for path, strip in zip(lacking, counted(made, progress), strict=True):
            with replacing(path) as fresh:
                fresh.write_bytes(strip)

    def _fill(self, size: Size, slots: Sequence[Slot], engine: Engine) -> None:
        """Put the picture of each slot's cell into the spool."""
        cuts: dict[tuple[Path, bool], list[tuple[int, Crop]]] = defaultdict(list)
        for place, slot in enumerate(slots):
            for crop in slot.crops:
                path = self.store.mip_path(crop.tile) if slot.mips else self.index.path(crop.tile)
                cuts[path, slot.mips].append((place, crop))
        tasks = [(path, mip, some) for (path, mip), some in cuts.items()]
        for _ in engine.map(partial(_lay, self.cache / SPOOL, size), tasks, chunk=_chunk(len(tasks))):
            pass  # only what fails is told


def _chunk(tasks: int) -> int:
    """Return how many to hand out at a time: all of them if they are few, else little, for there is much to do."""
    return tasks if tasks <= FEW else 4


def _key(size: Size, slots: Sequence[Slot]) -> str:
    """Return a digest of all that a strip's pixels come from."""
    text = json.dumps([VERSION, QUALITY, size.width, size.height, [slot.key for slot in slots]])
    return hashlib.sha256(text.encode()).hexdigest()


def _lay(spool: Path, size: Size, task: tuple[Path, bool, Sequence[tuple[int, Crop]]]) -> None:
    """Cut from a tile, or mip, what slots of the spool take of it, and lay it there."""
    path, mip, cuts = task
    read = mip_boxes if mip else read_boxes
    pictures = read(path, [crop.box for _, crop in cuts])
    with spool.open("rb+") as file:
        for (slot, crop), picture in zip(cuts, pictures, strict=True):
            _put(file, slot, size, crop.at, picture)


def _put(file: BinaryIO, slot: int, size: Size, at: tuple[int, int], picture: Pixels) -> None:
    """Lay `picture` at (x, y) on the picture of `slot`, and touch nothing else: others may lay the rest."""
    x, y = at
    parts = [picture] if picture.shape[1] == size.width else picture  # whole rows stand one behind the other
    for row, part in enumerate(parts, y):
        file.seek(slot * size.bytes + (row * size.width + x) * 4)
        file.write(part.tobytes())


def _encoded(spool: Path, size: Size, part: tuple[int, int]) -> bytes:
    """Return the strip of the cells that stand from an offset of the spool on, so many of them."""
    offset, count = part
    cells = np.fromfile(spool, np.uint8, count * size.bytes, offset=offset).reshape(count, size.height, size.width, 4)
    strip = cells.transpose(1, 0, 2, 3).reshape(size.height, count * size.width, 4)
    return Encoding("webp", QUALITY).encode(strip)
