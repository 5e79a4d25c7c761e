"""A file that came -> what kind of picture it is, or why it is none."""

from pathlib import Path

from mapmaker.sources.answers import Missed

GENERIC = {"", "application/octet-stream", "binary/octet-stream", "application/binary", "application/force-download"}
"""Content types that say nothing: of these the content decides."""
_SCANS = 100
"""Of a progressive JPEG: more are made to take long."""
_ENOUGH = 64, 64


def check_type(kind: str) -> None:
    """Raise Missed for a content type that no picture has."""
    if not (kind.startswith("image/") or kind in GENERIC):
        raise Missed(f"no picture: {kind}")


def kind_of_picture(file: Path, least: int, counted: bool) -> str:
    """Return the kind of a picture that can be decoded: "JPEG". Missed if it cannot, or a side is below `least`.

    One that ends early may have been cut off on its way, unless its host `counted` it.
    """
    from mapmaker_tiles import DecodeError, decode, kind_of

    try:
        picture = decode(file, at_least=None if least else _ENOUGH, scan_limit=_SCANS)
    except DecodeError as error:
        reason = str(error)
        raise Missed(f"no picture: {reason}", passing=reason == "truncated" and not counted) from error
    if min(picture.size) < least:
        raise Missed(f"too small: {picture.width} x {picture.height} pixels")
    with file.open("rb") as stream:
        kind = kind_of(stream.read(4096))
    if kind is None:
        raise Missed("no picture: of no known kind")
    return kind
