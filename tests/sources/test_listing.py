"""A listing as a source: pages made in the manner of poster-award sites, and TOML files that say how they look."""

import time
from pathlib import Path

import pytest
from faulty_host import Answer, FaultyHost, Request
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.errors import FetchError, OptionError
from mapmaker.sources.listing import Listing
from mapmaker.sources.listing.sheet import Sheet, _largest
from mapmaker.sources.source import Offered
from mapmaker.sources.web import Page
from tests.sources.shelf import Shelf, fetched, offered, unusable, usable

SITE = "https://awards.example"
RECIPE = f"""
start = "{SITE}/{{year}}/"
years = [1998, 1999]
attribution = "Courtesy of the Awards"

[entry]
select = "ul.posters > li"
title = "h3"
picture = "img"
link = "h3 a"
columns = {{ designer = ".by", genres = ".tag" }}
"""
ENTRY = """
<li><h3><a href="../films/{slug}.html">{title}</a></h3>
<img class="lazy" src="data:image/gif;base64,R0lGOD" data-src="/thumbs/{slug}.jpg" alt="">
<span class="by">A &amp; B</span> <i class="tag">Drama</i><i class="tag">Noir</i></li>
"""


def page(*slugs: str, more: str = "") -> str:
    """Return a page of a listing."""
    entries = "".join(ENTRY.format(slug=slug, title=slug.title()) for slug in slugs)
    return f"<!doctype html><title>Awards</title><ul class=posters>{entries}</ul>{more}"


def written(folder: Path, recipe: str) -> Listing:
    """Return a listing whose TOML file says so."""
    file = folder / "listing.toml"
    file.write_text(recipe, encoding="utf-8")
    return Listing(file)


def test_entries_come_year_by_year_with_what_is_known_of_them(tmp_path: Path) -> None:
    shelf = Shelf({f"{SITE}/1998/": page("alpha"), f"{SITE}/1999/": page("beta", "gamma")})
    found = offered(written(tmp_path, RECIPE), shelf)
    assert [(one.url, one.name) for one in usable(found)] == [
        (f"{SITE}/thumbs/alpha.jpg", "1998/Alpha"),
        (f"{SITE}/thumbs/beta.jpg", "1999/Beta"),
        (f"{SITE}/thumbs/gamma.jpg", "1999/Gamma"),
    ]
    assert usable(found)[0].fields == {
        "title": "Alpha",
        "year": "1998",
        "url": f"{SITE}/films/alpha.html",
        "designer": "A & B",
        "genres": "Drama|Noir",
        "attribution": "Courtesy of the Awards",
    }


def test_the_large_picture_is_found_on_the_page_of_the_entry(tmp_path: Path) -> None:
    recipe = RECIPE + '[page]\npicture = "#full @src"\ntitle = "h1"\ncolumns = { studio = "dd.studio" }\n'
    own = '<h1>Alpha, the film</h1><base href="/large/"><img id=full src="alpha.jpg"><dd class=studio>S</dd>'
    pages = {f"{SITE}/1998/": page("alpha", "beta", "lost"), f"{SITE}/1999/": page()}
    pages |= {f"{SITE}/films/alpha.html": own, f"{SITE}/films/beta.html": "<h1>Beta"}
    found = offered(written(tmp_path, recipe), Shelf(pages))
    alpha, beta = usable(found)
    assert alpha.url == f"{SITE}/large/alpha.jpg"
    assert alpha.fields["title"] == "Alpha, the film"
    assert alpha.fields["studio"] == "S"
    assert alpha.fields["designer"] == "A & B"
    assert beta.url == f"{SITE}/thumbs/beta.jpg"  # what the listing has is better than nothing
    assert unusable(found) == {
        f"{SITE}/films/lost.html": f"cannot get {SITE}/films/lost.html: 404 Not Found",
        f"{SITE}/1999/": f"nothing there is 'ul.posters > li' ({tmp_path / 'listing.toml'}, line 7)",
    }


def test_the_next_page_is_where_its_link_leads_and_no_circle_is_gone_twice(tmp_path: Path) -> None:
    recipe = RECIPE.replace("/{year}/", "/all").replace("years = [1998, 1999]", 'next = "a.next"')
    pages = {
        f"{SITE}/all": page("a", more="<a class=next href='all?p=2'>next</a>"),
        f"{SITE}/all?p=2": page("b", "a", more="<a class=next href='/all#top'>first</a>"),
    }
    found = offered(written(tmp_path, recipe), Shelf(pages))
    assert [one.name for one in usable(found)] == ["A", "B"]


