"""Pictures and their cells -> tiles.

The map is cut into blocks, subtrees of the pyramid, which `paint_block` paints in whatever
process. The driver here makes the few tiles above the blocks in the same way. Blocks are visited
depth first, so that it never holds more than three unfinished quarters a zoom: memory grows with the
map by the keys of its tiles only.

With a store, only what it lacks is painted: tiles of other content than before, and those above them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from mapmaker_tiles.block import Block, Patch, Placement, Unreadable, block_zoom, paint_block
from mapmaker_tiles.climb import Climb, Growth, Tile, Wanted
from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.errors import TileError
from mapmaker_tiles.framing import Fit
from mapmaker_tiles.geometry import Pyramid
from mapmaker_tiles.keys import TileId, framing, tile_keys
from mapmaker_tiles.mips import most_bytes
from mapmaker_tiles.store import Store

Spread = Callable[[Callable[[Block], Patch], Iterable[Block]], Iterable[Patch]]
"""Applies a top-level function to items, anywhere, and gives the results in the items' order."""


FEW = 100
"""Tiles that are painted in threads: processes would take longer to start."""


def map_in_order(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
    """The plainest `Spread`: one after the other, here."""
    return map(function, blocks)


def _in_threads(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
    """For little work: decoding, scaling and encoding let other threads run."""
    with ThreadPoolExecutor() as pool:
        yield from pool.map(function, blocks)


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

    The same as `Painting(...).missing(...)` without a store; see there.
    """
    return Painting(pictures, cells, pyramid, encoding, fit).missing(spread=spread, on_unreadable=on_unreadable)


@dataclass(frozen=True, eq=False)
class Painting:
    """What is to be painted where.

    pictures: (n,) image files; None leaves its cell empty.
    cells: (n, 2) integers, [column, row] of each picture; no two alike.
    digests: (n,) of the content of the files, any text, by which a store knows what it has; not needed without one.

    Pixels beyond the map and in empty cells are transparent. Raises TileError for arguments that do not
    fit together.
    """

    pictures: Sequence[Path | None]
    cells: NDArray[np.integer]
    pyramid: Pyramid
    encoding: Encoding
    fit: Fit = "cover"
    digests: Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_placed(self.pictures, np.asarray(self.cells), self.pyramid, self.fit)
        if self.digests is not None and len(self.digests) != len(self.pictures):
            raise TileError(f"{len(self.digests)} digests for {len(self.pictures)} pictures")

    @cached_property
    def keys(self) -> Mapping[TileId, str]:
        """The key of every tile, by (zoom, column, row); a tile without a picture has none and is none."""
        digests = [str(picture) for picture in self.pictures] if self.digests is None else self.digests
        return tile_keys(digests, self._occupant, self.pyramid, self.encoding, self.fit)

    @property
    def framing(self) -> str:
        """What a cell's pixels, before they are encoded, come from but for its picture."""
        return framing(self.pyramid, self.fit)

    def lacking(self, store: Store) -> set[TileId]:
        """The tiles that `missing` would make: of which the store lacks tile, or mip, and all above them."""
        deepest = self.mip_zoom(store)
        return _with_all_above(
            {
                tile
                for tile, key in self.keys.items()
                if not store.has_tile(key) or (tile[0] <= deepest and not store.has_mip(key))
            }
        )

    def missing(
        self,
        store: Store | None = None,
        *,
        spread: Spread = map_in_order,
        on_unreadable: Callable[[Unreadable], None] | None = None,
    ) -> Iterator[Tile]:
        """Paint what `store` lacks, everything if it is None; yields each tile once, when it is in the store.

        spread: how the blocks are worked off, e.g. over processes; results must keep the order. The last FEW tiles that
            a store lacks are painted in threads instead.
        on_unreadable: told once, here, of each picture that could not be decoded; its cell shows a grey cross. Tiles
            that show one have no key, and are not put into the store.

        A block's tiles come together, deepest first. Raises OSError if the store cannot be written, TileError if the
        spread loses a block.
        """
        if store is not None and self.digests is None:
            raise TileError("a store needs digests, to know pictures by their content")
        wanted = Wanted(frozenset(self.keys)) if store is None else self._wanted(store)
        if store is not None and len(wanted.encoded) <= FEW:
            spread = _in_threads
        patches = _Patches(iter(spread(paint_block, self._blocks(wanted))), self, on_unreadable)
        climb = Climb(self.pyramid, self.encoding, wanted, block_zoom(self.pyramid), patches.leaf)
        for tile in climb.grow(0, 0, 0):
            place = tile.zoom, tile.column, tile.row
            done = replace(tile, key=None if place in patches.marked else self.keys[place])
            if store is not None and done.key is not None:
                if done.mip is not None:
                    store.put_mip(done.key, done.mip)
                store.put_tile(done.key, done.data)
            yield done
        if next(patches.results, None) is not None:  # only who is asked for more knows that its workers are free
            raise TileError("spread gave a block too many, or did not keep their order")

    @cached_property
    def _occupant(self) -> NDArray[np.int64]:
        """(rows, columns): index of the picture in each cell, -1 for none."""
        occupant = np.full((self.pyramid.rows, self.pyramid.columns), -1, np.int64)
        drawn = np.array([picture is not None for picture in self.pictures], dtype=bool)
        cells = np.asarray(self.cells)
        occupant[cells[drawn, 1], cells[drawn, 0]] = np.flatnonzero(drawn)
        return occupant

    def _wanted(self, store: Store) -> Wanted:
        encoded = self.lacking(store)
        passed: set[TileId] = set()
        mips: dict[TileId, Path] = {}
        asked = [child for tile in encoded for child in self._children(tile) if child not in encoded]
        while asked:
            tile = asked.pop()
            if store.has_mip(self.keys[tile]):
                mips[tile] = store.mip_path(self.keys[tile])
            else:
                passed.add(tile)
                asked += self._children(tile)
        return Wanted(encoded, passed, mips, self.mip_zoom(store))

    def _children(self, tile: TileId) -> list[TileId]:
        """The tiles below one that show a picture."""
        zoom, column, row = tile
        if zoom == self.pyramid.max_zoom:
            return []
        below = [(zoom + 1, *child) for child in self.pyramid.children(zoom, column, row)]
        return [child for child in below if child in self.keys]

    def tidy(self, store: Store) -> None:
        """Remove from `store` what this painting has no use for."""
        deepest = self.mip_zoom(store)
        mips = {key for (zoom, _, _), key in self.keys.items() if zoom <= deepest}
        store.keep_only(set(self.keys.values()), mips)

    def mip_zoom(self, store: Store) -> int:
        """Down to which zoom all mips together are no more than the store may hold; -1 for none."""
        zooms = self.pyramid.max_zoom + 1
        most = [most_bytes(self.pyramid.tile_size, deepest=zoom == zooms - 1) for zoom in range(zooms)]
        sizes = np.cumsum(np.bincount([zoom for zoom, _, _ in self.keys], minlength=zooms) * most)
        return int(np.count_nonzero(sizes <= store.most_mips)) - 1

    def _blocks(self, wanted: Wanted) -> Iterator[Block]:
        """The blocks with something to paint, depth first."""
        zoom = block_zoom(self.pyramid)
        parts = _by_block(wanted, zoom)
        for column, row in self.pyramid.depth_first(zoom):
            if (column, row) in parts:
                part = parts[column, row]
                yield Block(
                    self.pyramid, self.encoding, self.fit, zoom, column, row, tuple(self._placements(part)), part
                )

    def _placements(self, part: Wanted) -> Iterator[Placement]:
        """The pictures on the deepest tiles that are wanted."""
        shown = set()
        for zoom, column, row in (*part.encoded, *part.passed):
            if zoom == self.pyramid.max_zoom:
                left, top, right, bottom = self.pyramid.cells_in(self.pyramid.tile_box(zoom, column, row))
                inside = self._occupant[top:bottom, left:right]
                shown.update(inside[inside >= 0].tolist())
        for index in sorted(shown):
            file = self.pictures[index]
            assert file is not None  # _occupant leaves those out
            yield Placement(index, file, *self.cells[index].tolist())


def _with_all_above(tiles: set[TileId]) -> set[TileId]:
    """The tiles, and their parents, up to zoom 0."""
    everything, level = set(tiles), tiles
    while level:
        level = {(zoom - 1, column // 2, row // 2) for zoom, column, row in level if zoom}
        level -= everything
        everything |= level
    return everything


def _by_block(wanted: Wanted, block: int) -> dict[tuple[int, int], Wanted]:
    """What is wanted of each block, by the block's [column, row] at zoom `block`."""
    parts: dict[tuple[int, int], tuple[set[TileId], set[TileId], dict[TileId, Path]]] = {}

    def part(tile: TileId) -> tuple[set[TileId], set[TileId], dict[TileId, Path]]:
        zoom, column, row = tile
        down = zoom - block
        return parts.setdefault((column >> down, row >> down), (set(), set(), {}))

    for tile in wanted.encoded:
        if tile[0] >= block:
            part(tile)[0].add(tile)
    for tile in wanted.passed:
        if tile[0] >= block:
            part(tile)[1].add(tile)
    for tile, path in wanted.mips.items():
        if tile[0] > block:
            part(tile)[2][tile] = path
    return {place: Wanted(*sets, wanted.mip_zoom) for place, sets in parts.items()}


def block_count(cells: NDArray[np.integer], pyramid: Pyramid) -> int:
    """How many blocks `spread` will be given for pictures at `cells` (n, 2), without a store."""
    return int(touched_tiles(cells, pyramid)[block_zoom(pyramid)].sum())


def tile_count(cells: NDArray[np.integer], pyramid: Pyramid) -> int:
    """How many tiles `paint` will yield for pictures at `cells` (n, 2)."""
    return sum(int(touched.sum()) for touched in touched_tiles(cells, pyramid))


def check_placed(pictures: Sequence[Path | None], cells: NDArray[np.integer], pyramid: Pyramid, fit: Fit) -> None:
    """Raise TileError unless the pictures have cells of their own on the pyramid's map."""
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


@dataclass(frozen=True)
class _Patches:
    """Leaves of the driver: the painted blocks, in the order in which they were asked for."""

    results: Iterator[Patch]
    painting: Painting
    on_unreadable: Callable[[Unreadable], None] | None
    reported: set[int] = field(default_factory=set)
    marked: set[TileId] = field(default_factory=set)
    """Tiles that show the cross of a picture that could not be read."""

    def leaf(self, column: int, row: int) -> Growth:
        """The block there."""
        patch = next(self.results, None)
        if patch is None or (patch.column, patch.row) != (column, row):
            raise TileError("spread lost a block or did not keep their order")
        for failure in patch.unreadable:
            self._report(failure)
        yield from patch.tiles
        return patch.quarter

    def _report(self, failure: Unreadable) -> None:
        # A picture on the border of two blocks fails in both.
        if failure.index in self.reported:
            return
        self.reported.add(failure.index)
        cell = np.asarray(self.painting.cells)[failure.index]
        for zoom, touched in enumerate(touched_tiles(cell[None], self.painting.pyramid)):
            self.marked.update((zoom, int(column), int(row)) for row, column in np.argwhere(touched))
        if self.on_unreadable is not None:
            self.on_unreadable(failure)


def touched_tiles(cells: NDArray[np.integer], pyramid: Pyramid) -> list[NDArray[np.bool_]]:
    """For each zoom from 0, (down, across): whether a tile shows any of the cells."""
    cells = cells.astype(np.int64)
    _check_cells(cells, pyramid)
    across, down = pyramid.tiles(pyramid.max_zoom)
    corners = np.zeros((down + 1, across + 1), np.int64)
    size = np.array([pyramid.cell_width, pyramid.cell_height])
    left, top = ((pyramid.margin + cells * size) // pyramid.tile_size).T
    right, bottom = ((pyramid.margin + (cells + 1) * size - 1) // pyramid.tile_size + 1).T
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
