"""Encoding: what comes back from a tile's file, and how many bytes that takes."""

import io
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, features

from mapmaker_tiles import Encoding, Format, TileError

FORMATS: tuple[Format, ...] = get_args(Format)
SEE_THROUGH: tuple[Format, ...] = ("webp", "avif")
Tile = NDArray[np.uint8]


@pytest.fixture(scope="module")
def tile() -> Tile:
    """(128, 128, 4): a smooth picture with print on it, opaque."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 6, 4), np.uint8)
    picture = np.array(Image.fromarray(coarse).resize((128, 128), Image.Resampling.BICUBIC))
    picture[40:60:4, 20:100, :3] = 255
    picture[..., 3] = 255
    return picture


@pytest.fixture(scope="module")
def bordered(tile: Tile) -> Tile:
    """The same, with nothing right of column 64 and row 96 half transparent."""
    picture = tile.copy()
    picture[96, :, 3] = 128
    picture[:, 64:] = 0
    return picture


def decoded(data: bytes) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"), np.int16)


def opened(data: bytes) -> tuple[str | None, str]:
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.mode


@pytest.mark.parametrize("name", FORMATS)
def test_a_tile_comes_back_about_as_it_was(name: Format, tile: Tile) -> None:
    data = Encoding(name).encode(tile)
    assert opened(data) == (name.upper(), "RGB")
    seen = decoded(data)
    assert seen.shape == tile.shape
    assert np.abs(seen - tile).mean() < 4


@pytest.mark.parametrize("name", SEE_THROUGH)
def test_where_nothing_was_painted_a_tile_is_see_through(name: Format, bordered: Tile) -> None:
    seen = decoded(Encoding(name).encode(bordered))
    assert (seen[:, 64:, 3] == 0).all()
    assert (seen[:96, :64, 3] == 255).all()
    assert np.abs(seen[96, :64, 3] - 128).max() <= 8


def test_what_is_transparent_shows_the_background_in_jpeg(bordered: Tile) -> None:
    seen = decoded(Encoding("jpeg", quality=95, background=(10, 20, 200)).encode(bordered))
    assert np.abs(seen[:, 80:, :3] - (10, 20, 200)).max() <= 4


@given(
    pixels=arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4)), elements=st.integers(0, 255)
    )
)
def test_lossless_webp_gives_back_every_pixel_that_is_seen(pixels: Tile) -> None:
    seen = decoded(Encoding(lossless=True, method=0).encode(pixels))
    assert np.array_equal(seen[..., 3], pixels[..., 3])
    assert np.array_equal(seen[pixels[..., 3] > 0], pixels[pixels[..., 3] > 0])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("above", [0, 3])
def test_the_same_pixels_give_the_same_bytes(name: Format, above: int, tile: Tile, bordered: Tile) -> None:
    for pixels in (tile, bordered):
        strided = np.repeat(pixels, 2, axis=1)[:, ::2]
        assert Encoding(name).encode(pixels, above) == Encoding(name).encode(strided, above)


@pytest.mark.parametrize("name", FORMATS)
def test_more_quality_takes_more_bytes(name: Format, tile: Tile) -> None:
    sizes = [len(Encoding(name, quality=quality).encode(tile)) for quality in (10, 40, 70, 95)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("name", SEE_THROUGH)
def test_effort_does_not_cost_likeness(name: Format, tile: Tile) -> None:
    fast, small = (decoded(Encoding(name, method=method).encode(tile)) for method in (0, 6))
    assert np.abs(small - tile).mean() < 1.2 * np.abs(fast - tile).mean()


@pytest.mark.parametrize("name", FORMATS)
def test_overviews_are_smaller_by_default_and_alike_down_to_specks(name: Format, tile: Tile) -> None:
    encoding = Encoding(name)
    assert len(encoding.encode(tile, 1)) < len(encoding.encode(tile))
    assert encoding.encode(tile, 1) == encoding.encode(tile, 4)


@given(
    quality=st.integers(1, 100), overview=st.integers(1, 100), above=st.integers(1, 12), name=st.sampled_from(FORMATS)
)
def test_qualities_asked_for_are_taken(quality: int, overview: int, above: int, name: Format) -> None:
    both = Encoding(name, quality=quality, overview_quality=overview)
    assert (both.quality_at(0), both.quality_at(above)) == (quality, overview)
    assert Encoding(name, overview_quality=overview).quality_at(above) == overview
    assert Encoding(name, quality=quality).quality_at(above) <= quality


@pytest.mark.parametrize("name", FORMATS)
def test_specks_are_smaller_still_unless_asked_for_otherwise(name: Format, tile: Tile) -> None:
    encoding = Encoding(name)
    assert len(encoding.encode(tile, 5)) < len(encoding.encode(tile, 4))
    assert encoding.encode(tile, 9) == encoding.encode(tile, 5)
    assert encoding.method_at(4) == encoding.method
    assert Encoding(name, overview_quality=70).quality_at(5) == 70


@pytest.mark.parametrize("name", FORMATS)
def test_a_zoom_is_written_at_its_quality(name: Format, tile: Tile) -> None:
    encoding = Encoding(name, quality=90, overview_quality=30)
    assert encoding.encode(tile) == Encoding(name, quality=90).encode(tile)
    assert encoding.encode(tile, 2) == Encoding(name, quality=30).encode(tile)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"format": "png"}, "format must be one of webp, avif, jpeg, got 'png'"),
        ({"quality": 0}, "quality must be 1 to 100, got 0"),
        ({"overview_quality": 101}, "overview_quality must be 1 to 100, got 101"),
        ({"method": 7}, "method must be 0 to 6, got 7"),
        ({"format": "avif", "lossless": True}, "lossless needs format webp, got avif"),
        ({"background": (0, 0, 256)}, r"background must be three values of 0 to 255, got \(0, 0, 256\)"),
    ],
)
def test_nonsense_is_refused_by_name(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TileError, match=f"^{complaint}$"):
        Encoding(**options)


def test_avif_is_refused_where_pillow_cannot_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda name: name != "avif")
    with pytest.raises(TileError, match=r"^format avif needs a Pillow that writes AVIF"):
        Encoding("avif")
    assert Encoding("webp").extension == "webp"
