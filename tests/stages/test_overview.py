"""The picture of the whole map: every poster at its place, the map in the middle, from the fewest tiles that do."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mapmaker.stages import raster
from mapmaker.stages.compose import overview
from mapmaker.stages.compose.overview import GROUND, MARGIN, SIZE, paint_overview, zoom_for
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker_tiles import Encoding, Format, Pyramid, TileError, TileFolder, paint

COLOURS = [(200, 40, 40), (40, 160, 60), (50, 70, 200), (220, 200, 60), (150, 60, 160)]


def painted(folder: Path, columns: int, rows: int, cell: tuple[int, int], format: Format, **more: int) -> TileIndex:
    """Paint a map of plain posters, its last cell empty; return its index."""
    files = []
    for number, colour in enumerate(COLOURS):
        files.append(folder / f"{number}.png")
        Image.new("RGB", cell, colour).save(files[-1])
    numbers = np.arange(columns * rows - 1)
    cells = np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)
    pyramid = Pyramid(columns, rows, *cell, tile_size=64, **more)
    encoding = Encoding(format, background=GROUND)
    sink = TileFolder(folder, encoding.extension)
    names = [sink.write(tile) for tile in paint([files[n % 5] for n in numbers], cells, pyramid, encoding)]
    listed = dict.fromkeys(names, "")
    return TileIndex(folder, cell, 64, pyramid.max_zoom, pyramid.margin, encoding.extension, listed)


@pytest.mark.parametrize("format", ["webp", "avif", "jpeg"])
@pytest.mark.parametrize(
    ("columns", "rows", "cell", "margin"), [(9, 4, (16, 24), 0), (3, 7, (64, 96), 0), (40, 3, (32, 32), 16)]
)
def test_every_poster_is_at_its_place_on_the_page_s_ground(
    tmp_path: Path, format: Format, columns: int, rows: int, cell: tuple[int, int], margin: int
) -> None:
    index = painted(tmp_path, columns, rows, cell, format, margin=margin)
    with Image.open(io.BytesIO(paint_overview(index, columns, rows))) as picture:
        assert (picture.format, picture.size) == ("JPEG", SIZE)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    width, height = columns * cell[0] + 2 * margin, rows * cell[1] + 2 * margin
    scale = min((SIZE[0] - 2 * MARGIN) / width, (SIZE[1] - 2 * MARGIN) / height)
    left, top = (SIZE[0] - width * scale) / 2, (SIZE[1] - height * scale) / 2
    for row, column in itertools.product(range(rows), range(columns)):
        number = row * columns + column
        colour = COLOURS[number % 5] if number < columns * rows - 1 else GROUND
        x = left + scale * (margin + (column + 0.5) * cell[0])
        y = top + scale * (margin + (row + 0.5) * cell[1])
        assert np.abs(pixels[int(y), int(x)] - colour).max() < 25, (column, row)
    for x, y in ((2, 2), (SIZE[0] - 3, SIZE[1] - 3), (SIZE[0] // 2, MARGIN // 2)):
        assert np.abs(pixels[y, x] - GROUND).max() < 4


def test_no_more_tiles_are_read_than_are_needed(tmp_path: Path) -> None:
    index = painted(tmp_path, 60, 40, (64, 64), "webp")
    whole = paint_overview(index, 60, 40)
    zoom = zoom_for(min(1152 / 3840, 582 / 2560), index.max_zoom)
    assert 1 <= zoom < index.max_zoom
    for name in index.files:
        if not name.startswith(f"{zoom}/"):
            (tmp_path / name).unlink()
    assert paint_overview(index, 60, 40) == whole


@pytest.mark.parametrize(
    ("scale", "zoom"), [(4.0, 5), (1.0, 5), (0.9, 5), (0.5, 4), (0.26, 4), (0.25, 3), (1e-3, 0), (1e-9, 0)]
)
def test_the_zoom_is_the_shallowest_that_is_sharp_enough(scale: float, zoom: int) -> None:
    assert zoom_for(scale, 5) == zoom


def test_a_tile_that_is_none_is_named(tmp_path: Path) -> None:
    index = painted(tmp_path, 2, 2, (16, 24), "webp")
    (tmp_path / "0/0/0.webp").write_bytes(b"nothing to see")
    with pytest.raises(TileError, match=r"cannot read the tile .*0\.webp"):
        paint_overview(index, 2, 2)


def test_the_ground_is_the_one_that_jpeg_tiles_have() -> None:
    assert overview.GROUND == raster.PAGE
