"""Pictures of any kind -> a zoomable map of tiles.

from pathlib import Path
import numpy as np
from mapmaker_tiles import Encoding, Pyramid, TileFolder, cell_size, decode, paint

picture = decode(Path("poster.jpg"))  # RGB, sRGB, upright; or DecodeError
pyramid = Pyramid(2, 1, *cell_size(width=128, aspect=1.5))
encoding = Encoding(quality=75)
folder = TileFolder(Path("tiles"), encoding.extension)
for tile in paint([Path("a.jpg"), Path("b.png")], np.array([[0, 0], [1, 0]]), pyramid, encoding):
    folder.write(tile)

stored = (stored_tile(folder.path, name) for name in ["0/0/0.webp", "1/0/0.webp"])
for number, archive in enumerate(plan_archives(stored, limit=25_000_000)):  # PMTiles, for hosts with range requests
    archive.write(Path(f"map-{number}.pmtiles"))
"""

from mapmaker_tiles.archive import Archive, StoredTile, plan_archives, stored_tile
from mapmaker_tiles.block import Block, Patch, Placement, Unreadable, paint_block
from mapmaker_tiles.climb import Tile
from mapmaker_tiles.decode import PIXEL_LIMIT, decode, kind_of
from mapmaker_tiles.encoding import Encoding, Format
from mapmaker_tiles.errors import DecodeError, TileError
from mapmaker_tiles.framing import Fit, frame
from mapmaker_tiles.geometry import Pyramid, cell_size, whole_margin
from mapmaker_tiles.keys import TileId
from mapmaker_tiles.mips import mip_boxes
from mapmaker_tiles.paint import Painting, Spread, block_count, map_in_order, paint, tile_count
from mapmaker_tiles.plan import Prediction, cell_sizes, predict
from mapmaker_tiles.sinks import TileFolder
from mapmaker_tiles.store import Store

__all__ = [
    "PIXEL_LIMIT",
    "Archive",
    "Block",
    "DecodeError",
    "Encoding",
    "Fit",
    "Format",
    "Painting",
    "Patch",
    "Placement",
    "Prediction",
    "Pyramid",
    "Spread",
    "Store",
    "StoredTile",
    "Tile",
    "TileError",
    "TileFolder",
    "TileId",
    "Unreadable",
    "block_count",
    "cell_size",
    "cell_sizes",
    "decode",
    "frame",
    "kind_of",
    "map_in_order",
    "mip_boxes",
    "paint",
    "paint_block",
    "plan_archives",
    "predict",
    "stored_tile",
    "tile_count",
    "whole_margin",
]