@pytest.mark.parametrize("end", ["gone", "empty", "again"])
def test_pages_are_counted_until_one_has_nothing_new(tmp_path: Path, end: str) -> None:
    recipe = RECIPE.replace("/{year}/", "/all?p={page}").replace("years = [1998, 1999]", "")
    last = {"gone": {}, "empty": {f"{SITE}/all?p=3": page()}, "again": {f"{SITE}/all?p=3": page("b")}}[end]
    shelf = Shelf({f"{SITE}/all?p=1": page("a"), f"{SITE}/all?p=2": page("b"), **last})
    found = offered(written(tmp_path, recipe), shelf)
    assert [one.name for one in usable(found)] == ["A", "B"]
    assert unusable(found) == {}
    assert shelf.asked[-1] == f"{SITE}/all?p=3"


def test_pages_that_are_told_are_all_asked_for_and_one_that_is_gone_is_told(tmp_path: Path) -> None:
    recipe = RECIPE.replace("/{year}/", "/{year}?p={page}").replace("years = [1998", "pages = [1, 3]\nyears = [1999")
    pages = {f"{SITE}/1999?p=1": page("a"), f"{SITE}/1999?p=3": page("c")}
    found = offered(written(tmp_path, recipe), Shelf(pages))
    assert [one.name for one in usable(found)] == ["1999/A", "1999/C"]
    assert unusable(found) == {f"{SITE}/1999?p=2": f"cannot get {SITE}/1999?p=2: 404 Not Found"}


def test_entries_without_a_picture_are_told_by_title_or_link(tmp_path: Path) -> None:
    entries = (
        "<ul class=posters><li><h3>No picture</h3></li><li><img src='data:x,'></li><li><img src='ok.jpg'></li></ul>"
    )
    shelf = Shelf({f"{SITE}/1998/": entries, f"{SITE}/1999/": page("x")})
    found = offered(written(tmp_path, RECIPE), shelf)
    assert unusable(found) == {
        f"{SITE}/1998/, entry 1: No picture": "no address of a picture",
        f"{SITE}/1998/, entry 2": "no address of a picture",
    }
    assert [one.name for one in usable(found)] == ["1998/ok", "1999/X"]


def test_addresses_are_told_from_where_a_redirect_led_and_from_the_base(tmp_path: Path) -> None:
    shelf = Shelf(
        {
            "https://www.awards.example/archive/1998/index.html": page("a"),
            f"{SITE}/1999/": page("b").replace("<title>", "<base href='https://static.example/x/'><title>"),
        }
    )
    shelf.moved[f"{SITE}/1998/"] = "https://www.awards.example/archive/1998/index.html"
    one, two = usable(offered(written(tmp_path, RECIPE), shelf))
    assert one.url == "https://www.awards.example/thumbs/a.jpg"
    assert one.fields["url"] == "https://www.awards.example/archive/films/a.html"
    assert two.url == "https://static.example/thumbs/b.jpg"
    assert two.fields["url"] == "https://static.example/films/b.html"


@pytest.mark.parametrize(
    ("markup", "selector", "url"),
    [
        ('<img src="a.jpg">', "img", "a.jpg"),
        ('<img src="a.jpg" srcset="b.jpg 200w, c.jpg 800w, d.jpg 400w">', "img", "c.jpg"),
        ('<img src="a.jpg" srcset="b.jpg, c.jpg 2x">', "img", "c.jpg"),
        ('<img src="a.jpg" srcset="b,1.jpg 1x, c,w_9.jpg 1.5x">', "img", "c,w_9.jpg"),
        ('<img src="a.jpg" data-srcset="b.jpg 100w">', "img", "b.jpg"),
        ('<img src="a.jpg" data-original="b.jpg">', "img @data-original", "b.jpg"),
        ('<img src="a.jpg" data-src="b.jpg">', "img@src", "a.jpg"),
        ('<a href="big.jpg"><img src="a.jpg"></a>', "a", "big.jpg"),
        ('<a href="big.jpg"><img src="a.jpg"></a>', "a > img", "a.jpg"),
        ('<source srcset="x.webp 1x"><img src="a.jpg">', "source, img", "x.webp"),
        ('<div data-big="/b/b.jpg">', "div @data-big", "/b/b.jpg"),
        ('<img alt="none"><img src=" a b.jpg ">', "img", "a b.jpg"),
        ('<a href="javascript:void(0)">', "a", ""),
        ('<a href="http://[">', "a", ""),
    ],
)
def test_a_pictures_address_is_found_where_it_may_be(tmp_path: Path, markup: str, selector: str, url: str) -> None:
    listing = written(tmp_path, RECIPE.replace('"img"', f'"{selector}"'))
    sheet = Sheet(Page(f"{SITE}/1998/", f"<ul class=posters><li>{markup}</li></ul>"))
    (tag,) = sheet.entries(listing.recipe.select)
    base = SITE if url.startswith("/") else f"{SITE}/1998/"
    assert sheet.found(listing.recipe.entry, tag).picture == (f"{base}{url}" if url else "")


