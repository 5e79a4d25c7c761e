"""The TOML file of a listing -> what to look for on its pages; every mistake is one line that says where.

start = "https://posters.example/{year}/"   # {year} and {page} are filled in
years = [1990, 1999]
next = "a.next @href"                       # or, with {page} in the address, pages = [1, 20]
[entry]
select = "ul.posters > li"                  # all else is looked for within
title = "h3"
picture = "img @data-src"
link = "h3 a"
columns = { designer = ".by" }
[page]                                      # the page that `link` leads to
picture = "#poster img"
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mapmaker.document import Document, Place, read_document
from mapmaker.errors import InputError, OptionError, near
from mapmaker.sources.web import has_user

TOP = ("start", "years", "pages", "next", "attribution", "entry", "page")
ENTRY = ("select", "title", "picture", "link", "columns")
PAGE = ("title", "picture", "columns")
YEARS = (1000, 2999)
_PARTS = re.compile(r"(?P<css>.*?)(?:\s*@(?P<attribute>[A-Za-z_][\w:.-]*))?", re.DOTALL)


@dataclass(frozen=True)
class Selector:
    """A CSS selector, "" for the thing itself, and an attribute of what it finds, "" for the usual ones."""

    css: str
    attribute: str = ""


@dataclass(frozen=True)
class Looks:
    """What to look for in an entry, or on its page; None where there is nothing to be found."""

    title: Selector | None = None
    picture: Selector | None = None
    link: Selector | None = None
    columns: Mapping[str, Selector] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """What a file says. `years`, `pages`: those to fill in, () for none; `endless`: until a page has nothing new.

    `select`: all entries of a page. `entry`, `page`: what of it stands there, and on its own page; None if it has none.
    """

    start: str
    select: Selector
    where: str
    """The line that says what an entry is."""
    entry: Looks
    page: Looks | None = None
    years: Sequence[int] = ()
    pages: Sequence[int] = ()
    endless: bool = False
    next: Selector | None = None
    attribution: str = ""

    def address(self, year: int | None, page: int | None) -> str:
        """Return the address where a year, or a page of it, begins."""
        return self.start.replace("{year}", str(year)).replace("{page}", str(page))


def read_recipe(file: Path) -> Recipe:
    """Read the TOML file of a listing. OptionError, with its line, for what cannot be meant."""
    return _Reader(read_document(file, OptionError)).recipe()


class _Reader:
    """Takes values out of a document, and says where what is wrong with them."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def recipe(self) -> Recipe:
        self._keys((), TOP, needed=("start", "entry"))
        self._keys(("entry",), ENTRY, needed=("select",))
        start = self._address(("start",))
        entry, page = self._looks(("entry",)), None
        if "page" in self._document.values:
            self._keys(("page",), PAGE)
            page = self._looks(("page",))
            if entry.link is None:
                raise self._fault(("page",), "[page] is the page that entry.link leads to: say how to find that link")
        if entry.picture is None and (page is None or page.picture is None):
            raise self._fault(("entry",), "no picture: give entry.picture, or entry.link and page.picture")
        years = self._range(("years",), *YEARS) if self._filled("years", "{year}", start) else ()
        if "{year}" in start and not years:
            raise self._fault(("start",), "start has {year}: say which, such as years = [1990, 1999]")
        pages = self._range(("pages",), 0, 100_000) if self._filled("pages", "{page}", start) else ()
        endless = "{page}" in start and not pages
        following = self._selector(("next",))
        if following and "{page}" in start:
            raise self._fault(("next",), "next and {page} both say where it goes on: leave one out")
        return Recipe(
            start=start,
            select=self._selector(("entry", "select")) or Selector(""),
            where=f"{self._document.file}, line {self._document.line(('entry', 'select'))}",
            entry=entry,
            page=page,
            years=years,
            pages=range(1, 100_001) if endless else pages,
            endless=endless,
            next=following,
            attribution=self._text(("attribution",)) if "attribution" in self._document.values else "",
        )

    def _looks(self, place: Place) -> Looks:
        table = self._document.at(place)
        columns: dict[str, Selector] = {}
        if "columns" in table:
            if not isinstance(table["columns"], dict):
                raise self._fault((*place, "columns"), 'columns is no table such as { designer = ".by" }')
            for name in table["columns"]:
                if name.casefold() == "filename":
                    raise self._fault((*place, "columns", name), "the column filename is not yours to fill")
                columns[name] = self._selector((*place, "columns", name)) or Selector("")
        found = {name: self._selector((*place, name)) for name in ("title", "picture", "link") if name in table}
        return Looks(**found, columns=columns)

    def _selector(self, place: Place) -> Selector | None:
        """Return a selector, None where there is none."""
        if place[-1] not in self._document.at(place[:-1]):
            return None
        text = self._text(place)
        found = _PARTS.fullmatch(text.strip())
        assert found is not None
        css, attribute = found["css"].strip(), found["attribute"] or ""
        if not css and (not attribute or place[-1] == "select"):
            raise self._fault(place, f'{_name(place)} = {text!r} selects nothing; write it as "h3 a" or "img @src"')
        if css:
            self._check(place, css)
        return Selector(css, attribute)

    def _check(self, place: Place, css: str) -> None:
        import soupsieve

        try:
            soupsieve.compile(css)
        except (soupsieve.SelectorSyntaxError, NotImplementedError, ValueError) as error:
            wrong = str(error).splitlines()[0]
            raise self._fault(place, f"{_name(place)} = {css!r} is no CSS selector: {wrong}") from error

    def _keys(self, place: Place, known: Sequence[str], needed: Sequence[str] = ()) -> None:
        """Check that a table has no key that is not `known`, and those that are `needed`."""
        table = self._document.at(place)
        where = f"[{place[0]}]" if place else "a listing"
        if not isinstance(table, dict):
            raise self._fault(place, f"{_name(place)} is no table: write [{_name(place)}] on a line of its own")
        for name in table:
            if name not in known:
                raise self._fault((*place, name), f"{where} has no key {name!r}: {near(name, known)}")
        for name in needed:
            if name not in table:
                message = f"{where} wants {name}"
                raise self._fault(place, message) if place else OptionError(f"{self._document.file}: {message}")

    def _filled(self, name: str, mark: str, start: str) -> bool:
        """Return whether a range is given; it makes no sense where nothing is to be filled in."""
        if name not in self._document.values:
            return False
        if mark not in start:
            raise self._fault((name,), f"{name} are given, but start has no {mark} to fill in")
        return True

    def _range(self, place: Place, least: int, most: int) -> Sequence[int]:
        value = self._document.at(place)
        right = isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)
        if not (right and least <= value[0] <= value[1] <= most):
            raise self._fault(place, f"{_name(place)} = {value!r} is not [first, last]")
        return range(value[0], value[1] + 1)

    def _address(self, place: Place) -> str:
        text = self._text(place)
        if has_user(text):  # nor is it told
            raise self._fault(place, f"{_name(place)} holds a name or password; give the address without")
        if not text.startswith(("http://", "https://")):
            raise self._fault(place, f"{_name(place)} = {text!r} is no address: it begins with https://")
        for mark in re.findall(r"\{[^{}]*\}", text):
            if mark not in ("{year}", "{page}"):
                raise self._fault(place, f"{mark} is nothing to fill in: {near(mark, ('{year}', '{page}'))}")
        return text

    def _text(self, place: Place) -> str:
        value = self._document.at(place)
        if not isinstance(value, str) or not value.strip():
            raise self._fault(place, f"{_name(place)} = {value!r} is no text")
        return value

    def _fault(self, place: Place, message: str) -> InputError:
        return self._document.fault(place, message)


def _name(place: Place) -> str:
    return ".".join(map(str, place))
