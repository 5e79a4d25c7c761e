"""What search engines are told: a sitemap of all pages where it is known where they are, or to leave them out."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker_site import sitemap
from mapmaker_site.sitemap import render_sitemaps

BASE = "https://me.github.io/map/"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def told(text: str | bytes) -> list[str]:
    """The addresses of a sitemap, read by a parser of XML."""
    return [found.text or "" for found in ET.fromstring(text).iter(f"{SPACE}loc")]


def build(posters: Path, folder: Path, **compose: Any) -> mm.Report:
    options: dict[str, Any] = {"extractor": "classic", "layout": "pca", "workers": 1, "clusters": {"smallest": 3}}
    return mm.build(posters, folder / "map", posters / "metadata.csv", folder / "work", compose=compose, **options)


def test_a_sitemap_tells_of_every_page_and_comes_and_goes_with_what_is_asked(posters: Path, tmp_path: Path) -> None:
    site = tmp_path / "map"
    build(posters, tmp_path, base_url="https://me.github.io/map")
    pages = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    assert {"index.html", "list/index.html", "clusters/index.html", "quality/index.html"} < pages
    found = told((site / "sitemap.xml").read_bytes())
    assert found[0] == BASE
    assert sorted(found[1:]) == sorted(BASE + page for page in pages - {"index.html"})
    checked = mm.check(site)
    assert checked.whole
    assert checked.base_url == BASE
    assert build(posters, tmp_path, base_url="https://me.github.io/map").ran == []

    assert build(posters, tmp_path, base_url=BASE, noindex=True).ran == ["compose"]
    assert not (site / "sitemap.xml").exists()
    for page in site.rglob("*.html"):
        assert '<meta name="robots" content="noindex">' in page.read_text(encoding="utf-8"), page
    build(posters, tmp_path)
    assert not (site / "sitemap.xml").exists()
    assert mm.check(site).base_url == ""


def test_what_is_special_in_xml_is_escaped() -> None:
    (text,) = render_sitemaps("https://x.example/a&b'c/", ["", "list/<x>.html"]).values()
    assert told(text) == ["https://x.example/a&b'c/", "https://x.example/a&b'c/list/<x>.html"]


@pytest.mark.parametrize(("most", "largest"), [(3, 10**6), (10**6, 1_000 + 3 * 62)])
def test_more_pages_than_a_sitemap_holds_are_told_in_several(
    monkeypatch: pytest.MonkeyPatch, most: int, largest: int
) -> None:
    monkeypatch.setattr(sitemap, "MOST", most)
    monkeypatch.setattr(sitemap, "LARGEST", largest)
    pages = [f"list/{number}.html" for number in range(8)]
    files = render_sitemaps(BASE, pages)
    assert list(files) == ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert told(files["sitemap.xml"]) == [BASE + name for name in list(files)[1:]]
    assert [address for name in list(files)[1:] for address in told(files[name])] == [BASE + page for page in pages]
    assert len(render_sitemaps(BASE, pages[:3])) == 1
