"""Painting with a store: only what changed is painted, and the map is the same as if all of it were."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mapmaker_tiles import (
    Block,
    Encoding,
    Painting,
    Patch,
    Pyramid,
    Store,
    Tile,
    TileError,
    TileFolder,
    TileId,
    mip_boxes,
)
from mapmaker_tiles.framing import Fit, Part, frame
from mapmaker_tiles.mips import most_bytes

EXACT = Encoding(lossless=True, method=0)
PYRAMID = Pyramid(13, 9, 12, 16, tile_size=16)  # several blocks, cells across their borders


@pytest.fixture(scope="module")
def posters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("posters")
    random = np.random.default_rng(0)
    files = [folder / f"{number}.png" for number in range(40)]
    for file in files:
        Image.fromarray(random.integers(0, 256, (4, 3, 3), dtype=np.uint8)).resize((24, 32)).save(file)
    return files


def painting(posters: list[Path], occupant: dict[tuple[int, int], int], pyramid: Pyramid = PYRAMID) -> Painting:
    """Poster `occupant[c, r]` on cell [c, r]."""
    files = [posters[number] for number in occupant.values()]
    return Painting(files, np.array(list(occupant)), pyramid, EXACT, digests=[str(n) for n in occupant.values()])


def full(pyramid: Pyramid = PYRAMID, step: int = 7) -> dict[tuple[int, int], int]:
    return {(c, r): (c * step + r * 11) % 39 for c in range(pyramid.columns) for r in range(pyramid.rows)}


def files_of(painting: Painting, store: Store) -> dict[TileId, bytes]:
    return {tile: store.tile_path(key).read_bytes() for tile, key in painting.keys.items()}


def from_scratch(painting: Painting) -> dict[TileId, bytes]:
    return {(tile.zoom, tile.column, tile.row): tile.data for tile in painting.missing()}


def opened(tmp_path: Path, most_mips: int = 10**9) -> Store:
    """A store as the next run finds it."""
    return Store(tmp_path / "store", most_mips)


changes = st.dictionaries(
    st.tuples(st.integers(0, 12), st.integers(0, 8)), st.one_of(st.none(), st.integers(0, 39)), max_size=8
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=changes, most_mips=st.sampled_from([0, 3_000, 20_000, 10**9]))
def test_after_any_change_the_store_holds_the_map_as_from_scratch(
    posters: list[Path], tmp_path: Path, changed: dict[tuple[int, int], int | None], most_mips: int
) -> None:
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    list(painting(posters, full()).missing(opened(tmp_path, most_mips=most_mips)))
    occupant = {cell: n for cell, n in {**full(), **changed}.items() if n is not None}
    after = painting(posters, occupant)
    store = opened(tmp_path, most_mips=most_mips)
    lacking = after.lacking(store)
    made = list(after.missing(store))
    assert {(tile.zoom, tile.column, tile.row) for tile in made} == lacking
    assert files_of(after, store) == from_scratch(after)


def test_what_is_there_is_not_painted_again(posters: list[Path], tmp_path: Path) -> None:
    first = painting(posters, full())
    assert len(list(first.missing(opened(tmp_path)))) == len(first.keys)
    assert list(first.missing(opened(tmp_path))) == []


def counting(blocks_seen: list[Block]) -> Callable[..., Iterator[Patch]]:
    def spread(function: Callable[[Block], Patch], blocks: Iterable[Block]) -> Iterator[Patch]:
        for block in blocks:
            blocks_seen.append(block)
            yield function(block)

    return spread


def test_one_changed_poster_costs_its_tiles_those_above_and_the_posters_on_them(
    posters: list[Path], tmp_path: Path
) -> None:
    list(painting(posters, full()).missing(opened(tmp_path)))
    seen: list[Block] = []
    made = list(painting(posters, {**full(), (6, 4): 39}).missing(opened(tmp_path), spread=counting(seen)))
    deepest = {(tile.column, tile.row) for tile in made if tile.zoom == PYRAMID.max_zoom}
    left, top, right, bottom = PYRAMID.cell_box(6, 4)
    assert deepest == {(x, y) for x in range(left // 16, -(-right // 16)) for y in range(top // 16, -(-bottom // 16))}
    assert len(made) < 12
    assert sum(len(block.placements) for block in seen) <= 20


def test_of_large_cells_only_what_tiles_show_is_scaled_and_they_are_as_from_scratch(
    posters: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Pyramid(5, 4, 200, 264, tile_size=128)
    list(painting(posters, full(large), large).missing(opened(tmp_path)))
    after = painting(posters, {**full(large), (2, 1): 39}, large)
    scaled: list[Image.Image] = []

    def counted(picture: Image.Image, size: tuple[int, int], fit: Fit, part: Part) -> Image.Image:
        scaled.append(picture)
        return frame(picture, size, fit, part)

    monkeypatch.setattr("mapmaker_tiles.block.frame", counted)
    store = opened(tmp_path)
    list(after.missing(store))
    assert 4 < len(scaled) < 0.8 * 4 * len(set(map(id, scaled)))
    assert files_of(after, store) == from_scratch(after)


def test_a_poster_that_moves_with_all_around_it_is_not_painted_again(posters: list[Path], tmp_path: Path) -> None:
    wide, narrow = Pyramid(16, 4, 8, 8, tile_size=8), Pyramid(8, 4, 8, 8, tile_size=8)
    cells = full(narrow)
    list(painting(posters, cells, narrow).missing(opened(tmp_path)))
    moved = {(column + 8, row): number for (column, row), number in cells.items()}
    made = list(painting(posters, moved, wide).missing(opened(tmp_path)))
    assert all(tile.zoom < wide.max_zoom for tile in made)


@pytest.mark.parametrize(
    "other",
    [
        replace(PYRAMID, gap=2),
        replace(PYRAMID, margin=2),
        replace(PYRAMID, cell_height=20),
        replace(PYRAMID, tile_size=8),
    ],
)
def test_another_geometry_is_another_map(posters: list[Path], other: Pyramid) -> None:
    keys = set(painting(posters, full()).keys.values())
    assert not keys & set(painting(posters, full(), other).keys.values())


def test_another_encoding_or_fit_is_another_map(posters: list[Path]) -> None:
    first = painting(posters, full())
    for changed in (Encoding(lossless=True, method=1), Encoding()):
        assert not set(first.keys.values()) & set(
            Painting(first.pictures, first.cells, PYRAMID, changed, digests=first.digests).keys.values()
        )
    fitted = Painting(first.pictures, first.cells, PYRAMID, EXACT, "contain", first.digests)
    assert not set(first.keys.values()) & set(fitted.keys.values())


def test_a_run_that_was_killed_goes_on_where_it_was(posters: list[Path], tmp_path: Path) -> None:
    whole = painting(posters, full())
    first: list[Tile] = []
    for tile in whole.missing(opened(tmp_path)):
        first.append(tile)
        if len(first) == 60:
            break
    rest = list(whole.missing(opened(tmp_path)))
    again = {(tile.zoom, tile.column, tile.row) for tile in first if tile.zoom == PYRAMID.max_zoom}
    assert not again & {(tile.zoom, tile.column, tile.row) for tile in rest if tile.zoom == PYRAMID.max_zoom}
    assert files_of(whole, opened(tmp_path)) == from_scratch(whole)


def test_tiles_with_a_cross_are_not_kept_and_come_right_later(posters: list[Path], tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    shutil.copyfile(posters[0], gone)
    whole = painting([gone, *posters[1:]], full())
    gone.unlink()
    reports: list[object] = []
    store = opened(tmp_path)
    made = list(whole.missing(store, on_unreadable=reports.append))
    crosses = {(tile.zoom, tile.column, tile.row) for tile in made if tile.key is None}
    assert len(reports) == sum(number == 0 for number in full().values())
    assert (0, 0, 0) in crosses and len(crosses) < len(made)
    shutil.copyfile(posters[0], gone)
    again = list(whole.missing(opened(tmp_path)))
    assert {(tile.zoom, tile.column, tile.row) for tile in again} == crosses
    assert files_of(whole, opened(tmp_path)) == from_scratch(whole)


def test_mips_stay_within_their_bytes(posters: list[Path], tmp_path: Path) -> None:
    list(painting(posters, full()).missing(opened(tmp_path, most_mips=9_000)))
    kept = [file.stat().st_size for file in (tmp_path / "store" / "mips").rglob("*") if file.is_file()]
    assert kept and sum(kept) <= 9_000


def test_only_what_is_still_shown_is_kept(posters: list[Path], tmp_path: Path) -> None:
    first, second = painting(posters, full()), painting(posters, {**full(), (3, 3): 5})
    list(first.missing(opened(tmp_path)))
    store = opened(tmp_path)
    list(second.missing(store))
    second.tidy(store)
    left = {file.name for file in (tmp_path / "store").rglob("*") if file.is_file()}
    assert left == set(second.keys.values())
    assert list(second.missing(opened(tmp_path))) == []


def test_a_mip_that_is_lost_is_made_again_and_the_tiles_stay_as_they_were(posters: list[Path], tmp_path: Path) -> None:
    whole = painting(posters, full())
    list(whole.missing(opened(tmp_path)))
    lost = PYRAMID.max_zoom - 1, 2, 1
    opened(tmp_path).mip_path(whole.keys[lost]).unlink()
    assert whole.lacking(opened(tmp_path)) == {
        (zoom, 2 * 2**zoom >> lost[0], 2**zoom >> lost[0]) for zoom in range(lost[0] + 1)
    }
    assert whole.lacking(opened(tmp_path, most_mips=0)) == set()
    list(whole.missing(opened(tmp_path)))
    assert whole.lacking(opened(tmp_path)) == set()
    assert files_of(whole, opened(tmp_path)) == from_scratch(whole)


def test_boxes_of_mips_are_the_pixels_of_the_tile_above(posters: list[Path], tmp_path: Path) -> None:
    whole, store = painting(posters, full()), opened(tmp_path)
    list(whole.missing(store))
    side = PYRAMID.tile_size // 2
    for zoom, column, row in whole.keys:
        if zoom:
            above = store.tile_path(whole.keys[zoom - 1, column // 2, row // 2])
            left, top = column % 2 * side, row % 2 * side
            with Image.open(above) as tile:
                quarter = np.asarray(tile.convert("RGBA").crop((left, top, left + side, top + side)))
            boxes = [(0, 0, side, side), (1, 2, side, 7)]
            all_of_it, part = mip_boxes(store.mip_path(whole.keys[zoom, column, row]), boxes)
            shown = quarter[..., 3] > 0
            away = np.abs(all_of_it[shown].astype(int) - quarter[shown])
            assert away.max(initial=0) <= 1  # where a tile is not all opaque, halves are rounded to even numbers
            assert (all_of_it[..., 3] == quarter[..., 3]).all()
            assert (part == all_of_it[2:7, 1:side]).all()


def test_a_mip_that_was_cut_off_is_one_clear_error(posters: list[Path], tmp_path: Path) -> None:
    list(painting(posters, full()).missing(opened(tmp_path)))
    for file in (tmp_path / "store" / "mips").rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(TileError, match=r"damaged.*remove the folder"):
        list(painting(posters, {**full(), (3, 3): 5}).missing(opened(tmp_path)))


def test_as_many_digests_as_pictures() -> None:
    with pytest.raises(TileError, match="1 digests for 2 pictures"):
        Painting([None, None], np.array([[0, 0], [1, 0]]), PYRAMID, EXACT, digests=["a"])


def test_a_store_without_digests_is_refused(posters: list[Path], tmp_path: Path) -> None:
    plain = Painting(posters[:1], np.array([[0, 0]]), PYRAMID, EXACT)
    with pytest.raises(TileError, match="a store needs digests"):
        next(plain.missing(opened(tmp_path)))


def test_a_tile_of_no_bytes_and_what_a_kill_left_half_written_are_not_there(
    posters: list[Path], tmp_path: Path
) -> None:
    whole = painting(posters, full())
    list(whole.missing(opened(tmp_path)))
    emptied = opened(tmp_path).tile_path(whole.keys[0, 0, 0])
    emptied.write_bytes(b"")
    half = emptied.with_name("aa.1.tmp")
    half.write_bytes(b"half")
    assert [(tile.zoom, tile.column, tile.row) for tile in whole.missing(opened(tmp_path))] == [(0, 0, 0)]
    assert not half.exists()
    assert files_of(whole, opened(tmp_path)) == from_scratch(whole)


def test_just_enough_bytes_are_enough_and_one_less_leaves_out_a_zoom(posters: list[Path], tmp_path: Path) -> None:
    whole = painting(posters, full())
    counts = np.bincount([zoom for zoom, _, _ in whole.keys])
    most = [most_bytes(PYRAMID.tile_size, deepest=zoom == PYRAMID.max_zoom) for zoom in range(len(counts))]
    for deepest in range(len(counts)):
        enough = int((counts * most)[: deepest + 1].sum())
        for limit, kept in ((enough, deepest), (enough - 1, deepest - 1)):
            store = Store(tmp_path / f"{limit}", limit)
            list(whole.missing(store))
            assert {zoom for (zoom, _, _), key in whole.keys.items() if store.has_mip(key)} == set(range(kept + 1))


def test_strangers_in_the_store_are_passed_over(posters: list[Path], tmp_path: Path) -> None:
    whole = painting(posters, full())
    list(whole.missing(opened(tmp_path)))
    for kind in ("tiles", "mips"):
        (tmp_path / "store" / kind / ".DS_Store").write_bytes(b"a stranger")
    assert list(whole.missing(opened(tmp_path))) == []


def test_fewer_bytes_for_mips_are_fewer_mips(posters: list[Path], tmp_path: Path) -> None:
    whole = painting(posters, full())
    list(whole.missing(opened(tmp_path)))
    whole.tidy(opened(tmp_path, most_mips=9_000))
    kept = [file.stat().st_size for file in (tmp_path / "store" / "mips").rglob("*") if file.is_file()]
    assert kept and sum(kept) <= 9_000


def test_another_quality_of_overviews_leaves_the_deepest_tiles(posters: list[Path]) -> None:
    cells, files = np.array(list(full())), [posters[number] for number in full().values()]
    first, second = (
        Painting(files, cells, PYRAMID, Encoding(overview_quality=quality), digests=[str(file) for file in files]).keys
        for quality in (50, 40)
    )
    same = {tile for tile, key in first.items() if second[tile] == key}
    assert same == {tile for tile in first if tile[0] == PYRAMID.max_zoom}


def test_linking_over_a_link_leaves_the_store_alone(posters: list[Path], tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    folder = TileFolder(tmp_path / "tiles", "webp")
    for source in (one, two, one):
        folder.link((0, 0, 0), source)
    folder.write(Tile(0, 0, 0, b"three"))
    assert (one.read_bytes(), two.read_bytes()) == (b"one", b"two")
    assert (tmp_path / "tiles/0/0/0.webp").read_bytes() == b"three"
