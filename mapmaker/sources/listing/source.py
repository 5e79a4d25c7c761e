"""The source itself: a file that says how a listing looks -> its entries, page by page, year by year."""

import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from mapmaker.errors import FetchError
from mapmaker.sources.ahead import ahead
from mapmaker.sources.listing.recipe import Recipe, read_recipe
from mapmaker.sources.listing.robots import Robots
from mapmaker.sources.listing.sheet import Found, Sheet
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Web

GONE = (404, 410)


@dataclass(frozen=True)
class _Entry:
    """An entry: number `number`, from 1, of the page at `address`, of which year, what is known of it."""

    address: str
    number: int
    year: int | None
    found: Found

    @property
    def told(self) -> str:
        """Which it is, for a person."""
        title = f": {self.found.title}" if self.found.title else ""
        return self.found.link or f"{self.address}, entry {self.number}{title}"


@dataclass(frozen=True)
class Listing:
    """Pictures of a listing; `file`: the TOML file that says how it looks, see `recipe`."""

    file: Path

    def __post_init__(self) -> None:
        _ = self.recipe  # a mistake is told before anything is asked for

    notice: ClassVar[str] = (
        "The pictures are the site's, or whoever's it names: see its terms; its robots.txt is kept to"
    )
    """See `Source`."""
    credentials: ClassVar[Sequence[Credentials]] = ()
    """See `Source`."""

    @cached_property
    def recipe(self) -> Recipe:
        """What the file says."""
        return read_recipe(self.file)

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
        """See `Source`. Entries' own pages are asked for some ahead."""
        robots = Robots(web)
        web.heed(robots.refusal)

        async def look(entry: _Entry | Unusable) -> Offered | Unusable:
            return entry if isinstance(entry, Unusable) else await self._offer(web, robots, entry)

        async with aclosing(self._entries(web, robots)) as entries, aclosing(ahead(entries, look)) as offered:
            async for one in offered:
                yield one

    async def _entries(self, web: Web, robots: Robots) -> AsyncGenerator[_Entry | Unusable, None]:
        """Yield every entry once. FetchError if no page can be had, OptionError if none has an entry."""
        seen: set[Found] = set()
        why: list[Unusable] = []
        for year in self.recipe.years or (None,):
            async with aclosing(self._of_year(web, robots, year, seen)) as entries:
                async for one in entries:
                    if isinstance(one, Unusable) and not seen:
                        why.append(one)
                    yield one
        if not seen and why:
            raise FetchError(f"nothing of the listing came; the first of {len(why):,} reasons: {why[0].reason}")

    async def _of_year(
        self, web: Web, robots: Robots, year: int | None, seen: set[Found]
    ) -> AsyncGenerator[_Entry | Unusable, None]:
        """Yield the entries of a year, or of a listing without, that were not `seen` before."""
        recipe, places = self.recipe, itertools.count()
        async with aclosing(self._sheets(web, robots, year)) as sheets:
            async for address, sheet in sheets:
                begins = next(places) == 0
                if isinstance(sheet, FetchError):
                    if begins or not recipe.endless or sheet.status not in GONE:
                        yield Unusable(address, str(sheet))
                    if recipe.endless:
                        return
                    continue
                entries = [
                    _Entry(sheet.address, number, year, sheet.found(recipe.entry, tag))
                    for number, tag in enumerate(sheet.entries(recipe.select), 1)
                ]
                if not entries and (begins or not recipe.endless):
                    yield Unusable(address, f"nothing there is {recipe.select.css!r} ({recipe.where})")
                fresh = [entry for entry in entries if entry.found not in seen]
                for entry in fresh:
                    seen.add(entry.found)
                    yield entry
                if recipe.endless and not fresh:  # some sites show the last page again, whatever is asked for
                    return

    async def _sheets(
        self, web: Web, robots: Robots, year: int | None
    ) -> AsyncGenerator[tuple[str, Sheet | FetchError], None]:
        """Yield the pages of a year, or why one cannot be had, with their addresses."""
        recipe, seen = self.recipe, set[str]()
        for page in recipe.pages or (None,):
            address = recipe.address(year, page)
            web.vouch(address)
            while address and address not in seen:
                seen.add(address)
                sheet = await _tried(web, robots, address)
                yield address, sheet
                address = sheet.link(recipe.next) if recipe.next and isinstance(sheet, Sheet) else ""

    async def _offer(self, web: Web, robots: Robots, entry: _Entry) -> Offered | Unusable:
        found = entry.found
        if self.recipe.page and found.link:
            sheet = await _tried(web, robots, found.link)
            if isinstance(sheet, FetchError):
                return Unusable(entry.told, str(sheet))
            found = _joined(found, sheet.found(self.recipe.page))
        if not found.picture:
            return Unusable(entry.told, "no address of a picture")
        if refusal := await robots.refusal(found.picture):
            return Unusable(entry.told, refusal)
        told = {
            "title": found.title,
            "year": str(entry.year or ""),
            "url": found.link,
            **{name: text for name, text in found.columns if text},
            "attribution": self.recipe.attribution,
        }
        name = (found.title or _stem(found.picture)).replace("/", "-")
        fields = {name: text for name, text in told.items() if text}
        return Offered(found.picture, f"{entry.year}/{name}" if entry.year else name, fields)


async def _tried(web: Web, robots: Robots, address: str) -> Sheet | FetchError:
    """Return a page, or why it cannot be had."""
    if refusal := await robots.refusal(address):
        return FetchError(refusal)
    try:
        return Sheet(await web.page(address))
    except FetchError as error:
        return error


def _joined(entry: Found, page: Found) -> Found:
    """Return what is known of an entry: what its own page tells goes before what stands in the listing."""
    columns = {**dict(entry.columns), **{name: text for name, text in page.columns if text}}
    return Found(page.title or entry.title, page.picture or entry.picture, entry.link, tuple(columns.items()))


def _stem(address: str) -> str:
    """Return the name of a picture's file, without what follows the dot."""
    return PurePosixPath(unquote(urlsplit(address).path)).stem or "picture"
