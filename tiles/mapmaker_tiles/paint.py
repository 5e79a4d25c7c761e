"""Pictures and their cells -> tiles.

The map is cut into blocks, subtrees of the pyramid, which `paint_block` paints in whatever
process. The driver here makes the few tiles above the blocks in the same way. Blocks are visited
depth first, so that it never holds more than three unfinished quarters a zoom: memory does not
grow with the map.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from mapmaker_tiles.block import Block, Patch, Placement, Unreadable, block_zoom, paint_block
from mapmaker_tiles.climb import Climb, Growth, Tile
from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.errors import TileError
from mapmaker_tiles.framing import Fit
from mapmaker_tiles.geometry import Pyramid

Spread = Callable[[Callable[[Block], Patch], Iterable[Block]], Iterable[Patch]]
"""Applies a top-level function to items, anywhere, and gives the results in the items' order."""


def map_in_order(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
    """The plainest `Spread`: one after the other, here."""
    return map(function, blocks)


def paint(
    pictures: Sequence[Path | None],
    cells: NDArray[np.integer],
    pyramid: Pyramid,
    encoding: Encoding,
    *,
    fit: Fit = "cover",
    spread: Spread = map_in_order,
    on_unreadable: Callable[[Unreadable], None] | None = None,
) -> Iterator[Tile]:
    """Paint pictures into their cells; yields every tile with a picture in it, once.

    pictures: image files; None leaves its cell empty.
    cells: (n, 2) integers, [column, row] of each picture; no two alike.
    spread: how the blocks are worked off, e.g. over processes; results must keep the order.
    on_unreadable: told once, here, of each picture that could not be decoded; its cell shows a
        grey cross.

    A block's tiles come together, deepest first; `tile_count` says how many there will be. Pixels
    beyond the map and in empty cells are transparent. Raises TileError for arguments that do not
    fit together, before any work.
    """
    cells = np.asarray(cells)
    _check(pictures, cells, pyramid, fit)
    occupant = _occupant(pictures, cells, pyramid)
    blocks = _blocks(pictures, occupant, pyramid, encoding, fit)
    patches = _Patches(iter(spread(paint_block, blocks)), occupant, pyramid, on_unreadable)
    return _tiles(Climb(pyramid, encoding, block_zoom(pyramid), patches.leaf))


def block_count(cells: NDArray[np.integer], pyramid: Pyramid) -> int:
    """How many blocks `spread` will be given for pictures at `cells` (n, 2)."""
    return int(_touched(cells, pyramid)[block_zoom(pyramid)].sum())


def tile_count(cells: NDArray[np.integer], pyramid: Pyramid) -> int:
    """How many tiles `paint` will yield for pictures at `cells` (n, 2)."""
    return sum(int(touched.sum()) for touched in _touched(cells, pyramid))


def _check(pictures: Sequence[Path | None], cells: NDArray[np.integer], pyramid: Pyramid, fit: Fit) -> None:
    if fit not in get_args(Fit):
        raise TileError(f"fit must be one of {', '.join(get_args(Fit))}, got {fit!r}")
    if cells.shape != (len(pictures), 2) or not np.issubdtype(cells.dtype, np.integer):
        raise TileError(
            f"cells must be integers of shape ({len(pictures)}, 2), one for each picture; "
            f"got {cells.dtype} of shape {cells.shape}"
        )
    _check_cells(cells, pyramid)
    numbers = cells[:, 1].astype(np.int64) * pyramid.columns + cells[:, 0]
    values, counts = np.unique(numbers, return_counts=True)
    if (counts > 1).any():
        row, column = divmod(int(values[counts.argmax()]), pyramid.columns)
        raise TileError(f"cell [{column}, {row}] is given to {counts.max()} pictures")


def _check_cells(cells: NDArray[np.integer], pyramid: Pyramid) -> None:
    outside = ((cells < 0) | (cells >= (pyramid.columns, pyramid.rows))).any(axis=1)
    if outside.any():
        column, row = cells[outside.argmax()].tolist()
        raise TileError(f"cell [{column}, {row}] is outside the map of {pyramid.columns} x {pyramid.rows} cells")


def _occupant(pictures: Sequence[Path | None], cells: NDArray[np.integer], pyramid: Pyramid) -> NDArray[np.int64]:
    """(rows, columns): index of the picture in each cell, -1 for none."""
    occupant = np.full((pyramid.rows, pyramid.columns), -1, np.int64)
    drawn = np.array([picture is not None for picture in pictures], dtype=bool)
    occupant[cells[drawn, 1], cells[drawn, 0]] = np.flatnonzero(drawn)
    return occupant


def _cells_of_tile(
    occupant: NDArray[np.int64], pyramid: Pyramid, zoom: int, tile: tuple[int, int]
) -> tuple[NDArray[np.int64], int, int]:
    """The part of `occupant` that a tile touches, with its first column and row."""
    left, top, right, bottom = pyramid.cells_in(pyramid.tile_box(zoom, *tile))
    return occupant[top:bottom, left:right], left, top


def _blocks(
    pictures: Sequence[Path | None],
    occupant: NDArray[np.int64],
    pyramid: Pyramid,
    encoding: Encoding,
    fit: Fit,
) -> Iterator[Block]:
    zoom = block_zoom(pyramid)
    for t_column, t_row in pyramid.depth_first(zoom):
        part, c_left, c_top = _cells_of_tile(occupant, pyramid, zoom, (t_column, t_row))
        placements = []
        for row, column in np.argwhere(part >= 0).tolist():
            index = int(part[row, column])
            file = pictures[index]
            assert file is not None  # _occupant leaves those out
            placements.append(Placement(index, file, c_left + column, c_top + row))
        if placements:
            yield Block(pyramid, encoding, fit, zoom, t_column, t_row, tuple(placements))


@dataclass(frozen=True)
class _Patches:
    """Leaves of the driver: the painted blocks, in the order in which they were asked for."""

    results: Iterator[Patch]
    occupant: NDArray[np.int64]
    pyramid: Pyramid
    on_unreadable: Callable[[Unreadable], None] | None
    reported: set[int] = field(default_factory=set)

    def leaf(self, column: int, row: int) -> Growth:
        """The block there, if any picture touches it."""
        zoom = block_zoom(self.pyramid)
        part, _, _ = _cells_of_tile(self.occupant, self.pyramid, zoom, (column, row))
        if not (part >= 0).any():
            return None
        patch = next(self.results, None)
        if patch is None or (patch.column, patch.row) != (column, row):
            raise TileError("spread lost a block or did not keep their order")
        self._report(patch)
        yield from patch.tiles
        return patch.quarter

    def _report(self, patch: Patch) -> None:
        # A picture on the border of two blocks fails in both.
        for failure in patch.unreadable:
            if failure.index not in self.reported:
                self.reported.add(failure.index)
                if self.on_unreadable is not None:
                    self.on_unreadable(failure)


def _tiles(climb: Climb) -> Iterator[Tile]:
    yield from climb.grow(0, 0, 0)


def _touched(cells: NDArray[np.integer], pyramid: Pyramid) -> list[NDArray[np.bool_]]:
    """For each zoom from 0, (down, across): whether a tile shows any of the cells."""
    cells = cells.astype(np.int64)
    _check_cells(cells, pyramid)
    across, down = pyramid.tiles(pyramid.max_zoom)
    corners = np.zeros((down + 1, across + 1), np.int64)
    size = np.array([pyramid.cell_width, pyramid.cell_height])
    left, top = (cells * size // pyramid.tile_size).T
    right, bottom = (((cells + 1) * size - 1) // pyramid.tile_size + 1).T
    # +1 where a cell's rectangle of tiles begins, -1 where it ends: the running sum counts cells.
    for rows, columns, step in (
        (top, left, 1),
        (top, right, -1),
        (bottom, left, -1),
        (bottom, right, 1),
    ):
        np.add.at(corners, (rows, columns), step)
    touched = [corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0]
    for _ in range(pyramid.max_zoom):
        rows, columns = touched[0].shape
        even = np.pad(touched[0], ((0, rows % 2), (0, columns % 2)))
        touched.insert(0, even[0::2, 0::2] | even[1::2, 0::2] | even[0::2, 1::2] | even[1::2, 1::2])
    return touched
