"""Leaves of a pyramid -> the tiles above them that are wanted."""

from collections.abc import Callable, Generator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.geometry import Pyramid
from mapmaker_tiles.keys import TileId
from mapmaker_tiles.mips import packed, read_mip
from mapmaker_tiles.shade import Shades, halved, to_pixels


@dataclass(frozen=True)
class Tile:
    """One finished tile file: zoom, column and row of the tile, bytes.

    mip: the tile at half its side, packed, where a store keeps it.
    key: what it shows (see `Store`); None where a picture that could not be read shows as a cross.
    """

    zoom: int
    column: int
    row: int
    data: bytes
    mip: bytes | None = field(default=None, compare=False, repr=False)
    key: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Wanted:
    """Which tiles of a pyramid, or of a part of it, are to be made.

    encoded: those that become files, and so do all above them.
    passed: those that are there already, but whose pixels are needed for a tile above.
    mips: where such pixels are kept instead.
    mip_zoom: down to here a tile brings its mip along.
    """

    encoded: Set[TileId]
    passed: Set[TileId] = frozenset()
    mips: Mapping[TileId, Path] = field(default_factory=dict)
    mip_zoom: int = -1


Growth = Generator[Tile, None, Shades | None]
"""Yields tiles and returns the last one at half size, or None where it is not wanted."""


@dataclass(frozen=True)
class Climb:
    """From leaves at `leaf_zoom` to a root, tile by tile. `leaf` is asked for those that are wanted."""

    pyramid: Pyramid
    encoding: Encoding
    wanted: Wanted
    leaf_zoom: int
    leaf: Callable[[int, int], Growth]

    def grow(self, zoom: int, column: int, row: int) -> Growth:
        """The subtree below one tile, children before parents."""
        tile = zoom, column, row
        if tile in self.wanted.mips:
            return read_mip(self.wanted.mips[tile])
        if tile not in self.wanted.encoded and tile not in self.wanted.passed:
            return None
        if zoom == self.leaf_zoom:
            return (yield from self.leaf(column, row))
        side = self.pyramid.tile_size
        shades = np.zeros((side, side, 4), np.uint16)
        for child_column, child_row in self.pyramid.children(zoom, column, row):
            quarter = yield from self.grow(zoom + 1, child_column, child_row)
            if quarter is not None:
                _place(shades, quarter, child_column % 2, child_row % 2)
        mip = halved(shades)
        if tile in self.wanted.encoded:
            data = self.encoding.encode(to_pixels(shades), self.pyramid.max_zoom - zoom)
            yield Tile(zoom, column, row, data, packed(mip) if zoom <= self.wanted.mip_zoom else None)
        return mip


def _place(shades: Shades, quarter: Shades, right: int, lower: int) -> None:
    side = len(quarter)
    shades[lower * side : (lower + 1) * side, right * side : (right + 1) * side] = quarter


def collected(growth: Growth) -> tuple[tuple[Tile, ...], Shades | None]:
    """All that a growth yields, and what it returns."""
    returned: list[Shades | None] = []

    def run() -> Generator[Tile, None, None]:
        returned.append((yield from growth))

    return tuple(run()), returned[0]
