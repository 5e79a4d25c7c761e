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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels, Rows
from mapmaker.learn.evaluation.removal import measured, places_for
from mapmaker.model import Floats

KS = (1, 2, 3, 5, 8)
TOP = (*(f"recall@{k}" for k in KS), *(f"majority@{k}" for k in KS), "precision@1")
"""What the first k alone say,"""
RANKED = ("R-precision", "MAP@R")
"""and what takes the first R."""
METRICS = (*TOP, *RANKED)
_AT_ONCE = 2**21
"""Places in rankings that are looked at together."""


@dataclass(frozen=True, eq=False)
class Retrieval:
    """What was found: row i is question i. Two made with the same labels, films and rows have the same questions.

    Films that ask are numbered; `sampling` tells by these how far figures may be off.
    """

    poster: NDArray[np.int64]
    """(m,) the row that was asked with,"""
    genre: NDArray[np.int64]
    """(m,) and the class asked for."""
    values: NDArray[np.float64]
    """(m, METRICS)"""
    film: NDArray[np.int64]
    """(m,) the film that asks."""
    shown: NDArray[np.int64]
    """(m, max(KS)) the films of the answers, the nearest first; -1 of one that never asks, or where there is none."""
    changes: NDArray[np.float64]
    """(films, RANKED, classes): what the values of others' questions sum to more, if a film is no answer."""
    lost: NDArray[np.float64]
    """(films, classes): how many of others' questions then have no right answer, and are not asked."""
    unanswerable: int
    """Questions without any right answer: left out."""

    @property
    def classes(self) -> int:
        """How many there are."""
        return int(self.lost.shape[1])

    def questions(self) -> NDArray[np.int64]:
        """Return (classes,) how many questions there are of each."""
        return np.bincount(self.genre, minlength=self.classes)

    def sums(self) -> NDArray[np.float64]:
        """Return (METRICS, classes) sums of the values."""
        return np.array([np.bincount(self.genre, column, self.classes) for column in self.values.T])


def unit(values: Floats) -> Floats:
    """Return (n, d) float32 rows at length 1; a row of zeros stays one."""
    wide = values.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    found: Floats = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0).astype(np.float32)
    return found


