"""A folder to work in that goes when the work is done; one that a killed run left goes with the next."""

import contextlib
import shutil
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
    """Remove a folder that nobody holds any more; others' may not be ours to remove."""
    with contextlib.suppress(OSError, Timeout):
        if time.time() - left.stat().st_mtime > YOUNG:
            with FileLock(left / "lock", timeout=0):
                shutil.rmtree(left, ignore_errors=True)
