"""A mip, a tile at half its side, <-> the bytes that a store keeps of it. Nothing is lost.

A mean of 2 x 2 pixels is a sum of four, ten bits a value, and most mips by far are of the deepest zoom, made of
nothing else: those are kept in ten bits, all others in sixteen. Where a mip is opaque its alpha is left out.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker_tiles.shade import FULL, Shades

_SUMS, _SHADES = 10, 16
"""Bits a value."""


def packed(mip: Shades) -> bytes:
    """A mip as a store keeps it."""
    kept = mip if (mip[..., 3] < FULL).any() else mip[..., :3]
    values = kept.ravel()
    sums = values.size % 4 == 0 and not (values & 15).any()
    head = np.array([*kept.shape, _SUMS if sums else _SHADES], "<u4").tobytes()
    return head + (_packed_sums(values >> np.uint16(4)) if sums else values.astype("<u2").tobytes())


def read_mip(path: Path) -> Shades:
    """The mip in a file of a store. OSError or ValueError if it is gone or was cut off."""
    data = path.read_bytes()
    height, width, channels, bits = np.frombuffer(data[:16], "<u4").tolist()
    body = np.frombuffer(data, np.uint8, offset=16)
    values = _sums(body) << np.uint16(4) if bits == _SUMS else body.view("<u2")
    mip = np.full((height, width, 4), FULL, np.uint16)
    mip[..., :channels] = values.reshape(height, width, channels)
    return mip


def most_bytes(tile_size: int, *, deepest: bool) -> int:
    """What the mip of a tile may take, be it of the deepest zoom or above."""
    return (tile_size // 2) ** 2 * 4 * (_SUMS if deepest else _SHADES) // 8


def _packed_sums(sums: NDArray[np.uint16]) -> bytes:
    """The upper eight bits of all; then the lower two, the four quarters of them upon one another."""
    lower = sums.astype(np.uint8) & np.uint8(3)
    first, second, third, fourth = lower.reshape(4, -1)
    return (sums >> np.uint16(2)).astype(np.uint8).tobytes() + (
        first | second << 2 | third << 4 | fourth << 6
    ).tobytes()


def _sums(body: NDArray[np.uint8]) -> NDArray[np.uint16]:
    quarter = body.size // 5
    sums = body[: 4 * quarter].astype(np.uint16) << np.uint16(2)
    for place, part in enumerate(sums.reshape(4, -1)):
        part |= body[4 * quarter :] >> 2 * place & np.uint8(3)
    return sums
