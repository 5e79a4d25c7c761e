"""Tiles -> where they are kept."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from mapmaker_tiles.climb import Tile
from mapmaker_tiles.keys import TileId


@dataclass(frozen=True)
class TileFolder:
    """Keeps tiles as `{zoom}/{column}/{row}.{extension}` below `path`.

    Files are written straight to their names: for a tree that is whole or absent, pass a fresh
    folder and rename it afterwards.
    """

    path: Path
    extension: str

    def write(self, tile: Tile) -> str:
        """Write one tile and return its name: its path below the folder, with slashes."""
        name, file = self._place((tile.zoom, tile.column, tile.row))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # it may be a link into a store
        file.write_bytes(tile.data)
        return name

    def link(self, tile: TileId, source: Path) -> str:
        """Put a file of a store in a tile's place, as a hard link or else as a copy; return its name."""
        name, file = self._place(tile)
        try:
            os.link(source, file)
        except (OSError, NotImplementedError):  # the first of its column, or there is one, or no links are to be had
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            _linked_or_copied(source, file)
        return name

    def _place(self, tile: TileId) -> tuple[str, Path]:
        zoom, column, row = tile
        name = f"{zoom}/{column}/{row}.{self.extension}"
        return name, self.path / name


def _linked_or_copied(source: Path, file: Path) -> None:
    try:
        os.link(source, file)
    except (OSError, NotImplementedError):
        shutil.copyfile(source, file)
