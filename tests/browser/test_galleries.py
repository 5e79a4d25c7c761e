"""Galleries of clusters in a real Chromium: what their boxes show, what they ask for, and the ways there and back."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import mapmaker
from mapmaker.shelves import PAGE

from .axe import violations
from .conftest import DESKTOP, PHONE, Open, Read, served
from .handmade import Handmade, map_record, poster_id, write_data, write_map
from .visit import Visit

pytestmark = pytest.mark.browser

LOADED = "box => [...box.querySelectorAll('img')].every((image) => image.complete && image.naturalWidth > 0)"
COUNT = 240
"""Posters, each a colour of its own, all of one cluster but the last ten."""
REAL_PHONE: dict[str, Any] = {**PHONE, "viewport": {"width": 390, "height": 844}, "device_scale_factor": 3}
SCREENS: dict[str, dict[str, Any]] = {
    "dark": DESKTOP,
    "light": {**DESKTOP, "color_scheme": "light"},
    "phone": REAL_PHONE,
}


def shade(number: int) -> tuple[int, int, int]:
    """Unlike that of all other posters, and of those around it."""
    return 40 + number % 6 * 40, 40 + number // 6 % 6 * 40, 20 + number // 36 * 32


@pytest.fixture(scope="session")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real build of plain colours, with one cluster of 230 made by hand."""
    folder = tmp_path_factory.mktemp("coloured")
    (folder / "posters").mkdir()
    for number in range(COUNT):
        Image.new("RGB", (60, 90), shade(number)).save(folder / "posters" / f"p{number:03}.png")
    options: dict[str, Any] = {
        "workers": 1,
        "extractor": "classic",
        "layout": "pca",
        "poster_size": 160,
        "triage": {"near": "report", "blank": "report"},
        "raster": {"quality": 95},
    }
    work = folder / "work"
    mapmaker.build(folder / "posters", folder / "map", work=work, **options)
    many = {"slug": "many", "name": "Many colours", "note": "By <hand>", "members": list(range(COUNT - 10))}
    rest = {"slug": "rest", "name": "The rest", "members": list(range(COUNT - 10, COUNT))}
    clusters = json.dumps({"posters": COUNT, "clusters": [many, rest]})
    (work / "clusters.json").write_text(clusters, encoding="utf-8")
    mapmaker.build(folder / "posters", folder / "map", work=work, **options)
    return folder / "map"


@pytest.fixture
def gallery(chromium: Browser, coloured: Path) -> Iterator[Read]:
    """Opens a page below clusters/ from file://; checks it when the test ends."""
    with ExitStack() as stack:

        def open_(name: str = "many_1.html", *, base: str = "", **options: Any) -> Page:
            context = chromium.new_context(**{**DESKTOP, **options})
            stack.callback(context.close)
            visit = Visit(context.new_page(), base or coloured.as_uri() + "/")
            stack.callback(visit.assert_clean)
            visit.page.goto(f"{visit.base}clusters/{name}")
            return visit.page

        yield open_


