"""What stands on a site beside its tiles: page, viewer, data, list, manifest; how many files, how many bytes.

That follows from the number of posters and the length of what is known of them. The constants are what
`stages.compose` writes, which takes some of them from here; tests hold the rest against real builds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mapmaker.columns import searched_columns
from mapmaker.model import Arrangement, Metadata
from mapmaker.shelves import (
    FULL,
    INDEXED,
    PICTURE_WIDTH,
    PICTURES,
    decades,
    most_pages,
    page_count,
    tag_shelves,
    zoom_of_width,
)
from mapmaker_site import ASSETS, read_asset
from mapmaker_site.pages import Entry, entry_size
from mapmaker_tiles import Pyramid

SHARD_SIDE = 16
"""Cells along a side of a poster shard: 256 posters are some 50 kB, one request for a whole screen."""
PREFIXES = ((2_000, 0), (64_000, 1), (2_000_000, 2))
"""Up to so many ids, so many characters of an id name its shard: 2,000 ids are 40 kB."""
MOST_SIMILAR = 12
"""Posters most like a poster that the viewer is told of."""
LONGEST_SEARCH = 200
"""Characters of a text beyond which nobody searches, and lists of hundreds of thousands would grow heavy."""
VECTORS_SHARD = 4_096
"""Rows whose vectors are in one script: 350 kB of 64 numbers each, and 22 files of 90,000 posters."""
WIDEST_VECTOR = 256
"""Numbers of a vector that the site is given: more would be too much to load for one answer."""
QUANTILES = 1_000
"""Parts into which similarities of random pairs are cut."""
_QUANTILE = 4
"""Bytes of a similarity, in thousandths."""
_ID_LETTERS, _ID_LENGTH = 32, 10
_POSTER = 89
"""Bytes of a poster's JSON but for its cell, id, cluster, texts and what is similar."""
_STATEMENT = 74
"""Bytes of a script around its value."""
_PAGE = 2_500
_QUALITY = 60_000
"""The page on quality, with decades and tags."""
_OVERVIEW = 250_000
"""The picture of the whole map; real posters, 400 or 100,000, take 250 to 310 kB, few or plain ones less."""
_MAP = 450
_CLUSTER = 60
_MANIFEST_LINE = 72
"""Bytes of a file's line in the manifest but for its name."""
_TILE_NAME, _DATA_NAME = 18, 19
_LIST_PAGE, _LETTERS = 1_650, 1_400
"""Bytes of a page of the list but for its posters and the names on its strip; where titles are, letters beside it."""
_STRIP_LINK = 56
_STRIP_PIXEL = 0.23
"""Bytes of a strip for each of its pixels; 0.25 where posters are 48 pixels wide, 0.21 where they are 80."""
_LIST_NAME = 21
_GALLERY, _GALLERY_POSTER = 2_300, 285
"""Bytes of a gallery but for its posters; of one of these but for its title: a link, and two tiles on the mean."""
_INDEX, _INDEX_CLUSTER = 2_150, 980
"""Bytes of a page of their index but for its clusters; of one of these, five posters of two tiles each."""
_INDEX_ORDERS = 3
_SITEMAP_LINE = 90
"""Bytes of a page in the sitemap."""


@dataclass(frozen=True)
class Beside:
    """What the user wants on the site beside tiles: whether list/ and quality/; the columns to search, () the usual.

    `galleries`: whether these; `packed`: whether tiles are in archives, and so those of galleries beside them too.
    `vectors`: how many numbers of each poster, 0 for none; `sitemap`: whether search engines are told of all pages.
    """

    listed: bool = True
    search: Sequence[str] = ()
    appraised: bool = True
    galleries: bool = True
    packed: bool = False
    vectors: int = 64
    sitemap: bool = False


@dataclass(frozen=True)
class Pages:
    """Pages of the list, or of galleries: how many, with how many pictures on strips, and bytes without these."""

    count: int = 0
    pictures: int = 0
    size: float = 0


@dataclass(frozen=True)
class Texts:
    """What is known of a poster, on the mean, in bytes of JSON.

    `told` with the poster, `listed` once more to search and filter by; `columns` of it can be searched. `pages` are
    those of the list, all together, `galleries` those of clusters; `packed` as in `Beside`.
    """

    told: float
    listed: float
    columns: int
    pages: Pages = Pages()
    galleries: Pages = Pages()
    packed: bool = False
    gone: int = 0
    """Posters that are left out or gone: their ids are still told."""
    appraised: bool = True
    """Whether there is a page on quality."""
    clusters: int = 0
    """How many there are, or a few more."""
    vectors: int = 0
    """Numbers of each poster's vector; 0 where the site has none."""
    sitemap: bool = False


