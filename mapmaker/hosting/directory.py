"""A map -> a folder that a web server shows: only what has changed is written, only what was put there is removed.

Visitors may be looking on. So each file takes the place of the old one whole; new files come first, then those that
changed, then pages, index.html last; what is gone goes at the end. What we put there is listed in a file with a dot in
front: before anything is written, what was there and what will be; afterwards, what is. Killed in between, the next
run knows all of it for ours. A file that is no longer as we put it there is somebody's work, and goes by consent only.
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
        if not (place / LISTED).is_file() and place.is_dir() and {file.name for file in place.iterdir()} - {INCOMING}:
            _ensure_same_map(into, contents, consent)
        incoming.mkdir(parents=True, exist_ok=True)
        with FileLock(incoming / "lock", timeout=0):
            try:
                listed, is_ours = _read_listed(place)
                standing = _standing(place, listed, contents, is_ours)
                _ensure_free(into, listed, standing, contents, consent)
                return _mirror(contents, place, standing, progress)
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
    folders = set(_folders(contents.digests))
    # Files where folders are to be, and the reverse.
    in_the_way = {name for name in gone if name in folders or not contents.digests.keys().isdisjoint(_folders([name]))}
    for name in sorted(in_the_way):
        _remove(place, name)
    progress.begin("copy")
    progress.expect(len(changed), "files")
    for name in sorted(changed, key=lambda name: (_turn(name, name in before), name)):
        _put(contents.chunks(name), place, name)
        progress.advance()
    spellings = {name.casefold(): name for name in contents.digests}
    for name in gone:
        new = spellings.get(name.casefold())
        if name not in in_the_way and not (new and _is_one_file(place / name, place / new)):
            _remove(place, name)
    if changed or gone or _read_listed(place) != (contents.digests, True):
        _write_listed(place, contents.digests)
    progress.end("copy", f"{count_of(len(changed), 'file')} new or changed, {len(gone):,} gone")
    return Published(
        "directory",
        str(place),
        len(contents.digests),
        contents.size,
        new=len(changed),
        gone=len(gone),
        changed=bool(changed or gone),
    )


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


def _is_one_file(old: Path, new: Path) -> bool:
    """Return whether two names are of one file, as on a disk to which capitals are no others."""
    try:
        return old.samefile(new)
    except OSError:
        return False


def _remove(place: Path, name: str) -> None:
    """Remove a file of ours, and folders that are empty without it."""
    file = place / name
    file.unlink(missing_ok=True)
    for folder in file.parents:
        if folder == place or any(folder.iterdir()):
            return
        folder.rmdir()


def _ensure_same_map(into: Path, contents: Contents, consent: Consent) -> None:
    """Raise OutputError if a folder that has no list of ours holds anything but a copy of this map, and must stay."""
    if read_manifest(into) is None:
        consent.need(f"{into} is not empty, and was not filled by mapmaker; what is in it stays, beside the map")
    elif file_digest(into / MANIFEST) != contents.digests[MANIFEST]:
        consent.need(f"{into} holds another map, which mapmaker publish did not put there")


def _read_listed(place: Path) -> tuple[dict[str, str], bool]:
    """Return what was put there, "" for the digest of what was being written, and whether it is we who say so.

    Else that is the manifest of a map which was put there otherwise, if there is one.
    """
    try:
        told = json.loads((place / LISTED).read_bytes())
        files, is_ours = {str(name): str(digest) for name, digest in told["files"].items()}, True
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        manifest = read_manifest(place)
        files, is_ours = ({**manifest, MANIFEST: ""} if manifest is not None else {}), False
    return {name: digest for name, digest in files.items() if _is_below(name)}, is_ours


def _is_below(name: str) -> bool:
    """Return whether a path that a list tells stays below the folder, which one that was changed need not."""
    path = Path(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not path.drive


def _write_listed(place: Path, files: Mapping[str, str]) -> None:
    told = {"generator": "mapmaker", "files": dict(sorted(files.items()))}
    _put([(json.dumps(told, indent=0) + "\n").encode()], place, LISTED)


def _standing(place: Path, listed: Mapping[str, str], contents: Contents, is_ours: bool) -> dict[str, str]:
    """Return the digests of what is there of what is listed. What is to stay, by our list, is known by its size."""
    found = {}
    for name, digest in listed.items():
        file = place / name
        if not file.is_file():
            continue
        stays = is_ours and digest == contents.digests.get(name) and file.stat().st_size == contents.sizes[name]
        found[name] = digest if stays else file_digest(file)
    return found


def _ensure_free(
    into: Path, listed: Mapping[str, str], standing: Mapping[str, str], contents: Contents, consent: Consent
) -> None:
    """Raise OutputError if a link is in the way, or, unless they may go, files that others put there or edited."""
    place = into.resolve()
    links = [name for name in _folders([*contents.digests, *listed]) if (place / name).is_symlink()]
    if links:
        raise OutputError(f"{into / links[0]} is a link, and may lead anywhere; remove it, or give another folder")
    for folder in _folders(contents.digests):
        if (place / folder).is_file() and folder not in standing:
            raise OutputError(f"{into / folder} is a file of others, where a folder of the map's is to be; remove it")
    others = [
        name
        for name, digest in contents.digests.items()
        if name not in listed and os.path.lexists(place / name) and not _is_same(place / name, digest)
        if not _is_ours_below(place / name, place, standing)
    ]
    if others:
        names = ", ".join(others[:MOST_NAMED]) + (" and more" if len(others) > MOST_NAMED else "")
        consent.need(f"{into} holds files that mapmaker did not put there, where those of the map are to go: {names}")
    edited = [
        name
        for name, digest in standing.items()
        if listed[name] and digest not in (listed[name], contents.digests.get(name))
    ]
    if edited:
        names = ", ".join(edited[:MOST_NAMED]) + (" and more" if len(edited) > MOST_NAMED else "")
        consent.need(f"{into} holds files that are not as mapmaker put them there, and would be lost: {names}")


def _is_same(file: Path, digest: str) -> bool:
    return file.is_file() and not file.is_symlink() and file_digest(file) == digest


def _is_ours_below(folder: Path, place: Path, standing: Mapping[str, str]) -> bool:
    """Return whether a folder holds nothing but files of ours, so that one file may take its place."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    found = (file for file in folder.rglob("*") if file.is_symlink() or not file.is_dir())
    return all(file.relative_to(place).as_posix() in standing for file in found)


def _folders(names: Iterable[str]) -> Iterator[str]:
    """Yield the folders that the files `names` are in, each once."""
    seen = {parent.as_posix() for name in names for parent in Path(name).parents}
    yield from sorted(seen - {"."})
