"""What somebody has watched -> the posters of a map that may be theirs next.

Two methods. `union`: of each that was watched the nearest posters, each of which scores the similarities by which it
came in, weighted, in sum: the item-based top-N of Deshpande and Karypis (ACM TOIS 22, 2004). `profile`: the posters
nearest to the weighted mean of what was watched, as of a mix; of several tastes it makes one that may be nobody's.
Weights are those of `tastes`. What was watched, and its exact copies, are left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker import options
from mapmaker.errors import HistoryError, OptionError, near
from mapmaker.model import Floats
from mapmaker.search.answers import Answer, Asked, Asking, Found, Seen, check_k, percentile, wanted_rows
from mapmaker.search.collection import Collection
from mapmaker.search.diversity import diverse
from mapmaker.search.known import Known, Lookup, Unknown, Watched
from mapmaker.search.nearest import LeftOut, nearest
from mapmaker.search.tastes import days_of, ratings_of, weigh
from mapmaker.search.views import views

METHODS = ("union", "profile")
OFF = "off"
HALF_LIFE = 365.0
"""Days in which what was watched comes to count half."""
LISTED = 20
"""Posters that each that was watched brings into a union, or as many as are wanted."""
POOL = 5
"""Times as many as are wanted, among which those are chosen that differ,"""
LEAST_POOL = 100
"""but at least so many."""
HINTS = 8
"""Unknown rows of which it is told what may be meant: every title is looked at for each."""


@dataclass(frozen=True)
class Recommending:
    """Options of a recommendation.

    `method`: "union" or "profile". `half_life`: days in which what was watched comes to count half; "off": dates count
    nothing. `diversity`: 0, by score alone, to 1, as unlike one another as can be. `space`, `where`, `index`: as of
    `Asking`.
    """

    method: str = "union"
    half_life: float | str = HALF_LIFE
    diversity: float = 0.0
    space: str = "graph"
    where: str = ""
    index: str = "auto"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"method = {self.method!r} is not known: {near(self.method, METHODS)}")
        if not 0 <= self.diversity <= 1:
            raise OptionError(f"diversity = {self.diversity:g} is not between 0 and 1")
        if self.half_life != OFF and not (isinstance(self.half_life, float) and 0 < self.half_life < math.inf):
            raise OptionError(f"half_life = {self.half_life!r} is no number of days above 0; {OFF}: dates do not count")
        _ = self.asking

    @property
    def asking(self) -> Asking:
        """The options of the search that it takes."""
        return Asking(space=self.space, where=self.where, index=self.index)

    @property
    def days(self) -> float | None:
        """The half-life in days; None: dates count nothing."""
        return None if isinstance(self.half_life, str) else self.half_life


@dataclass(frozen=True)
class Recommended(Found):
    """A poster that is recommended, because of one that was watched: the id of the most similar that counts.

    `similarity` and `percentile` are between these two; `score` is what it was ranked by, before any diversity.
    """

    score: float
    because: str


@dataclass(frozen=True)
class Recommendation(Answer):
    """What was watched, the heaviest first, what is recommended, and what of the history is not known."""

    method: str
    unknown: Sequence[Unknown]
    told: Sequence[str]
    """The same in words."""

    @property
    def recommended(self) -> list[Recommended]:
        """The posters, the best first."""
        return [one for one in self.seen[0].found if isinstance(one, Recommended)]


def recommend(
    collection: Collection,
    history: Sequence[Watched],
    k: int = 6,
    chosen: Mapping[str, object] | None = None,
    hints: int = HINTS,
) -> Recommendation:
    """Return the `k` posters of the map that suit a history best; `chosen` are options of `Recommending`.

    HistoryError if it names no poster of the map; what else it names that is none is told, of the first `hints` with
    what may be meant. OptionError for options.
    """
    taste: Recommending = options.build(Recommending, chosen or {}, "recommend")
    check_k(k)
    wanted = wanted_rows(collection, taste.where)
    lookup = Lookup(collection)
    known = lookup.known(history)
    told = [lookup.told(one, hint=number < hints) for number, one in enumerate(known.unknown)]
    if not known.rows:
        raise HistoryError(f"the history names no poster of this map{': ' if told else ''}{told[0] if told else ''}")
    return _Question(collection, known, k, taste, wanted).answer(told)


@dataclass(frozen=True)
class _Candidates:
    """Posters that may be recommended, the best first: rows, scores, where they are; each once."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    places: Floats


