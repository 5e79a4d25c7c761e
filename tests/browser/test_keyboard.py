"""One visit without a mouse: search, fly, open, walk, similar, copy the link, filter, close."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Open, served
from .handmade import Handmade, poster_id, similar
from .visit import Visit

pytestmark = pytest.mark.browser

MOST_TABS = 80


def tab_to(visit: Visit, name: str) -> None:
    """Press Tab until what has this name has the focus, as someone would who cannot see the page."""
    for _ in range(MOST_TABS):
        visit.page.keyboard.press("Tab")
        if re.fullmatch(name, str(visit.focused())):
            return
    pytest.fail(f"{MOST_TABS} tabs did not lead to {name!r}")


def test_a_whole_visit_with_the_keyboard_alone(open_map: Open, site: object, spec: Handmade) -> None:
    with served(site) as address:  # type: ignore[arg-type]  # the path of the handmade map
        visit = open_map(base=address)
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        press = visit.page.keyboard.press

        press("/")
        visit.page.keyboard.type("flim 41")  # a typing error is forgiven
        press("Enter")  # faster than the answer
        expect(visit.title).to_have_text("Film 41")

        tab_to(visit, "Poster|Close|.*In Odd ones.*|Copy link")  # the card is next in order
        press("ArrowRight")
        expect(visit.title).to_have_text("Film 42")
        press("ArrowDown")
        expect(visit.title).to_have_text("Film 54")

        tab_to(visit, r"Similar poster 2 of 12.*")
        press("Enter")
        second = similar(spec, 54)[1][0]
        expect(visit.title).to_have_text(f"Film {second}")

        tab_to(visit, "Copy link")
        press("Enter")
        visit.wait_for_hash(rf".*/{poster_id(second)}.*")
        assert poster_id(second) in str(visit.page.evaluate("() => navigator.clipboard.readText()"))

        press("Escape")
        expect(visit.card).to_be_hidden()
        tab_to(visit, "Filter")
        press("Enter")
        expect(visit.page.get_by_role("slider", name="First year")).to_be_focused()
        press("PageUp")
        tab_to(visit, "Drama.*")
        press("Enter")
        expect(visit.page.locator(".lit-chip")).to_contain_text(re.compile(r"\d+ of 89 match"))

        press("Escape")
        expect(visit.page.get_by_role("region", name="Filter")).to_be_hidden()
        assert visit.focused() == "Filter"
        visit.page.goto("about:blank")
