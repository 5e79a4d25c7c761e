"""Pictures for looking at how a map came about."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Grid

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

WIDTH = 640
"""Pixels across each of the three panels."""
HEIGHTS = (160, 1_280)
MARGIN = 24
ARROWS = 14
"""So many arrows stand side by side over the displacement."""
PAPER = (16, 16, 20)
INK = (226, 226, 230)
CORNERS = ((235, 190, 60), (225, 70, 110), (60, 170, 120), (70, 110, 235))
"""Colours of the layout's corners: top left, top right, bottom left, bottom right; in between they blend."""
STILL, FAR = (34, 34, 46), (255, 206, 120)
"""Colours of what did not move, and of what moved farthest."""

Pixels = NDArray[np.uint8]


def placement(targets: Floats, grid: Grid, aspect: float = 1.0) -> "Image.Image":
    """Return layout, grid, and displacement side by side, for (n, 2) targets in cell units.

    A poster has one colour in layout and grid, by where it fell; so what lies apart from its like in colour was moved
    far. The third panel tells how far, and its arrows where from. `aspect`: height / width of a cell.
    """
    from PIL import Image, ImageDraw

    height = int(np.clip(WIDTH * grid.rows * aspect / grid.columns, *HEIGHTS))
    colours = _blended(targets / np.maximum((grid.columns - 1, grid.rows - 1), 1))
    moved = np.sqrt(((targets - grid.cells) ** 2).sum(axis=1))
    heat = _between(STILL, FAR, moved / max(float(moved.max(initial=0)), 1e-9))
    panels = (
        ("layout", _scattered(targets, colours, grid, height)),
        (f"grid of {grid.columns} x {grid.rows}", _filled(colours, grid, height)),
        (
            f"displacement: half by at most {np.median(moved):.1f} cells, all by {moved.max():.1f}",
            _filled(heat, grid, height),
        ),
    )
    picture = Image.new("RGB", (3 * WIDTH + 4 * MARGIN, height + 3 * MARGIN), PAPER)
    draw = ImageDraw.Draw(picture)
    for place, (title, panel) in enumerate(panels):
        left = MARGIN + place * (WIDTH + MARGIN)
        picture.paste(Image.fromarray(panel), (left, 2 * MARGIN))
        draw.text((left, MARGIN // 2), title, fill=INK, font_size=15)
    _arrows(draw, targets, grid, (2 * WIDTH + 3 * MARGIN, 2 * MARGIN), height)
    return picture


def _blended(shares: NDArray[Any]) -> Pixels:
    """Return (n, 3) colours for places in the unit square."""
    x, y = np.clip(shares, 0, 1).T[:, :, None]
    corners = np.array(CORNERS, np.float64)
    top, bottom = corners[0] + (corners[1] - corners[0]) * x, corners[2] + (corners[3] - corners[2]) * x
    return np.asarray(top + (bottom - top) * y, np.uint8)


def _between(first: tuple[int, ...], last: tuple[int, ...], shares: NDArray[Any]) -> Pixels:
    return np.asarray(np.array(first) + np.subtract(last, first) * shares[:, None], np.uint8)


def _scattered(targets: Floats, colours: Pixels, grid: Grid, height: int) -> Pixels:
    """Return a panel with a dot for each target, the larger the fewer; those beyond the edge lie on it."""
    panel = np.full((height, WIDTH, 3), PAPER, np.uint8)
    size = int(np.clip(WIDTH / grid.columns / 2, 1, 6))
    x, y = _pixels(targets, grid, height)
    for right in range(size):
        for down in range(size):
            panel[np.minimum(y + down, height - 1), np.minimum(x + right, WIDTH - 1)] = colours
    return panel


def _filled(colours: Pixels, grid: Grid, height: int) -> Pixels:
    """Return a panel with each cell in its poster's colour; holes stay dark."""
    cells = np.full((grid.rows, grid.columns, 3), PAPER, np.uint8)
    cells[grid.cells[:, 1], grid.cells[:, 0]] = colours
    return cells[(np.arange(height) * grid.rows // height)[:, None], np.arange(WIDTH) * grid.columns // WIDTH]


def _pixels(places: NDArray[Any], grid: Grid, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    x = (places[:, 0] + 0.5) * (WIDTH / grid.columns)
    y = (places[:, 1] + 0.5) * (height / grid.rows)
    return x.astype(np.int64).clip(0, WIDTH - 1), y.astype(np.int64).clip(0, height - 1)


def _arrows(draw: "ImageDraw.ImageDraw", targets: Floats, grid: Grid, corner: tuple[int, int], height: int) -> None:
    """Draw, for each block of cells, a line from the mean target of those in it, and a dot at their mean cell."""
    side = WIDTH / ARROWS
    x, y = _pixels(grid.cells, grid, height)
    block = (y // side).astype(np.int64) * (ARROWS + 1) + (x // side).astype(np.int64)
    counts = np.bincount(block)
    held = np.flatnonzero(counts)
    ends = [
        np.stack([np.bincount(block, weights=places[:, axis])[held] / counts[held] for axis in (0, 1)], axis=1)
        for places in (targets, grid.cells)
    ]
    for start, end in zip(*(np.stack(_pixels(one, grid, height), axis=1) + corner for one in ends), strict=True):
        draw.line([*start.tolist(), *end.tolist()], fill=INK, width=1)
        draw.ellipse([*(end - 2).tolist(), *(end + 2).tolist()], fill=INK)
