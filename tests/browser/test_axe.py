"""axe-core finds nothing wrong with the map, the card, the panels, the list, and the page on quality."""

from typing import Any

import pytest

from .axe import violations
from .conftest import DESKTOP, PHONE, Open, Read
from .handmade import Handmade, poster_id

pytestmark = pytest.mark.browser

SCREENS: dict[str, dict[str, Any]] = {
    "dark": DESKTOP,
    "light": {**DESKTOP, "color_scheme": "light"},
    "phone": PHONE,
}


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SCREENS[request.param]


def test_the_map(open_map: Open, screen: dict[str, Any]) -> None:
    visit = open_map(**screen)
    visit.settle()
    assert violations(visit.page) == []


def test_the_map_with_a_card_open(open_map: Open, spec: Handmade, screen: dict[str, Any]) -> None:
    for cell in (40, spec.hostile):
        visit = open_map(f"#{poster_id(cell)}", **screen)
        visit.title.wait_for()
        visit.settle()
        assert violations(visit.page) == []


@pytest.mark.parametrize("panel", ["Search", "Filter", "Select", "About this map"])
def test_the_panels(open_map: Open, panel: str, screen: dict[str, Any]) -> None:
    visit = open_map("#?q=film&any=Drama", **screen)
    visit.page.get_by_role("button", name=panel, exact=True).click()
    visit.page.get_by_role("region", name=panel).wait_for()
    if panel == "Select":
        visit.page.get_by_role("button", name="All in view").click()
    visit.settle()
    assert violations(visit.page) == []


@pytest.mark.parametrize("page", ["index", "titles-2", "1950s-1", "tag-drama-1", "../quality/index"])
def test_the_list_and_what_tells_how_good_the_map_is(read: Read, page: str, screen: dict[str, Any]) -> None:
    opened = read(f"{page}.html", java_script_enabled=True, **screen)  # for axe; the page has none
    assert opened.locator("main").count() == 1
    assert violations(opened) == []


def test_what_is_wrong_is_found_and_named(open_map: Open) -> None:
    visit = open_map()
    visit.page.evaluate("() => { document.body.append(document.createElement('button')) }")
    assert any(line.startswith("button-name: ") for line in violations(visit.page))
