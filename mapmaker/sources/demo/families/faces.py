"""Families made of faces: an eye, half a face, a ring of heads, a head full of night, sunglasses, bands of eyes."""

from mapmaker.sources.demo.curves import Outline, lens, placed, polar, smooth
from mapmaker.sources.demo.palettes import Color, brightness
from mapmaker.sources.demo.sheet import Sheet


def eye(sheet: Sheet) -> None:
    """An eye in close-up."""
    inks = sheet.palette
    x, y = sheet.near(0.5, 0.015), sheet.near(0.62, 0.02)
    half, rise = sheet.near(0.44, 0.015), sheet.near(0.25, 0.02)
    for turn in range(-6, 7):
        root = polar(x, y + 0.2, rise + 0.2, turn * 0.034)
        sheet.stroke([root, polar(x, y + 0.2, rise + 0.33, turn * 0.037)], 0.014, inks.figure)
    sheet.polygon(lens(x, y, half + 0.03, rise + 0.035, 0.2), inks.figure)
    almond = lens(x, y, half, rise, 0.185)
    paper, dark = inks.lightest, inks.darkest
    with sheet.within(almond):
        sheet.polygon(almond, paper)
        _iris(sheet, x + sheet.near(0, 0.03), y - 0.03, sheet.near(0.185, 0.012), dark)
    brow = lens(x, y - 0.27, half + 0.02, 0.2, -0.13)
    sheet.polygon(brow, inks.figure)


def _iris(sheet: Sheet, x: float, y: float, radius: float, dark: Color) -> None:
    inks = sheet.palette
    sheet.disc(x, y, radius, dark)
    sheet.disc(x, y, radius * 0.93, inks.accent)
    rays = sheet.rng.randrange(20, 44)
    for ray in range(rays):
        ends = [polar(x, y, radius * reach, ray / rays) for reach in (0.5, 0.86)]
        sheet.stroke(ends, 0.007, inks.second)
    sheet.disc(x, y, radius * 0.46, dark)
    sheet.disc(x + radius * 0.34, y - radius * 0.36, radius * 0.15, inks.lightest)


def half_face(sheet: Sheet) -> None:
    """Half of a face seen from the front, the rest lost behind a straight edge."""
    inks = sheet.palette
    sheet.box(0, 0, 0.5, 1.5, inks.field)
    grow = sheet.near(1.0, 0.03)
    hair: Outline = [
        (0.0, -0.55),
        (0.22, -0.52),
        (0.41, -0.34),
        (0.43, 0.0),
        (0.4, 0.3),
        (0.33, 0.42),
        (0.1, 0.3),
        (0.0, 0.2),
    ]
    face: Outline = [
        (0.0, -0.4),
        (0.2, -0.36),
        (0.31, -0.2),
        (0.33, 0.05),
        (0.29, 0.28),
        (0.17, 0.45),
        (0.06, 0.51),
        (0.0, 0.51),
    ]
    neck: Outline = [
        (0.0, 0.3),
        (0.2, 0.3),
        (0.2, 0.6),
        (0.36, 0.68),
        (0.55, 0.74),
        (0.6, 1.2),
        (0.0, 1.2),
    ]
    y = sheet.near(0.66, 0.02)
    with sheet.within([(0.5, 0), (1, 0), (1, 1.5), (0.5, 1.5)]):
        sheet.polygon(smooth(placed(hair, 0.5, y, grow)), inks.accent)
        sheet.polygon(placed(neck, 0.5, y, grow), inks.second)
        sheet.polygon(smooth(placed([(-0.2, -0.4), *face, (-0.2, 0.5)], 0.5, y, grow)), inks.figure)
        _half_features(sheet, y, grow)


def _half_features(sheet: Sheet, y: float, grow: float) -> None:
    inks = sheet.palette
    brow: Outline = [
        (0.06, -0.1),
        (0.14, -0.15),
        (0.26, -0.11),
        (0.27, -0.09),
        (0.14, -0.115),
        (0.06, -0.075),
    ]
    nose: Outline = [(0.0, -0.06), (0.025, 0.02), (0.075, 0.16), (0.05, 0.2), (0.0, 0.205)]
    lips: Outline = [
        (0.0, 0.285),
        (0.035, 0.275),
        (0.115, 0.315),
        (0.05, 0.365),
        (0.0, 0.37),
        (-0.1, 0.32),
    ]
    sheet.polygon(smooth(placed(brow, 0.5, y, grow)), inks.ground)
    sheet.polygon(placed(nose, 0.5, y, grow), inks.second)
    sheet.polygon(smooth(placed(lips, 0.5, y, grow)), inks.accent)
    sheet.polygon(lens(0.5 + 0.165 * grow, y - 0.01, 0.085, 0.05, 0.04), inks.ground)
    sheet.disc(0.5 + 0.165 * grow, y - 0.014, 0.036, inks.accent)


