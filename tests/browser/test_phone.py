"""Small screens: sheets, columns and fingers; and what lies at the edges of the map."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .conftest import PHONE, Open
from .handmade import Handmade, poster_id
from .visit import Visit

pytestmark = pytest.mark.browser

ON_ITS_SIDE = [(568, 320), (667, 375), (812, 375), (932, 430)]


def phone(width: int, height: int) -> dict[str, Any]:
    return {**PHONE, "viewport": {"width": width, "height": height}}


def box_of(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def apart(one: Locator, other: Locator) -> bool:
    a, b = box_of(one), box_of(other)
    return a["right"] <= b["x"] or b["right"] <= a["x"] or a["bottom"] <= b["y"] or b["bottom"] <= a["y"]


def open_filter(visit: Visit) -> Locator:
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    panel = visit.page.get_by_role("region", name="Filter")
    panel.get_by_role("heading", name="Tags").wait_for()
    return panel


# The whole map, beside what is open


@pytest.mark.parametrize("size", [(375, 812), (320, 568), (600, 760), (812, 375), (1440, 900)])
def test_the_whole_map_stays_in_sight_when_panel_or_card_opens(
    open_map: Open, spec: Handmade, size: tuple[int, int]
) -> None:
    visit = open_map(viewport={"width": size[0], "height": size[1]})
    visit.settle()
    before = shown(visit)
    panel = open_filter(visit)
    assert_fitted(visit, spec)
    panel.get_by_role("button", name="Close").click()
    visit.settle()
    assert shown(visit) == pytest.approx(before, abs=1)
    visit.click(spec, 52)
    expect(visit.title).to_have_text("Film 52")
    visit.card.get_by_role("button", name="Copy link").wait_for()
    assert_fitted(visit, spec)
    visit.page.keyboard.press("Escape")
    visit.settle()
    assert shown(visit) == pytest.approx(before, abs=1)
    visit.page.wait_for_function("() => location.hash === ''")


def shown(visit: Visit) -> dict[str, float]:
    """Where the tiles lie, all together."""
    box: dict[str, float] = visit.page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(".leaflet-tile")].map((tile) => tile.getBoundingClientRect());
            const x = Math.min(...boxes.map((box) => box.left));
            return {x, y: Math.min(...boxes.map((box) => box.top))};
        }"""
    )
    return box


def assert_fitted(visit: Visit, spec: Handmade) -> None:
    """The whole map lies where it should in what is free."""
    visit.settle()
    box = visit.map_box(spec)
    assert shown(visit) == pytest.approx({"x": box["x"], "y": box["y"]}, abs=1)


def test_a_view_that_was_moved_stays_when_a_panel_opens(open_map: Open) -> None:
    visit = open_map("#2/6/3", **PHONE)
    visit.settle()
    before = shown(visit)
    panel = open_filter(visit)
    visit.settle()
    assert shown(visit) == before
    panel.get_by_role("button", name="Close").click()
    visit.settle()
    assert shown(visit) == before
    visit.wait_for_hash("2/6/3")


def test_a_link_to_a_view_stays_when_the_window_changes_its_size(open_map: Open) -> None:
    visit = open_map("#2/6/3", **PHONE)
    visit.settle()
    for width, height in [(374, 811), (811, 374), (981, 2123), (375, 812)]:
        visit.page.set_viewport_size({"width": width, "height": height})
        visit.settle()
        visit.page.wait_for_timeout(500)  # the address is written when the view has come to rest
        assert visit.hash == "2/6/3", (width, height)
    visit.map.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_hash(r"2/(?!6/)[\d.]+/3")


def test_a_link_to_the_whole_map_with_a_card_says_the_same_whatever_the_card_covers(
    open_map: Open, spec: Handmade
) -> None:
    visit = open_map(**PHONE)
    visit.settle()
    visit.page.touchscreen.tap(*visit.spot(spec, 40))
    visit.wait_for_hash(r"[-\d.]+/6/4/p040")
    again = open_map(f"#{visit.hash}", **PHONE)
    expect(again.title).to_have_text("Film 40")
    again.card.get_by_role("button", name="Copy link").wait_for()
    assert_fitted(again, spec)


# A phone on its side


