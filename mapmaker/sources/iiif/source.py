"""The source itself: addresses of manifests and collections -> pictures, in the order of the documents."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from mapmaker.errors import FetchError, OptionError, near
from mapmaker.sources.ahead import ahead
from mapmaker.sources.iiif.documents import (
    Document,
    Painted,
    Reference,
    canvases,
    identity,
    is_web,
    manifests,
    painted,
    read,
    secured,
    thumbnail,
)
from mapmaker.sources.iiif.image import Box, read_service
from mapmaker.sources.iiif.words import each, line, words
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Web, has_user

CANVASES = ("first", "all")
OWN = ("filename", "title", "name", "year", "url", "link", "rights", "attribution", "manifest", "canvas")
"""Columns that are told otherwise; what a manifest calls so stands beside them."""
DATED = ("date", "year", "date created", "created", "date published", "published", "publication date", "issued")
_GENERIC = {"manifest", "manifest.json", "iiif", "iiif3", "v2", "v3", "presentation", "2", "3"}
"""Last parts of addresses that name no manifest."""


@dataclass(frozen=True)
class _Page:
    """A canvas: which it is, what is painted there, how its file is to be called, what is known of it."""

    where: str
    painted: Painted | None
    name: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Iiif:
    """Pictures of manifests, and of those that collections hold; `addresses`: of either.

    `canvases`: "first", which of a book is its cover, or "all". `width`, `height`: pixels that a picture has at most,
    as far as its service lets one choose; 0 for any. `language`: of labels and metadata, where there are several.
    """

    addresses: tuple[str, ...]
    canvases: str = "first"
    width: int = 600
    height: int = 0
    language: str = "en"

    def __post_init__(self) -> None:
        if not self.addresses:
            raise OptionError("iiif wants the address of at least one manifest or collection")
        for number, address in enumerate(self.addresses, 1):
            if has_user(address):  # nor is it told
                raise OptionError(f"address {number} of those given holds a name or password; give it without")
            if not is_web(address):
                raise OptionError(f"{address!r} is no address of a manifest or collection: it begins with https://")
        if self.canvases not in CANVASES:
            raise OptionError(f"--canvases {self.canvases}: {near(self.canvases, CANVASES)}")
        for name, value in (("width", self.width), ("height", self.height)):
            if value < 0:
                raise OptionError(f"--{name} {value} is below 0")

    notice: ClassVar[str] = (
        "Rights differ from picture to picture: the columns rights and attribution tell what the manifests say"
    )
    """See `Source`."""
    credentials: ClassVar[Sequence[Credentials]] = ()
    """See `Source`."""

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
        """See `Source`. Documents are asked for some ahead."""

        async def look(page: _Page | Unusable) -> Offered | Unusable:
            return page if isinstance(page, Unusable) else await self._offer(web, page)

        async with aclosing(self._pages(web)) as pages, aclosing(ahead(pages, look)) as offered:
            async for one in offered:
                yield one

    async def _pages(self, web: Web) -> AsyncGenerator[_Page | Unusable, None]:
        """Yield every canvas that is wanted."""

        async def look(reference: Reference | Unusable) -> list[_Page | Unusable]:
            return [reference] if isinstance(reference, Unusable) else await self._manifest(web, reference)

        async with aclosing(ahead(self._references(web), look)) as manifests:
            async for pages in manifests:
                for page in pages:
                    yield page

    async def _references(self, web: Web) -> AsyncIterator[Reference | Unusable]:
        """Yield every manifest once."""
        seen: set[str] = set()
        for address in self.addresses:
            web.vouch(address)
            async for reference in manifests(web, address):
                if isinstance(reference, Unusable):
                    yield reference
                elif reference.address not in seen:
                    seen.add(reference.address)
                    yield reference

    async def _manifest(self, web: Web, reference: Reference) -> list[_Page | Unusable]:
        where = reference.address
        try:
            document = reference.document if reference.whole else await read(web, where)
        except FetchError as error:
            return [Unusable(where, str(error))]
        found = canvases(document)
        name, fields = _name(where), self._fields(document, where)
        if not found:
            return [Unusable(where, "a manifest without canvases")]
        if self.canvases == "first":
            cover = painted(found[0]) or thumbnail(found[0]) or thumbnail(document)
            return [_Page(where, cover, name, fields)]
        pages: list[_Page | Unusable] = []
        for number, canvas in enumerate(found, 1):
            label = line(canvas.get("label"), self.language) or str(number)
            title = f"{fields['title']}, {label}" if fields["title"] else label
            own = {**fields, "title": title, "canvas": label}
            place = identity(canvas) or f"{where}, canvas {number}"
            pages.append(_Page(place, painted(canvas) or thumbnail(canvas), f"{name}/{number:04}", own))
        return pages

    async def _offer(self, web: Web, page: _Page) -> Offered | Unusable:
        if page.painted is None:
            return Unusable(page.where, "no picture is painted on the canvas")
        try:
            address = await self._address(web, page.painted, page.fields["manifest"])
        except FetchError as error:
            return Unusable(page.where, "its service wants a login" if error.status in (401, 403) else str(error))
        if not is_web(address):
            return Unusable(page.where, "its picture has no address of the web")
        return Offered(address, page.name, page.fields)

    async def _address(self, web: Web, found: Painted, manifest: str) -> str:
        """Return where a picture is, in the size that is wanted if it has a service."""
        if not found.service:
            return secured(found.address, manifest)
        base = secured(identity(found.service), manifest).removesuffix("/info.json").rstrip("/")
        service = read_service(base, found.service) if found.service.get("profile") else None
        if service is None or (service.level == 0 and not service.sizes):
            service = read_service(base, await read(web, f"{base}/info.json"))
        if service is None:
            raise FetchError(f"{base}/info.json tells no width and height")
        return service.address(Box(self.width, self.height))

    def _fields(self, document: Document, address: str) -> dict[str, str]:
        """Return what a manifest tells of itself."""
        pairs = list(self._pairs(document))
        told = {
            "title": line(document.get("label"), self.language),
            "year": _year(document, pairs),
            "url": _page(document),
            "rights": "|".join(_addresses(document.get("rights") or document.get("license"))),
            "attribution": self._attribution(document),
            "manifest": address,
        }
        for name, values in pairs:
            column = f"{name} (manifest)" if name.casefold() in OWN else name
            before = told[column].split("|") if column in told else []
            told[column] = "|".join(dict.fromkeys([*before, *values]))
        return told

    def _pairs(self, document: Document) -> Iterator[tuple[str, list[str]]]:
        """Yield what the metadata say: name and values."""
        for pair in each(document.get("metadata")):
            if isinstance(pair, dict):
                name, values = line(pair.get("label"), self.language), words(pair.get("value"), self.language)
                if name and values:
                    yield name, values

    def _attribution(self, document: Document) -> str:
        """Return whom to name: what must be shown, with its heading, or who provides it."""
        stated = document.get("requiredStatement")
        if isinstance(stated, dict):
            label, value = line(stated.get("label"), self.language), line(stated.get("value"), self.language)
            if value:
                return f"{label}: {value}" if label else value
        if said := line(document.get("attribution"), self.language):
            return said
        providers = [
            line(who.get("label"), self.language) for who in each(document.get("provider")) if isinstance(who, dict)
        ]
        return "; ".join(filter(None, providers))


def _year(document: Document, pairs: Sequence[tuple[str, list[str]]]) -> str:
    """Return the date that a manifest is of: what it says for calendars, else what its metadata call so."""
    date = document.get("navDate")
    if isinstance(date, str) and date[:4].isdigit():
        return date[:4]
    named = {name.casefold(): values[0] for name, values in reversed(pairs)}
    return next((named[name] for name in DATED if name in named), "")


def _page(document: Document) -> str:
    """Return the address of the page about it, for people."""
    found = _addresses(document.get("homepage") or document.get("related"))
    return next(filter(is_web, found), "")


def _addresses(value: Any) -> list[str]:
    parts = [part if isinstance(part, str) else identity(part) for part in each(value) if isinstance(part, str | dict)]
    return [part for part in parts if part]


def _name(address: str) -> str:
    """Return what a manifest's files are called: the last part of its address that says which it is."""
    parts = urlsplit(address)
    path = [unquote(part) for part in parts.path.split("/") if part]
    telling = [part for part in path if part.lower() not in _GENERIC] or [parts.netloc]
    return "-".join(filter(None, [telling[-1].removesuffix(".json").replace("/", "-"), parts.query]))
