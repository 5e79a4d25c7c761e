"""Galleries of clusters: posters, and what of which tiles shows each -> HTML pages that need no script.

Dataclasses in, text out, to be written as UTF-8, as in `pages`. No poster has a file: a box with the shape of a cell
holds the one to four tiles that reach into it, moved so that the box shows the cell and nothing beside it. Tiles come
when they are near the screen, and neighbours share them. Where a tile lies in its box is a class of `render_cells`,
a style sheet of the map's own; all other looks are in assets/galleries.css.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from mapmaker_site.pages import INDEX, MAP, Book, Entry, Link, cut, framed, named, shown_text, to_map, turns

FOLDER = "clusters"
CELLS = "cells.css"
_NARROW = 32
"""Pixels across a cell below which one of them is too much of it."""
_OVERLAP = 0.25
"""Pixels by which a tile is drawn too large: where boxes round to a screen's pixels, no gap opens to the next one."""


@dataclass(frozen=True)
class Piece:
    """A tile by its address from the page's folder; its corner is `left` and `top` pixels from the cell's."""

    tile: str
    left: int
    top: int


@dataclass(frozen=True)
class Picture:
    """A poster, and the tiles that show it."""

    entry: Entry
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Gallery:
    """Page `number`, from 1, of `pages` that show the `count` posters of a cluster, which is told `heading`.

    `years` are "" where none is known, `tags` the most frequent; `note` is the user's word. `place` is the hash of the
    map's address that leads to it; `before` and `behind` are galleries, `overview` a picture of the whole map.
    """

    slug: str
    heading: str
    number: int
    pages: int
    count: int
    pictures: Sequence[Picture]
    place: str
    overview: str
    years: str = ""
    tags: Sequence[str] = ()
    note: str = ""
    before: Link | None = None
    behind: Link | None = None


@dataclass(frozen=True)
class Shown:
    """A cluster in the index: `pictures` of some of its posters, the most typical first."""

    address: str
    name: str
    count: int
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Index:
    """Page `number`, from 1, of `pages` that show clusters in one of the `orders`, links to the first page of each.

    The files are {stem}.html, {stem}-2.html and so on; `order` is the name of this one's order, `figures` say what
    there is.
    """

    stem: str
    order: str
    orders: Sequence[Link]
    number: int
    pages: int
    figures: Sequence[str]
    clusters: Sequence[Shown]
    overview: str


def gallery_file(slug: str, number: int = 1) -> str:
    """Return the name of a page's file: no index has it, nor any other cluster, nor, as with "con", a device."""
    return f"{slug}_{number}.html"  # no slug holds the line


def index_file(stem: str, number: int = 1) -> str:
    """Return the name of a page of the index."""
    return f"{stem}.html" if number == 1 else f"{stem}-{number}.html"


def render_gallery(book: Book, page: Gallery) -> str:
    """Return clusters/{slug}_{number}.html."""
    place = f", page {page.number:,} of {page.pages:,}" if page.pages > 1 else ""
    heading = shown_text(page.heading)
    posters = "1 poster" if page.count == 1 else f"{page.count:,} posters"
    figures = " · ".join(part for part in (f"{posters}{place}", page.years) if part)
    tags = ", ".join(shown_text(tag, book.lang) for tag in page.tags)
    body = (
        f"<h1>{heading}</h1>",
        f'<p class="quiet">{escape(figures)}</p>',
        f'<p class="quiet">Tags: {tags}</p>' if tags else "",
        f'<p class="note"{book.lang}><bdi>{escape(page.note)}</bdi></p>' if page.note.strip() else "",
        f'<p class="ways"><a class="button" href="{MAP}#{escape(page.place)}">Show on the map</a></p>',
        f'<ul class="gallery" id="posters" tabindex="-1"{book.lang}>',
        *(_poster(picture) for picture in page.pictures),
        "</ul>",
        turns(page.number, page.pages, lambda number: gallery_file(page.slug, number)),
        _beside(page),
    )
    trail = [to_map(book), f'<a href="{INDEX}">Clusters</a>', heading]
    title = f"{cut(page.heading)}{place} - {cut(book.title)}"
    return _framed(book, title, trail, body, gallery_file(page.slug, page.number), figures, page.overview)


