"""The viewer on a map with a margin wider than a tile: everything is where the cells are."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import Open, served
from .handmade import Handmade, colour, poster_id, write_map
from .visit import assert_posters_shown, corners

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def spec() -> Handmade:
    return Handmade(columns=9, rows=4, holes=frozenset({7, 30}), margin=544)


@pytest.fixture(scope="module")
def site(spec: Handmade, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of this module, in place of the one of all tests."""
    folder = tmp_path_factory.mktemp("margin")
    write_map(folder, spec)
    return folder


@pytest.mark.parametrize("ratio", [1, 2])
def test_posters_are_in_their_cells_and_no_tile_is_asked_for_in_vain(
    ratio: int, open_map: Open, site: Path, spec: Handmade
) -> None:
    visit = open_map(device_scale_factor=ratio)
    assert_posters_shown(visit, spec)
    for place in ("2/0/0", "2/9/4", "2/4.5/2"):
        visit.page.evaluate("hash => { location.hash = hash }", place)
        visit.settle()
    asked = {url.partition("/tiles/")[2] for url in visit.requested} - {""}
    there = {path.relative_to(site / "tiles").as_posix() for path in site.rglob("*.webp")}
    assert asked <= there
    assert {name for name in asked if name.startswith("2/")} == {name for name in there if name.startswith("2/")}
    assert "2/0/0.webp" not in there  # nothing but margin


def test_a_click_on_a_poster_opens_its_card_with_its_whole_picture(open_map: Open, site: Path, spec: Handmade) -> None:
    with served(site) as address:
        visit = open_map(base=address, trouble=True)  # Chromium complains of slow reading
        visit.settle()
        visit.click(spec, 22)
        expect(visit.title).to_have_text("Film 22")
        visit.wait_for_hash(f".*/{poster_id(22)}")
        visit.page.wait_for_load_state("networkidle")
        picture = visit.card.get_by_role("img", name="Poster: Film 22").locator("canvas")
        assert corners(picture, spec.cell) == [[*colour(22), 255]] * 4
        visit.page.goto("about:blank")
