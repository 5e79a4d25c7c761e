"""What hosts take, and what a site will take of it: one table of limits, and the largest posters that fit.

A site is its tiles, predicted by `mapmaker_tiles.predict`, and what stands beside them: page, viewer, data, manifest.
That part follows from the number of posters and the length of what is known of them; the constants here are what
`stages.compose` writes, and a test holds them against a real build.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mapmaker.errors import OptionError, near
from mapmaker.model import Arrangement, Metadata
from mapmaker.shelves import MOST, PAGE, PICTURE_WIDTH, PICTURES, decades, page_count, pictured_zoom, tag_shelves
from mapmaker_site import ASSETS, read_asset
from mapmaker_site.pages import Entry, entry_size
from mapmaker_tiles import Encoding, Fit, Prediction, Pyramid, cell_sizes, predict

NARROWEST = 16
"""Pixels across a poster below which nobody sees what it is: no map is made that small to fit."""

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z]*)\s*")


@dataclass(frozen=True)
class Host:
    """A place for static pages, and its limits; None where it has none.

    `most_bytes`, `most_files` of the whole site and `most_file_bytes` of one file are the host's own; `aim_bytes` and
    `aim_files` are what is planned for: less where the limit is soft or a deploy must end in time. `ranges`: whether
    it answers requests for a part of a file, which an archive of all tiles needs.
    """

    name: str
    title: str
    most_bytes: int | None = None
    aim_bytes: int | None = None
    most_files: int | None = None
    aim_files: int | None = None
    most_file_bytes: int | None = None
    ranges: bool = True


HOSTS = {
    host.name: host
    for host in (
        Host(
            "github-pages",
            "GitHub Pages",
            most_bytes=1_000_000_000,
            aim_bytes=800_000_000,
            aim_files=20_000,  # no limit of its own, but a deploy ends after 10 minutes
            most_file_bytes=100_000_000,
        ),
        Host(
            "cloudflare-pages",
            "Cloudflare Pages",
            most_files=20_000,
            aim_files=20_000,
            most_file_bytes=25 * 2**20,
            ranges=False,
        ),
        Host("s3", "S3 and the like"),
    )
}
"""By the name that --host takes."""


def limits(host: str = "", max_bytes: int | str = 0, max_files: int = 0) -> Host:
    """Return the host called `host` ("" for one without limits), its aims replaced by what is given beside it.

    `max_bytes` is a number or text such as "800MB"; 0 is not given. Raises OptionError for what is none of these.
    """
    if host and host not in HOSTS:
        raise OptionError(f"raster.host = {host!r} is not known: {near(host, HOSTS)}")
    found = HOSTS[host] if host else Host("", "the limits given")
    most_bytes = byte_size(max_bytes)
    if max_files < 0:
        raise OptionError(f"raster.max_files = {max_files} is below 0; 0 leaves it to the host")
    return dataclasses.replace(found, aim_bytes=most_bytes or found.aim_bytes, aim_files=max_files or found.aim_files)


def byte_size(value: int | str) -> int:
    """Return 800_000_000 of 800_000_000, "800000000", "800MB" or "0.8 GB"; MiB are 2 ** 20. OptionError for others."""
    match = _SIZE.fullmatch(str(value))
    unit = match and _UNITS.get(match[2].upper())
    if not match or not unit:
        raise OptionError(f"raster.max_bytes = {value!r} is no size: write it as 800MB, 1GB, or a number of bytes")
    return int(float(match[1]) * unit)


# What stands beside the tiles.

SHARD_SIDE = 16
"""Cells along a side of a poster shard: 256 posters are some 50 kB, one request for a whole screen."""
PREFIXES = ((2_000, 0), (64_000, 1), (2_000_000, 2))
"""Up to so many posters, so many characters of an id name its shard: 2,000 ids are 40 kB."""
MOST_SIMILAR = 12
"""Posters most like a poster that the viewer is told of."""
LONGEST_SEARCH = 200
"""Characters of a text beyond which nobody searches, and lists of hundreds of thousands would grow heavy."""
_ID_LETTERS, _ID_LENGTH = 32, 10
_POSTER = 89
"""Bytes of a poster's JSON but for its cell, id, cluster, texts and what is similar."""
_STATEMENT = 74
"""Bytes of a script around its value."""
_PAGE = 2_500
_OVERVIEW = 250_000
"""The picture of the whole map; real posters, 400 or 100,000, take 250 to 310 kB, few or plain ones less."""
_MAP = 450
_CLUSTER, _POSTERS_A_CLUSTER = 60, 25
_MANIFEST_LINE = 72
"""Bytes of a file's line in the manifest but for its name."""
_TILE_NAME, _DATA_NAME = 18, 19
_LIST_PAGE, _LETTERS = 1_650, 1_400
"""Bytes of a page of the list but for its posters and the names on its strip; where titles are, letters beside it."""
_STRIP_LINK = 56
_STRIP_PIXEL = 0.23
"""Bytes of a strip for each of its pixels; 0.25 where posters are 48 pixels wide, 0.21 where they are 80."""
_LIST_NAME = 21
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Pages:
    """The list's pages: how many, with how many pictures on strips beside them, and bytes without these."""

    count: int = 0
    pictures: int = 0
    size: float = 0