def render_index(book: Book, index: Index) -> str:
    """Return a page of the index."""
    orders = "".join(_order(link, link.name == index.order) for link in index.orders)
    figures = " · ".join(index.figures)
    body = (
        "<h1>Clusters</h1>",
        f'<p class="quiet">{escape(figures)}</p>',
        f'<nav aria-label="Order"><ul class="orders">{orders}</ul></nav>',
        '<ul class="clusters" id="posters" tabindex="-1">',
        *(_shown(cluster) for cluster in index.clusters),
        "</ul>",
        turns(index.number, index.pages, lambda number: index_file(index.stem, number)),
    )
    place = f", page {index.number:,} of {index.pages:,}" if index.pages > 1 else ""
    title = f"Clusters {index.order}{place} - {cut(book.title)}"
    file = index_file(index.stem, index.number)
    return _framed(book, title, [to_map(book), "Clusters"], body, file, figures, index.overview)


def render_cells(cell: tuple[int, int], side: int, pieces: Iterable[Piece]) -> str:
    """Return the style sheet that lays tiles of `side` pixels, as `pieces` say, into boxes that show a `cell`.

    Of a cell, pixels at its edges stay beyond the box: there a screen that scales mixes in what is beside it.
    """
    rim = 0 if min(cell) < _NARROW else 1
    width, height = cell[0] - 2 * rim, cell[1] - 2 * rim
    lefts, tops = set(), set()
    for piece in pieces:
        lefts.add(piece.left)
        tops.add(piece.top)
    lines = [
        f".picture{{aspect-ratio:{width}/{height}}}",
        f".picture img{{width:{_percent(side + _OVERLAP, width)};height:{_percent(side + _OVERLAP, height)}}}",
        *(f".x{left}{{left:{_percent(left - rim, width)}}}" for left in sorted(lefts)),
        *(f".y{top}{{top:{_percent(top - rim, height)}}}" for top in sorted(tops)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _percent(part: float, whole: int) -> str:
    return f"{100 * part / whole:.4f}%"


def _framed(
    book: Book, title: str, trail: Sequence[str], body: Iterable[str], file: str, description: str, overview: str
) -> str:
    """Return a whole page of the folder, and what it tells those who show links to it."""
    where = f"{book.address}{FOLDER}/{file}" if book.address else ""
    shown = f"{book.address}{overview}" if book.address else f"../{overview}"
    told = {
        "property": {
            "og:type": "website",
            "og:title": title,
            "og:description": description,
            "og:url": where,
            "og:image": shown,
            "og:image:alt": book.title,
        },
        "name": {"description": description, "twitter:card": "summary_large_image"},
    }
    more = [
        f'<meta {kind}="{name}" content="{escape(value)}">\n'
        for kind, values in told.items()
        for name, value in values.items()
        if value
    ]
    more.append(f'<link rel="stylesheet" href="{CELLS}">\n')
    skip = ("posters", "Skip to the posters")
    return framed(book, title, trail, body, where, style="galleries.css", more="".join(more), skip=skip)


def _poster(picture: Picture) -> str:
    entry = picture.entry
    year = "" if entry.year is None else f' <span class="quiet">{entry.year}</span>'
    name = f'<span class="name"><bdi>{escape(named(entry))}</bdi>{year}</span>'
    return f'<li><a href="{MAP}#{escape(entry.id)}">{_picture(picture)}{name}</a></li>'


def _shown(cluster: Shown) -> str:
    pictures = "".join(map(_picture, cluster.pictures))
    posters = "1 poster" if cluster.count == 1 else f"{cluster.count:,} posters"
    return (
        f'<li><a href="{escape(cluster.address)}"><span class="mosaic">{pictures}</span>'
        f'<span class="name">{shown_text(cluster.name)} <span class="quiet">{posters}</span></span></a></li>'
    )


def _picture(picture: Picture) -> str:
    images = "".join(
        f'<img class="x{piece.left} y{piece.top}" src="{escape(piece.tile)}" loading="lazy" alt="">'
        for piece in picture.pieces
    )
    return f'<span class="picture">{images}</span>'


def _beside(page: Gallery) -> str:
    """Return links to the galleries before and behind this one."""
    ends = (("Previous cluster", "before", page.before), ("Next cluster", "behind", page.behind))
    links = "".join(
        f'<li class="{kind}"><a href="{escape(link.address)}"><span class="quiet">{word}</span> '
        f"{shown_text(link.name)}</a></li>"
        for word, kind, link in ends
        if link
    )
    return f'<nav aria-label="Clusters"><ul class="beside">{links}</ul></nav>' if links else ""


def _order(link: Link, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    return f'<li><a href="{escape(link.address)}"{current}>{escape(link.name.capitalize())}</a></li>'
