"""Pictures for tests of decoding: made, saved, or put together by hand, and held against what was put in."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles import DecodeError, decode

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3, (0,) * 3
LOSSY = {".jpg": 6, ".webp": 6, ".avif": 6, ".heic": 8}
"""By how much formats that lose something may be off."""
SUFFIXES = [".jpg", ".png", ".webp", ".gif", ".avif", ".tiff", ".bmp", ".heic"]


def scene(width: int = 48, height: int = 32) -> Image.Image:
    """Return a picture of four corners, four colours: no turn or mirror of it is like another."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture


def saved(image: Image.Image, file: Path, **options: Any) -> Path:
    """Save a picture in the format of the file's name; return the file."""
    if file.suffix == ".heic":
        pillow_heif.from_pillow(image).save(file, quality=90)
    else:
        image.save(file, **options)
    return file


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *extra: bytes) -> bytes:
    """Return a PNG made by hand, for what Pillow cannot write."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def scans(more: int, hidden: bytes = b"", side: int = 64) -> bytes:
    """Return a grey progressive JPEG whose last scan is there `more` times again; before them stands `hidden`."""
    content = io.BytesIO()
    Image.new("L", (side, side), 90).save(content, "JPEG", progressive=True, exif=b"Exif\0\0" + b"\xff\xda" * 300)
    whole = content.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + hidden + last * more + b"\xff\xd9"


def array(image: Image.Image) -> NDArray[np.int16]:
    """Return the pixels of what was decoded, in numbers that can be told apart by subtraction."""
    assert image.mode == "RGB"
    return np.asarray(image, np.int16)


def assert_close(image: Image.Image, truth: Image.Image, within: int = 0) -> None:
    """Assert that a picture is like another: the seams of a lossy one may be off, its areas may not."""
    assert image.size == truth.size
    difference = np.abs(array(image) - array(truth))
    assert np.median(difference) <= within
    assert np.quantile(difference, 0.75) <= within + 2


def assert_color(image: Image.Image, color: tuple[int, ...], within: int = 0) -> None:
    """Assert that a picture is of that colour all over."""
    assert np.abs(array(image) - np.array(color)).max() <= within


def reason(file: Path, **options: Any) -> str:
    """Return why a file is refused, in one short line."""
    with pytest.raises(DecodeError) as caught:
        decode(file, **options)
    assert caught.value.reason == str(caught.value)
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) <= 150
    return caught.value.reason
