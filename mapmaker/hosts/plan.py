"""A host and posters -> the largest that fit: tiles by `mapmaker_tiles.predict`, and what stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import OptionError
from mapmaker.hosts.contents import Texts, beside_tiles
from mapmaker.hosts.host import Host
from mapmaker.model import Arrangement
from mapmaker.plural import count_of
from mapmaker.shelves import gallery_zoom
from mapmaker_tiles import Encoding, Fit, Prediction, Pyramid, cell_sizes, predict

NARROWEST = 16
"""Pixels across a poster below which nobody sees what it is: no map is made that small to fit."""


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
        return f"{_amount(offer.size)}, {count_of(offer.files, 'file')}{mark}"

    def _choice(self) -> str:
        name = self.host.title
        what = f"posters of {_by(_size(self.chosen))} pixels as {self.chosen.encoding.format}"
        takes = f"{_amount(self.chosen.size)}, {count_of(self.chosen.files, 'file')}"
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
    told += [count_of(most_files, "file")] if most_files < float("inf") else []
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
        size += _again(prediction) if texts.packed else 0
        offers.append(Offer(prediction, files, size, beside.largest))
    wanted = [offer for offer in offers if offer.encoding == encodings[0]]  # the widest first
    chosen = next((offer for offer in wanted if offer.fits(host)), None)
    if chosen is None:
        raise OptionError(_too_much(wanted, host))
    return SitePlan(host, offers, chosen)


def _again(prediction: Prediction) -> int:
    """Return the bytes of the tiles that stand beside archives, for galleries: at most those of one zoom."""
    pyramid = prediction.pyramid
    size = pyramid.cell_width, pyramid.cell_height
    return prediction.bytes[gallery_zoom(*size, pyramid.margin, pyramid.max_zoom, packed=True)]


def poster_sizes(aspect: float, widest: int) -> list[tuple[int, int]]:
    """Return the cells (width, height) to choose from, widest first: down to `NARROWEST` unless `widest` is below."""
    return cell_sizes(aspect, widest, min(NARROWEST, widest))


def _too_much(offers: Sequence[Offer], host: Host) -> str:
    least = offers[-1]
    would = f"posters of {_by(_size(least))} pixels as {least.encoding.format}, the smallest, take"
    takes = f"{_amount(least.size)} in {count_of(least.files, 'file')}"
    return (
        f"no poster size fits {host.title} ({_limits(host)}): {would} {takes}; raise the limits or show fewer posters"
    )
