"""Columns, rows and a cell's size -> the pyramid's zooms, tiles and boxes.

The planes, and the letters their coordinates carry here:

    c   cell: [column, row] of the grid
    p   pixel at the deepest zoom, y downwards
    z   pixel at some zoom: p / 2 ** (max_zoom - zoom)
    t   tile at some zoom: z / tile_size

Boxes are (left, top, right, bottom), right and bottom outside. All of it is integer.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

from mapmaker_tiles.errors import TileError

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Pyramid:
    """A grid of equal cells, as tiles at zooms 0 to max_zoom; each zoom halves the next deeper one.

    columns, rows: cells across and down.
    cell_width, cell_height: pixels of a cell at the deepest zoom; see `cell_size`.
    tile_size: pixels along a tile's side; even, so that four children make one parent.
    gap: pixels between neighbouring pictures at the deepest zoom, taken from the cells.
    margin: pixels around all cells at the deepest zoom, added to the map; with those of `whole_margin`, cells are
        whole pixels wherever their size is. One of many tiles takes time, though none of them is painted.
    """

    columns: int
    rows: int
    cell_width: int
    cell_height: int
    tile_size: int = 512
    gap: int = 0
    margin: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = getattr(self, field.name), 0 if field.name in ("gap", "margin") else 1
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise TileError(f"{field.name} must be a whole number of at least {least}, got {value!r}")
        if self.gap >= min(self.cell_width, self.cell_height):
            raise TileError(f"a gap of {self.gap} leaves nothing of a cell of {self.cell_width} x {self.cell_height}")
        if self.tile_size % 2:
            raise TileError(f"tile_size must be even, got {self.tile_size}")

    @cached_property
    def max_zoom(self) -> int:
        """The deepest zoom: as many halvings as it takes until the whole map fits one tile."""
        return (_ceil_div(max(self._p_size), self.tile_size) - 1).bit_length()

    @cached_property
    def _p_size(self) -> tuple[int, int]:
        """(width, height) of the map in pixels of the deepest zoom."""
        return (
            self.columns * self.cell_width + 2 * self.margin,
            self.rows * self.cell_height + 2 * self.margin,
        )

    def shrink(self, zoom: int) -> int:
        """Pixels of the deepest zoom along one pixel of `zoom`."""
        if not 0 <= zoom <= self.max_zoom:
            raise TileError(f"zoom must be 0 to {self.max_zoom}, got {zoom}")
        return 1 << (self.max_zoom - zoom)

    def size(self, zoom: int) -> tuple[int, int]:
        """(width, height) of the map in pixels of `zoom`, the last one begun included."""
        p_width, p_height = self._p_size
        return _ceil_div(p_width, self.shrink(zoom)), _ceil_div(p_height, self.shrink(zoom))

    def tiles(self, zoom: int) -> tuple[int, int]:
        """(across, down): tiles at `zoom`, empty ones included."""
        z_width, z_height = self.size(zoom)
        return _ceil_div(z_width, self.tile_size), _ceil_div(z_height, self.tile_size)

    def cell_box(self, c_column: int, c_row: int) -> Box:
        """The cell's pixels at the deepest zoom."""
        p_left, p_top = self.margin + c_column * self.cell_width, self.margin + c_row * self.cell_height
        return p_left, p_top, p_left + self.cell_width, p_top + self.cell_height

    def picture_box(self, c_column: int, c_row: int) -> Box:
        """The pixels of the deepest zoom that a cell's picture fills: the gap is left free, half on each side."""
        left, top, right, bottom = self.cell_box(c_column, c_row)
        before = self.gap // 2
        return left + before, top + before, right - self.gap + before, bottom - self.gap + before

    def tile_box(self, zoom: int, t_column: int, t_row: int) -> Box:
        """The pixels of the deepest zoom that a tile shows, those beyond the map left out."""
        side = self.tile_size * self.shrink(zoom)
        p_width, p_height = self._p_size
        p_left, p_top = t_column * side, t_row * side
        return p_left, p_top, min(p_left + side, p_width), min(p_top + side, p_height)

    def cells_in(self, p_box: Box) -> Box:
        """The box of cells that a box of pixels at the deepest zoom touches; an empty one within the margin."""
        p_left, p_top, p_right, p_bottom = p_box
        left = max(0, (p_left - self.margin) // self.cell_width)
        top = max(0, (p_top - self.margin) // self.cell_height)
        right = _ceil_div(p_right - self.margin, self.cell_width)
        bottom = _ceil_div(p_bottom - self.margin, self.cell_height)
        return left, top, max(left, min(self.columns, right)), max(top, min(self.rows, bottom))

    def children(self, zoom: int, t_column: int, t_row: int) -> Iterator[tuple[int, int]]:
        """Tiles at `zoom + 1` that make this one: up to four, row by row."""
        across, down = self.tiles(zoom + 1)
        for row in range(2 * t_row, min(2 * t_row + 2, down)):
            for column in range(2 * t_column, min(2 * t_column + 2, across)):
                yield column, row

    def depth_first(self, zoom: int) -> Iterator[tuple[int, int]]:
        """All tiles of `zoom`, so that those below any one tile follow one another."""
        if zoom == 0:
            yield 0, 0
            return
        for t_column, t_row in self.depth_first(zoom - 1):
            yield from self.children(zoom - 1, t_column, t_row)


def cell_size(width: int, aspect: float) -> tuple[int, int]:
    """(cell_width, cell_height) for cells about `width` pixels wide, height / width near `aspect`.

    The width is m * 2**j with m of 4 to 7, the height n * 2**j with the same j: the cell is an
    integer number of pixels at every zoom where it is at least 4 pixels wide. Of the widths from
    0.8 * width up to width (one or two) the one that comes closest to the aspect is taken, the
    wider if they are equal. What remains is at most about half of 1 / n: cells of 4 x n units can be
    1.5 times as high (6), not 1.45; a poster fitted by "cover" loses that sliver. Below 4 pixels nothing
    is promised: the width is taken as it is.

    Raises TileError unless width >= 1 and aspect is finite and above 0.
    """
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise TileError(f"width must be a whole number of at least 1, got {width!r}")
    if not (math.isfinite(aspect) and aspect > 0):
        raise TileError(f"aspect must be a finite number above 0, got {aspect!r}")
    if width < 4:
        return width, max(1, round(width * aspect))
    sizes = [
        (m * unit, n * unit)
        for unit in (1 << j for j in range(width.bit_length()))
        for m in range(4, 8)
        if 0.8 * width <= m * unit <= width
        for n in {max(1, math.floor(m * aspect)), math.ceil(m * aspect)}
    ]
    return min(sizes, key=lambda size: (abs(math.log(size[1] / size[0] / aspect)), -size[0]))


def whole_margin(least: int, cell_width: int, cell_height: int) -> int:
    """The narrowest margin of at least `least` pixels with which cells 4 or more wide begin at whole pixels.

    Raises TileError unless `least` is a whole number of at least 0.
    """
    if isinstance(least, bool) or not isinstance(least, int) or least < 0:
        raise TileError(f"a margin must be a whole number of at least 0, got {least!r}")
    step = 1
    while cell_width % (2 * step) == cell_height % (2 * step) == 0 and cell_width // (2 * step) >= 4:
        step *= 2
    return _ceil_div(least, step) * step


def _ceil_div(amount: int, by: int) -> int:
    return -(-amount // by)
