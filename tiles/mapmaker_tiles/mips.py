"""A mip, a tile at half its side, <-> the bytes that a store keeps of it. Nothing is lost.

The mean of 2 x 2 pixels is a sum of four, which ten bits hold, and most mips by far are of the deepest zoom, made of
nothing else. So a mip whose values all are such sums is kept in ten bits a value, any other in sixteen; where it is
opaque, its alpha is left out.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker_tiles.errors import TileError
from mapmaker_tiles.geometry import Box
from mapmaker_tiles.shade import FULL, SUM_STEP, Pixels, Shades, to_pixels

_SUM_BITS, _SHADE_BITS = 10, 16
_HEADER = 16
"""Bytes: height, width, channels, bits a value."""


def read_mip(path: Path) -> Shades:
    """The mip that a store keeps there. TileError if it is gone or damaged."""
    try:
        return unpacked(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TileError(f"{path} is gone or damaged ({error}); remove the folder {path.parents[2]}") from error


def mip_boxes(path: Path, boxes: Iterable[Box]) -> list[Pixels]:
    """Boxes of the mip there, a quarter of the tile above it before that is encoded. TileError as for `read_mip`.

    A pixel is the same in any box, and on any mip: no other has a say in it.
    """
    mip = read_mip(path)
    return [to_pixels(mip[top:bottom, left:right]) for left, top, right, bottom in boxes]


def packed(mip: Shades) -> bytes:
    """A mip as a store keeps it."""
    channels = 4 if mip[..., 3].min() < FULL else 3
    kept = np.empty((*mip.shape[:2], channels), np.uint16)
    _copy_channels(mip, kept)
    values = kept.ravel()
    in_sums = int(np.bitwise_or.reduce(values)) % SUM_STEP == 0
    head = np.array([*kept.shape, _SUM_BITS if in_sums else _SHADE_BITS], "<u4").tobytes()
    return head + (_packed_sums(values // np.uint16(SUM_STEP)) if in_sums else values.astype("<u2").tobytes())


def unpacked(data: bytes) -> Shades:
    """The mip in such bytes. ValueError if they were cut off or are none."""
    height, width, channels, bits = np.frombuffer(data[:_HEADER], "<u4").tolist()
    body = np.frombuffer(data, np.uint8, offset=_HEADER)
    count = height * width * channels
    values = _sums(body, count) * np.uint16(SUM_STEP) if bits == _SUM_BITS else body.view("<u2")
    kept = values.reshape(height, width, channels)  # before any room is made: what the header says may be damaged, too
    mip = np.full((height, width, 4), FULL, np.uint16)
    _copy_channels(kept, mip)
    return mip


def _copy_channels(source: Shades, target: Shades) -> None:
    """Copy what channels both have, one by one: NumPy takes five times as long for three of four at once."""
    for channel in range(min(source.shape[2], target.shape[2])):
        target[..., channel] = source[..., channel]


def most_bytes(tile_size: int, *, deepest: bool) -> int:
    """What the mip of a tile may take, be it of the deepest zoom or above."""
    values = (tile_size // 2) ** 2 * 4
    return _HEADER + values * (_SUM_BITS if deepest else _SHADE_BITS) // 8


def _packed_sums(sums: NDArray[np.uint16]) -> bytes:
    """The upper eight bits of all; then the lower two, the four quarters of them upon one another."""
    upper = (sums >> np.uint16(2)).astype(np.uint8)
    lower = np.pad(sums.astype(np.uint8) & np.uint8(3), (0, -len(sums) % 4))
    first, second, third, fourth = lower.reshape(4, -1)
    quarters: NDArray[np.uint8] = first | second << 2 | third << 4 | fourth << 6
    return upper.tobytes() + quarters.tobytes()


def _sums(body: NDArray[np.uint8], count: int) -> NDArray[np.uint16]:
    quarters = body[count:]
    if len(quarters) != -(-count // 4):
        raise ValueError(f"{len(body)} bytes for {count} values of ten bits")
    lower = np.concatenate([quarters >> step & np.uint8(3) for step in (0, 2, 4, 6)])
    sums: NDArray[np.uint16] = body[:count].astype(np.uint16) << np.uint16(2) | lower[:count]
    return sums
