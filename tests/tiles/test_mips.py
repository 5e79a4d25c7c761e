"""Mips: what is read is what was packed, to the bit, in no more bytes than said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapmaker_tiles.mips import most_bytes, packed, unpacked
from mapmaker_tiles.shade import FULL, Shades, halved, halved_pixels, to_pixels

HEADER = 16


def mip(side: int, seed: int, *, deepest: bool, holes: bool) -> Shades:
    """Of a noisy tile, of the deepest zoom or of the one above."""
    random = np.random.default_rng(seed)
    seen = side if deepest else 2 * side
    pixels = random.integers(0, 256, (seen, seen, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    if holes:
        pixels[random.random((seen, seen)) < 0.3] = 0
    return halved_pixels(pixels) if deepest else halved(halved_pixels(pixels))


@settings(deadline=None)
@given(side=st.sampled_from([2, 4, 6, 10, 32]), seed=st.integers(0, 999), deepest=st.booleans(), holes=st.booleans())
def test_nothing_is_lost(side: int, seed: int, deepest: bool, holes: bool) -> None:
    kept = mip(side, seed, deepest=deepest, holes=holes)
    data = packed(kept)
    assert np.array_equal(unpacked(data), kept)
    assert len(data) <= most_bytes(side, deepest=deepest) + 3  # to whole bytes


@pytest.mark.parametrize("deepest", [False, True])
def test_where_it_is_opaque_it_takes_three_quarters(deepest: bool) -> None:
    most = most_bytes(32, deepest=deepest)
    assert len(packed(mip(32, 0, deepest=deepest, holes=True))) == most
    assert len(packed(mip(32, 0, deepest=deepest, holes=False))) == HEADER + (most - HEADER) * 3 // 4


def test_bytes_cut_off_anywhere_are_refused() -> None:
    for deepest in (True, False):
        data = packed(mip(8, 0, deepest=deepest, holes=False))
        for length in range(len(data)):
            with pytest.raises(ValueError):
                unpacked(data[:length])


@pytest.mark.parametrize("place", range(12))
def test_a_damaged_header_is_refused_before_any_room_is_made_for_what_it_says(place: int) -> None:
    for deepest in (True, False):
        data = bytearray(packed(mip(8, 0, deepest=deepest, holes=False)))
        data[place] ^= 0x7F
        with pytest.raises(ValueError):
            unpacked(bytes(data))


def test_white_is_white() -> None:
    white = np.full((4, 4, 4), FULL, np.uint16)
    assert (unpacked(packed(white)) == FULL).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_how_a_pixel_is_rounded_no_other_has_a_say_in(seed: int) -> None:
    random = np.random.default_rng(seed)
    alpha = random.choice([0, 1, FULL // 3, FULL - 1, FULL], (6, 5, 1))
    shades = np.concatenate([random.integers(0, alpha + 1, (6, 5, 3)), alpha], axis=2).astype(np.uint16)
    pixels = to_pixels(shades)
    alone = [to_pixels(shades[row : row + 1, column : column + 1]) for row in range(6) for column in range(5)]
    assert np.array_equal(np.concatenate(alone).reshape(pixels.shape), pixels)
    wanted = shades[..., :3].astype(np.float64) * 255 / np.maximum(alpha, 1)
    assert np.abs(pixels[..., :3] - wanted).max() <= 0.5 + 1e-4
    assert np.array_equal(pixels[..., 3:], (alpha + 32) // 64)