def retrieve(values: Floats, labels: Labels, films: Sequence[str], queries: Rows, answers: Rows) -> Retrieval:
    """Return what the rows `queries` find among the rows `answers` of (n, d) values, labels (n, classes), films (n,).

    Time goes with queries x answers; some queries are looked at at a time.
    """
    vectors, film = unit(values), _numbered(films)
    asking = np.unique(film[queries])
    place_of = np.full(len(films), -1)
    place_of[asking] = np.arange(len(asking))
    found = _Found(labels, place_of[film], answers, len(asking))
    block = max(1, _AT_ONCE // max(1, len(answers)))
    for start in range(0, len(queries), block):
        some = queries[start : start + block]
        found.ask(some, start, *_ranked(vectors, film, some, answers))
    return found.retrieval()


def retrieve_as_published(values: Floats, labels: Labels) -> Retrieval:
    """Return what all posters find among all, themselves and those learned from included.

    So some publications count. Recall@1 is then 1 but for copies, and nothing is told of a film never seen. What needs
    more than the nearest few, R-precision and MAP@R, is not measured: NaN.
    """
    vectors, everyone = unit(values), np.arange(len(values))
    block = max(1, 8 * _AT_ONCE // max(1, len(values)))
    posters, genres = (found.astype(np.int64) for found in np.nonzero(labels))
    figures = np.full((len(posters), len(METRICS)), np.nan)
    for start in range(0, len(values), block):
        some = everyone[start : start + block]
        ranked = labels[_first(-(vectors[some] @ vectors.T), max(KS))]
        asked = np.flatnonzero((posters >= start) & (posters < start + block))
        place, genre = posters[asked] - start, genres[asked]
        right = ranked[place, :, genre]
        recalls = [right[:, :k].any(axis=1) for k in KS]
        figures[asked, : len(TOP)] = np.column_stack([*recalls, *_majorities(ranked)[:, place, genre], right[:, 0]])
    nobody = np.zeros((0, len(RANKED), labels.shape[1]))
    return Retrieval(posters, genres, figures, posters, np.zeros((len(posters), 0), np.int64), nobody, nobody[:, 0], 0)


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


class _Found:
    """Gathers what is found, some queries at a time, a class at a time."""

    def __init__(self, labels: Labels, asker: Rows, answers: Rows, askers: int) -> None:
        self._labels, self._answers, self._asker = labels, answers, asker
        self._offered = np.zeros((askers, labels.shape[1]))
        """Answers of each film that asks, by class."""
        own = answers[asker[answers] >= 0]
        np.add.at(self._offered, asker[own], labels[own])
        self._total = labels[answers].sum(axis=0)
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._changes = np.zeros((askers, len(RANKED), labels.shape[1]))
        self._lost = np.zeros((askers, labels.shape[1]))
        self._unanswerable = 0

    def ask(self, queries: Rows, start: int, order: Rows, allowed: Labels) -> None:
        """Look at queries, the first of which is query `start`, and at their answers, the nearest first."""
        first = self._answers[order[:, : max(KS)]]
        majorities = _majorities(self._labels[first] & allowed[:, : max(KS), None])
        shown = np.where(allowed[:, : max(KS)], self._asker[first], -1)
        shown = np.pad(shown, ((0, 0), (0, max(KS) - shown.shape[1])), constant_values=-1)
        film = self._asker[queries]
        for genre in range(self._labels.shape[1]):
            asked = np.flatnonzero(self._labels[queries, genre])
            total = (self._total[genre] - self._offered[film[asked], genre]).astype(np.int64)
            self._unanswerable += int((total == 0).sum())
            asked, total = asked[total > 0], total[total > 0]
            if len(asked):
                right, answered = self._looked_at(order[asked], allowed[asked], genre, int(total.max()))
                ranked = self._ranked(right, answered, total, film[asked], genre)
                recalls = [right[:, :k].any(axis=1) for k in KS]
                values = np.column_stack([*recalls, *majorities[:, asked, genre], right[:, 0], ranked])
                self._parts.append(
                    (start + asked, queries[asked], np.full(len(asked), genre), values, film[asked], shown[asked])
                )

    def _looked_at(self, order: Rows, allowed: Labels, genre: int, most: int) -> tuple[Labels, Rows]:
        """Return of places, as many as are looked at, which are right, and which film that asks is there, or -1."""
        width = max(places_for(most), *KS)
        there = self._answers[order[:, :width]]
        right = self._labels[there, genre] & allowed[:, :width]
        answered = np.where(allowed[:, :width], self._asker[there], -1)
        lacking = ((0, 0), (0, width - right.shape[1]))
        return np.pad(right, lacking), np.pad(answered, lacking, constant_values=-1)

    def _ranked(self, right: Labels, answered: Rows, total: Rows, film: Rows, genre: int) -> NDArray[np.float64]:
        """Return (m, RANKED), and keep what they would be with each film no answer."""
        found = measured(right, total)
        inside = (answered >= 0) & found.within
        films = len(self._lost)
        own = self._offered[film, genre]
        for column in range(len(RANKED)):
            beyond = found.beyond[:, column]
            change = found.change[:, :, column] - np.where(right, beyond[:, None], 0)
            self._changes[:, column, genre] += (
                self._offered[:, genre] * beyond.sum()
                - np.bincount(film, own * beyond, films)
                + np.bincount(answered[inside], change[inside], films)
            )
        last = inside & right & (total == 1)[:, None]
        self._lost[:, genre] += np.bincount(answered[last], minlength=films)
        return found.values

    def retrieval(self) -> Retrieval:
        """Return all of it, questions in the order of the queries."""
        none = np.zeros(0, np.int64)
        nothing = (none, none, none, np.zeros((0, len(METRICS))), none, np.zeros((0, max(KS)), np.int64))
        columns = zip(*(self._parts or [nothing]), strict=True)
        place, poster, genre, values, film, shown = (np.concatenate(column) for column in columns)
        order = np.lexsort((genre, place))
        return Retrieval(
            poster=poster[order],
            genre=genre[order],
            values=values[order],
            film=film[order],
            shown=shown[order],
            changes=self._changes,
            lost=self._lost,
            unanswerable=self._unanswerable,
        )


def _ranked(vectors: Floats, film: Rows, queries: Rows, answers: Rows) -> tuple[NDArray[np.int64], Labels]:
    """Return (q, a) positions among `answers`, the nearest first, and which may be answered with: those come first."""
    alike = vectors[queries] @ vectors[answers].T
    alike[film[queries][:, None] == film[answers]] = -np.inf
    order = np.argsort(-alike, axis=1, kind="stable")
    return order, np.take_along_axis(alike, order, axis=1) > -np.inf


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
