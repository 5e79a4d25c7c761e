"""Leaves of a pyramid -> all tiles above them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.geometry import Pyramid
from mapmaker_tiles.shade import Shades, halved, to_pixels


@dataclass(frozen=True)
class Tile:
    """One finished tile file: zoom, column and row of the tile, bytes."""

    zoom: int
    column: int
    row: int
    data: bytes


Growth = Generator[Tile, None, Shades | None]
"""Yields tiles and returns the last one at half size, or None where nothing was painted."""


@dataclass(frozen=True)
class Climb:
    """From leaves at `leaf_zoom` to a root, tile by tile."""

    pyramid: Pyramid
    encoding: Encoding
    leaf_zoom: int
    leaf: Callable[[int, int], Growth]

    def grow(self, zoom: int, column: int, row: int) -> Growth:
        """The subtree below one tile, children before parents."""
        if zoom == self.leaf_zoom:
            return (yield from self.leaf(column, row))
        shades = None
        for child_column, child_row in self.pyramid.children(zoom, column, row):
            quarter = yield from self.grow(zoom + 1, child_column, child_row)
            if quarter is not None:
                shades = self._blank() if shades is None else shades
                _place(shades, quarter, child_column % 2, child_row % 2)
        if shades is None:
            return None
        yield Tile(zoom, column, row, self.encoding.encode(to_pixels(shades), self.pyramid.max_zoom - zoom))
        return halved(shades)

    def _blank(self) -> Shades:
        return np.zeros((self.pyramid.tile_size, self.pyramid.tile_size, 4), np.uint16)


def _place(shades: Shades, quarter: Shades, right: int, lower: int) -> None:
    side = len(quarter)
    shades[lower * side : (lower + 1) * side, right * side : (right + 1) * side] = quarter


def collected(growth: Growth) -> tuple[tuple[Tile, ...], Shades | None]:
    """All that a growth yields, and what it returns."""
    returned: list[Shades | None] = []

    def run() -> Generator[Tile, None, None]:
        returned.append((yield from growth))

    return tuple(run()), returned[0]
