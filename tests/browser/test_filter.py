"""Filtering a handmade map, in a real Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import PHONE, Open
from .handmade import Handmade, map_record, write_data
from .visit import Visit

pytestmark = pytest.mark.browser


def room(visit: Visit) -> Locator:
    return visit.page.get_by_role("region", name="Filter")


def opened(visit: Visit) -> Locator:
    visit.page.get_by_role("button", name="Filter", exact=True).first.click()
    expect(room(visit).get_by_role("slider", name="First year")).to_be_focused()
    return room(visit)


def test_years_are_chosen_with_two_handles_by_keyboard(open_map: Open) -> None:
    visit = open_map()
    panel = opened(visit)
    expect(panel.get_by_role("status")).to_have_text("89 of 89 posters")
    visit.page.keyboard.press("ArrowRight")
    expect(panel.locator(".histogram-readout")).to_have_text("1921 to 2009")
    # Cell 0, of 1920, and cell 5, which has no year, are out.
    expect(panel.get_by_role("status")).to_have_text("87 of 89 posters")
    visit.page.keyboard.press("Tab")
    expect(panel.get_by_role("slider", name="Last year")).to_be_focused()
    visit.page.keyboard.press("Home")
    expect(panel.locator(".histogram-readout")).to_have_text("1920")
    expect(panel.get_by_role("status")).to_have_text("1 of 89 posters")
    visit.wait_for_hash(r"\?years=1920-1920")
    visit.page.keyboard.press("End")
    expect(panel.get_by_role("status")).to_have_text("89 of 89 posters")
    expect(visit.page.locator(".lit-chip")).to_have_text("89 posters")


@pytest.mark.parametrize(("mode", "left"), [("Any", 89), ("All", 0), ("None", 0)])
def test_tags_are_combined_as_chosen(mode: str, left: int, open_map: Open) -> None:
    visit = open_map()
    panel = opened(visit)
    panel.get_by_role("button", name="Drama").click()
    expect(panel.get_by_role("status")).to_have_text("88 of 89 posters")
    panel.get_by_role("button", name="<b>bold</b>").click()
    panel.get_by_role("radio", name=mode).check()
    expect(panel.get_by_role("radio", name=mode)).to_be_checked()
    expect(panel.get_by_role("status")).to_have_text(f"{left} of 89 posters")
    expect(panel.get_by_role("button", pressed=True)).to_have_count(2)


def test_counts_say_what_each_choice_would_leave_and_all_combines_with_the_search(open_map: Open) -> None:
    visit = open_map("#?q=film+4")
    panel = opened(visit)
    expect(panel.get_by_role("status")).to_have_text("18 of 89 posters")
    even, odd = (panel.get_by_role("button", name=f"{name} ones") for name in ("Even", "Odd"))
    with_a_4 = [n for n in range(90) if "4" in str(n) and n != 30]
    evens = sum(n % 2 == 0 for n in with_a_4)
    expect(even).to_have_text(f"Even ones {evens}")
    even.click()
    expect(even).to_have_attribute("aria-pressed", "true")
    expect(even).to_be_focused()
    expect(odd).to_have_text(f"Odd ones {len(with_a_4) - evens}")
    expect(visit.page.locator(".lit-chip")).to_contain_text(f"{evens} of 89 match")
    visit.wait_for_hash(r"\?q=film\+4&cluster=even")
    panel.get_by_role("button", name="Clear filter").click()
    expect(panel.get_by_role("status")).to_have_text("18 of 89 posters")
    expect(visit.page.locator(".lit-chip")).to_contain_text("18 of 89 match")


def test_a_link_restores_search_and_filter_without_opening_the_panel(open_map: Open) -> None:
    visit = open_map("#?q=film&years=1930-1939&all=Drama&all=Western&cluster=odd")
    expect(visit.page.locator(".lit-chip")).to_contain_text("5 of 89 match")
    expect(room(visit)).to_have_count(0)
    panel = opened(visit)
    expect(panel.locator(".histogram-readout")).to_have_text("1930 to 1939")
    expect(panel.get_by_role("radio", name="All")).to_be_checked()
    expect(panel.get_by_role("button", pressed=True)).to_have_count(3)


def test_a_filter_is_one_step_for_back_however_often_it_is_refined(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    panel = opened(visit)
    for name in ("Drama", "Western", "Odd ones"):
        panel.get_by_role("button", name=name).click()
    visit.wait_for_hash(r"\?any=Drama&any=Western&cluster=odd")
    visit.page.go_back()
    expect(panel.get_by_role("status")).to_have_text("89 of 89 posters")
    expect(panel.get_by_role("button", pressed=True)).to_have_count(0)
    visit.page.go_forward()
    expect(panel.get_by_role("button", pressed=True)).to_have_count(3)


def test_facets_are_loaded_when_the_filter_opens_and_have_a_face_when_missing(open_map: Open, copied: Path) -> None:
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    visit.settle()
    assert not any("data/facets" in url for url in visit.requested)
    (copied / "data/facets.js").unlink()
    visit.page.get_by_role("button", name="Filter", exact=True).first.click()
    expect(room(visit).get_by_role("status")).to_have_text("data/facets.js is missing or damaged.")


def test_a_tag_on_the_card_filters_by_it_alone_and_is_pressed_while_it_does(open_map: Open) -> None:
    visit = open_map("#2/6/4/p040?none=Western&cluster=even")
    drama, western = (
        visit.card.get_by_role("button", name=f"Only posters tagged {tag}") for tag in ("Drama", "Western")
    )
    expect(drama).to_have_text("Drama")
    expect(western).to_have_attribute("aria-pressed", "false")
    drama.press("Enter")
    visit.wait_for_hash(r".*/p040\?any=Drama&cluster=even")
    expect(drama).to_have_attribute("aria-pressed", "true")
    expect(drama).to_be_focused()
    expect(visit.page.locator(".lit-chip")).to_contain_text("44 of 89 match")
    western.press("Enter")
    expect(drama).to_have_attribute("aria-pressed", "false")
    expect(western).to_have_attribute("aria-pressed", "true")
    western.press("Enter")
    visit.wait_for_hash(r".*/p040\?cluster=even")
    expect(western).to_be_focused()
    assert visit.card.is_visible()


def test_the_year_on_the_card_filters_by_it(open_map: Open) -> None:
    visit = open_map("#2/6/4/p040?any=Drama")
    year = visit.card.get_by_role("button", name="Only posters of 1960")
    year.press("Enter")
    visit.wait_for_hash(r".*/p040\?years=1960-1960&any=Drama")
    expect(visit.page.locator(".lit-chip")).to_contain_text("1 of 89 match")
    visit.page.keyboard.press("ArrowRight")
    expect(visit.title).to_have_text("Film 41")
    expect(visit.card.get_by_role("button", name="Only posters of 1961")).to_have_attribute("aria-pressed", "false")
    visit.page.keyboard.press("ArrowLeft")
    expect(year).to_have_attribute("aria-pressed", "true")
    year.press("Enter")
    visit.wait_for_hash(r".*/p040\?any=Drama")


def test_tags_and_years_that_cannot_be_filtered_by_are_plain_text(open_map: Open, copied: Path, spec: Handmade) -> None:
    write_data(copied, "map", {**map_record(spec), "facets": {"years": False, "tags": False}})
    visit = open_map("#p040", base=copied.as_uri() + "/")
    expect(visit.card).to_contain_text("1960")
    expect(visit.card.get_by_role("listitem")).to_have_text(["Drama", "Western"])
    expect(visit.card.get_by_role("button", name="Only posters")).to_have_count(0)


def test_beside_the_title_stands_what_is_asked_and_on_a_phone_the_count_alone(open_map: Open) -> None:
    hash = "#?q=film&years=1930-1939&all=Drama&all=Western&cluster=odd"
    said = "“film”, 1930 to 1939, Drama and Western, Odd ones"
    visit = open_map(hash)
    chip = visit.page.locator(".lit-chip")
    expect(chip).to_have_text(f"5 of 89 match{said}")
    expect(chip.get_by_text(said)).to_have_attribute("title", said)
    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(chip).to_have_text("89 posters")
    phone = open_map(hash, **PHONE)
    expect(phone.page.get_by_text("5 of 89 match")).to_be_visible()
    box = phone.page.get_by_text(said).bounding_box()
    assert box is not None
    assert box["width"] <= 1


def test_in_a_frame_the_count_says_why_most_is_dark_and_can_be_cleared(open_map: Open) -> None:
    visit = open_map("?ui=0#?years=1930-1939")
    chip = visit.page.locator(".lit-chip")
    expect(chip.get_by_text("10 of 89 match")).to_be_visible()
    expect(visit.page.get_by_role("heading", level=1)).to_be_hidden()
    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(chip).to_be_hidden()
    assert visit.focused() == "Map: Handmade map"


def test_a_choice_far_down_keeps_the_focus_when_it_is_switched_off(
    open_map: Open, copied: Path, spec: Handmade
) -> None:
    even, odd = map_record(spec)["clusters"]
    others = [{**odd, "slug": f"c{i}", "name": f"Other {i}", "size": 1} for i in range(40)]
    write_data(copied, "map", {**map_record(spec), "clusters": [even, odd, *others]})
    visit = open_map(base=copied.as_uri() + "/")
    panel = opened(visit)
    find = panel.get_by_role("searchbox", name="Find a cluster")
    find.fill("other 39")
    last = panel.get_by_role("button", name="Other 39")
    last.press("Enter")
    find.fill("")
    last.press("Enter")
    expect(last).to_have_attribute("aria-pressed", "false")
    expect(last).to_be_focused()


@pytest.mark.parametrize(
    ("panel", "live"), [("Filter", "off"), ("Search", "polite"), ("Select", "polite"), ("About this map", "polite")]
)
def test_the_count_is_said_aloud_unless_the_panel_says_it(panel: str, live: str, open_map: Open) -> None:
    visit = open_map("#p017")
    count = visit.page.locator(".lit-chip > span").first
    visit.page.get_by_role("button", name=panel, exact=True).click()
    visit.card.get_by_role("button", name="Only posters of 1937").click()
    expect(count).to_have_text("1 of 89 matches")
    expect(count).to_have_attribute("aria-live", live)


def test_on_a_phone_a_panel_under_the_card_leaves_the_count_to_be_said(open_map: Open, spec: Handmade) -> None:
    visit = open_map(**PHONE)
    visit.settle()
    visit.page.get_by_role("button", name="Filter", exact=True).tap()
    visit.settle()
    visit.page.touchscreen.tap(*visit.spot(spec, 17))
    expect(visit.title).to_have_text("Film 17")
    expect(visit.page.locator(".lit-chip > span").first).to_have_attribute("aria-live", "polite")


def test_with_a_card_open_there_is_room_for_what_is_asked(open_map: Open) -> None:
    visit = open_map("#p017?q=film&any=Drama", viewport={"width": 1200, "height": 700})
    expect(visit.title).to_have_text("Film 17")
    expect(visit.page.locator(".lit-chip")).to_contain_text("88 of 89 match")
    asked = visit.page.locator(".lit-chip-asked")
    assert asked.evaluate("(words) => words.scrollWidth <= words.clientWidth")
