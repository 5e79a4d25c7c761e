"""Pixels of four tiles -> pixels of the tile above them.

Shades are pixels between zooms: premultiplied by alpha and in 16 bits, so that neither empty
neighbours nor the rounding of a dozen halvings tint what is seen from afar.
"""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, alpha."""
Shades = NDArray[np.uint16]
"""(height, width, 4): the same, colours premultiplied, 0 to 65535."""


def to_shades(pixels: Pixels) -> Shades:
    """Pixels that are opaque, or transparent and black, as shades."""
    return pixels.astype(np.uint16) * np.uint16(257)


def to_pixels(shades: Shades) -> Pixels:
    """Shades as a tile file wants them: 8 bits, colours not premultiplied."""
    if (shades[..., 3] == 65535).all():
        return _eight_bits(shades)
    alpha = np.maximum(shades[..., 3:], 1).astype(np.float32)
    pixels = np.rint(shades * (np.float32(255) / alpha)).clip(0, 255).astype(np.uint8)
    pixels[..., 3] = _eight_bits(shades[..., 3])
    return pixels


def halved(shades: Shades) -> Shades:
    """The mean of every 2 x 2; height and width are even."""
    rows = shades[0::2].astype(np.uint32) + shades[1::2]
    return ((rows[:, 0::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint16)


def _eight_bits(shades: Shades) -> Pixels:
    return ((shades.astype(np.uint32) + 128) // 257).astype(np.uint8)