class _Question:
    """One history, and how many posters are wanted for it."""

    def __init__(
        self, collection: Collection, known: Known, k: int, taste: Recommending, wanted: NDArray[np.int64]
    ) -> None:
        self.collection, self.known, self.k, self.taste = collection, known, k, taste
        (self.view,) = views(collection, taste.space, "cosine", [])
        self.notes: list[str] = []
        self.watched = np.array(known.rows, np.int64)
        # Found once, for a history may be as long as the map: so all that is looked at may be recommended.
        self.left_out = np.zeros(len(collection.images), bool)
        self.left_out[collection.selected] = LeftOut(collection, self.watched).among(collection.selected)
        others = wanted[~self.left_out[wanted]]
        self.index, self.rows, self.by = taste.asking.find_index(self.view, others, self.notes.append)
        ratings, dates = [one.rating for one in known.watched], [one.date for one in known.watched]
        self.weights = weigh(ratings_of(ratings), days_of(dates), taste.days)
        self.heard = self.weights > 0
        self.places = self.view.at(self.watched)

    def answer(self, told: Sequence[str]) -> Recommendation:
        """Return what is recommended, with all that is told of it."""
        many = self.k if not self.taste.diversity else max(POOL * self.k, LEAST_POOL)
        found = self._profile(many) if self.taste.method == "profile" else self._union(many)
        if self.taste.diversity:
            some = diverse(found.scores, found.places, self.k, self.taste.diversity)
            found = _Candidates(found.rows[some], found.scores[some], found.places[some])
        order = np.argsort(-self.weights, kind="stable")
        inputs = [
            Asked(self.known.watched[i].poster, self.collection.images.id[row], self.collection.called(row), weight)
            for i, row, weight in zip(order, self.watched[order].tolist(), self.weights[order].tolist(), strict=True)
        ]
        seen = Seen(self.view.name, self.by, self._recommended(found))
        return Recommendation(inputs, [seen], self.notes, self.taste.method, self.known.unknown, told)

    def _profile(self, many: int) -> _Candidates:
        """Return the posters nearest to the weighted mean of directions."""
        try:
            place = self.view.mean(self.places, self.weights)
        except OptionError as error:
            raise HistoryError("what was watched is so unlike that its mean is nothing; use method = union") from error
        rows, alike = self._nearest(place[None], many)[0]
        return _Candidates(rows, alike.astype(np.float64), self.view.at(rows))

    def _union(self, many: int) -> _Candidates:
        """Return the posters that are among the nearest of any that was watched."""
        near = self._nearest(self.places[self.heard], max(LISTED, self.k))
        shares = self.weights[self.heard]
        brought = np.concatenate([rows for rows, _ in near])
        scores = np.concatenate(
            [share * alike.astype(np.float64) for share, (_, alike) in zip(shares, near, strict=True)]
        )
        rows, which = np.unique(brought, return_inverse=True)
        total = np.bincount(which, scores, len(rows)).astype(np.float64)
        best = np.lexsort((rows, -total))[:many]
        return _Candidates(rows[best], total[best], self.view.at(rows[best]))

    def _nearest(self, places: Floats, many: int) -> list[tuple[NDArray[np.int64], Floats]]:
        """Return of each place the `many` nearest rows, and how near, less what was watched and copies of it."""
        return nearest(self.view, self.index, self.rows, places, many, self.left_out.__getitem__)

    def _recommended(self, found: _Candidates) -> list[Recommended]:
        """Return what is told of each, and which that was watched and counts is most similar to it."""
        if not len(found.rows):
            return []
        images, metadata = self.collection.images, self.collection.metadata
        alike = np.where(self.heard, found.places @ self.places.T, -np.inf)
        because = alike.argmax(axis=1)
        return [
            Recommended(
                images.id[row],
                images.path[row],
                metadata.title[row],
                metadata.year[row],
                round(float(similar[cause]), 6),
                percentile(float(similar[cause]), self.view.chance),
                round(score, 6),
                images.id[self.watched[cause]],
            )
            for row, score, similar, cause in zip(
                found.rows.tolist(), found.scores.tolist(), alike, because.tolist(), strict=True
            )
        ]