@pytest.mark.parametrize("size", ON_ITS_SIDE)
def test_a_phone_on_its_side_has_columns_beside_the_map(open_map: Open, spec: Handmade, size: tuple[int, int]) -> None:
    width, height = size
    visit = open_map(f"#{poster_id(17)}", **phone(width, height))
    expect(visit.title).to_have_text("Film 17")
    card = box_of(visit.card)
    assert (card["y"], card["right"], card["height"]) == (0, width, height)
    assert card["width"] <= 0.45 * width
    assert_clear(visit, visit.card)
    visit.settle()
    for bar in visit.page.locator(".toolbar").all():
        assert apart(visit.page.locator(".outline-chosen"), bar)
    visit.page.keyboard.press("Escape")
    panel = open_filter(visit)
    column = box_of(panel)
    assert (column["x"], column["y"], column["height"]) == (0, 0, height)
    assert column["width"] <= 0.45 * width
    assert_clear(visit, panel)


def assert_clear(visit: Visit, column: Locator) -> None:
    """Nothing lies under the column, nor do title and buttons meet, nor leave the screen."""
    plate, (bar, explore) = visit.page.locator(".plate"), visit.page.locator(".toolbar").all()
    size = visit.page.viewport_size
    assert size is not None
    parts = [column, plate, bar, explore]
    for i, one in enumerate(parts):
        assert box_of(one)["bottom"] <= size["height"]
        for other in parts[i + 1 :]:
            assert apart(one, other), (one, other)


@pytest.mark.parametrize("size", [*ON_ITS_SIDE, (320, 568), (375, 812)])
def test_on_a_phone_card_and_panel_are_never_both_over_the_map(
    open_map: Open, spec: Handmade, size: tuple[int, int]
) -> None:
    visit = open_map(**phone(*size))
    visit.settle()
    panel = open_filter(visit)
    visit.settle()
    visit.page.touchscreen.tap(*visit.spot(spec, 51))
    expect(visit.title).to_have_text("Film 51")
    expect(panel).to_be_hidden()
    visit.page.keyboard.press("Escape")
    expect(panel).to_be_visible()


@pytest.mark.parametrize("size", [*ON_ITS_SIDE, (320, 568), (375, 812)])
def test_on_a_phone_title_and_buttons_never_meet(open_map: Open, size: tuple[int, int]) -> None:
    visit = open_map("#2/6/4?q=film", **phone(*size))
    expect(visit.page.locator(".lit-chip")).to_contain_text("match")
    plate, (bar, explore) = visit.page.locator(".plate"), visit.page.locator(".toolbar").all()
    assert apart(plate, bar) and apart(plate, explore) and apart(bar, explore)


# Fingers


@pytest.mark.parametrize("part", [".card-body", ".card-strip", ".plate button", ".toolbar", ".explore-bar"])
def test_two_fingers_on_what_lies_over_the_map_do_not_zoom_the_page(open_map: Open, part: str) -> None:
    visit = open_map("#3/5/3/p017?q=film", **PHONE)
    expect(visit.title).to_have_text("Film 17")
    visit.card.get_by_role("button", name="Copy link").wait_for()
    if part == ".explore-bar":
        visit.page.keyboard.press("Escape")
    assert pinched(visit, visit.page.locator(part).first) == 1


@pytest.mark.parametrize("panel", ["Search", "Filter", "Select", "About this map"])
def test_two_fingers_on_a_panel_do_not_zoom_the_page(open_map: Open, panel: str) -> None:
    visit = open_map(**PHONE)
    visit.page.get_by_role("button", name=panel, exact=True).tap()
    assert pinched(visit, visit.page.locator(".panel-body")) == 1


def test_nobody_is_kept_from_enlarging_the_text(open_map: Open) -> None:
    content = open_map(**PHONE).page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "user-scalable" not in content
    assert "maximum-scale" not in content


def pinched(visit: Visit, part: Locator) -> Any:
    """How much the page is enlarged after two fingers have spread on a part of it."""
    box = box_of(part)
    x, y = (box["x"] + box["right"]) / 2, (box["y"] + box["bottom"]) / 2
    session = visit.page.context.new_cdp_session(visit.page)
    for spread in range(6, 90, 7):
        fingers = [{"x": x, "y": y - spread, "id": 0}, {"x": x, "y": y + spread, "id": 1}]
        kind = "touchStart" if spread == 6 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
        visit.page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    visit.page.wait_for_timeout(200)
    return visit.page.evaluate("() => visualViewport.scale")


# The overview in the corner


def drag(visit: Visit, start: tuple[float, float], end: tuple[float, float]) -> None:
    visit.page.mouse.move(*start)
    visit.page.mouse.down()
    visit.page.mouse.move(*end, steps=5)
    visit.page.mouse.up()


