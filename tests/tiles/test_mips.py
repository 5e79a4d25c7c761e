"""Mips: what is read is what was packed, to the bit, in no more bytes than said."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapmaker_tiles.mips import most_bytes, packed, read_mip
from mapmaker_tiles.shade import FULL, Shades, halved, halved_pixels

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


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(side=st.sampled_from([2, 4, 6, 10, 32]), seed=st.integers(0, 999), deepest=st.booleans(), holes=st.booleans())
def test_nothing_is_lost(side: int, seed: int, deepest: bool, holes: bool, tmp_path: Path) -> None:
    kept = mip(side, seed, deepest=deepest, holes=holes)
    data = packed(kept)
    (tmp_path / "mip").write_bytes(data)
    assert np.array_equal(read_mip(tmp_path / "mip"), kept)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("deepest", [False, True])
def test_it_takes_no_more_than_it_may_and_three_quarters_of_it_where_opaque(deepest: bool, holes: bool) -> None:
    most = most_bytes(32, deepest=deepest)
    assert len(packed(mip(32, 0, deepest=deepest, holes=holes))) == HEADER + (most if holes else most * 3 // 4)


def test_a_file_cut_off_anywhere_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mip"
    for deepest in (True, False):
        data = packed(mip(8, 0, deepest=deepest, holes=False))
        for length in range(len(data)):
            file.write_bytes(data[:length])
            with pytest.raises(ValueError):
                read_mip(file)


def test_full_is_full(tmp_path: Path) -> None:
    white = np.full((4, 4, 4), FULL, np.uint16)
    (tmp_path / "mip").write_bytes(packed(white))
    assert (read_mip(tmp_path / "mip") == FULL).all()
