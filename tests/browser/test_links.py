"""Links to places and posters, the way back, and the link that is copied."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import PHONE, Open, served
from .handmade import (
    Handmade,
    colour,
    poster_id,
)
from .visit import assert_posters_shown, near

pytestmark = pytest.mark.browser

SLOW = """() => {
    const append = Element.prototype.append;
    HTMLHeadElement.prototype.append = function (...nodes) { setTimeout(() => append.apply(this, nodes), 1500) };
}"""
"""Data files come late from now on, the page goes on at once."""


def test_a_poster_s_link_flies_to_it_and_opens_its_card(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(17)}")
    expect(visit.title).to_have_text("Film 17")
    visit.wait_for_hash(r"2/[\d.]+/[\d.]+/p017")
    visit.settle()
    assert near(visit.picture().getpixel((540, 405)), colour(17))


def test_a_place_s_link_shows_that_place(open_map: Open) -> None:
    visit = open_map("#2/3.5/2.5")
    visit.settle()
    assert near(visit.picture().getpixel((720, 405)), colour(2 * 12 + 3))
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_hash(r"2/4.75/2.5")


def test_a_link_to_place_and_poster_keeps_both(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#2/3.5/2.5/p040")
    expect(visit.title).to_have_text("Film 40")
    visit.page.wait_for_timeout(500)
    assert visit.hash == "2/3.5/2.5/p040"


def test_back_goes_from_poster_to_poster_to_the_map(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.click(spec, 16)
    expect(visit.title).to_have_text("Film 16")
    visit.click(spec, 40)
    expect(visit.title).to_have_text("Film 40")
    visit.wait_for_hash(".*/p040")
    visit.page.go_back()
    expect(visit.title).to_have_text("Film 16")
    visit.page.go_back()
    expect(visit.card).to_be_hidden()
    assert visit.hash == ""
    visit.page.go_forward()
    expect(visit.title).to_have_text("Film 16")


def test_of_links_in_quick_succession_the_last_one_wins(open_map: Open) -> None:
    visit = open_map("#p017")
    visit.page.evaluate("() => { location.hash = 'p070'; location.hash = 'p040' }")
    visit.wait_for_hash("2/.*/p040")
    expect(visit.title).to_have_text("Film 40")


def test_a_link_to_a_poster_that_is_not_there_says_so_and_shows_the_map(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#nobody")
    expect(visit.page.get_by_role("status")).to_contain_text("no poster “nobody”")
    visit.page.get_by_role("button", name="Dismiss").click()
    expect(visit.page.get_by_role("status")).to_be_empty()
    assert_posters_shown(visit, spec)


@pytest.mark.parametrize("place", ["", "2/3.5/2.5/"])
def test_a_link_to_a_poster_that_is_gone_says_so_and_shows_the_map(place: str, open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{place}{spec.gone}")
    notice = visit.page.get_by_role("status")
    expect(notice).to_contain_text("The poster of this link is no longer on this map.")
    visit.page.wait_for_url(lambda url: spec.gone not in url)
    expect(visit.card).to_be_hidden()
    visit.page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_empty()
    if place:
        assert visit.hash == place.rstrip("/")
    else:
        assert_posters_shown(visit, spec)


def test_a_link_to_a_poster_that_is_gone_closes_another_s_card_and_its_notice_goes_with_it(
    open_map: Open, spec: Handmade
) -> None:
    visit = open_map("#p017")
    expect(visit.title).to_have_text("Film 17")
    visit.page.evaluate("id => { location.hash = id }", spec.gone)
    expect(visit.card).to_be_hidden()
    notice = visit.page.get_by_role("status")
    expect(notice).to_contain_text("no longer on this map")
    visit.page.evaluate("() => { location.hash = 'p040' }")
    expect(visit.title).to_have_text("Film 40")
    expect(notice).to_be_empty()


def test_of_links_in_quick_succession_only_the_last_one_s_poster_is_missed(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.page.evaluate("id => { location.hash = id; location.hash = 'p040' }", spec.gone)
    visit.wait_for_hash("2/.*/p040")
    expect(visit.title).to_have_text("Film 40")
    expect(visit.page.get_by_role("status")).to_be_empty()


@pytest.mark.parametrize(
    ("asked", "said", "left", "count"),
    [
        ("cluster=lost", "A cluster of this link is not on this map.", "", "89 posters"),
        (
            "cluster=even&cluster=lost",
            "A cluster of this link is not on this map.",
            r"\?cluster=even",
            "44 of 89 match",
        ),
        ("cluster=lost&cluster=gone", "2 clusters of this link are not on this map.", "", "89 posters"),
    ],
)
def test_a_link_to_clusters_that_are_gone_says_so(asked: str, said: str, left: str, count: str, open_map: Open) -> None:
    visit = open_map(f"#2/6/4?{asked}")
    expect(visit.page.get_by_role("status")).to_have_text(said)
    visit.wait_for_hash(f"2/6/4{left}")
    expect(visit.page.locator(".lit-chip")).to_contain_text(count)


def test_a_link_to_nothing_but_a_cluster_that_is_gone_is_one_to_the_whole_map(open_map: Open) -> None:
    visit = open_map("#?cluster=lost")
    expect(visit.page.get_by_role("status")).to_contain_text("A cluster of this link")
    visit.page.wait_for_url(lambda url: "lost" not in url, timeout=5000)


def test_copy_link_copies_what_leads_back_here(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map(f"#{poster_id(17)}", base=address)
        visit.wait_for_hash(".*/p017")
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit.card.get_by_role("button", name="Copy link").click()
        expect(visit.card.get_by_role("button", name="Copied")).to_be_visible()
        assert visit.page.evaluate("() => navigator.clipboard.readText()") == visit.page.url
        visit.page.goto("about:blank")


@pytest.mark.parametrize(
    "lack", ["navigator.clipboard.writeText = () => Promise.reject()", "delete Navigator.prototype.clipboard"]
)
def test_a_link_that_cannot_be_copied_is_in_the_address_bar(lack: str, open_map: Open) -> None:
    visit = open_map(f"#{poster_id(17)}")
    visit.wait_for_hash(".*/p017")
    visit.page.evaluate(f"() => {{ {lack} }}")
    visit.card.get_by_role("button", name="Copy link").click()
    expect(visit.card.get_by_role("button", name="Copy it from the address bar")).to_be_visible()


@pytest.mark.parametrize(
    ("asked", "left", "count"),
    [
        ("any=nonsense", "", "89 posters"),
        ("all=Western&all=nonsense", r"\?all=Western", "88 of 89 match"),
        ("years=1800-1929", r"\?years=1920-1929", "9 of 89 match"),
    ],
)
def test_a_link_asks_only_for_what_the_map_has(asked: str, left: str, count: str, open_map: Open) -> None:
    visit = open_map(f"#2/6/4?{asked}")
    visit.wait_for_hash(f"2/6/4{left}")
    expect(visit.page.locator(".lit-chip")).to_contain_text(count)
    expect(visit.page.get_by_role("status")).to_be_empty()
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    clear = visit.page.get_by_role("button", name="Clear filter")
    expect(clear).to_be_visible() if left else expect(clear).to_be_hidden()


def test_a_link_to_years_that_the_map_does_not_have_says_so_and_shows_the_map(open_map: Open, spec: Handmade) -> None:
    visit = open_map("#?years=1800-1850")
    expect(visit.page.get_by_role("status")).to_contain_text("No poster of this map is from 1800 to 1850.")
    visit.page.wait_for_url(lambda url: "years" not in url)
    visit.page.get_by_role("button", name="Dismiss").click()
    assert_posters_shown(visit, spec)
    assert visit.page.evaluate("() => history.length") == 2  # about:blank is the first


def test_random_posters_in_a_row_are_one_step_for_back(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.click(spec, 16)
    expect(visit.title).to_have_text("Film 16")
    visit.wait_for_hash(".*/p016")
    steps = visit.page.evaluate("() => history.length")
    random = visit.page.get_by_role("button", name="A random poster")
    for number, cell in ((0.01, 0), (0.5, 45), (0.9, 81), (0.7, 63)):
        visit.page.evaluate("number => { Math.random = () => number }", number)
        random.click()
        expect(visit.title).to_have_text(f"Film {cell}")
        if cell == 45:
            visit.page.keyboard.press("Escape")  # as on a phone, where the card lies over the die
    visit.wait_for_hash(".*/p063")
    assert visit.page.evaluate("() => history.length") == steps + 1
    visit.page.go_back()
    expect(visit.title).to_have_text("Film 16")
    visit.page.go_forward()
    expect(visit.title).to_have_text("Film 63")


def test_a_random_poster_after_another_kind_of_step_is_a_step_of_its_own(open_map: Open) -> None:
    visit = open_map()
    visit.settle()
    random = visit.page.get_by_role("button", name="A random poster")
    visit.page.evaluate("() => { Math.random = () => 0 }")
    random.click()
    expect(visit.title).to_have_text("Film 0")
    visit.page.keyboard.press("ArrowRight")
    expect(visit.title).to_have_text("Film 1")
    visit.wait_for_hash(".*/p001")
    visit.page.evaluate("() => { Math.random = () => 0.5 }")
    random.click()
    expect(visit.title).to_have_text("Film 45")
    visit.wait_for_hash(".*/p045")
    visit.page.go_back()
    expect(visit.title).to_have_text("Film 1")


@pytest.mark.parametrize(
    ("far", "near"),
    [
        ("2/99999999999999999999/2.5", "2/12/2.5"),
        ("2/-100/2.5", "2/0/2.5"),
        (f"{'9' * 99}/-{'9' * 99}/{'9' * 99}", "3/0/8"),
    ],
)
def test_a_link_beyond_the_map_shows_its_edge(far: str, near: str, open_map: Open) -> None:
    visit = open_map(f"#{far}")
    visit.wait_for_hash(near)


@pytest.mark.parametrize("size", [(375, 812), (812, 375)])
def test_a_link_from_another_window_shows_its_poster_beside_the_card(size: tuple[int, int], open_map: Open) -> None:
    visit = open_map("#3/1/7/p045", **{**PHONE, "viewport": {"width": size[0], "height": size[1]}})
    expect(visit.title).to_have_text("Film 45")
    visit.settle()
    box = visit.page.locator(".outline-chosen").bounding_box()
    assert box is not None
    free = visit.free()
    assert free["x"] <= box["x"]
    assert box["x"] + box["width"] <= free["x"] + free["width"]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= free["height"]


def test_back_leads_to_the_poster_before_one_that_was_slow_to_come(open_map: Open, site: Path, spec: Handmade) -> None:
    with served(site) as address:
        visit = open_map("#2/6/4/p028", base=address)
        expect(visit.title).to_have_text("Film 28")
        visit.settle()
        visit.page.evaluate(SLOW)
        visit.page.mouse.click(768, 522)
        visit.page.wait_for_timeout(900)
        assert visit.hash.endswith("/p028")
        visit.wait_for_hash(".*/p054")
        visit.page.go_back()
        expect(visit.title).to_have_text("Film 28")
        visit.page.goto("about:blank")


def test_back_leads_to_where_the_view_was_just_before_a_poster(open_map: Open) -> None:
    visit = open_map("#2/6/4")
    visit.settle()
    visit.page.mouse.move(700, 450)
    visit.page.mouse.down()
    visit.page.mouse.move(604, 450, steps=4)
    visit.page.wait_for_timeout(250)  # held still, it does not glide on
    visit.page.mouse.move(604, 450)
    visit.page.mouse.up()
    visit.page.mouse.click(720, 400)
    expect(visit.card).to_be_visible()
    visit.wait_for_hash(".*/p043")
    visit.page.go_back()
    expect(visit.card).to_be_hidden()
    visit.wait_for_hash("2/7/4")


def test_back_out_of_the_card_leaves_the_focus_on_the_map(open_map: Open) -> None:
    visit = open_map("#2/6/4")
    visit.settle()
    visit.map.focus()
    visit.page.keyboard.press("Enter")
    expect(visit.card.get_by_role("heading")).to_be_visible()
    visit.wait_for_hash(".*/p.*")
    visit.page.keyboard.press("Enter")
    assert visit.card.evaluate("card => card.contains(document.activeElement)")
    visit.page.go_back()
    expect(visit.card).to_be_hidden()
    expect(visit.map).to_be_focused()


def test_back_stops_the_tour_and_stays_at_its_poster(open_map: Open) -> None:
    visit = open_map("#2/6/4/p028")
    expect(visit.title).to_have_text("Film 28")
    visit.settle()
    visit.page.mouse.click(768, 522)
    visit.wait_for_hash(".*/p054")
    visit.page.get_by_role("button", name="Tour of the clusters").click()
    visit.page.wait_for_timeout(700)  # in mid-flight
    visit.page.go_back()
    expect(visit.title).to_have_text("Film 28")
    expect(visit.page.get_by_role("group", name="Tour", exact=True)).to_be_hidden()
    visit.page.wait_for_timeout(700)
    assert visit.hash == "2/6/4/p028"


def test_a_link_copied_in_a_frame_is_to_the_whole_page(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map("?ui=0#2/6/4/p028", base=address)
        expect(visit.title).to_have_text("Film 28")
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit.card.get_by_role("button", name="Copy link").click()
        expect(visit.card.get_by_role("button", name="Copied")).to_be_visible()
        copied = visit.page.evaluate("() => navigator.clipboard.readText()")
        assert copied == f"{address}index.html#2/6/4/p028"
        visit.page.goto("about:blank")