def shown(page: Page, box: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the pixels of an element as the screen shows them, its rounded corners left out."""
    picture = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
    rim = 3 * page.evaluate("() => devicePixelRatio")
    return np.asarray(picture.crop((rim, rim, picture.width - rim, picture.height - rim)), np.int64)


def until(page: Page, condition: str, argument: Any) -> None:
    """Wait for a condition, asked from here: Playwright's own waiting is a script that the page's policy forbids."""
    for _ in range(100):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_box_shows_its_poster_and_nothing_else(gallery: Read, screen: str) -> None:
    page = gallery(**SCREENS[screen])
    boxes = page.locator(".gallery a")
    assert boxes.count() == PAGE
    pieces = set()
    for number in range(0, PAGE, 11):
        box = boxes.nth(number).locator(".picture")
        box.scroll_into_view_if_needed()
        until(page, LOADED, box.element_handle())
        pieces.add(box.locator("img").count())
        name = boxes.nth(number).inner_text()
        wanted = shade(int(name.removeprefix("P").removeprefix("p")))
        # Every pixel: a seam between tiles, or a neighbour at the edge, would be of another colour.
        assert np.abs(shown(page, box) - wanted).max() <= 8, name
    assert pieces >= {1, 2}


def test_only_pictures_near_the_screen_are_asked_for(gallery: Read, coloured: Path) -> None:
    with served(coloured) as base:
        page = gallery(base=base)
        page.wait_for_load_state("networkidle")
        asked = "[...document.images].filter((image) => image.complete && image.currentSrc).length"
        first, every = page.evaluate(asked), page.locator("img").count()
        assert 0 < first < every / 2
        page.locator(".gallery a").last.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        until(page, f"before => {asked} > before", first)


def test_a_poster_leads_to_its_place_on_the_map_and_its_card_back(gallery: Read) -> None:
    page = gallery()
    link = page.locator(".gallery a").nth(7)
    name, id_ = link.inner_text().strip(), (link.get_attribute("href") or "").partition("#")[2]
    link.click()
    card = page.get_by_role("complementary", name="Poster")
    expect(card.get_by_role("heading")).to_have_text(name)
    expect(page).to_have_url(re.compile(rf"/index\.html#[\d./-]+/{id_}$"))
    back = card.get_by_role("link", name="Gallery of Many colours")
    expect(back).to_have_text("Gallery")
    back.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Many colours")


def test_show_on_the_map_lights_the_cluster_where_it_is(gallery: Read) -> None:
    page = gallery("rest_1.html")
    page.get_by_role("link", name="Show on the map").click()
    expect(page.get_by_text(f"10 of {COUNT} match")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#[\d.]+/[\d.]+/[\d.]+\?cluster=rest$"))


def test_one_walks_from_the_index_through_pages_and_clusters_by_links_alone(gallery: Read) -> None:
    page = gallery("index.html", java_script_enabled=False)
    expect(page.get_by_text("2 clusters · 240 of 240 posters")).to_be_visible()
    page.get_by_role("link", name="By size").click()
    expect(page.get_by_role("link", name="By size")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Many colours 230 posters").click()
    expect(page.get_by_text("230 posters, page 1 of 2")).to_be_visible()
    expect(page.get_by_text("By <hand>")).to_be_visible()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator(".gallery li")).to_have_count(30)
    page.get_by_role("link", name="Next cluster").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The rest")
    page.get_by_role("link", name="Previous cluster").click()
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Clusters").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clusters")


def test_the_keyboard_skips_to_the_posters_and_opens_one(gallery: Read) -> None:
    page = gallery()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the posters")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.locator(".gallery a").first
    expect(first).to_be_focused()
    name = first.inner_text().strip()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Poster").get_by_role("heading")).to_have_text(name)


@pytest.mark.parametrize("name", ["index.html", "by-name.html", "many_1.html", "rest_1.html"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(gallery: Read, name: str, screen: str) -> None:
    page = gallery(name, **SCREENS[screen])
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= SCREENS[screen]["viewport"]["width"]


def test_on_a_phone_three_posters_stand_side_by_side_and_fingers_find_every_link(gallery: Read) -> None:
    page = gallery(**REAL_PHONE)
    tops = [box["y"] for link in page.locator(".gallery a").all()[:6] if (box := link.bounding_box())]
    assert len(set(tops[:3])) == len(set(tops[3:])) == 1
    assert tops[3] > tops[0]
    for link in page.locator(".gallery a, .ways a, .pages a, .beside a").all()[:12]:
        box = link.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40


# On the map.


@pytest.fixture
def pictured(copied: Path, spec: Handmade) -> str:
    """The address of the handmade map with galleries, of which only the names matter here."""
    write_data(copied, "map", {**map_record(spec), "galleries": True})
    (copied / "clusters").mkdir()
    for name in ("index.html", "even_1.html", "odd_1.html"):
        (copied / "clusters" / name).write_text(f"<!doctype html><title>{name}</title>", encoding="utf-8")
    return copied.as_uri() + "/"


def test_a_label_flies_to_its_cluster_and_tells_of_its_gallery_until_something_is_touched(
    open_map: Open, tmp_path: Path
) -> None:
    small = Handmade(columns=40, rows=30, cell=(48, 72), holes=frozenset({7}))  # its clusters' names are needed
    write_map(tmp_path, small)
    far = [
        {**cluster, "cell": cell}
        for cluster, cell in zip(map_record(small)["clusters"], ([5, 5], [30, 20]), strict=True)
    ]
    write_data(tmp_path, "map", {**map_record(small), "clusters": far, "galleries": True})
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters/odd_1.html").write_text("<!doctype html><title>odd_1.html</title>", encoding="utf-8")
    visit = open_map(base=tmp_path.as_uri() + "/", reduced_motion="reduce")
    caption = visit.page.get_by_role("group", name="Cluster", exact=True)
    expect(caption).to_be_hidden()
    visit.page.locator(".label", has_text="Even ones").click()
    expect(caption).to_contain_text("Even ones 45 posters")
    assert violations(visit.page) == []
    visit.page.get_by_role("button", name="Show the whole map").click()
    expect(caption).to_be_hidden()
    visit.page.locator(".label", has_text="Odd ones").click()
    caption.get_by_role("link", name="Gallery of Odd ones").click()
    expect(visit.page).to_have_title("odd_1.html")


def test_the_filter_leads_to_galleries_of_the_clusters_it_asks_for(open_map: Open, pictured: str) -> None:
    visit = open_map(base=pictured)
    visit.page.get_by_role("button", name="Filter").click()
    links = visit.page.get_by_role("group", name="Galleries of the chosen clusters")
    visit.page.get_by_role("button", name="Odd ones 44").click()
    expect(links.get_by_role("link")).to_have_text(["Gallery of Odd ones"])
    assert violations(visit.page) == []
    visit.page.get_by_role("button", name="Odd ones").click()
    expect(links).to_be_hidden()


def test_the_tour_and_the_panel_about_the_map_lead_to_galleries(open_map: Open, pictured: str) -> None:
    visit = open_map(base=pictured, reduced_motion="reduce")
    visit.page.get_by_role("button", name="Tour of the clusters").click()
    caption = visit.page.get_by_role("group", name="Tour", exact=True)
    expect(caption.get_by_role("link", name="Gallery of Even ones")).to_be_visible()
    visit.page.get_by_role("button", name="About this map").click()
    visit.page.get_by_role("link", name="Clusters in pictures").click()
    expect(visit.page).to_have_title("index.html")


def test_in_a_frame_or_without_galleries_nothing_leads_to_them(
    open_map: Open, pictured: str, chromium: Browser, site: Path
) -> None:
    visit = open_map(f"#{poster_id(17)}", base=pictured)
    expect(visit.card.get_by_role("link", name="Gallery of Odd ones")).to_be_visible()
    visit.page.goto(f"{pictured}index.html?ui=0#{poster_id(17)}")
    expect(visit.title).to_have_text("Film 17")
    expect(visit.card.get_by_role("link", name="Gallery")).to_have_count(0)
    plain = open_map(f"#{poster_id(17)}", base=site.as_uri() + "/")
    expect(plain.title).to_have_text("Film 17")
    expect(plain.card.get_by_role("link", name="Gallery")).to_have_count(0)