def test_a_long_srcset_takes_no_long_time() -> None:
    started = time.monotonic()
    for srcset in ("," * 60_000, " ," * 60_000, "a" * 60_000, "a," * 60_000, "a " * 60_000, "a 1" * 30_000):
        _largest(srcset)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("srcset", "largest"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg, b.jpg 2x", "b.jpg"),
        ("a.jpg 100w,b.jpg 300w, c.jpg 200w", "b.jpg"),
        ("a,b.jpg 1.5x, c,d,e.jpg 2x,", "c,d,e.jpg"),
        (" ,, a.jpg 3x , ,b.jpg", "a.jpg"),
        ("a.jpg 300w 200h, b.jpg 400w 100h", "b.jpg"),
        ("a.jpg, b.jpg", "a.jpg"),
        ("a.jpg tall, b.jpg 2x", "b.jpg"),
        ("", ""),
        (" , ", ""),
    ],
)
def test_the_largest_of_a_srcset_is_taken(srcset: str, largest: str) -> None:
    assert _largest(srcset) == largest


@given(st.text(alphabet="ab,. 12wx\n", max_size=40))
def test_any_srcset_is_read_or_has_no_address(srcset: str) -> None:
    found = _largest(srcset)
    assert found in srcset
    assert not set(found) & set(" \n")


def test_an_entry_itself_may_hold_what_is_looked_for(tmp_path: Path) -> None:
    recipe = f"""
        start = "{SITE}/"
        entry = {{ select = "a.poster", title = "@title", picture = "@href" }}
    """
    shelf = Shelf({f"{SITE}/": "<a class=poster href=/a.jpg title='The A'></a>"})
    (one,) = offered(written(tmp_path, recipe), shelf)
    assert one == Offered(f"{SITE}/a.jpg", "The A", {"title": "The A"})


def test_robots_txt_is_kept_to_for_pages_and_pictures_and_sets_the_pace(tmp_path: Path) -> None:
    rules = (
        "User-agent: *\nDisallow: /\n\nUser-agent: mapmaker\nDisallow: /1998/\nDisallow: /thumbs/b\nCrawl-delay: 2.5\n"
    )
    shelf = Shelf({f"{SITE}/robots.txt": rules, f"{SITE}/1998/": page("x"), f"{SITE}/1999/": page("a", "b")})
    found = offered(written(tmp_path, RECIPE), shelf)
    assert [one.name for one in usable(found)] == ["1999/A"]
    assert unusable(found) == {
        f"{SITE}/1998/": f"{SITE}/robots.txt does not allow it",
        f"{SITE}/films/b.html": f"{SITE}/robots.txt does not allow it",
    }
    assert f"{SITE}/1998/" not in shelf.asked
    assert shelf.slowed == {SITE: 2.5}
    assert shelf.asked.count(f"{SITE}/robots.txt") == 1


def test_a_rate_is_a_pace_too(tmp_path: Path) -> None:
    shelf = Shelf({f"{SITE}/robots.txt": "User-agent: *\nRequest-rate: 1/10\n", f"{SITE}/1998/": page("x")})
    offered(written(tmp_path, RECIPE), shelf)
    assert shelf.slowed == {SITE: 10.0}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_where_there_are_no_rules_all_is_allowed(tmp_path: Path, status: int) -> None:
    none = FetchError("cannot get it", status)
    shelf = Shelf({f"{SITE}/robots.txt": none, f"{SITE}/1998/": page("x"), f"{SITE}/1999/": page("y")})
    assert len(usable(offered(written(tmp_path, RECIPE), shelf))) == 2


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_where_the_rules_cannot_be_had_nothing_is_fetched(tmp_path: Path, status: int) -> None:
    none = FetchError("cannot get the rules", status)
    shelf = Shelf({f"{SITE}/robots.txt": none, f"{SITE}/1998/": page("x"), f"{SITE}/1999/": page("y")})
    with pytest.raises(FetchError, match=r"nothing of the listing came.*while a site does not tell its rules"):
        offered(written(tmp_path, RECIPE), shelf)
    assert shelf.asked == [f"{SITE}/robots.txt"]


