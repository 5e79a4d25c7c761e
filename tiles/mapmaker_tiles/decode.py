"""Image file -> upright sRGB pixels.

The one place that turns an image file into pixels. The content decides what a file is, never its
name: JPEG (also MPO, CMYK, YCCK), PNG, WebP, GIF, AVIF, HEIC, TIFF and BMP. Of animations and
multi-page files the first picture counts. Whatever is see-through is laid on white, the paper a
poster is printed on.
"""

import contextlib
import io
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from mapmaker_tiles.errors import DecodeError
from mapmaker_tiles.png import bare
from mapmaker_tiles.quiet import quiet
from mapmaker_tiles.scans import count_scans
from mapmaker_tiles.srgb import to_srgb

PIXEL_LIMIT = 100_000_000
"""Width x height above which a file is refused before it is decoded: 0.4 GB of pixels."""

# Only these of Pillow's decoders see a file: no Ghostscript, nothing that nobody keeps posters in.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP")

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
}
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# PNG's colour key is in the file's own depth, Pillow's pixels are in 8 bits: what a sample became.
_KEY_TO_8_BIT = {
    "L;2": lambda sample: sample * 85,
    "L;4": lambda sample: sample * 17,
    "RGB;16B": lambda sample: sample >> 8,
}


def decode(
    file: Path | BinaryIO,
    *,
    at_least: tuple[int, int] | None = None,
    pixel_limit: int = PIXEL_LIMIT,
    scan_limit: int | None = None,
) -> Image.Image:
    """The picture in `file`, or in what is read from it: mode RGB, 8 bit, sRGB, upright.

    at_least: (width, height), upright, that are enough for the caller. A hint for speed: a JPEG is
        decoded at 1/2, 1/4 or 1/8 as long as neither side falls below it; other formats come whole.
    pixel_limit: width x height to refuse beyond, read from the header. Pillow's own ceiling, twice
        `PIL.Image.MAX_IMAGE_PIXELS` (179 million), holds as well.
    scan_limit: scans of a progressive JPEG to refuse beyond, for files that may be anybody's: a small
        one may have thousands, and take hours. Those in a TIFF are limited by libtiff, to 100.

    Raises DecodeError, and nothing else, for whatever is wrong with the file. Memory at its peak
    is 8 to 15 bytes a pixel. Safe in threads and processes; leaves Pillow's global state alone.
    """
    head = b""
    try:
        with _opened(file) as stream, quiet():
            head = stream.read(4096)
            stream.seek(0)
            if scan_limit is not None and kind_of(head) == "JPEG":
                _check_scans(stream, scan_limit)
            return _picture(stream, head, at_least, pixel_limit)
    except DecodeError:
        raise
    except Exception as error:  # decoders raise nearly anything on hostile files
        raise DecodeError(_reason(error, head, pixel_limit)) from error


def _opened(file: Path | BinaryIO) -> contextlib.AbstractContextManager[BinaryIO]:
    if not isinstance(file, Path):
        return contextlib.nullcontext(file)
    # A named pipe or a device would keep us waiting, or never end.
    if not (stat.S_ISREG(mode := file.stat().st_mode) or stat.S_ISDIR(mode)):
        raise DecodeError("cannot be read: not a regular file")
    return file.open("rb")


def _picture(stream: BinaryIO, head: bytes, at_least: tuple[int, int] | None, pixel_limit: int) -> Image.Image:
    kind = kind_of(head)
    if not head:
        raise DecodeError("empty file")
    if kind == "HEIC":
        return _heif(stream, pixel_limit)
    try:
        return _by_pillow(stream, at_least, pixel_limit)
    except (OSError, SyntaxError, ValueError):
        if kind != "PNG" or (pixels := _bare(stream)) is None:
            raise
        return _by_pillow(pixels, at_least, pixel_limit)


def _by_pillow(stream: BinaryIO, at_least: tuple[int, int] | None, pixel_limit: int) -> Image.Image:
    with Image.open(stream, formats=_FORMATS) as image:
        _check_size(image.size, pixel_limit)
        _rescale_color_key(image)
        if at_least is not None and image.format in {"JPEG", "MPO"}:
            sides = at_least if _orientation(image) < 5 else at_least[::-1]
            image.draft(None, (max(1, sides[0]), max(1, sides[1])))
        image.load()
        picture = to_srgb(image)
        # Pillow has turned a TIFF while loading it, and removed the tag: asked now, nothing turns
        # twice. For AVIF it reports the container's own turn here, and discards what EXIF says
        # beside it.
        turn = _UPRIGHT.get(_orientation(image))
    return picture if turn is None else picture.transpose(turn)