@dataclass(frozen=True)
class Share:
    """Files of a site, the bytes of them all, and those of the largest."""

    files: int
    size: int
    largest: int


def id_prefix(count: int) -> int:
    """Return how many characters of an id name its shard, where there are `count` ids."""
    return next((prefix for most, prefix in PREFIXES if count <= most), 3)


def mean_texts(metadata: Metadata, rows: Sequence[int], beside: Beside, clusters: Sequence[int] = ()) -> Texts:
    """Return what is known of the posters in `rows`, as far as the site has it; `clusters`: how many each one holds.

    To two digits: so a corrected title, or a cluster more, changes nothing that depends on it, but for once in a long
    while. OptionError for a column to search that is not there.
    """
    more = {name: [values[row] for row in rows] for name, values in metadata.more.items()}
    further = [column for column in more.values() if any(column)]
    names = searched_columns(more, range(len(rows)), beside.search)
    searched = [[metadata.title[row] for row in rows], *(more[name] for name in names)]
    tags = [tag for row in rows for tag in metadata.tags[row]]
    years = _json_bytes("null" if metadata.year[row] is None else str(metadata.year[row]) for row in rows)
    told = years + sum(map(_json_bytes, (searched[0], (metadata.url[row] for row in rows), tags, *further)))
    told += 3 * (len(tags) + len(rows) * len(further))  # quotes and a comma
    kinds = set(tags)
    listed = years + _json_bytes(kinds) + 3 * len(kinds) + len(tags) * (len(str(len(kinds))) + 1) + 4 * len(rows)
    for column in searched:
        listed += _json_bytes(text[:LONGEST_SEARCH] for text in column) + 3 * len(rows)
    of_each = [float(f"{size / max(1, len(rows)):.2g}") for size in (told, listed)]
    pages = list_pages(metadata, rows) if beside.listed else Pages()
    gone = len(metadata) - len(rows)
    galleries = gallery_pages(metadata, rows, clusters) if beside.galleries else Pages()
    packed = beside.packed and galleries.count > 0
    return Texts(
        of_each[0],
        of_each[1],
        len(searched),
        pages,
        galleries,
        packed,
        gone,
        beside.appraised,
        _rounded_up(len(clusters)),
        beside.vectors,
        beside.sitemap,
    )


def list_pages(metadata: Metadata, rows: Sequence[int]) -> Pages:
    """Return what the list of the posters in `rows` takes; there may be some pages fewer, for ids part its pages."""
    count, titles, tags = len(rows), [metadata.title[row] for row in rows], [metadata.tags[row] for row in rows]
    shelves = [*decades([metadata.year[row] for row in rows]), *tag_shelves(tags)]
    times = np.ones(count)
    for shelf in shelves:
        times[np.array(shelf.posters)] += 1
    sizes = [_entry_size(metadata, row) for row in rows]
    shown = [count, *(len(shelf.posters) for shelf in shelves)]
    pages = 1 + most_pages(shown)
    whole, parted = [some for some in shown if some <= FULL], [some for some in shown if some > FULL]
    pictures = sum(min(PICTURES, some) for some in (count, *whole)) + PICTURES * most_pages(parted)
    link = _STRIP_LINK + 2 * _json_bytes(titles) / max(1, count)
    size = pages * _LIST_PAGE + most_pages([count]) * _LETTERS + pictures * link + float(times @ np.array(sizes))
    return Pages(pages, pictures, float(f"{size:.2g}"))


