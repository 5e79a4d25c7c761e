"""scan: a folder -> images, a row each, and rejects with their reasons.

Rows are append-only: an image keeps its row as long as its path holds something readable, a removed one becomes a
tombstone, new ones are appended in the order of their paths. Of exact copies, same bytes or same pixels, one is kept.
"""

import contextlib
import csv
import dataclasses
import hashlib
import json
import os
import stat
import unicodedata
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from mapmaker import artifacts, workspace
from mapmaker.errors import ImagesError
from mapmaker.model import Images, Reject
from mapmaker.progress import counted
from mapmaker.stages import Figures, Inside, Job

PIXEL_LIMIT = 100_000_000
ID_LENGTH = 10
"""Characters of an id, five bits each: among a million images two collide once in 2,000 tries, then one grows."""
SAVED_EVERY = 2_000
"""Files looked at between two writes of the memory, which a killed scan loses; a tenth of it where that is more."""

Identity = tuple[int, int]
"""Device and number of a folder on it: the same whatever it is called."""


@dataclass(frozen=True)
class Listed:
    """A file as the folder lists it; the same path, size and time of change: the same content."""

    path: str
    size: int
    changed: int


@dataclass(frozen=True)
class Seen:
    """What a file turned out to be: an image, or, with a `reason`, not one."""

    sha256: str
    pixels: str = ""
    width: int = 0
    height: int = 0
    reason: str = ""


