"""What a map says of the place where it will be, and its sitemap: every page of the map, there, and nothing else."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.page import Page, read_page
from mapmaker.checks.site import Site

MAP = "index.html"
SITEMAP = "sitemap.xml"
MOST = 50_000
"""Addresses that a sitemap may hold."""
_SHAPE = re.compile(
    r'<\?xml version="1\.0" encoding="UTF-8"\?>\s*<(urlset|sitemapindex) xmlns="http://www\.sitemaps\.org/schemas/'
    r'sitemap/0\.9">\s*((?:<(url|sitemap)><loc>[^<>]*</loc></\3>\s*)*)</\1>\s*'
)
_ENTRY = re.compile(r"<loc>([^<>]*)</loc>")


def read_place(site: Site) -> Page:
    """Return the map's page, for where it says that it will be; an empty one if it cannot be read."""
    try:
        return read_page(site.read(MAP))
    except OSError:
        return Page()


def check_sitemap(site: Site, place: Page) -> Found[None]:
    """Check the sitemap, if the map has one."""
    if SITEMAP not in site.listed:
        return
    if not place.canonical or place.hidden:
        why = "asks to be left out by search engines" if place.hidden else "does not say where it will be"
        yield Fault(Kind.PAGE, SITEMAP, f"is there although {MAP} {why}")
        return
    told = yield from _addresses(site, SITEMAP)
    files = [address.removeprefix(place.canonical) for address in told]
    parts = {file for file in files if re.fullmatch(r"sitemap-\d+\.xml", file)}
    named = {SITEMAP: [address for address, file in zip(told, files, strict=True) if file not in parts]}
    for part in sorted(parts):
        named[part] = yield from _addresses(site, part)
    found: set[str] = set()
    for name, addresses in named.items():
        for address in addresses:
            if not address.startswith(place.canonical):
                yield Fault(Kind.OUTSIDE, name, f"tells of {address[:200]!r}, outside of the map")
                continue
            file = unquote(address[len(place.canonical) :]) or MAP
            found.add(file)
            if file not in site.sizes:
                yield Fault(Kind.LINK, name, f"tells of {address[:200]!r}, where nothing is")
    yield from _lacking(site, found)


def _lacking(site: Site, found: set[str]) -> Iterator[Fault]:
    absent = sorted({name for name in site.listed if name.endswith(".html")} - found)
    if absent:
        yield Fault(Kind.PAGE, SITEMAP, f"lacks pages of the map: {some(absent)}")


def _addresses(site: Site, name: str) -> Found[list[str]]:
    """Return what a sitemap tells of; nothing where it is none."""
    content = yield from site.content(name)
    if content is None:
        return []
    shape = _SHAPE.fullmatch(content.decode("utf-8", "replace"))
    addresses = [unescape(entry) for entry in _ENTRY.findall(shape[2])] if shape else []
    if not addresses or len(addresses) > MOST:
        yield Fault(Kind.PAGE, name, f"is no sitemap of 1 to {MOST:,} addresses")
        return []
    return addresses
