"""Pictures -> which are copies of one another: a hash to find who may be, and a close look at two that may.

The hash is the perceptual one of the lowest frequencies (C. Zauner, Implementation and benchmarking of perceptual image
hash functions, 2010), of 256 bits. Close ones are found by bands of it, see `hamming`: nobody is compared with all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats

if TYPE_CHECKING:
    from PIL import Image

HASH_BITS = 256
HASH_BYTES = HASH_BITS // 8
CLOSE = 31
"""Bits: the distance up to which `close_pairs` finds all."""
_CROWD = 8
"""Of a row with more than twice as many pairs, those with its nearest and with the first rows are told: a thousand
copies of one picture would make half a million pairs."""
SIZE = (48, 72)
"""Width and height of the views that `resemblance` compares."""
SHEET = (4 * SIZE[0], 4 * SIZE[1])
"""Width and height at which a frame is looked for: all that `views` needs of a picture."""
_BLOCK = 12
_REACH = 5
"""Pixels that a block is looked for around its place: a tenth of the width, for crops and borders."""
FARTHEST_COLOUR = 361
"""No two pictures are as far apart: each of the chromas is 0 to 255."""
_TEXTURE = 6.0
"""Deviation of grey values below which a block shows nothing that could be recognised."""
_NOISE = 4.0
"""Deviation of grey values that compression alone makes."""
_WIDEST_FRAME = 0.08
"""Of a side: beyond, one colour is the poster's ground."""
_ONE_COLOUR, _NEARLY_ALL = 24, 0.97
"""A line is of a frame if nearly all of its pixels are so near its colour."""

Pairs = NDArray[np.int64]
"""(m, 2), the lower row first, each pair once, ascending."""


def perceptual_hash(grey: Floats) -> NDArray[np.uint8]:
    """Return (32,) uint8 for a (32, 32) thumbnail: which of its 255 lowest frequencies are above their median."""
    basis = _cosines(grey.shape[0])
    frequencies = (basis @ grey.astype(np.float64) @ basis.T).ravel()[1:]  # without the mean
    bits: NDArray[np.uint8] = np.packbits(frequencies > np.median(frequencies))
    return bits


@lru_cache(maxsize=1)
def _cosines(side: int) -> NDArray[np.float64]:
    """Return the (16, side) lowest basis vectors of the cosine transform of the second kind."""
    frequency, position = np.arange(16)[:, None], np.arange(side)[None, :]
    basis = np.cos(np.pi * frequency * (2 * position + 1) / (2 * side)) * np.sqrt(2 / side)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float64)


def distances(hashes: NDArray[np.uint8], pairs: Pairs) -> NDArray[np.int64]:
    """Return (m,) in how many bits the two of each pair differ."""
    differing = hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]
    return np.asarray(np.bitwise_count(differing).sum(axis=1), np.int64)


def close_pairs(hashes: NDArray[np.uint8]) -> Pairs:
    """Return the pairs of (n, 32) `hashes` that differ in at most `CLOSE` bits; of crowds only some, see `_CROWD`.

    In a crowd all are tied to its first rows: give the hashes in the order in which rows are to stand for others.
    """
    if len(hashes) < 2:
        return np.zeros((0, 2), np.int64)
    from mapmaker.methods.hamming import near

    first, place = _among_equals(hashes)
    rows = np.flatnonzero(place <= _CROWD)
    found = near(hashes[rows], _CROWD)
    beside = np.full((len(hashes), found.shape[1] + 1), -1)
    beside[rows, :-1] = np.where(found >= 0, rows[found], -1)
    late = np.flatnonzero(place > _CROWD)  # tied as the first of its equals is, and to that one
    beside[late] = beside[first[late]]
    beside[late, -1] = first[late]
    ones, which = np.nonzero(beside >= 0)
    return unique_pairs(np.stack([ones, beside[ones, which]], axis=1))


