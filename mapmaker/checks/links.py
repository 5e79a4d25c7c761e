"""All pages and style sheets: every address leads to a file, an anchor or a poster of the map, or may lead out."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import unquote

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.page import Page, Use, read_page
from mapmaker.checks.posters import ReadPosters
from mapmaker.checks.record import Group, MapRecord
from mapmaker.checks.shape import is_web
from mapmaker.checks.site import Site
from mapmaker.checks.tiles import FOLDER as TILES
from mapmaker.plural import count_of

MAP = "index.html"
LIST = "list/index.html"
QUALITY = "quality/index.html"
GALLERIES = "clusters/index.html"
_GALLERY = re.compile(r"clusters/([a-z0-9-]+)_\d+\.html")
"""A page of a cluster's posters."""
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|[\\/]{2}", re.IGNORECASE)
_HASH = re.compile(r"(?:-?[\d.]+/-?[\d.]+/-?[\d.]+(?:/|(?=\?)|$))?([a-z0-9]*)(?:\?.*)?", re.DOTALL)
"""A link into the map, see docs/map-data.md; the group is a poster's id."""
_CSS = re.compile(r"""@import\s+["']?([^"';)]*)|url\(\s*["']?([^"')]*)""", re.IGNORECASE)
_LOADED = re.compile(r"""(?:\b(?:fetch|import|importScripts|Worker)\(|\.src=)["'`]((?:https?:)?//[^"'`]*)""")
"""A script that asks for an address outside, written in it plainly."""


@dataclass
class _Links:
    """Where addresses may lead. `base`: where the map will be published, "" if nobody knows.

    `cards`: all addresses of posters on the map, by how it is called from a page's folder.
    """

    site: Site
    posters: ReadPosters | None
    outside: set[str]
    base: str = ""
    anchors: dict[str, set[str]] = field(default_factory=dict)
    cards: dict[str, set[str]] = field(default_factory=dict)
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Addresses of files that are there, by the folder that they are seen from: a tile is on several pages."""
    later: list[tuple[str, str, str]] = field(default_factory=list)
    """(page, file, anchor) to look up once all pages are read."""
    tiles: set[str] = field(default_factory=set)
    """Tiles that pages load, each as a file."""

    @property
    def all_known(self) -> bool:
        """Whether all posters can be read: else nobody knows where links may lead."""
        return self.posters is not None and self.posters.whole

    def doubtful(self, page: str, addresses: set[str]) -> set[str]:
        """Return those of the addresses that a page leads to that are no poster's, on the map or elsewhere."""
        to_map = posixpath.relpath(MAP, posixpath.dirname(page))
        if to_map not in self.cards:
            self.cards[to_map] = {f"{to_map}#{id_}" for id_ in self.posters.by_id} if self.posters else set()
        return addresses - self.cards[to_map] - self.outside

    def unknown(self, page: str, addresses: Iterable[tuple[Use, str]]) -> Iterator[tuple[Use, str]]:
        """Yield those of the addresses on a page that were not found to be sound on another of its folder."""
        found = self.found[posixpath.dirname(page)]
        return ((use, address) for use, address in addresses if address not in found)

    def problem(self, page: str, use: Use, address: str) -> tuple[Kind, str] | None:
        """Return what is wrong with an address on a page."""
        if use is Use.TELLS and self.base and address.startswith(self.base):
            return self._inside(page, address[len(self.base) :] or MAP, "")
        if not _ABSOLUTE.match(address):
            return self._inside(page, address, posixpath.dirname(page))
        if use is Use.FOLLOWS and (address in self.outside or (not self.all_known and is_web(address))):
            return None
        if use is Use.LOADS and address.lower().startswith("data:"):
            return None
        does = {Use.LOADS: "loads", Use.FOLLOWS: "leads to", Use.TELLS: "tells of"}[use]
        return Kind.OUTSIDE, f"{does} {address[:200]!r}, outside of the map"

    def _inside(self, page: str, address: str, folder: str) -> tuple[Kind, str] | None:
        """Return what is wrong with a relative address, seen from `folder`."""
        path, _, anchor = address.partition("#")
        path = unquote(path.partition("?")[0])
        name = posixpath.normpath(posixpath.join(folder, path)) if path else page
        if path.startswith("/") or name.startswith("../") or "\\" in path:
            return Kind.OUTSIDE, f"leads to {address[:200]!r}, out of the map's folder"
        if name not in self.site.sizes and name not in self.site.listed:
            return Kind.LINK, f"leads to {address[:200]!r}, where nothing is"
        if name == MAP:
            return self._poster(anchor)
        if name.startswith(TILES):
            self.tiles.add(name)
        if anchor:
            self.later.append((page, name, unquote(anchor)))
        elif path:
            self.found[folder].add(address)
        return None

    def _poster(self, anchor: str) -> tuple[Kind, str] | None:
        link = _HASH.fullmatch(anchor)
        if link is None:
            return Kind.LINK, f"leads to {anchor[:200]!r} on the map, which is no place and no poster"
        if not link[1] or not self.all_known or (self.posters and link[1] in self.posters.by_id):
            return None
        return Kind.LINK, f"leads to the poster {link[1]!r}, which is not on the map"


