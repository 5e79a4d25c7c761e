"""Tiles against the grid: those that posters reach into and no others, each a picture of the right type and size."""

import io
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mapmaker.checks.fault import Fault, Found, Kind
from mapmaker.checks.record import FILE, PICTURES, MapRecord
from mapmaker.checks.site import Site

FOLDER = "tiles/"
OVERVIEW = "0/0/0"
"""The one tile that is a file even where the others are in archives."""

Place = tuple[int, int, int]
"""(zoom, column, row) of a tile."""


def wanted_tiles(site: Site, record: MapRecord) -> Found[list[Place]]:
    """Return every tile that there should be; none, with a fault, if they are more than the files have bytes."""
    found: list[Place] = []
    most = sum(site.sizes.values())
    for zoom in places(record):
        if len(found) + len(zoom) > most:
            yield Fault(Kind.DATA, FILE, f"tiles: {len(found) + len(zoom):,} and more cannot be in these files")
            return []
        found += map(tuple, zoom.tolist())
    return found


def places(record: MapRecord) -> Iterator[NDArray[np.int64]]:
    """Yield, zoom by zoom, (n, 3) the places of tiles into which a cell with a poster reaches, see docs/map-data.md."""
    pyramid = record.pyramid
    held = np.zeros((pyramid.rows + 1, pyramid.columns + 1), np.int64)
    held[1:, 1:] = record.held.cumsum(axis=0).cumsum(axis=1)  # posters above and left of a corner
    for zoom in range(pyramid.max_zoom + 1):
        across, down = pyramid.tiles(zoom)
        columns = np.array([pyramid.cells_in(pyramid.tile_box(zoom, column, 0))[::2] for column in range(across)])
        rows = np.array([pyramid.cells_in(pyramid.tile_box(zoom, 0, row))[1::2] for row in range(down)])
        there = np.argwhere(_posters(held, columns, rows) > 0)
        yield np.column_stack([np.full(len(there), zoom), there[:, 1], there[:, 0]])


def _posters(held: NDArray[np.int64], columns: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (down, across) how many posters each tile shows, from those before a corner and the cells of each tile."""
    # In the margin beyond the last cell a tile's cells, none, begin beyond the grid.
    (left, right), (top, bottom) = columns.T.clip(max=held.shape[1] - 1), rows.T.clip(max=held.shape[0] - 1)
    wide = held[:, right] - held[:, left]
    difference: NDArray[np.int64] = wide[bottom] - wide[top]
    return difference


def tile_file(place: Place, extension: str) -> str:
    """Return the path of a tile below the map."""
    zoom, column, row = place
    return f"{FOLDER}{zoom}/{column}/{row}.{extension}"


def check_files(site: Site, record: MapRecord, opened: Collection[str] | None) -> Found[int]:
    """Check tiles that are files; return how many there should be. `opened`: those to look into, all if None."""
    tiles = yield from wanted_tiles(site, record)
    wanted = {tile_file(place, record.extension) for place in tiles}
    yield from _too_many(site, wanted)
    yield from check_pictures(site, record, sorted(wanted), opened)
    return len(wanted)


def _too_many(site: Site, wanted: Collection[str]) -> Found[None]:
    for name in site.own(FOLDER):
        if name not in wanted:
            yield Fault(Kind.TILE, name, "is no tile of this map: no poster reaches there")


def check_pictures(
    site: Site, record: MapRecord, wanted: Collection[str], opened: Collection[str] | None
) -> Found[None]:
    """Check that each of `wanted` is there and a tile by its header; the pixels are not decoded."""
    for name in wanted:
        if name not in site.sizes:
            if name not in site.listed:
                yield Fault(Kind.TILE, name, "is neither there nor in the manifest, though a poster reaches there")
        elif opened is None or name in opened:
            problem = picture_problem(site.root / name, record)
            if problem:
                yield Fault(Kind.TILE, name, problem)


def picture_problem(source: Path | bytes, record: MapRecord) -> str:
    """Return why a file, or what was in one, is no tile of this map; "" if it is one."""
    from PIL import Image

    kind, side = PICTURES[record.extension], record.pyramid.tile_size
    stream: Path | BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=[kind]) as picture:
                size = picture.size
    except Exception:  # noqa: BLE001 - decoders raise nearly anything on hostile files
        return f"cannot be read as a picture of type {kind}"
    return "" if size == (side, side) else f"has {size[0]} x {size[1]} pixels, not {side} x {side}"
