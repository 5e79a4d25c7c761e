"""People, trees and cars, for the families to put in their scenes."""

from itertools import pairwise

from mapmaker.sources.demo.curves import Outline, Point, placed, smooth, taper, turned
from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet

_COAT: Outline = [
    (-0.055, -0.84), (0.055, -0.84), (0.115, -0.79), (0.145, -0.48), (0.1, -0.47),
    (0.125, -0.3), (0.075, -0.29), (0.075, 0.0), (0.012, 0.0), (0.0, -0.28), (-0.012, 0.0),
    (-0.075, 0.0), (-0.075, -0.29), (-0.125, -0.3), (-0.1, -0.47), (-0.145, -0.48), (-0.115, -0.79),
]  # fmt: skip


def person(sheet: Sheet, foot: Point, height: float, ink: Color) -> None:
    """Draw somebody in a coat, `height` tall."""
    x, y = foot
    sheet.disc(x, y - 0.92 * height, 0.078 * height, ink)
    sheet.polygon(placed(_COAT, x, y, height), ink)


Limb = list[tuple[float, float, float]]
"""Joints of an arm or a leg: x, y, and how thick it is there (a radius)."""

_FALLER: list[Limb] = [
    [(0.0, -0.25, 0.07), (0.01, 0.0, 0.062), (0.02, 0.1, 0.068)],
    [(0.04, -0.27, 0.045), (0.2, -0.27, 0.036), (0.33, -0.43, 0.022)],
    [(-0.04, -0.27, 0.045), (-0.2, -0.19, 0.036), (-0.36, -0.3, 0.022)],
    [(0.04, 0.1, 0.06), (0.2, 0.22, 0.045), (0.17, 0.46, 0.026), (0.22, 0.49, 0.022)],
    [(-0.01, 0.1, 0.06), (-0.14, 0.29, 0.045), (-0.32, 0.4, 0.026), (-0.34, 0.45, 0.022)],
    [(0.0, -0.3, 0.03), (0.0, -0.4, 0.03)],
    [(0.0, -0.43, 0.075), (0.005, -0.46, 0.075)],
]

_RUNNER: list[Limb] = [
    [(0.1, -0.4, 0.045), (-0.07, -0.3, 0.037), (-0.2, -0.16, 0.024), (-0.2, -0.15, 0.026)],
    [(0.1, -0.37, 0.068), (0.06, -0.2, 0.055), (0.0, 0.0, 0.07)],
    [(0.12, -0.4, 0.045), (0.21, -0.2, 0.037), (0.38, -0.3, 0.024), (0.39, -0.31, 0.026)],
    [(0.01, 0.0, 0.07), (0.25, 0.04, 0.05), (0.22, 0.3, 0.027)],
    [(0.21, 0.32, 0.024), (0.3, 0.335, 0.014)],
    [(-0.01, 0.01, 0.068), (-0.1, 0.26, 0.046), (-0.37, 0.26, 0.025)],
    [(-0.39, 0.25, 0.024), (-0.42, 0.345, 0.014)],
    [(0.12, -0.43, 0.03), (0.15, -0.5, 0.03)],
    [(0.158, -0.525, 0.055), (0.166, -0.55, 0.06)],
]


def faller(sheet: Sheet, middle: Point, height: float, ink: Color, tilt: float) -> None:
    """Draw somebody falling with arms and legs thrown out, turned by `tilt` of a circle."""
    for limb in _FALLER:
        _limb(sheet, limb, middle, height, ink, tilt)


def runner(sheet: Sheet, hip: Point, height: float, ink: Color) -> None:
    """Draw somebody in full run to the right; `height` is from heel to crown."""
    for limb in _RUNNER:
        _limb(sheet, limb, hip, height, ink, -0.005)


def _limb(sheet: Sheet, limb: Limb, origin: Point, scale: float, ink: Color, tilt: float) -> None:
    joints = turned(placed([(x, y) for x, y, _ in limb], *origin, scale), origin, tilt)
    radii = [radius * scale for _, _, radius in limb]
    for joint, radius in zip(joints, radii, strict=True):
        sheet.disc(*joint, radius, ink)
    for (a, b), (wide, narrow) in zip(pairwise(joints), pairwise(radii), strict=True):
        sheet.polygon(taper(a, b, wide, narrow), ink)


def bare_tree(sheet: Sheet, foot: Point, height: float, ink: Color, lean: float = 0.0) -> None:
    """Draw a leafless tree, each branch parting into two."""
    _branch(sheet, foot, height * 0.36, lean, height * 0.05, ink)


def _branch(sheet: Sheet, foot: Point, length: float, turns: float, width: float, ink: Color) -> None:
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
    trunk = [foot, (x + 0.02 * height, y - 0.5 * height), crown]
    sheet.stroke(smooth(trunk, closed=False), 0.06 * height, ink)
    for turns in (-0.3, -0.19, -0.07, 0.07, 0.19, 0.3):
        frond: Outline = [(0, 0), (0.1, -0.3), (0.02, -0.5), (-0.06, -0.28)]
        sheet.polygon(turned(smooth(placed(frond, *crown, height)), crown, turns), ink)


_ROOF: Outline = [(-0.38, -0.44), (-0.27, -0.72), (0.27, -0.72), (0.38, -0.44)]
_WINDOW: Outline = [(-0.3, -0.45), (-0.22, -0.66), (0.22, -0.66), (0.3, -0.45)]
_TRUNK: Outline = [
    (-0.5, -0.36), (-0.44, -0.47), (0.44, -0.47), (0.5, -0.36), (0.49, -0.12), (-0.49, -0.12),
]  # fmt: skip
_TYRE: Outline = [(-0.08, -0.2), (0.08, -0.2), (0.08, 0.0), (-0.08, 0.0)]
_PLATE: Outline = [(-0.1, -0.27), (0.1, -0.27), (0.1, -0.18), (-0.1, -0.18)]


def car_from_behind(sheet: Sheet, road: Point, width: float, paint: tuple[Color, Color, Color]) -> None:
    """Draw a saloon driving away, its tyres at `road`; `paint` is of its body, glass and lamps."""
    x, y = road
    body, glass, lamps = paint
    for side in (-0.36, 0.36):
        sheet.polygon(placed(_TYRE, x + side * width, y, width), glass)
    for outline, ink in ((_ROOF, body), (_WINDOW, glass), (_TRUNK, body), (_PLATE, glass)):
        sheet.polygon(placed(outline, x, y, width), ink)
    for side in (-0.39, 0.39):
        sheet.oval(x + side * width, y - 0.33 * width, 0.07 * width, 0.045 * width, lamps)