def _bare(stream: BinaryIO) -> BinaryIO | None:
    stream.seek(0)
    png = bare(stream.read())
    return None if png is None else io.BytesIO(png)


def _heif(stream: BinaryIO, pixel_limit: int) -> Image.Image:
    """HEIC by libheif, which turns the picture as the container says; EXIF does not count there."""
    import pillow_heif

    picture = pillow_heif.open_heif(stream.read())
    _check_size(picture.size, pixel_limit)
    return to_srgb(picture.to_pillow())


def _check_size(size: tuple[int, int], pixel_limit: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise DecodeError(f"no pixels: {width} x {height}")
    if width * height > pixel_limit:
        raise DecodeError(_too_many(f"{width} x {height} = {width * height:,}", pixel_limit))


def _check_scans(stream: BinaryIO, scan_limit: int) -> None:
    if count_scans(stream.read(), scan_limit) > scan_limit:
        raise DecodeError(f"over the scan limit: a progressive JPEG of more than {scan_limit:,} scans")
    stream.seek(0)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8, or 1 where EXIF is absent or broken."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a good picture
        return 1
    return value if isinstance(value, int) else 1


def _rescale_color_key(image: ImageFile.ImageFile) -> None:
    key = image.info.get("transparency")
    if image.format != "PNG" or key is None or not image.tile:
        return
    to_8_bit = _KEY_TO_8_BIT.get(str(image.tile[0].args))
    if to_8_bit is not None:
        scaled = tuple(map(to_8_bit, key)) if isinstance(key, tuple) else to_8_bit(key)
        image.info["transparency"] = scaled


def kind_of(head: bytes) -> str | None:
    """What the first bytes of a file promise: JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF, BMP; or None."""
    if head[4:8] == b"ftyp":
        brands = set(_brands(head))
        if brands & _AVIF_BRANDS:
            return "AVIF"
        return "HEIC" if brands & _HEIF_BRANDS else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((kind for start, kind in _SIGNATURES.items() if head.startswith(start)), None)


def _brands(head: bytes) -> Iterator[bytes]:
    """Major and compatible brands of an ISO base media file."""
    yield head[8:12]
    end = min(int.from_bytes(head[:4], "big"), len(head))
    for at in range(16, end - 3, 4):
        yield head[at : at + 4]


def _reason(error: Exception, head: bytes, pixel_limit: int) -> str:
    """The failure in a short plain phrase."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be read: {error.strerror or text}"
    if not head:
        return f"cannot be read: {text or type(error).__name__}"
    if isinstance(error, Image.DecompressionBombError):
        count = re.search(r"\d+", text)
        return _too_many(f"{int(count[0]):,}" if count else "too many", pixel_limit)
    if isinstance(error, MemoryError):
        return "not enough memory to decode it"
    if isinstance(error, EOFError) or re.search("truncated|not enough image data", text, re.IGNORECASE):
        return "truncated"
    return _damage(error, text, head, pixel_limit)


def _too_many(pixels: str, pixel_limit: int) -> str:
    return f"over the pixel limit: {pixels} pixels, limit {pixel_limit:,}"


def _damage(error: Exception, text: str, head: bytes, pixel_limit: int) -> str:
    kind = kind_of(head)
    if kind is None:
        return "not an image (JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF or BMP)"
    if isinstance(error, UnidentifiedImageError):
        # libavif refuses a giant without a word about its size.
        for width, height in _declared_sizes(head):
            if width * height > pixel_limit:
                return _too_many(f"{width} x {height} = {width * height:,}", pixel_limit)
        return f"damaged or unsupported {kind}"
    return f"damaged or unsupported {kind}: {text[:100] or type(error).__name__}"


def _declared_sizes(head: bytes) -> Iterator[tuple[int, int]]:
    """(width, height) of the image spatial extents boxes of an AVIF or HEIC file."""
    for box in re.finditer(b"ispe.{4}(.{8})", head, re.DOTALL):
        width, height = struct.unpack(">II", box[1])
        yield width, height
