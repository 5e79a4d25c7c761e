"""A folder that pictures are fetched into: is it fit, held while a fetch is at work, in order after a kill?"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mapmaker.errors import BusyError, OutputError
from mapmaker.fetched import FETCHED, FETCHED_TABLE, UNUSABLE, Arrival, read_lines
from mapmaker.manifest import read_manifest
from mapmaker.sources.titles import TITLES_TABLE, Memory
from mapmaker.workspace import check_makable, file_digest

if TYPE_CHECKING:
    from mapmaker.sources.folder import Folder

STATE = ".fetch"
"""Folder in the folder: pictures on their way, the lock, and what metadata.csv was when it was written."""
PATIENCE = 0.2
"""Seconds to wait for the lock."""


def check_fit(folder: "Folder") -> None:
    """Raise OutputError for a folder in which something else stands."""
    path = folder.path
    try:
        check_makable(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if read_manifest(path) is not None:
        raise OutputError(f"{path} is a map that mapmaker made; give a folder for pictures")
    is_ours = (path / FETCHED_TABLE).exists() or Memory(folder.state).digests.exists()
    if (path / TITLES_TABLE).exists() and not is_ours:
        raise OutputError(f"{path / TITLES_TABLE} is none of fetch's; give another folder")


@contextlib.contextmanager
def held(folder: "Folder") -> Iterator[None]:
    """Make the folder, and hold its lock; clear what a run that was killed left."""
    from filelock import FileLock, Timeout

    made = [path for path in (folder.state, folder.path, *folder.path.absolute().parents) if not path.exists()]
    lock = FileLock(folder.state / "lock", timeout=PATIENCE)
    try:
        with telling(folder):
            folder.state.mkdir(parents=True, exist_ok=True)
            lock.acquire()
    except Timeout as error:
        raise BusyError(f"another fetch is at work in {folder.path}; wait for it, or give another folder") from error
    try:
        with telling(folder):
            settle(folder)
        yield
    finally:
        if folder.state in made and not (folder.path / FETCHED_TABLE).exists():  # nothing came of it
            with contextlib.suppress(OSError):
                (folder.state / "lock").unlink(missing_ok=True)
                for path in made:
                    path.rmdir()
        lock.release()


@contextlib.contextmanager
def telling(folder: "Folder") -> Iterator[None]:
    """Say of an OSError which file it was, or else the folder, that could not be written."""
    from filelock import Timeout

    try:
        yield
    except Timeout:  # which is one too
        raise
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or folder.path}: {error.strerror or error}") from error


def settle(folder: "Folder") -> None:
    """Put pictures that are noted in their places, and remove what only half came, or was only half written."""
    from mapmaker.sources.answers import Missed
    from mapmaker.sources.folder import FATAL, key_of

    for table in (FETCHED_TABLE, TITLES_TABLE):
        for left in folder.path.glob(f".{table}.*.tmp"):
            left.unlink()
    parts = {part.stem: part for part in folder.state.glob("*.part")}
    noted: dict[str, list[Arrival]] = {}
    for one in read_lines(folder.path) if parts else []:
        if one.status != UNUSABLE and (key := key_of(one.url)) in parts:
            noted.setdefault(key, []).append(one)
    for key, part in parts.items():
        lines = noted.get(key, [])
        arrival = lines[-1] if lines else None
        if arrival and arrival.status == FETCHED and file_digest(part) == arrival.sha256:
            try:
                part.replace(folder.check_free(arrival, lines[:-1]))
            except Missed:  # something else is there by now, which stays
                pass
            except OSError as error:  # so does a folder that is called so
                if error.errno in FATAL:
                    raise
        part.unlink(missing_ok=True)
