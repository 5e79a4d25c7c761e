"""The site with its tiles as a folder and as archives: the same map, the same bytes, and no work that is not needed."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image
from pmtiles.reader import MemorySource, all_tiles

import mapmaker as mm
import mapmaker_site
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.stages import Job
from mapmaker.stages.compose import ComposeStage
from mapmaker_site import galleries, pages, quality
from tests.conftest import Tree
from tests.scripts import data_of, posters_of

LIMIT = 60_000


def build(posters: Path, folder: Path, **compose: Any) -> mm.Report:
    return mm.build(posters, folder / "map", work=folder / "work", extractor="classic", workers=1, compose=compose)


@pytest.fixture
def folder(posters: Path, tmp_path: Path) -> Path:
    """Where 30 posters have a map, and a work folder, its tiles a folder."""
    build(posters, tmp_path)
    return tmp_path


def told(folder: Path) -> Any:
    return data_of(folder / "map")


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
    build(posters, folder, galleries=False)  # of which with archives some tiles are files: see test_galleries
    before, loose = tree(folder / "map"), tiles(folder / "map")
    assert "archives" not in told(folder)["tiles"]
    report = build(posters, folder, galleries=False, tiles="pmtiles", archive_bytes=limit)
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
    assert tiles(folder / "map") == {overview: loose[overview]}
    changed = set(before.items() ^ tree(folder / "map").items())
    assert {name for name, _ in changed if not name.startswith("tiles")} == {"data/map.js", "data/manifest.json"}
    build(posters, folder, galleries=False)
    assert tree(folder / "map") == before


def test_what_is_given_about_the_map_is_in_its_page_and_data_and_nothing_else_is(posters: Path, folder: Path) -> None:
    page = (folder / "map/index.html").read_text(encoding="utf-8")
    assert told(folder)["about"] == {}
    assert "noindex" not in page
    assert "author" not in page
    about = {"description": "A <map>", "author": 'Jane "J" Doe', "credits": "Studios", "contact": "jane@example.org"}
    assert build(posters, folder, noindex=True, **about).ran == ["compose"]
    assert told(folder)["about"] == about
    page = (folder / "map/index.html").read_text(encoding="utf-8")
    assert '<meta name="robots" content="noindex">' in page
    assert '<meta name="author" content="Jane &quot;J&quot; Doe">' in page
    assert '<meta property="og:description" content="A &lt;map&gt;">' in page


def test_the_page_shows_the_picture_of_the_whole_map_to_those_without_javascript_and_beside_links(folder: Path) -> None:
    page = (folder / "map/index.html").read_text(encoding="utf-8")
    assert page.count('content="assets/overview.jpg"') == 2
    inside = page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert '<img class="overview" lang="" src="assets/overview.jpg"' in inside
    assert '<a href="list/index.html">All posters as a list</a>' in inside
    with Image.open(folder / "map/assets/overview.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 630))


def test_every_poster_has_similar_ones_which_are_other_posters(folder: Path) -> None:
    posters = posters_of(folder / "map")
    cells = {poster["cell"] for poster in posters}
    assert len(cells) == 30
    for poster in posters:
        assert len(set(poster["similar"])) == 12
        assert set(poster["similar"]) <= cells - {poster["cell"]}


def test_a_damaged_tile_is_one_line_that_says_what_to_do(posters: Path, folder: Path, tree: Tree) -> None:
    before = tree(folder / "map")
    for tile in (folder / "work/tiles").glob("*/*/*"):
        tile.write_bytes(b"nothing to see")
    with pytest.raises(ArtifactError, match=r"cannot read the tile .*; delete .* and build again"):
        build(posters, folder, title="Other")
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
        (
            {"base_url": "example.org"},
            "compose.base_url = 'example.org' is no address of a web page: write it as https://me.github.io/map/",
        ),
        ({"archive_bytes": -1}, "compose.archive_bytes = -1 is below 0"),
        ({"archive_bytes": 1.5}, "compose.archive_bytes = 1.5 is no whole number"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        ComposeStage(**options)
    assert str(error.value) == said


PAGES = ["framed", "_shelves", "_link", "_jumps", "_strip", "_section", "_entry", "turns", "_turn", "to_map"]
PAGES += ["shown_text", "_host", "lang_attribute"]
PARTS = ["_chapter", "_part", "_measure", "_table", "_row", "_shaded", "_item", "_drawing", "_bars", "_plan", "_mark"]
PARTS += ["_legend", "_plans"]
PICTURED = ["_percent", "_framed", "_poster", "_shown", "_picture", "_beside", "_order", "gallery_file", "index_file"]


@pytest.mark.parametrize(
    ("room", "name"),
    [(room, name) for room, names in ((pages, PAGES), (quality, PARTS), (galleries, PICTURED)) for name in names],
    ids=str,
)
def test_pages_that_would_look_otherwise_change_the_fingerprint(
    job: Job, room: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, render = ComposeStage().outside(job), getattr(room, name)
    monkeypatch.setattr(room, name, lambda *given, **named: render(*given, **named) + "<br>")
    assert ComposeStage().outside(job) != before


@pytest.mark.parametrize(
    ("room", "names", "others"),
    [
        (pages, PAGES, {"render_contents", "render_list", "entry_size", "page_file", "named", "cut"}),
        (quality, PARTS, {"render_quality"}),
        (galleries, PICTURED, {"render_gallery", "render_index", "render_cells"}),
    ],
    ids=["pages", "quality", "galleries"],
)
def test_every_function_that_renders_is_among_the_samples(room: ModuleType, names: list[str], others: set[str]) -> None:
    own = {name for name, one in vars(room).items() if inspect.isfunction(one) and one.__module__ == room.__name__}
    assert own - others == set(names)


def test_compose_runs_again_when_a_page_would_look_otherwise(
    posters: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build(posters, folder).ran == []
    monkeypatch.setattr(mapmaker_site, "LISTED", "<p>Otherwise</p>")
    assert build(posters, folder).ran == ["compose"]
    assert "Otherwise" in (folder / "map/index.html").read_text(encoding="utf-8")


def test_of_no_language_that_is_known_is_what_the_user_wrote_unless_it_is_told(posters: Path, folder: Path) -> None:
    page = (folder / "map/index.html").read_text(encoding="utf-8")
    assert '<title lang="">Posters</title>' in page
    assert '<h1 lang="">' in (folder / "map/list/index.html").read_text(encoding="utf-8")
    build(posters, folder, language="en")
    assert "<title>Posters</title>" in (folder / "map/index.html").read_text(encoding="utf-8")


def test_the_language_is_that_of_what_the_user_wrote(posters: Path, folder: Path) -> None:
    build(posters, folder, language="de", title="Plakate")
    page = (folder / "map/index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert '<title lang="de">Plakate</title>' in page
    assert "<p>A map of 30 posters" in page  # ours
    build(posters, folder, language="de", title="Plakate", description="Alle")
    assert '<p lang="de">Alle</p>' in (folder / "map/index.html").read_text(encoding="utf-8")
