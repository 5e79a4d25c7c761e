"""Whatever a host sends: pictures, reasons, or one error that is told in a line. Documents are spoilt at random."""

import copy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapmaker.errors import FetchError, InputError
from mapmaker.sources.iiif import Iiif
from mapmaker.sources.listing import Listing
from mapmaker.sources.tmdb import API, Tmdb
from mapmaker.sources.web import Page, Secret
from tests.sources import films
from tests.sources.films import film
from tests.sources.museum import (
    HOST,
    canvas2,
    canvas3,
    collection2,
    collection3,
    info2,
    info3,
    manifest2,
    manifest3,
    reference,
    service2,
    shelved,
)
from tests.sources.shelf import Shelf, offered
from tests.sources.test_listing import RECIPE, SITE, page, written

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.text(max_size=6) | st.just("http://["),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "@id", "type", "x"]), inner),
    max_leaves=4,
)
WHOLE = [
    manifest3(
        "a",
        canvas3("a", {"type": "Choice", "items": [{"id": "x", "type": "Image", "service": [service2("b")]}]}),
        metadata=[{"label": {"en": ["Date"]}, "value": {"none": ["1924"]}}],
        provider=[{"label": {"en": ["Museum"]}}],
        homepage=[{"id": HOST}],
        navDate="1924-01-01",
        thumbnail=[{"id": "t"}],
    ),
    manifest2("b", canvas2("b"), attribution="M", related=[{"@id": HOST}], license=[HOST]),
    collection3("top", reference(manifest3("a")), reference(collection2("inner"))),
    collection2("inner", manifests=[reference(manifest2("b"))], members=[], next=f"{HOST}/later"),
    info3("a", sizes=[{"width": 10, "height": 15}], extraFeatures=["sizeByW"], maxArea=900),
    info2("b", level=0, tiles=[{"width": 512, "scaleFactors": [1, 16]}], supports=["sizeByW"], maxWidth=100),
]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where anything stands within a document."""
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*place, key))


def spoilt(documents: Any, data: st.DataObject) -> Any:
    """Return documents in which one value, or two, are something else."""
    documents = copy.deepcopy(documents)
    for _ in range(data.draw(st.integers(1, 2))):
        *above, last = data.draw(st.sampled_from([place for place in places(documents) if place]))
        holder = documents
        for key in above:
            holder = holder[key]
        holder[last] = data.draw(JUNK)
    return documents


@settings(max_examples=400)
@given(st.data())
def test_a_spoilt_document_of_iiif_is_told_or_passed_over(data: st.DataObject) -> None:
    shelf = Shelf(spoilt(shelved(*WHOLE), data))
    for canvases in ("first", "all"):
        try:
            for one in offered(Iiif((f"{HOST}/top",), canvases=canvases), shelf):
                assert all(isinstance(text, str) for text in vars(one).values() if not isinstance(text, dict))
        except FetchError as error:
            assert "\n" not in str(error)


@settings(max_examples=200)
@given(st.data())
def test_a_spoilt_answer_of_tmdb_is_told_or_passed_over(data: st.DataObject) -> None:
    service = films.Cinema([film(1), film(2, poster_path=None)])
    asked = {"sort_by": "title.asc"}
    said = {path: service.answer(path, asked) for path in ("/configuration", "/genre/movie/list", "/discover/movie")}
    shelf = Shelf({f"{API}{path}": answer for path, answer in spoilt(said, data).items()})
    try:
        for one in offered(Tmdb(token=Secret("x"), accepted=True), shelf, 100):
            assert all(isinstance(text, str) for text in vars(one).values() if not isinstance(text, dict))
    except InputError as error:
        assert "\n" not in str(error)


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    folder: Path = tmp_path_factory.mktemp("listing")
    return written(folder, RECIPE + '[page]\npicture = "img"\n')


@settings(max_examples=200)
@given(st.data())
def test_a_spoilt_page_or_robots_txt_is_told_or_passed_over(listing: Listing, data: st.DataObject) -> None:
    pieces = st.sampled_from(
        ["<li>", "<h3>", "<a href='", "'>", "</ul>", "<img src=", "<?xml", "<![CDATA[", "&#0;", '"']
    )
    rules = st.sampled_from(["User-agent: *\n", "Disallow: /", "*$%zz", "Crawl-delay: x", "Request-rate: 0/0", "\n"])
    text = page("a", "b")
    cut = data.draw(st.integers(0, len(text)))
    broken = text[:cut] + "".join(data.draw(st.lists(pieces | st.text(max_size=3), max_size=6))) + text[cut:]
    robots = "".join(data.draw(st.lists(rules | st.text(max_size=3), max_size=6)))
    documents = {f"{SITE}/robots.txt": robots, f"{SITE}/1998/": broken, f"{SITE}/1999/": page("c")}
    try:
        offered(listing, Shelf({**documents, f"{SITE}/films/c.html": broken}))
    except FetchError as error:
        assert "\n" not in str(error)


def test_xhtml_is_read_without_a_word(listing: Listing) -> None:
    from mapmaker.sources.listing.sheet import Sheet

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sheet = Sheet(Page(SITE, '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + page("a")))
    assert len(sheet.entries(listing.recipe.select)) == 1
