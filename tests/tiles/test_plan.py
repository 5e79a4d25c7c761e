"""What a map will take, against painting it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles import Encoding, Pyramid, TileError, cell_size, cell_sizes, paint, plan, predict, tile_count
from mapmaker_tiles.plan import MOST_DECODED, _dense, _thinned

WEBP, JPEG = Encoding("webp"), Encoding("jpeg")


@pytest.fixture(scope="module")
def posters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Small pictures, some plain and some busy: bytes of theirs differ a lot."""
    folder = tmp_path_factory.mktemp("posters")
    random = np.random.default_rng(0)
    files = []
    for number in range(60):
        detail = int(random.integers(2, 24))
        coarse = random.integers(0, 256, (detail * 3 // 2, detail, 3), dtype=np.uint8)
        files.append(folder / f"{number}.png")
        Image.fromarray(coarse).resize((96, 144), Image.Resampling.BICUBIC).save(files[-1])
    return files


def placed(posters: list[Path], columns: int, rows: int) -> tuple[list[Path], NDArray[np.int64]]:
    """Posters over and over, busier ones to the right, one in ten cells empty."""
    cells = np.array([(column, row) for row in range(rows) for column in range(columns)])
    cells = cells[np.random.default_rng(1).random(len(cells)) >= 0.1]
    return [posters[int(number) % len(posters)] for number in cells @ (7, 13)], cells


def painted(
    files: list[Path], cells: NDArray[np.int64], pyramid: Pyramid, encoding: Encoding
) -> tuple[list[int], list[int]]:
    """Tiles and bytes of each zoom, in truth."""
    tiles, sizes = [0] * (pyramid.max_zoom + 1), [0] * (pyramid.max_zoom + 1)
    for tile in paint(files, cells, pyramid, encoding):
        tiles[tile.zoom] += 1
        sizes[tile.zoom] += len(tile.data)
    return tiles, sizes


@pytest.mark.parametrize("encoding", [WEBP, JPEG], ids=["webp", "jpeg"])
@pytest.mark.parametrize("gap", [0, 2])
def test_tiles_are_exact_and_bytes_within_a_tenth(encoding: Encoding, gap: int, posters: list[Path]) -> None:
    files, cells = placed(posters, 24, 12)
    pyramids = [Pyramid(24, 12, width, width * 3 // 2, tile_size=128, gap=gap) for width in (48, 40, 32, 16)]
    for prediction in predict(files, cells, pyramids, [encoding]):
        tiles, sizes = painted(files, cells, prediction.pyramid, encoding)
        assert list(prediction.tiles) == tiles
        assert prediction.total_tiles == tile_count(cells, prediction.pyramid) == sum(tiles)
        assert prediction.total_bytes == pytest.approx(sum(sizes), rel=0.1)
        assert prediction.bytes[-1] == pytest.approx(sizes[-1], rel=0.1)


def test_a_sample_stands_for_a_map_of_many_more(posters: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST_DECODED", 150)
    monkeypatch.setattr(plan, "_MOST_PIXELS", 60_000)
    files, cells = placed(posters, 48, 24)
    pyramid = Pyramid(48, 24, 32, 48, tile_size=256)
    _, sizes = painted(files, cells, pyramid, WEBP)
    for seed in range(3):
        (prediction,) = predict(files, cells, [pyramid], [WEBP], seed=seed)
        assert prediction.total_bytes == pytest.approx(sum(sizes), rel=0.15)


def test_few_pictures_are_decoded_and_each_once(posters: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Path] = []

    def noting(file: Path, *, at_least: tuple[int, int]) -> Image.Image:
        decoded.append(file)
        with Image.open(file) as picture:
            return picture.convert("RGB")

    monkeypatch.setattr(plan, "decode", noting)
    monkeypatch.setattr(plan, "MOST_DECODED", 40)
    files, cells = placed(posters, 24, 12)
    pyramids = [Pyramid(24, 12, width, width) for width in (32, 16, 4)]
    predict(files, cells, pyramids, [WEBP, JPEG])
    assert 20 <= len(decoded) <= 40


def test_the_same_seed_gives_the_same_figures(posters: list[Path]) -> None:
    files, cells = placed(posters, 8, 4)
    pyramids = [Pyramid(8, 4, 16, 24)]
    assert predict(files, cells, pyramids, [WEBP], seed=3) == predict(files, cells, pyramids, [WEBP], seed=3)


def test_unreadable_pictures_empty_maps_and_maps_of_one_cell_do(posters: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    pyramid = Pyramid(2, 1, 16, 24)
    (marked,) = predict([broken, posters[0]], np.array([[0, 0], [1, 0]]), [pyramid], [WEBP])
    assert marked.tiles == (1,)
    (nothing,) = predict([None], np.array([[0, 0]]), [pyramid], [WEBP])
    assert (nothing.total_tiles, nothing.total_bytes) == (0, 0)
    (huge,) = predict(posters[:1], np.array([[0, 0]]), [Pyramid(1, 1, 3000, 4500)], [JPEG])
    assert huge.total_tiles == 6 * 9 + 3 * 5 + 2 * 3 + 1 * 2 + 1


def test_pyramids_of_different_maps_are_refused(posters: list[Path]) -> None:
    cells = np.array([[0, 0]])
    for pyramids in ([], [Pyramid(1, 1, 8, 8), Pyramid(2, 1, 4, 4)]):
        with pytest.raises(TileError, match="pyramids must be one or more"):
            predict(posters[:1], cells, pyramids, [WEBP])
    with pytest.raises(TileError, match="outside the map"):
        predict(posters[:1], np.array([[1, 0]]), [Pyramid(1, 1, 8, 8)], [WEBP])


@pytest.mark.parametrize("aspect", [0.2, 0.7, 1.0, 1.4725, 3.9])
def test_cell_sizes_are_all_that_cell_size_gives(aspect: float) -> None:
    sizes = cell_sizes(aspect, 256, 16)
    given = {cell_size(width, aspect) for width in range(16, 257)}
    assert set(sizes) == {size for size in given if size[0] >= 16}
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0][0] <= 256
    with pytest.raises(TileError, match="no cell is 300 to 256 pixels wide"):
        cell_sizes(aspect, 256, 300)


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 2000), (300, 300), (31, 33), (32, 33)])
@pytest.mark.parametrize("together", [1, 2])
def test_a_miniature_keeps_few_cells_of_all_parts_and_none_twice(shape: tuple[int, int], together: int) -> None:
    occupants = np.arange(shape[0] * shape[1]).reshape(shape)
    kept = _thinned(occupants, MOST_DECODED, together, np.random.default_rng(0))
    assert MOST_DECODED // 2 <= kept.size <= MOST_DECODED
    assert len(np.unique(kept)) == kept.size
    rows, columns = np.divmod(kept, shape[1])
    for places, length in ((rows, shape[0]), (columns, shape[1])):
        assert np.ptp(places) >= 0.9 * (length - 1) - together


def test_a_map_mostly_empty_is_sampled_where_it_holds_pictures() -> None:
    occupants = np.full((100, 100), -1)
    occupants[::10, ::10] = np.arange(100).reshape(10, 10)
    assert _dense(occupants).tolist() == np.arange(100).reshape(10, 10).tolist()
