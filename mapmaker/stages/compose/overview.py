"""The picture of the whole map, for links to it: painted tiles -> a JPEG, of the fewest that are sharp enough."""

import io
import math

from PIL import Image

from mapmaker.stages.compose.tile_index import TileIndex

NAME = "assets/overview.jpg"
SIZE = 1200, 630
"""What pages that show links ask for."""
MARGIN = 24
"""Pixels that stay free around the map at least."""
GROUND = 11, 11, 12
"""Red, green, blue of the dark page."""
QUALITY = 75
"""Hundreds of posters are some 250 kB; messengers show no more than 300 to 600."""


def paint_overview(index: TileIndex, columns: int, rows: int) -> bytes:
    """Return the JPEG of a map of `columns` x `rows` cells. TileError if a tile cannot be read."""
    width, height = index.extent(columns, rows)
    scale = min((SIZE[0] - 2 * MARGIN) / width, (SIZE[1] - 2 * MARGIN) / height)
    zoom = zoom_for(scale, index.max_zoom)
    shrink = 2 ** (index.max_zoom - zoom)
    whole = _joined(index, zoom, (width / shrink, height / shrink))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    box = (0, 0, width / shrink, height / shrink)
    picture = Image.new("RGB", SIZE, GROUND)
    picture.paste(
        whole.resize(size, Image.Resampling.LANCZOS, box), ((SIZE[0] - size[0]) // 2, (SIZE[1] - size[1]) // 2)
    )
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return file.getvalue()


def zoom_for(scale: float, deepest: int) -> int:
    """Return the shallowest zoom at which the map is no smaller than at `scale` of the deepest one, which must do."""
    return max(0, min(deepest, deepest + math.ceil(math.log2(scale))))


def _joined(index: TileIndex, zoom: int, size: tuple[float, float]) -> Image.Image:
    """Return the whole map at `zoom`, on the page's ground."""
    whole = Image.new("RGB", (math.ceil(size[0]), math.ceil(size[1])), GROUND)
    for x, y, name in index.places(zoom):
        tile = Image.fromarray(index.pixels(name))
        whole.paste(tile, (x * index.size, y * index.size), tile)
    return whole
