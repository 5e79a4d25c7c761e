"""A map -> a folder that a web server shows: only what has changed is written, only what was put there is removed.

Visitors may be looking on. So each file takes the place of the old one whole; new files come first, then those that
changed, then pages, index.html last; what is gone goes at the end. What we put there is listed in a file with a dot in
front: before anything is written, what was there and what will be; afterwards, what is. Killed in between, the next
run knows all of it for ours.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from mapmaker.errors import BusyError, OutputError
from mapmaker.hosting.contents import MOST_NAMED, Contents
from mapmaker.hosting.published import Consent, Published
from mapmaker.manifest import MANIFEST, read_manifest
from mapmaker.plural import count_of
from mapmaker.progress import Progress
from mapmaker.workspace import file_digest

LISTED = ".mapmaker-published.json"
INCOMING = ".mapmaker-incoming"
"""A folder on the same disk, so that a file that is complete can take its place by one rename."""


def publish_directory(contents: Contents, into: Path, consent: Consent, progress: Progress) -> Published:
    """Make the folder `into` show the map. OutputError if it cannot be written, or others' files are in the way."""
    place = into.resolve()
    if place.is_relative_to(contents.root) or contents.root.is_relative_to(place):
        raise OutputError(f"{into} and the map lie in one another; give another folder with --into")
    if place.exists() and not place.is_dir():
        raise OutputError(f"{into} is a file; give a folder with --into")
    incoming = place / INCOMING
    try:
        if _read_listed(place) is None and place.is_dir() and {file.name for file in place.iterdir()} - {INCOMING}:
            consent.need(f"{into} is not empty, and was not filled by mapmaker; what is in it stays, beside the map")
        incoming.mkdir(parents=True, exist_ok=True)
        with FileLock(incoming / "lock", timeout=0):
            try:
                listed = _read_listed(place) or {}
                _ensure_free(into, listed, contents, consent)
                return _mirror(contents, place, _standing(place, listed, contents), progress)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
    except Timeout as error:
        raise BusyError(f"another mapmaker is publishing into {into}; wait for it") from error
    except OSError as error:
        where = f"{error.strerror or error} ({error.filename or into})"
        raise OutputError(f"cannot publish into {into}: {where}; mend that, and publish again") from error


def _mirror(contents: Contents, place: Path, before: Mapping[str, str], progress: Progress) -> Published:
    """Bring `place` from what it holds of ours, digests by path, to `contents`."""
    changed = [name for name, digest in contents.digests.items() if before.get(name) != digest]
    gone = [name for name in before if name not in contents.digests]
    if changed or gone:
        _write_listed(place, {**before, **dict.fromkeys(changed, "")})
    progress.begin("copy")
    progress.expect(len(changed), "files")
    for name in sorted(changed, key=lambda name: (_turn(name, name in before), name)):
        _put(contents.chunks(name), place, name)
        progress.advance()
    for name in gone:
        _remove(place, name)
    if changed or gone or _read_listed(place) != contents.digests:
        _write_listed(place, contents.digests)
    progress.end("copy", f"{count_of(len(changed), 'file')} new or changed, {len(gone):,} gone")
    count = len(contents.digests)
    return Published("directory", str(place), count, contents.size, len(changed), len(gone), bool(changed or gone))


def _turn(name: str, was_there: bool) -> int:
    """Return when a file's turn is: nothing leads to a file that is new before pages and the map's data do."""
    if name in ("index.html", MANIFEST):
        return 3
    if name.endswith(".html") or name == "data/map.js":
        return 2
    return 1 if was_there else 0


def _put(chunks: Iterable[bytes], place: Path, name: str) -> None:
    """Write a file beside its place, on the same disk, then put it there."""
    temporary = place / INCOMING / "file"
    with temporary.open("wb") as file:
        file.writelines(chunks)
    target = place / name
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)


def _remove(place: Path, name: str) -> None:
    """Remove a file of ours, and folders that are empty without it."""
    file = place / name
    file.unlink(missing_ok=True)
    for folder in file.parents:
        if folder == place or any(folder.iterdir()):
            return
        folder.rmdir()


def _read_listed(place: Path) -> dict[str, str] | None:
    """Return what we put there, "" for the digest of what was being written; None if nobody says that we did.

    A copy of a map, made by hand, says so by its manifest: then each file is looked at.
    """
    try:
        told = json.loads((place / LISTED).read_bytes())
        files: dict[str, str] | None = {str(name): str(digest) for name, digest in told["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        listed = read_manifest(place)
        files = dict.fromkeys([*listed, MANIFEST], "") if listed is not None else None
    return {name: digest for name, digest in files.items() if _is_below(name)} if files is not None else None


def _is_below(name: str) -> bool:
    """Return whether a path that a list tells stays below the folder, which one that was changed need not."""
    path = Path(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not path.drive


def _write_listed(place: Path, files: Mapping[str, str]) -> None:
    told = {"generator": "mapmaker", "files": dict(sorted(files.items()))}
    _put([(json.dumps(told, indent=0) + "\n").encode()], place, LISTED)


def _standing(place: Path, listed: Mapping[str, str], contents: Contents) -> dict[str, str]:
    """Return the digests of what is there of ours. A file of another size than was put there has none, ""."""
    found = {}
    for name, digest in listed.items():
        file = place / name
        if not file.is_file():
            continue
        known = digest and (digest != contents.digests.get(name) or file.stat().st_size == contents.sizes[name])
        found[name] = digest if known else file_digest(file)
    return found


def _ensure_free(into: Path, listed: Mapping[str, str], contents: Contents, consent: Consent) -> None:
    """Raise OutputError if a link is in the way, or, unless they may go, files of others."""
    place = into.resolve()
    links = [name for name in _folders([*contents.digests, *listed]) if (place / name).is_symlink()]
    if links:
        raise OutputError(f"{into / links[0]} is a link, and may lead anywhere; remove it, or give another folder")
    others = [
        name
        for name, digest in contents.digests.items()
        if name not in listed and os.path.lexists(place / name) and not _is_same(place / name, digest)
    ]
    if others:
        names = ", ".join(others[:MOST_NAMED]) + (" and more" if len(others) > MOST_NAMED else "")
        consent.need(f"{into} holds files that mapmaker did not put there, where those of the map are to go: {names}")


def _is_same(file: Path, digest: str) -> bool:
    return file.is_file() and not file.is_symlink() and file_digest(file) == digest


def _folders(names: list[str]) -> Iterator[str]:
    """Yield the folders that the files `names` are in, each once."""
    seen = {parent.as_posix() for name in names for parent in Path(name).parents}
    yield from sorted(seen - {"."})
