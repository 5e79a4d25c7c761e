"""What search engines are told of: addresses of pages -> sitemap.xml, or, of very many, several and their index.

The format is that of https://www.sitemaps.org/protocol.html. When pages changed is not said: it would differ from one
build to the next, of the same map.
"""

from collections.abc import Iterator, Sequence
from html import escape

FILE = "sitemap.xml"
MOST, LARGEST = 50_000, 50_000_000
"""Addresses of a sitemap, and bytes: the protocol allows no more."""

_OPEN = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_CLOSE = "</{}>\n"


def render_sitemaps(base_url: str, pages: Sequence[str]) -> dict[str, str]:
    """Return sitemaps by file, to be written as UTF-8 beside index.html; `pages` are paths below `base_url`."""
    parts = list(_parts([f"<url><loc>{escape(base_url + page)}</loc></url>\n" for page in pages]))
    if len(parts) == 1:
        return {FILE: _whole("urlset", parts[0])}
    named = {f"sitemap-{number}.xml": _whole("urlset", part) for number, part in enumerate(parts, 1)}
    entries = [f"<sitemap><loc>{escape(base_url + name)}</loc></sitemap>\n" for name in named]
    return {FILE: _whole("sitemapindex", entries), **named}


def _whole(kind: str, entries: Sequence[str]) -> str:
    return _OPEN.format(kind) + "".join(entries) + _CLOSE.format(kind)


def _parts(entries: Sequence[str]) -> Iterator[list[str]]:
    """Yield `entries` in parts that a sitemap can hold, at least one."""
    part: list[str] = []
    room = LARGEST - 1_000  # for what is around them
    for entry in entries:
        size = len(entry.encode())
        if len(part) == MOST or room < size:
            yield part
            part, room = [], LARGEST - 1_000
        part.append(entry)
        room -= size
    yield part
