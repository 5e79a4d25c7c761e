"""Figures -> drawings: SVG that stands alone, each with a title and a description for who cannot see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7300", "#666666", "#4b3fa0", "#7a4a2a")
"""Told apart by most eyes: those of Okabe and Ito, "Color Universal Design", 2008, and a few more."""
PALE = "#d5d5d5"
INK, LINE = "#1b1b1f", "#c9c9cf"
_ROW, _BAR, _LABEL, _ROOM, _MARGIN = 8, 12, 130, 470, 16
_CELL, _SIDE = 26, 640
_PANEL = 220, 140


@dataclass(frozen=True)
class Bar:
    """A value from 0 on, and the ends of its interval; NaN for none."""

    value: float
    low: float = np.nan
    high: float = np.nan


def bars(
    title: str, description: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Bar]]], digits: int = 2
) -> str:
    """Return bars below one another, for each label one of each series, with whiskers for intervals."""
    ends = [end for _, some in series for bar in some for end in (bar.value, bar.high) if np.isfinite(end)]
    most = max([*ends, 1e-9])
    tall = _BAR * len(series) + _ROW
    top = 44 + 16 * len(series)
    drawn = _legend([name for name, _ in series], COLOURS, 40)
    for row, label in enumerate(labels):
        middle = top + row * tall + _BAR * len(series) / 2
        drawn.append(_text(_LABEL - 6, middle + 4, label, "end"))
        for place, (_, some) in enumerate(series):
            drawn += _bar(
                some[row], top + row * tall + place * _BAR, COLOURS[place % len(COLOURS)], _ROOM / most, digits
            )
    return _page(title, description, _LABEL + _ROOM + 90, top + tall * len(labels) + _MARGIN, drawn)


def _bar(bar: Bar, top: float, colour: str, scale: float, digits: int) -> list[str]:
    if not np.isfinite(bar.value):
        return [_text(_LABEL + 4, top + 10, "not measured", size=9)]
    end = _LABEL + bar.value * scale
    drawn = [f'<rect x="{_LABEL}" y="{top + 1:g}" width="{end - _LABEL:.1f}" height="{_BAR - 2}" fill="{colour}"/>']
    if np.isfinite(bar.low) and np.isfinite(bar.high):
        left, right, middle = _LABEL + bar.low * scale, _LABEL + bar.high * scale, top + _BAR / 2
        drawn.append(
            f'<path d="M{left:.1f} {middle:g}H{right:.1f}M{left:.1f} {middle - 3:g}v6M{right:.1f} {middle - 3:g}v6" '
            f'stroke="{INK}" fill="none"/>'
        )
        end = max(end, right)
    return [*drawn, _text(end + 5, top + 10, f"{bar.value:,.{digits}f}", size=9)]


def heatmap(
    title: str, description: str, rows: Sequence[str], columns: Sequence[str], shares: NDArray[np.floating]
) -> str:
    """Return a table of shares, 0 to 1, in percent, the darker the more; NaN stays empty."""
    top = 150
    drawn = []
    for column, label in enumerate(columns):
        x = _LABEL + (column + 0.5) * _CELL
        drawn.append(
            f'<text x="{x + 4:g}" y="{top - 6}" transform="rotate(-60 {x + 4:g} {top - 6})">{escape(label)}</text>'
        )
    for row, label in enumerate(rows):
        drawn.append(_text(_LABEL - 6, top + (row + 0.65) * _CELL, label, "end"))
        known = np.flatnonzero(np.isfinite(shares[row])).tolist()
        drawn += [_cell(_LABEL + column * _CELL, top + row * _CELL, float(shares[row, column])) for column in known]
    width = max(_LABEL + _CELL * len(columns) + 90, 400)
    return _page(title, description, width, top + _CELL * len(rows) + _MARGIN, drawn)


def _cell(left: float, top: float, share: float) -> str:
    depth = min(1.0, max(0.0, share)) ** 0.7
    red, green, blue = (round(255 + (end - 255) * depth) for end in (0, 68, 120))
    ink = "#ffffff" if depth > 0.5 else INK
    box = f'<rect x="{left:g}" y="{top:g}" width="{_CELL}" height="{_CELL}" fill="#{red:02x}{green:02x}{blue:02x}"/>'
    number = _text(left + _CELL / 2, top + _CELL / 2 + 3, f"{100 * share:.0f}", "middle", 9, ink)
    return box + (number if share >= 0.005 else "")


def curves(title: str, description: str, across: str, up: str, lines: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Return lines through points in a square of 0 to 1, and its diagonal; of a point, `low` is across, `value` up."""
    side, left, top = 360, 60, 60 + 16 * len(lines)
    drawn = _legend([name for name, _ in lines], COLOURS, 40)
    drawn.append(f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="{LINE}"/>')
    drawn.append(f'<path d="M{left} {top + side}L{left + side} {top}" stroke="{LINE}" stroke-dasharray="4 4"/>')
    for tenth in range(0, 11, 2):
        drawn.append(_text(left + side * tenth / 10, top + side + 16, f"{tenth / 10:g}", "middle"))
        drawn.append(_text(left - 6, top + side * (1 - tenth / 10) + 4, f"{tenth / 10:g}", "end"))
    for place, (_, points) in enumerate(lines):
        at = [(left + side * one.low, top + side * (1 - one.value)) for one in points if np.isfinite(one.value)]
        colour = COLOURS[place % len(COLOURS)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
    drawn.append(_text(left + side / 2, top + side + 36, across, "middle"))
    turned = f"rotate(-90 16 {top + side / 2:g})"
    drawn.append(f'<text x="16" y="{top + side / 2:g}" transform="{turned}" text-anchor="middle">{escape(up)}</text>')
    return _page(title, description, left + side + 40, top + side + 50, drawn)


@dataclass(frozen=True)
class Panel:
    """A small chart: a line for each name, of values at 1, 2, 3 and so on."""

    title: str
    lines: Mapping[str, Sequence[float]]


def panels(title: str, description: str, found: Sequence[Panel], level: tuple[str, float] | None = None) -> str:
    """Return charts side by side, all scaled to the values of all; `level`: a name and a value to compare with."""
    names = list(dict.fromkeys(name for panel in found for name in panel.lines))
    shown = [value for panel in found for values in panel.lines.values() for value in values if np.isfinite(value)]
    shown += [level[1]] if level else []
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    room = 0.05 * (high - low) or 0.05
    scale = _Scale(low - room, high + room, max((len(v) for panel in found for v in panel.lines.values()), default=1))
    legend = [*names, *([f"{level[0]}: {level[1]:.3f}"] if level else [])]
    shades = [COLOURS[place % len(COLOURS)] for place in range(len(names))]
    drawn = _legend(legend, [*shades, INK], 40)
    top = 76 + 16 * len(legend)
    for place, panel in enumerate(found):
        left = 52 + place * (_PANEL[0] + 52)
        drawn += _panel(panel, scale, (left, top), dict(zip(names, shades, strict=True)))
        if level:
            y = scale.up(level[1], top)
            drawn.append(f'<path d="M{left} {y:.1f}h{_PANEL[0]}" stroke="{INK}" stroke-dasharray="4 4"/>')
    width = max(52 + len(found) * (_PANEL[0] + 52), 400)
    return _page(title, description, width, top + _PANEL[1] + 34, drawn)


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    last: int

    def up(self, value: float, top: float) -> float:
        return top + _PANEL[1] * (self.high - value) / (self.high - self.low)

    def across(self, place: int, left: float) -> float:
        return left + _PANEL[0] * (place - 1) / max(self.last - 1, 1)


def _panel(panel: Panel, scale: _Scale, corner: tuple[float, float], shades: Mapping[str, str]) -> list[str]:
    left, top = corner
    width, height = _PANEL
    drawn = [
        _text(left, top - 8, panel.title),
        f'<rect x="{left:g}" y="{top:g}" width="{width}" height="{height}" fill="none" stroke="{LINE}"/>',
        _text(left - 5, top + 8, f"{scale.high:.3f}", "end", 9),
        _text(left - 5, top + height, f"{scale.low:.3f}", "end", 9),
        _text(left, top + height + 14, "1", size=9),
        _text(left + width, top + height + 14, f"{scale.last}", "end", 9),
    ]
    for name, values in panel.lines.items():
        points = " ".join(
            f"{scale.across(place, left):.1f},{scale.up(value, top):.1f}" for place, value in enumerate(values, 1)
        )
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{shades[name]}" stroke-width="1.5"/>')
    return drawn


def scatter(
    title: str, description: str, points: NDArray[np.floating], groups: NDArray[np.integer], names: Sequence[str]
) -> str:
    """Return points (n, 2), y downwards, in the colour of their group; those of group -1 are pale, and behind."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = float(max(*(high - low), 1e-9))
    top = 44 + 16 * -(-(len(names) + 1) // 2)
    places = (points - low) / span * _SIDE + (_MARGIN, top)
    tall = float((high - low)[1]) / span * _SIDE
    counts = [int((groups == group).sum()) for group in range(-1, len(names))]
    told = [f"{name} ({count:,})" for name, count in zip((*names, "other"), (*counts[1:], counts[0]), strict=True)]
    shades = [*(COLOURS[group % len(COLOURS)] for group in range(len(names))), PALE]
    drawn = _legend(told, shades, 40, 2)
    for group in range(-1, len(names)):
        dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places[groups == group])
        width = 5 if len(points) < 3_000 else 3.5
        if dots:
            drawn.append(
                f'<path d="{dots}" stroke="{shades[group]}" stroke-width="{width}" stroke-linecap="round" fill="none"/>'
            )
    return _page(title, description, _SIDE + 2 * _MARGIN, top + tall + _MARGIN, drawn)


def _legend(names: Sequence[str], shades: Sequence[str], top: float, columns: int = 1) -> list[str]:
    found = []
    for place, name in enumerate(names):
        x, y = _MARGIN + _SIDE / 2 * (place % columns), top + 16 * (place // columns)
        colour = shades[place % len(shades)]
        found.append(f'<rect x="{x:g}" y="{y:g}" width="10" height="10" fill="{colour}"/>{_text(x + 16, y + 9, name)}')
    return found


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 11, ink: str = INK) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{ink}">{escape(text)}</text>'


def _page(title: str, description: str, width: float, height: float, drawn: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title" aria-describedby="desc" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="{INK}">'
    )
    named = f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>'
    ground = f'<rect width="100%" height="100%" fill="#ffffff"/>{_text(_MARGIN, 26, title, size=15)}'
    return "\n".join([head, named, ground, *drawn, "</svg>\n"])
