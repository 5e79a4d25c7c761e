"""Where exports go, and what there may be written over: what we wrote and nobody has changed since."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mapmaker.errors import OutputError
from mapmaker.manifest import manifest_bytes, parse_manifest
from mapmaker.workspace import check_makable, file_digest, replacing

LISTED = "export.json"
"""In a folder of ours: the digests of all other files that we wrote, a list by path."""
_FRESH = ".fresh"


def check_apart(out: Path, images: Path, work: Path) -> None:
    """Raise OutputError if `out` lies where the next build would take it for a poster, or in the work folder."""
    place = out.resolve()
    for folder, why in ((images, "what is in it would be on the next map"), (work, "it is mapmaker's own")):
        if place.is_relative_to(folder.resolve()):
            raise OutputError(f"{out} lies in the folder {folder}, and {why}; give another place with --out")


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn what the system says into an OutputError that names `out`."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; give another place with --out") from error


def check_file(out: Path, is_ours: Callable[[Path], bool], force: bool) -> None:
    """Raise OutputError unless `out` can be written, and is not there, or ours, or is to go by `force`."""
    with writing(out):
        if out.is_dir():
            raise OutputError(f"{out} is a folder; give the name of a file with --out")
        if out.exists() and not force and not is_ours(out):
            raise OutputError(f"{out} is there, and none of ours; give another name with --out, or --force")
        check_makable(out.absolute().parent)


class Folder:
    """A folder of exported files, written beside their places, then put there together.

    What an earlier export wrote and this one does not goes. Files of the user's stay; one that stands where ours is to
    go, or was ours and has been changed, is an OutputError, unless it is to go by `force`.
    """

    def __init__(self, out: Path, names: Sequence[str], force: bool) -> None:
        self.out = out
        self._force = force
        self._listed = _read_listed(out)
        with writing(out):
            if out.exists() and not out.is_dir():
                raise OutputError(f"{out} is a file; give a folder with --out")
            check_makable(out.absolute())
            for name in names:
                self._check(name)

    def _check(self, name: str) -> None:
        """Raise OutputError if a file of the user's stands there."""
        file = self.out / name
        if not os.path.lexists(file) or (self._force and not file.is_dir()):
            return
        if not file.is_file() or file_digest(file) not in self._listed.get(name, ()):
            known = "was changed" if name in self._listed else "is none of ours"
            raise OutputError(f"{file} is there and {known}; give another folder with --out, or --force")

    def fresh(self, name: str) -> Path:
        """Return where to write the file that is to be `name`."""
        file = self.out / _FRESH / name
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    @contextlib.contextmanager
    def filling(self) -> Iterator[None]:
        """Let files be written to `fresh`; nothing of them stays if that fails."""
        was_there = self.out.exists()
        try:
            with writing(self.out):
                shutil.rmtree(self.out / _FRESH, ignore_errors=True)
                yield
        finally:
            shutil.rmtree(self.out / _FRESH, ignore_errors=True)
            if not was_there:
                with contextlib.suppress(OSError):
                    self.out.rmdir()

    def commit(self, names: Sequence[str]) -> int:
        """Put the files in their places; return how many of an earlier export went.

        Killed in between, the next export knows old and new for ours.
        """
        new = {name: file_digest(self.fresh(name)) for name in names}
        both = {
            name: sorted({*self._listed.get(name, ()), *([new[name]] if name in new else [])})
            for name in {*self._listed, *new}
        }
        self._list(both)
        for name in names:
            (self.out / name).parent.mkdir(parents=True, exist_ok=True)
            self.fresh(name).replace(self.out / name)
        old = {name: digests for name, digests in self._listed.items() if name not in new and _inside(name)}
        gone = sum(_remove(self.out / name, digests) for name, digests in old.items())
        self._list({name: [digest] for name, digest in new.items()})
        return gone

    def _list(self, files: Mapping[str, Sequence[str]]) -> None:
        with replacing(self.out / LISTED) as temporary:
            temporary.write_bytes(manifest_bytes(files))


def _inside(name: str) -> bool:
    """Return whether a name that a list tells stays below the folder, which a list from elsewhere need not."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts and not path.drive


def _remove(file: Path, digests: Sequence[str]) -> bool:
    """Remove a file if it is still one of those that we wrote, and its folder if that is empty then."""
    try:
        if not file.is_file() or file.is_symlink() or file_digest(file) not in digests:
            return False
        file.unlink()
    except OSError:
        return False
    with contextlib.suppress(OSError):
        file.parent.rmdir()
    return True


def _read_listed(out: Path) -> dict[str, list[str]]:
    """Return the digests by path that a list of ours in `out` tells; none where there is none."""
    try:
        files = parse_manifest((out / LISTED).read_bytes()).files
    except (OSError, ValueError):
        return {}
    return {name: list(map(str, digests)) for name, digests in files.items() if isinstance(digests, list)}
