"""A map's folder -> what is published of it: the map's own files by its manifest, and the user's beside them."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mapmaker.checks import Checked, Kind, check
from mapmaker.errors import OutputError, PublishError, SiteError
from mapmaker.manifest import MANIFEST, read_manifest
from mapmaker.plural import count_of
from mapmaker.workspace import file_digest

DOTTED = (".well-known", ".htaccess")
"""Names with a dot in front that hosts know. Others are left out: they are a program's, or private."""
MOST_NAMED = 5
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Contents:
    """All files that are published: the SHA-256 of each, and its bytes, by path with forward slashes, ascending.

    `left_out` are files of the user's that are not; `own` says which digests are by the map's manifest.
    """

    root: Path
    digests: Mapping[str, str]
    sizes: Mapping[str, int]
    own: Mapping[str, str]
    left_out: Sequence[str]

    @cached_property
    def digest(self) -> str:
        """The same for the same files, wherever they stand."""
        lines = (f"{digest} {name}\n" for name, digest in self.digests.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.sizes.values())

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file's bytes. OutputError, at the end, if they are not those that were looked at: a build may run."""
        digest = hashlib.sha256()
        try:
            with (self.root / name).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    yield chunk
        except OSError as error:
            raise OutputError(f"cannot read {self.root / name}: {error.strerror or error}; publish again") from error
        if digest.hexdigest() != self.digests[name]:
            raise OutputError(f"{self.root / name} was changed while it was published; publish again")

    def read(self, name: str) -> bytes:
        """Return all of a file, likewise."""
        return b"".join(self.chunks(name))

    def notes(self) -> Iterator[str]:
        """Yield what is to be said of what is left out."""
        if self.left_out:
            names = ", ".join(self.left_out[:MOST_NAMED])
            more = f" and {len(self.left_out) - MOST_NAMED:,} more" if len(self.left_out) > MOST_NAMED else ""
            yield f"left out, as links are, and names with a dot in front or odd characters: {names}{more}"


def gather(folder: Path) -> Contents:
    """Return what is to be published of a map that is whole. OutputError if it cannot be read."""
    try:
        root = folder.resolve(strict=True)
        own = read_manifest(root) or {}
        own = {**own, MANIFEST: file_digest(root / MANIFEST)}
        names: list[str] = []
        left_out: list[str] = []
        for name, is_published in _walk(root, "", own):
            (names if is_published else left_out).append(name)
        digests = {name: own.get(name) or file_digest(root / name) for name in sorted(names)}
        sizes = {name: (root / name).stat().st_size for name in digests}
    except OSError as error:
        raise OutputError(f"cannot read the map in {folder}: {error.strerror or error} ({error.filename})") from error
    return Contents(root, digests, sizes, own, sorted(left_out))


def _walk(root: Path, below: str, own: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield the files below a folder, "" or a path with a slash at its end, and whether each is published.

    The folder of a repository is passed over without a word, and so is what systems leave behind.
    """
    with os.scandir(root / below) as entries:
        found = list(entries)
    for entry in found:
        name = below + entry.name
        plain = entry.name.isprintable() and "\\" not in entry.name
        known = name in own or entry.name in DOTTED or not entry.name.startswith(".")
        if entry.name in (".git", ".DS_Store", "Thumbs.db"):
            continue
        if not known or not plain or entry.is_symlink():
            yield name, False
        elif entry.is_dir():
            yield from _walk(root, f"{name}/", own)
        else:
            yield name, entry.is_file()


def ensure_whole(folder: Path, host: str = "", soft: bool = False) -> tuple[Checked, list[str]]:
    """Check a map; return what came of it, and what to tell of limits of `host` that it is beyond.

    SiteError if it is not whole. PublishError if the host does not take it; `soft`: limits of all files together are
    told only.
    """
    checked = check(folder, host)
    broken = [fault for fault in checked.faults if fault.kind is not Kind.LIMIT]
    if broken:
        first = f"{broken[0].file or 'the map'} {broken[0].problem}"
        more = checked.count - checked.more.get(Kind.LIMIT, 0) - (len(checked.faults) - len(broken)) - 1
        others = f", and {count_of(more, 'more fault')}" if more else ""
        raise SiteError(
            f"{folder} is not whole, so nothing was published: {first}{others}; "
            f"mapmaker check tells all, and what to do"
        )
    beyond = [fault for fault in checked.faults if not (soft and not fault.file)]
    if beyond:
        which = f"{beyond[0].file or 'the map'}: {beyond[0].problem}"
        raise PublishError(f"{host} does not take {folder}, so nothing was published: {which}; {beyond[0].remedy}")
    return checked, [f"{fault.problem}: {fault.remedy}" for fault in checked.faults]
