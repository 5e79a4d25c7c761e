"""JPEG -> how many scans it has, before any of them is decoded.

A progressive JPEG comes in scans, each of which may touch every pixel and take a few bytes: of thousands, a small file
keeps a decoder busy for hours. Cameras and encoders write at most some dozen.
"""

import re

_MARKER = re.compile(rb"\xff+[^\x00\xff]")
"""As decoders look for it: whatever else stands between markers is passed over."""
_ALONE = frozenset({*range(0xC0), *range(0xD0, 0xD9)})
"""Markers that nothing belongs to; those that do not exist are skipped alike by a decoder that has lost its way."""
_SCAN, _END = 0xDA, 0xD9


def count_scans(jpeg: bytes, most: int) -> int:
    """Return the number of scans of a JPEG, as far as one above `most`."""
    at = found = 0
    while found <= most and (marker := _MARKER.search(jpeg, at)):
        at, kind = marker.end(), jpeg[marker.end() - 1]
        if kind == _END:
            break
        found += kind == _SCAN
        if kind not in _ALONE:
            at += int.from_bytes(jpeg[at : at + 2], "big")
    return found
