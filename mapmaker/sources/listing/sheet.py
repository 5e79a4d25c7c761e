"""A page of HTML -> what selectors find on it; addresses are told in full."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mapmaker.sources.listing.recipe import Looks, Selector
from mapmaker.sources.markup import parsed
from mapmaker.sources.web import Page

if TYPE_CHECKING:
    from bs4 import Tag

PICTURE = ("data-srcset", "data-src", "data-original", "data-lazy-src", "srcset", "src", "href", "content")
"""Where a picture's address may be, the best first: `src` of one that is loaded late holds nothing yet."""
LINK = ("href", "data-href", "content")
_WORD = re.compile(r"[^\s,]\S*")
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)[wx]")
"""How large a picture of a srcset is, or for how fine a screen."""


@dataclass(frozen=True)
class Found:
    """What is known of an entry; "" for what is not there."""

    title: str
    picture: str
    link: str
    columns: tuple[tuple[str, str], ...] = ()


class Sheet:
    """A page, to be looked into."""

    def __init__(self, page: Page) -> None:
        self.address = page.address
        self._soup = parsed(page.text)
        base = self._soup.select_one("base[href]")
        self._base = urljoin(page.address, str(base["href"])) if base else page.address

    def entries(self, selector: Selector) -> Sequence["Tag"]:
        """Return what is selected of the whole page."""
        return self._soup.select(selector.css)

    def found(self, looks: Looks, tag: "Tag | None" = None) -> Found:
        """Return what is looked for within `tag`, or on the whole page."""
        within = self._soup if tag is None else tag
        return Found(
            title=next(iter(self._texts(within, looks.title)), ""),
            picture=self._address(within, looks.picture, PICTURE),
            link=self._address(within, looks.link, LINK),
            columns=tuple(
                (name, "|".join(dict.fromkeys(self._texts(within, selector))))
                for name, selector in looks.columns.items()
            ),
        )

    def link(self, selector: Selector) -> str:
        """Return where the first that is selected leads, "" if nowhere."""
        return self._address(self._soup, selector, LINK)

    def _texts(self, within: "Tag", selector: Selector | None) -> Iterator[str]:
        for tag in _selected(within, selector):
            told = _attribute(tag, selector.attribute) if selector and selector.attribute else tag.get_text(" ")
            if text := " ".join(told.split()):
                yield text

    def _address(self, within: "Tag", selector: Selector | None, usual: Sequence[str]) -> str:
        """Return the first address of the web in an attribute of what is selected."""
        for tag in _selected(within, selector):
            for name in [selector.attribute] if selector and selector.attribute else usual:
                told = _attribute(tag, name).strip()
                address = _largest(told) if name.endswith("srcset") else told
                if address and (full := self._full(address)):
                    return full
        return ""

    def _full(self, address: str) -> str:
        """Return an address of the web in full, "" for any other, such as the data of a placeholder."""
        try:
            full = urljoin(self._base, address)
            parts = urlsplit(full)
        except ValueError:
            return ""
        return full.partition("#")[0] if parts.scheme in ("http", "https") and parts.hostname else ""


def _selected(within: "Tag", selector: Selector | None) -> Sequence["Tag"]:
    if selector is None:
        return []
    return within.select(selector.css) if selector.css else [within]


def _attribute(tag: "Tag", name: str) -> str:
    """Return an attribute, "" if it is not there; those of several words, such as class, as one text."""
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else value or ""


def _largest(srcset: str) -> str:
    """Return the address of the largest picture of a srcset, of several the first; "" if there is none."""
    best, most = "", -1.0
    for address, size in _candidates(srcset):
        if size > most:
            best, most = address, size
    return best


def _candidates(srcset: str) -> Iterator[tuple[str, float]]:
    """Yield addresses and sizes. An address ends at a space, and may hold commas; what is said of it, at a comma."""
    at = 0
    while found := _WORD.search(srcset, at):
        at, address, told = found.end(), found[0].rstrip(","), ""
        if address == found[0]:
            comma = srcset.find(",", at)
            told = srcset[at:comma] if comma >= 0 else srcset[at:]
            at += len(told)
        size = _SIZE.fullmatch(next(iter(told.split()), ""))
        yield address, float(size[1]) if size else 1.0
