"""Failure has a face: whatever is missing, damaged or blocked is named."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .conftest import Open, served
from .handmade import (
    Handmade,
    poster_id,
)

pytestmark = pytest.mark.browser


def test_a_missing_shard_is_named_in_the_card_and_can_be_tried_again(
    open_map: Open, copied: Path, spec: Handmade
) -> None:
    shard = copied / "data/posters/1-1.js"
    away = shard.rename(copied / "away.js")
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    visit.settle()
    visit.click(spec, 54)
    expect(visit.card).to_contain_text("data/posters/1-1.js could not be loaded")
    away.rename(shard)
    visit.card.get_by_role("button", name="Try again").click()
    expect(visit.title).to_have_text("Film 54")


def test_the_address_keeps_a_poster_whose_file_is_missing(open_map: Open, copied: Path) -> None:
    (copied / "data/posters/1-0.js").unlink()
    visit = open_map(f"#2/3/3/{poster_id(17)}", base=copied.as_uri() + "/", trouble=True)
    expect(visit.card).to_contain_text("data/posters/1-0.js could not be loaded")
    visit.page.wait_for_timeout(1000)  # longer than the address waits to be written
    visit.wait_for_hash("2/3/3/p017")


def test_a_missing_tile_is_named(open_map: Open, copied: Path) -> None:
    (copied / "tiles/2/1/1.webp").unlink()
    visit = open_map("#2/6/4", base=copied.as_uri() + "/", trouble=True)
    expect(visit.page.get_by_role("status")).to_contain_text("tiles/2/1/1.webp could not be loaded")


def test_what_is_said_of_a_tile_is_taken_back_when_it_comes(open_map: Open, copied: Path) -> None:
    tile = copied / "tiles/2/2/1.webp"
    away = tile.rename(copied / "away.webp")
    small = {"width": 600, "height": 400}
    visit = open_map("#2/12/5", base=copied.as_uri() + "/", trouble=True, viewport=small)
    said = visit.page.locator(".notice")
    expect(said).to_contain_text("tiles/2/2/1.webp could not be loaded")
    away.rename(tile)
    visit.page.evaluate("() => { location.hash = '2/0/0' }")
    visit.settle()
    expect(said).to_contain_text("tiles/2/2/1.webp")
    visit.page.evaluate("() => { location.hash = '2/12/5' }")
    expect(said).to_be_empty()


def test_a_second_problem_is_said_when_the_first_is_dismissed_and_the_focus_is_kept(
    open_map: Open, copied: Path
) -> None:
    (copied / "tiles/2/1/1.webp").unlink()
    (copied / "data/search/0.js").unlink()
    visit = open_map("#2/6/4?q=film", base=copied.as_uri() + "/", trouble=True)
    said = visit.page.locator(".notice")
    dismiss = said.get_by_role("button", name="Dismiss")
    expect(dismiss).to_be_visible()
    visit.page.wait_for_timeout(1000)  # for both to have failed
    first = said.inner_text()
    dismiss.press("Enter")
    expect(said).not_to_have_text(first)
    expect(dismiss).to_be_focused()
    texts = [first, said.inner_text()]
    assert any("tiles/2/1/1.webp" in text for text in texts)
    assert any("data/search/0.js" in text for text in texts)
    dismiss.press("Enter")
    expect(said).to_be_empty()
    assert visit.focused() == "Map: Handmade map"


def test_what_is_said_of_a_data_file_is_taken_back_when_it_comes(open_map: Open, copied: Path) -> None:
    facets = copied / "data/facets.js"
    away = facets.rename(copied / "away.js")
    visit = open_map("#?years=1930-1939", base=copied.as_uri() + "/", trouble=True)
    said = visit.page.locator(".notice")
    expect(said).to_contain_text("data/facets.js is missing or damaged.")
    away.rename(facets)
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    expect(visit.page.locator(".lit-chip")).to_contain_text("10 of 89 match")
    expect(said).to_be_empty()


def break_version(data: Path) -> None:
    value = data.read_text(encoding="utf-8")
    data.write_text(value.replace('"version":3', '"version":1'), encoding="utf-8")


def break_title(data: Path) -> None:
    value = data.read_text(encoding="utf-8")
    data.write_text(value.replace('"title":"', '"name":"'), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (Path.unlink, "data/map.js is missing or damaged."),
        (lambda data: data.write_text("{"), "data/map.js is missing or damaged."),
        (break_version, "data/map.js does not fit this page: version is 1, this viewer reads 3."),
        (break_title, "data/map.js does not fit this page: title is missing, not a text."),
    ],
    ids=["missing", "damaged", "of another version", "without a title"],
)
def test_a_map_whose_data_do_not_fit_says_which_file_and_what_to_do(
    harm: Any, said: str, open_map: Open, copied: Path
) -> None:
    harm(copied / "data/map.js")
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    panel = visit.page.get_by_role("alert")
    expect(panel).to_contain_text(said)
    expect(panel).to_contain_text("build it again")


def test_a_page_without_its_viewer_says_so(open_map: Open, copied: Path) -> None:
    (copied / "assets/viewer.js").unlink()
    visit = open_map(base=copied.as_uri() + "/", trouble=True)
    expect(visit.page.get_by_text("assets/viewer.js is missing")).to_be_visible(timeout=6000)


def test_without_javascript_the_map_is_shown_at_a_glance(open_map: Open, spec: Handmade) -> None:
    visit = open_map(java_script_enabled=False)
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(spec.title)
    overview = visit.page.get_by_role("img", name=spec.title)
    expect(overview).to_be_visible()
    expect(overview).to_have_attribute("src", "tiles/0/0/0.webp")
    expect(visit.page.get_by_text("The map should appear here")).to_be_hidden()


def test_the_policy_lets_no_inline_script_run(open_map: Open) -> None:
    visit = open_map(trouble=True)
    visit.settle()
    visit.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )
    assert visit.page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in line for line in visit.trouble)


def test_without_its_file_a_filter_is_not_said_to_match(open_map: Open, copied: Path) -> None:
    (copied / "data/facets.js").unlink()
    visit = open_map("#?q=film&any=Drama", base=copied.as_uri() + "/", trouble=True)
    expect(visit.page.locator(".lit-chip")).to_have_text("Not loaded“film”, Drama")
    visit.page.get_by_role("button", name="Clear search and filter").click()
    expect(visit.page.locator(".lit-chip")).to_have_text("89 posters")


def test_while_an_answer_loads_no_number_stands_beside_it(open_map: Open, site: Path) -> None:
    with served(site) as address:
        visit = open_map(base=address)
        visit.settle()
        held: list[Route] = []
        visit.page.route("**/data/facets.js", lambda route: held.append(route))
        visit.page.evaluate("() => { location.hash = '?any=Drama' }")
        chip = visit.page.locator(".lit-chip")
        expect(chip).to_have_text("LoadingDrama")
        for route in held:
            route.continue_()
        expect(chip).to_have_text("88 of 89 matchDrama")
        visit.page.goto("about:blank")


def test_what_is_said_of_a_link_is_over_with_the_next_poster(open_map: Open) -> None:
    visit = open_map("#nosuchid")
    said = visit.page.locator(".notice")
    expect(said).to_contain_text("no poster")
    visit.page.get_by_role("button", name="A random poster").click()
    expect(visit.title).to_be_visible()
    expect(said).to_be_empty()


def test_in_a_frame_what_is_said_lies_above_the_way_out(open_map: Open) -> None:
    for size in ({"width": 600, "height": 400}, {"width": 375, "height": 812}):
        visit = open_map("?ui=0#nosuchid", viewport=size)
        expect(visit.page.locator(".notice")).to_contain_text("no poster")
        said = visit.page.locator(".notice").bounding_box()
        way = visit.page.get_by_role("link", name="Open the whole map").bounding_box()
        assert said is not None and way is not None
        assert said["y"] + said["height"] <= way["y"]
