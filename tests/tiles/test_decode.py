"""Decoding: every format and oddity that can be made in code, against what was put in."""

import io
import os
import struct
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from mapmaker_tiles import DecodeError, decode
from mapmaker_tiles.quiet import quiet

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3, (0,) * 3
NOBODY = 65534
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


def scene(width: int = 48, height: int = 32) -> Image.Image:
    """Four corners, four colours: no turn or mirror of it is like another."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture


def array(image: Image.Image) -> NDArray[np.int16]:
    assert image.mode == "RGB"
    return np.asarray(image, np.int16)


def assert_close(image: Image.Image, truth: Image.Image, within: int = 0) -> None:
    assert image.size == truth.size
    # The seams of a lossy picture may be off; its areas may not.
    difference = np.abs(array(image) - array(truth))
    assert np.median(difference) <= within
    assert np.quantile(difference, 0.75) <= within + 2


def assert_color(image: Image.Image, color: tuple[int, ...], within: int = 0) -> None:
    assert np.abs(array(image) - np.array(color)).max() <= within


def reason(file: Path, **options: Any) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(file, **options)
    assert caught.value.reason == str(caught.value)
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) <= 150
    return caught.value.reason


def saved(image: Image.Image, file: Path, **options: Any) -> Path:
    if file.suffix == ".heic":
        pillow_heif.from_pillow(image).save(file, quality=90)
    else:
        image.save(file, **options)
    return file


LOSSY = {".jpg": 6, ".webp": 6, ".avif": 6, ".heic": 8}
SUFFIXES = [".jpg", ".png", ".webp", ".gif", ".avif", ".tiff", ".bmp", ".heic"]


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
    turn = TURNS[orientation]
    held = scene() if turn is None else scene().transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = saved(held, tmp_path / f"held{suffix}", exif=exif)
    assert_close(decode(file), scene(), LOSSY.get(suffix, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_by_its_container_and_not_again_by_exif(orientation: int, tmp_path: Path) -> None:
    turn = TURNS[orientation]
    held = scene(64, 64) if turn is None else scene(64, 64).transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = tmp_path / "held.heic"
    pillow_heif.encode("RGB", held.size, held.tobytes(), file, exif=exif.tobytes(), quality=90)
    assert b"Exif" in file.read_bytes()
    assert b"irot" in file.read_bytes() or b"imir" in file.read_bytes() or orientation == 1
    assert_close(decode(file), scene(64, 64), 8)


@pytest.mark.parametrize("orientation", [1, 6])
def test_at_least_shrinks_a_jpeg_but_not_below(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    turn = TURNS[orientation]
    held = scene(1600, 800) if turn is None else scene(1600, 800).transpose(turn)
    file = saved(held, tmp_path / "big.jpg", exif=exif)
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


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG by hand, for what Pillow cannot write."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = [
        chunk(b"IHDR", header),
        *extra,
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


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


SRGB = [(0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]


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


@pytest.mark.parametrize("exif", [b"Exif\0\0junk", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\xff"])
def test_broken_exif_is_no_reason_to_refuse_a_picture(exif: bytes, tmp_path: Path) -> None:
    for suffix in (".jpg", ".png", ".webp"):
        file = saved(scene(), tmp_path / f"exif{suffix}", exif=exif)
        assert_close(decode(file), scene(), LOSSY.get(suffix, 0))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    file = saved(Image.fromarray(noise), tmp_path / f"cut{suffix}")
    data = file.read_bytes()
    for share in (0.5, 0.9):
        file.write_bytes(data[: int(len(data) * share)])
        assert "truncated" in reason(file) or "damaged" in reason(file)


@pytest.mark.parametrize("data", [b"hello", b"%!PS-Adobe-3.0 EPSF", b"<svg/>", b"\0" * 5000, b"BM"])
def test_what_is_no_image_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file.jpg"
    file.write_bytes(data)
    assert "not an image" in reason(file) or "BMP" in reason(file)


def test_formats_off_the_list_are_refused(tmp_path: Path) -> None:
    for suffix in (".eps", ".ppm", ".ico", ".tga", ".pcx"):
        assert "not an image" in reason(saved(scene(), tmp_path / f"other{suffix}"))


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    assert reason(tmp_path / "absent.jpg") == "cannot be read: No such file or directory"
    assert reason(tmp_path).startswith("cannot be read: ")
    assert reason(Path("nul\0byte")).startswith("cannot be read: ")
    (tmp_path / "empty.jpg").touch()
    assert reason(tmp_path / "empty.jpg") == "empty file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "cannot be read: not a regular file"


@pytest.fixture
def as_somebody() -> Iterator[None]:
    """Root may read everything, so root steps down for a while."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids in other ways")
