"""The `Web` that asks real hosts, on aiohttp: an address in; text, JSON, or a file out.

Redirects are followed by hand, for each of their addresses may be one where no request must go, or an origin that
secrets are not for. Cookies are not kept, and the environment's proxies not used.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from mapmaker.errors import FetchError
from mapmaker.sources.answers import Missed, failed, missed, text_of
from mapmaker.sources.guard import Forbidden, Guard
from mapmaker.sources.pace import Host, Manners
from mapmaker.sources.pictures import check_type
from mapmaker.sources.web import Credentials, Page, Secret

REDIRECTS = 10
MOST_TEXT = 20_000_000
"""Bytes of a page or a JSON document."""
_MOVED = {301, 302, 303, 307, 308}
_PIECE = 1 << 16
_PICTURES = "image/*,*/*;q=0.5"
"""Names no format: some hosts would pack a picture anew for whoever knows AVIF."""

T = TypeVar("T")
Read = Callable[[aiohttp.ClientResponse], Awaitable[T]]


@dataclass(frozen=True)
class Version:
    """Which version of a file is known: what its host called it."""

    etag: str = ""
    modified: str = ""

    def condition(self) -> dict[str, str]:
        """Return the headers that ask for any other one."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Saved:
    """A file that came."""

    version: Version
    counted: bool
    """Whether its host told how long it is: if not, one that was cut off looks like any other."""


