"""Figures of a sample -> how far they may lie from those of all films: intervals of a bootstrap.

What is drawn are films, not posters: two scans of one film tell the same thing twice. A statistic is asked for all
draws at once, given how often each poster was drawn; the first draw is the sample as it is. Two methods that are asked
with the same draws can be compared pair by pair: the interval of their difference is far narrower than either's own.

Intervals are percentiles, corrected for bias: average precision rises where a film is drawn twice. Efron, Tibshirani,
"An Introduction to the Bootstrap", 1993, chapters 8, 13 and 14.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float32]
"""(1 + times, n): how often each of n rows was drawn; the first draw has each once."""
Statistics = NDArray[np.float64]
"""(1 + times, ...): a figure in each draw; NaN in those without anything to measure."""

TIMES = 1_000
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure of the sample, and the interval that holds 95% of those of the draws; NaN where nothing was measured."""

    value: float
    low: float
    high: float

    @property
    def above(self) -> bool:
        """Whether all of the interval lies above 0: of a difference, that it is not chance."""
        return self.low > 0


def draws(films: Sequence[str], times: int = TIMES, seed: int = 0) -> Draws:
    """Return draws of rows, of which those of one film are drawn together; the same films and seed, the same draws."""
    _, film_of = np.unique(np.asarray(films, object).astype(str), return_inverse=True)
    count = int(film_of.max(initial=-1)) + 1
    drawn = np.ones((1 + times, count), np.float32)
    if count:
        drawn[1:] = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=times)
    return drawn[:, film_of]


def estimate(statistics: Statistics) -> Estimate:
    """Return the estimate of a figure (1 + times,)."""
    value, others = float(statistics[0]), statistics[1:][np.isfinite(statistics[1:])]
    if not len(others) or np.isnan(value):
        return Estimate(value, np.nan, np.nan)
    low, high = np.quantile(others, _levels(value, others))
    return Estimate(value, float(low), float(high))


def _levels(value: float, others: Statistics) -> Statistics:
    """Return the percentiles between which the interval lies, given on which side of the value most draws are."""
    from scipy.special import ndtr, ndtri

    below = ((others < value).mean() + (others <= value).mean()) / 2
    shift = ndtri(np.clip(below, 1 / len(others), 1 - 1 / len(others)))
    levels: Statistics = ndtr(2 * shift + ndtri([(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return levels


def means(values: NDArray[np.floating], weights: Draws) -> Statistics:
    """Return (1 + times, k) means of (n, k) values, weighted by draws of the n rows; NaN where none was drawn."""
    total = weights.sum(axis=1, dtype=np.float64)[:, None]
    summed = weights.astype(np.float64) @ values
    return ratio(summed, total)


def over(statistics: Statistics) -> Statistics:
    """Return (1 + times, ...) means over the last axis, of what is measured; NaN where nothing is."""
    known = np.isfinite(statistics)
    total: Statistics = np.where(known, statistics, 0).sum(axis=-1)
    count = known.sum(axis=-1)
    return ratio(total, count)


def ratio(above: NDArray[np.floating], below: NDArray[Any]) -> Statistics:
    """Return above / below, shapes broadcast; NaN where `below` is 0."""
    found: Statistics = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return found
