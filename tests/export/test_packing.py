"""Bands packed apart -> one stream: held against zlib, and against what Pillow reads."""

import io
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mapmaker.export.packing import joined, pack, stream
from mapmaker.export.page import Page
from mapmaker.export.png import write_png


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_checksums_of_two_pieces_make_that_of_both(first: bytes, second: bytes) -> None:
    assert joined(zlib.adler32(first), zlib.adler32(second), len(second)) == zlib.adler32(first + second)


def test_checksums_are_joined_beyond_where_they_wrap() -> None:
    first, second = b"\xff" * 1_000_003, b"\xfe" * 777_777
    assert joined(zlib.adler32(first), zlib.adler32(second), len(second)) == zlib.adler32(first + second)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.sampled_from([1, 3, 255]),
)
def test_pillow_reads_what_was_packed_in_bands(seed: int, width: int, heights: list[int], noise: int) -> None:
    random = np.random.default_rng(seed)
    ramp = np.add.outer(np.arange(sum(heights)) * 3, np.arange(width) * 5)[:, :, None]
    whole = (ramp + random.integers(0, noise + 1, (sum(heights), width, 3))).astype(np.uint8)
    file = io.BytesIO()
    page = Page(width, sum(heights), (1.0, 1.0), 300, 0)
    write_png(file, page, [pack(band) for band in np.split(whole, np.cumsum(heights)[:-1])])
    with Image.open(file) as image:
        assert np.array_equal(np.asarray(image), whole)
        assert [round(value) for value in image.info["dpi"]] == [300, 300]


def test_smooth_pictures_become_small_and_noise_hardly_grows() -> None:
    smooth = np.add.outer(np.arange(400), np.arange(500))[:, :, None].repeat(3, axis=2).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8)
    assert len(pack(smooth).data) < smooth.nbytes / 50
    assert len(pack(noise).data) < noise.nbytes * 1.01


def test_a_stream_without_bands_is_one_of_nothing() -> None:
    assert zlib.decompress(b"".join(stream([]))) == b""