def _among_equals(hashes: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return for each row the first with the same hash, and how many with it stand before the row."""
    words = np.ascontiguousarray(hashes).view(np.uint64)
    order = np.lexsort(words.T)  # equal ones stay in order
    differs = (words[order[1:]] != words[order[:-1]]).any(axis=1)
    starts = np.flatnonzero(np.insert(differs, 0, True))
    counts = np.diff(starts, append=len(order))
    first, place = np.empty_like(order), np.empty_like(order)
    first[order] = np.repeat(order[starts], counts)
    place[order] = np.arange(len(order)) - np.repeat(starts, counts)
    return first, place


def graph_pairs(index: NDArray[np.integer], rank: int) -> Pairs:
    """Return the pairs of which one is among the `rank` nearest of the other in a graph (n, k), -1 for nobody."""
    near = index[:, :rank].astype(np.int64)
    rows = np.repeat(np.arange(len(near)), near.shape[1])
    pairs = np.stack([rows, near.ravel()], axis=1)
    return unique_pairs(pairs[pairs[:, 1] >= 0])


def unique_pairs(pairs: Pairs) -> Pairs:
    """Return `pairs`, in any order and any number of times, as `Pairs` has them."""
    lower, upper = pairs.min(axis=1), pairs.max(axis=1)
    rows = int(upper.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(lower * rows + upper), rows), axis=1)


@dataclass(frozen=True)
class Resemblance:
    """How alike two pictures are, seen closely. `likeness`: 1 for the same shapes; `colour`: 0 for the same colours."""

    likeness: float
    colour: float


def views(picture: "Image.Image") -> list[Floats]:
    """Return what `resemblance` sees of a picture: the whole, and, if it has a frame of one colour, what is inside.

    Each is (72, 48, 3) float32: luminance and two chromas, 0 to 255.
    """
    from PIL import Image

    sheet = picture.resize(SHEET, Image.Resampling.BOX).convert("YCbCr")
    inside = _inside(np.asarray(sheet))
    boxes = [(0, 0, *sheet.size)] if inside == (0, 0, *sheet.size) else [(0, 0, *sheet.size), inside]
    return [np.asarray(sheet.resize(SIZE, Image.Resampling.BOX, box=box), np.float32) for box in boxes]


def _inside(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what is inside a frame of one colour, which is never wide."""
    height, width = pixels.shape[:2]
    top, bottom = _frame(pixels), _frame(pixels[::-1])
    left, right = (_frame(side) for side in (pixels.transpose(1, 0, 2), pixels[:, ::-1].transpose(1, 0, 2)))
    return left, top, width - right, height - bottom


def _frame(lines: NDArray[np.uint8]) -> int:
    """Return how many lines from the first on are of one colour; none if they do not end soon."""
    most = int(len(lines) * _WIDEST_FRAME)
    colour = np.median(lines[0], axis=0)
    apart = np.abs(lines[: most + 1] - colour).max(axis=2)
    plain = (apart < _ONE_COLOUR).mean(axis=1) > _NEARLY_ALL
    return 0 if plain.all() else int(plain.argmin())


def resemblance(one: Sequence[Floats], other: Sequence[Floats]) -> Resemblance:
    """Return how alike two pictures are, given the `views` of each: those two of them that are most alike count.

    Each block with anything to recognise is looked for in the other picture, near its place, whatever the brightness
    and contrast there: `likeness` is the mean correlation where it fits best, of the blocks of both. A title that is
    another spoils a block or two, another photograph many. `colour` is the mean distance of the chromas of blocks.
    """
    seen = (_resemblance(mine, yours) for mine in one for yours in other)
    return max(seen, key=lambda found: (found.likeness, -found.colour))


def _resemblance(one: Floats, other: Floats) -> Resemblance:
    found = np.concatenate([_found(one[..., 0], other[..., 0]), _found(other[..., 0], one[..., 0])])
    likeness = found.mean() if len(found) else 1 - np.abs(one - other)[..., 0].mean() / _NOISE / 2
    colour = np.linalg.norm(_means(one) - _means(other), axis=1).mean()
    return Resemblance(round(float(likeness), 4), round(float(colour), 2))


def _found(one: Floats, other: Floats) -> NDArray[np.float64]:
    """Return of each block of `one` that shows anything how well it is found in `other`: its best correlation."""
    height, width = one.shape
    down, across = height // _BLOCK, width // _BLOCK
    blocks = one.reshape(down, _BLOCK, across, _BLOCK).transpose(0, 2, 1, 3)
    padded = np.pad(other, _REACH, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_BLOCK, _BLOCK))
    places = 2 * _REACH + 1
    best = []
    for row, column in np.ndindex(down, across):
        block = (blocks[row, column] - blocks[row, column].mean()).ravel()
        deviation = np.sqrt((block**2).mean())
        if deviation <= _TEXTURE:
            continue
        top, left = row * _BLOCK, column * _BLOCK
        near = windows[top : top + places, left : left + places].reshape(places * places, -1)
        products = near @ block / block.size  # the block's mean is 0, so the window's does not matter
        best.append((products / (near.std(axis=1) * deviation + _NOISE)).max())
    return np.array(best, np.float64)


def _means(pixels: Floats) -> Floats:
    """Return (blocks, 2): the mean chromas of each block."""
    height, width = pixels.shape[:2]
    chroma = pixels[..., 1:].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, 2)
    return np.asarray(chroma.mean(axis=(1, 3)).reshape(-1, 2), np.float32)
