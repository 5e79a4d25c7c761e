"""What a host answered -> what it means: a body, nothing for good, or something that may pass."""

import asyncio
import codecs
import os
import re
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from mapmaker.sources.guard import Forbidden
from mapmaker.sources.pace import Host

PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that may be another one soon."""
LONGEST = 1e10
"""Seconds that a Retry-After is taken to mean at most."""
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_NO_PAGES = {"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape"}
"""Codecs of Python's that no page is written in: some fail in ways of their own, or take time by the square."""
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Missed(Exception):  # noqa: N818 - named for what happened; not an error of the run, but a line of its manifest
    """What was asked for did not come."""

    def __init__(
        self, reason: str, status: int = 0, *, passing: bool = False, retry: bool | None = None, absent: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """In a few words, without address or secret."""
        self.status = status
        self.passing = passing
        """Whether it may come another day,"""
        self.retry = passing if retry is None else retry
        """and in a moment."""
        self.absent = absent
        """Whether there was not even a connection."""
        self.wait: float | None = None
        """Seconds after which, if the host says so."""
        self.host: Host | None = None
        """Who failed: after a redirect not who was asked;"""
        self.unasked = False
        """nobody, for there was no use in asking."""


def missed(response: aiohttp.ClientResponse) -> Missed:
    """Return what a status other than 200 means."""
    status = response.status
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    found = Missed(f"{status} {phrase}", status, passing=status in PASSING)
    if found.passing:
        found.wait = seconds_of(response.headers.get("Retry-After", ""), datetime.now(UTC))
    return found


def seconds_of(text: str, now: datetime) -> float | None:
    """Return what a Retry-After says, a number of seconds or a date; None if it says nothing."""
    if re.fullmatch(r"\s*[0-9]+\s*", text):
        return min(float(text), LONGEST)
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def failed(error: Exception) -> Missed:
    """Return what an exception of aiohttp means. Its own text is not told: it may hold the address, secrets and all."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return Missed("no connection in time", passing=True, absent=True)
        case aiohttp.SocketTimeoutError():
            return Missed("silent for too long", passing=True)
        case asyncio.TimeoutError():
            return Missed("took too long", passing=True)
        case aiohttp.ClientConnectorDNSError():
            return _unresolved(error.os_error)
        case aiohttp.ClientConnectorCertificateError():
            return Missed("no valid certificate")
        case aiohttp.ClientConnectorError():
            return Missed(f"no connection: {_told(error, 'refused')}", passing=True, absent=True)
        case aiohttp.ClientPayloadError():
            return Missed("broken off", passing=True)
        case aiohttp.ServerDisconnectedError():
            return Missed("no answer: the connection was closed", passing=True)
        case aiohttp.ClientResponseError():
            return Missed("the answer is no HTTP")
        case aiohttp.InvalidURL():
            return Missed("no web address")
        case aiohttp.ClientOSError():
            return Missed(f"the connection broke: {_told(error, 'no reason')}", passing=True)
    return Missed(f"no answer: {type(error).__name__}", passing=True)


def _told(error: OSError, otherwise: str) -> str:
    """Return what an error's number means: what its text tells beside that may be an address."""
    return os.strerror(error.errno).lower() if error.errno and error.errno > 0 else otherwise


def _unresolved(error: OSError) -> Missed:
    if isinstance(error, Forbidden):
        return Missed(f"not allowed: {error}")
    again = error.errno == getattr(socket, "EAI_AGAIN", None)
    return Missed("no such host", passing=True, retry=again, absent=True)


def text_of(body: bytes, charset: str | None) -> str:
    """Return a page as text: as its header, first bytes or `<meta>` say; else in UTF-8; else in Windows-1252."""
    marked = next((name for mark, name in _MARKS.items() if body.startswith(mark)), None)
    said = _META.search(body[:2048])
    for name in (charset, marked, said[1].decode() if said else None, "utf-8"):
        if name and _is_known(name):
            try:
                return body.decode(name).removeprefix("\ufeff")
            except (LookupError, ValueError):
                continue
    return body.decode("windows-1252", "replace")


def _is_known(name: str) -> bool:
    """Return whether there is such an encoding of text."""
    try:
        return codecs.lookup(name).name.replace("_", "-") not in _NO_PAGES
    except (LookupError, ValueError):
        return False
