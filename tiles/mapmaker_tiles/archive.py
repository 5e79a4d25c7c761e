"""Tiles in files -> PMTiles archives: one, or several of limited size, for hosts that answer range requests.

PMTiles v3: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. A tile's id is its place along the Hilbert
curves of all zooms, the shallowest first. Of several archives each goes on where the one before it ends, so their
first ids tell which one holds a tile.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pmtiles.tile import Compression, Entry, TileType, zxy_to_tileid
from pmtiles.writer import finalize_header

from mapmaker_tiles.errors import TileError

TYPES = {
    "avif": TileType.AVIF,
    "jpg": TileType.JPEG,
    "png": TileType.PNG,
    "webp": TileType.WEBP,
}
METADATA = {"generator": "mapmaker_tiles"}
FRAME_BYTES = 16384 + 256
"""Bounds what stands beside tiles and leaf directories: by the format 16 KiB hold header and root; then METADATA."""
ENTRY_BYTES = 24
"""Bounds a tile's share of the leaf directories: four numbers of up to five bytes, and what gzip may add."""

TILE_NAME = re.compile(r"(\d+)/(\d+)/(\d+)\.([a-z0-9]+)")


@dataclass(frozen=True)
class StoredTile:
    """A tile in a file of its own. `id`: see above; `size`: in bytes, at least 1; `sha256`: of them, in hexadecimal."""

    zoom: int
    column: int
    row: int
    id: int
    path: Path
    size: int
    sha256: str


def stored_tile(folder: Path, name: str, sha256: str | None = None) -> StoredTile:
    """Return the tile that a `TileFolder` keeps as `name`, "{zoom}/{column}/{row}.{extension}", below `folder`.

    Its content is only read where `sha256` is not given. TileError for another name, a type of picture that PMTiles
    does not know, and a file that is empty or not there.
    """
    parts = TILE_NAME.fullmatch(name)
    if parts is None:
        raise TileError(f"{name!r} is no tile: it should be called like 3/1/2.webp")
    if parts[4] not in TYPES:
        raise TileError(f"{name}: PMTiles takes {', '.join(TYPES)}, not .{parts[4]}")
    zoom, column, row = int(parts[1]), int(parts[2]), int(parts[3])
    path = folder / name
    try:
        id_ = zxy_to_tileid(zoom, column, row)
        size = path.stat().st_size
        digest = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    except (ValueError, OverflowError) as error:
        raise TileError(f"{name} is beyond its zoom: {error}") from error
    except OSError as error:
        raise TileError(f"cannot read the tile {path}: {error.strerror}") from error
    if size == 0:
        raise TileError(f"the tile {path} is empty")
    return StoredTile(zoom, column, row, id_, path, size, digest)


@dataclass(frozen=True)
class Archive:
    """A PMTiles file to be. `tiles`: at least one, ascending by id; those of equal content are held once.

    Its bytes follow from the content of its tiles alone: same tiles, same bytes, wherever they lie.
    """

    tiles: Sequence[StoredTile]

    @property
    def first(self) -> int:
        """The id of its first tile."""
        return self.tiles[0].id

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's bytes, first to last, a tile in memory at a time; can be asked for again.

        TileError if a tile's file is gone or no longer of its size.
        """
        entries, contents = _entries(self.tiles)
        header = {
            "tile_type": TYPES[contents[0].path.suffix[1:]],
            "tile_compression": Compression.NONE,
            **_bounds(self.tiles),
        }
        length = sum(tile.size for tile in contents)
        yield from finalize_header(  # type: ignore[no-untyped-call]  # the package has no types here
            header, len(self.tiles), entries, len(contents), METADATA, True, length
        )
        for tile in contents:
            yield _content(tile)

    def write(self, path: Path) -> None:
        """Write the archive to `path`. OSError if that cannot be written; else see `chunks`."""
        with path.open("wb") as file:
            file.writelines(self.chunks())


def plan_archives(tiles: Iterable[StoredTile], limit: int = 0) -> list[Archive]:
    """Return the archives that hold `tiles`, each of at most `limit` bytes; 0 is no limit: one archive.

    The order of `tiles` does not matter, but no two may be of one place. TileError if there are none, or if a tile with
    what must stand around it is more than `limit`.
    """
    groups: list[list[StoredTile]] = []
    held: set[str] = set()
    size = 0
    for tile in sorted(tiles, key=lambda tile: tile.id):
        alone = FRAME_BYTES + ENTRY_BYTES + tile.size
        if 0 < limit < alone:
            raise TileError(
                f"an archive of at most {limit:,} bytes cannot hold the tile {tile.zoom}/{tile.column}/{tile.row} of "
                f"{tile.size:,} bytes: give {alone:,} or more"
            )
        more = ENTRY_BYTES + (0 if tile.sha256 in held else tile.size)
        if not groups or 0 < limit < size + more:
            groups.append([])
            held, size, more = set(), FRAME_BYTES, ENTRY_BYTES + tile.size
        groups[-1].append(tile)
        held.add(tile.sha256)
        size += more
    if not groups:
        raise TileError("an archive must hold at least one tile")
    suffixes = sorted({tile.path.suffix for group in groups for tile in group})
    if len(suffixes) > 1:
        raise TileError(f"an archive holds tiles of one type, not {', '.join(suffixes)}")
    return [Archive(group) for group in groups]


def _entries(tiles: Sequence[StoredTile]) -> tuple[list[Entry], list[StoredTile]]:
    """Return the directory's entries, and one tile of each content in the order in which they are stored.

    Neighbours of equal content share an entry, but not across zooms: readers take the deepest zoom from where the last
    entry begins.
    """
    entries: list[Entry] = []
    contents: list[StoredTile] = []
    offsets: dict[str, int] = {}
    end = 0
    zoom = -1
    for tile in tiles:
        if tile.sha256 not in offsets:
            offsets[tile.sha256] = end
            contents.append(tile)
            end += tile.size
        offset = offsets[tile.sha256]
        last = entries[-1] if entries and tile.zoom == zoom else None
        if last and last.offset == offset and last.tile_id + last.run_length == tile.id:
            last.run_length += 1
        else:
            entries.append(Entry(tile.id, offset, tile.size, 1))
        zoom = tile.zoom
    return entries, contents


def _bounds(tiles: Sequence[StoredTile]) -> dict[str, int]:
    """Return where the archive's deepest tiles lie, as the format has it: in degrees on a Mercator world, times 1e7."""
    zoom = tiles[-1].zoom
    deepest = [tile for tile in tiles if tile.zoom == zoom]
    side = 1 << zoom
    columns, rows = [tile.column for tile in deepest], [tile.row for tile in deepest]
    return {
        "min_lon_e7": _longitude(min(columns) / side),
        "min_lat_e7": _latitude((max(rows) + 1) / side),
        "max_lon_e7": _longitude((max(columns) + 1) / side),
        "max_lat_e7": _latitude(min(rows) / side),
    }


def _longitude(right: float) -> int:
    return round((360 * right - 180) * 1e7)


def _latitude(down: float) -> int:
    return round(math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down)))) * 1e7)


def _content(tile: StoredTile) -> bytes:
    try:
        data = tile.path.read_bytes()
    except OSError as error:
        raise TileError(f"cannot read the tile {tile.path}: {error.strerror}") from error
    if len(data) != tile.size:
        raise TileError(f"{tile.path} has changed while it was packed, from {tile.size:,} to {len(data):,} bytes")
    return data