@dataclass(frozen=True)
class Texts:
    """What is known of a poster, on the mean, in bytes of JSON.

    `told` with the poster, `listed` once more to search and filter by; `columns` of it can be searched. `pages` are
    those of the list, all together.
    """

    told: float
    listed: float
    columns: int
    pages: Pages = Pages()


@dataclass(frozen=True)
class Share:
    """Files of a site, the bytes of them all, and those of the largest."""

    files: int
    size: int
    largest: int


def id_prefix(count: int) -> int:
    """Return how many characters of an id name its shard, on a map of `count` posters."""
    return next((prefix for most, prefix in PREFIXES if count <= most), 3)


def is_searchable(texts: Iterable[str]) -> bool:
    """Return whether a column of these texts can be searched: one of them is more than a web address."""
    return any(text and not _ADDRESS.fullmatch(text) for text in texts)


def mean_texts(metadata: Metadata, rows: Sequence[int]) -> Texts:
    """Return what is known of the posters in `rows`.

    To two digits: so a corrected title changes nothing that depends on it, but for once in a long while.
    """
    more = [[values[row] for row in rows] for values in metadata.more.values()]
    more = [column for column in more if any(column)]
    searched = [[metadata.title[row] for row in rows], *(column for column in more if is_searchable(column))]
    tags = [tag for row in rows for tag in metadata.tags[row]]
    years = _json_bytes("null" if metadata.year[row] is None else str(metadata.year[row]) for row in rows)
    told = years + sum(map(_json_bytes, (searched[0], (metadata.url[row] for row in rows), tags, *more)))
    told += 3 * (len(tags) + len(rows) * len(more))  # quotes and a comma
    kinds = set(tags)
    listed = years + _json_bytes(kinds) + 3 * len(kinds) + len(tags) * (len(str(len(kinds))) + 1) + 4 * len(rows)
    for column in searched:
        listed += _json_bytes(text[:LONGEST_SEARCH] for text in column) + 3 * len(rows)
    of_each = [float(f"{size / max(1, len(rows)):.2g}") for size in (told, listed)]
    return Texts(of_each[0], of_each[1], len(searched), list_pages(metadata, rows))


