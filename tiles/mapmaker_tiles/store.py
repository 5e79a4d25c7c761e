"""Tiles and mips by what they show -> files, so that what has been painted is not painted again.

A *key* is a digest of all that a tile's pixels come from: pictures, their places on it, size, encoding. So a tile of
the store is right whenever its key is, whatever became of the map in between, and a run that was killed goes on where
it was. A *mip* is a tile at half its side, without loss: what its parent is made of.
"""

import hashlib
import os
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path

_TILES, _MIPS = "tiles", "mips"


@dataclass(frozen=True)
class Store:
    """Keeps tiles and mips below `path`, a folder of its own. Only one process may write.

    most_mips: bytes that mips may take. The deepest zooms, most of all bytes, are left out first; what is then missing
        next to a changed tile is painted again.
    """

    path: Path
    most_mips: int = 5_000_000_000
    _found: dict[str, set[str]] = field(default_factory=dict, repr=False, compare=False)
    _digests: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def tile_path(self, key: str) -> Path:
        """Where the tile of this key is, or would be."""
        return self._path(_TILES, key)

    def mip_path(self, key: str) -> Path:
        """Where the mip of this key is, or would be."""
        return self._path(_MIPS, key)

    def has_tile(self, key: str) -> bool:
        """Whether the tile of this key is there."""
        return key in self._known(_TILES)

    def has_mip(self, key: str) -> bool:
        """Whether the mip of this key is there."""
        return key in self._known(_MIPS)

    def put_tile(self, key: str, data: bytes) -> None:
        """Keep a tile. OSError if it cannot be written; then nothing of it is left."""
        self._write(_TILES, key, data)
        self._digests[key] = hashlib.sha256(data).hexdigest()

    def put_mip(self, key: str, mip: bytes) -> None:
        """Keep a mip, packed. OSError as for tiles."""
        self._write(_MIPS, key, mip)

    def digest(self, key: str) -> str:
        """The SHA-256 of a tile that is there."""
        if key not in self._digests:
            self._digests[key] = hashlib.sha256(self.tile_path(key).read_bytes()).hexdigest()
        return self._digests[key]

    def know_digests(self, digests: dict[str, str]) -> None:
        """Take SHA-256s by key from an earlier run, which saves reading the tiles."""
        self._digests.update(digests)

    def keep_only(self, tiles: Set[str], mips: Set[str]) -> None:
        """Remove all but the tiles and the mips of these keys."""
        for kind, wanted in ((_TILES, tiles), (_MIPS, mips)):
            for key in self._known(kind) - wanted:
                self._path(kind, key).unlink(missing_ok=True)
            self._known(kind).intersection_update(wanted)

    def _path(self, kind: str, key: str) -> Path:
        return self.path / f"{kind}/{key[:2]}/{key}"

    def _known(self, kind: str) -> set[str]:
        """Keys that are there; the folder is read once, and what a killed run left half written is removed."""
        if kind not in self._found:
            found = set()
            for folder in (self.path / kind).glob("*/"):
                with os.scandir(folder) as files:
                    for file in files:
                        if "." in file.name or file.stat().st_size == 0:
                            Path(file).unlink()
                        else:
                            found.add(file.name)
            self._found[kind] = found
        return self._found[kind]

    def _write(self, kind: str, key: str, data: bytes) -> None:
        path = self._path(kind, key)
        temporary = path.with_name(f"{key}.{os.getpid()}.tmp")
        try:
            try:
                temporary.write_bytes(data)
            except FileNotFoundError:  # the first of its folder
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(data)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        self._known(kind).add(key)
