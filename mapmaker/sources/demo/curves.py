"""A few points -> the outline of a shape: curves, almonds, spirals. Pure geometry, y downwards."""

import math
from collections.abc import Sequence

Point = tuple[float, float]
Outline = list[Point]


def smooth(points: Sequence[Point], closed: bool = True, steps: int = 10) -> Outline:
    """Return a Catmull-Rom curve through `points`."""
    count = len(points)
    spans = count if closed else count - 1
    curve = []
    for start in range(spans):
        around = [_at(points, start + offset, closed) for offset in (-1, 0, 1, 2)]
        curve += [_catmull_rom(around, step / steps) for step in range(steps)]
    return curve if closed else [*curve, points[-1]]


def _at(points: Sequence[Point], index: int, closed: bool) -> Point:
    last = len(points) - 1
    return points[index % len(points)] if closed else points[min(max(index, 0), last)]


def _catmull_rom(around: Sequence[Point], t: float) -> Point:
    weights = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (-(t**2) + t**3) / 2,
    )
    x = sum(weight * point[0] for weight, point in zip(weights, around, strict=True))
    y = sum(weight * point[1] for weight, point in zip(weights, around, strict=True))
    return x, y


def lens(x: float, y: float, half: float, rise: float, fall: float) -> Outline:
    """Return an almond `2 * half` wide about (x, y), `rise` above its corners and `fall` below."""
    across = [step / 20 for step in range(-20, 20)]
    upper = [(x + half * u, y - rise * (1 - u * u)) for u in across]
    lower = [(x - half * u, y + fall * (1 - u * u)) for u in across]
    return upper + lower


def polar(x: float, y: float, radius: float, turns: float) -> Point:
    """Return the point `radius` from (x, y), `turns` of a circle clockwise from straight up."""
    angle = 2 * math.pi * turns
    return x + radius * math.sin(angle), y - radius * math.cos(angle)


def spiral(x: float, y: float, pitch: float, rounds: float, start: float, width: float) -> Outline:
    """Return a spiral band about (x, y), `pitch` from round to round, a share `width` filled."""
    turns = [step / 60 for step in range(int(60 * rounds) + 1)]
    inner = [polar(x, y, pitch * turn, start + turn) for turn in turns]
    outer = [polar(x, y, pitch * (turn + width * min(1.0, turn)), start + turn) for turn in turns]
    return inner + outer[::-1]


def turned(points: Sequence[Point], about: Point, turns: float) -> Outline:
    """Return `points` turned clockwise about a point by a share of the circle."""
    sine, cosine = math.sin(2 * math.pi * turns), math.cos(2 * math.pi * turns)
    x0, y0 = about
    return [(x0 + (x - x0) * cosine - (y - y0) * sine, y0 + (x - x0) * sine + (y - y0) * cosine) for x, y in points]


def placed(points: Sequence[Point], x: float, y: float, scale: float) -> Outline:
    """Return `points` scaled about the origin, which then comes to (x, y)."""
    return [(x + scale * px, y + scale * py) for px, py in points]


def taper(start: Point, end: Point, wide: float, narrow: float) -> Outline:
    """Return a strip between two points, `wide` to either side of one, `narrow` of the other."""
    run, drop = end[0] - start[0], end[1] - start[1]
    length = math.hypot(run, drop) or 1.0
    x, y = -drop / length, run / length
    return [
        (start[0] + wide * x, start[1] + wide * y),
        (end[0] + narrow * x, end[1] + narrow * y),
        (end[0] - narrow * x, end[1] - narrow * y),
        (start[0] - wide * x, start[1] - wide * y),
    ]
