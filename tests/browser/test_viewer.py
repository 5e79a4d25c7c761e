"""The viewer on a handmade map, in a real Chromium."""

import re
import shutil
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.scripts import data_of

from .conftest import PHONE, Open, served
from .handmade import (
    HOSTILE,
    Handmade,
    colour,
    poster_id,
    write_map,
    write_page,
    write_tiles,
)
from .visit import assert_posters_shown, near

pytestmark = pytest.mark.browser


# Opening


@pytest.mark.parametrize("host", ["root", "sub-path", "file"])
def test_the_map_opens_from_any_host_with_every_poster_in_its_cell(
    host: str, open_map: Open, site: Path, spec: Handmade
) -> None:
    if host == "file":
        assert_posters_shown(open_map(), spec)
        return
    folder = site if host == "root" else site.parent.parent
    with served(folder) as address:
        visit = open_map(base=address if host == "root" else f"{address}deep/map/")
        assert_posters_shown(visit, spec)
        expect(visit.page).to_have_title(spec.title)
        expect(visit.page.get_by_role("heading", level=1)).to_have_text(spec.title)
        visit.assert_clean()
        visit.page.goto("about:blank")


def test_holes_and_the_page_around_the_map_stay_empty(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    picture = visit.picture()
    for cell in spec.holes:
        x, y = visit.spot(spec, cell)
        assert near(picture.getpixel((round(x), round(y))), (11, 11, 12), 2), cell


@pytest.mark.parametrize("ratio", [1, 2])
def test_every_zoom_asks_for_the_tiles_that_are_there_and_no_others(
    ratio: int, open_map: Open, site: Path, spec: Handmade
) -> None:
    small = open_map(viewport={"width": 300, "height": 300}, device_scale_factor=ratio)
    small.settle()
    large = open_map(device_scale_factor=ratio)
    large.settle()
    for visit, link in (
        *((small, f"1/{place}") for place in ("0/0", "12/0", "0/8", "12/8")),
        *((large, f"{zoom}/{place}") for zoom in (2, 3) for place in ("0/0", "12/8", "6/4")),
    ):
        visit.page.evaluate("hash => { location.hash = hash }", link)
        visit.settle()
    asked = {url.partition("/tiles/")[2] for url in small.requested + large.requested} - {""}
    there = {path.relative_to(site / "tiles").as_posix() for path in site.rglob("*.webp")}
    assert "2/2/2.webp" not in there
    assert asked == there  # 0/0/0 on dense screens by the overview in the corner alone


def test_a_dense_screen_is_shown_the_next_deeper_tiles(open_map: Open, spec: Handmade) -> None:
    window = {"width": 300, "height": 300}
    for ratio, zoom in ((1, 1), (2, 2)):
        visit = open_map("#1/6/4", device_scale_factor=ratio, viewport=window)
        visit.settle()
        sources = visit.page.locator(".leaflet-tile").evaluate_all("tiles => tiles.map(t => t.src)")
        assert {re.sub(r".*/tiles/(\d+)/.*", r"\1", source) for source in sources} == {str(zoom)}


def test_at_the_deepest_zoom_posters_are_shown_pixel_by_pixel(open_map: Open, spec: Handmade, site: Path) -> None:
    visit = open_map("#2/2.5/1.5")
    visit.settle()
    shown = visit.picture().crop((700, 440, 740, 460))
    # The middle of the screen, 720 and 450, is at pixel 240 and 216 of the map.
    with Image.open(site / "tiles/2/0/0.webp") as tile:
        there = tile.convert("RGB").crop((220, 206, 260, 226))
    assert ImageChops.difference(shown, there).getbbox() is None


def test_the_shared_fixture_opens(open_map: Open, tmp_path: Path) -> None:
    fixture = Path(__file__).parents[2] / "site/test/fixture/data"
    spec = Handmade(columns=3, rows=2, cell=(8, 12), holes=frozenset({4}))
    write_page(tmp_path, spec)
    write_tiles(tmp_path, spec)
    shutil.copytree(fixture, tmp_path / "data")
    visit = open_map("#b2", base=tmp_path.as_uri() + "/")
    title = data_of(tmp_path, "posters/0-0")["posters"][1]["title"]
    assert "\u2028" in title
    assert visit.title.text_content() == title


# The card


def test_a_click_opens_the_card_of_the_poster_under_it(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.click(spec, 41)
    expect(visit.title).to_have_text("Film 41")
    expect(visit.card).to_contain_text("1961")
    expect(visit.card).to_contain_text("In Odd ones")
    expect(visit.card.get_by_role("listitem")).to_have_text(["Drama", "Western"])
    expect(visit.card.get_by_role("definition")).to_have_text(["Jane Doe", "https://example.org/"])
    out = visit.card.get_by_role("link", name="Open at example.org")
    expect(out).to_have_attribute("href", "https://example.org/film/41")
    expect(out).to_have_attribute("rel", re.compile("noopener"))
    expect(visit.card.get_by_role("link", name="https://example.org/")).to_be_visible()


def test_the_large_picture_is_the_poster_whole_without_its_neighbours(
    open_map: Open, site: Path, spec: Handmade
) -> None:
    corners = """([canvas, points]) => points.map(([x, y]) =>
        [...canvas.getContext("2d").getImageData(x, y, 1, 1).data])"""
    width, height = spec.cell
    with served(site) as address:  # a page from file:// may draw pictures, but not read them
        visit = open_map(base=address, trouble=True)  # Chromium warns of slow reading
        for cell in (0, 41, 89):  # 41 is cut by four tiles
            visit.page.evaluate("hash => { location.hash = hash }", poster_id(cell))
            expect(visit.title).to_have_text(f"Film {cell}")
            visit.page.wait_for_load_state("networkidle")
            image = visit.card.get_by_role("img", name=f"Poster: Film {cell}").locator("canvas")
            points = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
            pixels = visit.page.evaluate(corners, [image.element_handle(), points])
            assert pixels == [[*colour(cell), 255]] * 4
        visit.page.goto("about:blank")


def test_escape_the_cross_and_a_click_beside_the_map_close_the_card(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    for close in (
        partial(visit.page.keyboard.press, "Escape"),
        visit.card.get_by_role("button", name="Close").click,
        partial(visit.page.mouse.click, 60, 600),
    ):
        visit.click(spec, 16)
        expect(visit.title).to_have_text("Film 16")
        close()
        expect(visit.card).to_be_hidden()


def test_a_hole_can_neither_be_hovered_nor_chosen(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.page.mouse.move(*visit.spot(spec, 29))
    expect(visit.page.locator(".outline-hovered")).to_have_count(1)
    visit.page.mouse.move(*visit.spot(spec, 30))
    expect(visit.page.locator(".outline-hovered")).to_have_count(0)
    visit.click(spec, 30)
    visit.page.wait_for_timeout(400)
    expect(visit.card).to_be_hidden()


def test_a_double_click_zooms_and_opens_nothing(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.page.mouse.dblclick(*visit.spot(spec, 40))
    visit.wait_for_hash(r"2/[\d.]+/[\d.]+")
    expect(visit.card).to_be_hidden()


def test_hostile_metadata_is_shown_as_text(open_map: Open, spec: Handmade) -> None:
    visit = open_map(f"#{poster_id(spec.hostile)}")
    expect(visit.card.get_by_role("listitem")).to_be_visible()
    assert visit.title.text_content() == HOSTILE
    expect(visit.card.get_by_role("listitem")).to_have_text(["<b>bold</b>"])
    expect(visit.card.get_by_role("definition")).to_have_text(["javascript:alert(1)"])
    expect(visit.card.locator("a, b, img, script")).to_have_count(0)
    expect(visit.page).to_have_title(spec.title)
    wider = "() => document.documentElement.scrollWidth > window.innerWidth"
    assert not visit.page.evaluate(wider)
    assert not visit.card.evaluate("card => card.scrollWidth > card.clientWidth")


def test_the_page_itself_escapes_its_title(open_map: Open, tmp_path: Path) -> None:
    spec = Handmade(columns=2, rows=1, holes=frozenset(), title='"><script>alert(1)</script>$x')
    write_map(tmp_path, spec)
    visit = open_map(base=tmp_path.as_uri() + "/")
    expect(visit.page).to_have_title(spec.title)
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(spec.title)


# Keyboard and screen reader


def test_the_keyboard_alone_opens_walks_and_closes(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    press = visit.page.keyboard.press
    press("Tab")
    expect(visit.map).to_be_focused()
    press("Enter")
    expect(visit.title).to_have_text("Film 54")
    for key, film in (("Right", 55), ("Up", 43), ("Up", 31), ("Left", 29), ("Down", 41)):
        press(f"Arrow{key}")
        expect(visit.title).to_have_text(f"Film {film}")
    press("Enter")
    press("Tab")
    assert visit.focused() == "Only posters of 1961"
    press("Tab")
    assert visit.focused() == "In Odd ones: show this cluster"
    for tag in ("Drama", "Western"):
        press("Tab")
        assert visit.focused() == f"Only posters tagged {tag}"
    press("Tab")
    assert visit.focused() == "Open at example.org"
    press("Escape")
    expect(visit.card).to_be_hidden()
    expect(visit.map).to_be_focused()
    press("ArrowRight")
    press("+")
    visit.wait_for_hash(r"2/[\d.]+/[\d.]+")


def test_the_focus_goes_from_map_to_controls_to_card(open_map: Open) -> None:
    visit = open_map("#p017")
    expect(visit.title).to_have_text("Film 17")
    order = []
    for _ in range(20):
        visit.page.keyboard.press("Tab")
        order.append(visit.focused())
    assert order.pop().startswith("Similar poster 1 of 12")
    assert order == [
        "Map: Handmade map",
        "Zoom in",
        "Zoom out",
        "Show the whole map",
        "Full screen",
        "Search",
        "Filter",
        "Select",
        "A random poster",
        "Tour of the clusters",
        "About this map",
        "Hide the overview",
        "Close",
        "Only posters of 1937",
        "In Odd ones: show this cluster",
        "Only posters tagged Drama",
        "Only posters tagged Western",
        "Open at example.org",
        "Copy link",
    ]


def test_a_turned_phone_keeps_the_chosen_poster_in_view(open_map: Open) -> None:
    visit = open_map(f"#3/2/2/{poster_id(17)}", **{**PHONE, "viewport": {"width": 812, "height": 375}})
    expect(visit.title).to_have_text("Film 17")
    visit.page.set_viewport_size({"width": 375, "height": 812})
    visit.page.wait_for_timeout(800)
    outline, card = visit.page.locator(".outline-chosen").bounding_box(), visit.card.bounding_box()
    assert outline is not None
    assert card is not None
    assert outline["x"] >= 0
    assert outline["x"] + outline["width"] <= 375
    assert outline["y"] + outline["height"] <= card["y"]


def test_the_chosen_poster_is_announced(open_map: Open) -> None:
    visit = open_map("#p017")
    live = visit.page.locator(".unseen[aria-live]")
    expect(live).to_have_text("Film 17, 1937, Drama, Western")
    visit.page.keyboard.press("ArrowDown")
    expect(live).to_have_text("Film 29, 1949, Drama, Western")
    visit.page.keyboard.press("Escape")
    expect(live).to_have_text("Closed")


def test_the_walk_stops_at_the_edge_and_says_so(open_map: Open) -> None:
    visit = open_map("#p000")
    expect(visit.title).to_have_text("Film 0")
    visit.page.keyboard.press("ArrowLeft")
    expect(visit.page.locator(".unseen[aria-live]")).to_have_text("No poster further that way")
    expect(visit.title).to_have_text("Film 0")


def test_walking_keeps_the_poster_in_view_beside_the_card(open_map: Open) -> None:
    visit = open_map("#p017")
    expect(visit.title).to_have_text("Film 17")
    for _ in range(6):
        visit.page.keyboard.press("ArrowRight")
    expect(visit.title).to_have_text("Film 23")
    visit.page.wait_for_timeout(400)
    outline = visit.page.locator(".outline-chosen").bounding_box()
    card = visit.card.bounding_box()
    assert outline is not None
    assert card is not None
    assert outline["x"] + outline["width"] < card["x"]


# Controls


def test_the_controls_zoom_and_bring_the_whole_map_back(open_map: Open) -> None:
    visit = open_map()
    button = visit.page.get_by_role("button")
    out = button.and_(visit.page.get_by_label("Zoom out"))
    expect(out).to_have_attribute("aria-disabled", "true")
    button.and_(visit.page.get_by_label("Zoom in")).click()
    visit.wait_for_hash("2/6/4")
    expect(out).to_have_attribute("aria-disabled", "false")
    button.and_(visit.page.get_by_label("Show the whole map")).click()
    visit.page.wait_for_function("() => location.hash === ''")
    expect(out).to_have_attribute("aria-disabled", "true")


def test_full_screen_is_entered_and_left(open_map: Open) -> None:
    visit = open_map()
    visit.page.get_by_role("button", name="Full screen").click()
    visit.page.get_by_role("button", name="Leave full screen").click()
    expect(visit.page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()


def test_the_map_cannot_be_dragged_out_of_sight(open_map: Open) -> None:
    visit = open_map("#2/6/4")
    visit.settle()
    for _ in range(3):
        visit.page.mouse.move(100, 450)
        visit.page.mouse.down()
        visit.page.mouse.move(1400, 450, steps=4)
        visit.page.mouse.up()
    visit.wait_for_hash(r"2/0/4")


# Screens


def test_a_phone_gets_the_card_as_a_sheet_from_below(open_map: Open, spec: Handmade) -> None:
    visit = open_map(**PHONE)
    visit.settle()
    visit.page.touchscreen.tap(*visit.spot(spec, 40))
    expect(visit.title).to_have_text("Film 40")
    sheet = visit.card.bounding_box()
    assert sheet is not None
    assert (sheet["x"], sheet["width"]) == (0, 375)
    assert 812 / 3 < sheet["y"] < 812 * 2 / 3
    assert round(sheet["y"] + sheet["height"]) == 812
    expect(visit.page.locator(".outline-hovered")).to_have_count(0)
    visit.card.get_by_role("button", name="Close").tap()
    expect(visit.card).to_be_hidden()


def test_a_phone_s_link_leaves_the_poster_free_above_the_sheet(open_map: Open) -> None:
    visit = open_map("#p040", **PHONE)
    expect(visit.title).to_have_text("Film 40")
    visit.wait_for_hash(".*/p040")
    outline = visit.page.locator(".outline-chosen").bounding_box()
    sheet = visit.card.bounding_box()
    assert outline is not None
    assert sheet is not None
    assert outline["y"] >= 0
    assert outline["y"] + outline["height"] < sheet["y"]


def test_who_prefers_light_gets_paper(open_map: Open) -> None:
    visit = open_map(color_scheme="light")
    visit.settle()
    assert near(visit.picture().getpixel((40, 700)), (246, 242, 234), 1)


def test_who_prefers_less_motion_gets_no_flight(open_map: Open) -> None:
    visit = open_map(reduced_motion="reduce")
    visit.settle()
    visit.page.evaluate(
        """() => {
            const pane = document.querySelector(".leaflet-map-pane");
            window.moves = 0;
            new MutationObserver(() => window.moves++).observe(pane, {attributes: true});
            location.hash = "p017";
        }"""
    )
    expect(visit.title).to_have_text("Film 17")
    visit.wait_for_hash("2/.*/p017")
    assert visit.page.evaluate("() => window.moves") <= 4


def test_a_resized_window_still_shows_the_whole_map(open_map: Open, spec: Handmade) -> None:
    visit = open_map()
    visit.settle()
    visit.page.set_viewport_size({"width": 800, "height": 500})
    visit.page.wait_for_timeout(300)
    covered = {0, 1, 2, 3}  # by the title
    assert_posters_shown(visit, Handmade(holes=spec.holes | covered))


def test_a_copied_link_is_said_aloud_and_the_button_can_be_read_again(open_map: Open) -> None:
    visit = open_map("#p017")
    copy = visit.card.get_by_role("button", name="Copy link")
    copy.click()
    said = visit.page.locator("main > .unseen[aria-live]")
    expect(said).to_have_text(re.compile("Copied|Copy it from the address bar"))
    expect(visit.card.get_by_role("button", name=re.compile("Copied|Copy it from the address bar"))).to_be_visible()
    expect(copy).to_be_visible(timeout=6000)
