"""Picture -> the pixels of a cell."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

Box = tuple[float, float, float, float]
Part = tuple[int, int, int, int]
"""Left, top, right, bottom of some of a cell's pixels; right and bottom outside."""
Fit = Literal["cover", "contain", "stretch"]
"""cover: fill the cell and crop what sticks out, evenly on both sides; contain: show the whole
picture and pad with the mean colour of its edges; stretch: give up the picture's proportions."""

QUARTERED = 192
"""Pixels along a cell's shorter side from which on it is made of quarters: smaller ones would take longer."""
_GROUND, _MARK = (72, 72, 72), (112, 112, 112)


def frame(picture: Image.Image, size: tuple[int, int], fit: Fit, part: Part | None = None) -> Image.Image:
    """An RGB `picture` as a cell of `size` (width, height), scaled in one step.

    part: of the cell only this box of pixels: tiles show some of a cell, and one of a print may be too large to be held
        whole. All parts together look like the whole, but are not it to the bit.
    """
    if part is not None and part != (0, 0, *size):
        return _part(picture, size, fit, part)
    if fit == "contain":
        return _contained(picture, size)
    return _scaled(picture, size, _middle(picture.size, size) if fit == "cover" else None)


def quarters(size: tuple[int, int]) -> Iterator[Part]:
    """The parts that a cell is made of on tiles, each scaled by itself: all of it, of a large one its quarters.

    Where a tile is painted anew, much of the cells at its edges is on others; and it must come out the same to the bit.
    """
    if min(size) < QUARTERED:
        yield (0, 0, *size)
        return
    (width, height), (x, y) = size, (size[0] // 2, size[1] // 2)
    for top, bottom in ((0, y), (y, height)):
        yield 0, top, x, bottom
        yield x, top, width, bottom


def _part(picture: Image.Image, size: tuple[int, int], fit: Fit, part: Part) -> Image.Image:
    """That part of the cell; what pads a contained picture has the colour of its own edges, unscaled."""
    if fit != "contain":
        return _cut(picture, size, _middle(picture.size, size) if fit == "cover" else (0, 0, *picture.size), part)
    width, height = inner = _inner(picture.size, size)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    left, top, right, bottom = part
    shown = max(left - x, 0), max(top - y, 0), min(right - x, width), min(bottom - y, height)
    cell = Image.new("RGB", (right - left, bottom - top), _edge_color(picture))
    if shown[0] < shown[2] and shown[1] < shown[3]:
        at = shown[0] + x - left, shown[1] + y - top
        cell.paste(_cut(picture, inner, (0, 0, *picture.size), shown), at)
    return cell


def _cut(picture: Image.Image, size: tuple[int, int], box: Box, part: Part) -> Image.Image:
    """A part of what `box` of the picture is when scaled to `size`."""
    left, top, right, bottom = part
    across, down = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    wanted = (
        box[0] + left * across,
        box[1] + top * down,
        min(box[2], box[0] + right * across),
        min(box[3], box[1] + bottom * down),
    )
    return _scaled(picture, (right - left, bottom - top), wanted)


def placeholder(size: tuple[int, int]) -> Image.Image:
    """A grey cell with a cross: a poster belongs here, and could not be read."""
    cell = Image.new("RGB", size, _GROUND)
    width, height = size
    stroke = max(1, min(size) // 32)
    draw = ImageDraw.Draw(cell)
    draw.line((0, 0, width - 1, height - 1), _MARK, stroke)
    draw.line((0, height - 1, width - 1, 0), _MARK, stroke)
    return cell


def _scaled(picture: Image.Image, size: tuple[int, int], box: Box | None) -> Image.Image:
    return picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _middle(size: tuple[int, int], frame: tuple[int, int]) -> Box:
    """The largest box in the middle of `size` with the proportions of `frame`."""
    width, height = size
    kept_width = min(width, height * frame[0] / frame[1])
    kept_height = min(height, width * frame[1] / frame[0])
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return left, top, left + kept_width, top + kept_height


def _contained(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    width, height = _inner(picture.size, size)
    inner = _scaled(picture, (width, height), None)
    if inner.size == size:
        return inner
    cell = Image.new("RGB", size, _edge_color(inner))
    cell.paste(inner, ((size[0] - width) // 2, (size[1] - height) // 2))
    return cell


def _inner(picture: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the whole picture within a cell of `size`."""
    scale = min(size[0] / picture[0], size[1] / picture[1])
    return min(size[0], max(1, round(picture[0] * scale))), min(size[1], max(1, round(picture[1] * scale)))


def _edge_color(picture: Image.Image) -> tuple[int, int, int]:
    pixels = np.asarray(picture)
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = (int(value) for value in edges.mean(axis=0).round())
    return red, green, blue
