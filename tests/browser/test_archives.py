"""The viewer on a map whose tiles are in archives, over our own server and over one that knows no ranges."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from mapmaker.server.static import open_server
from mapmaker_tiles import plan_archives, stored_tile
from tests.scripts import data_of

from .conftest import Open, served
from .handmade import Handmade, colour, map_record, poster_id, write_data
from .visit import Visit, assert_posters_shown, corners

pytestmark = pytest.mark.browser

LIMIT = 200_000


@contextmanager
def served_in_ranges(folder: Path) -> Iterator[str]:
    """As `mapmaker serve` does; gives the address of the root, with a slash."""
    with open_server(folder, 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def packed(copied: Path, spec: Handmade) -> Path:
    """The handmade map, its tiles in archives but for the one that the page shows without JavaScript."""
    tiles = copied / "tiles"
    names = [path.relative_to(tiles).as_posix() for path in tiles.rglob("*.webp")]
    archives = plan_archives([stored_tile(tiles, name) for name in names], LIMIT)
    assert len(archives) > 1
    for number, archive in enumerate(archives):
        archive.write(tiles / f"map-{number}.pmtiles")
    for name in names:
        if name != "0/0/0.webp":
            (tiles / name).unlink()
    record = map_record(spec)
    record["tiles"]["archives"] = [archive.first for archive in archives]
    write_data(copied, "map", record)
    return copied


def leave(visit: Visit) -> None:
    """Let go of the server's connections."""
    visit.assert_clean()
    visit.page.goto("about:blank")


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_map_of_archives_shows_every_poster_in_its_cell(
    ratio: int, open_map: Open, packed: Path, spec: Handmade
) -> None:
    with served_in_ranges(packed) as address:
        visit = open_map(base=address, device_scale_factor=ratio)
        assert_posters_shown(visit, spec)
        for place in ("2/0/0", "2/12/8", "3/6/4"):
            visit.page.evaluate("hash => { location.hash = hash }", place)
            visit.settle()
        asked = {url.removeprefix(address) for url in visit.requested if "/tiles/" in url}
        assert len(asked) > 1
        assert all(name.startswith("tiles/map-") for name in asked)
        leave(visit)


def test_the_large_picture_is_cut_from_archives(open_map: Open, packed: Path, spec: Handmade) -> None:
    with served_in_ranges(packed) as address:
        visit = open_map(base=address, trouble=True)  # Chromium warns of slow reading
        visit.settle()
        visit.page.evaluate("hash => { location.hash = hash }", poster_id(41))  # cut by four tiles
        expect(visit.title).to_have_text("Film 41")
        visit.page.wait_for_load_state("networkidle")
        image = visit.card.get_by_role("img", name="Poster: Film 41").locator("canvas")
        assert corners(image, spec.cell) == [[*colour(41), 255]] * 4
        visit.page.goto("about:blank")


def test_zooming_about_in_haste_leaves_no_trouble(open_map: Open, packed: Path, spec: Handmade) -> None:
    with served_in_ranges(packed) as address:
        visit = open_map(base=address)
        for place in ("3/1/1", "1/6/4", "3/11/7", "2/0/8", "3/6/4", ""):
            visit.page.evaluate("hash => { location.hash = hash }", place)
        assert_posters_shown(visit, spec)
        leave(visit)


def test_from_a_folder_the_page_says_that_it_takes_a_server(open_map: Open, packed: Path) -> None:
    visit = open_map(base=packed.as_uri() + "/")
    panel = visit.page.get_by_role("alert")
    expect(panel).to_contain_text("The pictures of this map are in archives, which a page opened from a folder cannot")
    expect(panel).to_contain_text("mapmaker serve FOLDER")


def test_a_host_without_ranges_is_named_for_what_it_lacks(open_map: Open, packed: Path) -> None:
    with served(packed) as address:
        visit = open_map(base=address)
        notice = visit.page.get_by_role("status")
        expect(notice).to_contain_text(".pmtiles could not be read; some posters are not shown.")
        expect(notice).to_contain_text("It takes a web server that answers range requests.")
        leave(visit)


def test_a_missing_archive_is_named_and_tried_again(open_map: Open, packed: Path, spec: Handmade) -> None:
    archives = sorted((packed / "tiles").glob("*.pmtiles"))
    for archive in archives:
        archive.rename(archive.with_suffix(".away"))
    with served_in_ranges(packed) as address:
        visit = open_map(base=address, trouble=True)
        expect(visit.page.get_by_role("status")).to_contain_text("could not be read")
        for archive in archives:
            archive.with_suffix(".away").rename(archive)
        visit.page.get_by_role("button", name="Dismiss").click()
        for place in ("3/6/4", "3/0/0", ""):  # away from the tiles that failed, and back
            visit.page.evaluate("hash => { location.hash = hash }", place)
            visit.page.wait_for_timeout(400)
        assert_posters_shown(visit, spec)
        expect(visit.page.get_by_role("status")).to_be_empty()
        visit.page.goto("about:blank")


def test_a_demo_map_of_archives_opens_as_it_was_built(open_map: Open, posters: Path, tmp_path: Path) -> None:
    import mapmaker as mm

    options: Any = {"extractor": "classic", "workers": 1, "compose": {"tiles": "pmtiles", "archive_bytes": 60_000}}
    mm.build(posters, tmp_path / "map", **options)
    with served_in_ranges(tmp_path / "map") as address:
        visit = open_map(base=address)
        visit.settle()
        shown = visit.page.locator(".leaflet-tile").evaluate_all("tiles => tiles.map(tile => tile.naturalWidth)")
        assert shown
        assert set(shown) == {data_of(tmp_path / "map")["tiles"]["size"]}
        leave(visit)
