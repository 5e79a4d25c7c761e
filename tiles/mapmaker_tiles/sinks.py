"""Tiles -> where they are kept."""

from dataclasses import dataclass
from pathlib import Path

from mapmaker_tiles.climb import Tile


@dataclass(frozen=True)
class TileFolder:
    """Keeps tiles as `{zoom}/{column}/{row}.{extension}` below `path`.

    Files are written straight to their names: for a tree that is whole or absent, pass a fresh
    folder and rename it afterwards.
    """

    path: Path
    extension: str

    def write(self, tile: Tile) -> Path:
        """Write one tile and return its path below the folder."""
        name = Path(str(tile.zoom), str(tile.column), f"{tile.row}.{self.extension}")
        file = self.path / name
        try:
            file.write_bytes(tile.data)
        except FileNotFoundError:  # the first tile of its column
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tile.data)
        return name
