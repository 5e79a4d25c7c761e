"""What hosts take, and what a site will take of it: one table of limits, and the largest posters that fit.

A site is its tiles, predicted by `mapmaker_tiles.predict`, and what stands beside them: page, viewer, data, manifest.
That part follows from the number of posters and the length of what is known of them; the constants here are what
`stages.compose` writes, and a test holds them against a real build.
"""

import csv
import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mapmaker.errors import OptionError, near
from mapmaker.model import Arrangement
from mapmaker_site import ASSETS, read_asset
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
_ID_LETTERS, _ID_LENGTH = 32, 10
_POSTER = 77
"""Bytes of a poster's JSON but for its cell, id, cluster and texts."""
_STATEMENT = 74
"""Bytes of a script around its value."""
_PAGE = 1_500
_MAP = 400
_CLUSTER, _POSTERS_A_CLUSTER = 60, 25
_MANIFEST_LINE = 72
"""Bytes of a file's line in the manifest but for its name."""
_TILE_NAME, _DATA_NAME = 18, 19


@dataclass(frozen=True)
class Share:
    """Files of a site, their bytes, and those of the largest."""

    files: int
    bytes: int
    largest: int


def id_prefix(count: int) -> int:
    """Return how many characters of an id name its shard, on a map of `count` posters."""
    return next((prefix for most, prefix in PREFIXES if count <= most), 3)


def text_bytes(table: Path, rows: int) -> float:
    """Return the mean bytes that the texts of a poster take in JSON, of the artefact metadata.csv with `rows` rows.

    To two digits: so a corrected title changes nothing that depends on it, but for once in a long while.
    """
    with table.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
        begins = len(",".join(header)) + 1
    # JSON has quotes around values that a table has none around; those of the four columns of our own are counted
    # with what every poster takes.
    own = 4
    return float(f"{max(0, table.stat().st_size - begins) / max(1, rows) + 2 * max(0, len(header) - own):.2g}")


def beside_tiles(arrangement: Arrangement, text: float, tiles: int) -> Share:
    """Return what a site of this arrangement holds but for its `tiles` tiles: page, viewer, data, manifest.

    `text` is the mean bytes of what is known of a poster, see `text_bytes`. The files are at most these many.
    """
    count, cells = len(arrangement.cells), arrangement.columns * arrangement.rows
    digits = len(str(cells))
    shards = len(np.unique(arrangement.cells // SHARD_SIDE, axis=0))
    id_shards = min(count, _ID_LETTERS ** id_prefix(count))
    assets = [len(read_asset(name)) for name in ASSETS]
    clusters = count // _POSTERS_A_CLUSTER
    files = 4 + len(assets) + shards + id_shards  # the page, .nojekyll, the map and the manifest
    page_map = _STATEMENT + _MAP + clusters * _CLUSTER + (cells - count) * (digits + 1)
    poster = _POSTER + _ID_LENGTH + digits + len(str(clusters)) + text
    posters = shards * _STATEMENT + count * poster
    ids = id_shards * _STATEMENT + count * (_ID_LENGTH + digits + 4)
    manifest = (files - 1) * (_MANIFEST_LINE + _DATA_NAME) + tiles * (_MANIFEST_LINE + _TILE_NAME)
    shard = _STATEMENT + SHARD_SIDE**2 * poster
    return Share(
        files,
        round(_PAGE + sum(assets) + page_map + posters + ids + manifest),
        round(max(*assets, page_map, shard, ids / id_shards, manifest)),
    )


# The choice.


@dataclass(frozen=True)
class Offer:
    """One way to make the tiles, and what the whole site then takes."""

    prediction: Prediction
    files: int
    bytes: int
    largest: int
    """Bytes of the largest file."""

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
            self.bytes <= _least(host.aim_bytes, host.most_bytes)
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
        return f"{_amount(offer.bytes)}, {offer.files:,} files{mark}"

    def _choice(self) -> str:
        name = self.host.title
        what = f"posters of {_by(_size(self.chosen))} pixels as {self.chosen.encoding.format}"
        takes = f"{_amount(self.chosen.bytes)}, {self.chosen.files:,} files"
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
    text: float,
    fit: Fit = "cover",
    seed: int = 0,
) -> SitePlan:
    """Return the plan for the largest posters that `host` takes in the first of the encodings.

    The other encodings are told in the table, to compare, and never chosen. `pictures` are the files of the
    arrangement's rows; `pyramids` the cells to choose from, see `poster_sizes`; `text` as for `beside_tiles`. Takes
    seconds. Raises OptionError, saying what would fit, if nothing does.
    """
    widest_first = sorted(pyramids, key=lambda pyramid: pyramid.cell_width, reverse=True)
    offers = []
    for prediction in predict(pictures, arrangement.cells, widest_first, encodings, fit=fit, seed=seed):
        beside = beside_tiles(arrangement, text, prediction.total_tiles)
        files, size = prediction.total_tiles + beside.files, prediction.total_bytes + beside.bytes
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
    takes = f"{_amount(least.bytes)} in {least.files:,} files"
    return (
        f"no poster size fits {host.title} ({_limits(host)}): {would} {takes}; raise the limits or show fewer posters"
    )
