"""Labels, overview, similar posters, tour, random poster, about, and the map in a frame, in a real Chromium."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import PHONE, Open, served
from .handmade import HOSTILE, Handmade, map_record, poster_id, similar, write_data, write_map
from .visit import Visit, assert_posters_shown

pytestmark = pytest.mark.browser

CLUSTERS = [
    {"slug": "a", "name": "Westerns", "size": 300, "cell": [12, 10]},
    {"slug": "b", "name": "Crowded out", "size": 100, "cell": [13, 10]},
    {"slug": "c", "name": "At the very edge of the map", "size": 50, "cell": [39, 29]},
    {"slug": "d", "name": HOSTILE[:90], "size": 40, "cell": [20, 20]},
]
ABOUT = {
    "description": "All of it. See https://example.org/about.",
    "author": "<b>Jane</b>",
    "credits": "javascript:alert(1)",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "contact": "jane@example.org",
}
ATTRIBUTION = {"lines": ["Made with films of https://films.example/.", HOSTILE[:90]], "others": 1234}


@pytest.fixture(scope="module")
def small() -> Handmade:
    """Cells so small that their clusters' names are needed."""
    return Handmade(columns=40, rows=30, cell=(48, 72), holes=frozenset({7}))


@pytest.fixture(scope="module")
def clustered(small: Handmade, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a map with small cells, named clusters, and all that can be said about it."""
    folder = tmp_path_factory.mktemp("clustered")
    write_map(folder, small)
    said = {"clusters": CLUSTERS, "about": ABOUT, "attribution": ATTRIBUTION}
    write_data(folder, "map", {**map_record(small), **said})
    return folder.as_uri() + "/"


def transform(visit: Visit) -> Any:
    """How far the map is panned."""
    return visit.page.locator(".leaflet-map-pane").evaluate("pane => pane.style.transform")


# Labels


def test_clusters_are_named_over_their_regions_without_overlap(open_map: Open, clustered: str, small: Handmade) -> None:
    visit = open_map(base=clustered)
    label = visit.page.locator(".label")
    for name in ("Westerns", "At the very edge of the map"):
        expect(label.filter(has_text=name)).to_be_visible()
    expect(label.filter(has_text="Crowded out")).to_be_hidden()
    expect(label.nth(3)).to_have_text(HOSTILE[:90])
    box = label.filter(has_text="At the very edge").bounding_box()
    assert box is not None
    edge = visit.map_box(small)
    assert box["x"] + box["width"] <= edge["x"] + small.size[0] * edge["scale"] + 1


def test_a_click_on_a_name_flies_to_its_region_where_posters_speak_for_themselves(
    open_map: Open, clustered: str
) -> None:
    visit = open_map(base=clustered)
    visit.page.locator(".label", has_text="At the very edge").click()
    visit.wait_for_hash("3/39.5/29.5")
    expect(visit.page.locator(".label", has_text="At the very edge")).to_be_hidden()
    expect(visit.card).to_be_hidden()


def test_a_drag_that_starts_on_a_name_moves_the_map(open_map: Open, clustered: str) -> None:
    visit = open_map("#2/12/10", base=clustered)
    visit.settle()
    before = transform(visit)
    box = visit.page.locator(".label", has_text="Westerns").bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + 10, box["y"] + 10)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 120, box["y"] + 10, steps=5)
    visit.page.mouse.up()
    visit.page.wait_for_timeout(500)
    assert transform(visit) != before
    assert visit.hash.startswith("2/")


def test_names_are_no_stops_for_keyboard_or_screen_reader(open_map: Open, clustered: str) -> None:
    visit = open_map(base=clustered)
    pane = visit.page.locator(".leaflet-labels-pane")
    expect(pane).to_have_attribute("aria-hidden", "true")
    expect(pane.locator("[tabindex], button, a")).to_have_count(0)


def test_large_posters_need_no_names(open_map: Open) -> None:
    visit = open_map()
    expect(visit.page.locator(".label").first).to_be_hidden()


# The overview in the corner


def test_the_overview_shows_where_the_view_is_and_moves_it(open_map: Open) -> None:
    visit = open_map()
    picture = visit.page.locator(".minimap-picture")
    expect(picture).to_be_hidden()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("+")
    expect(picture).to_be_visible()
    visit.wait_for_hash("2/6/4")
    box = picture.bounding_box()
    assert box is not None
    assert max(box["width"], box["height"]) == 200
    visit.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    visit.wait_for_hash(r"2/(2\.9\d|3|3\.0\d)/(1\.9\d|2|2\.0\d)")
    visit.settle()
    view = visit.page.locator(".minimap-view").bounding_box()
    assert view is not None
    assert view["x"] + view["width"] / 2 == pytest.approx(box["x"] + box["width"] / 4, abs=2)
    visit.page.mouse.move(box["x"] + 50, box["y"] + 50)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    visit.page.mouse.up()
    visit.wait_for_hash(r"2/(5\.9\d|6|6\.0\d)/(3\.9\d|4|4\.0\d)")
    expect(visit.card).to_be_hidden()


def test_a_folded_overview_stays_folded_for_the_session(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map("#2/6/4", base=address)
        visit.page.get_by_role("button", name="Hide the overview").click()
        unfold = visit.page.get_by_role("button", name="Show the overview")
        expect(unfold).to_have_attribute("aria-expanded", "false")
        visit.page.reload()
        expect(visit.page.locator(".minimap-picture")).to_be_hidden()
        unfold.click()
        expect(visit.page.locator(".minimap-picture")).to_be_visible()
        visit.page.goto("about:blank")


def test_the_first_view_costs_no_tile_for_the_overview(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    assert not any("/tiles/0/0/0" in url for url in visit.requested)


# The card


def test_similar_posters_are_named_when_reached_and_flown_to_when_chosen(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(17)}")
    found = similar(spec, 17)[2][0]
    strip = visit.card.get_by_role("group", name="Most like it").get_by_role("button")
    expect(strip).to_have_count(12)
    third = strip.nth(2)
    expect(third).to_have_accessible_name(
        re.compile(r"Similar poster 3 of 12, likeness [01]\.\d\d, above [\d.]+% of pairs")
    )
    third.focus()
    expect(third).to_have_accessible_name(re.compile(rf"Similar poster 3 of 12, .*: Film {found}"))
    visit.page.keyboard.press("Enter")
    expect(visit.title).to_have_text(f"Film {found}")
    visit.wait_for_hash(f"2/.*/{poster_id(found)}")
    assert visit.card.evaluate("card => card.contains(document.activeElement)")
    outline = visit.page.locator(".outline-chosen").bounding_box()
    assert outline is not None
    assert 0 < outline["x"] < 1440 - 360 - outline["width"]


def test_the_card_leads_to_the_poster_s_cluster(open_map: Open) -> None:
    visit = open_map("#3/11/7/p017")
    visit.card.get_by_role("button", name="In Odd ones").click()
    visit.page.wait_for_url(re.compile(r"#(?!3/)[\d.]+/[\d.]+/[\d.]+/p017$"))
    expect(visit.title).to_have_text("Film 17")


# Random poster and tour


def test_a_random_poster_is_any_poster(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    seen = set()
    for number in (0.0, 0.5, 0.999999):
        visit.page.evaluate("number => { Math.random = () => number }", number)
        visit.page.get_by_role("button", name="A random poster").click()
        expected = spec.posters[int(number * len(spec.posters))]
        if expected == spec.hostile:
            continue
        expect(visit.title).to_have_text(f"Film {expected}")
        seen.add(expected)
    assert {0, spec.posters[-1]} <= seen
    visit.wait_for_hash(f"2/.*/{poster_id(spec.posters[-1])}")


def test_the_tour_names_where_it_is_and_goes_on_by_itself(open_map: Open, clustered: str) -> None:
    visit = open_map(base=clustered)
    visit.page.clock.install()
    button = visit.page.get_by_role("button", name="Tour of the clusters")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    caption = visit.page.get_by_role("group", name="Tour", exact=True)
    for name in ("Westerns", "Crowded out"):
        expect(caption.get_by_role("status")).to_contain_text(name)
        visit.page.clock.run_for(6100)
    button.click()
    expect(caption).to_be_hidden()
    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("how", ["click", "wheel", "key", "escape", "stop"])
def test_the_tour_stops_at_the_first_touch(how: str, open_map: Open) -> None:
    visit = open_map()
    visit.page.get_by_role("button", name="Tour of the clusters").click()
    caption = visit.page.get_by_role("group", name="Tour", exact=True)
    expect(caption).to_contain_text("Even ones")
    {
        "click": lambda: visit.page.mouse.click(30, 600),
        "wheel": lambda: visit.page.mouse.wheel(0, 100),
        "key": lambda: visit.page.keyboard.press("ArrowLeft"),
        "escape": lambda: visit.page.keyboard.press("Escape"),
        "stop": lambda: visit.page.get_by_role("button", name="Stop").click(),
    }[how]()
    expect(caption).to_be_hidden()


def test_with_less_motion_the_tour_waits_for_the_visitor(open_map: Open) -> None:
    visit = open_map(reduced_motion="reduce")
    visit.page.get_by_role("button", name="Tour of the clusters").click()
    caption = visit.page.get_by_role("group", name="Tour", exact=True)
    next_ = caption.get_by_role("button", name="Next")
    expect(caption).to_contain_text("Even ones")
    next_.click()
    expect(caption).to_contain_text("Odd ones")
    next_.click()
    expect(caption).to_be_hidden()


# About


def test_about_says_who_and_links_only_what_is_an_address(open_map: Open, clustered: str) -> None:
    visit = open_map(base=clustered)
    button = visit.page.get_by_role("button", name="About this map")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    panel = visit.page.get_by_role("region", name="About this map")
    for text in ("All of it.", "<b>Jane</b>", "1,199 posters", "javascript:alert(1)"):
        expect(panel).to_contain_text(text)
    links = panel.get_by_role("link").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    outside = ["https://example.org/about", "list/index.html", ABOUT["licence"], "https://films.example/"]
    assert links == [*outside, "mailto:jane@example.org"]


def test_about_says_whom_the_table_wants_named(open_map: Open, clustered: str) -> None:
    visit = open_map(base=clustered)
    visit.page.get_by_role("button", name="About this map").click()
    panel = visit.page.get_by_role("region", name="About this map")
    expect(panel.get_by_text("Attribution", exact=True)).to_be_visible()
    for text in ("Made with films of https://films.example/.", HOSTILE[:90], "and 1,234 more, each with its posters"):
        expect(panel).to_contain_text(text)


def test_the_keyboard_reaches_the_clusters_from_about(open_map: Open, clustered: str) -> None:
    visit = open_map(base=clustered)
    visit.page.get_by_role("button", name="About this map").press("Enter")
    visit.page.get_by_role("button", name="Westerns 300").press("Enter")
    visit.wait_for_hash(r"\d/.*")
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("region", name="About this map")).to_be_hidden()
    assert visit.focused() == "About this map"


# Panel and card


def test_escape_closes_the_card_before_the_panel(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#p017")
    visit.page.get_by_role("button", name="About this map").click()
    panel = visit.page.get_by_role("region", name="About this map")
    expect(visit.title).to_have_text("Film 17")
    visit.page.keyboard.press("Escape")
    expect(visit.card).to_be_hidden()
    expect(panel).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_on_a_phone_the_card_stands_in_the_panel_s_place_and_gives_it_back(open_map: Open, spec: Handmade) -> None:
    visit = open_map(**PHONE)
    visit.settle()
    visit.page.get_by_role("button", name="About this map").tap()
    panel = visit.page.get_by_role("region", name="About this map")
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 375, 812)
    visit.page.touchscreen.tap(*visit.spot(spec, 14))
    expect(visit.title).to_have_text("Film 14")
    expect(panel).to_be_hidden()
    visit.card.get_by_role("button", name="Close").tap()
    expect(panel).to_be_visible()


def test_on_a_narrow_screen_the_focus_follows_from_panel_to_card_and_back(open_map: Open) -> None:
    visit = open_map(viewport={"width": 600, "height": 700})
    visit.page.get_by_role("button", name="Select").click()
    visit.page.get_by_role("button", name="All in view").click()
    row = visit.page.locator(".select-row").nth(1)
    row.press("Enter")
    expect(visit.title).to_have_text("Film 1")
    assert visit.card.evaluate("card => card.contains(document.activeElement)")
    visit.page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_on_a_phone_every_control_is_large_enough_and_on_the_screen(open_map: Open) -> None:
    visit = open_map("#2/6/4", **PHONE)
    buttons = visit.page.locator(".toolbar button")
    assert buttons.count() == 10
    for button in buttons.all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        assert box["y"] + box["height"] <= 812


@pytest.mark.parametrize("away", [False, True])
def test_a_panel_opens_beside_the_chosen_poster_unless_that_was_left_behind(away: bool, open_map: Open) -> None:
    visit = open_map("#2/8/4")
    visit.settle()
    visit.page.mouse.click(130, 500)
    expect(visit.title).to_have_text("Film 49")
    visit.settle()
    if away:
        visit.page.mouse.move(700, 450)
        visit.page.mouse.down()
        visit.page.mouse.move(400, 450, steps=4)
        visit.page.mouse.up()
        visit.settle()
    before = transform(visit)
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    visit.settle()
    box = visit.page.locator(".outline-chosen").bounding_box()
    assert box is not None
    assert (transform(visit) == before) == away
    assert (box["x"] >= visit.free()["x"]) == (not away)


def test_the_whole_map_lies_beside_a_panel_that_opens_on_the_way_home(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#2/6/4")
    visit.settle()
    visit.page.evaluate(
        """() => {
            document.querySelector("[aria-label='Show the whole map']").click();
            setTimeout(() => document.querySelector("[aria-label='Filter']").click(), 120);
        }"""
    )
    visit.page.wait_for_url(lambda url: "#" not in url)
    expect(visit.page.get_by_role("button", name="Close the panel")).to_be_visible()
    assert_posters_shown(visit, spec)


def test_a_window_that_changes_during_a_flight_does_not_turn_it_round(open_map: Open) -> None:
    visit = open_map("#3/10/6/p083")
    expect(visit.title).to_have_text("Film 83")
    visit.settle()
    visit.card.get_by_role("button", name="In Odd ones").click()
    visit.page.wait_for_timeout(200)
    visit.page.set_viewport_size({"width": 1300, "height": 800})
    visit.page.wait_for_timeout(1500)
    assert float(visit.hash.split("/")[1]) < 6


# In a frame of another page


def test_a_bare_map_has_only_posters_their_cards_and_a_way_out(open_map: Open, spec: Handmade) -> None:
    visit = open_map("?ui=0")
    assert_posters_shown(visit, spec)
    for part in (".plate", ".toolbar", ".panel", ".minimap"):
        assert visit.page.locator(part).locator("visible=true").count() == 0
    visit.page.keyboard.press("/")
    assert visit.page.locator(".panel").locator("visible=true").count() == 0
    visit.click(spec, 17)
    expect(visit.title).to_have_text("Film 17")
    visit.page.wait_for_url(re.compile(r"\?ui=0#.*p017"))
    link = visit.page.get_by_role("link", name="Open the whole map")
    link.hover()
    href = link.evaluate("link => link.href")
    assert "?ui" not in href
    assert href.endswith("/p017")
