"""The rows of a history -> posters of the map, and those rows that name none.

A title must be the very title, but for case, accents and punctuation: among many rows nobody would see one that was
only spelled like it. Of several posters of that title the row's year decides; else the row is told, not guessed.
"""

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from mapmaker.errors import AmbiguousQuery, HistoryError
from mapmaker.mentions import Mentions
from mapmaker.search.collection import Collection
from mapmaker.search.titles import folded, spelled_like


@dataclass(frozen=True)
class Watched:
    """One row of a history: a poster's id, path or title; `year`: of a title that several have; `line` of its file.

    HistoryError for a rating that is negative or not finite.
    """

    poster: str
    rating: float | None = None
    date: datetime.date | None = None
    year: int | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        if self.rating is not None and not 0 <= self.rating < math.inf:
            raise HistoryError(f"rating = {self.rating} is no rating; it must be 0 or more, and finite")


@dataclass(frozen=True)
class Unknown:
    """A row that names no poster, or any of several: `candidates`, pairs of id and title."""

    poster: str
    line: int | None
    reason: str
    candidates: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Known:
    """A history on this map: a row of the collection each, once, and what was said of it last."""

    rows: Sequence[int]
    watched: Sequence[Watched]
    unknown: Sequence[Unknown]


class Lookup:
    """Finds the posters of a map by id, path or title, as many times as one likes."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._mentions = Mentions.of(collection.images, ())

    @cached_property
    def _titled(self) -> dict[str, list[int]]:
        """The posters of each title."""
        found: dict[str, list[int]] = {}
        for row in self._collection.images.present.nonzero()[0].tolist():
            if title := self._collection.titles[row]:
                found.setdefault(title, []).append(row)
        return found

    def known(self, history: Iterable[Watched]) -> Known:
        """Return which posters are meant; of one that is there several times the newest row counts, else the last."""
        found: dict[int, Watched] = {}
        unknown = []
        for one in history:
            meant = self._meant(one)
            if isinstance(meant, Unknown):
                unknown.append(meant)
            elif meant not in found or _day(one) >= _day(found[meant]):
                found[meant] = one
        return Known(list(found), list(found.values()), unknown)

    def _meant(self, one: Watched) -> int | Unknown:
        images, metadata = self._collection.images, self._collection.metadata
        row = self._collection.rows.get(one.poster, self._mentions.row(one.poster))
        if row is not None:
            return row if images.present[row] else Unknown(one.poster, one.line, "is no more in the folder of images")
        rows = self._titled.get(folded(one.poster), [])
        if len(rows) > 1 and one.year is not None:
            rows = [row for row in rows if metadata.year[row] == one.year] or rows
        if len(rows) == 1:
            return rows[0]
        if not rows:
            return Unknown(one.poster, one.line, "is no poster's id, path or title")
        candidates = [(images.id[row], self._collection.called(row)) for row in rows]
        return Unknown(one.poster, one.line, f"may be any of {len(rows):,} posters", candidates)

    def told(self, unknown: Unknown, *, hint: bool = True) -> str:
        """Return what to say of a row that is not known: where it is, and, as a `hint`, what may be meant."""
        where = "" if unknown.line is None else f"line {unknown.line:,}: "
        if unknown.candidates:
            return f"{where}{AmbiguousQuery(unknown.poster, unknown.candidates)}"
        if not hint:
            return f"{where}{unknown.poster!r} {unknown.reason}"
        titles = list(self._titled)
        close = [titles[i] for _, i in spelled_like(folded(unknown.poster), titles)][:1]
        near = [self._collection.called(row) for title in close for row in self._titled[title][:1]]
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"{where}{unknown.poster!r} {unknown.reason}{meant}"


def _day(one: Watched) -> int:
    return 0 if one.date is None else one.date.toordinal()
