"""A work folder that is only looked at: nothing in it is changed, and it need not be there."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from mapmaker.workspace import LOCK, Awaited, Workspace, check_makable


class Glance(Workspace):
    """A `Workspace` to be read while others may write it; `busy` tells whether a build is at work in it.

    Of artefacts that a build would make anew it can be told what they will be, or that they are awaited: then whoever
    asks for one is told so by `Awaited`. Raises OutputError where a build could not write.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.busy = False
        self._foretold: dict[str, str | None] = {}
        self._awaited: set[str] = set()

    def _enter(self) -> None:
        check_makable(self.folder)
        if self.folder.exists():
            self._check_ours()
            check_writable(self.folder)
            self.busy = _is_held(self.folder / LOCK)

    def _keep_digests(self) -> None:
        """Keep nothing."""

    def cache(self, name: str) -> Path:
        """See `Workspace`; the folder need not be there."""
        return self.folder / "cache" / name

    def path(self, name: str) -> Path:
        """See `Workspace`."""
        if name in self._awaited:
            raise Awaited(name)
        return super().path(name)

    def digest(self, name: str) -> str | None:
        """See `Workspace`."""
        return self._foretold[name] if name in self._foretold else super().digest(name)

    def foretell(self, name: str, digest: str | None) -> None:
        """From now on the artefact called `name` is one of this digest; None: it is not there."""
        self._foretold[name] = digest

    def wait_for(self, names: Iterable[str]) -> None:
        """From now on nobody knows the artefacts called `names`."""
        self._awaited.update(names)
        for name in names:
            self._foretold.pop(name, None)


def check_writable(folder: Path) -> None:
    """Raise PermissionError if it can be seen that nothing can be written into the folder."""
    if not os.access(folder, os.W_OK):
        raise PermissionError(None, "it is read-only", str(folder))


def _is_held(lock: Path) -> bool:
    """Return whether another process holds the lock, which is asked for no longer than it takes to be told."""
    try:
        file = lock.open("rb")
    except OSError:
        return False
    with file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
