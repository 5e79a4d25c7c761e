"""Vectors, labels and films -> of each question, how well the nearest posters share its genre.

A question is a poster and one of its genres: a poster of three genres asks three. An answer is right if it has that
genre, too. A poster is never answered with itself, nor with another one of its film; a question that then has no right
answer at all is left out, for nobody could find it. Nearness is the cosine; posters that tie stay in their order.

R is how many right answers there are. Of the nearest posters, in order:

- recall@k: 1 if any of the first k is right;
- majority@k: 1 if no genre has more votes among the first k than the one asked for. Each of the k votes for all its
  genres; of genres with as many votes that wins whose first voter is nearer;
- precision@1: 1 if the first is right, which is what recall@1 is, too;
- R-precision: the share of the first R that is right;
- MAP@R: the mean over the first R of precision at each place that is right, 0 at those that are not (Musgrave,
  Belongie, Lim, "A Metric Learning Reality Check", ECCV 2020, https://arxiv.org/abs/2003.08505).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.evaluation.bootstrap import Draws, Statistics, means, over
from mapmaker.model import Floats

KS = (1, 2, 3, 5, 8)
METRICS = (
    *(f"recall@{k}" for k in KS),
    *(f"majority@{k}" for k in KS),
    "precision@1",
    "R-precision",
    "MAP@R",
)
_AT_ONCE = 2**24
"""Places in rankings, times classes, that are looked at together."""

Labels = NDArray[np.bool_]
Rows = NDArray[np.integer]


@dataclass(frozen=True)
class Retrieval:
    """What was found: row i is question i. Two made with the same labels, films and rows have the same questions."""

    poster: NDArray[np.int64]
    """(m,) the row that was asked with,"""
    genre: NDArray[np.int64]
    """(m,) and the class asked for."""
    values: NDArray[np.float64]
    """(m, METRICS)"""
    classes: int
    unanswerable: int
    """Questions without any right answer: left out."""

    def per_genre(self, drawn: Draws) -> Statistics:
        """Return (draws, METRICS, classes) means, given how often each row of all posters was drawn."""
        found = np.full((len(drawn), len(METRICS), self.classes), np.nan)
        for genre in np.unique(self.genre):
            asked = self.genre == genre
            found[:, :, genre] = means(self.values[asked], drawn[:, self.poster[asked]])
        return found

    def micro(self, drawn: Draws) -> Statistics:
        """Return (draws, METRICS) means over all questions."""
        return means(self.values, drawn[:, self.poster])

    def macro(self, drawn: Draws, least: int = 1) -> Statistics:
        """Return (draws, METRICS) means over the genres of at least so many questions, each counting alike."""
        return over(self.per_genre(drawn)[:, :, self.questions() >= least])

    def questions(self) -> NDArray[np.int64]:
        """Return (classes,) how many questions there are of each."""
        return np.bincount(self.genre, minlength=self.classes)


def unit(values: Floats) -> Floats:
    """Return (n, d) float32 rows at length 1; a row of zeros stays one."""
    wide = values.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    found: Floats = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0).astype(np.float32)
    return found


def retrieve(values: Floats, labels: Labels, films: Sequence[str], queries: Rows, answers: Rows) -> Retrieval:
    """Return what the rows `queries` find among the rows `answers` of (n, d) values, labels (n, classes), films (n,).

    Time and memory go with queries x answers x classes; some queries are looked at at a time.
    """
    return _retrieve(unit(values), labels, _numbered(films), queries, answers)


def retrieve_as_published(values: Floats, labels: Labels) -> Retrieval:
    """Return what all posters find among all, themselves and those learned from included.

    So some publications count. Recall@1 is then 1 but for copies, and nothing is told of a film never seen. What needs
    more than the nearest few, R-precision and MAP@R, is not measured: NaN.
    """
    vectors, everyone = unit(values), np.arange(len(values))
    block = max(1, _AT_ONCE // max(1, len(values)))
    posters, genres = (found.astype(np.int64) for found in np.nonzero(labels))
    measured = np.full((len(posters), len(METRICS)), np.nan)
    for start in range(0, len(values), block):
        some = everyone[start : start + block]
        ranked = labels[_first(-(vectors[some] @ vectors.T), max(KS))]
        asked = np.flatnonzero((posters >= start) & (posters < start + block))
        place, genre = posters[asked] - start, genres[asked]
        right = ranked[place, :, genre]
        recalls = [right[:, :k].any(axis=1) for k in KS]
        measured[asked, : 2 * len(KS) + 1] = np.column_stack(
            [*recalls, *_majorities(ranked)[:, place, genre], right[:, 0]]
        )
    return Retrieval(posters, genres, measured, labels.shape[1], 0)


def _first(far: Floats, k: int) -> NDArray[np.int64]:
    """Return (q, k) columns of the least of (q, n) numbers, ascending, those that tie in their order."""
    k = min(k, far.shape[1])
    some = np.sort(np.argpartition(far, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(np.take_along_axis(far, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def nearest(values: Floats, films: Sequence[str], queries: Rows, answers: Rows, k: int) -> NDArray[np.int64]:
    """Return (queries, k) the rows among `answers` nearest to each, none of its film; -1 where there are no more."""
    vectors, film = unit(values), _numbered(films)
    found = np.full((len(queries), k), -1)
    for start in range(0, len(queries), 256):
        some = queries[start : start + 256]
        order, allowed = _ranked(vectors, film, some, answers)
        first = np.where(allowed, answers[order], -1)[:, :k]
        found[start : start + len(some), : first.shape[1]] = first
    return found


def _numbered(films: Sequence[str]) -> Rows:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(film, len(numbers)) for film in films], np.int64)


def _retrieve(vectors: Floats, labels: Labels, film: Rows, queries: Rows, answers: Rows) -> Retrieval:
    block = max(1, _AT_ONCE // max(1, len(answers) * labels.shape[1]))
    posters, genres, values = [], [], []
    unanswerable = 0
    for start in range(0, len(queries), block):
        some = queries[start : start + block]
        order, allowed = _ranked(vectors, film, some, answers)
        ranked = labels[answers][order] & allowed[:, :, None]
        place, genre = np.nonzero(labels[some])
        right = ranked[place, :, genre]
        answerable = right.any(axis=1)
        unanswerable += int((~answerable).sum())
        place, genre, right = place[answerable], genre[answerable], right[answerable]
        posters.append(some[place])
        genres.append(genre)
        values.append(_measured(right, _majorities(ranked)[:, place, genre]))
    return Retrieval(
        np.concatenate([*posters, np.zeros(0, np.int64)]).astype(np.int64),
        np.concatenate([*genres, np.zeros(0, np.int64)]).astype(np.int64),
        np.concatenate([*values, np.zeros((0, len(METRICS)))]),
        labels.shape[1],
        unanswerable,
    )


def _ranked(vectors: Floats, film: Rows, queries: Rows, answers: Rows) -> tuple[NDArray[np.int64], Labels]:
    """Return (q, a) positions among `answers`, the nearest first, and which may be answered with: those come first."""
    alike = vectors[queries] @ vectors[answers].T
    alike[film[queries][:, None] == film[answers]] = -np.inf
    order = np.argsort(-alike, axis=1, kind="stable")
    return order, np.take_along_axis(alike, order, axis=1) > -np.inf


def _measured(right: Labels, majorities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (m, METRICS) of (m, answers) which places are right, and (KS, m) majorities."""
    total = right.sum(axis=1)
    right = right[:, : max(int(total.max(initial=1)), *KS)]  # what lies beyond is not looked at
    places = np.arange(1, right.shape[1] + 1)
    hits = np.cumsum(right, axis=1, dtype=np.int32)
    within = places <= total[:, None]
    recalls = [right[:, :k].any(axis=1) for k in KS]
    r_precision = hits[np.arange(len(hits)), total - 1] / total
    map_at_r = (hits / places * (right & within)).sum(axis=1) / total
    return np.column_stack([*recalls, *majorities, right[:, 0], r_precision, map_at_r]).astype(np.float64)


def _majorities(ranked: Labels) -> NDArray[np.float64]:
    """Return (KS, q, classes): 1 where a class wins the vote of the first k of (q, answers, classes)."""
    found = []
    for k in KS:
        first = ranked[:, :k]
        votes = first.sum(axis=1)
        nearest_voter = np.where(first.any(axis=1), first.argmax(axis=1), k)
        rank = votes * (k + 1) - nearest_voter
        found.append((votes > 0) & (rank == rank.max(axis=1, keepdims=True)))
    return np.array(found, np.float64)
