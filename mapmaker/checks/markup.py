"""A page's text -> its elements, each kind of them once, in order: what they say is what counts, not how often.

A list of 90,000 posters is 86 MB of pages, on which `html.parser` spends half a minute. As long as a page is as plain
as ours are, each "<" the beginning of a tag with quoted attributes, one regular expression finds the same elements.
"""

import re
from collections.abc import Collection
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

_BARE = ("<li>", "<bdi>", "<p>")
"""Most tags of a list, and of no interest."""
_START = re.compile(
    r'<(?!li>|bdi>|p>)(?:a href="([^"<>]*)"(?: title="[^"<>]*")?|([a-z][a-z0-9]*)((?: [a-z][a-z:-]*(?:="[^"<>]*")?)*))>'
)
_ATTRIBUTE = re.compile(r' ([a-z:-]+)(?:="([^"]*)")?')


class Element(NamedTuple):
    """A start tag; `attributes` are names and values, as often as they are there."""

    tag: str
    attributes: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Return the value of an attribute that counts, the first; "" if it is not there."""
        return next((value for key, value in self.attributes if key == name), "")


def elements(text: str) -> tuple[list[Element], Collection[str]]:
    """Return the different elements of a page, in the order in which they first appear, and where plain links lead.

    Plain links, most of what a page holds, are not among the elements. ValueError if it cannot be read.
    """
    plain = _START.findall(text)
    others = text.count("</") + sum(map(text.count, _BARE)) + (text[:9].lower() == "<!doctype")
    if len(plain) + others != text.count("<"):
        return _read(text), ()
    found = dict.fromkeys(plain)
    links = {unescape(address) if "&" in address else address for address, tag, _ in found if not tag}
    return [Element(tag, _attributes(rest)) for _, tag, rest in found if tag], links


def _attributes(text: str) -> tuple[tuple[str, str], ...]:
    found = _ATTRIBUTE.findall(text)
    return tuple((name, unescape(value)) for name, value in found) if "&" in text else tuple(found)


def _read(text: str) -> list[Element]:
    """Return the elements of any page, see `elements`."""
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError, RecursionError) as error:
        raise ValueError("cannot be read as HTML") from error
    return list(reader.found)


class _Reader(HTMLParser):
    """Collects elements, whatever the page is like."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[Element, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.found[Element(tag, tuple((name, value or "") for name, value in attrs))] = None
