"""Words such as "A0", "60x90cm", "10mm", "0,0,20,30" -> the page in pixels and points, and the cells to go on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mapmaker.errors import OptionError
from mapmaker.finished import FinishedMap
from mapmaker.model import Ints

Size = tuple[float, float]
INCH = 25.4
"""Millimetres."""
POINT = INCH / 72
MILLIMETRES: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "in": INCH}
PAPERS: Mapping[str, Size] = {
    "A0": (841.0, 1189.0),
    "A1": (594.0, 841.0),
    "A2": (420.0, 594.0),
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
}
"""Width and height in millimetres, upright (ISO 216)."""
MOST_SIDE = 1_000_000
"""Pixels along a side: libpng, with which most programs read PNG, refuses more."""
DPI = range(1, 2401)
GAP = 2
"""Columns or rows from one poster of a cluster to the next of the same part: one of others may stand between them."""

_NUMBER = r"(\d+(?:\.\d+)?)"
_SIZE = re.compile(rf"{_NUMBER}\s*x\s*{_NUMBER}\s*(mm|cm|in|px)", re.IGNORECASE)
_LENGTH = re.compile(rf"{_NUMBER}\s*(mm|cm|in|px|%)", re.IGNORECASE)
_CELLS = re.compile(r"\s*,\s*".join([r"(\d+)"] * 4))


@dataclass(frozen=True)
class Region:
    """A box of cells: its first column and row, how many there are across and down, the slug of whose box it is."""

    column: int
    row: int
    across: int
    down: int
    cluster: str = ""


@dataclass(frozen=True)
class Page:
    """A sheet of paper: pixels, the same at `dpi` in points, and the pixels that are left free on all sides."""

    width: int
    height: int
    points: Size
    dpi: int
    margin: int

    @property
    def inner(self) -> tuple[int, int]:
        """Pixels across and down within the margin."""
        return self.width - 2 * self.margin, self.height - 2 * self.margin


def read_region(text: str, found: FinishedMap) -> Region:
    """Return the cells that `text` names, the whole map for "". OptionError for what is not on the map.

    "C0,R0,C1,R1": first column, first row, last column, last row, counted from 0, all of them included.
    "cluster:SLUG": the smallest box that holds the `largest_part` of the cluster.
    """
    columns, rows = found.arrangement.columns, found.arrangement.rows
    kind, colon, slug = text.strip().partition(":")
    if not text.strip():
        return Region(0, 0, columns, rows)
    if colon and kind == "cluster":
        cluster = found.cluster(slug.strip())
        cells = largest_part(found.arrangement.cells[cluster.members])
        (left, top), (right, bottom) = cells.min(axis=0).tolist(), cells.max(axis=0).tolist()
        return Region(left, top, right - left + 1, bottom - top + 1, cluster.slug)
    numbers = _CELLS.fullmatch(text.strip())
    if numbers is None:
        raise OptionError(f"region = {text!r} is neither C0,R0,C1,R1 (first and last column and row) nor cluster:SLUG")
    left, top, right, bottom = map(int, numbers.groups())
    if left > right or top > bottom:
        raise OptionError(
            f"region = {text!r} ends before it begins: it is first column, first row, last column, last row"
        )
    if right >= columns or bottom >= rows:
        raise OptionError(
            f"region = {text!r} is outside of the map, whose columns are 0 to {columns - 1}, its rows 0 to {rows - 1}"
        )
    return Region(left, top, right - left + 1, bottom - top + 1)


def largest_part(cells: Ints) -> Ints:
    """Return those of (m, 2) cells that make up the largest part, of like ones the first: at most `GAP` apart in steps.

    The box around all of a cluster shows others: on maps of 5,000 real posters half of the clusters fill less than 2 %
    of it, for single members are far away. The largest part holds seven in ten, and fills half of its box.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    beside = cKDTree(cells).query_pairs(GAP + 0.5, p=np.inf, output_type="ndarray")
    graph = coo_array((np.ones(len(beside)), beside.T), shape=(len(cells), len(cells)))
    _, part = connected_components(graph, directed=False)
    largest: Ints = cells[part == np.bincount(part).argmax()]
    return largest


def read_page(size: str, dpi: int, margin: str, proportion: float) -> Page:
    """Return the page of that size. `proportion`, width / height of what goes on it, turns paper that has a name.

    OptionError for what is no size, or more than a file can hold.
    """
    if dpi not in DPI:
        raise OptionError(f"dpi = {dpi} is not between {DPI[0]} and {DPI[-1]}")
    across, down = _millimetres(size, dpi, proportion)
    width, height = (round(length / INCH * dpi) for length in (across, down))
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise OptionError(
            f"size = {size!r} at {dpi} dpi is {width:,} x {height:,} pixels; a side may have 1 to {MOST_SIDE:,}"
        )
    free = _free(margin, dpi, min(width, height))
    if 2 * free >= min(width, height):
        raise OptionError(f"margin = {margin!r} leaves nothing of a page of {width:,} x {height:,} pixels")
    return Page(width, height, (across / POINT, down / POINT), dpi, free)


def _millimetres(size: str, dpi: int, proportion: float) -> Size:
    paper = PAPERS.get(size.strip().upper())
    if paper is not None:
        return paper[::-1] if _fill(paper[::-1], proportion) > _fill(paper, proportion) else paper
    sides = _SIZE.fullmatch(size.strip())
    if sides is None:
        raise OptionError(
            f"size = {size!r} is neither one of {', '.join(PAPERS)} nor like 600x900mm, 60x90cm, 24x36in, 800x600px"
        )
    unit = sides[3].lower()
    scale = INCH / dpi if unit == "px" else MILLIMETRES[unit]
    return float(sides[1]) * scale, float(sides[2]) * scale


def _fill(paper: Size, proportion: float) -> float:
    """Return how wide something of that proportion can be on the paper."""
    return min(paper[0], paper[1] * proportion)


def _free(margin: str, dpi: int, shorter: int) -> int:
    length = _LENGTH.fullmatch(margin.strip())
    if length is None and margin.strip() != "0":
        raise OptionError(
            f"margin = {margin!r} is no length, such as 10mm, 1cm, 0.5in, 60px, or 2% of the shorter side"
        )
    if length is None:
        return 0
    number, unit = float(length[1]), length[2].lower()
    if unit in MILLIMETRES:
        return round(number * MILLIMETRES[unit] / INCH * dpi)
    return round(number if unit == "px" else number / 100 * shorter)
