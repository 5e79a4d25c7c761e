"""Painting, against a second witness: the whole map pasted naively into one image."""

import io
import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles import (
    Block,
    Encoding,
    Fit,
    Patch,
    Pyramid,
    Tile,
    TileError,
    TileFolder,
    Unreadable,
    block_count,
    paint,
    paint_block,
    tile_count,
)

EXACT = Encoding(lossless=True, method=0)


@pytest.fixture(scope="module")
def posters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Small pictures of many sizes and colours."""
    folder = tmp_path_factory.mktemp("posters")
    random = np.random.default_rng(0)
    files = []
    for number in range(24):
        width, height = random.integers(5, 60, 2)
        coarse = random.integers(0, 256, (3, 3, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((int(width), int(height)))
        files.append(folder / f"{number}.png")
        picture.save(files[-1])
    return files


def every_cell(pyramid: Pyramid) -> NDArray[np.int64]:
    return np.array([(c, r) for r in range(pyramid.rows) for c in range(pyramid.columns)])


def repeated(posters: list[Path], count: int) -> list[Path]:
    return [posters[index % len(posters)] for index in range(count)]


def naive(files: list[Path], cells: NDArray[Any], pyramid: Pyramid) -> Image.Image:
    """The whole map in one piece, stretched posters pasted one after another."""
    margin = pyramid.margin
    size = pyramid.columns * pyramid.cell_width + 2 * margin, pyramid.rows * pyramid.cell_height + 2 * margin
    whole = Image.new("RGBA", size)
    cell = pyramid.cell_width, pyramid.cell_height
    for file, (column, row) in zip(files, cells.tolist(), strict=True):
        with Image.open(file) as picture:
            scaled = picture.convert("RGB").resize(cell, Image.Resampling.LANCZOS, reducing_gap=3.0)
        whole.paste(scaled, (margin + column * cell[0], margin + row * cell[1]))
    return whole


def pixels(tile: Tile) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(tile.data)) as image:
        return np.asarray(image.convert("RGBA"), np.int16)


def expected(whole: Image.Image, pyramid: Pyramid, zoom: int, column: int, row: int) -> NDArray[Any]:
    """What a tile shows, scaled from the whole map in one step, premultiplied, 0 to 255."""
    side = pyramid.tile_size * pyramid.shrink(zoom)
    part = whole.crop((column * side, row * side, (column + 1) * side, (row + 1) * side))
    straight = np.asarray(part, np.float64)
    straight[..., :3] *= straight[..., 3:] / 255
    shrink, size = pyramid.shrink(zoom), pyramid.tile_size
    blocks = straight.reshape(size, shrink, size, shrink, 4)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3))
    return means


SHAPES = {
    "one cell": Pyramid(1, 1, 8, 12, tile_size=16),
    "one cell larger than a tile": Pyramid(1, 1, 40, 60, tile_size=16),
    "three in a row": Pyramid(3, 1, 8, 12, tile_size=16),
    "many blocks": Pyramid(30, 17, 8, 12, tile_size=8),
    "odd sizes": Pyramid(7, 11, 5, 7, tile_size=8),
    "cells across block borders": Pyramid(11, 9, 14, 10, tile_size=4),
    "a margin": Pyramid(9, 7, 6, 10, tile_size=8, margin=13),
    "a margin of many tiles": Pyramid(2, 1, 8, 8, tile_size=4, margin=40),
    "specks": Pyramid(40, 30, 1, 1, tile_size=4),
}


@pytest.mark.parametrize("pyramid", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("holes", [False, True])
def test_every_tile_shows_its_part_of_the_naive_map(pyramid: Pyramid, holes: bool, posters: list[Path]) -> None:
    cells = every_cell(pyramid)
    if holes:
        cells = cells[np.random.default_rng(1).random(len(cells)) < 0.2]
    files = repeated(posters, len(cells))
    whole = naive(files, cells, pyramid)
    tiles = list(paint(files, cells, pyramid, EXACT, fit="stretch"))
    assert len(tiles) == tile_count(cells, pyramid)
    assert len({(tile.zoom, tile.column, tile.row) for tile in tiles}) == len(tiles)
    seen = {(tile.zoom, tile.column, tile.row): pixels(tile) for tile in tiles}
    for zoom in range(pyramid.max_zoom + 1):
        for column, row in pyramid.depth_first(zoom):
            truth = expected(whole, pyramid, zoom, column, row)
            painted = seen.get((zoom, column, row))
            if painted is None:
                assert not truth.any()
                continue
            assert painted.shape == (pyramid.tile_size, pyramid.tile_size, 4)
            premultiplied = painted.astype(np.float64)
            premultiplied[..., :3] *= premultiplied[..., 3:] / 255
            # Rounded once at the end, not once a zoom; where it is see-through, twice.
            opaque = painted[..., 3] == 255
            assert np.abs(premultiplied - truth)[opaque].max(initial=0) <= 0.51
            assert np.abs(premultiplied - truth).max() <= 1.01
            if zoom == pyramid.max_zoom:
                assert np.array_equal(premultiplied, truth)


def test_with_a_gap_posters_are_smaller_and_what_is_between_them_is_transparent(posters: list[Path]) -> None:
    close, spaced = Pyramid(3, 2, 9, 13, tile_size=8), Pyramid(3, 2, 12, 16, tile_size=8, gap=3)
    cells = every_cell(close)
    files = repeated(posters, len(cells))

    def deepest(pyramid: Pyramid) -> NDArray[np.int16]:
        across, down = pyramid.tiles(pyramid.max_zoom)
        whole = np.zeros((down * 8, across * 8, 4), np.int16)
        for tile in paint(files, cells, pyramid, EXACT, fit="stretch"):
            if tile.zoom == pyramid.max_zoom:
                whole[tile.row * 8 : tile.row * 8 + 8, tile.column * 8 : tile.column * 8 + 8] = pixels(tile)
        return whole

    narrow, wide = deepest(close), deepest(spaced)
    for column, row in cells.tolist():
        left, top, right, bottom = close.cell_box(column, row)
        p_left, p_top, p_right, p_bottom = spaced.picture_box(column, row)
        assert np.array_equal(wide[p_top:p_bottom, p_left:p_right], narrow[top:bottom, left:right])
        wide[p_top:p_bottom, p_left:p_right] = 0
    assert not wide.any()


def test_a_dozen_halvings_do_not_darken_or_brighten(posters: list[Path]) -> None:
    pyramid = Pyramid(128, 128, 4, 4, tile_size=2)
    assert pyramid.max_zoom == 8
    cells = every_cell(pyramid)
    files = repeated(posters, len(cells))
    # One poster a cell is slow to decode 16,384 times; the pixels are what matters here.
    tiles = list(paint(files[:600], cells[:600], pyramid, EXACT, fit="stretch"))
    whole = naive(files[:600], cells[:600], pyramid)
    truth = expected(whole, pyramid, 0, 0, 0)
    top = pixels(tiles[-1]).astype(np.float64)
    top[..., :3] *= top[..., 3:] / 255
    assert (tiles[-1].zoom, tiles[-1].column, tiles[-1].row) == (0, 0, 0)
    assert np.abs(top - truth).max() <= 1


def test_a_map_of_one_cell_is_one_tile(posters: list[Path]) -> None:
    tiles = list(paint(posters[:1], np.array([[0, 0]]), Pyramid(1, 1, 8, 12), EXACT))
    assert [(tile.zoom, tile.column, tile.row) for tile in tiles] == [(0, 0, 0)]


def test_a_map_of_nothing_has_no_tiles() -> None:
    pyramid = Pyramid(3, 3, 8, 8, tile_size=8)
    cells = np.empty((0, 2), np.int32)
    assert list(paint([], cells, pyramid, EXACT)) == []
    assert list(paint([None], np.array([[1, 1]]), pyramid, EXACT)) == []
    assert tile_count(cells, pyramid) == block_count(cells, pyramid) == 0


def test_opaque_tiles_are_stored_without_alpha(posters: list[Path]) -> None:
    pyramid = Pyramid(2, 1, 8, 8, tile_size=8)
    cells = every_cell(pyramid)
    modes = {}
    for tile in paint(posters[:2], cells, pyramid, EXACT):
        with Image.open(io.BytesIO(tile.data)) as image:
            modes[tile.zoom, tile.column, tile.row] = image.mode
    assert modes == {(1, 0, 0): "RGB", (1, 1, 0): "RGB", (0, 0, 0): "RGBA"}


def through_pickle(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
    """What processes do to functions, blocks and results, without processes."""
    for block in blocks:
        there = pickle.loads(pickle.dumps((function, block)))
        yield pickle.loads(pickle.dumps(there[0](there[1])))


def test_blocks_travel_between_processes_and_bytes_repeat(posters: list[Path]) -> None:
    pyramid = Pyramid(9, 9, 12, 12, tile_size=8)
    cells = every_cell(pyramid)
    files = repeated(posters, len(cells))
    here = list(paint(files, cells, pyramid, Encoding()))
    there = list(paint(files, cells, pyramid, Encoding(), spread=through_pickle))
    assert here == there
    asked: list[Block] = []

    def noting(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
        for block in blocks:
            asked.append(block)
            yield function(block)

    list(paint(files, cells, pyramid, Encoding(), spread=noting))
    assert len(asked) == block_count(cells, pyramid) > 1


def test_a_spread_that_loses_or_shuffles_blocks_is_found_out(posters: list[Path]) -> None:
    pyramid = Pyramid(9, 9, 12, 12, tile_size=8)
    cells = every_cell(pyramid)
    files = repeated(posters, len(cells))

    def backwards(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> list[Patch]:
        return [function(block) for block in blocks][::-1]

    def nothing(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> list[Patch]:
        return []

    def one_more(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> list[Patch]:
        made = [function(block) for block in blocks]
        return [*made, made[-1]]

    for spread in (backwards, nothing, one_more):
        with pytest.raises(TileError, match="order"):
            list(paint(files, cells, pyramid, EXACT, spread=spread))


def test_a_spread_comes_to_its_end_and_can_let_go_of_its_workers(posters: list[Path]) -> None:
    ended = []

    def ending(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
        yield from map(function, blocks)
        ended.append(True)

    pyramid = Pyramid(9, 9, 12, 12, tile_size=8)
    cells = every_cell(pyramid)
    list(paint(repeated(posters, len(cells)), cells, pyramid, EXACT, spread=ending))
    assert ended


def test_an_unreadable_poster_is_reported_once_and_leaves_a_grey_cross(posters: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    pyramid = Pyramid(1, 1, 64, 64, tile_size=8)  # one cell over several blocks
    reports: list[Unreadable] = []
    tiles = list(paint([broken], np.array([[0, 0]]), pyramid, EXACT, on_unreadable=reports.append))
    assert block_count(np.array([[0, 0]]), pyramid) > 1
    assert [(report.index, report.file) for report in reports] == [(0, broken)]
    assert "not an image" in reports[0].reason
    top = pixels(tiles[-1])
    assert (top[..., 3] == 255).all()
    assert (top[..., 0] == top[..., 1]).all()
    assert np.ptp(top[..., 0]) > 5


def test_a_poster_on_two_blocks_is_the_same_on_both_sides(posters: list[Path]) -> None:
    patches: list[Patch] = []

    def keeping(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
        for block in blocks:
            assert function is paint_block
            patches.append(function(block))
            yield patches[-1]

    pyramid = Pyramid(1, 1, 96, 96, tile_size=8)
    whole = naive(posters[:1], np.array([[0, 0]]), pyramid)
    cells = np.array([[0, 0]])
    for tile in paint(posters[:1], cells, pyramid, EXACT, fit="stretch", spread=keeping):
        if tile.zoom == pyramid.max_zoom:
            truth = expected(whole, pyramid, tile.zoom, tile.column, tile.row)
            assert np.array_equal(pixels(tile), truth)
    assert len(patches) > 1


def thirds_file(tmp_path: Path) -> Path:
    """30 wide, 10 high: red, green, blue thirds."""
    thirds = np.zeros((10, 30, 3), np.uint8)
    for third in range(3):
        thirds[:, third * 10 : third * 10 + 10, third] = 255
    Image.fromarray(thirds).save(tmp_path / "thirds.png")
    return tmp_path / "thirds.png"


@pytest.mark.parametrize(
    ("fit", "middle_left", "top_middle"),
    [
        ("cover", (0, 255, 0), (0, 255, 0)),
        ("stretch", (255, 0, 0), (0, 255, 0)),
        ("contain", (255, 0, 0), None),
    ],
)
def test_fits(fit: Fit, middle_left: tuple[int, ...], top_middle: tuple[int, ...] | None, tmp_path: Path) -> None:
    pyramid = Pyramid(1, 1, 30, 30, tile_size=30)
    (tile,) = paint([thirds_file(tmp_path)], np.array([[0, 0]]), pyramid, EXACT, fit=fit)
    cell = pixels(tile)[..., :3]
    assert np.abs(cell[15, 1] - middle_left).max() <= 12
    if top_middle is not None:
        assert np.abs(cell[1, 15] - top_middle).max() <= 12
    else:  # the mean of the edges: part red, part green, part blue
        assert (cell[1, 15] > 40).all()
        assert np.array_equal(cell[1, 15], cell[28, 2])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[0, 0], [0, 0]], r"cell \[0, 0\] is given to 2"),
        ([[0, 0], [2, 0]], r"cell \[2, 0\] is outside the map of 2 x 1"),
        ([[0, 0], [0, -1]], r"cell \[0, -1\] is outside"),
        ([[0, 0]], r"shape \(2, 2\)"),
        ([[0.0, 0.0], [1.0, 0.0]], "float64"),
    ],
)
def test_cells_that_make_no_map_are_refused_before_any_work(
    cells: list[list[Any]], message: str, posters: list[Path]
) -> None:
    with pytest.raises(TileError, match=message):
        paint(posters[:2], np.array(cells), Pyramid(2, 1, 8, 8), EXACT)


def test_an_unknown_fit_is_refused(posters: list[Path]) -> None:
    with pytest.raises(TileError, match="cover, contain, stretch"):
        paint(posters[:1], np.array([[0, 0]]), Pyramid(1, 1, 8, 8), EXACT, fit="crop")  # type: ignore[arg-type]  # the point


def test_counts_refuse_cells_outside_the_map() -> None:
    with pytest.raises(TileError, match="outside"):
        tile_count(np.array([[5, 0]]), Pyramid(2, 1, 8, 8))


def test_counts_do_not_depend_on_the_cells_type() -> None:
    pyramid = Pyramid(256, 2, 8, 8, tile_size=16)
    cells = every_cell(pyramid)
    assert tile_count(cells.astype(np.uint8), pyramid) == tile_count(cells, pyramid)


@pytest.mark.parametrize(
    "options",
    [
        {"format": "png"},
        {"quality": 0},
        {"quality": 101},
        {"method": 7},
        {"format": "jpeg", "lossless": True},
        {"background": (0, 0, 256)},
    ],
)
def test_encodings_of_nonsense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(TileError):
        Encoding(**options)


def test_jpeg_tiles_lie_on_the_background(posters: list[Path], tmp_path: Path) -> None:
    encoding = Encoding(format="jpeg", background=(10, 20, 200), quality=95)
    pyramid = Pyramid(2, 1, 16, 16, tile_size=32)
    (tile,) = paint(posters[:1], np.array([[0, 0]]), pyramid, encoding)
    assert np.abs(pixels(tile)[8, 28, :3] - (10, 20, 200)).max() <= 4
    assert TileFolder(tmp_path, encoding.extension).write(tile) == "0/0/0.jpg"


def test_a_folder_keeps_tiles_by_zoom_column_and_row(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path / "tiles", "webp")
    for tile in (Tile(3, 1, 2, b"one"), Tile(3, 1, 4, b"two")):
        folder.write(tile)
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.webp")}
    assert found == {"tiles/3/1/2.webp", "tiles/3/1/4.webp"}
    assert (tmp_path / "tiles/3/1/4.webp").read_bytes() == b"two"
