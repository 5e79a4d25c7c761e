"""Small standing and running people, cars and trees, for several families to put in their scenes."""

from mapmaker.sources.demo.curves import Outline, Point, placed, smooth, turned
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet

_COAT: Outline = [
    (-0.055, -0.84), (0.055, -0.84), (0.115, -0.79), (0.145, -0.48), (0.1, -0.47),
    (0.125, -0.3), (0.075, -0.29), (0.075, 0.0), (0.012, 0.0), (0.0, -0.28), (-0.012, 0.0),
    (-0.075, 0.0), (-0.075, -0.29), (-0.125, -0.3), (-0.1, -0.47), (-0.145, -0.48), (-0.115, -0.79),
]  # fmt: skip


def person(sheet: Sheet, foot: Point, height: float, ink: Color, tilt: float = 0.0) -> None:
    """Draw somebody in a coat, `height` tall, turned about the feet by `tilt` of a circle."""
    x, y = foot
    head = turned([(x, y - 0.92 * height)], foot, tilt)[0]
    sheet.disc(*head, 0.078 * height, ink)
    sheet.polygon(turned(placed(_COAT, x, y, height), foot, tilt), ink)


def faller(sheet: Sheet, middle: Point, height: float, ink: Color, tilt: float) -> None:
    """Draw somebody falling with arms and legs thrown out, about the middle of the body."""
    limbs: list[tuple[Outline, float]] = [
        ([(0, -0.2), (0.02, 0.1)], 0.17),
        ([(0.0, -0.22), (0.2, -0.3), (0.36, -0.46)], 0.075),
        ([(0.0, -0.22), (-0.22, -0.2), (-0.36, -0.36)], 0.075),
        ([(0.04, 0.1), (0.2, 0.26), (0.16, 0.5)], 0.09),
        ([(0.0, 0.1), (-0.16, 0.3), (-0.34, 0.42)], 0.09),
    ]
    for points, width in limbs:
        line = turned(placed(points, *middle, height), middle, tilt)
        sheet.stroke(line, width * height, ink)
    head = turned(placed([(0.0, -0.42)], *middle, height), middle, tilt)[0]
    sheet.disc(*head, 0.095 * height, ink)


def runner(sheet: Sheet, hip: Point, height: float, ink: Color) -> None:
    """Draw somebody in full run to the right; `height` is from heel to crown."""
    limbs: list[tuple[Outline, float]] = [
        ([(0.09, -0.4), (-0.1, -0.27), (-0.25, -0.13)], 0.075),
        ([(0.1, -0.38), (0.25, -0.22), (0.39, -0.36)], 0.07),
        ([(0.02, 0.0), (0.24, 0.06), (0.22, 0.31), (0.3, 0.33)], 0.1),
        ([(-0.02, 0.0), (-0.1, 0.24), (-0.4, 0.3), (-0.42, 0.22)], 0.1),
    ]
    for points, width in limbs:
        sheet.stroke(smooth(placed(points, *hip, height), closed=False), width * height, ink)
    torso: Outline = [
        (-0.07, 0.04),
        (-0.01, -0.4),
        (0.07, -0.46),
        (0.16, -0.42),
        (0.15, -0.2),
        (0.08, 0.05),
    ]
    sheet.polygon(smooth(placed(torso, *hip, height)), ink)
    sheet.oval(*placed([(0.17, -0.54)], *hip, height)[0], 0.062 * height, 0.078 * height, ink)


def bare_tree(sheet: Sheet, foot: Point, height: float, ink: Color, lean: float = 0.0) -> None:
    """Draw a leafless tree, each branch parting into two."""
    _branch(sheet, foot, height * 0.36, lean, height * 0.05, ink)


def _branch(
    sheet: Sheet, foot: Point, length: float, turns: float, width: float, ink: Color
) -> None:
    if width < 0.0025:
        return
    end = turned([(foot[0], foot[1] - length)], foot, turns)[0]
    sheet.stroke([foot, end], width, ink)
    for side in (-1, 1):
        bend = side * sheet.near(0.075, 0.03)
        _branch(sheet, end, length * sheet.near(0.72, 0.06), turns + bend, width * 0.62, ink)


def palm(sheet: Sheet, foot: Point, height: float, ink: Color) -> None:
    """Draw a palm with a bent trunk."""
    x, y = foot
    crown = (x + 0.16 * height, y - height)
    sheet.stroke(
        smooth([foot, (x + 0.02 * height, y - 0.5 * height), crown], closed=False),
        0.06 * height,
        ink,
    )
    for turns in (-0.3, -0.19, -0.07, 0.07, 0.19, 0.3):
        frond: Outline = [(0, 0), (0.1, -0.3), (0.02, -0.5), (-0.06, -0.28)]
        sheet.polygon(turned(smooth(placed(frond, *crown, height)), crown, turns), ink)


def car_from_behind(
    sheet: Sheet, road: Point, width: float, body: Color, dark: Color, lamps: Color
) -> None:
    """Draw a saloon driving away, its tyres standing at `road`."""
    x, y = road
    for side in (-1, 1):
        sheet.box(
            x + side * 0.36 * width - 0.08 * width,
            y - 0.2 * width,
            x + side * 0.36 * width + 0.08 * width,
            y,
            dark,
        )
    roof: Outline = [(-0.38, -0.44), (-0.27, -0.72), (0.27, -0.72), (0.38, -0.44)]
    window: Outline = [(-0.3, -0.45), (-0.22, -0.66), (0.22, -0.66), (0.3, -0.45)]
    trunk: Outline = [
        (-0.5, -0.36),
        (-0.44, -0.47),
        (0.44, -0.47),
        (0.5, -0.36),
        (0.49, -0.12),
        (-0.49, -0.12),
    ]
    sheet.polygon(placed(roof, x, y, width), body)
    sheet.polygon(placed(window, x, y, width), dark)
    sheet.polygon(placed(trunk, x, y, width), body)
    for side in (-1, 1):
        sheet.oval(x + side * 0.39 * width, y - 0.33 * width, 0.07 * width, 0.045 * width, lamps)
    sheet.box(x - 0.1 * width, y - 0.27 * width, x + 0.1 * width, y - 0.18 * width, dark)
