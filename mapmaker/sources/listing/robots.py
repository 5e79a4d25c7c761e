"""What sites want of programs that visit them: robots.txt, as RFC 9309 has it, and the delay that many add to it."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mapmaker.errors import FetchError
from mapmaker.sources.web import Web

if TYPE_CHECKING:
    from protego import Protego

AGENT = "mapmaker"
MOST = 500 * 1024
"""Characters of a robots.txt that are read: the least that the standard asks for."""


class Robots:
    """Knows where no program may go, asking each site once."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._asked: dict[str, asyncio.Task[Protego | str]] = {}

    async def refusal(self, address: str) -> str:
        """Return why an address must not be asked for, "" if it may."""
        parts = urlsplit(address)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._asked:
            self._asked[site] = asyncio.create_task(self._read(site))
        rules = await asyncio.shield(self._asked[site])
        if isinstance(rules, str):
            return rules
        return "" if rules.can_fetch(address, AGENT) else f"{site}/robots.txt does not allow it"

    async def _read(self, site: str) -> "Protego | str":
        """Return a site's rules, or why nothing of it must be asked for.

        A site that answers that there is no such file allows all. One that does not answer, or not now, allows nothing;
        429, "too many requests", is taken for the latter, though the standard leaves that open.
        """
        from protego import Protego

        try:
            text = await self._web.text(f"{site}/robots.txt")
        except FetchError as error:
            if 400 <= error.status < 500 and error.status != 429:
                return Protego.parse("")
            return f"{error}; while a site does not tell its rules, nothing of it is fetched"
        rules = Protego.parse(text[:MOST])
        rate = rules.request_rate(AGENT)
        delay = max(rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate and rate.requests else 0.0)
        if delay > 0:
            self._web.slow(site, delay)
        return rules
