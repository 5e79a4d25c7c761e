"""What is refused, and the reason that is told: no image, a damaged one, one that may not be read, or is a bomb."""

import io
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mapmaker_tiles import DecodeError, decode
from tests.tiles.pictures import SUFFIXES, png, reason, saved, scans, scene


@pytest.mark.parametrize("data", [b"hello", b"%!PS-Adobe-3.0 EPSF", b"<svg/>", b"\0" * 5000, b"BM"])
def test_what_is_no_image_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file.jpg"
    file.write_bytes(data)
    assert "not an image" in reason(file) or "BMP" in reason(file)


def test_formats_off_the_list_are_refused(tmp_path: Path) -> None:
    for suffix in (".eps", ".ppm", ".ico", ".tga", ".pcx"):
        assert "not an image" in reason(saved(scene(), tmp_path / f"other{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    file = saved(Image.fromarray(noise), tmp_path / f"cut{suffix}")
    data = file.read_bytes()
    for share in (0.5, 0.9):
        file.write_bytes(data[: int(len(data) * share)])
        assert "truncated" in reason(file) or "damaged" in reason(file)


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


NOBODY = 65534


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


def tiff(jpeg: bytes) -> bytes:
    """Return a TIFF of one grey JPEG of 64 x 64 pixels."""
    fields = {256: 64, 257: 64, 258: 8, 259: 7, 262: 1, 273: 8, 277: 1, 278: 64, 279: len(jpeg)}
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields.items())
    head = struct.pack("<2sHI", b"II", 42, 8 + len(jpeg))
    return head + jpeg + struct.pack("<H", len(fields)) + table + bytes(4)


def test_a_tiff_of_such_a_jpeg_is_refused() -> None:
    assert decode(io.BytesIO(tiff(scans(0)))).size == (64, 64)
    with pytest.raises(DecodeError, match="damaged or unsupported TIFF"):
        decode(io.BytesIO(tiff(scans(5_000))))
