"""A folder -> the files in it that may be posters."""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from mapmaker.curation import CLUSTERS_FILE
from mapmaker.errors import ImagesError
from mapmaker.fetched import FETCHED_TABLE
from mapmaker.stages import DROP_LIST, KEEP_LIST, Job

Identity = tuple[int, int]
"""Device and number of a folder on it: the same whatever it is called."""


@dataclass(frozen=True)
class Listed:
    """A file as the folder lists it; the same path, size and time of change: the same content."""

    path: str
    size: int
    changed: int


def list_files(job: Job) -> list[Listed]:
    """Return the files below the folder of images, ascending by path.

    Hidden folders, the work folder, maps of ours, the metadata table, what overrules triage and clusters, and the
    table of what was fetched are passed over. ImagesError if there is none.
    """
    check_images(job.images)
    ours = {_identity(path) for path in (job.out, job.work.folder) if path.exists()}
    table = job.metadata.stat() if job.metadata and job.metadata.exists() else None
    files = []
    for path, status in _walk(job.images, ours):
        if path in (KEEP_LIST, DROP_LIST, CLUSTERS_FILE, FETCHED_TABLE):
            continue
        if status is None:
            files.append(Listed(path, 0, 0))
        elif table is None or not _is_same(table, job.images, path, status):
            files.append(Listed(path, status.st_size, status.st_mtime_ns))
    if not files:
        raise ImagesError(f"no file in {job.images}; give the folder that holds the posters")
    return sorted(files, key=lambda file: file.path)


def check_images(images: Path) -> None:
    """Raise ImagesError unless `images` is a folder, and none that we made."""
    if not images.exists():
        raise ImagesError(f"no folder {images}; give the folder that holds the posters")
    if not images.is_dir():
        raise ImagesError(f"{images} is a file; give the folder that holds the posters")
    if _is_map(images):
        raise ImagesError(f"{images} is a map that mapmaker made; give the folder that holds the posters")


def _walk(images: Path, ours: Set[Identity]) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield path and status of whatever below `images` is no folder, or one that cannot be read; links are followed.

    Each folder is walked once, even if links lead to it or in a circle, in the order of names, so that of two links to
    one folder the same is followed on every machine. The status is None where it cannot be told.
    """
    visited = set(ours)
    folders = [""]
    while folders:
        name = folders.pop()
        folder = images / name
        try:
            entries = _enter(folder, visited)
        except OSError as error:
            if not name:
                raise ImagesError(f"cannot read the folder {images}: {error.strerror}") from error
            yield name, None  # left out, and its reason is found when it is looked at
            continue
        below = []
        for entry in entries:
            path = f"{name}/{entry.name}" if name else entry.name
            status = _status(entry)
            if status is None or not stat.S_ISDIR(status.st_mode):
                yield path, status
            elif not entry.name.startswith("."):
                below.append(path)
        folders += reversed(below)


def _enter(folder: Path, visited: set[Identity]) -> list[os.DirEntry[str]]:
    """Return what stands in `folder`, ascending by name; nothing if it was visited or is a map."""
    identity = _identity(folder)
    if identity in visited or _is_map(folder):
        return []
    visited.add(identity)
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _identity(path: Path) -> Identity:
    status = path.stat()
    return status.st_dev, status.st_ino


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return the status of what `entry` leads to, of the link itself if it leads nowhere, None if it cannot be told."""
    for follow in (True, False):
        with contextlib.suppress(OSError):
            return entry.stat(follow_symlinks=follow)
    return None


def _is_same(table: os.stat_result, images: Path, path: str, status: os.stat_result) -> bool:
    """Return whether a file below `images` is the table: asked of the disk only where what was listed allows it.

    Names are not compared, for they differ by case, normal form and links; nor is `status` asked alone, for on Windows
    a listing does not tell which file it is.
    """
    alike = (status.st_size, status.st_mtime_ns) == (table.st_size, table.st_mtime_ns)
    return alike and os.path.samestat((images / path).stat(), table)


def _is_map(folder: Path) -> bool:
    """Return whether `folder` holds a map of ours, by its manifest."""
    try:
        manifest = json.loads((folder / "data" / "manifest.json").read_text(encoding="utf-8"))
        return bool(manifest["generator"] == "mapmaker")
    except (OSError, ValueError, LookupError, TypeError):
        return False
