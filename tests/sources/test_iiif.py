"""IIIF as a source: documents of both versions, in all the ways in which they are written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.errors import FetchError, OptionError
from mapmaker.sources.iiif import Iiif
from mapmaker.sources.iiif.image import Box, read_service
from mapmaker.sources.iiif.words import line, words
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
    service3,
    shelved,
)
from tests.sources.shelf import Shelf, offered, unusable, usable


def ask(document: dict[str, Any], *others: dict[str, Any], **options: Any) -> Any:
    """Return what a document offers, others being on the web too, and the info.json of services a to e."""
    where = document.get("id") or document["@id"]
    services = [make(name) for make, names in ((info3, "abc"), (info2, "de")) for name in names]
    return offered(Iiif((where,), **options), Shelf(shelved(*services, document, *others)))


def test_a_manifest_of_version_3_tells_its_picture_and_what_is_known_of_it() -> None:
    document = manifest3(
        "a",
        rights="http://creativecommons.org/licenses/by/4.0/",
        requiredStatement={"label": {"en": ["Attribution"]}, "value": {"en": ["<span>Courtesy of <b>M</b></span>"]}},
        homepage=[{"id": f"{HOST}/posters/a", "type": "Text", "label": {"en": ["Home"]}, "format": "text/html"}],
        navDate="1924-06-01T00:00:00Z",
        metadata=[
            {"label": {"en": ["Designer"]}, "value": {"none": ["Lucia", "Max"]}},
            {"label": {"en": ["Genre"]}, "value": {"en": ["Film"], "de": ["Kino"]}},
            {"label": {"en": ["Title"]}, "value": {"en": ["Something else"]}},
            {"label": {"en": ["Designer"]}, "value": {"none": ["Max", "Ida"]}},
            {"label": {"en": ["Empty"]}, "value": {}},
        ],
    )
    (one,) = ask(document)
    assert one.url == f"{HOST}/images/a/full/600,/0/default.jpg"
    assert one.name == "a"
    assert one.fields == {
        "title": "Poster a",
        "year": "1924",
        "url": f"{HOST}/posters/a",
        "rights": "http://creativecommons.org/licenses/by/4.0/",
        "attribution": "Attribution: Courtesy of M",
        "manifest": f"{HOST}/a/manifest.json",
        "Designer": "Lucia|Max|Ida",
        "Genre": "Film",
        "Title (manifest)": "Something else",
    }


def test_a_manifest_of_version_2_tells_the_same_in_its_words() -> None:
    document = manifest2(
        "d",
        label=[{"@value": "Affiche", "@language": "fr"}, {"@value": "Poster", "@language": "en-GB"}],
        license=["https://rightsstatements.org/vocab/NKC/1.0/", "https://other.example/"],
        attribution="Provided by <a href='https://m.example'>M &amp; N</a>",
        related={"@id": "https://museum.example/d", "format": "text/html"},
        metadata=[
            {"label": "Date", "value": "c. 1930"},
            {"label": [{"@value": "Sujet", "@language": "fr"}], "value": ["Cirque", {"@value": "Circus"}]},
        ],
    )
    (one,) = ask(document)
    assert one.url == f"{HOST}/images/d/full/600,/0/default.jpg"
    assert one.fields == {
        "title": "Poster",
        "year": "c. 1930",
        "url": "https://museum.example/d",
        "rights": "https://rightsstatements.org/vocab/NKC/1.0/|https://other.example/",
        "attribution": "Provided by M & N",
        "manifest": f"{HOST}/d/manifest.json",
        "Date": "c. 1930",
        "Sujet": "Cirque|Circus",
    }
    (french,) = ask(document, language="fr")
    assert french.fields["title"] == "Affiche"


def test_the_first_canvas_is_the_cover_and_all_can_be_had() -> None:
    book = manifest3("b", canvas3("a"), canvas3("b", label={"en": ["Page 1"]}), canvas3("c", label={"none": ["2"]}))
    assert [one.url for one in ask(book)] == [f"{HOST}/images/a/full/600,/0/default.jpg"]
    pages = ask(book, canvases="all")
    assert [one.name for one in pages] == ["b/0001", "b/0002", "b/0003"]
    assert [one.fields["title"] for one in pages] == ["Poster b, 1", "Poster b, Page 1", "Poster b, 2"]
    assert [one.fields["canvas"] for one in pages] == ["1", "Page 1", "2"]


def test_collections_are_gone_through_in_order_and_none_twice() -> None:
    inner = collection3("inner", reference(manifest3("b")), reference(collection3("outer")))
    outer = collection3("outer", reference(manifest3("a")), reference(inner), reference(manifest3("c")), manifest3("a"))
    shelf = Shelf(shelved(outer, inner, *(manifest3(name) for name in "abc"), *(info3(name) for name in "abc")))
    found = offered(Iiif((f"{HOST}/outer", f"{HOST}/inner")), shelf)
    assert [one.name for one in usable(found)] == ["a", "b", "c"]
    assert all(shelf.asked.count(f"{HOST}/{name}/manifest.json") == 1 for name in "abc")


def test_collections_of_version_2_hold_members_manifests_and_collections_and_may_be_paged() -> None:
    top = collection2("top", first=f"{HOST}/page1", total=4)
    one = collection2("page1", manifests=[reference(manifest2("d"))], next=f"{HOST}/page2", within=f"{HOST}/top")
    two = collection2(
        "page2", members=[reference(manifest3("a")), reference(collection2("more"))], next=f"{HOST}/page1"
    )
    more = collection2("more", collections=[f"{HOST}/last"])
    last = collection2("last", manifests=[f"{HOST}/e/manifest.json"])
    others = (one, two, more, last, manifest2("d"), manifest2("e"), manifest3("a"))
    assert [found.name for found in ask(top, *others)] == ["d", "a", "e"]


def test_a_collection_may_have_any_number_of_pages() -> None:
    count = 3000
    pages = [
        collection2(f"page{n}", manifests=[f"{HOST}/m{n}/manifest.json"], next=f"{HOST}/page{n + 1}")
        for n in range(count)
    ]
    shelf = Shelf(shelved(collection2("top", first=f"{HOST}/page0"), *pages))
    found = unusable(offered(Iiif((f"{HOST}/top",)), shelf))
    assert list(found) == [f"{HOST}/m{n}/manifest.json" for n in range(count)] + [f"{HOST}/page{count}"]


def test_a_manifest_that_is_whole_within_a_collection_is_not_asked_for() -> None:
    shelf = Shelf(shelved(collection3("top", manifest3("a")), info3("a")))
    assert len(usable(offered(Iiif((f"{HOST}/top",)), shelf))) == 1
    assert f"{HOST}/a/manifest.json" not in shelf.asked


def test_what_cannot_be_had_of_a_collection_is_told_and_the_rest_comes() -> None:
    gone, closed = manifest3("gone"), collection3("closed")
    empty, film = manifest3("empty", items=[]), manifest3("film", canvas3("film", {"type": "Video", "id": "v.mp4"}))
    secret = manifest3("secret")
    everything = [reference(one) for one in (gone, closed, empty, film, secret, manifest3("a"))]
    top = collection3("top", *everything, {"id": "urn:isbn:1", "type": "Manifest"})
    services = {f"{HOST}/images/secret/info.json": FetchError("401", 401)}
    shelf = Shelf(shelved(top, empty, film, secret, manifest3("a"), info3("a")) | services)
    found = offered(Iiif((f"{HOST}/top",)), shelf)
    assert [one.name for one in usable(found)] == ["a"]
    assert unusable(found) == {
        f"{HOST}/gone/manifest.json": f"cannot get {HOST}/gone/manifest.json: 404 Not Found",
        f"{HOST}/closed": f"cannot get {HOST}/closed: 404 Not Found",
        f"{HOST}/empty/manifest.json": "a manifest without canvases",
        f"{HOST}/film/manifest.json": "no picture is painted on the canvas",
        f"{HOST}/secret/manifest.json": "its service wants a login",
        "urn:isbn:1": "no address of the web",
    }


def test_what_is_no_document_of_iiif_is_an_error_and_so_is_one_that_is_not_there() -> None:
    shelf = Shelf({f"{HOST}/a": [1], f"{HOST}/b": {"id": "x", "type": "AnnotationPage"}, f"{HOST}/c": {"a": 1}})
    for name, told in (("a", "a JSON list"), ("b", "'AnnotationPage'"), ("c", "'says not what'"), ("d", "404")):
        with pytest.raises(FetchError, match=told):
            offered(Iiif((f"{HOST}/{name}",)), shelf)


PLAIN = f"{HOST}/plain.jpg"
DEGRADED = {
    "@context": "http://iiif.io/api/auth/1/context.json",
    "@id": f"{HOST}/login",
    "profile": "http://iiif.io/api/auth/1/login",
}


@pytest.mark.parametrize(
    ("canvas", "url"),
    [
        (canvas3("a", {"id": PLAIN, "type": "Image"}), PLAIN),
        (canvas3("a", {"id": PLAIN, "format": "image/jpeg"}), PLAIN),
        (canvas3("a", PLAIN), PLAIN),
        (canvas3("a", [{"id": PLAIN, "type": "Image"}]), PLAIN),
        (
            canvas3("a", {"type": "Choice", "items": [{"id": PLAIN, "type": "Image"}, {"id": "b", "type": "Image"}]}),
            PLAIN,
        ),
        (canvas3("a", {"type": "SpecificResource", "source": {"id": PLAIN, "type": "Image"}}), PLAIN),
        (canvas3("a", {"type": "SpecificResource", "source": PLAIN}), PLAIN),
        (canvas3("a", {"id": PLAIN, "type": "Image", "service": [DEGRADED]}), PLAIN),
        (
            canvas3("a", {"id": PLAIN, "type": "Image", "service": [DEGRADED, service2("d")]}),
            "d/full/600,/0/default.jpg",
        ),
        (canvas3("a", {"id": PLAIN, "type": "Image", "service": f"{HOST}/images/a"}), "a/full/600,/0/default.jpg"),
        (canvas3("a", {"type": "Video", "id": "v"}, thumbnail=[{"id": PLAIN, "type": "Image"}]), PLAIN),
        (canvas3("a", {"type": "Video", "id": "v"}, thumbnail=PLAIN), PLAIN),
        (canvas2("d", {"@id": PLAIN, "@type": "dctypes:Image"}), PLAIN),
        (canvas2("d", {"@type": "oa:Choice", "default": {"@id": PLAIN, "@type": "dctypes:Image"}, "item": []}), PLAIN),
        (canvas2("d", {"@type": "oa:SpecificResource", "full": {"@id": PLAIN, "@type": "dctypes:Image"}}), PLAIN),
        (canvas2("d", {"@id": "x", "@type": "dctypes:Image", "service": [service2("e")]}), "e/full/600,/0/default.jpg"),
        (canvas2("d", thumbnail={"@id": PLAIN}, images=[]), PLAIN),
        (
            canvas2(
                "d", {"@id": "x", "service": service2("d") | {"@id": f"{HOST.replace('https', 'http')}/images/d/"}}
            ),
            "d/full/600,/0/default.jpg",
        ),
    ],
)
def test_a_picture_is_found_however_its_canvas_says_it(canvas: dict[str, Any], url: str) -> None:
    document = manifest3("m", canvas) if "items" in canvas else manifest2("m", canvas)
    (one,) = usable(ask(document))
    assert one.url == (url if url.startswith("https") else f"{HOST}/images/{url}")


def test_a_thumbnail_of_the_manifest_stands_for_a_first_canvas_without_picture() -> None:
    (one,) = ask(manifest3("m", canvas3("a", {"type": "Sound", "id": "s"}), thumbnail=[{"id": PLAIN, "type": "Image"}]))
    assert one.url == PLAIN


def test_a_service_that_tells_all_within_the_manifest_is_not_asked() -> None:
    body = {"id": "x", "type": "Image", "service": [service3("z", width=3000, height=4500)]}
    (one,) = ask(manifest3("m", canvas3("z", body)))
    assert one.url == f"{HOST}/images/z/full/600,/0/default.jpg"


SIZES = [{"width": 94, "height": 141}, {"width": 750, "height": 1125}, {"width": 375, "height": 563}]
TILES = [{"width": 512, "scaleFactors": [1, 2, 4, 8, 16]}]


@pytest.mark.parametrize(
    ("info", "box", "asked"),
    [
        (info3("a"), Box(600), "600,"),
        (info3("a"), Box(600, 750), "500,"),
        (info3("a"), Box(0, 900), "600,"),
        (info3("a"), Box(0), "max"),
        (info3("a"), Box(3000), "max"),
        (info3("a"), Box(9000), "max"),
        (info3("a", maxWidth=400), Box(600), "max"),
        (info3("a", maxWidth=900), Box(599), "599,"),
        (info3("a", maxWidth=900), Box(700), "max"),  # as high as wide, unless it says more: 600 x 900
        (info3("a", maxWidth=900, maxHeight=9000), Box(700), "700,"),
        (info3("a", maxArea=135_000), Box(600), "max"),
        (info3("a", profile="level0", sizes=SIZES), Box(600), "750,1125"),
        (info3("a", profile="level0", sizes=SIZES), Box(100), "375,563"),
        (info3("a", profile="level0", sizes=SIZES), Box(2000), "750,1125"),
        (info3("a", profile="level0"), Box(600), "max"),
        (info3("a", profile="level0", sizes=SIZES, extraFeatures=["sizeByW"]), Box(600), "600,"),
        (info3("a", profile="level0", tiles=TILES), Box(300), "188,282"),
        (info2("a"), Box(600), "600,"),
        (info2("a"), Box(0), "full"),
        (info2("a"), Box(4000), "full"),
        (info2("a", maxWidth=500), Box(600), "333,"),
        (info2("a", level=0, sizes=SIZES), Box(600), "750,"),
        (info2("a", level=0, sizes=[*SIZES, {"width": 3000, "height": 4500}]), Box(2000), "full"),
        (info2("a", level=0), Box(600), "full"),
        (info2("a", level=0, supports=["sizeByW"]), Box(600), "600,"),
        (info2("a") | {"profile": None}, Box(600), "600,"),
        (info2("a") | {"profile": None, "sizes": SIZES}, Box(600), "750,"),
    ],
)
def test_the_size_is_one_that_the_service_has(info: dict[str, Any], box: Box, asked: str) -> None:
    service = read_service(f"{HOST}/images/a/", info)
    assert service is not None
    assert service.address(box) == f"{HOST}/images/a/full/{asked}/0/default.jpg"


def test_services_of_version_1_call_their_pictures_native() -> None:
    info = {
        "@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json",
        "@id": f"{HOST}/images/a",
        "width": 3000,
        "height": 4500,
        "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1",
        "scale_factors": [1, 2, 4],
    }
    service = read_service(f"{HOST}/images/a", info)
    assert service is not None
    assert service.address(Box(600)) == f"{HOST}/images/a/full/600,/0/native.jpg"


@given(
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    st.integers(0, 9000),
    st.integers(0, 9000),
    st.sampled_from([{}, {"maxWidth": 700}, {"maxWidth": 700, "maxHeight": 900}, {"maxArea": 250_000}]),
)
def test_no_picture_is_asked_for_larger_than_its_service_gives(
    size: tuple[int, int], width: int, height: int, limit: dict[str, int]
) -> None:
    service = read_service("s", info3("a", size, **limit))
    assert service is not None
    asked = service.address(Box(width, height)).split("/")[2]
    if asked != "max":
        wide = int(asked.removesuffix(","))
        high = size[1] * wide / size[0]
        assert wide < size[0]
        assert wide <= limit.get("maxWidth", wide)
        assert high <= limit.get("maxHeight", limit.get("maxWidth", high)) + 1
        assert wide * high <= limit.get("maxArea", wide * high) * 1.01 + 9000
        assert wide == 1 or ((not width or wide <= width) and (not height or high <= height + 1))


def test_a_service_that_tells_no_size_is_told_and_passed_over() -> None:
    found = offered(
        Iiif((f"{HOST}/z/manifest.json",)), Shelf(shelved(manifest3("z")) | {f"{HOST}/images/z/info.json": {}})
    )
    assert unusable(found) == {f"{HOST}/z/manifest.json": f"{HOST}/images/z/info.json tells no width and height"}


@pytest.mark.parametrize(
    ("value", "language", "told"),
    [
        ("plain", "en", ["plain"]),
        (1924, "en", ["1924"]),
        ({"en": ["a", "b", "a"], "de": ["c"]}, "en", ["a", "b"]),
        ({"en-US": ["a"], "de": ["c"]}, "en", ["a"]),
        ({"en": ["a"]}, "en-GB", ["a"]),
        ({"de": ["c"], "none": ["n"]}, "en", ["n"]),
        ({"de": ["c"], "en": ["a"]}, "fr", ["a"]),
        ({"de": ["c"], "nl": ["d"]}, "fr", ["c"]),
        ({"@none": ["n"]}, "fr", ["n"]),
        ([{"@value": "a", "@language": "de"}, "b"], "de", ["a"]),
        ([{"@value": "a", "@language": "de"}, "b"], "en", ["b"]),
        ("<p>one<br>two <script>x</script>&amp; three</p>", "en", ["one two & three"]),
        ("1 < 2 and 3 > 2", "en", ["1 < 2 and 3 > 2"]),
        ({"en": [None, "", {}]}, "en", []),
        (None, "en", []),
        ([], "en", []),
    ],
)
def test_words_are_those_of_the_language_that_is_wanted(value: Any, language: str, told: list[str]) -> None:
    assert words(value, language) == told
    assert line(value, language) == "; ".join(told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"addresses": ()}, "at least one manifest"),
        ({"addresses": ("manifest.json",)}, "begins with https://"),
        ({"addresses": ("https://",)}, "no address"),
        ({"addresses": ("http://me:hunter2@host/a",)}, "address 1 of those given holds a name or password"),
        ({"addresses": ("ftp://me:hunter2@host/a",)}, "address 1 of those given holds a name or password"),
        ({"addresses": ("me:hunter2@host/a",)}, "address 1 of those given holds a name or password"),
        ({"canvases": "al"}, "--canvases al: did you mean 'all'"),
        ({"width": -1}, "--width -1 is below 0"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked_for(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told) as caught:
        Iiif(**{"addresses": (f"{HOST}/a",), **options})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://h.example/iiif/ark:%2F12148%2Fbtv1b/manifest.json", "ark:-12148-btv1b"),
        ("https://h.example/iiif/manifest/e32a.json", "e32a"),
        ("https://h.example/manifest?id=5", "h.example-id=5"),
        ("https://h.example/api/presentation/v2/1887 a/manifest", "1887 a"),
    ],
)
def test_files_are_called_by_what_tells_manifests_apart(address: str, name: str) -> None:
    shelf = Shelf({address: manifest3("a") | {"id": address}, **shelved(info3("a"))})
    assert [one.name for one in usable(offered(Iiif((address,)), shelf))] == [name]