def list_pages(metadata: Metadata, rows: Sequence[int]) -> Pages:
    """Return what the list of the posters in `rows` takes.

    Clusters are not known yet: their bytes are those of many small ones, their pages as many as any could fill.
    """
    count, titles, tags = len(rows), [metadata.title[row] for row in rows], [metadata.tags[row] for row in rows]
    shelves = [*decades([metadata.year[row] for row in rows]), *tag_shelves(tags)]
    clusters = min(MOST, count // _POSTERS_A_CLUSTER)
    times = np.full(count, 1 + clusters * _POSTERS_A_CLUSTER / max(1, count))
    for shelf in shelves:
        times[np.array(shelf.posters)] += 1
    sizes = [_entry_size(metadata, row) for row in rows]
    shown = [count, *(len(shelf.posters) for shelf in shelves), *[_POSTERS_A_CLUSTER] * clusters]
    pages = 1 + sum(map(page_count, shown))
    pictures = min(PICTURES, count) + sum(some // PAGE * PICTURES + min(PICTURES, some % PAGE) for some in shown)
    link = _STRIP_LINK + 2 * _json_bytes(titles) / max(1, count)
    size = pages * _LIST_PAGE + page_count(count) * _LETTERS + pictures * link + float(times @ np.array(sizes))
    return Pages(pages + (count // PAGE if clusters else 0), pictures, float(f"{size:.2g}"))


def _entry_size(metadata: Metadata, row: int) -> int:
    title, year, tags, url = metadata.title[row], metadata.year[row], metadata.tags[row], metadata.url[row]
    return entry_size(Entry("x" * _ID_LENGTH, title, year, tags, url))


def _json_bytes(texts: Iterable[str]) -> int:
    """Return the bytes of all texts, what JSON escapes in them left aside."""
    return len("".join(texts).encode("utf-8", "replace"))


def beside_tiles(arrangement: Arrangement, texts: Texts, tiles: int, pyramid: Pyramid | None = None) -> Share:
    """Return what a site of this arrangement holds but for its `tiles` tiles: page, viewer, data, manifest.

    The files are at most these many. `pyramid` is that of the tiles; without, strips are taken for small.
    """
    count, cells = len(arrangement.cells), arrangement.columns * arrangement.rows
    digits = _mean_digits(cells)
    shards = len(np.unique(arrangement.cells // SHARD_SIDE, axis=0))
    id_shards = min(count, _ID_LETTERS ** id_prefix(count))
    assets = [*(len(read_asset(name)) for name in ASSETS), _OVERVIEW]
    clusters = count // _POSTERS_A_CLUSTER
    cluster = _mean_digits(clusters)
    # Beside assets, shards and lists: the page, .nojekyll, the map, the facets and the manifest.
    files = 5 + len(assets) + shards + id_shards + texts.columns
    files += 2 * texts.pages.count
    page_map = _STATEMENT + _MAP + clusters * _CLUSTER + (cells - count) * (digits + 1)
    similar = min(MOST_SIMILAR, count - 1) * (digits + 1)
    poster = _POSTER + _ID_LENGTH + digits + cluster + texts.told + similar
    posters = shards * _STATEMENT + count * poster
    ids = id_shards * _STATEMENT + count * (_ID_LENGTH + digits + 4)
    lists = (1 + texts.columns) * _STATEMENT + count * (texts.listed + cluster + 1)
    manifest = (files - 1) * (_MANIFEST_LINE + _DATA_NAME) + tiles * (_MANIFEST_LINE + _TILE_NAME)
    manifest += 2 * texts.pages.count * (_LIST_NAME - _DATA_NAME)
    listed = texts.pages.size + texts.pages.pictures * _strip_picture(pyramid)
    shard = _STATEMENT + SHARD_SIDE**2 * poster
    return Share(
        files,
        round(_PAGE + sum(assets) + page_map + posters + ids + lists + listed + manifest),
        round(max(*assets, page_map, shard, ids / id_shards, lists, manifest)),
    )


def _strip_picture(pyramid: Pyramid | None) -> float:
    """Return the bytes of a poster on a strip."""
    if pyramid is None:
        return _STRIP_PIXEL * PICTURE_WIDTH * PICTURE_WIDTH * 1.5
    width, height = pyramid.cell_width, pyramid.cell_height
    shrink = pyramid.shrink(pictured_zoom(width, height, pyramid.margin, pyramid.max_zoom))
    return _STRIP_PIXEL * (width // shrink) * (height // shrink)


def _mean_digits(count: int) -> float:
    """Return the digits of a number below `count`, on the mean."""
    beyond = sum(max(0, count - least) for least in (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000))
    return 1 + beyond / max(1, count)


# The choice.


@dataclass(frozen=True)
class Offer:
    """One way to make the tiles, and what the whole site then takes."""

    prediction: Prediction
    files: int
    size: int
    """Bytes of the whole site."""
    largest: int
    """Those of the largest file."""

    @property
    def pyramid(self) -> Pyramid:
        """The cell's size, and all that follows."""
        return self.prediction.pyramid

    @property
    def encoding(self) -> Encoding:
        """How the tiles are written."""
        return self.prediction.encoding

    def fits(self, host: Host) -> bool:
        """Return whether the host takes the site."""
        return (
            self.size <= _least(host.aim_bytes, host.most_bytes)
            and self.files <= _least(host.aim_files, host.most_files)
            and self.largest <= _least(host.most_file_bytes)
        )


def _least(*limits: int | None) -> float:
    return min((limit for limit in limits if limit is not None), default=float("inf"))


@dataclass(frozen=True)
class SitePlan:
    """What was offered, the widest posters first, and what was chosen of it."""

    host: Host
    offers: Sequence[Offer]
    chosen: Offer

    def lines(self, around: int = 3) -> list[str]:
        """Return the table for a person: the sizes around the chosen one, a column a format, and the choice."""
        sizes = list(dict.fromkeys((offer.pyramid.cell_width, offer.pyramid.cell_height) for offer in self.offers))
        at = sizes.index(_size(self.chosen))
        shown = sizes[max(0, at - around) : at + around + 1]
        formats = list(dict.fromkeys(offer.encoding for offer in self.offers))
        lines = ["posters     " + "".join(f"{encoding.format:<26}" for encoding in formats).rstrip()]
        for size in shown:
            row = [offer for offer in self.offers if _size(offer) == size]
            lines.append(f"{_by(size):<12}" + "".join(f"{self._told(offer):<26}" for offer in row).rstrip())
        return [*lines, self._choice()]

    def _told(self, offer: Offer) -> str:
        mark = " *" if offer == self.chosen else "" if offer.fits(self.host) else " -"
        return f"{_amount(offer.size)}, {offer.files:,} files{mark}"

    def _choice(self) -> str:
        name = self.host.title
        what = f"posters of {_by(_size(self.chosen))} pixels as {self.chosen.encoding.format}"
        takes = f"{_amount(self.chosen.size)}, {self.chosen.files:,} files"
        return f"chosen (*): {what}: the whole site takes {takes}; for {name}: {_limits(self.host)}"


def _size(offer: Offer) -> tuple[int, int]:
    return offer.pyramid.cell_width, offer.pyramid.cell_height


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _amount(count: float) -> str:
    """Return bytes as a person reads them."""
    return next(
        (
            f"{count / unit:.{digits}f} {name}"
            for unit, digits, name in ((1e9, 2, "GB"), (1e6, 1, "MB"))
            if count >= unit
        ),
        f"{count / 1e3:.1f} kB",
    )


def _limits(host: Host) -> str:
    most_bytes, most_files = _least(host.aim_bytes, host.most_bytes), _least(host.aim_files, host.most_files)
    told = [_amount(most_bytes)] if most_bytes < float("inf") else []
    told += [f"{most_files:,} files"] if most_files < float("inf") else []
    return "at most " + ", ".join(told) if told else "no limits"


def plan_site(
    pictures: Sequence[Path],
    arrangement: Arrangement,
    pyramids: Sequence[Pyramid],
    encodings: Sequence[Encoding],
    host: Host,
    *,
    texts: Texts,
    fit: Fit = "cover",
    seed: int = 0,
) -> SitePlan:
    """Return the plan for the largest posters that `host` takes in the first of the encodings.

    The other encodings are told in the table, to compare, and never chosen. `pictures` are the files of the
    arrangement's rows; `pyramids` the cells to choose from, see `poster_sizes`; `texts` is what `mean_texts` knows of
    them. Takes seconds. Raises OptionError, saying what would fit, if nothing does.
    """
    widest_first = sorted(pyramids, key=lambda pyramid: pyramid.cell_width, reverse=True)
    offers = []
    for prediction in predict(pictures, arrangement.cells, widest_first, encodings, fit=fit, seed=seed):
        beside = beside_tiles(arrangement, texts, prediction.total_tiles, prediction.pyramid)
        files, size = prediction.total_tiles + beside.files, prediction.total_bytes + beside.size
        offers.append(Offer(prediction, files, size, beside.largest))
    wanted = [offer for offer in offers if offer.encoding == encodings[0]]  # the widest first
    chosen = next((offer for offer in wanted if offer.fits(host)), None)
    if chosen is None:
        raise OptionError(_too_much(wanted, host))
    return SitePlan(host, offers, chosen)


def poster_sizes(aspect: float, widest: int) -> list[tuple[int, int]]:
    """Return the cells (width, height) to choose from, widest first: down to `NARROWEST` unless `widest` is below."""
    return cell_sizes(aspect, widest, min(NARROWEST, widest))


def _too_much(offers: Sequence[Offer], host: Host) -> str:
    least = offers[-1]
    would = f"posters of {_by(_size(least))} pixels as {least.encoding.format}, the smallest, take"
    takes = f"{_amount(least.size)} in {least.files:,} files"
    return (
        f"no poster size fits {host.title} ({_limits(host)}): {would} {takes}; raise the limits or show fewer posters"
    )
