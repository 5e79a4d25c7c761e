"""Picture -> the pixels of a cell."""

from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

Box = tuple[float, float, float, float]
Fit = Literal["cover", "contain", "stretch"]
"""cover: fill the cell and crop what sticks out, evenly on both sides; contain: show the whole
picture and pad with the mean colour of its edges; stretch: give up the picture's proportions."""

_GROUND, _MARK = (72, 72, 72), (112, 112, 112)


def frame(picture: Image.Image, size: tuple[int, int], fit: Fit, rows: tuple[int, int] | None = None) -> Image.Image:
    """An RGB `picture` as a cell of `size` (width, height), scaled in one step.

    rows: of the cell only those from, to; a print may have cells too large to be held whole.
    """
    if rows is not None and rows != (0, size[1]):
        return _part(picture, size, fit, rows)
    if fit == "contain":
        return _contained(picture, size)
    return _scaled(picture, size, _middle(picture.size, size) if fit == "cover" else None)


def _part(picture: Image.Image, size: tuple[int, int], fit: Fit, rows: tuple[int, int]) -> Image.Image:
    """Those rows of the cell; what pads a contained picture has the colour of its own edges, unscaled."""
    first, last = rows
    if fit != "contain":
        return _strip(picture, size, _middle(picture.size, size) if fit == "cover" else (0, 0, *picture.size), rows)
    part = Image.new("RGB", (size[0], last - first), _edge_color(picture))
    width, height = _inner(picture.size, size)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    begin, end = max(0, first - top), min(height, last - top)
    if begin < end:
        part.paste(_strip(picture, (width, height), (0, 0, *picture.size), (begin, end)), (left, top + begin - first))
    return part


def _strip(picture: Image.Image, size: tuple[int, int], box: Box, rows: tuple[int, int]) -> Image.Image:
    """Some rows of what `box` of the picture is when scaled to `size`."""
    left, top, right, bottom = box
    step = (bottom - top) / size[1]
    wanted = left, top + rows[0] * step, right, min(bottom, top + rows[1] * step)
    return _scaled(picture, (size[0], rows[1] - rows[0]), wanted)


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
