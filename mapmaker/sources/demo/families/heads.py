"""Families made of whole heads: a ring of them, and one with a city at night inside."""

from mapmaker.sources.demo.curves import Outline, Point, lens, placed, polar, smooth
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet


def ring_of_heads(sheet: Sheet) -> None:
    """Nine heads in a circle about the title."""
    x, y, radius = 0.5, sheet.near(0.69, 0.012), sheet.near(0.355, 0.008)
    start = sheet.near(0.0, 0.008)
    for number in range(9):
        _medallion(sheet, *polar(x, y, radius, start + number / 9), 0.118)


def _medallion(sheet: Sheet, x: float, y: float, radius: float) -> None:
    """Draw a head and shoulders in a disc: bald, bobbed, hatted or with a bun."""
    inks = sheet.palette
    bright = inks.figure == inks.lightest
    skin = inks.ramp[sheet.rng.choice((2, 3) if bright else (3, 4))]
    coat = inks.ramp[sheet.rng.choice((0, 1) if bright else (1, 2))]
    disc = [polar(x, y, radius, step / 48) for step in range(48)]
    with sheet.within(disc):
        sheet.polygon(disc, inks.figure)
        sheet.oval(x, y + radius, radius * 0.72, radius * 0.5, coat)
        sheet.box(x - radius * 0.15, y, x + radius * 0.15, y + radius * 0.6, skin)
        sheet.rng.choice(_FASHIONS)(sheet, (x, y), radius, skin, coat)
        for side in (-1, 1):
            sheet.disc(x + side * radius * 0.14, y - radius * 0.1, radius * 0.045, inks.darkest)


def _bald(sheet: Sheet, at: Point, unit: float, skin: Color, _: Color) -> None:
    sheet.oval(at[0], at[1] - unit * 0.12, unit * 0.37, unit * 0.46, skin)


def _bobbed(sheet: Sheet, at: Point, unit: float, skin: Color, hair: Color) -> None:
    x, y = at
    sheet.oval(x, y - unit * 0.1, unit * 0.5, unit * 0.58, hair)
    _bald(sheet, at, unit, skin, hair)
    sheet.polygon(lens(x, y - unit * 0.36, unit * 0.38, unit * 0.3, 0.0), hair)


def _bunned(sheet: Sheet, at: Point, unit: float, skin: Color, hair: Color) -> None:
    x, y = at
    sheet.disc(x, y - unit * 0.72, unit * 0.2, hair)
    _bald(sheet, at, unit, skin, hair)
    sheet.polygon(lens(x, y - unit * 0.34, unit * 0.38, unit * 0.32, 0.0), hair)


def _hatted(sheet: Sheet, at: Point, unit: float, skin: Color, hat: Color) -> None:
    x, y = at
    _bald(sheet, at, unit, skin, hat)
    sheet.box(x - unit * 0.62, y - unit * 0.42, x + unit * 0.62, y - unit * 0.3, hat)
    sheet.box(x - unit * 0.36, y - unit * 0.82, x + unit * 0.36, y - unit * 0.4, hat)


_FASHIONS = (_bald, _bobbed, _bunned, _hatted)

_PROFILE: Outline = [
    (-0.27, 0.52), (-0.26, 0.40), (-0.34, 0.20), (-0.42, -0.05), (-0.40, -0.30), (-0.27, -0.48),
    (-0.05, -0.55), (0.16, -0.49), (0.27, -0.34), (0.285, -0.21), (0.275, -0.15), (0.32, -0.05),
    (0.39, 0.06), (0.375, 0.095), (0.31, 0.105), (0.305, 0.14), (0.345, 0.175), (0.315, 0.21),
    (0.335, 0.245), (0.305, 0.285), (0.315, 0.345), (0.27, 0.40), (0.12, 0.40),
    (0.06, 0.45), (0.07, 0.52),
]  # fmt: skip
_SHOULDERS: Outline = [
    (0.3, 0.55), (0.45, 0.61), (0.6, 0.8), (-0.7, 0.8), (-0.56, 0.62), (-0.4, 0.56),
]  # fmt: skip


def night_in_a_head(sheet: Sheet) -> None:
    """A head in profile, filled with a city at night."""
    inks = sheet.palette
    x, y, grow = sheet.near(0.51, 0.015), sheet.near(0.8, 0.015), sheet.near(0.97, 0.03)
    head = placed([*smooth(_PROFILE, closed=False), *_SHOULDERS], x, y, grow)
    with sheet.within(head):
        sheet.polygon(head, inks.figure)
        sheet.disc(x - 0.12, y - 0.2, sheet.near(0.12, 0.015), inks.accent)
        for _ in range(26):
            sheet.disc(sheet.near(x, 0.4), sheet.near(y - 0.2, 0.35), 0.0045, inks.ground)
        _skyline(sheet, y + 0.06, inks.second, 0.075)
        _skyline(sheet, y + 0.24, inks.accent, 0.095)


def _skyline(sheet: Sheet, top: float, ink: Color, width: float) -> None:
    """Draw towers side by side, some windows lit, their roofs about `top`."""
    left = -sheet.rng.uniform(0, width)
    while left < 1:
        right, roof = left + sheet.near(width, 0.02), sheet.near(top, 0.09)
        sheet.box(left, roof, right, 1.5, ink)
        for row in range(5):
            for column in (0.25, 0.6):
                if sheet.rng.random() < 0.3:
                    x, y = left + (right - left) * column, roof + 0.03 + row * 0.035
                    sheet.box(x, y, x + 0.014, y + 0.018, sheet.palette.figure)
        left = right
