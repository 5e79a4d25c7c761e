"""Families made of places: a vast horizon, a street between legs, a house, an open road."""

from mapmaker.sources.demo.curves import Outline, placed, polar, smooth
from mapmaker.sources.demo.figures import bare_tree, car_from_behind, person
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet


def horizon(sheet: Sheet) -> None:
    """Somebody tiny before a vast horizon and a setting sun."""
    inks = sheet.palette
    level, x = sheet.near(1.05, 0.025), sheet.near(0.52, 0.04)
    sheet.fade(0, level, inks.ground, inks.field)
    radius = sheet.near(0.3, 0.025)
    sun = [polar(x, level - 0.06, radius, step / 90) for step in range(90)]
    sheet.polygon(sun, inks.accent)
    with sheet.within(sun):
        for stripe in range(4):
            y = level - 0.05 - 0.055 * stripe
            sheet.box(0, y, 1, y + 0.02 - 0.004 * stripe, inks.field)
    sheet.box(0, level, 1, 1.5, inks.figure)
    for ripple in range(6):
        y, half = level + 0.04 + 0.04 * ripple, radius * sheet.near(0.9 - 0.13 * ripple, 0.06)
        sheet.box(x - half, y, x + half, y + 0.009, inks.accent)
    person(sheet, (sheet.near(x, 0.03), level + 0.012), sheet.near(0.135, 0.015), inks.figure)


def legs(sheet: Sheet) -> None:
    """A street seen between somebody's legs."""
    inks = sheet.palette
    level, x = sheet.near(0.86, 0.02), sheet.near(0.5, 0.015)
    sheet.fade(0, level, inks.ground, inks.field)
    sheet.disc(x, level - 0.14, sheet.near(0.15, 0.015), inks.accent)
    _street(sheet, x, level)
    person(sheet, (x, sheet.near(1.05, 0.015)), sheet.near(0.27, 0.02), inks.figure)
    for side in (-1, 1):
        _leg(sheet, x, x + side * sheet.near(0.37, 0.012), side)
    sheet.box(0, 1.165, 1, 1.5, inks.figure)


def _leg(sheet: Sheet, x: float, foot: float, side: int) -> None:
    """Draw a trouser leg that hangs from the middle of the sheet's top, and its boot."""
    ink = sheet.palette.figure
    leg = [(x, 0.14), (x, -0.1), (x + side * 0.3, -0.1), (foot + side * 0.1, 1.06)]
    sheet.polygon([*leg, (foot - side * 0.075, 1.06)], ink)
    boot = [(-0.06, 1.04), (0.085, 1.04), (0.1, 1.1), (0.17, 1.14), (0.18, 1.17), (-0.075, 1.17)]
    sheet.polygon([(foot + side * off, y) for off, y in boot], ink)


def _street(sheet: Sheet, x: float, level: float) -> None:
    """Draw houses on both sides of a street that runs to (x, level)."""
    inks = sheet.palette
    sheet.box(0, level, 1, 1.5, inks.second)
    sheet.polygon([(x - 0.02, level), (x + 0.02, level), (x + 0.5, 1.5), (x - 0.5, 1.5)], inks.ground)
    for side in (-1, 1):
        for off, ink in ((0.07, inks.field), (0.16, inks.second), (0.27, inks.field)):
            roof = level - off * sheet.near(1.25, 0.25)
            sheet.box(x + side * off, roof, x + side * 0.6, level + off * 0.42, ink)


def house_on_a_hill(sheet: Sheet) -> None:
    """A lone house on a hill under a large moon."""
    inks = sheet.palette
    top, x = sheet.near(0.93, 0.02), sheet.near(0.44, 0.02)
    sheet.fade(0, 1.1, inks.ground, inks.field)
    for _ in range(30):
        sheet.disc(sheet.rng.random(), sheet.rng.uniform(0, 0.7), 0.004, inks.figure)
    sheet.disc(sheet.near(0.56, 0.02), sheet.near(0.56, 0.02), sheet.near(0.31, 0.015), inks.accent)
    back = [(-0.1, 1.2), (0.2, 1.12), (0.7, 1.0), (1.1, 1.05), (1.1, 1.6), (-0.1, 1.6)]
    sheet.polygon(back, inks.second)
    hill = [(-0.2, 1.22), (0.1, top + 0.09), (x, top), (0.7, top + 0.1), (1.2, 1.25)]
    sheet.polygon([*smooth(hill, closed=False), (1.2, 1.6), (-0.2, 1.6)], inks.figure)
    _house(sheet, x, top + 0.01, sheet.near(0.2, 0.015))
    bare_tree(sheet, (x + 0.24, top + 0.05), sheet.near(0.3, 0.03), inks.figure, 0.02)


_HOUSE: Outline = [
    (-0.5, 0.1), (-0.5, -0.8), (-0.62, -0.8), (0.0, -1.5), (0.2, -1.28), (0.2, -1.5), (0.36, -1.5), (0.36, -1.1),
    (0.62, -0.8), (0.5, -0.8), (0.5, 0.1),
]  # fmt: skip
_PANE: Outline = [(0.0, 0.0), (0.22, 0.0), (0.22, 0.22), (0.0, 0.22)]


def _house(sheet: Sheet, x: float, y: float, width: float) -> None:
    """Draw a gabled house with a chimney; one window is lit."""
    inks = sheet.palette
    sheet.polygon(placed(_HOUSE, x, y, width), inks.figure)
    panes = [(-0.31, -0.72), (0.09, -0.72), (-0.31, -0.36), (0.09, -0.36)]
    lit = sheet.rng.choice(panes)
    for pane in panes:
        corner = placed([pane], x, y, width)[0]
        sheet.polygon(placed(_PANE, *corner, width), inks.accent if pane == lit else inks.second)


def open_road(sheet: Sheet) -> None:
    """A car on a road that runs to the vanishing point between mountains."""
    inks = sheet.palette
    level, x = sheet.near(0.76, 0.02), sheet.near(0.5, 0.02)
    sheet.fade(0, level, inks.ground, inks.field)
    _mountains(sheet, level, x, inks.second)
    sheet.box(0, level, 1, 1.5, inks.accent)
    sheet.polygon([(x - 0.012, level), (x + 0.012, level), (1.12, 1.5), (-0.12, 1.5)], inks.figure)
    for dash in range(6):
        far = 0.02 * 1.75**dash
        line: Outline = [(-0.028, 1.0), (0.028, 1.0), (0.042, 1.55), (-0.042, 1.55)]
        sheet.polygon(placed(line, x, level, far), inks.ground)
    paint = (inks.accent, inks.ground, inks.lightest)
    car_from_behind(sheet, (x, sheet.near(1.19, 0.015)), sheet.near(0.34, 0.015), paint)


def _mountains(sheet: Sheet, level: float, x: float, ink: Color) -> None:
    """Draw two ranges that leave a pass at (x, level)."""
    for side in (-1, 1):
        peak = sheet.near(-0.24, 0.03)
        ridge = [(0, 0), (0.12, -0.07), (0.22, -0.05), (0.36, peak), (0.45, -0.15), (0.58, -0.27), (0.58, 0)]
        sheet.polygon([(x + side * across, level + up) for across, up in ridge], ink)
