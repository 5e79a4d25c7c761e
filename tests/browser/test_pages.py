"""The list beside the map, in a real Chromium that runs no script."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, LISTED, PHONE, Read

pytestmark = pytest.mark.browser


def test_without_a_script_the_map_leads_to_the_list_and_the_list_back(read: Read, listed: Path) -> None:
    page = read("../index.html")
    page.get_by_role("link", name="All posters as a list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Posters <of> a program")
    expect(page.get_by_text(f"{LISTED} posters")).to_be_visible()
    page.get_by_role("link", name="Open the map").click()
    expect(page).to_have_url(f"{listed.as_uri()}/index.html")


def test_one_reads_on_from_page_to_page(read: Read) -> None:
    page = read()
    page.get_by_role("navigation", name="A to Z").get_by_role("link").first.click()
    expect(page).to_have_title(re.compile("A to Z, page 1 of 2"))
    first = page.locator(".posters li").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_title(re.compile("A to Z, page 2 of 2"))
    second = page.locator(".posters li").all_inner_texts()
    assert len(first) + len(second) == LISTED
    assert min(len(first), len(second)) >= 100
    page.get_by_role("link", name="Previous").click()
    expect(page).to_have_title(re.compile("page 1 of 2"))
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="List").click()
    expect(page.get_by_role("link", name="Open the map")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_picture_of_the_strip_is_a_link_of_its_own(read: Read, screen: dict[str, Any]) -> None:
    page = read("titles-1.html", **screen)
    picture, links = page.get_by_role("img").bounding_box(), page.locator(".strip a")
    assert picture is not None
    assert (picture["width"], picture["height"]) == (24 * 48, 72)
    assert links.count() == 24
    for place in range(24):
        box = links.nth(place).bounding_box()
        assert box is not None
        assert (round(box["x"] - picture["x"]), round(box["width"])) == (place * 48, 48)
        assert (round(box["y"]), round(box["height"])) == (round(picture["y"]), 72)


def test_a_picture_leads_to_its_poster_on_the_map(read: Read) -> None:
    page = read("titles-1.html", java_script_enabled=True)
    link = page.locator(".strip a").nth(3)
    name = link.get_attribute("title")
    assert name
    link.click()
    expect(page.get_by_role("complementary", name="Poster").get_by_role("heading")).to_have_text(name)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index.html", "titles-1.html", "titles-2.html", "1950s-1.html"])
def test_nothing_is_wider_than_the_screen_but_the_strip(read: Read, name: str, screen: dict[str, Any]) -> None:
    page = read(name, **screen)
    for part in page.locator("header, main > :not(.strip), .posters, .shelves, .compact").all():
        box = part.bounding_box()
        assert box is None or box["x"] + box["width"] <= screen["viewport"]["width"]


def test_the_keyboard_skips_to_the_posters(read: Read) -> None:
    page = read("titles-1.html")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the list")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".posters a").first).to_be_focused()


def test_fingers_find_every_link(read: Read) -> None:
    page = read("titles-1.html", **PHONE)
    for kind in (".posters li > a", ".compact a", ".pages a", ".strip a"):
        links = page.locator(kind).all()[:30]
        assert links, kind
        for link in links:
            box = link.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44


def test_the_list_leads_to_how_good_the_map_is_and_that_to_places_on_it(read: Read, listed: Path) -> None:
    page = read(java_script_enabled=True)
    page.get_by_role("link", name="How good this map is").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How good is this map?")
    strongest = page.get_by_role("table", name=re.compile("^The strongest squares"))
    place = strongest.get_by_role("link").first
    where = place.get_attribute("href")
    assert where
    place.click()
    expect(page).to_have_url(re.compile(r"/index\.html#[\d.]+/[\d.]+/[\d.]+$"))
    column, row = (float(part) for part in where.split("/")[-2:])
    x, y = (float(part) for part in page.url.split("/")[-2:])
    assert abs(x - column) < 4
    assert abs(y - row) < 4
    page.get_by_role("button", name="About this map").click()
    page.get_by_role("link", name="How good this map is").click()
    expect(page).to_have_url(re.compile("/quality/index.html$"))


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_of_the_page_on_quality_only_tables_are_wider_than_the_screen(read: Read, screen: dict[str, Any]) -> None:
    page = read("../quality/index.html", **screen)
    width = screen["viewport"]["width"]
    for part in page.locator("header, h2, main p, .measures > div, .plan, .bars, .plans, .scrolling, .legend").all():
        box = part.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
    drawings = page.get_by_role("img").all()
    assert len(drawings) > 3
    for drawing in drawings:
        box = drawing.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 50
    folded = page.get_by_text("The same as a table").first
    folded.click()
    expect(page.get_by_role("table", name="Posters by decade")).to_be_visible()
