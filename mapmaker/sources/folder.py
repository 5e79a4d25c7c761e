"""The folder where pictures go: which of them are there, and how one gets to its place without harm to any file else.

What stands in the folder may be the user's, or have come with the folder from elsewhere, fetched.csv and links to other
places included. So a file is written over, or removed, only where its content is what the table says that came.
"""

import errno
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mapmaker.fetched import FETCHED, Arrival
from mapmaker.sources.answers import Missed
from mapmaker.sources.pictures import kind_of_picture
from mapmaker.workspace import file_digest

FATAL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
"""What is wrong with the disk or the process, and not with one picture."""


@dataclass(frozen=True)
class Folder:
    """Where pictures go: `path`, and `state`, a folder in it for those on their way."""

    path: Path
    state: Path
    _mended: dict[tuple[str, int], bool] = field(default_factory=dict, repr=False)

    def part(self, url: str) -> Path:
        """Return where the picture at `url` is written first."""
        return self.state / f"{key_of(url)}.part"

    def holds(self, arrival: Arrival | None) -> bool:
        """Return whether a picture came, and is still there: as long as it was, or as the user has changed it.

        What is of another length and no picture was cut off by a crash or a full disk, and is not.
        """
        if arrival is None or arrival.status != FETCHED:
            return False
        place = self.path / arrival.file
        try:
            if not place.is_file():
                return False
            size = place.stat().st_size
        except OSError:
            return False
        return size == arrival.bytes or self._is_picture(place, size)

    def _is_picture(self, place: Path, size: int) -> bool:
        known = str(place), size
        if known not in self._mended:
            try:
                self._mended[known] = bool(kind_of_picture(place, 0, True))
            except (Missed, OSError):
                self._mended[known] = False
        return self._mended[known]

    def check_free(self, arrival: Arrival, ours: Iterable[Arrival]) -> Path:
        """Return the place of a picture, its folder made. OSError, and Missed if it is outside, or another's.

        `ours` are the lines that tell what came there before.
        """
        place = self.path / arrival.file
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.parent.resolve().is_relative_to(self.path.resolve()):
            raise Missed(f"a link leads out of the folder: {arrival.file}", passing=True)
        came = {one.sha256 for one in ours if one.file == arrival.file and one.status == FETCHED}
        if place.is_symlink() or (place.exists() and not (came and self._is_ours(place, came))):
            raise Missed(f"another file is in its place: {arrival.file}", passing=True)
        return place

    def _is_ours(self, place: Path, came: set[str]) -> bool:
        """Return whether a file is what came, or what is left of it."""
        return place.is_file() and (file_digest(place) in came or not self._is_picture(place, place.stat().st_size))

    def remove(self, arrival: Arrival) -> None:
        """Remove a picture that is as it came, and no other file."""
        place = self.path / arrival.file
        inside = place.parent.resolve().is_relative_to(self.path.resolve())
        if inside and place.is_file() and not place.is_symlink() and file_digest(place) == arrival.sha256:
            place.unlink()


def key_of(url: str) -> str:
    """Return a name for an address, fit for a file."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
