"""Pixels of four tiles -> pixels of the tile above them.

Shades are pixels between zooms: premultiplied by alpha, and with six bits more, so that neither empty
neighbours nor the rounding of a dozen halvings tint what is seen from afar.
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, alpha; not premultiplied."""
Shades = NDArray[np.uint16]
"""(height, width, 4): the same, colours premultiplied, 0 to FULL."""

FULL = 255 << 6
"""A pixel's 255. Four of these fit 16 bits, so that nothing wider is ever needed."""


def halved_pixels(pixels: Pixels) -> Shades:
    """The mean of every 2 x 2 of pixels that are opaque, or transparent and black. Exact."""
    sums = _sums(pixels)
    sums <<= 4
    return sums


def halved(shades: Shades) -> Shades:
    """The mean of every 2 x 2; height and width are even."""
    sums = _sums(shades)
    sums += 2
    sums >>= 2
    return sums


def to_pixels(shades: Shades) -> Pixels:
    """Shades as a tile file wants them: 8 bits, colours not premultiplied."""
    alpha = shades[..., 3:]
    if (alpha == FULL).all():
        return _eight_bits(shades)
    pixels = np.rint(shades * (np.float32(255) / np.maximum(alpha, 1))).clip(0, 255).astype(np.uint8)
    pixels[..., 3] = _eight_bits(shades[..., 3])
    return pixels


def _sums(values: NDArray[np.uint8] | NDArray[np.uint16]) -> Shades:
    """The sum of every 2 x 2."""
    rows = values[0::2].astype(np.uint16)
    rows += values[1::2]
    return rows[:, 0::2] + rows[:, 1::2]


def _eight_bits(shades: Shades) -> Pixels:
    return ((shades + np.uint16(32)) >> 6).astype(np.uint8)
