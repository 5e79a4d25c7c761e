"""What is like one poster, or between several: the card's strip, the room, its links, in a real Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .axe import violations
from .conftest import DESKTOP, PHONE, Open
from .handmade import Handmade, map_record, nearest, poster_id, quantiles, similar, write_data
from .visit import Visit

pytestmark = pytest.mark.browser

LISTED = 24


def room(visit: Visit) -> Locator:
    return visit.page.get_by_role("region", name=re.compile(r"^(More like it|A mix of \d posters)$"))


def worth(spec: Handmade, likeness: float) -> str:
    share = sum(quantile < round(1000 * likeness) for quantile in quantiles(spec)) - 1
    return f"above {min(99.9, share / 10):.1f}% of pairs"


def begin(visit: Visit, name: str) -> None:
    """Press a button of the card."""
    visit.title.wait_for()
    visit.card.get_by_role("button", name=name).click()
    room(visit).wait_for()


def expect_found(visit: Visit, spec: Handmade, parts: dict[int, int]) -> None:
    """The list holds what looking at all finds; those that are equally near stand in any order."""
    best = nearest(spec, parts)[:LISTED]
    scores = [f"{likeness:.2f}" for _, likeness in best]
    expect(visit.page.locator(".mix-score").nth(0)).to_contain_text(scores[0])
    visit.page.locator(".mix-list[aria-busy=false]").wait_for()
    assert [text.split(" ")[0] for text in visit.page.locator(".mix-score").all_text_contents()] == scores
    cells = [int(row.get_attribute("data-cell") or "") for row in visit.page.locator(".mix-row").all()]
    likely = dict(best)
    assert [f"{likely.get(cell, nan):.2f}" for cell in cells[:6] for nan in [float("nan")]] == scores[:6]


def test_the_strip_says_how_alike_and_what_that_is_worth(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(40)}")
    strip = visit.card.get_by_role("group", name="Most like it")
    (first, likeness), *_ = [(cell, one) for cell, one in nearest(spec, {40: 1}) if cell % 7 == 5]
    assert first == similar(spec, 40)[0][0]
    button = strip.get_by_role("button").first
    expect(button).to_have_text(f"{likeness:.2f}")
    expect(button).to_have_accessible_name(f"Similar poster 1 of 12, likeness {likeness:.2f}, {worth(spec, likeness)}")
    expect(strip.get_by_text("each above")).to_be_visible()
    assert not any("vectors" in address for address in visit.requested)


def test_more_like_it_lists_what_looking_at_all_finds_and_leads_there(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(40)}")
    begin(visit, "More like it")
    expect_found(visit, spec, {40: 1})
    assert sum("data/vectors/" in address for address in visit.requested) == 3
    expect(room(visit).get_by_role("status").last).to_have_text("The 88 posters most like it")
    visit.wait_for_hash(rf".*\?mix={poster_id(40)}")
    row = visit.page.locator(".mix-row").nth(1)
    cell = int(row.get_attribute("data-cell") or "")
    likeness = dict(nearest(spec, {40: 1}))[cell]
    expect(row).to_have_accessible_name(f"Film {cell}, likeness {likeness:.2f}, {worth(spec, likeness)}")
    row.click()
    expect(visit.title).to_have_text(f"Film {cell}")
    visit.wait_for_hash(rf".*{poster_id(cell)}\?mix={poster_id(40)}")
    room(visit).get_by_role("button", name="Show more").click()
    expect(visit.page.locator(".mix-row")).to_have_count(2 * LISTED)


def test_a_click_on_the_map_adds_to_the_mix_and_back_leads_to_before(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.click(spec, 40)
    visit.wait_for_hash(rf".*{poster_id(40)}")
    begin(visit, "Mix with")
    expect(room(visit).get_by_text("Now click a poster")).to_be_visible()
    visit.card.get_by_role("button", name="Close").click()
    visit.page.get_by_role("button", name="Show the whole map").click()
    visit.settle()
    visit.click(spec, 24)
    expect(visit.page.locator(".mix-parts li")).to_have_count(2)
    expect(room(visit).get_by_text("Now click a poster")).to_be_hidden()
    expect(room(visit)).to_have_accessible_name("A mix of 2 posters")
    expect(visit.page.locator(".mix-list")).to_have_accessible_name("Nearest to the mix")
    expect(visit.card).to_be_hidden()
    expect_found(visit, spec, {40: 1, 24: 1})
    visit.wait_for_hash(rf".*\?mix={poster_id(40)}&mix={poster_id(24)}")
    visit.page.go_back()
    expect(visit.title).to_have_text("Film 40")
    expect(room(visit)).to_be_hidden()
    assert "mix" not in visit.hash
    visit.page.go_forward()
    expect_found(visit, spec, {40: 1, 24: 1})


def test_weights_move_by_keyboard_and_stand_in_the_link(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#?mix={poster_id(40)}&mix={poster_id(24)}")
    expect_found(visit, spec, {40: 1, 24: 1})
    visit.page.get_by_role("slider", name="How much Film 40 counts").focus()
    for _ in range(6):
        visit.page.keyboard.press("ArrowRight")
    expect(visit.page.get_by_role("slider").first).to_have_attribute("aria-valuetext", "62%")
    expect_found(visit, spec, {40: 80, 24: 50})
    visit.wait_for_hash(rf"\?mix={poster_id(40)}-80&mix={poster_id(24)}-50")
    assert visit.focused() == "How much Film 40 counts"
    again = open_map(f"#{visit.hash}")
    expect_found(again, spec, {40: 80, 24: 50})
    again.page.get_by_role("button", name="Take Film 24 out").click()
    expect_found(again, spec, {40: 1})
    again.wait_for_hash(rf"\?mix={poster_id(40)}")
    expect(again.page.get_by_role("slider")).to_have_count(0)
    expect(room(again)).to_have_accessible_name("More like it")


def test_weights_of_0_are_told_apart_from_nothing_between(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#?mix={poster_id(40)}-0&mix={poster_id(24)}-0")
    expect(room(visit).get_by_text("All weights are 0")).to_be_visible()
    visit.page.get_by_role("button", name="Take Film 24 out").click()
    expect_found(visit, spec, {40: 1})


def test_a_title_is_found_and_added_by_keyboard(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#?mix={poster_id(40)}")
    field = visit.page.get_by_role("combobox", name="Add a poster by its title")
    field.fill("film 24")
    offered = visit.page.get_by_role("option")
    expect(offered).to_have_text(["Film 24 "])
    visit.page.keyboard.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    visit.page.keyboard.press("Enter")
    expect_found(visit, spec, {40: 1, 24: 1})
    expect(field).to_have_value("")
    expect(offered).to_have_count(0)
    field.fill("film 40")
    expect(visit.page.get_by_role("option", name="Film 40")).to_have_count(0)


def test_enter_picks_the_poster_in_the_middle_and_escape_leaves_picking_first(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#2/4.5/3.5?mix={poster_id(24)}")
    pick = visit.page.get_by_role("button", name="Choose it on the map")
    pick.click()
    expect(pick).to_have_attribute("aria-pressed", "true")
    visit.page.keyboard.press("Escape")
    expect(pick).to_have_attribute("aria-pressed", "false")
    expect(room(visit)).to_be_visible()
    pick.click()
    visit.map.focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".mix-parts li")).to_have_count(2)
    expect(visit.card).to_be_hidden()
    visit.wait_for_hash(rf".*mix={poster_id(24)}&mix=p\d{{3}}")


def test_only_what_matches_the_filter_is_found(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#?years=1930-1949&mix={poster_id(40)}")
    status = room(visit).get_by_role("status").last
    expect(status).to_have_text("The 20 posters most like it, of those that match")
    cells = {int(row.get_attribute("data-cell") or "") for row in visit.page.locator(".mix-row").all()}
    assert cells == set(range(10, 30))
    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(status).to_have_text("The 88 posters most like it")


def test_a_link_to_a_mix_of_which_one_is_gone_says_so(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#?mix={poster_id(40)}&mix={spec.gone}&mix=nobody")
    expect(visit.page.get_by_text("2 posters of this link's mix are not on this map.")).to_be_visible()
    expect_found(visit, spec, {40: 1})
    none = open_map(f"#?mix={spec.gone}")
    expect(none.page.get_by_text("A poster of this link's mix is not on this map.")).to_be_visible()
    expect(room(none)).to_be_hidden()
    none.page.wait_for_function("() => !location.hash.includes('mix')")


def test_on_a_phone_the_card_takes_the_rooms_place_and_gives_it_back(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(40)}", **PHONE)
    begin(visit, "More like it")
    expect(visit.card).to_be_hidden()
    expect_found(visit, spec, {40: 1})
    assert visit.focused() != "Add a poster by its title"  # which would bring the keyboard up
    visit.page.locator(".mix-row").nth(1).tap()
    expect(visit.card).to_be_visible()
    expect(room(visit)).to_be_hidden()
    visit.card.get_by_role("button", name="Add to the mix").tap()
    expect(room(visit)).to_be_visible()
    expect(visit.page.locator(".mix-parts li")).to_have_count(2)
    visit.page.get_by_role("button", name="Choose it on the map").tap()
    expect(room(visit).get_by_text("Now tap a poster on the map to add it.")).to_be_visible()
    expect(room(visit)).not_to_contain_text("Enter")


def test_a_missing_file_is_named_and_asked_for_again(open_map: Open, copied: Path, spec: Handmade) -> None:
    held = (copied / "data/vectors/1.js").read_bytes()
    (copied / "data/vectors/1.js").unlink()
    visit = open_map(f"#?mix={poster_id(40)}", base=copied.as_uri() + "/", trouble=True)
    expect(room(visit).get_by_text("data/vectors/1.js is missing or damaged.")).to_be_visible()
    (copied / "data/vectors/1.js").write_bytes(held)
    room(visit).get_by_role("button", name="Try again").click()
    expect_found(visit, spec, {40: 1})


def test_many_bytes_are_loaded_only_if_the_visitor_agrees(open_map: Open, copied: Path, spec: Handmade) -> None:
    told = {**map_record(spec), "vectors": {"numbers": 4, "rows": 2_000_000, "shard": 2_000_000}}
    write_data(copied, "map", told)
    visit = open_map(f"#?mix={poster_id(40)}", base=copied.as_uri() + "/", trouble=True)
    expect(room(visit).get_by_text("21 MB must be loaded first")).to_be_visible()
    assert not any("vectors" in address for address in visit.requested)
    room(visit).get_by_role("button", name="Load them").click()
    expect(room(visit).get_by_text("is missing or damaged")).to_be_visible()  # for these are other vectors


def test_a_map_without_vectors_and_a_frame_have_no_room_for_it(open_map: Open, copied: Path, spec: Handmade) -> None:
    told = map_record(spec)
    del told["vectors"]
    write_data(copied, "map", told)
    visit = open_map(f"#{poster_id(40)}?mix={poster_id(24)}", base=copied.as_uri() + "/")
    visit.title.wait_for()
    expect(visit.card.get_by_role("group", name="Most like it")).to_be_visible()
    expect(visit.card.get_by_role("button", name="Mix with")).to_have_count(0)
    expect(room(visit)).to_be_hidden()
    visit.page.wait_for_function("() => !location.hash.includes('mix')")
    frame = open_map(f"#{poster_id(40)}")
    frame.page.goto(f"{frame.base}index.html?ui=0#{poster_id(40)}?mix={poster_id(24)}")
    frame.title.wait_for()
    expect(frame.card.get_by_role("button", name="Mix with")).to_have_count(0)


@pytest.mark.parametrize(
    "screen", [DESKTOP, {**DESKTOP, "color_scheme": "light"}, PHONE], ids=["dark", "light", "phone"]
)
def test_axe_finds_nothing_wrong_with_the_room(open_map: Open, spec: Handmade, screen: dict[str, object]) -> None:
    visit = open_map(f"#?mix={poster_id(40)}-70&mix={poster_id(spec.hostile)}-30", **screen)
    visit.page.locator(".mix-row").first.wait_for()
    visit.page.get_by_role("button", name="Choose it on the map").click()
    visit.page.get_by_role("combobox", name="Add a poster").fill("film")
    visit.page.get_by_role("option").first.wait_for()
    visit.settle()
    assert violations(visit.page) == []


def test_the_outlines_of_what_is_found_go_with_the_room(open_map: Open) -> None:
    visit = open_map(f"#?mix={poster_id(40)}&mix={poster_id(24)}")
    expect(visit.page.locator(".outline-mixed")).to_have_count(2)
    expect(visit.page.locator(".outline-alike")).to_have_count(LISTED)
    visit.page.get_by_role("button", name="Close the panel").click()
    expect(visit.page.locator(".outline-mixed, .outline-alike")).to_have_count(0)
    visit.page.wait_for_function("() => !location.hash.includes('mix')")
