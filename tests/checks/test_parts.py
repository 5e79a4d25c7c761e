"""The parts of a check against second witnesses: which tiles there are, and what is on a page."""

from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.checks.markup import elements
from mapmaker.checks.page import Use, read_page
from mapmaker.checks.record import MapRecord
from mapmaker.checks.tiles import places
from mapmaker.stages.compose.markup import markup
from mapmaker_tiles import Encoding, Painting, Pyramid


@given(
    columns=st.integers(1, 9),
    rows=st.integers(1, 9),
    cell=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.sampled_from([2, 16, 64]),
    margin=st.integers(0, 70),
    data=st.data(),
)
def test_the_tiles_there_should_be_are_those_that_are_painted(
    columns: int, rows: int, cell: tuple[int, int], size: int, margin: int, data: st.DataObject
) -> None:
    pyramid = Pyramid(columns, rows, *cell, tile_size=size, margin=margin)
    holes = data.draw(st.sets(st.integers(0, columns * rows - 1), max_size=columns * rows - 1))
    held = [number for number in range(columns * rows) if number not in holes]
    cells = np.array([[number % columns, number // columns] for number in held])
    painting = Painting([Path("x")] * len(held), cells, pyramid, Encoding(), digests=[str(number) for number in held])
    record = MapRecord(
        len(held),
        pyramid,
        sorted(holes),
        "webp",
        None,
        16,
        0,
        (),
        ("title",),
        {"years": False},
        False,
        False,
        False,
        None,
        None,
        {},
    )
    assert {tuple(place) for zoom in places(record) for place in zoom.tolist()} == set(painting.keys)


class Plain(HTMLParser):
    """Every start tag of a page, and its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, tuple((name, value or "") for name, value in attrs)))


def agreeing(page: str) -> None:
    """Assert that the quick reader leaves nothing out that counts."""
    found, links = elements(page)
    seen = {(element.tag, element.attributes) for element in found}
    for tag, attributes in Plain(page).found:
        plain = tag == "a" and set(dict(attributes)) <= {"href", "title"} and dict(attributes).get("href") in links
        assert (tag, attributes) in seen or plain or (tag in ("li", "bdi", "p") and not attributes)


@pytest.mark.parametrize("kind", markup())
def test_a_page_of_ours_is_read_as_a_parser_reads_it(kind: str) -> None:
    agreeing(markup()[kind])
    assert read_page(markup()[kind].encode()).problems == []


PIECES = ["<a href=", '"', "'", ">", "<", "/", "x.html", " title=", "<p>", "<!--", "-->", "<script>", "</", "</p>", " "]
PIECES += [
    "<title>",
    "</title>",
    "<img src=",
    " onload=",
    "&quot;",
    "&#34",
    '<a href="x">',
    "\n",
    "=",
    "<li>",
    "<![",
    "<?",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_page_of_any_pieces_is_read_as_a_parser_reads_it_or_refused(page: str) -> None:
    try:
        agreeing(page)
    except ValueError:
        with pytest.raises(AssertionError):
            Plain(page)


@given(st.text(), st.text())
def test_escaped_words_are_read_as_they_were(address: str, title: str) -> None:
    _, links = elements(f'<a href="{escape(address)}" title="{escape(title)}">')
    assert set(links) == {address}


def test_what_a_page_does_with_an_address_is_told_apart() -> None:
    page = read_page(
        b'<meta property="og:image" content="a"><meta name="description" content="https://x">'
        b'<link rel="canonical" href="b"><link rel="icon" href="c"><link href="d"><link rel="prev stylesheet" href="e">'
        b'<a class="f" href="f">f</a><a href="g">g</a><form action="h"></form><svg><use href="i"/></svg>'
        b'<video src="j" poster="k"></video><img srcset="l 1x,m 2x"><object data="n"></object></html>'
    )
    uses = {use: {address for found, address in page.addresses if found is use} for use in Use}
    assert uses[Use.TELLS] == {"a", "b"}
    assert uses[Use.LOADS] == {"c", "d", "e", "i", "j", "k", "l", "m", "n"}
    assert uses[Use.FOLLOWS] | page.links == {"f", "g", "h"}
