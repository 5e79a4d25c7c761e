"""One block of the map -> its tiles.

A block is a subtree of the pyramid, the unit of work. Each of its pictures is decoded once, the
tiles of the deepest zoom are cut from one canvas, and every tile above is made from the pixels of
its four children, never from encoded tiles.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mapmaker_tiles.climb import Climb, Growth, Tile, Wanted, collected
from mapmaker_tiles.decode import decode
from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.errors import DecodeError
from mapmaker_tiles.framing import Fit, frame, placeholder
from mapmaker_tiles.geometry import Pyramid
from mapmaker_tiles.mips import packed
from mapmaker_tiles.shade import Pixels, Shades, halved_pixels

_BLOCK_LEVELS = 3
"""Zooms below a block's root: 8 x 8 of the deepest tiles, 64 MB of canvas at 512 pixels a tile."""
_ROOT_ZOOM = 2
"""The least zoom of a root, where the map has it: even a small map is work for several workers."""


@dataclass(frozen=True)
class Unreadable:
    """A picture that could not be decoded, by its place in `pictures`. Its cell shows a cross."""

    index: int
    file: Path
    reason: str


@dataclass(frozen=True)
class Placement:
    """A picture and its cell. `index` is its place in `pictures`."""

    index: int
    file: Path
    column: int
    row: int


@dataclass(frozen=True)
class Block:
    """What a worker needs to paint one subtree: small, and it pickles."""

    pyramid: Pyramid
    encoding: Encoding
    fit: Fit
    zoom: int
    column: int
    row: int
    placements: tuple[Placement, ...]
    wanted: Wanted


@dataclass(frozen=True, eq=False)
class Patch:
    """A painted block: its tiles, its root at half size for the tile above, what was unreadable."""

    column: int
    row: int
    tiles: tuple[Tile, ...]
    quarter: Shades | None
    unreadable: tuple[Unreadable, ...]


def block_zoom(pyramid: Pyramid) -> int:
    """The zoom of the blocks' root tiles."""
    return max(pyramid.max_zoom - _BLOCK_LEVELS, min(pyramid.max_zoom, _ROOT_ZOOM))


def paint_block(block: Block) -> Patch:
    """Paint one block: its tiles from the deepest zoom up to its root."""
    canvas, unreadable = _canvas(block)
    leaf = _Cuts(block, canvas).leaf
    climb = Climb(block.pyramid, block.encoding, block.wanted, block.pyramid.max_zoom, leaf)
    tiles, quarter = collected(climb.grow(block.zoom, block.column, block.row))
    return Patch(block.column, block.row, tiles, quarter, unreadable)


def _canvas(block: Block) -> tuple[Pixels, tuple[Unreadable, ...]]:
    """All pixels of a block at the deepest zoom, and what could not be read."""
    pyramid = block.pyramid
    left, top, right, bottom = pyramid.tile_box(block.zoom, block.column, block.row)
    tile_size = pyramid.tile_size
    canvas = np.zeros((_up_to(bottom - top, tile_size), _up_to(right - left, tile_size), 4), np.uint8)
    unreadable = []
    for placement in block.placements:
        cell, failure = _cell(placement, block)
        if failure is not None:
            unreadable.append(failure)
        p_left, p_top, _, _ = pyramid.picture_box(placement.column, placement.row)
        _lay(canvas[: bottom - top, : right - left], cell, p_left - left, p_top - top)
    return canvas, tuple(unreadable)


def _up_to(length: int, step: int) -> int:
    return -(-length // step) * step


def _cell(placement: Placement, block: Block) -> tuple[Pixels, Unreadable | None]:
    size = block.pyramid.cell_width - block.pyramid.gap, block.pyramid.cell_height - block.pyramid.gap
    # Twice the cell is enough for LANCZOS, and spares a JPEG's decoder most of its work.
    enough = 2 * size[0], 2 * size[1]
    try:
        picture = decode(placement.file, at_least=enough)
    except DecodeError as error:
        failure = Unreadable(placement.index, placement.file, error.reason)
        return _opaque(placeholder(size)), failure
    return _opaque(frame(picture, size, block.fit)), None


def _opaque(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGBA"))


def _lay(canvas: Pixels, cell: Pixels, left: int, top: int) -> None:
    """Put a cell on the canvas; what lies outside is another block's to paint."""
    height, width = cell.shape[:2]
    y, x = max(0, top), max(0, left)
    area = canvas[y : max(0, top + height), x : max(0, left + width)]
    area[:] = cell[y - top : y - top + area.shape[0], x - left : x - left + area.shape[1]]


@dataclass(frozen=True)
class _Cuts:
    """Leaves of a block: tiles of the deepest zoom, cut from its canvas."""

    block: Block
    canvas: Pixels

    def leaf(self, column: int, row: int) -> Growth:
        """The tile there."""
        pyramid, size, wanted = self.block.pyramid, self.block.pyramid.tile_size, self.block.wanted
        left, top, _, _ = pyramid.tile_box(self.block.zoom, self.block.column, self.block.row)
        x, y = column * size - left, row * size - top
        pixels = self.canvas[y : y + size, x : x + size]
        mip = halved_pixels(pixels)
        if (pyramid.max_zoom, column, row) in wanted.encoded:
            kept = packed(mip) if pyramid.max_zoom <= wanted.mip_zoom else None
            yield Tile(pyramid.max_zoom, column, row, self.block.encoding.encode(pixels), kept)
        return mip
