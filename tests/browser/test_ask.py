"""The search page of `mapmaker serve --search`, in Chromium: titles, pictures, a walk from poster to poster."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.search.conftest import Searched, searched
from tests.server.conftest import Served, serving
from tests.server.test_search_api import png

from .axe import violations
from .conftest import DESKTOP, PHONE
from .visit import Visit

__all__ = ["searched"]
pytestmark = pytest.mark.browser
SCREENS: dict[str, dict[str, Any]] = {
    "dark": DESKTOP,
    "light": {**DESKTOP, "color_scheme": "light"},
    "phone": PHONE,
}
DROP = """content => {
    const given = new DataTransfer();
    if (content) given.items.add(new File([new Uint8Array(content)], "new.png", {type: "image/png"}));
    const kinds = {drop: DragEvent, dragover: DragEvent, paste: ClipboardEvent};
    return (kind) => document.dispatchEvent(new kinds[kind](kind, {
        dataTransfer: given, clipboardData: given, bubbles: true, cancelable: true}));
}"""
Ask = Callable[..., Page]


@pytest.fixture(scope="session")
def server(searched: Searched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(searched, allowed=tmp_path_factory.mktemp("allowed")) as server:
        yield server.ready()


@pytest.fixture
def ask(chromium: Browser, server: Served) -> Iterator[Ask]:
    """Opens the page at an address; unless there is to be `trouble`, nothing may go wrong on it."""
    with ExitStack() as stack:

        def ask_(address: str = "/", trouble: bool = False, **options: Any) -> Page:
            context = chromium.new_context(**{**DESKTOP, **options})
            stack.callback(context.close)
            visit = Visit(context.new_page(), server.url + "/")
            if not trouble:
                stack.callback(visit.assert_clean)
            visit.page.goto(server.url + address)
            return visit.page

        yield ask_


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def posters(page: Page) -> list[str]:
    return page.locator("#found .name").all_inner_texts()


def test_a_title_is_found_while_it_is_typed_and_a_click_walks_on(ask: Ask) -> None:
    page = ask()
    heading(page, "Some posters")
    page.get_by_label("A title").press_sequentially("metropol")
    heading(page, "Posters called “metropol”")
    expect(page.locator("#found li")).to_have_count(2)
    page.locator("#found a.walk").first.click()
    heading(page, "Like Metropolis (1973)")
    assert len(posters(page)) == 24
    expect(page.locator("#found .score").first).to_contain_text(re.compile(r"0\.\d{3} above \d"))
    second = posters(page)[1]
    page.locator("#found a.walk").nth(1).click()
    heading(page, f"Like {second}")
    assert page.title().startswith(f"Like {second}")
    page.go_back()
    heading(page, "Like Metropolis (1973)")
    page.go_back()
    heading(page, "Posters called “metropol”")
    page.go_forward()
    heading(page, "Like Metropolis (1973)")
    page.reload()
    heading(page, "Like Metropolis (1973)")


def test_the_map_opens_at_the_poster_and_back_is_the_walk(ask: Ask, server: Served) -> None:
    id_ = server.searched.id("p03.png")
    page = ask(f"/?like={id_}")
    heading(page, "Like Metropolis (1973)")
    page.locator("#asked").get_by_role("link", name="Metropolis (1973): on the map").click()
    page.wait_for_url(f"**/map/#{id_}")
    expect(page.get_by_role("complementary", name="Poster").get_by_role("heading")).to_have_text("Metropolis")
    page.go_back()
    heading(page, "Like Metropolis (1973)")


def test_a_picture_may_be_chosen_dropped_and_pasted(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(png())
    page = ask()
    heading(page, "Some posters")
    page.get_by_label("Choose a picture").set_input_files(tmp_path / "new.png")
    heading(page, "Like your picture")
    first = posters(page)
    assert len(first) == 24
    for number, kind in enumerate(("drop", "paste"), 1):
        page.get_by_role("button", name="Random poster").click()
        page.wait_for_url("**/?like=*")
        page.evaluate(f"([content, kind]) => ({DROP})(content)(kind)", [list(png()), kind])
        page.wait_for_url(f"**/?picture={number}")
        heading(page, "Like your picture")
        assert posters(page) == first
    page.evaluate(f"content => ({DROP})(content)('dragover')", list(png()))
    expect(page.locator("body")).to_have_class("dropping")
    for _ in range(2):
        page.go_back()
    page.wait_for_url("**/?picture=1")
    heading(page, "Like your picture")


def test_a_picture_that_is_a_poster_is_told_to_be_that(ask: Ask, server: Served) -> None:
    page = ask()
    page.get_by_label("Choose a picture").set_input_files(server.searched.posters / "p00.png")
    heading(page, "Like Alien (1970)")
    expect(page.locator("#asked")).to_contain_text("This picture is a poster of the map: Alien")


def test_what_cannot_be_is_told_and_the_page_goes_on(ask: Ask, server: Served, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    page = ask(trouble=True)
    chooser, problem = page.get_by_label("Choose a picture"), page.get_by_role("alert")
    chooser.set_input_files(tmp_path / "notes.txt")
    expect(problem).to_contain_text("not an image")
    heading(page, "No answer")
    chooser.set_input_files(tmp_path / "empty.png")
    expect(problem).to_contain_text("The file is empty")
    page.evaluate(f"() => ({DROP})(null)('drop')")
    expect(problem).to_contain_text("That is no file")
    page.goto(f"{server.url}/?like=nobody")
    expect(problem).to_contain_text("No poster has the id 'nobody'")
    page.goto(f"{server.url}/?picture=7")
    expect(problem).to_contain_text("not on this page any more")
    page.goto(f"{server.url}/?like={server.searched.id('p03.png')}&where=yaer%20%3E%201980")
    expect(problem).to_have_text(re.compile(r"^where = .*did you mean 'year'"))
    page.get_by_label("Only posters with").fill("year >= 1990")
    page.get_by_role("button", name="Apply").click()
    heading(page, "Like Metropolis (1973)")
    assert all(int(name[-5:-1]) >= 1990 for name in posters(page))
    page.get_by_label("A title").fill("zzzzzz qqqq")
    expect(page.get_by_role("status").last).to_have_text("No poster that fulfils the condition is called so.")


def test_the_condition_holds_for_titles_random_posters_and_those_to_start_with(ask: Ask) -> None:
    page = ask("/?where=year%20%3E%3D%201980")

    def years() -> set[int]:
        return {int(name[-5:-1]) for name in posters(page)}

    heading(page, "Some posters")
    expect(page.get_by_role("status").last).to_contain_text("fulfil the condition")
    assert min(years()) >= 1980
    page.get_by_label("A title").fill("film")
    heading(page, "Posters called “film”")
    assert min(years()) >= 1980
    for _ in range(3):
        page.get_by_role("button", name="Random poster").click()
        page.wait_for_url("**/?like=*")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Like .* \((19[89]|20)\d"))
        page.go_back()
        heading(page, "Posters called “film”")


def test_the_posters_to_start_with_are_one_request(ask: Ask) -> None:
    page = ask()
    heading(page, "Some posters")
    assert len(posters(page)) == 18
    asked = page.evaluate("() => performance.getEntriesByType('resource').map(({name}) => name)")
    assert sum("/v1/posters?" in address for address in asked) == 1


def test_how_many_are_shown_is_part_of_the_address(ask: Ask, server: Served) -> None:
    page = ask(f"/?like={server.searched.id('p03.png')}")
    heading(page, "Like Metropolis (1973)")
    page.get_by_text("Only some, more, or fewer").click()
    page.get_by_label("How many").select_option("12")
    page.wait_for_url("**k=12")
    expect(page.locator("#found li")).to_have_count(12)


def test_a_server_that_is_gone_is_told_and_asked_again(ask: Ask, server: Served) -> None:
    page = ask(trouble=True)
    heading(page, "Some posters")
    page.context.set_offline(True)
    page.locator("#found a.walk").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator("#found li")).to_have_count(24)


def test_all_of_it_works_with_the_keyboard(ask: Ask) -> None:
    page = ask()
    heading(page, "Some posters")
    order = []
    for _ in range(9):
        page.keyboard.press("Tab")
        order.append(page.evaluate("() => (document.activeElement.id || document.activeElement.textContent).trim()"))
    assert order[:8] == [
        "To the posters",
        "What is like this one?",
        "The map",
        "title",
        "Find",
        "chooser",
        "random",
        "Only some, more, or fewer",
    ]
    first = posters(page)[0]
    assert order[8].startswith(first)
    page.keyboard.press("Enter")
    heading(page, f"Like {first}")
    assert page.evaluate("() => document.activeElement.id") == "heading"


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("address", ["/", "/?like={id}", "/?title=film", "/?like={id}&where=year%3E1980"])
def test_axe_finds_nothing_wrong(ask: Ask, server: Served, screen: str, address: str) -> None:
    page = ask(address.replace("{id}", server.searched.id("p03.png")), **SCREENS[screen])
    expect(page.locator("#found li").first).to_be_visible()
    assert violations(page) == []


def test_a_phone_shows_it_all_without_scrolling_sideways(ask: Ask, server: Served) -> None:
    page = ask(f"/?like={server.searched.id('p03.png')}", **PHONE)
    heading(page, "Like Metropolis (1973)")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 375
    for target in page.locator("main button:visible, main .chooser, main .on-map").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_without_script_the_page_says_where_to_go(chromium: Browser, server: Served) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("link", name="The list of all posters").click()
    page.wait_for_url("**/map/list/index.html")
    context.close()
