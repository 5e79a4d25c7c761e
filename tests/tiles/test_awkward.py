"""Decoding real files that are broken, hostile or unusual: ../shared/data/awkward, 422 of them."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles import DecodeError, decode

AWKWARD = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "awkward"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not AWKWARD.is_dir(), reason="no awkward files: ../shared/data/awkward"),
]

# Other readers overlook the wrong checksum at the end of its one pixel; Pillow does not.
DAMAGED_THOUGH_OTHERS_OPEN_IT = {"libpng__badadler.png"}
# Pillow refuses the file for what surrounds its pixels.
READ_THOUGH_PILLOW_REFUSES = {"libpng__empty_ancillary_chunks.png"}

REASONS = (
    "empty file",
    "truncated",
    "not an image (",
    "over the pixel limit: ",
    "damaged or unsupported ",
)


def manifest() -> Iterator[dict[str, str]]:
    if AWKWARD.is_dir():
        with (AWKWARD / "manifest.csv").open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


@pytest.mark.parametrize("line", list(manifest()), ids=lambda line: line["file"])
def test_every_awkward_file_decodes_or_says_why_not(line: dict[str, str]) -> None:
    name, odd = line["file"], line["odd"]
    try:
        picture = decode(AWKWARD / name)
    except DecodeError as error:
        assert error.reason.startswith(REASONS)
        assert line["opens"] != "yes" or name in DAMAGED_THOUGH_OTHERS_OPEN_IT
        assert (error.reason == "empty file") == ("zero bytes" in odd)
        if "DecompressionBombError" in odd and not name.endswith(".ico"):
            assert error.reason.startswith("over the pixel limit")
        return
    assert picture.mode == "RGB"
    if line["opens"] != "yes":
        assert (line["format"] == "" and "HEIF" in odd) or name in READ_THOUGH_PILLOW_REFUSES
    elif line["width"]:
        listed = {int(line["width"]), int(line["height"])}
        assert set(picture.size) == listed


def small(name: str, size: tuple[int, int] = (24, 24)) -> NDArray[np.float64]:
    picture = decode(AWKWARD / name).resize(size, Image.Resampling.BOX)
    return np.asarray(picture, np.float64)


def siblings(pattern: str, numbers: range) -> list[str]:
    return [pattern.format(number) for number in numbers]


@pytest.mark.parametrize(
    ("names", "within"),
    [
        # The same scene, photographed or stored in all eight orientations; the number in it differs.
        (siblings("exiforient__Portrait_{}.jpg", range(2, 9)), 2),
        (siblings("sharp__Landscape_{}.jpg", range(2, 9)), 4),
        (siblings("sharp__Portrait_{}.jpg", range(2, 9)), 4),
        (siblings("libvips__{}.jpg", range(1, 9)), 4),
        (siblings("pillow__hopper_orientation_{}.jpg", range(2, 9)), 2),
        (["pillow__hopper_orientation_6.webp", "pillow__hopper_orientation_8.webp"], 2),
        (["pillow__hopper_orientation_3.jpg", "pillow__hopper.avif", "pillow__hopper.heif"], 4),
        (siblings("pillow__g4_orientation_{}.tif", range(1, 9)), 1),
        ([f"pillow__rot{turn}mir{flip}.avif" for turn in range(4) for flip in range(2)], 3),
        # The same picture in two encodings.
        (["pillow__flower2.jpg", "pillow__flower2.webp"], 3),
        (["pillow__star.gif", "pillow__star.avifs"], 3),
        (["pillow__pil_sample_cmyk.jpg", "pillow__tiff_strip_cmyk_jpeg.tif"], 3),
        (["pillow__tiff_strip_cmyk_jpeg.tif", "pillow__tiff_tiled_cmyk_jpeg.tif"], 1),
        (["pillow__tiff_strip_cmyk_jpeg.tif", "pillow__tiff_strip_cmyk_16l_jpeg.tif"], 2),
        (["libpng__basn2c16.png", "imagers__basn2c16.png"], 0),
        (["libpng__basn0g16.png", "imagers__basi0g16.png"], 0),
        (["pillowheif__LA_8__128x128.png", "pillowheif__LA_8__128x128.heif"], 3),
        (["pillowheif__LA_8__29x100.png", "pillowheif__LA_8__29x100.heif"], 3),
        (["openslide__boxes-no-icc.png", "openslide__boxes.tiff"], 1),
        (["libavif__circle-trns-before-plte.png", "libavif__circle-trns-after-plte.png"], 0),
        (["imagers__tbwn3p08.png", "imagers__tbgn3p08.png", "imagers__tbrn2c08.png"], 1),
        (["sharp__animated-loop-3.gif", "sharp__animated-loop-3.webp"], 1),
        (["imagers__Info_1_Bit.bmp", "imagers__Info_1_Bit_Top_Down.bmp"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_the_same_picture_looks_the_same_however_it_is_stored(names: list[str], within: float) -> None:
    first = small(names[0])
    for name in names[1:]:
        assert np.abs(small(name) - first).mean() <= within


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("sharp__Flag_of_the_Netherlands-16bit.png", (255, 255, 255)),
        ("sharp__full-transparent.png", (255, 255, 255)),
        ("sharp__p3.png", (255, 0, 0)),
        ("libavif__white_1x1.avif", (255, 255, 255)),
        ("libavif__ffffcc-srgb.png", (255, 255, 204)),
        ("libavif__ffffcc-gamma2.2.png", (255, 255, 204)),
        ("pillow__mode_16bit.png", (255, 0, 0)),
    ],
)
def test_known_colors_in_the_middle(name: str, color: tuple[int, int, int]) -> None:
    picture = decode(AWKWARD / name)
    middle: Any = picture.getpixel((picture.width // 2, picture.height // 2))
    assert np.abs(np.array(middle) - color).max() <= 2


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how much memory a program took")
def test_all_of_them_together_need_far_less_than_a_gigabyte() -> None:
    program = (
        "import pathlib, re, sys, mapmaker_tiles as mt\n"
        "for file in pathlib.Path(sys.argv[1]).rglob('*'):\n"
        "    try: mt.decode(file)\n"
        "    except mt.DecodeError: pass\n"
        # Not getrusage: its peak starts with that of the process that started this one.
        "print(re.search(r'VmHWM:\\s*(\\d+) kB', pathlib.Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(AWKWARD)], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 500_000_000
