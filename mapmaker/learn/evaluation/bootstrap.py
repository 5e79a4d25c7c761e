"""A sample of films -> how far figures of it may lie from those of others: draws, in which films come again or not.

What is drawn are films, not posters: two scans of one film tell the same thing twice. A statistic is asked for all
draws at once, given how often each poster was drawn; the first draw is the sample as it is. Two methods that are asked
with the same draws can be compared pair by pair: the interval of their difference is far narrower than either's own.

For posters that are each measured by themselves. Where posters answer one another a draw of them would hold answers
twice or not at all; `sampling` is for these.

The standard error is the deviation of the draws (Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapters
6 and 8). Percentiles were tried: average precision rises where a film is drawn twice, and corrected for that (chapter
14.3) intervals of 95% held 89% of macro means (`benchmarks/intervals.py`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.evaluation.estimates import Estimate, Statistics, around, ratio

Draws = NDArray[np.float32]
"""(1 + times, n): how often each of n rows was drawn; the first draw has each once."""

TIMES = 1_000


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
    others = statistics[1:][np.isfinite(statistics[1:])]
    return around(statistics[0], float(others.std(ddof=1)) if len(others) > 1 else np.nan)


def means(values: NDArray[np.floating], weights: Draws) -> Statistics:
    """Return (1 + times, k) means of (n, k) values, weighted by draws of the n rows; NaN where none was drawn."""
    total = weights.sum(axis=1, dtype=np.float64)[:, None]
    summed = weights.astype(np.float64) @ values
    return ratio(summed, total)
