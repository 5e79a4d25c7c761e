"""Cells of a map and a page -> each poster's box on it: as large as the page takes, in the middle, in whole pixels."""

import numpy as np

from mapmaker.errors import OptionError
from mapmaker.export.bands import Placed, Sheet
from mapmaker.export.page import Page, Region
from mapmaker.finished import FinishedMap
from mapmaker.lettering import Color, Line
from mapmaker_tiles import Fit

TITLE = 0.035
"""Height of the title's line, as a share of the page's shorter side."""
_HEAD = 1.5
"""Of the line and what is left free below it, in lines."""


def lay(found: FinishedMap, region: Region, page: Page, title: Line | None, ground: Color, fit: Fit) -> Sheet:
    """Return the page with the region's posters. OptionError if there are none, or the page is too small for them.

    Neighbours always touch: where the page does not divide evenly, cells differ by a pixel.
    """
    across, down = page.inner
    line = round(min(page.width, page.height) * TITLE) if title is not None else 0
    head = round(line * _HEAD)
    pitch = min(across / region.across, (down - head) / (region.down * found.aspect))
    if min(pitch, pitch * found.aspect) < 1:
        cells = f"{region.across} x {region.down} cells"
        raise OptionError(
            f"{cells} do not fit {page.width:,} x {page.height:,} pixels; give a larger size, or more dpi"
        )
    left = page.margin + (across - round(region.across * pitch)) // 2
    top = page.margin + head + (down - head - round(region.down * pitch * found.aspect)) // 2
    xs = [left + round(column * pitch) for column in range(region.across + 1)]
    ys = [top + round(row * pitch * found.aspect) for row in range(region.down + 1)]
    rows: list[list[Placed]] = [[] for _ in range(region.down)]
    for selected, (column, row) in inside(found, region):
        box = xs[column], ys[row], xs[column + 1], ys[row + 1]
        rows[row].append(Placed(found.original(selected), box))
    if not any(rows):
        raise OptionError("the region holds no poster, only free cells; give another")
    place = (page.margin, top - head, page.width - page.margin, top - head + line)
    heading = (title, place) if title is not None and line else None
    return Sheet(page.width, page.height, ground, fit, [row for row in rows if row], heading)


def inside(found: FinishedMap, region: Region) -> list[tuple[int, tuple[int, int]]]:
    """Return the selected rows on the region's cells, and where in the region each is, in the order of the cells."""
    cells = found.arrangement.cells - np.array([region.column, region.row])
    inside = ((cells >= 0) & (cells < (region.across, region.down))).all(axis=1)
    selected = np.flatnonzero(inside)
    order = selected[np.lexsort((cells[selected, 0], cells[selected, 1]))]
    return [(index, (column, row)) for index, (column, row) in zip(order.tolist(), cells[order].tolist(), strict=True)]
