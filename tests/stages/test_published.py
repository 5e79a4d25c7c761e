"""What pages tell those who show links to them: titles, pictures, addresses; and what they share in their heads."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker.errors import OptionError
from mapmaker.stages.compose.base_url import read_base_url
from mapmaker.stages.compose.markup import markup
from mapmaker_site import render_page
from mapmaker_site.head import shared_head
from mapmaker_site.pages import Book, Contents, Strip, render_contents

HOSTILE = (
    "\"'><script>alert(1)</script></title><meta http-equiv=refresh content='0;x'> & ${shown} $overview {{x}} \u202e"
)


class Head(HTMLParser):
    """What stands in the head of a page: its elements, and what its meta elements and links say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: dict[str, str] = {}
        self.styles: list[str] = []
        self.feed(page.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = {name: value or "" for name, value in attrs}
        if found.get("rel") == "stylesheet":
            self.styles.append(found["href"])
        name = found.get("property") or found.get("name") or found.get("rel")
        if name and name not in ("theme-color", "stylesheet"):
            assert name not in self.said
            self.said[name] = found.get("content", found.get("href", ""))


def head(address: str = "", text: str = "A title") -> Head:
    return Head(render_page(title=text, description=text, overview="assets/overview.jpg", address=address, author=text))


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("", ""),
        ("https://me.github.io/map/", "https://me.github.io/map/"),
        ("https://me.github.io/map", "https://me.github.io/map/"),
        ("https://me.github.io/map/index.html", "https://me.github.io/map/"),
        ("http://localhost:8000", "http://localhost:8000/"),
        ("HTTPS://[::1]/a%20b", "HTTPS://[::1]/a%20b/"),
        ("https://müller.example/Plakate", "https://müller.example/Plakate/"),
        ("https://index.html", "https://index.html/"),
        ("https://example.org:8080/@me/a..b/", "https://example.org:8080/@me/a..b/"),
    ],
)
def test_an_address_is_that_of_the_folder_with_a_slash_at_its_end(given: str, base: str) -> None:
    assert read_base_url(given) == base
    assert read_base_url(base) == base


@pytest.mark.parametrize(
    "given",
    [
        "example.org/map",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://",
        "https:///map",
        "https://me:secret@example.org/",
        "https://example.org/?a",
        "https://example.org/#a",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\ud800",
        "https://example.org:port/",
        "https://[example/",
        "https:\\\\example.org",
        " https://example.org",
        'https://ex"><script>/',
        "https://example.org/<b>/",
        "https://example.org/%zz/",
        "https://example.org/a/../",
        "https://example.org/%2E%2e/",
        "https:/me:secret@example.org/",
        "me:secret@example.org/map",
        "https://me:12/secret@example.org/?",
    ],
)
def test_what_is_no_address_of_a_web_page_is_refused_in_one_line(given: str) -> None:
    with pytest.raises(OptionError, match=r"write it as https://me\.github\.io/map/") as caught:
        read_base_url(given)
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)


def test_with_an_address_all_that_crawlers_follow_is_absolute() -> None:
    page = head("https://me.github.io/map/")
    told = page.said
    assert told["og:image"] == told["twitter:image"] == "https://me.github.io/map/assets/overview.jpg"
    assert told["og:url"] == told["canonical"] == "https://me.github.io/map/"
    assert page.styles == ["assets/viewer.css"]  # a copy of the site elsewhere still works


def test_without_an_address_nothing_is_said_of_it() -> None:
    told = head().said
    assert told["og:image"] == "assets/overview.jpg"
    assert "og:url" not in told
    assert "canonical" not in told


def test_hostile_words_are_text_in_every_tag_of_the_head() -> None:
    plain, hostile = head("https://example.org/"), head("https://example.org/'\"><script>", HOSTILE)
    assert hostile.tags == plain.tags
    for name in ("description", "author", "og:title", "og:description", "og:image:alt", "twitter:title"):
        assert hostile.said[name] == HOSTILE
    assert hostile.said["canonical"] == "https://example.org/'\"><script>"
    book = Book(HOSTILE, '"><script>', hidden=True, address="https://example.org/'\"><script>/")
    page = render_contents(book, Contents(HOSTILE, [], [], Strip("s", 1, 1, [])))
    assert "<script" not in page
    assert Head(page).said["canonical"] == "https://example.org/'\"><script>/list/index.html"


def test_every_kind_of_page_has_the_shared_lines_first_in_its_head() -> None:
    for kind, page in markup().items():
        assert page.split("<head>\n")[1].startswith(f"{shared_head()}\n<meta http-equiv="), kind
        assert page.index("<title") < 1024 + len(shared_head()), kind
        assert page.encode().index(b"charset") < 1024  # where browsers look for it


def test_every_page_of_a_build_says_where_it_is(posters: Path, tmp_path: Path) -> None:
    options = {"base_url": "https://me.github.io/map", "title": "half \ud800"}
    mm.build(
        posters, tmp_path / "map", work=tmp_path / "work", extractor="classic", layout="pca", workers=1, compose=options
    )
    site, base = tmp_path / "map", "https://me.github.io/map/"
    pages = {page.relative_to(site).as_posix(): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    told = {place: Head(page).said["canonical"] for place, page in pages.items()}
    assert told.pop("index.html") == base
    assert len(told) >= 2
    assert told == {place: f"{base}{place}" for place in told}
