"""Regions and posters of a map -> how they are called, where links to them lead, where drawings mark them."""

import math
from dataclasses import dataclass

from mapmaker.appraisal import Blocks, Region
from mapmaker.stages.compose.catalog import Catalog
from mapmaker_site.pages import MAP
from mapmaker_site.quality import Item, Mark

WINDOW = 900
"""Pixels that a region and what is around it are to fill, on the map."""


@dataclass(frozen=True)
class Places:
    """The map of `catalog`, of so many `columns` and `rows`."""

    catalog: Catalog
    columns: int
    rows: int

    def extent(self, blocks: Blocks) -> tuple[float, float, float]:
        """Return how many blocks the map is wide and high, and how much higher than wide a block is."""
        width, height = self.catalog.tiles.cell
        return self.columns / blocks.side, self.rows / blocks.side, height / width

    def link(self, region: Region) -> Item:
        """Return a link to a region: its cells, counted from 1, in the middle of the window."""
        across, down = self._size(region)
        tiles = self.catalog.tiles
        zoom = tiles.max_zoom - math.log2(tiles.cell[0] * 3 * region.side / WINDOW)
        x, y = region.column + across / 2, region.row + down / 2
        columns, rows = _range("column", region.column, across), _range("row", region.row, down)
        return Item(f"{columns}, {rows}", f"{MAP}#{min(max(zoom, 0), tiles.max_zoom):.2f}/{x:.1f}/{y:.1f}")

    def mark(self, region: Region, label: str) -> Mark:
        """Return a mark over a region."""
        across, down = self._size(region)
        return Mark((region.column + across / 2) / region.side, (region.row + down / 2) / region.side, label)

    def poster(self, poster: int) -> Item:
        """Return a link to a poster, by its title."""
        row = self.catalog.rows[poster]
        title = self.catalog.metadata.title[row].strip() or "Untitled"
        return Item(title, f"{MAP}#{self.catalog.images.id[row]}", given=True)

    def _size(self, region: Region) -> tuple[int, int]:
        """Return how many cells a region has across and down: less at the right and below."""
        return min(region.side, self.columns - region.column), min(region.side, self.rows - region.row)


def _range(name: str, first: int, count: int) -> str:
    return f"{name} {first + 1}" if count == 1 else f"{name}s {first + 1} to {first + count}"