def gallery_pages(metadata: Metadata, rows: Sequence[int], clusters: Sequence[int]) -> Pages:
    """Return what galleries of the posters in `rows`, and their style sheet, take; `clusters`: how many each holds."""
    if not clusters:
        return Pages()
    index = _INDEX_ORDERS * -(-len(clusters) // INDEXED)
    pages = sum(map(page_count, clusters))
    titles = _json_bytes(metadata.title[row] for row in rows) / max(1, len(rows))
    size = pages * _GALLERY + sum(clusters) * (_GALLERY_POSTER + titles)
    size += index * _INDEX + _INDEX_ORDERS * len(clusters) * _INDEX_CLUSTER
    return Pages(_rounded_up(1 + index + pages), 0, float(f"{size:.2g}"))


def _rounded_up(count: int) -> int:
    """Return a number of no more than two digits that are not 0, as large or a little larger: files must fit."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step


def _entry_size(metadata: Metadata, row: int) -> int:
    title, year, tags, url = metadata.title[row], metadata.year[row], metadata.tags[row], metadata.url[row]
    return entry_size(Entry("x" * _ID_LENGTH, title, year, tags, url))


def _json_bytes(texts: Iterable[str]) -> int:
    """Return the bytes of all texts, what JSON escapes in them left aside."""
    return len("".join(texts).encode("utf-8", "replace"))


def beside_tiles(arrangement: Arrangement, texts: Texts, tiles: int, pyramid: Pyramid | None = None) -> Share:
    """Return what a site of this arrangement holds but for its `tiles` tiles: page, viewer, data, manifest.

    Of galleries there may be a tenth more files than there will be. `pyramid` is that of the tiles; without, strips are
    taken for small.
    """
    count, cells = len(arrangement.cells), arrangement.columns * arrangement.rows
    digits = _mean_digits(cells)
    shards = len(np.unique(arrangement.cells // SHARD_SIDE, axis=0))
    known = count + texts.gone
    id_shards = min(known, _ID_LETTERS ** id_prefix(known))
    assets = [*(len(read_asset(name)) for name in ASSETS), _OVERVIEW]
    cluster = _mean_digits(texts.clusters)
    # Beside assets, shards and lists: the page, that on quality, .nojekyll, the map, the facets and the manifest.
    files = 5 + texts.appraised + len(assets) + shards + id_shards + texts.columns
    files += 2 * texts.pages.count + texts.galleries.count
    vectors = vectors_share(known, texts.vectors)
    files += vectors.files + texts.sitemap
    page_map = _STATEMENT + _MAP + texts.clusters * _CLUSTER + (cells - count) * (digits + 1) + QUANTILES * _QUANTILE
    similar = min(MOST_SIMILAR, count - 1) * (digits + 1 + _QUANTILE)
    poster = _POSTER + _ID_LENGTH + digits + cluster + texts.told + similar
    posters = shards * _STATEMENT + count * poster
    ids = id_shards * _STATEMENT + known * (_ID_LENGTH + 4) + count * digits + texts.gone * len("-1")
    lists = (1 + texts.columns) * _STATEMENT + count * (texts.listed + cluster + 1)
    manifest = (files - 1) * (_MANIFEST_LINE + _DATA_NAME) + tiles * (_MANIFEST_LINE + _TILE_NAME)
    manifest += 2 * texts.pages.count * (_LIST_NAME - _DATA_NAME)
    listed = _QUALITY * texts.appraised + texts.galleries.size
    listed += _SITEMAP_LINE * (2 + texts.pages.count + texts.galleries.count) * texts.sitemap
    listed += texts.pages.size + texts.pages.pictures * _strip_picture(pyramid)
    shard = _STATEMENT + SHARD_SIDE**2 * poster
    return Share(
        files,
        round(_PAGE + sum(assets) + page_map + posters + ids + lists + listed + manifest + vectors.size),
        round(max(*assets, page_map, shard, ids / id_shards, lists, manifest, vectors.largest)),
    )


def vectors_share(rows: int, numbers: int) -> Share:
    """Return what the vectors of so many rows take, of so many numbers each: one byte a number, in base64."""
    if not numbers:
        return Share(0, 0, 0)
    shards = -(-rows // VECTORS_SHARD)
    cells, vectors = 4 * 4 * rows // 3, 4 * min(numbers, rows) * rows // 3
    largest = max(cells, vectors * min(VECTORS_SHARD, rows) // rows) + _STATEMENT
    return Share(shards + 1, cells + vectors + (shards + 1) * _STATEMENT, largest)


def _strip_picture(pyramid: Pyramid | None) -> float:
    """Return the bytes of a poster on a strip."""
    if pyramid is None:
        return _STRIP_PIXEL * PICTURE_WIDTH * PICTURE_WIDTH * 1.5
    width, height = pyramid.cell_width, pyramid.cell_height
    shrink = pyramid.shrink(zoom_of_width(width, height, pyramid.margin, pyramid.max_zoom))
    return _STRIP_PIXEL * (width // shrink) * (height // shrink)


def _mean_digits(count: int) -> float:
    """Return the digits of a number below `count`, on the mean."""
    beyond = sum(max(0, count - least) for least in (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000))
    return 1 + beyond / max(1, count)