def ring_of_heads(sheet: Sheet) -> None:
    """Nine heads in a circle about the title."""
    inks = sheet.palette
    x, y, radius = 0.5, sheet.near(0.69, 0.012), sheet.near(0.355, 0.008)
    coats = [inks.accent, inks.second, inks.field]
    start = sheet.near(0.0, 0.008)
    for number in range(9):
        middle = polar(x, y, radius, start + number / 9)
        _head(sheet, *middle, 0.118, coats[number % 3], sheet.rng.randrange(4))


def _head(sheet: Sheet, x: float, y: float, radius: float, coat: Color, fashion: int) -> None:
    """Draw a medallion with head and shoulders; `fashion` is bald, bobbed, hatted or bunned."""
    inks = sheet.palette
    disc = [polar(x, y, radius, step / 48) for step in range(48)]
    face, hair = inks.ground, inks.figure
    with sheet.within(disc):
        sheet.polygon(disc, inks.figure)
        sheet.oval(x, y + radius * 1.0, radius * 0.72, radius * 0.5, coat)
        sheet.box(x - radius * 0.15, y, x + radius * 0.15, y + radius * 0.6, face)
        if fashion == 1:
            sheet.oval(x, y - radius * 0.1, radius * 0.5, radius * 0.58, coat)
        if fashion == 3:
            sheet.disc(x, y - radius * 0.72, radius * 0.2, coat)
        sheet.oval(x, y - radius * 0.12, radius * 0.37, radius * 0.46, face)
        if fashion in (1, 3):
            sheet.polygon(lens(x, y - radius * 0.36, radius * 0.38, radius * 0.3, 0.0), coat)
        if fashion == 2:
            sheet.box(
                x - radius * 0.62, y - radius * 0.42, x + radius * 0.62, y - radius * 0.3, coat
            )
            sheet.box(
                x - radius * 0.36, y - radius * 0.82, x + radius * 0.36, y - radius * 0.4, coat
            )
        for side in (-1, 1):
            sheet.disc(x + side * radius * 0.14, y - radius * 0.1, radius * 0.045, hair)


_PROFILE: Outline = [
    (-0.30, 0.62), (-0.26, 0.40), (-0.34, 0.20), (-0.42, -0.05), (-0.40, -0.30), (-0.27, -0.48),
    (-0.05, -0.55), (0.16, -0.49), (0.27, -0.34), (0.285, -0.21), (0.275, -0.15), (0.32, -0.05),
    (0.39, 0.06), (0.375, 0.095), (0.31, 0.105), (0.305, 0.14), (0.345, 0.175), (0.315, 0.21),
    (0.335, 0.245), (0.305, 0.285), (0.315, 0.345), (0.27, 0.40), (0.12, 0.40), (0.05, 0.46), (0.06, 0.62),
]  # fmt: skip


def night_in_a_head(sheet: Sheet) -> None:
    """A head in profile, filled with a city at night."""
    inks = sheet.palette
    x, y, grow = sheet.near(0.51, 0.015), sheet.near(0.76, 0.015), sheet.near(1.02, 0.03)
    bust: Outline = [
        (0.06, 0.62),
        (0.34, 0.72),
        (0.5, 0.86),
        (-0.6, 0.86),
        (-0.46, 0.74),
        (-0.3, 0.62),
    ]
    head = placed([*smooth(_PROFILE, closed=False), *bust], x, y, grow)
    with sheet.within(head):
        sheet.fade(0.1, 1.5, inks.figure, inks.figure)
        sheet.disc(x - 0.12, y - 0.2, sheet.near(0.12, 0.015), inks.accent)
        for _ in range(26):
            sheet.disc(sheet.near(x, 0.4), sheet.near(y - 0.2, 0.35), 0.0045, inks.ground)
        _skyline(sheet, y + 0.1, inks.second, 0.075)
        _skyline(sheet, y + 0.24, inks.ground, 0.095)


