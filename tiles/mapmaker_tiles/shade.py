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
SUM_STEP = 16
"""What one of 255 is in the mean of four pixels: FULL is 4 * 255 of them."""


def halved_pixels(pixels: Pixels) -> Shades:
    """The mean of every 2 x 2 of pixels that are opaque, or transparent and black. Exact."""
    sums = _sums(pixels)
    sums *= SUM_STEP
    return sums


def halved(shades: Shades) -> Shades:
    """The mean of every 2 x 2; height and width are even."""
    sums = _sums(shades)
    sums += 2
    sums >>= 2
    return sums


def to_pixels(shades: Shades) -> Pixels:
    """Shades as a tile file wants them: 8 bits, colours not premultiplied. No pixel has a say in another."""
    pixels = _eight_bits(shades)
    alpha = shades[..., 3]
    partly = (alpha != FULL) & (alpha != 0)
    if partly.any():
        seen = shades[partly]
        pixels[partly, :3] = np.rint(seen[:, :3] * (np.float32(255) / seen[:, 3:])).clip(0, 255)
    return pixels


def _sums(values: NDArray[np.uint8] | NDArray[np.uint16]) -> Shades:
    """The sum of every 2 x 2."""
    rows = np.add(values[0::2], values[1::2], dtype=np.uint16, order="C")
    # The four values of a pixel side by side in one number: none of their sums is carried into the next.
    whole = rows.view(np.uint64)[..., 0]
    sums = whole[:, 0::2] + whole[:, 1::2]
    return sums.view(np.uint16).reshape(*sums.shape, 4)


def _eight_bits(shades: Shades) -> Pixels:
    rounded = shades + np.uint16(32)
    rounded >>= 6
    return rounded.astype(np.uint8)