def test_a_drag_into_the_overview_s_corner_shows_the_map_s_corner(open_map: Open) -> None:
    visit = open_map("#3/6/4")
    box = box_of(visit.page.locator(".minimap-picture"))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.settle()
    visit.page.mouse.move(*middle)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] - 60, box["y"] - 60, steps=5)
    held = box_of(visit.page.locator(".minimap-view"))  # at once, not pulled back later
    assert (held["x"] + held["right"]) / 2 == pytest.approx(box["x"], abs=1)
    visit.page.mouse.up()
    visit.wait_for_hash("3/0/0")
    view = box_of(visit.page.locator(".minimap-view"))
    assert (view["x"] + view["right"]) / 2 == pytest.approx(box["x"], abs=1)


def test_a_drag_that_begins_on_the_view_moves_it_without_a_jump(open_map: Open) -> None:
    visit = open_map("#3/6/4")
    view = visit.page.locator(".minimap-view")
    before = box_of(view)
    start = (before["x"] + 8, before["y"] + 8)
    drag(visit, start, (start[0] + 20, start[1] + 10))
    visit.settle()
    after = box_of(view)
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((20, 10), abs=1)


def test_the_overview_shows_and_moves_what_the_card_leaves_free(open_map: Open) -> None:
    visit = open_map("#3/6/4/p017")
    expect(visit.title).to_have_text("Film 17")
    visit.settle()
    box = box_of(visit.page.locator(".minimap-picture"))
    spot = (box["x"] + 20, box["y"] + 180)
    visit.page.mouse.click(*spot)
    visit.settle()
    view = box_of(visit.page.locator(".minimap-view"))
    free = visit.free()
    assert view["width"] / view["height"] == pytest.approx(free["width"] / free["height"], abs=0.05)
    assert ((view["x"] + view["right"]) / 2, (view["y"] + view["bottom"]) / 2) == pytest.approx(spot, abs=1)


def test_the_overview_is_no_stop_for_keyboard_or_screen_reader_but_its_button_is(open_map: Open) -> None:
    visit = open_map("#3/6/4")
    picture = visit.page.locator(".minimap-picture")
    expect(picture).to_have_attribute("aria-hidden", "true")
    expect(picture.locator("button, a, [tabindex]")).to_have_count(0)
    expect(visit.page.get_by_role("button", name="Hide the overview")).to_be_visible()


# Words beside icons


def test_where_there_is_room_buttons_have_words_and_the_same_names(open_map: Open) -> None:
    for width, seen in ((1440, True), (1199, False), (375, False)):
        visit = open_map(viewport={"width": width, "height": 812})
        for name in ("Search", "Filter", "Select"):
            button = visit.page.get_by_role("button", name=name, exact=True)
            expect(button.get_by_text(name)).to_be_visible(visible=seen)


@pytest.mark.parametrize("width", [1440, 1200])
def test_with_words_title_card_and_buttons_do_not_meet(open_map: Open, width: int) -> None:
    visit = open_map("#3/6/4/p017?q=film", viewport={"width": width, "height": 800})
    expect(visit.title).to_have_text("Film 17")
    assert_clear(visit, visit.card)


# What lies under what


@pytest.mark.parametrize(("size", "touch"), [((1000, 540), False), ((1024, 600), True), ((721, 640), True)])
def test_the_overview_and_the_buttons_never_meet(open_map: Open, size: tuple[int, int], touch: bool) -> None:
    visit = open_map("#3/6/4", viewport={"width": size[0], "height": size[1]}, has_touch=touch, is_mobile=touch)
    overview = visit.page.locator(".minimap")
    expect(overview).to_be_visible()
    for bar in visit.page.locator(".toolbar").all():
        assert apart(overview, bar)


def test_in_a_narrow_window_nobody_tabs_to_buttons_under_a_sheet(open_map: Open) -> None:
    visit = open_map(viewport={"width": 375, "height": 812})
    die = visit.page.get_by_role("button", name="A random poster")
    die.press("Enter")
    expect(visit.title).to_be_visible()
    expect(die).to_be_hidden()
    assert visit.page.locator(".card-body").evaluate("(body) => body === document.activeElement")
    visit.page.keyboard.press("Escape")
    expect(die).to_be_focused()
    search = visit.page.get_by_role("button", name="Search", exact=True)
    search.press("Enter")
    expect(search).to_be_hidden()
    visit.page.keyboard.press("Escape")
    expect(search).to_be_focused()
