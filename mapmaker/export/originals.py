"""A user's file, as it was when the map was made -> the pixels of its place, and whether it is still what it was."""

import stat
from dataclasses import dataclass

from PIL import Image

from mapmaker.finished import Original
from mapmaker.workspace import file_digest
from mapmaker_tiles import DecodeError, Fit, decode, frame

CHANGED = ""
"""Instead of the reason of a `Trouble`: the file can be read, but is not the one that the map was made from."""


@dataclass(frozen=True)
class Trouble:
    """An original that is not what it was: `reason` says why it cannot be read, or is `CHANGED`."""

    path: str
    reason: str


@dataclass(frozen=True)
class Frame:
    """How a picture fills its place: `size` (width, height) of the whole, and the `rows` from, to that are wanted."""

    size: tuple[int, int]
    fit: Fit
    rows: tuple[int, int]


def look_at(original: Original, place: Frame) -> tuple[Image.Image | None, Trouble | None]:
    """Return the original's pixels for its place, None where it cannot be read; and what is wrong with it, if anything.

    A file that was replaced is drawn as it is now.
    """
    trouble = changed(original)
    if trouble is not None and trouble.reason != CHANGED:
        return None, trouble
    width, height = place.size
    try:
        # Twice the place is enough for LANCZOS, and spares a JPEG's decoder most of its work.
        picture = decode(original.file, at_least=(2 * width, 2 * height))
    except DecodeError as error:
        return None, Trouble(original.path, error.reason)
    first, last = place.rows
    return frame(picture, place.size, place.fit, (0, first, width, last)), trouble


def changed(original: Original) -> Trouble | None:
    """Return what is wrong with a file, as far as can be told without looking at its pixels."""
    try:
        if not stat.S_ISREG(original.file.stat().st_mode):  # a named pipe would keep us waiting
            return Trouble(original.path, "not a regular file")
        digest = file_digest(original.file)
    except OSError as error:
        return Trouble(original.path, (error.strerror or str(error)).lower())
    return None if digest == original.sha256 else Trouble(original.path, CHANGED)
