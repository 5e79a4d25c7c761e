"""Archives, read back by the reader of the people who made the format."""

import random
import shutil
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles
from pmtiles.tile import TileType, tileid_to_zxy, zxy_to_tileid

from mapmaker_tiles import Archive, StoredTile, TileError, plan_archives, stored_tile

FIXTURE = Path(__file__).parents[2] / "site" / "test" / "fixture" / "archives" / "tiles"
Content = Callable[[int, int, int], bytes]
Place = tuple[int, int, int]


def unlike(zoom: int, column: int, row: int) -> bytes:
    """Return bytes that no other tile has, of a length of its own."""
    return random.Random(f"{zoom}/{column}/{row}").randbytes(50 + (7 * column + 13 * row) % 90)


def write(folder: Path, zooms: int, content: Content, extension: str = "webp") -> list[str]:
    """Write a tile folder of `zooms` zooms whose lower right quarter is empty; return the names of the tiles."""
    names = []
    for zoom in range(zooms):
        for column in range(2**zoom):
            for row in range(2**zoom):
                if zoom and 2 * column >= 2**zoom and 2 * row >= 2**zoom:
                    continue
                name = f"{zoom}/{column}/{row}.{extension}"
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content(zoom, column, row))
                names.append(name)
    return names


def stored(folder: Path, names: Sequence[str]) -> list[StoredTile]:
    return [stored_tile(folder, name) for name in names]


def packed(archive: Archive) -> bytes:
    return b"".join(archive.chunks())


def unpacked(data: bytes) -> dict[Place, bytes]:
    return {place: bytes(tile) for place, tile in all_tiles(MemorySource(data))}  # type: ignore[no-untyped-call]


def reader(data: bytes) -> Reader:
    return Reader(MemorySource(data))  # type: ignore[no-untyped-call]


def kept(folder: Path, names: Sequence[str]) -> dict[Place, bytes]:
    """Return what the folder holds, by place."""
    places = {name: tuple(map(int, name.partition(".")[0].split("/"))) for name in names}
    return {place: (folder / name).read_bytes() for name, place in places.items()}  # type: ignore[misc]


@pytest.mark.parametrize("zooms", [1, 2, 5])
def test_what_is_packed_is_read_back_in_its_place(tmp_path: Path, zooms: int) -> None:
    names = write(tmp_path, zooms, unlike)
    (archive,) = plan_archives(stored(tmp_path, names))
    archive.write(tmp_path / "map.pmtiles")
    data = (tmp_path / "map.pmtiles").read_bytes()
    assert data == packed(archive)
    assert unpacked(data) == kept(tmp_path, names)
    assert reader(data).get(0, 0, 0) == unlike(0, 0, 0)  # type: ignore[no-untyped-call]


def test_the_archives_that_the_viewer_is_tested_with_are_ours(tmp_path: Path) -> None:
    names = ["0/0/0.webp", *(f"1/{column}/{row}.webp" for column in range(2) for row in range(2))]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.removesuffix(".webp").encode())
    (whole,) = plan_archives(stored(tmp_path, names))
    for number, archive in enumerate((Archive(whole.tiles[:3]), Archive(whole.tiles[3:]))):
        # Directories are gzipped, by other machines to other bytes: compared is what they say.
        data = (FIXTURE / f"map-{number}.pmtiles").read_bytes()
        assert unpacked(data) == unpacked(packed(archive))
        assert archive.first == (0, 3)[number]
        ours, theirs = reader(packed(archive)).header(), reader(data).header()  # type: ignore[no-untyped-call]
        assert ours["max_zoom"] == theirs["max_zoom"]


def test_a_directory_too_long_for_the_root_has_leaves_that_are_read_back(tmp_path: Path) -> None:
    contents = stored(tmp_path, write(tmp_path, 4, unlike))
    draw = random.Random(0)
    drawn = {id_: draw.choice(contents) for id_ in range(8_000)}
    tiles = [replace(tile, id=id_, zoom=tileid_to_zxy(id_)[0]) for id_, tile in drawn.items()]
    (archive,) = plan_archives(tiles)
    data = packed(archive)
    assert reader(data).header()["leaf_directory_length"] > 0  # type: ignore[no-untyped-call]
    assert unpacked(data) == {tileid_to_zxy(id_): tile.path.read_bytes() for id_, tile in drawn.items()}


def test_the_header_says_what_is_in_the_archive_and_where(tmp_path: Path) -> None:
    names = write(tmp_path, 4, unlike)
    data = packed(plan_archives(stored(tmp_path, names))[0])
    header = reader(data).header()  # type: ignore[no-untyped-call]
    assert (header["version"], header["tile_type"], header["clustered"]) == (3, TileType.WEBP, True)
    assert (header["min_zoom"], header["max_zoom"]) == (0, 3)
    assert header["addressed_tiles_count"] == header["tile_contents_count"] == len(names)
    assert (header["min_lon_e7"], header["max_lon_e7"]) == (-1_800_000_000, 1_800_000_000)
    assert (header["min_lat_e7"], header["max_lat_e7"]) == (-850_511_288, 850_511_288)  # Mercator's edge
    assert header["tile_data_offset"] + header["tile_data_length"] == len(data)


@pytest.mark.parametrize(
    ("extension", "kind"), [("avif", TileType.AVIF), ("jpg", TileType.JPEG), ("png", TileType.PNG)]
)
def test_the_type_of_tiles_is_that_of_their_files(tmp_path: Path, extension: str, kind: TileType) -> None:
    (archive,) = plan_archives(stored(tmp_path, write(tmp_path, 2, unlike, extension)))
    assert reader(packed(archive)).header()["tile_type"] == kind  # type: ignore[no-untyped-call]


