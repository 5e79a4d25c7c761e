"""Families made of faces close up: an eye, half a face, sunglasses, bands of eyes."""

from mapmaker.sources.demo.curves import Outline, lens, placed, polar, smooth
from mapmaker.sources.demo.figures import palm
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet


def eye(sheet: Sheet) -> None:
    """An eye in close-up."""
    inks = sheet.palette
    x, y = sheet.near(0.5, 0.015), sheet.near(0.62, 0.02)
    half, rise = sheet.near(0.44, 0.015), sheet.near(0.25, 0.02)
    for turn in range(-5, 6):
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


_HAIR: Outline = [
    (-0.1, -0.56), (0.1, -0.56), (0.28, -0.48), (0.41, -0.28), (0.44, 0.0), (0.45, 0.3), (0.4, 0.5),
    (0.24, 0.52), (0.0, 0.4),
]  # fmt: skip
_FACE: Outline = [
    (-0.2, -0.4), (0.0, -0.4), (0.2, -0.36), (0.31, -0.2), (0.33, 0.05), (0.29, 0.28), (0.17, 0.45),
    (0.06, 0.51), (0.0, 0.51), (-0.2, 0.5),
]  # fmt: skip
_NECK: Outline = [
    (0.0, 0.3), (0.17, 0.3), (0.18, 0.56), (0.3, 0.63), (0.48, 0.68), (0.6, 0.8), (0.6, 1.2),
    (0.0, 1.2),
]  # fmt: skip
_NOSE: Outline = [(0.0, -0.06), (0.025, 0.02), (0.075, 0.16), (0.05, 0.2), (0.0, 0.205)]
_BROW: Outline = [
    (0.06, -0.1), (0.14, -0.15), (0.26, -0.11), (0.27, -0.09), (0.14, -0.115), (0.06, -0.075),
]  # fmt: skip
_HALF_LIPS: Outline = [
    (0.0, 0.285), (0.035, 0.275), (0.115, 0.315), (0.05, 0.365), (0.0, 0.37), (-0.1, 0.32),
]  # fmt: skip


def half_face(sheet: Sheet) -> None:
    """Half of a face seen from the front, the rest lost behind a straight edge."""
    inks = sheet.palette
    y, grow = sheet.near(0.67, 0.02), sheet.near(1.0, 0.03)
    skin, shade = sheet.rng.choice(((inks.ramp[3], inks.ramp[4]), (inks.ramp[4], inks.ramp[3])))
    hair = inks.figure if inks.figure == inks.darkest else inks.ramp[2]
    features = [
        (smooth(_HAIR), hair),
        (_NECK, shade),
        (smooth(_FACE), skin),
        (_NOSE, shade),
        (smooth(_BROW), inks.darkest),
        (smooth(_HALF_LIPS), inks.ramp[2]),
        (lens(0.165, -0.01, 0.085, 0.05, 0.04), inks.darkest),
    ]
    with sheet.within([(0.5, 0), (1, 0), (1, 1.5), (0.5, 1.5)]):
        for outline, ink in features:
            sheet.polygon(placed(outline, 0.5, y, grow), ink)
        sheet.disc(0.5 + 0.165 * grow, y - 0.014, 0.034, inks.ramp[2])
    sheet.box(0, 0, 0.5, 1.5, inks.field)
    sheet.box(0, 1.345, 1, 1.5, inks.field)


_GLASS: Outline = [
    (-0.2, -0.13), (0.0, -0.15), (0.18, -0.13), (0.2, -0.03), (0.14, 0.12), (0.0, 0.165),
    (-0.14, 0.13), (-0.2, 0.0),
]  # fmt: skip


def sunglasses(sheet: Sheet) -> None:
    """Sunglasses with a beach in each lens, and lips below."""
    ink = sheet.palette.figure
    y, grow = sheet.near(0.66, 0.02), sheet.near(1.0, 0.03)
    for side in (-1, 1):
        x = 0.5 + side * 0.235 * grow
        sheet.stroke([(x, y - 0.07), (0.5 + side * 0.55, y - 0.13)], 0.035, ink)
        sheet.polygon(smooth(placed(_GLASS, x, y, grow * 1.1)), ink)
        with sheet.within(smooth(placed(_GLASS, x, y, grow * 0.97))):
            _beach(sheet, x, y)
    bridge = [(0.46, y - 0.09), (0.5, y - 0.105), (0.54, y - 0.09)]
    sheet.stroke(smooth(bridge, closed=False), 0.03, ink)
    _lips(sheet, sheet.near(0.5, 0.01), sheet.near(1.13, 0.015))


def _beach(sheet: Sheet, x: float, y: float) -> None:
    inks = sheet.palette
    sheet.fade(y - 0.2, y + 0.12, inks.accent, inks.second)
    sheet.disc(x + 0.06, y + 0.03, 0.06, inks.lightest)
    sheet.box(x - 0.3, y + 0.08, x + 0.3, y + 0.3, inks.darkest)
    palm(sheet, (x - 0.09, y + 0.1), 0.16, inks.darkest)


def _lips(sheet: Sheet, x: float, y: float) -> None:
    """Draw painted lips in the two tones of the palette next to red, darker than a red ground."""
    inks = sheet.palette
    upper: Outline = [
        (-0.17, 0.0), (-0.05, -0.07), (0.0, -0.055), (0.05, -0.07), (0.17, 0.0), (0.0, 0.01),
    ]  # fmt: skip
    lower: Outline = [(-0.17, 0.0), (0.0, 0.025), (0.17, 0.0), (0.07, 0.085), (-0.07, 0.085)]
    tones = [tone for tone in inks.ramp[:3] if tone != inks.ground]
    sheet.polygon(smooth(placed(upper, x, y, 1.0)), tones[-2])
    sheet.polygon(smooth(placed(lower, x, y + 0.006, 1.0)), tones[-1])


def bands_of_eyes(sheet: Sheet) -> None:
    """Four strips across, a pair of eyes in each."""
    inks = sheet.palette
    skins = sheet.rng.sample(inks.ramp[1:], 4)
    for number, skin in enumerate(skins):
        top = 0.285 * number
        sheet.box(0, top, 1, top + 0.285, skin)
        _pair_of_eyes(sheet, top + sheet.near(0.16, 0.006))
        sheet.box(0, top + 0.275, 1, top + 0.287, inks.ground)


def _pair_of_eyes(sheet: Sheet, y: float) -> None:
    """Draw brows, eyes that look one way, and the sides of a nose, across the whole sheet."""
    inks = sheet.palette
    gaze, frown = sheet.near(0, 0.035), sheet.near(0, 0.02)
    for side in (-1, 1):
        x = 0.5 + side * 0.23
        sheet.polygon(lens(x, y + 0.012, 0.145, 0.072, 0.06), inks.darkest)
        sheet.polygon(lens(x, y + 0.015, 0.128, 0.055, 0.046), inks.lightest)
        sheet.disc(x + gaze, y + 0.01, 0.045, inks.darkest)
        inner, outer = (x - side * 0.16, y - 0.075 + frown), (x + side * 0.17, y - 0.075)
        sheet.stroke(smooth([inner, (x, y - 0.1), outer], closed=False), 0.026, inks.darkest)
        nose = [(0.5 + side * 0.045, y), (0.5 + side * 0.06, y + 0.1)]
        sheet.stroke(nose, 0.01, inks.darkest)
