"""The work folder: files written under a temporary name and renamed, digests, a record a stage, one lock.

A stage writes each of its artefacts to `Workspace.fresh(name)`. `commit` first notes in the stage's record what
is about to appear, then renames, then completes the record; so a process killed at any moment leaves either the
old artefact or the new one, and the next run can tell our own files from those that a user put in their place.
"""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mapmaker.errors import BusyError, InputError, OutputError

INDEX = "index.json"
"""In an artefact that is a folder: the file that lists the others with their digests."""
LOCK = "lock"
DIGESTS = "digests.json"
RECORD = ".record.json"
PATIENCE = 0.2
"""Seconds to wait for the lock: who only asks whether it is held has it for less than a thousandth."""


@dataclass(frozen=True)
class Record:
    """What a stage last did here."""

    fingerprint: str
    outputs: Mapping[str, str]
    figures: Mapping[str, float | int | str]
    warnings: Sequence[str] = ()
    seconds: float = 0.0
    peak_memory: int | None = None
    pending: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Digests of artefacts that are being renamed into place; empty once the stage is done."""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What the fingerprint is of, so that it can be told why another differs: options and versions, as plain values,"""
    inputs: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    """digests of what was read, by part,"""
    outside: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """and digests of what it depends on outside the work folder, by name."""
    most: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """`amount` and `seconds` of the run that had most to do, with the same options."""


class Awaited(Exception):  # noqa: N818 - named for what is awaited; no error, nobody is told
    """An artefact was asked for that is to be made anew."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Workspace:
    """A folder of artefacts and records. Use as a context manager: it holds the lock.

    Raises BusyError if another process holds it, OutputError if the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[str, dict[str, Any]] = {}
        self._lock: contextlib.ExitStack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        from filelock import Timeout

        try:
            self._enter()
        except Timeout as error:
            raise BusyError(f"another build is at work in {self.folder}; wait for it, or use --work") from error
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"cannot write the work folder {self.folder}: {reason}") from error
        self._recall_digests()
        return self

    def _enter(self) -> None:
        """Make the folder, take the lock, clear what a killed run left."""
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_ours()
        self._lock.enter_context(FileLock(self.folder / LOCK, timeout=PATIENCE))
        self._clear()

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def _clear(self) -> None:
        """Remove what a killed run left half written."""
        shutil.rmtree(self.folder / "fresh", ignore_errors=True)
        for pattern in (
            ".*.tmp",
            "cache/scan/.*.tmp",
            "cache/triage/.*.tmp",
            "cache/search/.*.tmp",
            "cache/features/*/.*.tmp",
        ):
            for left in self.folder.glob(pattern):
                left.unlink(missing_ok=True)

    def _check_ours(self) -> None:
        """Raise OutputError unless the folder is empty or holds what only we write."""
        names = {path.name for path in self.folder.iterdir()}
        if names and LOCK not in names and not any(name.endswith(RECORD) for name in names):
            raise OutputError(f"{self.folder} is not empty and no work folder of ours; give another with --work")

    def path(self, name: str) -> Path:
        """Return where the artefact called `name` (a file or folder name) stands."""
        return self.folder / name

    def fresh(self, name: str) -> Path:
        """Return where to write a new version of artefact `name`; `commit` puts it in place."""
        path = self.folder / "fresh" / name
        path.parent.mkdir(exist_ok=True)
        return path

    def cache(self, name: str) -> Path:
        """Return a folder for what may be lost at no cost but time."""
        path = self.folder / "cache" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def digest(self, name: str) -> str | None:
        """Return the digest of an artefact's bytes, None if it is not there.

        It is remembered by size and time of change, so that big files are read once.
        """
        path = self.path(name)
        if path.is_dir():
            path = path / INDEX
        try:
            status = path.stat()
        except OSError:
            return None
        stamp = [status.st_size, status.st_mtime_ns]
        known = self._digests.get(name)
        if not isinstance(known, dict) or known.get("stamp") != stamp or "sha256" not in known:
            known = {"stamp": stamp, "sha256": file_digest(path)}
            self._digests[name] = known
            self._keep_digests()
        return str(known["sha256"])

    def _keep_digests(self) -> None:
        write_json(self.folder / DIGESTS, self._digests)

    def _recall_digests(self) -> None:
        self._digests = _read_json(self.folder / DIGESTS) or {}

    def record(self, stage: str) -> Record | None:
        """Return what `stage` last did here, None if nothing, or if the record is damaged."""
        known = _read_json(self.folder / f"{stage}{RECORD}")
        if known is None:
            return None
        fields = {field.name for field in dataclasses.fields(Record)}
        try:
            return Record(**{name: value for name, value in known.items() if name in fields})
        except TypeError:
            return None

    def commit(self, stage: str, names: Sequence[str], record: Record) -> list[str]:
        """Put the fresh artefacts `names` in place and complete `stage`'s record.

        Returns the paths where hand-made artefacts were put aside, for nothing of the user's is lost.
        """
        last = self.record(stage)
        aside = [self._put_aside(name) for name in self.by_hand(stage, names)]
        pending = {name: _digest(self.fresh(name)) for name in names}
        before = last or Record("", {}, {})
        # No fingerprint: killed from here on, the stage runs again, even if options go back to what they were.
        self._write_record(stage, dataclasses.replace(before, fingerprint="", pending=pending))
        for name in names:
            _swap(self.fresh(name), self.path(name), self.folder / "fresh" / f"{name}.old")
        self._write_record(stage, dataclasses.replace(record, outputs=pending))
        return aside

    def by_hand(self, stage: str, names: Sequence[str]) -> list[str]:
        """Return which of the artefacts `names`, which `stage` writes, it did not write as they are: the user's own."""
        last = self.record(stage)
        ours = set() if last is None else {*last.outputs.values(), *last.pending.values()}
        return [name for name in names if (self.digest(name) or "") not in {"", *ours}]

    def _write_record(self, stage: str, record: Record) -> None:
        write_json(self.folder / f"{stage}{RECORD}", dataclasses.asdict(record))

    def _put_aside(self, name: str) -> str:
        digest = self.digest(name) or ""
        kept = self.folder / "replaced" / f"{digest[:8]}-{name}"
        kept.parent.mkdir(exist_ok=True)
        if not kept.exists():
            self.path(name).rename(kept)
        return str(kept)