def test_tiles_of_equal_content_are_held_once(tmp_path: Path) -> None:
    def content(zoom: int, column: int, row: int) -> bytes:
        return b"one colour" * 100 if zoom == 3 else unlike(zoom, column, row)

    names = write(tmp_path, 4, content)
    data = packed(plan_archives(stored(tmp_path, names))[0])
    header = reader(data).header()  # type: ignore[no-untyped-call]
    different = set(kept(tmp_path, names).values())
    assert header["tile_contents_count"] == len(different)
    assert header["tile_data_length"] == sum(map(len, different))
    assert data.count(b"one colour") == 100
    assert header["tile_entries_count"] < len(names)  # neighbours share an entry
    assert unpacked(data) == kept(tmp_path, names)


def test_tiles_that_are_alike_at_every_zoom_are_found_at_every_zoom(tmp_path: Path) -> None:
    names = write(tmp_path, 4, lambda *_: b"grey")
    data = packed(plan_archives(stored(tmp_path, names))[0])
    assert reader(data).header()["max_zoom"] == 3  # type: ignore[no-untyped-call]  # viewers ask for no deeper one
    assert unpacked(data) == kept(tmp_path, names)


@pytest.mark.parametrize("limit", [17_100, 20_000, 50_000, 10_000_000])
def test_no_archive_is_over_the_limit_and_the_first_ids_say_which_holds_a_tile(tmp_path: Path, limit: int) -> None:
    names = write(tmp_path, 6, lambda *place: unlike(*place) * 3)
    archives = plan_archives(stored(tmp_path, names), limit)
    assert (len(archives) == 1) == (limit == 10_000_000)
    firsts = [archive.first for archive in archives]
    assert firsts == sorted(set(firsts))
    assert firsts[0] == 0
    found: dict[Place, bytes] = {}
    for number, archive in enumerate(archives):
        data = packed(archive)
        assert len(data) <= limit
        for place, tile in unpacked(data).items():
            id_ = zxy_to_tileid(*place)
            assert max(i for i, first in enumerate(firsts) if first <= id_) == number
            found[place] = tile
        header = reader(data).header()  # type: ignore[no-untyped-call]
        zooms = [tileid_to_zxy(tile.id)[0] for tile in archive.tiles]
        assert (header["min_zoom"], header["max_zoom"]) == (min(zooms), max(zooms))
    assert found == kept(tmp_path, names)


def test_the_same_tiles_make_the_same_bytes_in_any_order_and_anywhere(tmp_path: Path) -> None:
    names = write(tmp_path / "one", 5, unlike)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    first = plan_archives(stored(tmp_path / "one", names), 20_000)
    shuffled = random.Random(0).sample(names, len(names))
    second = plan_archives(stored(tmp_path / "two", shuffled), 20_000)
    assert list(map(packed, first)) == list(map(packed, second)) == list(map(packed, first))


def test_packing_holds_one_tile_at_a_time(tmp_path: Path) -> None:
    content = random.Random(0).randbytes(400_000)
    names = write(tmp_path, 4, lambda *place: content + unlike(*place))
    (archive,) = plan_archives(stored(tmp_path, names))
    tracemalloc.start()
    archive.write(tmp_path / "map.pmtiles")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "map.pmtiles").stat().st_size > 50 * len(content)
    assert peak < 4 * len(content)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("0/0.webp", "'0/0.webp' is no tile: it should be called like 3/1/2.webp"),
        ("../../etc/passwd", "is no tile"),
        ("0/0/0.gif", "0/0/0.gif: PMTiles takes avif, jpg, png, webp, not .gif"),
        ("1/2/0.webp", "1/2/0.webp is beyond its zoom"),
        ("40/0/0.webp", "40/0/0.webp is beyond its zoom"),
        ("1/0/0.webp", "the tile .*0.webp is empty"),
        ("1/1/0.webp", "cannot read the tile .*0.webp: No such file"),
    ],
)
def test_what_is_no_tile_is_refused_in_one_line(tmp_path: Path, name: str, said: str) -> None:
    for there in ("1/2/0.webp", "40/0/0.webp", "1/0/0.webp"):
        (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / there).write_bytes(b"" if there == "1/0/0.webp" else b"x")
    with pytest.raises(TileError, match=said) as error:
        stored_tile(tmp_path, name)
    assert "\n" not in str(error.value)


def test_what_makes_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TileError, match="at least one tile"):
        plan_archives([])
    tiles = stored(tmp_path, write(tmp_path, 2, lambda *_: b"x" * 5_000))
    with pytest.raises(TileError, match=r"at most 20,000 bytes cannot hold the tile 0/0/0 of 5,000 bytes: give 21,664"):
        plan_archives(tiles, 20_000)
    assert len(plan_archives(tiles, 21_664 + 4 * 24)) == 1  # all of them are alike, and held once
    with pytest.raises(TileError, match=r"tiles of one type, not \.png, \.webp"):
        plan_archives([*tiles, *stored(tmp_path, write(tmp_path, 1, unlike, "png"))])


def test_a_tile_that_changes_or_goes_while_it_is_packed_is_named(tmp_path: Path) -> None:
    (archive,) = plan_archives(stored(tmp_path, write(tmp_path, 2, unlike)))
    (tmp_path / "1/0/0.webp").write_bytes(b"short")
    with pytest.raises(TileError, match=r"1/0/0\.webp has changed while it was packed, from 50 to 5 bytes"):
        packed(archive)
    (tmp_path / "1/0/0.webp").unlink()
    with pytest.raises(TileError, match=r"cannot read the tile .*1/0/0\.webp"):
        packed(archive)
