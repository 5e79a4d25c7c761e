"""A folder to work in that goes when the work is done; one that a killed run left goes with the next."""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "mapmaker-publish-"
YOUNG = 60
"""Seconds in which a folder may be without its lock, because it has only just been made."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Yield an empty folder among the system's temporary ones, which no other run touches as long as this one lives."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _sweep(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    inside = folder / "repository"
    try:
        with FileLock(folder / "lock"):
            inside.mkdir()
            yield inside
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(left: Path) -> None:
    """Remove a folder that nobody holds any more, if it is one as we make them."""
    with contextlib.suppress(OSError, Timeout):
        told = left.lstat()
        mine = not hasattr(os, "getuid") or told.st_uid == os.getuid()
        if stat.S_ISDIR(told.st_mode) and mine and time.time() - told.st_mtime > YOUNG and _is_as_made(left):
            with FileLock(left / "lock", timeout=0):
                shutil.rmtree(left, ignore_errors=True)


def _is_as_made(left: Path) -> bool:
    """Return whether that is in a folder which we put there, and nothing else."""
    lock, inside = left / "lock", left / "repository"
    is_plain = stat.S_ISREG(lock.lstat().st_mode) and stat.S_ISDIR(inside.lstat().st_mode)
    return is_plain and set(left.iterdir()) == {lock, inside}