def fingerprint(parts: Mapping[str, object], versions: bool = True) -> str:
    """Return a digest of `parts`: JSON values, dataclasses by their fields, files by their content.

    Dataclasses count by their version too, but for `versions` False. Raises InputError for a file that cannot be read.
    """
    text = json.dumps(plain(parts, versions), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: object, versions: bool = True) -> Any:
    """Return what of `value` goes into a fingerprint, as JSON has it. InputError for a file that cannot be read.

    A dataclass is its fields, and under "" its module, name and version; a file is the digest of its content.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        version = getattr(value, "version", 1) if versions else 0
        kind = [type(value).__module__, type(value).__qualname__, version]
        return {"": kind, **_plain_items(fields, versions)}
    if isinstance(value, Mapping):
        return _plain_items(value, versions)
    if isinstance(value, list | tuple):
        return [plain(item, versions) for item in value]
    if isinstance(value, Path):
        return _given_digest(value)
    return value


def _plain_items(items: Mapping[str, object], versions: bool) -> dict[str, object]:
    return {name: plain(item, versions) for name, item in items.items()}


def _given_digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal. OSError if it cannot be read."""
    with path.open("rb", buffering=0) as file:  # it has a buffer of its own
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(path: Path) -> str:
    return file_digest(path / INDEX if path.is_dir() else path)


def check_makable(folder: Path) -> None:
    """Raise OSError if it can be seen, without trying, that the folder is neither there nor can be made."""
    if folder.is_dir():
        return
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    above = next(path for path in folder.absolute().parents if path.exists())
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(above))
    if not os.access(above, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(above))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the place of `path`, else it goes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON, all or nothing."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file of ours; None if it is not there or was cut off."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _swap(new: Path, place: Path, old: Path) -> None:
    """Put `new` where `place` is. Of a folder, killed in between, the new version is made again."""
    if place.is_dir():
        place.rename(old)
        new.rename(place)
        shutil.rmtree(old)
    else:
        new.replace(place)
