"""One request: sent when it is its host's turn, to where it may go, and on to where the answer says.

Redirects are followed by hand, for each of their addresses may be one where no request must go, or an origin that
secrets are not for. Cookies are not kept, and the environment's proxies not used.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from mapmaker.sources.answers import Missed, failed, missed
from mapmaker.sources.guard import Forbidden, Guard
from mapmaker.sources.keys import Keys
from mapmaker.sources.pace import Host, Manners
from mapmaker.sources.web import Credentials, Refusal

REDIRECTS = 10
_MOVED = {301, 302, 303, 307, 308}

T = TypeVar("T")
Read = Callable[[aiohttp.ClientResponse], Awaitable[T]]


class Courier:
    """Sends requests. What one host has said of its pace holds for all of them. An asynchronous context manager."""

    def __init__(
        self,
        agent: str,
        manners: Manners,
        credentials: Sequence[Credentials],
        allowed: Collection[str],
        resolver: AbstractResolver | None,
    ) -> None:
        self._agent, self._manners = agent, manners
        self.refusal: Refusal | None = None
        """What redirects are held to beside all else."""
        self._keys = Keys(credentials)
        self._guard = Guard(resolver or aiohttp.ThreadedResolver(), allowed)
        self._hosts: dict[str, Host] = {}
        self._slots = asyncio.Semaphore(manners.jobs)
        self._open = contextlib.AsyncExitStack()
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        manners = self._manners
        timeout = aiohttp.ClientTimeout(manners.whole, sock_connect=manners.connecting, sock_read=manners.silence)
        connector = aiohttp.TCPConnector(resolver=self._guard, limit=manners.jobs)
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent},
            middlewares=(_once,),
        )
        self._session = await self._open.enter_async_context(session)
        self._open.push_async_callback(self._guard.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def vouch(self, url: str) -> None:
        """See `Web`."""
        with contextlib.suppress(ValueError):
            if host := URL(url).raw_host:
                self._guard.vouch(host)

    def host(self, url: URL) -> Host:
        """Return what is known of the host of an address."""
        place = (url.raw_host or "").casefold().rstrip(".")  # whatever port or scheme
        if place not in self._hosts:
            self._hosts[place] = Host(self._manners)
        return self._hosts[place]

    def told(self, response: aiohttp.ClientResponse) -> str:
        """Return the address of an answer, without secrets."""
        return str(self._keys.taken(response.url))

    async def follow(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> T:
        """Ask once, and go where the answer says."""
        before: list[str] = []
        asked = {url}
        are_rules = url.path == "/robots.txt"  # which redirects may lead to wherever they are
        for _ in range(REDIRECTS + 1):
            await self._admit(url, before)
            if before and self.refusal and not are_rules and (why := await self.refusal(str(url))):
                raise Missed(f"redirected to {url.host}: {why}")
            before.append(url.raw_host or "")
            host = self.host(url)
            async with host.slots:
                target, answer = await self._in_turn(host, url, headers, read)
            if target is None:
                return answer[0]
            if target in asked:
                raise Missed("redirected in a circle")
            asked.add(target)
            url = target
        raise Missed(f"redirected more than {REDIRECTS} times")

    async def _in_turn(
        self, host: Host, url: URL, headers: Mapping[str, str], read: Read[T]
    ) -> tuple[URL | None, tuple[T, ...]]:
        """Ask when it is the host's turn. Nobody has one of the slots of all hosts while waiting for that."""
        while True:
            await host.due()
            async with self._slots:
                _check_open(host)
                if not host.take():  # the slot was long in coming
                    continue
                try:
                    return await self._ask(url, headers, read)
                except Missed as error:
                    error.host = host
                    raise

    async def _admit(self, url: URL, before: Sequence[str]) -> None:
        """Raise Missed if `url` must not be asked for, or its host is not worth asking."""
        moved = "redirected to " if before else ""
        host = url.raw_host
        if url.scheme not in ("http", "https") or not host:
            raise Missed(f"{moved}no http or https address")
        if url.user is not None or url.password is not None:
            raise Missed(f"{moved}an address with a password")
        if self._keys.are_in(url):
            raise Missed(f"{moved}an address with a secret in it")
        _check_open(self.host(url))
        try:
            await self._guard.admit(host, before)
        except Forbidden as error:
            raise Missed(f"not allowed: {moved}{error}") from None
        except OSError:
            raise Missed("no such host", passing=True, retry=False) from None

    async def _ask(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> tuple[URL | None, tuple[T, ...]]:
        """Return where a redirect leads, or what was read."""
        url, headers = self._keys.given(url, headers)
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status in _MOVED and "Location" in response.headers:
                    return self._target(url, response.headers["Location"]), ()
                if response.status != 200 and not (response.status == 304 and _is_conditional(headers)):
                    raise missed(response)
                return None, (await read(response),)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failed(error) from None

    def _target(self, url: URL, location: str) -> URL:
        """Return the address of a redirect, without secrets that the host may have put into it."""
        try:
            return self._keys.taken(url.join(URL(location)))
        except ValueError:
            raise Missed("redirected to no web address") from None


async def _once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from asking a second time by itself, out of turn, where a connection breaks."""
    try:
        return await ask(request)
    except aiohttp.ClientError as error:
        raise failed(error) from None


def _check_open(host: Host) -> None:
    """Raise Missed if a host is not worth asking any more."""
    if host.closed:
        error = Missed(host.closed, passing=True, retry=False)
        error.unasked = True
        raise error


def _is_conditional(headers: Mapping[str, str]) -> bool:
    return "If-None-Match" in headers or "If-Modified-Since" in headers
