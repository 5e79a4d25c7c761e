"""The `Web` that asks real hosts, on aiohttp: an address in; text, JSON, or a file out.

What may pass is asked for again; how one request goes is in `courier`.
"""

import asyncio
import json
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from mapmaker.errors import FetchError
from mapmaker.sources.answers import Missed, text_of
from mapmaker.sources.courier import Courier, Read, T
from mapmaker.sources.pace import FORBIDDEN, TOO_MANY, UNAVAILABLE, Host, Manners
from mapmaker.sources.pictures import check_type
from mapmaker.sources.web import Credentials, Page, Refusal, without_user

MOST_TEXT = 20_000_000
"""Bytes of a page or a JSON document."""
_BUSY = (TOO_MANY, UNAVAILABLE)
_PIECE = 1 << 16
_PICTURES = "image/*,*/*;q=0.5"
"""Names no format: some hosts would pack a picture anew for whoever knows AVIF."""


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

    `credentials` are sent to their origins only. `allowed` are hosts that may be private. `resolver` is what
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
        self._manners = manners
        self._courier = Courier(agent, manners, credentials, allowed, resolver)

    async def __aenter__(self) -> Self:
        await self._courier.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._courier.__aexit__()

    def vouch(self, url: str) -> None:
        """See `Web`."""
        self._courier.vouch(url)

    def heed(self, refusal: Refusal) -> None:
        """See `Web`."""
        self._courier.refusal = refusal

    def slow(self, url: str, seconds: float) -> None:
        """See `Web`."""
        self._courier.host(URL(url)).slow(seconds)

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
            raise FetchError(f"{without_user(url)} is no JSON") from None

    async def _body(self, url: str, parameters: Mapping[str, str] | None) -> tuple[bytes, str | None, str]:
        """Return what came, the encoding that its host told, and the address where it was, without secrets."""

        async def read(response: aiohttp.ClientResponse) -> tuple[bytes, str | None, str]:
            pieces = bytearray()
            await _pour(response, MOST_TEXT, pieces.extend)
            return bytes(pieces), response.charset, self._courier.told(response)

        try:
            address = _parsed(url)
            return await self._persist(address.update_query(parameters) if parameters else address, {}, read)
        except Missed as error:
            raise FetchError(f"cannot get {without_user(url)}: {error.reason}", error.status) from None

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
        return await self._persist(_parsed(url), headers, read)

    async def _persist(self, url: URL, headers: Mapping[str, str], read: Read[T]) -> T:
        """Ask until there is an answer that will not pass, or patience ends."""
        host = self._courier.host(url)
        attempt = 0
        while True:
            try:
                answer = await self._courier.follow(url, headers, read)
            except Missed as error:
                failing = error.host or host
                chance = random.Random(f"{self._manners.seed} {attempt} {url}").uniform(0.5, 1.5)
                pause = self._manners.backoff * chance
                self._wait_as_told(failing, error, pause)
                is_last = not error.retry or attempt == self._manners.retries
                if not error.passing and error.status != FORBIDDEN:
                    host.answered()
                elif is_last and not error.unasked:
                    failing.failed(error.reason, error.status, error.absent)
                if is_last or failing.closed:
                    raise
                is_host_waiting = error.wait is not None or error.status in _BUSY
                await asyncio.sleep(0 if is_host_waiting else pause * 2.0**attempt)
                attempt += 1
            else:
                host.answered()
                return answer

    def _wait_as_told(self, host: Host, error: Missed, pause: float) -> None:
        """Let a host have the time it wants, all its pictures wait then; one that wants too much is left alone.

        One that has too much to do and names no time gets a `pause`, longer if that was of no use.
        """
        if error.wait is None:
            if error.status in _BUSY:
                host.back_off(pause, error.reason, error.status)
        elif error.wait <= self._manners.longest_wait:
            host.pause(error.wait)
        else:
            host.close(f"{error.reason}: the host asks to come again in {error.wait:,.0f} s")
            error.reason, error.retry = host.closed, False


def _parsed(url: str) -> URL:
    """Return an address. Missed if it is none."""
    try:
        return URL(url)
    except ValueError:
        raise Missed("no web address") from None


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
