"""Colours are what a picture's ICC profile or gamma says that they are, as browsers show them."""

import struct
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from mapmaker_tiles import decode
from tests.tiles.pictures import GREEN, LOSSY, RED, assert_close, assert_color, chunk, png, saved, scene

SRGB = [(0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]


def fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def profile(columns: list[tuple[float, float, float]], gamma: float, space: bytes = b"RGB ") -> bytes:
    """A minimal ICC v2 matrix profile: XYZ (D50) of red, green and blue, and one gamma for all."""
    white = b"XYZ \0\0\0\0" + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = {b"wtpt": white}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True):
            tags[name] = b"XYZ \0\0\0\0" + b"".join(map(fixed, xyz))
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"none", 0x02200000, b"mntr", space, b"XYZ ")
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return header.ljust(128, b"\0") + table + body


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".avif"])
def test_a_profile_is_followed(suffix: str, tmp_path: Path) -> None:
    swapped = profile([SRGB[1], SRGB[0], SRGB[2]], 2.2)  # its red is our green
    file = saved(Image.new("RGB", (16, 16), RED), tmp_path / f"swapped{suffix}", icc_profile=swapped)
    assert_color(decode(file), GREEN, 12)


def test_a_profile_is_followed_under_transparency_and_palettes(tmp_path: Path) -> None:
    swapped = profile([SRGB[1], SRGB[0], SRGB[2]], 2.2)
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    file = saved(clear, tmp_path / "clear.png", icc_profile=swapped)
    assert_color(decode(file), (127, 255, 127), 3)
    palette = Image.new("RGB", (4, 4), RED).convert("P", palette=Image.Palette.ADAPTIVE)
    file = saved(palette, tmp_path / "palette.png", icc_profile=swapped)
    assert_color(decode(file), GREEN, 3)


def test_a_linear_profile_is_followed(tmp_path: Path) -> None:
    linear = profile(SRGB, 1.0)
    file = saved(Image.new("RGB", (4, 4), (55, 55, 55)), tmp_path / "a.png", icc_profile=linear)
    assert_color(decode(file), (128, 128, 128), 3)  # 0.2140 linear is 0.5 in sRGB


def test_a_grey_profile_is_followed_on_grey_and_on_grey_with_alpha(tmp_path: Path) -> None:
    linear = profile([], 1.0, b"GRAY")
    for mode, color in (("L", 55), ("LA", (55, 255)), ("RGBA", (55, 55, 55, 255))):
        image = Image.new(mode, (4, 4), color)
        file = saved(image, tmp_path / f"{mode}.png", icc_profile=linear)
        assert_color(decode(file), (128, 128, 128), 3)


def test_a_profile_that_says_srgb_in_other_words_changes_nothing(tmp_path: Path) -> None:
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = saved(scene(), tmp_path / "srgb.png", icc_profile=standard)
    assert_color(decode(file).crop((0, 0, 20, 10)), RED)


@pytest.mark.parametrize("broken", [b"no profile", profile(SRGB, 2.2)[:150], profile([], 1.0, b"GRAY")])
def test_a_profile_that_is_broken_or_meant_for_other_pictures_is_ignored(broken: bytes, tmp_path: Path) -> None:
    for suffix in (".png", ".jpg"):
        file = saved(scene(), tmp_path / f"a{suffix}", icc_profile=broken)
        assert_close(decode(file), scene(), LOSSY.get(suffix, 0))


def test_a_png_s_gamma_is_followed_as_browsers_do(tmp_path: Path) -> None:
    file = tmp_path / "gamma.png"
    linear = chunk(b"gAMA", struct.pack(">I", 100_000))
    file.write_bytes(png(1, 1, 8, 0, b"\0\x37", linear))
    assert_color(decode(file), (127,) * 3, 2)
    file.write_bytes(png(1, 1, 8, 0, b"\0\x37", linear, chunk(b"sRGB", b"\0")))
    assert_color(decode(file), (0x37,) * 3)
    file.write_bytes(png(1, 1, 8, 0, b"\0\x37", chunk(b"gAMA", struct.pack(">I", 45455))))
    assert_color(decode(file), (0x37,) * 3)


def test_a_png_is_read_although_its_extras_are_broken(tmp_path: Path) -> None:
    file = tmp_path / "extras.png"
    file.write_bytes(png(1, 1, 8, 0, b"\0\x37", chunk(b"cHRM", b""), chunk(b"iCCP", b"\xff")))
    assert_color(decode(file), (0x37,) * 3)
