"""Selecting posters by box, lasso and keyboard, reading and saving the list, in a real Chromium."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Download, Route, expect

from .conftest import PHONE, Open, served
from .handmade import HOSTILE, Handmade, poster_id, write_map
from .visit import Visit

pytestmark = pytest.mark.browser


def start(visit: Visit, pen: str) -> None:
    visit.settle()
    visit.page.get_by_role("button", name="Select").click()
    visit.page.get_by_role("button", name=pen).click()


def drag(visit: Visit, *spots: tuple[float, float]) -> None:
    visit.page.mouse.move(*spots[0])
    visit.page.mouse.down()
    for spot in spots[1:]:
        visit.page.mouse.move(*spot, steps=5)
    visit.page.mouse.up()


def select_block(visit: Visit, spec: Handmade) -> None:
    """The cells [5, 1] to [7, 2]: 17, 18, 19, 29, 31, for 30 is a hole."""
    start(visit, "Box")
    drag(visit, visit.spot(spec, 17, 0.2), visit.spot(spec, 31, 0.8))


def listed(visit: Visit) -> list[str]:
    return visit.page.locator(".select-row > span:first-of-type").all_text_contents()


def save(visit: Visit, name: str) -> tuple[str, bytes]:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name=name).click()
    download: Download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def test_a_box_selects_the_posters_in_it_and_lists_them(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    select_block(visit, spec)
    expect(visit.page.get_by_text("5 posters selected")).to_be_visible()
    expect(visit.page.locator(".select-row")).to_have_text(
        [f"Film {cell}{1920 + cell}" for cell in (17, 18, 19, 29, 31)]
    )
    outline = visit.page.locator(".outline-selected").bounding_box()
    assert outline is not None
    left, top = visit.spot(spec, 17, 0)
    assert outline["x"] == pytest.approx(left, abs=6)
    assert outline["y"] == pytest.approx(top, abs=6)


def test_a_lasso_selects_what_it_goes_around(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    start(visit, "Lasso")
    corners = [visit.spot(spec, cell, 0.5) for cell in (6, 17, 31, 21)]
    middle = visit.spot(spec, 19)
    drag(visit, *[(x + (x - middle[0]) * 0.2, y + (y - middle[1]) * 0.2) for x, y in corners])
    expect(visit.page.get_by_text("posters selected")).to_be_visible()
    expect(visit.page.locator(".select-row").filter(has_text="Film 18")).to_have_count(1)
    assert {"Film 18", "Film 19", "Film 20"} <= set(listed(visit))
    assert not {"Film 4", "Film 33", "Film 41"} & set(listed(visit))


def test_the_map_stays_where_it_is_while_one_draws_and_escape_leaves(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#2/6/4")
    start(visit, "Box")
    box = visit.page.get_by_role("button", name="Box")
    expect(box).to_have_attribute("aria-pressed", "true")
    drag(visit, (700, 300), (900, 500))
    expect(visit.page.get_by_text("selected")).to_be_visible()
    expect(box).to_have_attribute("aria-pressed", "false")
    assert visit.hash == "2/6/4"
    expect(visit.card).to_be_hidden()
    visit.page.get_by_role("button", name="Lasso").click()
    expect(visit.page.get_by_text("Draw a line around posters")).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_text("Draw a line around posters")).to_be_hidden()
    expect(visit.page.get_by_role("region", name="Select")).to_be_visible()
    drag(visit, (700, 300), (900, 300))
    visit.wait_for_hash(r"2/[^6].*")


def test_a_slip_of_the_hand_selects_nothing(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    start(visit, "Box")
    visit.page.mouse.click(*visit.spot(spec, 41))
    visit.page.wait_for_timeout(300)
    expect(visit.page.get_by_text("Drag a box")).to_be_visible()
    expect(visit.card).to_be_hidden()
    expect(visit.page.get_by_text("selected")).to_be_hidden()


def test_a_finger_draws_on_a_phone_with_the_map_in_sight(open_map: Open, spec: Handmade) -> None:
    visit = open_map(**PHONE)
    visit.settle()
    visit.page.get_by_role("button", name="Select").tap()
    visit.page.get_by_role("button", name="Box").tap()
    panel = visit.page.get_by_role("region", name="Select")
    expect(panel).to_be_hidden()
    (x0, y0), (x1, y1) = visit.spot(spec, 17, 0.2), visit.spot(spec, 31, 0.8)
    session = visit.page.context.new_cdp_session(visit.page)
    for kind, points in (
        ("touchStart", [(x0, y0)]),
        ("touchMove", [((x0 + x1) / 2, (y0 + y1) / 2)]),
        ("touchMove", [(x1, y1)]),
        ("touchEnd", []),
    ):
        touches = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    expect(panel).to_be_visible()
    expect(visit.page.get_by_text("5 posters selected")).to_be_visible()


def test_a_second_finger_neither_ends_the_drawing_nor_clears_it(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    start(visit, "Box")
    visit.page.mouse.move(*visit.spot(spec, 17, 0.2))
    visit.page.mouse.down()
    visit.page.mouse.move(*visit.spot(spec, 30))
    for kind in ("pointerdown", "pointerup", "pointercancel"):
        visit.page.locator(".drawing").dispatch_event(kind, {"isPrimary": False, "pointerId": 9})
    visit.page.mouse.move(*visit.spot(spec, 31, 0.8))
    visit.page.mouse.up()
    expect(visit.page.get_by_text("5 posters selected")).to_be_visible()


def test_the_keyboard_selects_what_is_in_view_reads_flies_and_clears(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    press = visit.page.keyboard.press
    visit.page.get_by_role("button", name="Select").press("Enter")
    assert visit.focused() == "Box"
    press("Tab")
    press("Tab")
    assert visit.focused() == "All in view"
    press("Enter")
    expect(visit.page.get_by_text("posters selected")).to_be_visible()
    row = visit.page.locator(".select-row").nth(20)
    row.focus()
    expect(row).to_contain_text("Film")
    press("Enter")
    expect(visit.title).to_have_text(listed(visit)[20])
    press("Escape")
    visit.page.get_by_role("button", name="Clear").press("Enter")
    expect(visit.page.get_by_text("posters selected")).to_be_hidden()
    assert visit.focused() == "Box"


def test_a_selection_is_saved_as_csv_whole_and_harmless(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    start(visit, "Box")
    drag(visit, visit.spot(spec, 4, 0.2), visit.spot(spec, 6, 0.8))
    expect(visit.page.get_by_text("3 posters selected")).to_be_visible()
    name, content = save(visit, "Save as CSV")
    assert name == "Handmade map selection.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == [poster_id(cell) for cell in (4, 5, 6)]
    assert rows[1]["title"] == HOSTILE
    assert rows[0] == {
        "id": "p004",
        "title": "Film 4",
        "year": "1924",
        "tags": "Drama|Western",
        "url": "https://example.org/film/4",
        "cluster": "Even ones",
        "director": "Jane Doe",
        "page": "https://example.org/",
    }


def test_a_selection_is_saved_as_json(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    select_block(visit, spec)
    name, content = save(visit, "Save as JSON")
    assert name == "Handmade map selection.json"
    records = json.loads(content)
    assert [record["title"] for record in records] == [f"Film {cell}" for cell in (17, 18, 19, 29, 31)]
    assert records[0]["year"] == 1937
    assert records[0]["more"] == {"director": "Jane Doe", "page": "https://example.org/"}


def test_of_a_large_selection_the_first_are_listed_and_all_are_saved(open_map: Open, tmp_path: Path) -> None:
    spec = Handmade(columns=30, rows=20, cell=(16, 24))
    write_map(tmp_path, spec)
    # So wide that neither panel nor controls stand on the map.
    visit = open_map(base=tmp_path.as_uri() + "/", viewport={"width": 1800, "height": 900})
    start(visit, "Box")
    drag(visit, (1600, 15), (400, 890))
    count = len(spec.posters)
    expect(visit.page.get_by_text(f"{count} posters selected")).to_be_visible()
    expect(visit.page.locator(".select-row")).to_have_count(200)
    expect(visit.page.get_by_text(f"and {count - 200} more")).to_be_attached()
    _, content = save(visit, "Save as JSON")
    assert [record["id"] for record in json.loads(content)] == [poster_id(cell) for cell in spec.posters]


def test_a_missing_file_is_named_and_nothing_is_saved(open_map: Open, copied: Path, spec: Handmade) -> None:
    (copied / "data/posters/1-0.js").unlink()
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    select_block(visit, spec)
    region = visit.page.get_by_role("region", name="Select")
    expect(region).to_contain_text("data/posters/1-0.js is missing or damaged")
    visit.page.get_by_role("button", name="Save as CSV").click()
    expect(region).to_contain_text("data/posters/1-0.js could not be loaded, so nothing was saved.")


def test_while_posters_load_for_a_file_no_other_can_be_asked_for(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map(base=address)
        visit.settle()
        held: list[Route] = []
        visit.page.route("**/data/posters/*.js", lambda route: held.append(route))
        visit.page.get_by_role("button", name="Select").click()
        visit.page.get_by_role("button", name="All in view").click()
        saver = visit.page.get_by_role("button", name="Save as CSV")
        expect(saver).to_have_attribute("aria-disabled", "false")
        downloads: list[Download] = []
        visit.page.on("download", lambda download: downloads.append(download))
        saver.dispatch_event("click")
        saver.dispatch_event("click")
        expect(saver).to_have_attribute("aria-disabled", "true")
        visit.page.route("**/data/posters/*.js", lambda route: route.continue_())
        for route in held:
            route.continue_()
        expect(visit.page.get_by_text("Saved as")).to_be_visible()
        expect(saver).to_have_attribute("aria-disabled", "false")
        visit.page.wait_for_timeout(300)
        assert len(downloads) == 1
        visit.page.goto("about:blank")


def test_a_selection_holds_only_what_matches_and_follows_the_filter(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#?years=1937-1939")
    select_block(visit, spec)
    region = visit.page.get_by_role("region", name="Select")
    expect(region).to_contain_text("3 of 5 selected match the filter")
    expect(visit.page.locator(".select-row")).to_have_text(["Film 171937", "Film 181938", "Film 191939"])
    _, content = save(visit, "Save as JSON")
    assert [record["id"] for record in json.loads(content)] == [poster_id(cell) for cell in (17, 18, 19)]
    outline = visit.page.locator(".outline-selected").bounding_box()
    assert outline is not None
    assert outline["height"] == pytest.approx(2 * (visit.spot(spec, 29, 1)[1] - visit.spot(spec, 29, 0)[1]), abs=12)

    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(region).to_contain_text("5 posters selected")
    expect(visit.page.locator(".select-row")).to_have_count(5)


def test_a_selection_in_which_nothing_matches_can_still_be_cleared(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#?q=film&years=1990-1999")
    select_block(visit, spec)
    region = visit.page.get_by_role("region", name="Select")
    expect(region).to_contain_text("0 of 5 selected match the search and filter")
    expect(visit.page.locator(".outline-selected")).to_be_visible()
    for name in ("CSV", "JSON"):
        expect(region.get_by_role("button", name=f"Save as {name}")).to_be_hidden()
    region.get_by_role("button", name="Clear", exact=True).click()
    expect(visit.page.locator(".outline-selected")).to_be_hidden()


def test_a_selection_drawn_before_the_filter_is_narrowed_when_one_comes_back_to_it(
    open_map: Open, spec: Handmade
) -> None:
    visit = open_map()
    select_block(visit, spec)
    expect(visit.page.get_by_text("5 posters selected")).to_be_visible()
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    visit.page.get_by_role("region", name="Filter").get_by_role("button", name="Even ones").click()
    expect(visit.page.locator(".lit-chip")).to_contain_text("of 89 match")
    visit.page.get_by_role("button", name="Select").click()
    expect(visit.page.get_by_role("region", name="Select")).to_contain_text("1 of 5 selected matches the filter")
    expect(visit.page.locator(".select-row")).to_have_text(["Film 181938"])


@pytest.mark.parametrize("pen", ["Box", "Lasso"])
def test_where_the_panel_makes_way_the_focus_waits_at_cancel_and_comes_back(pen: str, open_map: Open) -> None:
    visit = open_map(viewport={"width": 375, "height": 812})
    visit.page.get_by_role("button", name="Select").press("Enter")
    button = visit.page.get_by_role("button", name=pen)
    button.press("Enter")
    expect(visit.page.get_by_role("button", name="Cancel")).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.press("Enter")
    visit.page.keyboard.press("Enter")
    expect(button).to_be_focused()
