"""Decoded picture of any mode -> RGB, 8 bit, sRGB, laid on white."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

PAPER = (255, 255, 255)
"""What shows through where a picture is transparent."""

# Channels deeper than 8 bits; Pillow's own conversion clips them to white.
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_CHUNK = 1 << 20
"""Pixels scaled at a time, so that a big picture is never held in floats."""

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(image: Image.Image) -> Image.Image:
    """A new picture in mode RGB without metadata: profile applied, transparency laid on white."""
    info = image.info
    color, alpha = _split_deep(image) if image.mode in _DEEP else _split(image)
    color = _in_srgb(color, info)
    if alpha is None or alpha.getextrema() == (255, 255):
        color = color.copy() if color is image else color
        color.info = {}
        return color
    paper = Image.new("RGB", color.size, PAPER)
    paper.paste(color, mask=alpha)
    return paper


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(L, RGB or CMYK; alpha or None) of a picture of 8 bits or less."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return image.convert("RGB"), image.getchannel("A")
    if image.mode == "1":
        return image.convert("L"), None
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for Adobe's, which stores ink upside down; this is none.
        return ImageChops.invert(image), None
    if image.mode in _SPACES:
        return image, None
    return image.convert("RGB"), None


def _split_deep(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(L, alpha or None) of a picture with more than 8 bits."""
    samples = np.asarray(image)
    key = image.info.get("transparency")
    alpha = None
    if isinstance(key, int):
        alpha = Image.fromarray(np.where(samples == key, 0, 255).astype(np.uint8))
    return Image.fromarray(_eight_bits(samples, *_limits(image, samples))), alpha


def _limits(image: Image.Image, samples: NDArray[Any]) -> tuple[float, float]:
    """The sample values that mean black and white."""
    if image.mode.startswith("I;16"):
        return 0, 2 ** _bits(image) - 1
    low, high = _extremes(samples)
    # Integers and floats do not say what white is. The customary ranges first, else what is there.
    tops = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    if low >= 0:
        for top in tops:
            if high <= top:
                return 0, top
    return low, high


def _bits(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", None)
    bits = tags.get(258, 16) if tags is not None else 16  # BitsPerSample
    bits = bits[0] if isinstance(bits, tuple) else bits
    return bits if 8 < bits <= 16 else 16


def _eight_bits(samples: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    out = np.empty(samples.shape, np.uint8)
    scale = 255 / (high - low) if high > low else 1.0
    for rows in _row_chunks(samples):
        values = (np.nan_to_num(samples[rows].astype(np.float64), posinf=high, neginf=low) - low) * scale
        out[rows] = np.rint(values.clip(0, 255))
    return out


def _extremes(samples: NDArray[Any]) -> tuple[float, float]:
    """Least and greatest of the samples that are numbers; (0, 0) if none is."""
    found: list[float] = []
    for rows in _row_chunks(samples):
        finite = samples[rows][np.isfinite(samples[rows])]
        found += [float(finite.min()), float(finite.max())] if finite.size else []
    return (min(found), max(found)) if found else (0.0, 0.0)


def _row_chunks(samples: NDArray[Any]) -> Iterator[slice]:
    step = max(1, _CHUNK // samples.shape[1])
    for start in range(0, samples.shape[0], step):
        yield slice(start, start + step)


def _in_srgb(color: Image.Image, info: dict[Any, Any]) -> Image.Image:
    """`color` as sRGB, by its ICC profile, its PNG gamma, or as it is."""
    profile = info.get("icc_profile")
    if profile:
        if profile[16:20] == b"GRAY" and color.mode == "RGB" and _is_grey(color):
            color = color.getchannel(0)  # grey with alpha arrives as RGB, its profile is one for grey
        transform = _transform(bytes(profile), color.mode)
        if transform is not None:
            return _transformed(color, transform)
    color = color.convert("RGB")
    return color if profile or "srgb" in info else _with_gamma(color, info.get("gamma"))


def _is_grey(color: Image.Image) -> bool:
    red, green, blue = color.split()
    return not (ImageChops.difference(red, green).getbbox() or ImageChops.difference(red, blue).getbbox())


def _with_gamma(color: Image.Image, gamma: float | None) -> Image.Image:
    """A PNG without a profile may name its gamma instead; browsers follow it, so do we."""
    if not gamma or abs(gamma * 2.2 - 1) < 0.05 or not 0.05 < gamma < 5:
        return color
    curve = [round(255 * (sample / 255) ** (1 / (2.2 * gamma))) for sample in range(256)]
    return color.point(curve * 3)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """From `profile` to sRGB; None if it is broken, of another mode, or changes nothing."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        return transform if mode == "CMYK" or _changes(transform, mode) else None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _changes(transform: ImageCmsTransform, mode: str) -> bool:
    """Whether any of a cube of colours moves by more than two steps of 255: sRGB has many names."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(len(steps), -1, 3)
    colors = Image.fromarray(cube)
    if mode == "L":
        colors = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    moved = np.asarray(_transformed(colors, transform), np.int16)
    return bool(np.abs(moved - np.asarray(colors.convert("RGB"), np.int16)).max() > 2)


def _transformed(color: Image.Image, transform: ImageCmsTransform) -> Image.Image:
    from PIL import ImageCms

    result = ImageCms.applyTransform(color, transform)
    assert result is not None  # only None when asked to work in place
    return result
