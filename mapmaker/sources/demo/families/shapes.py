"""Families made of plain shapes: two tones and a runner, cut paper, big type, a spiral."""

from mapmaker.sources.demo.curves import Outline, spiral
from mapmaker.sources.demo.figures import faller, runner
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet


def two_tones(sheet: Sheet) -> None:
    """A sheet split corner to corner in two tones, somebody running along the seam."""
    inks = sheet.palette
    low, high = sheet.near(1.12, 0.02), sheet.near(0.12, 0.02)
    sheet.polygon([(-0.1, low), (1.1, high), (1.1, -0.1), (-0.1, -0.1)], inks.accent)
    for number in range(9):
        off, ink = sheet.near((number - 5.5) * 0.125, 0.02), (inks.second, inks.field)[number % 2]
        _shard(sheet, low + off, high + off, ink)
    runner(sheet, (0.49, sheet.near(0.69, 0.015)), sheet.near(0.92, 0.03), inks.figure)


def _shard(sheet: Sheet, low: float, high: float, ink: Color) -> None:
    """Draw a long thin splinter along the line from `low` on the left to `high` on the right."""
    start, end = sheet.near(0.12, 0.12), sheet.near(0.88, 0.12)
    slope = (high - low) / 1.2
    y0, y1 = low + slope * (start + 0.1), low + slope * (end + 0.1)
    sheet.polygon([(start, y0), (end, y1), (end - 0.12, y1 - 0.12 * slope + 0.022)], ink)


def cut_paper(sheet: Sheet) -> None:
    """A body in pieces, cut out of paper and laid on crooked slabs."""
    inks = sheet.palette
    _scrap(sheet, [(0.08, 0.08), (0.55, 0.06), (0.57, 1.1), (0.1, 1.12)], inks.accent)
    _scrap(sheet, [(0.5, 0.1), (0.93, 0.07), (0.91, 1.08), (0.52, 1.1)], inks.field)
    pieces: list[Outline] = [
        [(0.43, 0.16), (0.55, 0.14), (0.58, 0.29), (0.5, 0.34), (0.42, 0.29)],
        [(0.35, 0.38), (0.66, 0.37), (0.61, 0.75), (0.4, 0.74)],
        [(0.12, 0.26), (0.2, 0.24), (0.33, 0.42), (0.32, 0.53)],
        [(0.69, 0.4), (0.86, 0.56), (0.84, 0.78), (0.77, 0.77), (0.78, 0.6), (0.67, 0.5)],
        [(0.4, 0.78), (0.5, 0.78), (0.44, 1.06), (0.24, 1.05), (0.25, 0.99), (0.35, 0.98)],
        [(0.53, 0.78), (0.62, 0.79), (0.68, 1.0), (0.8, 1.02), (0.8, 1.08), (0.6, 1.07)],
    ]
    for piece in pieces:
        _scrap(sheet, piece, inks.figure)


def _scrap(sheet: Sheet, points: Outline, ink: Color) -> None:
    """Fill a polygon whose corners the scissors missed by a little."""
    sheet.polygon([(sheet.near(x, 0.012), sheet.near(y, 0.012)) for x, y in points], ink)


def big_type(sheet: Sheet) -> None:
    """Nothing but the title: the ground, and a rule above and below."""
    inks = sheet.palette
    sheet.box(0.07, 0.035, 0.93, 0.05, inks.accent)
    sheet.box(0.07, 1.33, 0.93, 1.345, inks.accent)


def spiral_fall(sheet: Sheet) -> None:
    """Somebody falling into a spiral."""
    inks = sheet.palette
    x, y = sheet.near(0.5, 0.012), sheet.near(0.64, 0.012)
    pitch, start = sheet.near(0.135, 0.006), sheet.rng.random()
    sheet.polygon(spiral(x, y, pitch, 8.5, start, 0.5), inks.figure)
    sheet.box(0, 1.16, 1, 1.5, inks.ground)
    sheet.disc(x, y, 0.16, inks.accent)
    faller(sheet, (x, y), sheet.near(0.27, 0.02), inks.ground, sheet.rng.uniform(-0.1, 0.1))
