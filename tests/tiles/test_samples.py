"""Samples of any depth and mode become RGB: deep greys, keys and alpha on white, palettes, ink."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from mapmaker_tiles import decode
from tests.tiles.pictures import BLACK, GREEN, RED, WHITE, array, assert_close, assert_color, chunk, png, saved, scene


def grey_ramp(dtype: str, top: float) -> NDArray[Any]:
    return (np.linspace(0, top, 256).astype(dtype)).reshape(1, 256).repeat(4, axis=0)


@pytest.mark.parametrize(
    ("samples", "suffix"),
    [
        (grey_ramp("uint16", 65535), ".png"),
        (grey_ramp("uint16", 65535), ".tiff"),
        (grey_ramp("int32", 65535), ".tiff"),
        (grey_ramp("int32", 2_000_000_000), ".tiff"),
        (grey_ramp("int32", 255), ".tiff"),
        (grey_ramp("float32", 1), ".tiff"),
        (grey_ramp("float32", 255), ".tiff"),
        (grey_ramp("float32", 65535), ".tiff"),
        (grey_ramp("float32", 1e9), ".tiff"),
        (grey_ramp("float32", 2) - 1, ".tiff"),
    ],
)
def test_deep_greys_keep_their_ramp(samples: NDArray[Any], suffix: str, tmp_path: Path) -> None:
    file = saved(Image.fromarray(samples), tmp_path / f"deep{suffix}")
    ramp = array(decode(file))
    assert np.abs(ramp[0, :, 0] - np.arange(256)).max() <= 1
    assert (ramp == ramp[..., :1]).all()


def test_big_endian_greys_keep_their_ramp(tmp_path: Path) -> None:
    image = Image.frombytes("I;16B", (256, 4), grey_ramp(">u2", 65535).tobytes())
    ramp = array(decode(saved(image, tmp_path / "deep.tiff")))
    assert np.abs(ramp[0, :, 0] - np.arange(256)).max() <= 1


def test_floats_that_are_no_numbers_are_black_or_white(tmp_path: Path) -> None:
    samples = grey_ramp("float32", 1)
    samples[1, :3] = np.nan, np.inf, -np.inf
    picture = array(decode(saved(Image.fromarray(samples), tmp_path / "holes.tiff")))
    assert picture[1, :3, 0].tolist() == [0, 255, 0]
    assert picture[0, 128, 0] == 128
    samples[:] = np.nan
    assert_color(decode(saved(Image.fromarray(samples), tmp_path / "none.tiff")), BLACK)


def test_a_png_with_16_bits_a_color_is_scaled(tmp_path: Path) -> None:
    file = tmp_path / "deep.png"
    samples = struct.pack(">6H", 65535, 32896, 0, 257, 65280, 128)
    file.write_bytes(png(2, 1, 16, 2, b"\0" + samples))
    assert np.abs(array(decode(file))[0] - [[255, 128, 0], [1, 254, 0]]).max() <= 1


@pytest.mark.parametrize(
    ("depth", "kind", "rows", "key", "colors"),
    [
        (1, 0, b"\0\x80", struct.pack(">H", 0), [WHITE, WHITE]),
        (2, 0, b"\0\x10", struct.pack(">H", 1), [BLACK, WHITE]),
        (4, 0, b"\0\x0f", struct.pack(">H", 0), [WHITE, WHITE]),
        (4, 0, b"\0\x05", struct.pack(">H", 5), [BLACK, WHITE]),
        (8, 0, b"\0\x00\x50", struct.pack(">H", 0x50), [BLACK, WHITE]),
        (16, 0, b"\0\0\0\x50\0", struct.pack(">H", 0x5000), [BLACK, WHITE]),
        (8, 2, b"\0\xff\0\0\0\0\xff", struct.pack(">3H", 0, 0, 255), [RED, WHITE]),
        (
            16,
            2,
            b"\0\xff\xff\0\0\0\0\0\0\0\0\xff\xff",
            struct.pack(">3H", 0, 0, 65535),
            [RED, WHITE],
        ),
    ],
)
def test_a_png_color_key_lets_paper_through_at_every_depth(
    depth: int, kind: int, rows: bytes, key: bytes, colors: list[tuple[int, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "key.png"
    file.write_bytes(png(2, 1, depth, kind, rows, chunk(b"tRNS", key)))
    assert array(decode(file))[0].tolist() == [list(color) for color in colors]


def test_see_through_pictures_lie_on_white(tmp_path: Path) -> None:
    half = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    for suffix in (".png", ".tiff"):
        assert_color(decode(saved(half, tmp_path / f"half{suffix}")), (255, 127, 127), 1)
    lossless = saved(half, tmp_path / "half.webp", lossless=True)
    assert_color(decode(lossless), (255, 127, 127), 1)
    grey = saved(Image.new("LA", (4, 4), (0, 64)), tmp_path / "grey.png")
    assert_color(decode(grey), (191,) * 3, 1)
    nothing = saved(Image.new("RGBA", (4, 4)), tmp_path / "nothing.png")
    assert_color(decode(nothing), WHITE)
    premultiplied = Image.new("RGBa", (4, 4), (128, 0, 0, 128)).convert("RGBA")
    assert_color(decode(saved(premultiplied, tmp_path / "pre.png")), (255, 127, 127), 1)


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 128])])
def test_see_through_palette_colors_lie_on_white(transparency: int | bytes, tmp_path: Path) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([*RED, *GREEN, *BLACK])
    image.putdata([0, 1, 2])
    file = saved(image, tmp_path / "palette.png", transparency=transparency)
    last = 0 if transparency == 1 else 127
    assert np.abs(array(decode(file))[0] - [RED, WHITE, (last,) * 3]).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "YCbCr", "LAB", "CMYK"])
def test_every_mode_becomes_rgb(mode: str, tmp_path: Path) -> None:
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
        image = ImageCms.applyTransform(scene(), to_lab)
        assert image is not None
    else:
        image = scene().convert(mode)
    truth = image.convert("RGB") if mode in "1L" else scene()
    assert_close(decode(saved(image, tmp_path / "mode.tiff")), truth, 10 if mode == "LAB" else 1)


def test_cmyk_jpegs_are_right_with_adobe_s_upside_down_ink(tmp_path: Path) -> None:
    file = saved(scene().convert("CMYK"), tmp_path / "ink.jpg", quality=95)
    assert b"Adobe" in file.read_bytes()
    assert_close(decode(file), scene(), 6)


def test_cmyk_jpegs_are_right_without_adobe_s_marker(tmp_path: Path) -> None:
    # Pillow writes Adobe's way only; take its marker away and put the ink right side up.
    upright = Image.eval(scene().convert("CMYK"), lambda value: 255 - value)
    data = saved(upright, tmp_path / "ink.jpg", quality=95).read_bytes()
    at = data.index(b"\xff\xee")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    (tmp_path / "ink.jpg").write_bytes(data[:at] + data[at + 2 + length :])
    assert_close(decode(tmp_path / "ink.jpg"), scene(), 6)
