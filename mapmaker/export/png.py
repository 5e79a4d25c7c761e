"""A picture's bands -> a PNG file, written as they come (RFC 2083)."""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from mapmaker.export.packing import Packed, stream
from mapmaker.export.page import INCH, Page

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OURS = b"Software\0mapmaker"


def write_png(file: BinaryIO, page: Page, bands: Iterable[Packed]) -> None:
    """Write the page, given its bands from top to bottom; what reads it is told its colours and its size on paper."""
    file.write(SIGNATURE)
    _write(file, b"IHDR", struct.pack(">IIBBBBB", page.width, page.height, 8, 2, 0, 0, 0))
    _write(file, b"sRGB", b"\0")
    per_metre = round(page.dpi / INCH * 1000)
    _write(file, b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    _write(file, b"tEXt", _OURS)
    for part in stream(bands):
        _write(file, b"IDAT", part)
    _write(file, b"IEND", b"")


def is_our_png(path: Path) -> bool:
    """Return whether `write_png` wrote the file. OSError if it cannot be read."""
    with path.open("rb") as file:
        head = file.read(256)
    return head.startswith(SIGNATURE) and b"tEXt" + _OURS in head


def _write(file: BinaryIO, name: bytes, content: bytes) -> None:
    check = zlib.crc32(content, zlib.crc32(name))
    for part in (len(content).to_bytes(4, "big"), name, content, check.to_bytes(4, "big")):
        file.write(part)
