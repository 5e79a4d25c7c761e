"""Decoding: every format, however it was held, in one frame or many, at any size."""

from pathlib import Path

import pillow_heif
import pytest
from PIL import ExifTags, Image

from mapmaker_tiles import decode
from tests.tiles.pictures import BLACK, BLUE, LOSSY, SUFFIXES, assert_close, saved, scene

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera held that way does to the picture: the inverse of setting it upright."""


def held(upright: Image.Image, orientation: int) -> tuple[Image.Image, Image.Exif]:
    """Return what a camera held that way takes, and the EXIF that says so."""
    turn = TURNS[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return upright if turn is None else upright.transpose(turn), exif


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_read_by_content_whatever_its_name(suffix: str, tmp_path: Path) -> None:
    file = saved(scene(), tmp_path / f"scene{suffix}")
    misnamed = file.rename(tmp_path / ("scene.png" if suffix != ".png" else "scene.jpg"))
    picture = decode(misnamed)
    assert_close(picture, scene(), LOSSY.get(suffix, 0))
    assert picture.info == {}
    assert type(picture) is Image.Image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".avif"])
def test_pictures_are_set_upright_once(suffix: str, orientation: int, tmp_path: Path) -> None:
    taken, exif = held(scene(), orientation)
    file = saved(taken, tmp_path / f"held{suffix}", exif=exif)
    assert_close(decode(file), scene(), LOSSY.get(suffix, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_by_its_container_and_not_again_by_exif(orientation: int, tmp_path: Path) -> None:
    taken, exif = held(scene(64, 64), orientation)
    file = tmp_path / "held.heic"
    pillow_heif.encode("RGB", taken.size, taken.tobytes(), file, exif=exif.tobytes(), quality=90)
    assert b"Exif" in file.read_bytes()
    assert b"irot" in file.read_bytes() or b"imir" in file.read_bytes() or orientation == 1
    assert_close(decode(file), scene(64, 64), 8)


@pytest.mark.parametrize("orientation", [1, 6])
def test_at_least_shrinks_a_jpeg_but_not_below(orientation: int, tmp_path: Path) -> None:
    taken, exif = held(scene(1600, 800), orientation)
    file = saved(taken, tmp_path / "big.jpg", exif=exif)
    assert decode(file).size == (1600, 800)
    small = decode(file, at_least=(390, 100))
    assert small.size == (400, 200)
    assert_close(small, scene(400, 200), 6)
    assert decode(file, at_least=(100, 390)).size == (800, 400)
    assert decode(file, at_least=(2000, 10)).size == (1600, 800)
    assert decode(file, at_least=(0, 0)).size == (200, 100)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp", ".tiff", ".avif"])
def test_of_many_frames_the_first_counts(suffix: str, tmp_path: Path) -> None:
    others = [Image.new("RGB", (48, 32), BLACK), Image.new("RGB", (48, 32), BLUE)]
    file = tmp_path / f"frames{suffix}"
    scene().save(file, save_all=True, append_images=others)
    assert_close(decode(file), scene(), LOSSY.get(suffix, 0))


def test_of_an_mpo_the_first_picture_counts(tmp_path: Path) -> None:
    file = tmp_path / "stereo.jpg"
    scene().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (48, 32))])
    assert_close(decode(file), scene(), 6)
    assert_close(decode(file, at_least=(12, 8)), scene(12, 8), 40)


@pytest.mark.parametrize("exif", [b"Exif\0\0junk", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\xff"])
def test_broken_exif_is_no_reason_to_refuse_a_picture(exif: bytes, tmp_path: Path) -> None:
    for suffix in (".jpg", ".png", ".webp"):
        file = saved(scene(), tmp_path / f"exif{suffix}", exif=exif)
        assert_close(decode(file), scene(), LOSSY.get(suffix, 0))
