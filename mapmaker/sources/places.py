"""Names that pictures are to have -> the files that they get: each its own, on any file system."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mapmaker.fetched import FETCHED, FETCHED_TABLE, SUFFIXES, Arrival
from mapmaker.filenames import safe_stem
from mapmaker.sources.titles import TITLES_TABLE

OURS = (FETCHED_TABLE, TITLES_TABLE)
_NO_FOLDER = {*SUFFIXES.values(), ".csv", ".txt", ".toml"}
"""Endings that no folder gets: a file might want the name."""
DEEPEST = 8
"""Folders within one another: paths have an end, on some systems soon."""


class Places:
    """Gives each address a path of its own below a folder, without suffix.

    Who asks first has first choice; what came in an earlier run keeps its place. No path is that of a file of the
    user's, whatever its suffix, nor differs from another in capitals alone.
    """

    def __init__(self, folder: Path, arrivals: Iterable[Arrival]) -> None:
        came = {one.file: one.url for one in arrivals if one.status == FETCHED}
        self._own = {url: _stem(file) for file, url in came.items()}
        theirs = [file for file in _files(folder) if file not in came and file not in OURS]
        self._files = {file.casefold() for file in theirs}
        self._next: dict[str, int] = {}
        self._taken = {stem.casefold() for stem in (*map(_stem, theirs), *self._own.values())}

    def of(self, url: str, name: str) -> str:
        """Return the place of the picture at `url`, which is to be called `name`."""
        if url not in self._own:
            wanted = self._safe(name)
            number = self._next.get(wanted.casefold(), 1)
            found = wanted if number == 1 else f"{wanted} ({number})"
            while found.casefold() in self._taken:
                number += 1
                found = f"{wanted} ({number})"
            self._next[wanted.casefold()] = number + 1  # those before it stay taken
            self._taken.add(found.casefold())
            self._own[url] = found
        return self._own[url]

    def _safe(self, name: str) -> str:
        parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part.strip()]
        *folders, stem = [safe_stem(part) for part in parts] or ["_"]
        folders = folders[-DEEPEST:]
        path = ""
        for folder in folders:
            path += folder + "_" * (PurePosixPath(folder).suffix.lower() in _NO_FOLDER)
            while path.casefold() in self._files:
                path += "_"
            path += "/"
        return path + stem


def _stem(file: str) -> str:
    return str(PurePosixPath(file).with_suffix(""))


def _files(folder: Path) -> Iterable[str]:
    """Yield what stands below `folder`, hidden folders passed over: files, and folders called as pictures are."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*names, *(name for name in folders if PurePosixPath(name).suffix.lower() in SUFFIXES.values())):
            yield unicodedata.normalize("NFC", (Path(place) / name).relative_to(folder).as_posix())
