"""A polite visitor of the web: an address in, what is there out, and no more often than the host likes.

Every request of every source goes through one `Web`. It keeps a host's pace and takes no more than so many at once,
tries again what may pass (429, 5xx, time out, a connection that breaks), as late as Retry-After says, follows no
redirect to where it must not go, and reads no more than a body may hold. Secrets are sent to the origin that they are
for, and told nowhere.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Refusal = Callable[[str], Awaitable[str]]
"""Tells why an address must not be asked for, "" if it may."""
_USER = re.compile(r"\b([a-z][a-z0-9+.-]*:[/\\]{2})[^/?#\n]*@", re.IGNORECASE)


def without_user(text: str) -> str:
    """Return text with names and passwords taken out of the addresses in it."""
    return _USER.sub(r"\1(secret)@", text)


def has_user(address: str) -> bool:
    """Return whether an address begins with a name or password, with or without its scheme."""
    return "@" in re.split(r"[/?#]", re.sub(r"^[^/@?#]*:[/\\]+", "", address), maxsplit=1)[0]


@dataclass(frozen=True)
class Secret:
    """What must never be seen: neither repr, str nor errors show it."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True)
class Credentials:
    """Secrets for one origin: headers and parameters that requests to it carry, and none after a redirect elsewhere."""

    origin: str
    """Such as "https://api.example.org"."""
    headers: Mapping[str, Secret] = field(default_factory=dict)
    parameters: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page, and the address where it is, which redirects may have led to: what it links to is told from there."""

    address: str
    text: str


class Web(Protocol):
    """What sources may ask of the web."""

    async def page(self, url: str) -> Page:
        """Return a page, decoded as it says itself. FetchError, with its status, if it cannot be had."""
        ...

    async def text(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return a page as text, decoded as it says itself. FetchError, with its status, if it cannot be had."""
        ...

    async def json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Return what a JSON document holds. FetchError if it cannot be had, or is none."""
        ...

    def slow(self, url: str, seconds: float) -> None:
        """Ask the host of `url` no more often than every so many seconds from now on: what its robots.txt wants."""
        ...

    def vouch(self, url: str) -> None:
        """Say that the user named the host of `url`, which may be at a private address then, an intranet's.

        Never say so of what stands in a table or on a page, which may come from anywhere.
        """
        ...

    def heed(self, refusal: Refusal) -> None:
        """Go nowhere by a redirect that `refusal` has a reason against: what a site's robots.txt does not allow."""
        ...
