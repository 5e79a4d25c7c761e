"""The site with its tiles as a folder and as archives: the same map, the same bytes, and no work that is not needed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pmtiles.reader import MemorySource, all_tiles

import mapmaker as mm
from mapmaker.errors import OptionError
from mapmaker.stages.compose import ComposeStage

Tree = Callable[[Path], dict[str, str]]
FRAME = re.compile(r"\(self\.mapmaker\?\?=\[\]\)\.push\((.*)\);\n")
LIMIT = 60_000


def build(posters: Path, folder: Path, **compose: Any) -> mm.Report:
    return mm.build(posters, folder / "map", work=folder / "work", extractor="classic", workers=1, compose=compose)


@pytest.fixture
def folder(posters: Path, tmp_path: Path) -> Path:
    """Where 30 posters have a map, and a work folder, its tiles a folder."""
    build(posters, tmp_path)
    return tmp_path


def told(folder: Path) -> Any:
    framed = FRAME.fullmatch((folder / "map/data/map.js").read_text(encoding="utf-8"))
    assert framed
    return json.loads(framed[1])[1]


def archives(folder: Path) -> list[Path]:
    return [folder / f"map/tiles/map-{i}.pmtiles" for i in range(len(told(folder)["tiles"]["archives"]))]


def tiles(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site / "tiles").as_posix(): path.read_bytes() for path in site.glob("tiles/*/*/*")}


def unpacked(file: Path, extension: str) -> dict[str, bytes]:
    source = MemorySource(file.read_bytes())  # type: ignore[no-untyped-call]
    found = all_tiles(source)  # type: ignore[no-untyped-call]
    return {"/".join(map(str, place)) + f".{extension}": bytes(tile) for place, tile in found}


@pytest.mark.parametrize("limit", [0, LIMIT])
def test_archives_hold_the_tiles_of_the_folder_and_nothing_else_changes(
    posters: Path, folder: Path, tree: Tree, limit: int
) -> None:
    before, loose = tree(folder / "map"), tiles(folder / "map")
    assert "archives" not in told(folder)["tiles"]
    report = build(posters, folder, tiles="pmtiles", archive_bytes=limit)
    assert report.ran == ["compose"]
    files = archives(folder)
    assert (len(files) == 1) == (limit == 0)
    assert {path.name for path in (folder / "map/tiles").glob("*.pmtiles")} == {path.name for path in files}
    assert all(path.stat().st_size <= (limit or 10**9) for path in files)
    extension = told(folder)["tiles"]["extension"]
    packed: dict[str, bytes] = {}
    for file in files:
        packed |= unpacked(file, extension)
    assert packed == loose
    overview = f"0/0/0.{extension}"
    assert tiles(folder / "map") == {overview: loose[overview]}  # for the page without JavaScript
    assert f"tiles/{overview}" in (folder / "map/index.html").read_text(encoding="utf-8")
    changed = set(before.items() ^ tree(folder / "map").items())
    assert {name for name, _ in changed if not name.startswith("tiles")} == {"data/map.js", "data/manifest.json"}
    build(posters, folder)
    assert tree(folder / "map") == before


def test_archives_are_the_same_to_the_byte_when_made_anew_elsewhere(
    posters: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory, tree: Tree
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for place in (folder, elsewhere):
        build(posters, place, tiles="pmtiles", archive_bytes=LIMIT, title="Same")
    assert tree(folder / "map") == tree(elsewhere / "map")


def test_archives_whose_tiles_did_not_change_are_not_written_again(posters: Path, folder: Path) -> None:
    build(posters, folder, tiles="pmtiles", archive_bytes=LIMIT)
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in archives(folder)]
    assert build(posters, folder, tiles="pmtiles", archive_bytes=LIMIT).ran == []
    assert build(posters, folder, tiles="pmtiles", archive_bytes=LIMIT, title="Other").ran == ["compose"]
    assert told(folder)["title"] == "Other"
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in archives(folder)] == before


def test_a_lost_archive_is_made_again(posters: Path, folder: Path, tree: Tree) -> None:
    build(posters, folder, tiles="pmtiles")
    before = tree(folder / "map")
    (folder / "map/tiles/map-0.pmtiles").unlink()
    assert build(posters, folder, tiles="pmtiles").ran == ["compose"]
    assert tree(folder / "map") == before


def test_a_limit_below_the_largest_tile_is_one_line_that_says_what_would_do(
    posters: Path, folder: Path, tree: Tree
) -> None:
    before = tree(folder / "map")
    with pytest.raises(
        OptionError, match=r"compose\.archive_bytes = 9000: an archive of at most 9,000 .*: give [\d,]+"
    ):
        build(posters, folder, tiles="pmtiles", archive_bytes=9000)
    assert tree(folder / "map") == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tiles": "zip"}, "compose.tiles = 'zip' is not one of folder, pmtiles"),
        ({"archive_bytes": -1}, "compose.archive_bytes = -1 is below 0"),
        ({"archive_bytes": 1.5}, "compose.archive_bytes = 1.5 is no whole number"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        ComposeStage(**options)
    assert str(error.value) == said