def test_a_forbidden_file_says_so(as_somebody: None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = saved(scene(), Path(folder) / "secret.png")
        file.chmod(0)
        assert reason(file) == "cannot be read: Permission denied"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_pixel_limit_holds_for_every_format(suffix: str, tmp_path: Path) -> None:
    file = saved(scene(100, 60), tmp_path / f"big{suffix}")
    assert decode(file, pixel_limit=6000).size == (100, 60)
    message = "over the pixel limit: 100 x 60 = 6,000 pixels, limit 5,999"
    assert reason(file, pixel_limit=5999) == message
    assert reason(file, pixel_limit=5999, at_least=(10, 6)) == message


@pytest.mark.parametrize("side", [10_100, 13_000, 60_000])
def test_a_bomb_is_refused_by_its_header(side: int, tmp_path: Path) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(png(side, side, 8, 2, b""))
    assert f"{side * side:,} pixels, limit 100,000,000" in reason(file)


def test_pillow_s_warnings_stay_inside(tmp_path: Path) -> None:
    file = tmp_path / "large.png"  # more than Pillow's warning level, less than ours
    file.write_bytes(png(9500, 9500, 1, 0, b""))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert reason(file)
    assert seen == []


def test_threads_decode_at_once_and_leave_the_filters_alone(tmp_path: Path) -> None:
    files = [saved(scene(), tmp_path / f"a{suffix}") for suffix in SUFFIXES] * 4
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as threads:
        for picture in threads.map(decode, files):
            assert_close(picture, scene(), 8)
    assert warnings.filters == before


def test_filters_are_restored_though_threads_leave_crosswise() -> None:
    before = list(warnings.filters)
    first, second = quiet(), quiet()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert warnings.filters != before
    second.__exit__(None, None, None)
    assert warnings.filters == before


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bytes]]:
    folder = tmp_path_factory.mktemp("sound")
    yield [saved(scene(), folder / f"a{suffix}").read_bytes() for suffix in SUFFIXES]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_decode_or_raise_decode_error_and_nothing_else(
    data: st.DataObject, sound_files: list[bytes], tmp_path: Path
) -> None:
    damaged = bytearray(data.draw(st.sampled_from(sound_files)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, min(len(damaged) - 1, 600)))
        damaged[at] = data.draw(st.integers(0, 255))
    file = tmp_path / "damaged"
    file.write_bytes(damaged)
    try:
        picture = decode(file, pixel_limit=1_000_000)
    except DecodeError as error:
        assert error.reason
    else:
        assert len(picture.tobytes()) == 3 * picture.width * picture.height


# Scans of a progressive JPEG


def scans(more: int, hidden: bytes = b"", side: int = 64) -> bytes:
    """A grey progressive JPEG whose last scan is there `more` times again; before them stands `hidden`."""
    content = io.BytesIO()
    Image.new("L", (side, side), 90).save(content, "JPEG", progressive=True, exif=b"Exif\0\0" + b"\xff\xda" * 300)
    whole = content.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + hidden + last * more + b"\xff\xd9"


def test_a_progressive_jpeg_of_many_scans_is_refused_where_that_is_limited() -> None:
    plain = decode(io.BytesIO(scans(0)))
    assert decode(io.BytesIO(scans(50)), scan_limit=100).tobytes() == plain.tobytes()
    assert decode(io.BytesIO(scans(200))).tobytes() == plain.tobytes()  # one's own
    for many in (100, 5_000):
        with pytest.raises(DecodeError, match="over the scan limit"):
            decode(io.BytesIO(scans(many)), scan_limit=100)


def test_what_follows_a_jpeg_and_looks_like_scans_is_none() -> None:
    behind = scans(0) + b"\xff\xda" * 10_000
    assert decode(io.BytesIO(behind), scan_limit=100).tobytes() == decode(io.BytesIO(scans(0))).tobytes()


def test_scans_do_not_hide_behind_markers_that_do_not_exist() -> None:
    with pytest.raises(DecodeError, match="over the scan limit"):
        decode(io.BytesIO(scans(200, b"\xff\x02\x7f\xff")), scan_limit=100)


def test_a_tiff_of_such_a_jpeg_is_refused() -> None:
    def entry(tag: int, value: int, kind: int = 4) -> bytes:
        return struct.pack("<HHII", tag, kind, 1, value)

    jpeg = scans(5_000)
    entries = [entry(256, 64), entry(257, 64), entry(258, 8), entry(259, 7), entry(262, 1)]
    entries += [entry(273, 8), entry(277, 1), entry(278, 64), entry(279, len(jpeg))]
    tiff = struct.pack("<2sHI", b"II", 42, 8 + len(jpeg)) + jpeg + struct.pack("<H", len(entries)) + b"".join(entries)
    with pytest.raises(DecodeError):
        decode(io.BytesIO(tiff + bytes(4)))