class Client:
    """Asks hosts with good `manners`. Use as an asynchronous context manager.

    `credentials` are sent to their origins only. `allowed` are private hosts beside the first. `resolver` is what
    finds the addresses of names, aiohttp's own if none is given.
    """

    def __init__(
        self,
        agent: str,
        manners: Manners,
        credentials: Sequence[Credentials] = (),
        allowed: Collection[str] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._agent, self._manners = agent, manners
        self._credentials = {URL(one.origin).origin(): one for one in credentials}
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

    def begin(self, url: str) -> None:
        """Say that `url` will be asked for: the first one's host may be a private one."""
        with contextlib.suppress(ValueError):
            if host := URL(url).raw_host:
                self._guard.begin(host)

    def slow(self, url: str, seconds: float) -> None:
        """See `Web`."""
        self._host(URL(url)).slow(seconds)

    async def page(self, url: str) -> Page:
        """See `Web`."""
        body, charset, address = await self._body(url, None)
        return Page(address, text_of(body, charset))

    async def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """See `Web`."""
        body, charset, _ = await self._body(url, parameters)
        return text_of(body, charset)

    async def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """See `Web`."""
        body, *_ = await self._body(url, parameters)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise FetchError(f"{url} is no JSON") from None

    async def _body(self, url: str, parameters: Mapping[str, str] | None) -> tuple[bytes, str | None, str]:
        """Return what came, the encoding that its host told, and the address where it was, without secrets."""

        async def read(response: aiohttp.ClientResponse) -> tuple[bytes, str | None, str]:
            pieces = bytearray()
            await _pour(response, MOST_TEXT, pieces.extend)
            return bytes(pieces), response.charset, str(self._target(response.url, str(response.url)))

        try:
            asked = URL(url).update_query(parameters) if parameters else URL(url)
            return await self._persist(asked, {}, read)
        except Missed as error:
            raise FetchError(f"cannot get {url}: {error.reason}", error.status) from None
        except ValueError:
            raise FetchError(f"{url!r} is no web address") from None

    async def save(self, url: str, file: Path, known: Version | None = None) -> Saved | None:
        """Write a picture's bytes to `file`; None if it is the version that is `known` already. Missed if it cannot be.

        What `file` holds then, or after an error, is the caller's to judge and remove.
        """

        async def read(response: aiohttp.ClientResponse) -> Saved | None:
            if response.status == 304:
                return None
            said = response.content_type if "Content-Type" in response.headers else ""
            check_type(said)
            with file.open("wb") as stream:
                await _pour(response, self._manners.max_bytes, stream.write)
            headers = response.headers
            counted = response.content_length is not None or "chunked" in headers.get("Transfer-Encoding", "").lower()
            version = Version(headers.get("ETag", ""), headers.get("Last-Modified", ""))
            return Saved(version, counted)

        headers = {"Accept": _PICTURES, "Accept-Encoding": "identity", **(known.condition() if known else {})}
        try:
            return await self._persist(URL(url), headers, read)
        except ValueError:
            raise Missed("no web address") from None

    async def _persist(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> T:
        """Ask until there is an answer that will not pass, or patience ends."""
        self.begin(str(url))
        host = self._host(url)
        attempt = 0
        while True:
            try:
                answer = await self._follow(url, headers, read)
            except Missed as error:
                failing = error.host or host
                self._wait_as_told(failing, error)
                is_last = not error.retry or attempt == self._manners.retries
                if not error.passing:
                    host.answered()
                elif is_last and not error.unasked:
                    failing.failed(error.reason, error.absent)
                if is_last or failing.closed:
                    raise
                await asyncio.sleep(self._backoff(url, attempt) if error.wait is None else 0)
                attempt += 1
            else:
                host.answered()
                return answer

    def _wait_as_told(self, host: Host, error: Missed) -> None:
        """Let a host that named a time have it; one that wants too much is left alone."""
        if error.wait is None:
            return
        if error.wait <= self._manners.longest_wait:
            host.pause(error.wait)
        else:
            host.close(f"{error.reason}: the host asks to come again in {error.wait:,.0f} s")
            error.reason, error.retry = host.closed, False

    def _backoff(self, url: URL, attempt: int) -> float:
        chance = random.Random(f"{self._manners.seed} {attempt} {url}").uniform(0.5, 1.5)
        return self._manners.backoff * 2.0**attempt * chance

    async def _follow(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> T:
        """Ask once, and go where the answer says."""
        before: list[str] = []
        asked = {url}
        for _ in range(REDIRECTS + 1):
            await self._admit(url, before)
            before.append(url.raw_host or "")
            host = self._host(url)
            async with host.slots:
                await host.turn()
                async with self._slots:
                    try:
                        target, answer = await self._ask(url, headers, read)
                    except Missed as error:
                        error.host = host
                        raise
            if target is None:
                return answer[0]
            if target in asked:
                raise Missed("redirected in a circle")
            asked.add(target)
            url = target
        raise Missed(f"redirected more than {REDIRECTS} times")

    async def _admit(self, url: URL, before: Sequence[str]) -> None:
        """Raise Missed if `url` must not be asked for, or its host is not worth asking."""
        moved = "redirected to " if before else ""
        host = url.raw_host
        if url.scheme not in ("http", "https") or not host:
            raise Missed(f"{moved}no http or https address")
        if url.user is not None or url.password is not None:
            raise Missed(f"{moved}an address with a password")
        if closed := self._host(url).closed:
            error = Missed(closed, passing=True, retry=False)
            error.unasked = True
            raise error
        try:
            await self._guard.admit(host, before)
        except Forbidden as error:
            raise Missed(f"not allowed: {moved}{error}") from None
        except OSError:
            raise Missed("no such host", passing=True, retry=False) from None

    async def _ask(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> tuple[URL | None, tuple[T, ...]]:
        """Return where a redirect leads, or what was read."""
        credentials = self._credentials.get(url.origin())
        if credentials:
            headers = {**headers, **_bare(credentials.headers)}
            url = url.update_query(_bare(credentials.parameters))
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
            target = url.join(URL(location))
        except ValueError:
            raise Missed("redirected to no web address") from None
        secret = {value for one in self._credentials.values() for value in _bare(one.parameters).values()}
        kept = [(name, value) for name, value in target.query.items() if value not in secret]
        return target if len(kept) == len(target.query) else target.with_query(kept)

    def _host(self, url: URL) -> Host:
        place = f"{url.host}:{url.port}"
        if place not in self._hosts:
            self._hosts[place] = Host(self._manners)
        return self._hosts[place]


async def _once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from asking a second time by itself, out of turn, where a connection breaks."""
    try:
        return await ask(request)
    except aiohttp.ClientError as error:
        raise failed(error) from None


def _is_conditional(headers: Mapping[str, str]) -> bool:
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _bare(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.value for name, secret in secrets.items()}


async def _pour(response: aiohttp.ClientResponse, most: int, into: Callable[[bytes], object]) -> None:
    """Hand on a body, piece by piece. Missed if it is longer than `most`, by what it says or by what comes."""
    if response.content_length is not None and response.content_length > most:
        response.close()
        raise Missed(f"too large: {response.content_length:,} bytes, limit {most:,}")
    size = 0
    async for piece in response.content.iter_chunked(_PIECE):
        size += len(piece)
        if size > most:
            response.close()
            raise Missed(f"too large: more than {most:,} bytes")
        into(piece)
