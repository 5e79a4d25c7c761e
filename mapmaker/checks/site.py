"""A map's folder -> what stands in it. Links are not followed: nothing outside the folder is ever read."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mapmaker.checks.fault import Fault, Found, Kind
from mapmaker.errors import OutputError
from mapmaker.manifest import MANIFEST, Changes

OWN = ("assets/", "clusters/", "data/", "list/", "quality/", "tiles/")
"""Folders in which nothing but the map's files should be."""
_SIGNS = (MANIFEST, "data/map.js")
"""A folder with neither is no map."""


@dataclass(frozen=True)
class Site:
    """A folder, resolved; `sizes` are the bytes of its files by path, `strange` says what is neither file nor folder.

    `listed`: digests by path, what the manifest says of its files; `changes`: what it says of posters, None if nothing.
    Folders that begin with a dot are passed over.
    """

    root: Path
    sizes: Mapping[str, int]
    strange: Mapping[str, str]
    listed: Mapping[str, str] = field(default_factory=dict)
    changes: Changes | None = None

    def read(self, name: str) -> bytes:
        """Return the content of a file. OSError if it cannot be read, as where a link stands."""
        if name not in self.sizes:
            raise FileNotFoundError(None, self.strange.get(name, "is not there"))
        return (self.root / name).read_bytes()

    def content(self, name: str) -> Found[bytes | None]:
        """Read a file that must be there; None where it cannot be read. What the manifest lists is missed elsewhere."""
        try:
            return self.read(name)
        except FileNotFoundError:
            if name not in self.listed:
                yield Fault(Kind.MISSING, name, "is neither there nor in the manifest")
        except OSError as error:
            yield Fault(Kind.MISSING, name, f"cannot be read: {error.strerror or error}")
        return None

    def own(self, folder: str) -> Iterator[str]:
        """Yield the files below `folder` that the manifest lists."""
        return (name for name in self.sizes if name.startswith(folder) and name in self.listed)


def open_site(folder: Path) -> Site:
    """Return what stands in `folder`, the manifest not yet read. OutputError if there is no map."""
    sizes: dict[str, int] = {}
    strange: dict[str, str] = {}
    try:
        root = folder.resolve(strict=True)
        _walk(root, "", sizes, strange)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"no map in {folder}: {reason}; give the folder that mapmaker build made") from error
    if not any(sign in sizes or sign in strange for sign in _SIGNS):
        raise OutputError(f"no map in {folder}: it has no {' and no '.join(_SIGNS)}; give the folder of a map")
    return Site(root, sizes, strange)


def _walk(root: Path, below: str, sizes: dict[str, int], strange: dict[str, str]) -> None:
    """Fill `sizes` and `strange` with what is below a folder of `root`, "" or a path with a slash at its end."""
    with os.scandir(root / below) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = below + entry.name
        try:
            if entry.is_symlink():
                strange[name] = "is a link"
            elif entry.is_dir():
                if not entry.name.startswith("."):
                    _walk(root, f"{name}/", sizes, strange)
            elif entry.is_file():
                sizes[name] = entry.stat(follow_symlinks=False).st_size
            else:
                strange[name] = "is no file"
        except OSError as error:
            strange[name] = f"cannot be read: {error.strerror or error}"
