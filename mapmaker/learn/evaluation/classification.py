"""Scores of classes and labels -> how well they agree: average precision, F1, calibration, accuracy.

Arrays are (n posters, classes). Figures come for all draws of a bootstrap at once (`bootstrap`), NaN where a draw holds
nothing to measure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels
from mapmaker.learn.evaluation.bootstrap import Draws
from mapmaker.learn.evaluation.estimates import Statistics, ratio

Scores = NDArray[np.floating]

BINS = 10
"""Of equal width, in which probabilities are held against what came true."""


def average_precisions(scores: Scores, labels: Labels, drawn: Draws) -> Statistics:
    """Return (draws, classes) average precision: precision at each right poster, the best score first, averaged.

    Posters of the same score are one place, as scikit-learn has it (`average_precision_score`).
    """
    found = np.full((len(drawn), labels.shape[1]), np.nan)
    for column in range(labels.shape[1]):
        order, end = _descending(scores[:, column])
        weights = drawn[:, order].astype(np.float64)
        right = weights * labels[order, column]
        seen, hits = np.cumsum(weights, axis=1)[:, end], np.cumsum(right, axis=1)[:, end]
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        total = right.sum(axis=1)
        np.divide((right * precision).sum(axis=1), total, out=found[:, column], where=total > 0)
    return found


def f1(predicted: Labels, labels: Labels, drawn: Draws) -> Statistics:
    """Return (draws, classes) F1 of what is predicted; NaN for a class that nobody is, and is predicted to be."""
    weights = drawn.astype(np.float64)
    both = weights @ (predicted & labels)
    either = weights @ predicted + weights @ labels
    return ratio(2 * both, either)


def best_thresholds(scores: Scores, labels: Labels) -> NDArray[np.float64]:
    """Return (classes,) the least score to be predicted by, for the best F1 on these posters; inf without positives."""
    found = np.full(labels.shape[1], np.inf)
    for column in range(labels.shape[1]):
        order, end = _descending(scores[:, column])
        total = int(labels[:, column].sum())
        if total:
            hits = np.cumsum(labels[order, column])[end]
            best = int(np.argmax(2 * hits / (end + 1 + total)))
            found[column] = scores[order[best], column]
    return found


def accuracy(scores: Scores, labels: Labels, drawn: Draws) -> Statistics:
    """Return (draws,) the share of posters whose highest score is of their label."""
    right = labels[np.arange(len(labels)), scores.argmax(axis=1)]
    return ratio(drawn @ right.astype(np.float64), drawn.sum(axis=1, dtype=np.float64))


@dataclass(frozen=True)
class Reliability:
    """Of each bin of probabilities: how many fell in, their mean, and the share that came true; NaN in empty ones."""

    counts: NDArray[np.int64]
    told: NDArray[np.float64]
    true: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error: by how much a probability is off, 0 to 1.

        Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
        """
        filled = self.counts > 0
        apart = np.abs(self.told[filled] - self.true[filled])
        return float((apart * self.counts[filled]).sum() / max(1, self.counts.sum()))


def reliability(probabilities: Scores, labels: Labels, bins: int = BINS) -> Reliability:
    """Return how all probabilities, of whatever shape, compare with what came true."""
    told, true = np.ravel(probabilities).astype(np.float64), np.ravel(labels).astype(np.float64)
    place = np.minimum((told * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights, bins) for weights in (told, true)]
    means = [np.divide(one, counts, out=np.full(bins, np.nan), where=counts > 0) for one in sums]
    return Reliability(counts, means[0], means[1])


def _descending(scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order of scores, the highest first, and of each place the last one that has the same score."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    return order, ends[np.searchsorted(ends, np.arange(len(order)))]
