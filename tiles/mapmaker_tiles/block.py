"""One block of the map -> its tiles.

A block is a subtree of the pyramid, the unit of work. Each of its pictures is decoded once and laid
on those tiles of the deepest zoom that are wanted, and every tile above is made from the pixels of
its four children, never from encoded tiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from mapmaker_tiles.climb import Climb, Growth, Tile, Wanted, collected
from mapmaker_tiles.decode import decode
from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.errors import DecodeError
from mapmaker_tiles.framing import Fit, Part, frame, placeholder, quarters
from mapmaker_tiles.geometry import Pyramid
from mapmaker_tiles.mips import packed
from mapmaker_tiles.shade import Pixels, Shades, halved_pixels

_BLOCK_LEVELS = 3
"""Zooms below a block's root: 8 x 8 of the deepest tiles, 64 MB of pixels at 512 pixels a tile."""
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
    pixels, unreadable = _deepest(block)
    climb = Climb(block.pyramid, block.encoding, block.wanted, block.pyramid.max_zoom, _Leaves(block, pixels).leaf)
    tiles, quarter = collected(climb.grow(block.zoom, block.column, block.row))
    return Patch(block.column, block.row, tiles, quarter, unreadable)


def _deepest(block: Block) -> tuple[dict[tuple[int, int], Pixels], tuple[Unreadable, ...]]:
    """The pixels of the tiles of the deepest zoom that are wanted, by [column, row], and what could not be read."""
    side, deepest = block.pyramid.tile_size, block.pyramid.max_zoom
    wanted = (tile for tile in (*block.wanted.encoded, *block.wanted.passed) if tile[0] == deepest)
    tiles = {(column, row): np.zeros((side, side, 4), np.uint8) for _, column, row in wanted}
    unreadable = []
    size = block.pyramid.cell_width - block.pyramid.gap, block.pyramid.cell_height - block.pyramid.gap
    for placement in block.placements:
        picture, failure = _picture(placement, size)
        if failure is not None:
            unreadable.append(failure)
        x, y, _, _ = block.pyramid.picture_box(placement.column, placement.row)
        for part in quarters(size):
            left, top, right, bottom = x + part[0], y + part[1], x + part[2], y + part[3]
            touched = product(range(left // side, _up(right, side)), range(top // side, _up(bottom, side)))
            shown = [place for place in touched if place in tiles]
            if shown:
                pixels = _pixels(picture, size, block.fit, part)
                for column, row in shown:
                    _lay(tiles[column, row], pixels, left - column * side, top - row * side)
    return tiles, tuple(unreadable)


def _up(length: int, step: int) -> int:
    return -(-length // step)


def _picture(placement: Placement, size: tuple[int, int]) -> tuple[Image.Image | None, Unreadable | None]:
    """The picture as it is in its file, None where it cannot be read."""
    try:
        # Twice the cell is enough for LANCZOS, and spares a JPEG's decoder most of its work.
        return decode(placement.file, at_least=(2 * size[0], 2 * size[1])), None
    except DecodeError as error:
        return None, Unreadable(placement.index, placement.file, error.reason)


def _pixels(picture: Image.Image | None, size: tuple[int, int], fit: Fit, part: Part) -> Pixels:
    """A part of the cell."""
    cell = placeholder(size).crop(part) if picture is None else frame(picture, size, fit, part)
    cell.putalpha(255)
    return np.asarray(cell)


def _lay(tile: Pixels, part: Pixels, left: int, top: int) -> None:
    """Put a part of a cell on a tile; what lies outside is another tile's."""
    height, width = part.shape[:2]
    y, x = max(0, top), max(0, left)
    area = tile[y : top + height, x : left + width]
    area[:] = part[y - top : y - top + area.shape[0], x - left : x - left + area.shape[1]]


@dataclass(frozen=True)
class _Leaves:
    """Leaves of a block: tiles of the deepest zoom."""

    block: Block
    pixels: Mapping[tuple[int, int], Pixels]

    def leaf(self, column: int, row: int) -> Growth:
        """The tile there."""
        zoom, wanted, pixels = self.block.pyramid.max_zoom, self.block.wanted, self.pixels[column, row]
        mip = halved_pixels(pixels)
        if (zoom, column, row) in wanted.encoded:
            kept = packed(mip) if zoom <= wanted.mip_zoom else None
            yield Tile(zoom, column, row, self.block.encoding.encode(pixels), kept)
        return mip
