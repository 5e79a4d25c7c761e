"""A picture -> what its pixels say at a glance, as text that the scan's memory holds; such texts -> `Looks`.

Taken where a file is decoded anyway.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mapmaker.methods.copies import HASH_BYTES, perceptual_hash
from mapmaker.model import Looks

if TYPE_CHECKING:
    from PIL import Image

FIELDS = 4
"""Of the picture whose colours are told, each way."""
_RECORD = np.dtype(
    [("hash", np.uint8, (HASH_BYTES,)), ("deviation", "<f4"), ("size", "<i8"), ("colors", np.uint8, (3 * FIELDS**2,))]
)
_SIDE = 32
"""Pixels of the thumbnail, each way."""


def packed(picture: "Image.Image", size: int) -> str:
    """Return what an RGB `picture`, from a file of `size` bytes, looks like, in hexadecimal."""
    from PIL import Image

    small = np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX))
    grey = small.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    counts = np.array(picture.histogram(), np.float64).reshape(3, 256)
    record = np.zeros((), _RECORD)
    record["hash"] = perceptual_hash(grey)
    record["deviation"] = _deviation(counts)
    record["size"] = size
    record["colors"] = _colors(small)
    return record.tobytes().hex()


def unpacked(texts: Sequence[str]) -> Looks:
    """Return the columns of what `packed` wrote, a row each, zeros for ""."""
    blank = bytes(_RECORD.itemsize)
    rows = np.frombuffer(b"".join(bytes.fromhex(text) if text else blank for text in texts), _RECORD)
    return Looks(**{name: np.ascontiguousarray(rows[name]) for name in _RECORD.names or ()})


def _colors(small: np.ndarray) -> np.ndarray:
    """Return the mean colours of the fields, row by row, of a (side, side, 3) thumbnail."""
    part = _SIDE // FIELDS
    means: np.ndarray = small.reshape(FIELDS, part, FIELDS, part, 3).mean(axis=(1, 3))
    return means.round().ravel()


def _deviation(counts: np.ndarray) -> float:
    """Return the largest standard deviation of a channel, from (3, 256) counts of values."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    values = np.arange(256)
    means = shares @ values
    return float(np.sqrt(np.maximum(0, shares @ values**2 - means**2)).max())
