"""Searching on a handmade map, in a real Chromium."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from .conftest import PHONE, Open, served
from .handmade import HOSTILE, Handmade, colour, write_map
from .visit import Visit, near

pytestmark = pytest.mark.browser


def field(visit: Visit) -> Locator:
    return visit.page.get_by_role("combobox", name="Search", exact=True)


def options(visit: Visit) -> Locator:
    return visit.page.get_by_role("listbox", name="Posters found").get_by_role("option")


def status(visit: Visit) -> Locator:
    return visit.page.locator(".search").get_by_role("status")


def search(visit: Visit, text: str) -> None:
    visit.page.keyboard.press("/")
    expect(field(visit)).to_be_focused()
    field(visit).fill(text)


def lit_cells(visit: Visit, spec: Handmade) -> set[int]:
    """The cells that are shown in their own colours; those that something covers are left out."""
    visit.settle()
    picture = visit.picture()
    seen = {cell: visit.spot(spec, cell, part=0.2) for cell in spec.posters}
    return {cell for cell, (x, y) in seen.items() if x > 340 and near(picture.getpixel((int(x), int(y))), colour(cell))}


def test_the_keyboard_alone_searches_flies_there_and_closes(open_map: Open) -> None:
    visit = open_map()
    visit.map.focus()
    search(visit, "film 41")
    expect(status(visit)).to_have_text("1 found")
    expect(options(visit)).to_have_text(["Film 41 1961"])
    visit.page.keyboard.press("Enter")
    expect(visit.title).to_have_text("Film 41")
    visit.wait_for_hash(r"[\d.]+/[\d.]+/[\d.]+/p041\?q=film\+41")
    visit.page.keyboard.press("Escape")
    expect(visit.card).to_be_hidden()
    expect(field(visit)).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(field(visit)).to_be_hidden()
    expect(visit.map).to_be_focused()
    visit.page.keyboard.press("/")
    expect(field(visit)).to_have_value("film 41")


def test_the_slash_leads_back_to_the_field_from_anywhere(open_map: Open) -> None:
    visit = open_map()
    search(visit, "film 4")
    expect(status(visit)).to_have_text("18 found")
    visit.map.focus()
    visit.page.keyboard.press("/")
    expect(field(visit)).to_be_focused()
    expect(field(visit)).to_have_value("film 4")


def test_enter_before_the_answer_flies_nowhere_once_the_search_is_closed(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map(base=address)
        held: list[Route] = []
        visit.page.route("**/data/search/*.js", lambda route: held.append(route))
        search(visit, "film 41")
        visit.page.keyboard.press("Enter")
        visit.page.keyboard.press("Escape")
        for route in held:
            route.continue_()
        expect(visit.page.locator(".lit-chip")).to_contain_text("1 of 89 match")
        visit.page.keyboard.press("/")
        expect(options(visit)).to_have_text(["Film 41 1961"])
        visit.page.wait_for_timeout(300)
        expect(visit.card).to_be_hidden()
        visit.page.goto("about:blank")


def test_of_two_columns_chosen_one_after_the_other_the_last_is_listed(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map("#?q=film", base=address)
        expect(visit.page.locator(".lit-chip")).to_contain_text("88 of 89 match")
        visit.page.keyboard.press("/")
        expect(options(visit).first).to_have_text("Film 0 1920")
        held: list[Route] = []
        visit.page.route("**/data/search/*.js", lambda route: held.append(route))
        column = visit.page.get_by_role("combobox", name="Search in", exact=True)
        column.select_option("director")
        column.select_option("title")
        expect(status(visit)).to_have_text("88 found")
        for route in held:
            route.continue_()
        visit.page.wait_for_timeout(300)
        field(visit).press("ArrowDown")
        expect(options(visit).first).to_have_attribute("aria-selected", "true")
        visit.page.goto("about:blank")


def test_arrows_move_through_what_is_found_and_the_field_keeps_the_focus(open_map: Open) -> None:
    visit = open_map()
    search(visit, "film 7")
    expect(options(visit).first).to_have_text("Film 7 1927")
    for keys, place in (("Down", 0), ("Down", 1), ("Down", 2), ("Up", 1)):
        visit.page.keyboard.press(f"Arrow{keys}")
        chosen = options(visit).nth(place)
        expect(chosen).to_have_attribute("aria-selected", "true")
        expect(field(visit)).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    expect(field(visit)).to_be_focused()
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("ArrowUp")
    expect(visit.page.locator("[aria-activedescendant]")).to_have_count(0)


def test_what_is_found_is_lit_and_the_rest_dark(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    search(visit, "")
    everything = lit_cells(visit, spec)
    search(visit, "film 4")
    expect(visit.page.locator(".lit-chip")).to_contain_text("18 of 89 match")
    visit.page.mouse.move(1300, 880)
    found = {cell for cell in everything if "4" in str(cell)}
    assert lit_cells(visit, spec) == found and len(found) > 10
    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(visit.page.locator(".lit-chip")).to_have_text("89 posters")
    expect(field(visit)).to_have_value("")
    assert lit_cells(visit, spec) == everything


@pytest.mark.parametrize("options_", [{}, PHONE, {"color_scheme": "light"}])
@pytest.mark.parametrize("place", ["", "0.37/6/4", "1/6/4", "2/6.3/4.1", "3/3.3/2.2"])
def test_the_darkness_ends_where_a_poster_does_at_every_zoom(
    place: str, options_: dict[str, Any], open_map: Open, spec: Handmade
) -> None:
    visit = open_map(f"#{place}?q=film+4", **options_)
    expect(visit.page.locator(".shade-on")).to_have_count(1)
    visit.settle()
    boxes = visit.page.evaluate(
        """() => [...document.querySelectorAll(".shade, .leaflet-tile")].map((element) => {
            const {x, y, width, height} = element.getBoundingClientRect();
            return [x, y, width, height, element.src ?? ""];
        })"""
    )
    (shade,), tiles = [box for box in boxes if not box[4]], [box for box in boxes if box[4]]
    for x, y, width, _, source in tiles:
        zoom, column, row = map(int, re.findall(r"tiles/(\d+)/(\d+)/(\d+)", source)[0])
        pixel = width / 512 * 2 ** (zoom - spec.max_zoom)  # screen pixels a deepest pixel
        corner = [x - column * width, y - row * width]
        assert shade[:2] == pytest.approx(corner, abs=0.02)
        assert shade[2:4] == pytest.approx([spec.columns * 96 * pixel, spec.rows * 144 * pixel], abs=0.02)


def test_every_text_column_can_be_searched(open_map: Open) -> None:
    visit = open_map()
    search(visit, "doe")
    expect(status(visit)).to_have_text("Nothing found")
    visit.page.get_by_label("Search in").select_option("director")
    expect(status(visit)).to_have_text("88 found")
    expect(options(visit).first).to_have_text("Film 0 1920 · Jane Doe")
    visit.wait_for_hash(r"\?q=doe&in=director")


def test_hostile_titles_are_found_and_shown_as_text(open_map: Open) -> None:
    visit = open_map()
    search(visit, "</script><img")
    expect(options(visit)).to_have_text([re.compile(re.escape(HOSTILE[:40]))])
    visit.page.keyboard.press("Enter")
    expect(visit.title).to_contain_text("<img src=x")
    expect(visit.page).to_have_title("Handmade map")


def test_titles_that_come_late_are_searched_when_the_panel_opens_again(open_map: Open, copied: Path) -> None:
    file = copied / "data/search/0.js"
    away = file.rename(copied / "away.js")
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    search(visit, "film 41")
    expect(visit.page.get_by_text("data/search/0.js is missing").first).to_be_visible()
    visit.page.keyboard.press("Escape")
    away.rename(file)
    visit.page.keyboard.press("/")
    expect(status(visit)).to_have_text("1 found")
    expect(visit.page.locator(".lit-chip")).to_contain_text("1 of 89 match")


@pytest.fixture
def many(tmp_path: Path) -> str:
    """The address of a map with more posters than are listed."""
    write_map(tmp_path / "large", Handmade(columns=16, rows=8, cell=(48, 72), holes=frozenset()))
    return f"{(tmp_path / 'large').as_uri()}/"


def test_long_lists_come_a_screenful_at_a_time_are_cut_and_say_so(open_map: Open, many: str) -> None:
    visit = open_map("#?q=film", base=many)
    visit.page.keyboard.press("/")
    expect(status(visit)).to_have_text("127 found")
    expect(options(visit)).to_have_count(20)
    expect(options(visit).first).to_have_attribute("aria-setsize", "100")
    for count in (40, 60, 80, 100):
        options(visit).last.scroll_into_view_if_needed()
        expect(options(visit)).to_have_count(count)
    expect(options(visit).last).to_have_attribute("aria-posinset", "100")
    expect(visit.page.get_by_text("and 27 more")).to_be_visible()
    numbers = options(visit).evaluate_all("(rows) => rows.map((row) => row.id)")
    assert len(set(numbers)) == 100
    field(visit).fill("film 1")
    expect(options(visit)).to_have_count(20)


def test_the_arrows_lead_beyond_the_first_screenful_to_the_last_that_is_listed(open_map: Open, many: str) -> None:
    visit = open_map("#?q=film", base=many)
    visit.page.keyboard.press("/")
    expect(options(visit)).to_have_count(20)
    for _ in range(19):
        field(visit).press("PageDown")
    field(visit).press("ArrowDown")
    expect(options(visit).nth(95)).to_have_attribute("aria-selected", "true")
    expect(options(visit).nth(95)).to_be_in_viewport()
    field(visit).press("PageDown")
    expect(options(visit).nth(99)).to_have_attribute("aria-selected", "true")
    expect(options(visit).and_(visit.page.locator("[aria-selected=true]"))).to_have_count(1)


def test_years_tell_namesakes_apart_and_without_them_the_list_is_there_all_the_same(
    open_map: Open, copied: Path
) -> None:
    visit = open_map("#?q=film+41", base=copied.as_uri() + "/", trouble=True)
    (copied / "data/facets.js").rename(copied / "away.js")
    visit.page.keyboard.press("/")
    expect(options(visit)).to_have_text(["Film 41"])
    visit.page.wait_for_timeout(200)
    expect(visit.page.locator(".notice")).to_be_hidden()
    visit.page.keyboard.press("Escape")
    (copied / "away.js").rename(copied / "data/facets.js")
    visit.page.keyboard.press("/")
    expect(options(visit)).to_have_text(["Film 41 1961"])


def test_back_leads_to_before_the_search_and_forward_into_it_again(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    search(visit, "film 4")
    visit.wait_for_hash(r"\?q=film\+4")
    field(visit).fill("film 41")
    visit.wait_for_hash(r"\?q=film\+41")
    visit.page.go_back()
    expect(visit.page.locator(".lit-chip")).to_have_text("89 posters")
    expect(field(visit)).to_have_value("")
    assert visit.hash == ""
    visit.page.go_forward()
    expect(visit.page.locator(".lit-chip")).to_contain_text("1 of 89 match")
    expect(field(visit)).to_have_value("film 41")


def test_a_link_to_another_maps_column_or_cluster_is_no_error(open_map: Open) -> None:
    visit = open_map("#?q=film+41&in=actor&cluster=nowhere&any=nothing")
    expect(visit.page.locator(".lit-chip")).to_contain_text("1 of 89 match")


def test_titles_are_loaded_only_when_search_opens(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    assert not any("/search/" in url for url in visit.requested)
    visit.page.keyboard.press("/")
    expect(status(visit)).to_have_text("Words in any order; small typing errors are forgiven.")
    assert sum("/search/" in url for url in visit.requested) == 1


def test_titles_that_are_missing_have_a_face(open_map: Open, copied: Path) -> None:
    (copied / "data/search/0.js").unlink()
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    search(visit, "film 4")
    expect(status(visit)).to_have_text("data/search/0.js is missing or damaged.")
    expect(visit.page.locator(".notice")).to_contain_text("data/search/0.js")


def test_on_a_phone_a_tap_on_a_result_shows_it(open_map: Open) -> None:
    visit = open_map(**PHONE)
    visit.page.get_by_role("button", name="Search", exact=True).tap()
    field(visit).fill("film 41")
    options(visit).first.tap()
    expect(visit.title).to_have_text("Film 41")
    visit.page.keyboard.press("Escape")
    expect(options(visit)).to_have_count(1)
    for control in visit.page.locator(".search").locator("button, input, select").all():
        box = control.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44


@pytest.mark.parametrize("start", ["the page", "a tag of the card"])
def test_escape_after_a_search_leaves_the_focus_on_the_map(start: str, open_map: Open) -> None:
    visit = open_map("" if start == "the page" else "#p017")
    if start != "the page":
        visit.card.get_by_role("button", name="Only posters tagged Drama").focus()
    search(visit, "film 40")
    expect(options(visit)).not_to_have_count(0)
    visit.page.keyboard.press("Enter")
    expect(visit.title).to_have_text("Film 40")
    visit.page.keyboard.press("Escape")
    expect(visit.card).to_be_hidden()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("region", name="Search")).to_be_hidden()
    expect(visit.map).to_be_focused()
