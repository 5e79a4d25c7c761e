"""A web of documents on a shelf, for tests of sources; and how to ask a source on it, or over the real client."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlencode

from mapmaker.errors import FetchError
from mapmaker.sources.client import Client
from mapmaker.sources.pace import Manners
from mapmaker.sources.source import Offered, Source, Unusable
from mapmaker.sources.web import Page, Refusal, Web

QUICK = Manners(rate=10_000, retries=1, backoff=0.01, connecting=5, silence=5, whole=10)

Document = Any | Callable[[Mapping[str, str]], Any]
"""A text, or what a JSON document holds; or what makes it of the parameters; or a FetchError."""


class Shelf:
    """A `Web` that holds documents by address; all others are 404. `asked`: what was asked for, in order."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self.asked: list[str] = []
        self.vouched: list[str] = []
        self.slowed: dict[str, float] = {}
        self.moved: dict[str, str] = {}
        """Where redirects lead."""

    async def page(self, url: str) -> Page:
        """See `Web`."""
        where = self.moved.get(url, url)
        return Page(where, await self.text(where))

    async def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """See `Web`."""
        return str(await self.json(url, parameters))

    async def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """See `Web`."""
        self.asked.append(f"{url}?{urlencode(parameters)}" if parameters else url)
        await asyncio.sleep(0)
        found = self._documents.get(url, FetchError(f"cannot get {url}: 404 Not Found", 404))
        found = found(parameters or {}) if callable(found) else found
        if isinstance(found, FetchError):
            raise found
        return found

    def vouch(self, url: str) -> None:
        """See `Web`."""
        self.vouched.append(url)

    def heed(self, refusal: Refusal) -> None:
        """See `Web`."""

    def slow(self, url: str, seconds: float) -> None:
        """See `Web`."""
        self.slowed[url] = seconds


async def _all(source: Source, web: Web, most: int | None) -> list[Offered | Unusable]:
    found: list[Offered | Unusable] = []
    async with aclosing(source.offers(web)) as offers:  # type: ignore[type-var]  # all are generators
        async for one in offers:
            found.append(one)
            if len(found) == most:
                break
    return found


def offered(source: Source, web: Web, most: int | None = None) -> list[Offered | Unusable]:
    """Return what a source offers, or its first `most`."""
    return asyncio.run(_all(source, web, most))


def fetched(source: Source) -> list[Offered | Unusable]:
    """Return what a source offers over the real client."""

    async def ask() -> list[Offered | Unusable]:
        async with Client("mapmaker/test", QUICK, source.credentials) as client:
            return await _all(source, client, None)

    return asyncio.run(ask())


def usable(found: list[Offered | Unusable]) -> list[Offered]:
    """Return those that are pictures."""
    return [one for one in found if isinstance(one, Offered)]


def unusable(found: list[Offered | Unusable]) -> dict[str, str]:
    """Return why the others are none."""
    return {one.entry: one.reason for one in found if isinstance(one, Unusable)}
