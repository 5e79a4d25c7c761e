"""A site as a tree of files: written whole beside the old one, then put in its place.

Files that have not changed since the old site cost no time: they are hard links to its own, and keep their time of
change, by which rsync and the like go. None is a link into the work folder, so that whoever edits the site does not
edit the artefacts. Files of the work folder that are alike, tiles of one colour, are one file with several names. What
is ours is listed, with digests, in data/manifest.json; whatever else stands in the folder is the user's and is carried
over.
"""

import contextlib
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mapmaker.errors import OutputError
from mapmaker.manifest import MANIFEST, Changes, manifest_bytes, read_manifest
from mapmaker.stages import Inspect, pass_all
from mapmaker.workspace import check_makable, file_digest


@dataclass(frozen=True)
class Stored:
    """A file of the work folder, to be copied; its digest is known."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Packed:
    """A file made of others, too big for memory: `chunks` gives its bytes in order, the same ones each time."""

    chunks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Rendered:
    """A file made when it is its turn, and then held in memory, alone: `render` gives its bytes."""

    render: Callable[[], bytes]


Contents = Mapping[str, bytes | Stored | Packed | Rendered]
"""By path below the site, with forward slashes."""


Place = Literal["new", "empty", "ours", "foreign"]
"""What stands where a map is to go: nothing, an empty folder, a map of ours, something else."""


def place_of(out: Path) -> Place:
    """Return what stands at `out`, or would once `recover` was called."""
    standing = _recovered(out)
    if not standing.exists():
        return "new"
    if read_manifest(standing) is not None:
        return "ours"
    return "foreign" if not standing.is_dir() or any(standing.iterdir()) else "empty"


def check_place(out: Path) -> None:
    """Raise OutputError unless `out` can be seen to be not there, empty, or a map of ours, and writable."""
    place = out.resolve()
    if Path.cwd().is_relative_to(place):
        raise OutputError(f"{out} holds the folder you are in, and is replaced whole; start from outside of it")
    if os.path.ismount(place):
        raise OutputError(f"{out} is a mount point, which cannot be replaced whole; give a folder in it with --out")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; give a folder for the map with --out")
    if place_of(out) == "foreign":
        raise OutputError(f"{out} is not empty and no map of ours; give another folder with --out")
    with _writing(out):
        check_makable(place)
        if out.is_dir() and not os.access(out, os.W_OK):
            raise PermissionError(None, "it is read-only")


def check_output(out: Path) -> None:
    """Finish what a killed swap left. Raise OutputError unless `out` will do, and a folder can be made beside it."""
    check_place(out)
    recover(out)
    fresh = _beside(out, "new")
    with _writing(out):
        fresh.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        fresh.rmdir()


@contextlib.contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Turn what the system says into an OutputError that names `out`."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; give another folder with --out") from error


def recover(out: Path) -> None:
    """Finish what a killed swap left: the old map goes back to its place, or, if the new one is there, away.

    OutputError if something else is there: what of the user's was in the old map must not be lost.
    """
    old = _beside(out, "old")
    if not old.is_dir():
        return
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
    if not out.exists():
        old.rename(out.resolve())
    elif read_manifest(out) is not None:
        shutil.rmtree(old)
    else:
        raise OutputError(f"{out} is no map, and the map that was there is in {old}; move one of them away")


def _recovered(out: Path) -> Path:
    """Return where that stands which `recover` would leave at `out`."""
    old = _beside(out, "old")
    gone = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    return old if old.is_dir() and gone else out


def is_intact(out: Path, digest: object) -> bool:
    """Return whether the map's manifest is the one of this `digest`, and every file of it there; no other is read.

    So it is for a map that `recover` will put there, and not if another work folder has put its own in place of ours.
    """
    standing = _recovered(out)
    files = read_manifest(standing)
    ours = files is not None and manifest_digest(standing) == digest
    return files is not None and ours and all((standing / name).is_file() for name in files)


def manifest_digest(out: Path) -> str:
    """Return the digest of the manifest of a map, which tells it from any other. OSError if there is none."""
    return file_digest(out / MANIFEST)


def replace_site(
    out: Path, contents: Contents, keep: Path, inspect: Inspect = pass_all, changes: Changes | None = None
) -> list[str]:
    """Make `out` hold `contents`, its manifest, which tells of `changes`, and what of the user's stood there.

    A file of ours that was edited since goes to the folder `keep`; returns the paths of those. OutputError if the disk
    is full or the folder cannot be replaced, and whatever `inspect` raises; then the old map stands as it was.
    """
    fresh = _beside(out, "new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        standing = _standing(out)
        digests, written = _write(fresh, contents, out, standing)
        _write_manifest(fresh, out, manifest_bytes(digests, changes))
        inspect(fresh, written)
        edited = _carry_over(out, fresh, contents, standing, keep)
        _swap(out.resolve(), fresh)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        where = error.filename or out
        raise OutputError(f"cannot write the map to {out}: {error.strerror or error} ({where})") from error
    except Exception:  # what is packed may fail in its own way
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return edited


def _standing(out: Path) -> dict[str, str]:
    """Return the digests of what stands where the manifest of `out` lists a file, as it is now."""
    paths = {name: out / name for name in read_manifest(out) or {}}
    return {name: file_digest(path) for name, path in paths.items() if _is_own(path)}


def _is_own(path: Path) -> bool:
    """Return whether there is a file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _write(fresh: Path, contents: Contents, out: Path, standing: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Write `contents` to `fresh`, linking what stands in `out` already; return digests, and what did not stand.

    What is linked, nearly all, is called by texts: to make a `Path` of each takes longer than to link it.
    """
    for folder in {name.rpartition("/")[0] for name in contents}:
        (fresh / folder).mkdir(parents=True, exist_ok=True)
    digests: dict[str, str] = {}
    written: set[str] = set()
    copied = {
        content.sha256: f"{out}/{name}"
        for name, content in contents.items()
        if isinstance(content, Stored) and standing.get(name) == content.sha256
    }
    for name, given in contents.items():
        content = given.render() if isinstance(given, Rendered) else given
        path = f"{fresh}/{name}"
        digest = digests[name] = _digest(content)
        if standing.get(name) == digest:
            _link(f"{out}/{name}", path)
        elif isinstance(content, Stored) and digest in copied:
            _link(copied[digest], path)
        else:
            _write_file(Path(path), content)
            written.add(name)
        if isinstance(content, Stored):
            copied.setdefault(digest, path)
    return digests, written


def _write_manifest(fresh: Path, out: Path, content: bytes) -> None:
    """Write the manifest, or link the one that stands in `out` if it is the same."""
    old, new = out / MANIFEST, fresh / MANIFEST
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_file() and not old.is_symlink() and old.read_bytes() == content:
        _link(old, new)
    else:
        new.write_bytes(content)


def _digest(content: bytes | Stored | Packed) -> str:
    """Return the SHA-256 of a content, which for what is packed takes reading all of it."""
    if isinstance(content, Stored):
        return content.sha256
    digest = hashlib.sha256()
    for chunk in content.chunks() if isinstance(content, Packed) else (content,):
        digest.update(chunk)
    return digest.hexdigest()


def _write_file(path: Path, content: bytes | Stored | Packed) -> None:
    if isinstance(content, Stored):
        shutil.copyfile(content.path, path)
    elif isinstance(content, Packed):
        with path.open("wb") as file:
            file.writelines(content.chunks())
    else:
        path.write_bytes(content)


def _carry_over(out: Path, fresh: Path, contents: Contents, standing: Mapping[str, str], keep: Path) -> list[str]:
    """Link the user's own files in `out` into `fresh`, and put edited ones of ours into `keep`.

    Empty folders go along: git takes a folder without its empty ones for no repository.
    """
    before = read_manifest(out) or {}
    edited = []
    for name, entry in _files(out) if out.is_dir() else ():
        if name == MANIFEST:
            continue
        if entry.is_dir(follow_symlinks=False):
            (fresh / name).mkdir(parents=True, exist_ok=True)
        elif name not in before and name not in contents:
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            _link(entry.path, fresh / name)
        elif not entry.is_symlink() and (name not in before or standing[name] != before[name]):
            path = Path(entry)
            kept = keep / f"{file_digest(path)[:8]}-{path.name}"
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, kept)
            edited.append(str(kept))
    return edited


def _files(folder: Path, below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield files, links to anything, and empty folders in `folder`, by their paths; links are not followed."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = below + entry.name
        if entry.is_dir(follow_symlinks=False) and any(Path(entry).iterdir()):
            yield from _files(Path(entry), f"{name}/")
        else:
            yield name, entry


def _link(source: str | Path, target: str | Path) -> None:
    """Hard-link, or copy where the file system cannot."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)


def _swap(out: Path, fresh: Path) -> None:
    old = _beside(out, "old")
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path, what: str) -> Path:
    """Return a place for a whole site beside `out`, or beside what it links to, by a name that nobody else uses."""
    place = out.resolve()
    return place.with_name(f".{place.name}.mapmaker-{what}")
