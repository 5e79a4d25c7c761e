"""What was retrieved -> figures with intervals, for films that both ask and answer.

With other films both the questions and their answers would be others. To draw questions alone, as if answers stayed,
makes intervals of MAP@R half as wide as they are; `benchmarks/intervals.py` shows how often these here hold.

What takes the first R answers, R-precision and MAP@R, depends a little on every film: the jackknife leaves out one film
at a time, of which there is then neither a question nor an answer (Efron, Stein, "The Jackknife Estimate of Variance",
Annals of Statistics 9, 1981). Ranks stay, so that costs next to nothing (`removal`); of a film of several posters, what
each alone would change is added up. For recall@1 it would be too wide by the square root of 2: what the first k say
changes by leaps. There questions go together that share a film, be it one that asks or one of the first k that answer,
and the variance is summed over all such pairs, as of dyads (Aronow, Samii, Assenova, "Cluster-Robust Variance
Estimation for Dyadic Data", Political Analysis 23, 2015). Pairs of two films that ask count by how far each is from its
class: that neighbours are of one class is no covariance. The sum over these is never taken below 0.

Answers that never ask, such as posters of train, are as they are: intervals are for other questions to the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.evaluation.estimates import Estimate, around, over, ratio
from mapmaker.learn.evaluation.retrieval import KS, METRICS, RANKED, TOP, Retrieval

_AT_ONCE = 2**22
"""Pairs of questions that are looked at together."""
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scope:
    """What a figure is the mean of: questions of the classes `of` (classes,), or, unless `pooled`, means of each."""

    name: str
    of: NDArray[np.bool_]
    pooled: bool

    def mean(self, sums: Array, counts: NDArray[np.number]) -> Array:
        """Return (..., metrics) means of (..., metrics, classes) sums over (..., classes) questions."""
        sums, counts = sums[..., self.of], np.broadcast_to(counts[..., None, self.of], sums[..., self.of].shape)
        return ratio(sums.sum(axis=-1), counts.sum(axis=-1)) if self.pooled else over(ratio(sums, counts))

    def residuals(self, found: Retrieval, column: int) -> tuple[Array, Array]:
        """Return (m,) how far each question is from the figure, and from its class, times what it weighs."""
        counts, values = found.questions()[found.genre], found.values[:, column]
        inside = self.of[found.genre]
        means = ratio(found.sums()[column], found.questions())[found.genre]
        if self.pooled:
            return tuple(np.where(inside, values - of, 0) / inside.sum() for of in (values[inside].mean(), means))
        free = np.sqrt(counts / np.maximum(counts - 1, 1))  # the mean is their own
        apart = (values - means) * free / counts / (self.of & (found.questions() > 0)).sum()
        return (np.where(inside, apart, 0),) * 2


def estimates(scopes: Sequence[Scope], found: Retrieval, than: Retrieval | None = None) -> list[list[Estimate]]:
    """Return of each scope and each of METRICS the figure, or by how much it is above what `than` has of it."""
    sides = [found] if than is None else [found, than]
    values = [scope.mean(_less([one.sums() for one in sides]), found.questions()) for scope in scopes]
    errors = np.concatenate([_pairwise(scopes, sides), _jackknife(scopes, sides)], axis=1)
    least = 0.0 if than is None else -1.0
    told = []
    for scope, value, error in zip(scopes, values, errors, strict=True):
        free = len(np.unique(found.film[scope.of[found.genre]])) - 1
        told.append([around(*one, free).within(least, 1) for one in zip(value.tolist(), error.tolist(), strict=True)])
    return told


def _less(sides: Sequence[Array]) -> Array:
    """Return the first, less the second if there is one."""
    return sides[0] if len(sides) == 1 else sides[0] - sides[1]


def _jackknife(scopes: Sequence[Scope], sides: Sequence[Retrieval]) -> Array:
    """Return (scopes, RANKED) standard errors: how figures differ with each film left out."""
    first = sides[0]
    films, columns = len(first.lost), [METRICS.index(name) for name in RANKED]
    counts = np.zeros((films, first.classes))
    np.add.at(counts, (first.film, first.genre), 1)
    left = np.maximum(first.questions() - counts - first.lost, 0)
    sums = []
    for one in sides:
        own = np.zeros(one.changes.shape)
        for place, column in enumerate(columns):
            np.add.at(own[:, place], (one.film, one.genre), one.values[:, column])
        sums.append(one.sums()[columns] - own + one.changes)
    without = [scope.mean(_less(sums), left) for scope in scopes]
    spread = [np.sqrt((films - 1) / films * ((one - one.mean(axis=0)) ** 2).sum(axis=0)) for one in without]
    return np.array(spread)


def _pairwise(scopes: Sequence[Scope], sides: Sequence[Retrieval]) -> Array:
    """Return (scopes, TOP) standard errors: how questions that share a film differ from the mean together."""
    found = np.zeros((len(scopes), len(TOP)))
    film, films = sides[0].film, len(sides[0].lost)
    for k in KS:
        columns = [column for column, name in enumerate(TOP) if name.endswith(f"@{k}")]
        parts = [[one.residuals(side, column) for side in sides] for one in scopes for column in columns]
        whole = np.stack([_less([side[0] for side in one]) for one in parts], axis=1)
        apart = np.stack([_less([side[1] for side in one]) for one in parts], axis=1)
        alone, among = (
            np.square([np.bincount(film, one, films) for one in those.T]).sum(axis=1) for those in (whole, apart)
        )
        near = np.concatenate([film[:, None], *(one.shown[:, :k] for one in sides)], axis=1)
        variance = alone + np.maximum(_shared(near, films, apart) - among, 0)
        found[:, columns] = np.sqrt(variance).reshape(len(scopes), len(columns))
    return found


def _shared(near: NDArray[np.int64], films: int, apart: Array) -> Array:
    """Return (columns,) sums of products of (m, columns) over all pairs of questions that have a film in common."""
    from scipy.sparse import csr_array

    question, place = np.nonzero(near >= 0)
    touched = csr_array((np.ones(len(question), np.float32), (question, near[question, place])), (len(near), films))
    total = np.zeros(apart.shape[1])
    block = max(1, _AT_ONCE // max(1, len(near)))
    for start in range(0, len(near), block):
        common = (touched[start : start + block] @ touched.T).toarray() > 0
        total += (apart[start : start + block] * (common @ apart)).sum(axis=0)
    return total