@dataclass(frozen=True)
class ScanStage(Inside):
    """Options of the scan. `pixel_limit`: images with more pixels than this are left out undecoded."""

    name: ClassVar[str] = "scan"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = (artifacts.IMAGES, artifacts.REJECTS)

    pixel_limit: int = PIXEL_LIMIT

    def __post_init__(self) -> None:
        if self.pixel_limit < 1:
            raise ValueError(f"pixel_limit = {self.pixel_limit} is below 1")

    def check(self, job: Job) -> None:
        """The folder can be one of posters."""
        check_images(job.images)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The folder's listing."""
        files = [(file.path, file.size, file.changed) for file in list_files(job)]
        return {"files": files}

    def intact(self, job: Job) -> bool:  # noqa: ARG002 - the protocol's
        """The listing says all."""
        return True

    def run(self, job: Job) -> Figures:
        """Look at every file not seen before, then settle rows."""
        files = list_files(job)
        seen = self._look(job, files)
        images, rejects = settle(_previous(job), seen)
        kept = int(images.present.sum())
        if kept == 0:
            examples = "; ".join(f"{reject.path}: {reject.reason}" for reject in rejects[:3])
            raise ImagesError(f"no image can be read in {job.images}: {len(rejects):,} files left out ({examples})")
        artifacts.write_images(job.work, images)
        artifacts.write_rejects(job.work, rejects)
        return {"files": len(files), "posters": kept, "left_out": len(rejects)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        left_out = f", {figures['left_out']:,} of {figures['files']:,} files left out" if figures["left_out"] else ""
        return f"{figures['posters']:,} posters{left_out}"

    def _look(self, job: Job, files: Sequence[Listed]) -> dict[str, Seen]:
        """Return what each file is, in the order of `files`, remembering what was seen in earlier runs."""
        memory = Memory(job.work.cache("scan") / f"{workspace.fingerprint({'scan': self})[:16]}.csv")
        known = memory.read()
        new = [file for file in files if file not in known]
        job.progress.expect(len(new), "files")
        look = Look(job.images, self.pixel_limit)
        found = job.engine.map(look, [file.path for file in new])
        unsaved = 0
        try:
            for file, one in zip(new, counted(found, job.progress), strict=True):
                known[file] = one
                unsaved += 1
                if unsaved >= max(SAVED_EVERY, len(known) // 10):
                    memory.write({file: known[file] for file in files if file in known})
                    unsaved = 0
        finally:  # an interrupted scan goes on where it was
            if unsaved:
                memory.write({file: known[file] for file in files if file in known})
        return {file.path: known[file] for file in files}


@dataclass(frozen=True)
class Look:
    """Looks at one file: a function for workers."""

    folder: Path
    pixel_limit: int

    def __call__(self, path: str) -> Seen:
        """Return what the file at `path`, relative to the folder, is."""
        from mapmaker_tiles import DecodeError, decode

        file = self.folder / path
        try:
            if not stat.S_ISREG(file.stat().st_mode):  # a named pipe would keep us waiting
                return Seen("", reason="cannot be read: not a regular file")
            sha256 = workspace.file_digest(file)
        except OSError as error:
            return Seen("", reason=f"cannot be read: {error.strerror or error}")
        try:
            image = decode(file, pixel_limit=self.pixel_limit)
        except DecodeError as error:
            return Seen(sha256, reason=str(error))
        pixels = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
        return Seen(sha256, pixels, *image.size)


@dataclass(frozen=True)
class Memory:
    """What earlier runs saw, so that an unchanged file is opened once in its life."""

    file: Path

    def read(self) -> dict[Listed, Seen]:
        """Return what is remembered; nothing if the file is not there or damaged."""
        try:
            with self.file.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                return {
                    Listed(path, int(size), int(changed)): Seen(sha, pixels, int(width), int(height), reason)
                    for path, size, changed, sha, pixels, width, height, reason in csv.reader(file)
                }
        except (OSError, ValueError, csv.Error):
            return {}

    def write(self, seen: Mapping[Listed, Seen]) -> None:
        """Remember `seen`, and nothing else."""
        rows = ([*dataclasses.astuple(listed), *dataclasses.astuple(one)] for listed, one in seen.items())
        with (
            workspace.replacing(self.file) as temporary,
            temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
        ):
            csv.writer(file).writerows(rows)


def list_files(job: Job) -> list[Listed]:
    """Return the files below the folder of images, ascending by path.

    Hidden folders, the work folder, maps of ours and the metadata table are passed over. ImagesError if there is none.
    """
    check_images(job.images)
    ours = {_identity(path) for path in (job.out, job.work.folder) if path.exists()}
    table = job.metadata.stat() if job.metadata and job.metadata.exists() else None
    files = []
    for path, status in _walk(job.images, ours):
        if status is None:
            files.append(Listed(path, 0, 0))
        elif table is None or not _is_same(table, job.images / path, status):
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


def _is_same(table: os.stat_result, path: Path, status: os.stat_result) -> bool:
    """Return whether the file at `path` is the table: asked of the disk only where what was listed allows it.

    Names are not compared, for they differ by case, normal form and links; nor is `status` asked alone, for on Windows
    a listing does not tell which file it is.
    """
    alike = (status.st_size, status.st_mtime_ns) == (table.st_size, table.st_mtime_ns)
    return alike and os.path.samestat(path.stat(), table)


def _is_map(folder: Path) -> bool:
    """Return whether `folder` holds a map of ours, by its manifest."""
    try:
        manifest = json.loads((folder / "data" / "manifest.json").read_text(encoding="utf-8"))
        return bool(manifest["generator"] == "mapmaker")
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _previous(job: Job) -> Images | None:
    return artifacts.read_images(job.work) if job.work.digest(artifacts.IMAGES) else None


def settle(previous: Images | None, seen: Mapping[str, Seen]) -> tuple[Images, list[Reject]]:
    """Return images and rejects for what was `seen`, by path, given the rows of an earlier run."""
    ledger = Ledger()
    if previous is not None:
        for row in range(len(previous)):
            ledger.keep_row(previous, row, seen)
    for path, one in seen.items():
        ledger.add(path, one)
    return ledger.images(), sorted(ledger.rejects, key=lambda reject: reject.path)


@dataclass(frozen=True)
class Row:
    """A row of `Images`, with its columns."""

    id: str
    path: str
    sha256: str
    width: int
    height: int
    present: bool = True


@dataclass
class Ledger:
    """Rows as they are settled: who owns which pixels, which paths are dealt with."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By pixels: path and bytes of the image that shows them."""
    done: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def keep_row(self, previous: Images, row: int, seen: Mapping[str, Seen]) -> None:
        """Carry an earlier row on: as it is now, or as a tombstone."""
        path, id_ = previous.path[row], previous.id[row]
        self.ids.add(id_)
        one = seen.get(path)
        if one is not None and self._claim(path, one):
            self.rows.append(Row(id_, path, one.sha256, one.width, one.height))
        else:
            size = int(previous.width[row]), int(previous.height[row])
            self.rows.append(Row(id_, path, previous.sha256[row], *size, present=False))

    def add(self, path: str, one: Seen) -> None:
        """Append a row for a new image."""
        if path not in self.done and self._claim(path, one):
            id_ = new_id(path, self.ids)
            self.ids.add(id_)
            self.rows.append(Row(id_, path, one.sha256, one.width, one.height))

    def _claim(self, path: str, one: Seen) -> bool:
        """Return whether `path` is the first to show its pixels; if not, or if it is none, reject it."""
        self.done.add(path)
        reason = one.reason
        if not reason:
            owner, content = self.owners.setdefault(one.pixels, (path, one.sha256))
            if owner == path:
                return True
            reason = f"same {'file' if content == one.sha256 else 'pixels'} as {owner}"
        self.rejects.append(Reject(path, reason))
        return False

    def images(self) -> Images:
        """Return the rows as columns."""
        return Images(
            id=[row.id for row in self.rows],
            path=[row.path for row in self.rows],
            sha256=[row.sha256 for row in self.rows],
            width=np.array([row.width for row in self.rows], np.int32),
            height=np.array([row.height for row in self.rows], np.int32),
            present=np.array([row.present for row in self.rows], bool),
        )


def new_id(path: str, taken: set[str]) -> str:
    """Return an id for `path`: the same for the same path on every machine, in lower case letters and digits."""
    name = unicodedata.normalize("NFC", path)
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    letters = b32encode(digest).decode().lower().rstrip("=")
    for length in range(ID_LENGTH, len(letters) + 1):
        if letters[:length] not in taken:
            return letters[:length]
    return new_id(path + "/", taken)  # the same path in two normal forms
