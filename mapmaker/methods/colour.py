"""Colours as people tell them apart."""

import numpy as np
from numpy.typing import NDArray


def lab(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (n, fields, 3) CIE L*a*b* (D65), each a hundredth, of (n, 3 * fields) sRGB."""
    shares = np.asarray(colors, np.float32).reshape(len(colors), -1, 3) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    values = linear @ _TO_XYZ.T
    bent = np.where(values > 216 / 24389, np.cbrt(values), values * 841 / 108 + 4 / 29)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)], axis=-1).astype(np.float32)


_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
) / np.array([[0.95047], [1.0], [1.08883]], np.float32)
"""sRGB, linear, to CIE XYZ, each a share of white (D65); IEC 61966-2-1."""
