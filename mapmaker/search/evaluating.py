"""Many histories -> how well each way to recommend finds in them what it was not told of: leave-one-out.

Each poster of each history is hidden once, a *fold*, and looked for from the rest. Two figures: the share of folds in
which it is among the first k (hit rate), and the mean of 1 / its rank, 0 where it is not recommended at all (MRR). Two
baselines answer the same folds: by popularity, the number of other histories that a poster is in; and by chance, of
which the expectation is told. What is equal is ranked by a fixed shuffle, since by row would be by file name.

What `recommending` does one at a time is done here for all folds of a history at once, by products of matrices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker import options
from mapmaker.errors import HistoryError, OptionError
from mapmaker.model import Floats
from mapmaker.search.answers import check_k, wanted_rows
from mapmaker.search.collection import Collection
from mapmaker.search.known import Known, Lookup, Watched
from mapmaker.search.nearest import ALIKE, LeftOut
from mapmaker.search.recommending import LISTED, METHODS, Recommending
from mapmaker.search.tastes import days_of, ratings_of, weigh
from mapmaker.search.views import views

FEWEST = 2
"""Posters of a history, one of which can be hidden."""
BASELINES = ("popularity", "random")
NOWHERE = np.inf
"""Rank of what is not recommended."""
_SEED = 0


@dataclass(frozen=True)
class Measured:
    """How well one method does: means over folds, and their standard errors, histories being drawn at random."""

    method: str
    hit_rate: float
    hit_rate_error: float
    mrr: float
    mrr_error: float


@dataclass(frozen=True)
class Evaluation:
    """How well each method and baseline does on the same `folds` of so many `histories`.

    `short`: histories of fewer than two posters that are known, or of none that may be recommended; they are left out.
    `unknown`: rows that name no poster of the map, and what to say of the first of them.
    """

    k: int
    histories: int
    short: int
    folds: int
    unknown: int
    told: Sequence[str]
    measured: Sequence[Measured]


def evaluate(
    collection: Collection,
    histories: Mapping[str, Sequence[Watched]],
    k: int = 10,
    chosen: Mapping[str, object] | None = None,
    told: int = 8,
) -> Evaluation:
    """Return how well both methods find what is hidden of histories; `chosen` are options of `Recommending`.

    Not `method`, `diversity` and `index`: both methods are measured, by score, on all posters. `told`: unknown rows
    that are told in words. HistoryError where there is nothing to hide.
    """
    from threadpoolctl import threadpool_limits

    taste: Recommending = options.build(Recommending, chosen or {}, "recommend")
    for name in ("method", "diversity", "index"):
        if name in (chosen or {}):
            raise OptionError(f"{name} is not for an evaluation: leave it out")
    check_k(k)
    wanted = wanted_rows(collection, taste.where)
    lookup = Lookup(collection)
    known = [lookup.known(history) for history in histories.values()]
    several = [one for one in known if len(one.rows) >= FEWEST]
    folder = _Folder(collection, taste, wanted, several, k)
    with threadpool_limits(1, "blas"):  # for products this small threads wait for one another longer than they work
        ranked = [ranks for one in several if len((ranks := folder.ranks(one)).random)]
    if not ranked:
        raise HistoryError(f"no history has {FEWEST} posters of this map, one of which may be recommended")
    unknown = [row for one in known for row in one.unknown]
    return Evaluation(
        k,
        len(ranked),
        len(known) - len(ranked),
        sum(len(one.random) for one in ranked),
        len(unknown),
        [lookup.told(row) for row in unknown[:told]],
        [_measured(method, [getattr(one, method) for one in ranked], k) for method in METHODS + BASELINES],
    )


@dataclass(frozen=True)
class _Ranks:
    """Of one history, the rank of what is hidden in each fold, by method; of chance, among how many it is."""

    profile: NDArray[np.float64]
    union: NDArray[np.float64]
    popularity: NDArray[np.float64]
    random: NDArray[np.float64]


class _Folder:
    """Makes folds of histories, and ranks what is hidden in them among the `wanted` rows."""

    def __init__(
        self, collection: Collection, taste: Recommending, wanted: NDArray[np.int64], known: Sequence[Known], k: int
    ) -> None:
        self.collection, self.taste, self.wanted = collection, taste, wanted
        self.listed = max(LISTED, k)
        (self.view,) = views(collection, taste.space, "cosine", [])
        self.places = np.ascontiguousarray(self.view.at(wanted))
        self.position = np.full(len(collection.images), -1)
        self.position[wanted] = np.arange(len(wanted))
        self.shuffled = np.random.default_rng(_SEED).permutation(len(wanted))
        rows = np.concatenate([np.array(one.rows, np.int64) for one in known]) if known else np.zeros(0, np.int64)
        self.popularity = np.bincount(rows, minlength=len(collection.images))[wanted].astype(np.float64)

    def ranks(self, known: Known) -> _Ranks:
        """Return the ranks of all folds of one history."""
        rows = np.array(known.rows, np.int64)
        alike: Floats = self.view.at(rows) @ self.places.T
        candidates = ~LeftOut(self.collection, rows).among(self.wanted)
        # What has a copy in the rest would be left out as that, and so nobody can find it.
        folds = np.flatnonzero((self.position[rows] >= 0) & ~self._twice(rows))
        hidden, weights = self.position[rows[folds]], self._weights(known)[folds]
        popular = np.tile(self.popularity, (len(folds), 1))
        popular[np.arange(len(folds)), hidden] -= 1  # the fold's own history does not count
        return _Ranks(
            self._rank(weights.astype(np.float32) @ alike, hidden, candidates),
            self._union(weights, alike, hidden, candidates),
            self._rank(popular, hidden, candidates),
            np.full(len(folds), 1.0 + candidates.sum()),
        )

    def _twice(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of these rows have an exact copy among the others."""
        vectors = self.collection.vectors[rows]
        twice: NDArray[np.bool_] = (vectors @ vectors.T >= ALIKE).sum(axis=1) > 1
        for one in np.flatnonzero(twice).tolist():
            twice[one] = LeftOut(self.collection, np.delete(rows, one)).among(rows[one : one + 1])[0]
        return twice

    def _weights(self, known: Known) -> NDArray[np.float64]:
        """Return (h, h) what each poster of a history counts in each fold; what is hidden, on the diagonal, nothing."""
        count = len(known.rows)
        others = np.array([[i for i in range(count) if i != fold] for fold in range(count)])
        ratings = ratings_of([one.rating for one in known.watched])[others]
        days = days_of([one.date for one in known.watched])[others]
        weights = np.zeros((count, count))
        np.put_along_axis(weights, others, weigh(ratings, days, self.taste.days), axis=1)
        return weights

    def _rank(
        self, scores: NDArray[np.floating], hidden: NDArray[np.int64], candidates: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the rank of the hidden one of each fold, by (folds, wanted) scores, among the candidates."""
        own = np.take_along_axis(scores, hidden[:, None], axis=1)
        ahead = (scores > own) | ((scores == own) & (self.shuffled < self.shuffled[hidden][:, None]))
        rank: NDArray[np.float64] = 1.0 + (ahead & candidates).sum(axis=1)
        return rank

    def _union(
        self, weights: NDArray[np.float64], alike: Floats, hidden: NDArray[np.int64], candidates: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the same by the union of each poster's nearest.

        These lists are made once, of what is a candidate in every fold; the hidden one then comes into the lists of
        those it is near to, and the last of each such list goes.
        """
        lists = _lists(alike, candidates, self.listed)
        counts = weights > 0
        comes = counts & (lists.least < alike[:, hidden].T)
        scores = weights @ (lists.inside * lists.alike) - (weights * comes) @ (lists.last * lists.alike)
        times = counts @ lists.inside - comes @ lists.last  # that a poster is in a list which counts
        own = (weights * comes * alike[:, hidden].T).sum(axis=1)[:, None]
        shuffled, hidden_shuffled = self.shuffled[lists.posters], self.shuffled[hidden][:, None]
        ahead = (scores > own) | ((scores == own) & (shuffled < hidden_shuffled))
        rank = 1.0 + (ahead & (times > 0)).sum(axis=1)
        return np.where(comes.any(axis=1), rank, NOWHERE)


@dataclass(frozen=True)
class _Lists:
    """The nearest candidates of each of h posters of a history: a row each, a column for each that is in any list."""

    posters: NDArray[np.int64]
    """(c,) the position of each column among the wanted."""
    alike: Floats
    """(h, c) how alike these are."""
    inside: NDArray[np.float64]
    """(h, c) 1 for those in the list, else 0."""
    last: NDArray[np.float64]
    """(h, c) 1 for the one that goes when another comes, else 0."""
    least: NDArray[np.float64]
    """(h,) how alike it is; less than anything where there is room."""


def _lists(alike: Floats, candidates: NDArray[np.bool_], long: int) -> _Lists:
    """Return lists of the `long` nearest candidates by (h, wanted) similarities, or of all if they are fewer."""
    many = min(long, int(candidates.sum()))
    nearest = np.argpartition(-np.where(candidates, alike, -np.inf), max(many - 1, 0), axis=1)[:, :many]
    posters, column = np.unique(nearest, return_inverse=True)
    inside, last = (np.zeros((len(alike), len(posters))) for _ in range(2))
    np.put_along_axis(inside, column.reshape(nearest.shape), 1, axis=1)
    among, least = alike[:, posters], np.full(len(alike), -np.inf)
    if many == long:
        listed = np.where(inside > 0, among, np.inf)
        least = listed.min(axis=1)
        last[np.arange(len(alike)), listed.argmin(axis=1)] = 1
    return _Lists(posters, among, inside, last, least)


def _measured(method: str, ranks: Sequence[NDArray[np.float64]], k: int) -> Measured:
    """Return the means of a method; `ranks` of each history's folds, for chance the number of candidates."""
    if method == "random":
        most = int(max(one.max() for one in ranks))
        harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, most + 1))])
        hits = [np.minimum(k / one, 1) for one in ranks]
        found = [harmonic[one.astype(np.int64)] / one for one in ranks]
    else:
        hits = [(one <= k).astype(np.float64) for one in ranks]
        found = [1 / one for one in ranks]
    return Measured(method, *_mean(hits), *_mean(found))


def _mean(values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the mean over all folds, and its standard error where those of one history belong together."""
    count = sum(map(len, values))
    mean = sum(float(one.sum()) for one in values) / count
    apart = [float((one - mean).sum()) for one in values]
    return round(mean, 6), round(float(np.sqrt(np.square(apart).sum())) / count, 6)
