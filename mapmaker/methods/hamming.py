"""Hashes in, out which differ in few bits: exactly, yet nobody is compared with all.

Of 256 bits in 16 bands, two hashes that differ in at most 31 bits differ in one bit at most in some band (M. Norouzi et
al., Fast search in Hamming space with multi-index hashing, CVPR 2012). So of each band those are looked at that have it
as it is, or with one bit turned: of 20,000 posters some hundred. Only `copies` imports this module, and only when it
runs: numba takes a while to import.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.compiled import compiled

BANDS, BAND_BITS = 16, 16
REACH = 2 * BANDS - 1
"""Bits up to which all are found."""

kernel = compiled(forceinline=True)


def near(hashes: NDArray[np.uint8], some: int) -> NDArray[np.int32]:
    """Return (n, 2 `some`) for each of (n, 32) `hashes` the others within `REACH` bits, in any order, -1 for no more.

    Of one with more of them the `some` nearest are told, and the `some` first. 150 bytes a hash, and what is returned.
    """
    bands = np.ascontiguousarray(hashes).view(np.uint16)
    order = np.stack([np.argsort(band, kind="stable").astype(np.int32) for band in bands.T])
    counts = np.stack([np.bincount(band, minlength=2**BAND_BITS) for band in bands.T])
    start = np.cumsum(np.insert(counts, 0, 0, axis=1), axis=1, dtype=np.int32)
    return _near(bands.view(np.uint64), bands, order, start, some)


@compiled()
def _near(
    words: NDArray[np.uint64],
    bands: NDArray[np.uint16],
    order: NDArray[np.int32],
    start: NDArray[np.int32],
    some: int,
) -> NDArray[np.int32]:
    """See `near`; `order` (bands, n) has the hashes by each band, `start` where in it those of each value begin."""
    n = len(words)
    told = np.full((n, 2 * some), np.int32(-1))
    seen = np.full(n, -1)
    others, bits = np.empty(n, np.int64), np.empty(n, np.int64)
    for row in range(n):
        seen[row] = row
        count = 0
        for band in range(BANDS):
            for turned in range(BAND_BITS + 1):
                value = int(bands[row, band]) ^ ((1 << turned) & 0xFFFF)  # the last time nothing
                for other in order[band, start[band, value] : start[band, value + 1]]:
                    if seen[other] == row:
                        continue
                    seen[other] = row
                    differing = _differing(words, row, other)
                    if differing <= REACH:
                        others[count], bits[count] = other, differing
                        count += 1
        if count <= 2 * some:
            told[row, :count] = others[:count]
        else:
            _tell_some(told[row], others[:count], bits[:count], some)
    return told


@kernel
def _tell_some(told: NDArray[np.int32], others: NDArray[np.int64], bits: NDArray[np.int64], some: int) -> None:
    """Put the nearest, of those as near the first, and the first of `others` into `told`."""
    far = bits * (others.max() + 1) + others
    _tell_least(told[:some], far, others)
    _tell_least(told[some:], others.copy(), others)


@kernel
def _tell_least(told: NDArray[np.int32], numbers: NDArray[np.int64], others: NDArray[np.int64]) -> None:
    """Put those of `others` that have the least `numbers` into `told`; the numbers are spent."""
    for place in range(len(told)):
        least = numbers.argmin()
        told[place] = others[least]
        numbers[least] = 2**62


@kernel
def _differing(words: NDArray[np.uint64], one: int, other: int) -> int:
    """Return in how many bits two hashes differ."""
    total = 0
    for word in range(words.shape[1]):
        total += int(_ones(words[one, word] ^ words[other, word]))
    return total


@kernel
def _ones(word: np.uint64) -> np.uint64:
    """Return how many bits are set; compilers know this for the processor's own instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)
