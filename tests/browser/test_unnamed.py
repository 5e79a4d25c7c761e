"""Clusters without a name, and words in a language that nobody has told, in a real Chromium."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import Open
from .handmade import Handmade, map_record, write_data

pytestmark = pytest.mark.browser


@pytest.fixture
def half_named(copied: Path, spec: Handmade) -> str:
    """The address of the handmade map with one cluster that has a name and one that has none."""
    even, odd = map_record(spec)["clusters"]
    clusters = [even, {**odd, "slug": "74", "name": ""}]
    write_data(copied, "map", {**map_record(spec), "clusters": clusters})
    return copied.as_uri() + "/"


def test_a_cluster_without_a_name_has_no_label_on_the_map(open_map: Open, half_named: str) -> None:
    visit = open_map(base=half_named)
    visit.settle()
    expect(visit.page.locator(".label")).to_have_text(["Even ones"])


def test_elsewhere_it_is_called_by_its_number(open_map: Open, half_named: str) -> None:
    visit = open_map("#p017", base=half_named)
    expect(visit.card.get_by_role("button", name="In Cluster 74: show this cluster")).to_have_text("In Cluster 74")
    visit.page.get_by_role("button", name="About this map").click()
    about = visit.page.get_by_role("region", name="About this map")
    expect(about.get_by_role("button", name="Cluster 74 44")).to_be_visible()
    visit.page.get_by_role("button", name="Filter").click()
    expect(about).to_be_hidden()
    visit.page.get_by_role("button", name="Cluster 74 44").click()
    visit.wait_for_hash(r".*\?cluster=74")


def test_the_tour_stops_at_it_too(open_map: Open, half_named: str) -> None:
    visit = open_map(base=half_named, reduced_motion="reduce")
    visit.page.get_by_role("button", name="Tour of the clusters").click()
    caption = visit.page.get_by_role("group", name="Tour", exact=True)
    expect(caption).to_contain_text("Even ones")
    caption.get_by_role("button", name="Next").click()
    expect(caption).to_contain_text("Cluster 74")


def test_a_saved_selection_calls_it_by_its_number(open_map: Open, half_named: str) -> None:
    visit = open_map(base=half_named)
    visit.page.get_by_role("button", name="Select").click()
    visit.page.get_by_role("button", name="All in view").click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Save as CSV").click()
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"), newline=""))
    assert {row["cluster"] for row in rows} == {"Even ones", "Cluster 74", ""}


@pytest.mark.parametrize(("language", "marked"), [("", ""), ("de", "de"), (None, None)])
def test_words_of_the_map_are_in_the_language_of_its_title_and_ours_in_english(
    open_map: Open, copied: Path, language: str | None, marked: str | None
) -> None:
    page = (copied / "index.html").read_text(encoding="utf-8")
    if language is not None:
        (copied / "index.html").write_text(page.replace("<title>", f'<title lang="{language}">'), encoding="utf-8")
    visit = open_map("#p017", base=copied.as_uri() + "/")
    expect(visit.title).to_have_text("Film 17")
    for words in (visit.title, visit.page.locator("h1"), visit.card.get_by_text("Drama", exact=True)):
        assert words.get_attribute("lang") == marked
    for ours in (visit.card.get_by_role("button", name="Copy link"), visit.card.get_by_text("Most like it")):
        assert ours.evaluate("element => element.closest('[lang]').lang") == "en"


def test_one_that_only_its_colours_tell_is_called_by_them_but_has_no_label(
    open_map: Open, copied: Path, spec: Handmade
) -> None:
    even, odd = map_record(spec)["clusters"]
    clusters = [even, {**odd, "slug": "74", "name": "", "shade": "Red and black"}]
    write_data(copied, "map", {**map_record(spec), "clusters": clusters})
    visit = open_map("#p017", base=copied.as_uri() + "/")
    expect(visit.card.get_by_role("button", name="In Red and black: show this cluster")).to_be_visible()
    visit.settle()
    expect(visit.page.locator(".label")).to_have_text(["Even ones"])