def test_a_selector_that_selects_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    shelf = Shelf({f"{SITE}/1998/": "<p>Nothing", f"{SITE}/1999/": "<p>Nothing"})
    with pytest.raises(FetchError, match=r"nothing there is 'ul\.posters > li' \(.*listing\.toml, line 7\)"):
        offered(written(tmp_path, RECIPE), shelf)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("start =", "strat =", "line 2: a listing has no key 'strat': did you mean 'start'"),
        ("[entry]\n", "", "line 6: a listing has no key 'select'"),
        ('title = "h3"', 'titel = "h3"', "line 8: [entry] has no key 'titel': did you mean 'title'"),
        ('"h3 a"', '"h3["', "line 10: entry.link = 'h3[' is no CSS selector: Malformed attribute selector"),
        ('"h3 a"', '"h3:foo"', "line 10: entry.link = 'h3:foo' is no CSS selector"),
        ('"h3 a"', "3", "line 10: entry.link = 3 is no text"),
        ('"h3 a"', '" "', "line 10: entry.link = ' ' is no text"),
        ('"ul.posters > li"', '"@href"', "line 7: entry.select = '@href' selects nothing"),
        ("{year}", "{yaer}", "line 2: {yaer} is nothing to fill in: did you mean '{year}'"),
        ("{year}", "", "line 3: years are given, but start has no {year}"),
        ("years = [1998, 1999]\n", "", "line 2: start has {year}: say which, such as years = [1990, 1999]"),
        ("[1998, 1999]", "[1999, 1998]", "line 3: years = [1999, 1998] is not [first, last]"),
        ("[1998, 1999]", '"1998-1999"', "line 3: years = '1998-1999' is not [first, last]"),
        ("[1998, 1999]", "[true, 2000]", "line 3: years = [True, 2000] is not [first, last]"),
        ('picture = "img"\n', "", "line 6: no picture: give entry.picture, or entry.link and page.picture"),
        ("https://awards", "ftp://awards", "line 2: start = 'ftp://awards.example/{year}/' is no address"),
        ("https://awards", "https://me:hunter2@awards", "line 2: start holds a name or password"),
        ("{ designer", "{ filename", "line 11: the column filename is not yours to fill"),
        ('{ designer = ".by", genres = ".tag" }', '"x"', "line 11: columns is no table"),
        ('".tag"', '".tag >"', "line 11: entry.columns.genres = '.tag >' is no CSS selector"),
        ('link = "h3 a"', "[page]", "line 10: [page] is the page that entry.link leads to"),
        ("years =", 'next = "a"\nyears =', None),
        ("{year}/", '{year}/{page}"\nnext = "a', "line 3: next and {page} both say where it goes on"),
        ("attribution =", "attribution", "line 4: no TOML"),
        ("years = [1998, 1999]", "years = [1998, 1999]\npage = 3", "line 4: page is no table: write [page]"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str | None) -> None:
    assert old in RECIPE
    recipe = RECIPE.replace(old, new, 1)
    if told is None:
        written(tmp_path, recipe)
        return
    with pytest.raises(OptionError) as caught:
        written(tmp_path, recipe)
    assert told in str(caught.value)
    assert str(tmp_path / "listing.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_says_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cannot read .*none\.toml"):
        Listing(tmp_path / "none.toml")
    with pytest.raises(OptionError, match=r"listing\.toml: a listing wants start"):
        written(tmp_path, "")


def test_over_the_real_client_redirects_encodings_and_robots_are_as_they_are_on_the_web(tmp_path: Path) -> None:
    greek = page("alpha").replace("Alpha", "Άλφα").replace("<title>", "<meta charset=iso-8859-7><title>")

    def serve(request: Request) -> Answer:
        match request.path:
            case "/robots.txt":
                return Answer(b"User-agent: *\nDisallow: /thumbs/beta\n", type="text/plain")
            case "/1998/":
                return Answer(status=301, headers={"Location": "/old/1998.html"})
            case "/old/1998.html":
                return Answer(greek.encode("iso-8859-7"), type="text/html")
            case "/1999/":
                return Answer(page("beta", "café").encode("latin-1"), type="text/html; charset=ISO-8859-1")
        return Answer(status=500)

    with FaultyHost(otherwise=serve) as host:
        found = fetched(written(tmp_path, RECIPE.replace(SITE, host.url(""))))
    assert [(one.url, one.fields["title"]) for one in usable(found)] == [
        (host.url("/thumbs/alpha.jpg"), "Άλφα"),
        (host.url("/thumbs/café.jpg"), "Café"),
    ]
    assert list(unusable(found)) == [host.url("/films/beta.html")]
    assert host.asked["/robots.txt"] == 1