def check_pages(site: Site, record: MapRecord | None, posters: ReadPosters | None) -> Found[set[str]]:
    """Check all pages that the manifest lists, and style sheets and scripts; return the tiles that pages load.

    Without `posters`, links to these are passed over.
    """
    about = set(record.about.values()) if record else set()
    links = _Links(site, posters, (posters.addresses if posters else set()) | about)
    led_to: dict[str, set[str]] = defaultdict(set)
    for name in _names(site, record):
        content = yield from site.content(name)
        if content is None:
            continue
        page = read_page(content)
        if name == MAP:
            links.base = page.canonical
        links.anchors[name] = page.anchors
        gallery = _GALLERY.fullmatch(name)
        if gallery:
            led_to[gallery[1]] |= page.links
        yield from _faults(name, page, links)
    for name, target, anchor in links.later:
        if target in links.anchors and anchor not in links.anchors[target]:
            yield Fault(Kind.LINK, name, f"leads to {anchor[:200]!r} on {target}, which has nothing of that name")
    yield from _check_assets(site)
    if record and record.galleries and posters and posters.whole:
        yield from _check_galleries(record, posters, led_to)
    return links.tiles


def _names(site: Site, record: MapRecord | None) -> dict[str, None]:
    """Return the pages that the map speaks of, and those that the manifest lists."""
    names = {MAP: None}
    if record:
        told = {LIST: record.listed, QUALITY: record.appraised, GALLERIES: record.galleries}
        told |= {_gallery(cluster): record.galleries for cluster in record.clusters}
        names |= {name: None for name, there in told.items() if there}
    return names | dict.fromkeys(name for name in site.listed if name.endswith(".html"))


def _gallery(cluster: Group) -> str:
    return f"clusters/{cluster.slug}_1.html"


def _check_galleries(record: MapRecord, posters: ReadPosters, led_to: Mapping[str, set[str]]) -> Iterator[Fault]:
    """Find galleries that lack a poster of their cluster, or show another's; `led_to` is where each one leads."""
    members: list[set[str]] = [set() for _ in record.clusters]
    for poster in posters.by_cell.values():
        if poster.cluster >= 0:
            members[poster.cluster].add(poster.id)
    for cluster, own in zip(record.clusters, members, strict=True):
        shown = {link.rpartition("#")[2] for link in led_to[cluster.slug]} & posters.by_id.keys()
        if own - shown:
            yield Fault(Kind.PAGE, _gallery(cluster), f"and those behind it lack {_posters(own - shown)}")
        if shown - own:
            yield Fault(
                Kind.PAGE, _gallery(cluster), f"or one behind it shows {_posters(shown - own)} that are not of it"
            )


def _posters(ids: set[str]) -> str:
    return f"{count_of(len(ids), 'poster')} ({some(sorted(ids))})"


def _faults(name: str, page: Page, known: _Links) -> Iterator[Fault]:
    for problem in page.problems:
        yield Fault(Kind.PAGE, name, problem)
    links = ((Use.FOLLOWS, address) for address in sorted(known.doubtful(name, page.links)))
    for use, address in chain(known.unknown(name, page.addresses), links):
        wrong = known.problem(name, use, address)
        if wrong:
            yield Fault(wrong[0], name, wrong[1])


def _check_assets(site: Site) -> Found[None]:
    """Check that style sheets and scripts of ours ask for nothing outside."""
    for name in chain(site.own("assets/"), site.own("clusters/")):
        if not name.endswith((".css", ".js")):
            continue
        content = yield from site.content(name)
        text = (content or b"").decode("utf-8", "replace")
        found = _CSS.findall(text) if name.endswith(".css") else [(address, "") for address in _LOADED.findall(text)]
        for address in dict.fromkeys(first or second for first, second in found):
            if address and not address.startswith(("#", "data:")):
                yield from _asset(site, name, address)


def _asset(site: Site, name: str, address: str) -> Iterator[Fault]:
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(name), address.partition("#")[0]))
    if _ABSOLUTE.match(address) or beside.startswith(("../", "/")):
        yield Fault(Kind.OUTSIDE, name, f"loads {address[:200]!r}, outside of the map")
    elif beside not in site.sizes:
        yield Fault(Kind.LINK, name, f"loads {address[:200]!r}, where nothing is")