def _skyline(sheet: Sheet, top: float, ink: Color, width: float) -> None:
    """Draw towers side by side, some windows lit, their roofs about `top`."""
    left = -sheet.rng.uniform(0, width)
    while left < 1:
        right, roof = left + sheet.near(width, 0.02), sheet.near(top, 0.09)
        sheet.box(left, roof, right - 0.006, 1.5, ink)
        for row in range(9):
            for column in (0.25, 0.6):
                if sheet.rng.random() < 0.3:
                    x, y = left + (right - left) * column, roof + 0.03 + row * 0.035
                    sheet.box(x, y, x + 0.014, y + 0.018, sheet.palette.accent)
        left = right


def sunglasses(sheet: Sheet) -> None:
    """Sunglasses with a scene in each lens, and lips below."""
    from mapmaker.sources.demo.figures import palm

    inks = sheet.palette
    y, grow = sheet.near(0.66, 0.02), sheet.near(1.0, 0.03)
    shape: Outline = [
        (-0.2, -0.13),
        (0.0, -0.15),
        (0.18, -0.13),
        (0.2, -0.03),
        (0.14, 0.12),
        (0.0, 0.165),
        (-0.14, 0.13),
        (-0.2, 0.0),
    ]
    for side in (-1, 1):
        x = 0.5 + side * 0.235 * grow
        sheet.stroke([(x, y - 0.07), (0.5 + side * 0.55, y - 0.13)], 0.035, inks.figure)
        sheet.polygon(smooth(placed(shape, x, y, grow * 1.1)), inks.figure)
        with sheet.within(smooth(placed(shape, x, y, grow * 0.97))):
            sheet.fade(y - 0.2, y + 0.12, inks.accent, inks.second)
            sheet.disc(x + 0.06, y + 0.03, 0.06, inks.lightest)
            sheet.box(x - 0.3, y + 0.08, x + 0.3, y + 0.3, inks.darkest)
            palm(sheet, (x - 0.09, y + 0.1), 0.16, inks.darkest)
    bridge: Outline = [(0.46, y - 0.09), (0.5, y - 0.105), (0.54, y - 0.09)]
    sheet.stroke(smooth(bridge, closed=False), 0.03, inks.figure)
    _lips(sheet, sheet.near(0.5, 0.01), sheet.near(1.13, 0.015))


def _lips(sheet: Sheet, x: float, y: float) -> None:
    inks = sheet.palette
    upper: Outline = [
        (-0.17, 0.0),
        (-0.05, -0.07),
        (0.0, -0.055),
        (0.05, -0.07),
        (0.17, 0.0),
        (0.0, 0.01),
    ]
    lower: Outline = [(-0.17, 0.0), (0.0, 0.025), (0.17, 0.0), (0.07, 0.085), (-0.07, 0.085)]
    sheet.polygon(smooth(placed(upper, x, y, 1.0)), inks.figure)
    sheet.polygon(smooth(placed(lower, x, y + 0.006, 1.0)), inks.accent)


def bands_of_eyes(sheet: Sheet) -> None:
    """Four strips across, a pair of eyes in each."""
    inks = sheet.palette
    skins = [inks.figure, inks.accent, inks.field, inks.second]
    turn = sheet.rng.randrange(4)
    for number in range(4):
        top, skin = 0.285 * number, skins[(number + turn) % 4]
        sheet.box(0, top, 1, top + 0.285, skin)
        dark = inks.darkest if brightness(skin) > 90 else inks.lightest
        _pair_of_eyes(sheet, top + sheet.near(0.16, 0.006), skin, dark)
        sheet.box(0, top + 0.275, 1, top + 0.287, inks.ground)


def _pair_of_eyes(sheet: Sheet, y: float, skin: Color, dark: Color) -> None:
    """Draw brows, eyes looking one way, and the sides of a nose, across the whole sheet."""
    gaze, frown = sheet.near(0, 0.035), sheet.near(0, 0.02)
    white = sheet.palette.lightest if dark == sheet.palette.darkest else sheet.palette.darkest
    for side in (-1, 1):
        x = 0.5 + side * 0.23
        sheet.polygon(lens(x, y + 0.012, 0.145, 0.072, 0.06), dark)
        sheet.polygon(lens(x, y + 0.015, 0.128, 0.055, 0.046), white if white != skin else skin)
        sheet.disc(x + gaze, y + 0.01, 0.045, dark)
        inner, outer = (x - side * 0.16, y - 0.075 + frown), (x + side * 0.17, y - 0.075)
        sheet.stroke(smooth([inner, (x, y - 0.1), outer], closed=False), 0.026, dark)
        sheet.stroke([(0.5 + side * 0.045, y + 0.0), (0.5 + side * 0.06, y + 0.1)], 0.01, dark)
