"""PNG file -> the same file with nothing but its pixels.

Pillow refuses a whole PNG for a flaw in one of its optional parts: a broken profile, a text that
ends early, animation frames out of order. Browsers show it, and without those parts so do we.
"""

from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def bare(png: bytes) -> bytes | None:
    """`png` without its optional chunks; None if it has none, or is broken beyond them."""
    chunks = list(_chunks(png))
    needed = [whole for name, whole in chunks if name in _NEEDED]
    if len(needed) == len(chunks) or not any(name == b"IDAT" for name, _ in chunks):
        return None
    return _SIGNATURE + b"".join(needed)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, whole chunk) as far as they go; a chunk is length, name, content, checksum."""
    at = len(_SIGNATURE)
    while at + 12 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at:end]
        at = end
