"""Which places of rankings are right -> R-precision and MAP@R, and what they would be with an answer less.

Ranks of the others do not change when an answer is left out, but to come one place nearer. With h right places among
the first p, MAP@R is the sum of h / p over the right ones of the first R, by R; so, with sums kept along the ranking,
each answer can be left out for the price of one look:

- a wrong one at p: right places from there to R count h / (p - 1), and one more place comes in at the end;
- a right one at p: R is one less; right places from there to R count (h - 1) / (p - 1);
- a right one beyond R: R is one less, and the last place counts no more;
- a wrong one beyond R: nothing.

The place that comes in or goes at the end counts as the mean of those around it. Whether that very one is right is a
leap that says nothing of other films; with it the jackknife of R-precision was up to half too wide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels, Rows

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """Of m questions: R-precision and MAP@R (m, 2), and how these change without one of the answers.

    `change`: (m, places, 2) without the one at a place, where that is `within` (m, places) the first R. `beyond`:
    (m, 2) without a right one farther off. Without its only right answer a question is not asked: all of it is lost.
    """

    values: Values
    change: Values
    within: Labels
    beyond: Values


def measured(right: Labels, total: Rows) -> Measured:
    """Return it of (m, places) which are right, and of how many are right in all, (m,): of `places_for` that places."""
    rows, places = np.arange(len(right)), np.arange(1, right.shape[1] + 1)
    less = np.maximum(total - 1, 1)
    hits = np.cumsum(right, axis=1, dtype=np.int64)
    at = right * hits / places
    before = np.cumsum(at, axis=1)
    nearer, fewer = (
        np.cumsum(right * counted / np.maximum(places - 1, 1) * (places > 1), axis=1) for counted in (hits, hits - 1)
    )
    last = total - 1
    end = _around(hits, total)
    hit, precise = hits[rows, last], before[rows, last]
    values = np.stack([hit, precise], axis=1) / total[:, None]
    beyond = np.stack([hit - end, precise - end * hit / total], axis=1) / less[:, None] - values
    beyond[total == 1] = 0
    wrong = before + (nearer[rows, last] + end * (hit + 1) / total)[:, None] - nearer
    correct = before - at + fewer[rows, last][:, None] - fewer
    precision = np.where(right, ((hit - 1) / less)[:, None], ((hit + end) / total)[:, None])
    average = np.where(right, correct / less[:, None], wrong / total[:, None])
    change = np.stack([precision, average], axis=2) - values[:, None]
    only = right & (total == 1)[:, None]
    change[only] = -np.broadcast_to(values[:, None], change.shape)[only]
    return Measured(values, change, places <= total[:, None], beyond)


def places_for(total: int) -> int:
    """Return how many places are looked at for R = `total`."""
    return total + max(1, total // 2)


def _around(hits: NDArray[np.integer], total: Rows) -> Values:
    """Return (m,) the share that is right of the places around R, half of it to either side."""
    half, rows = np.maximum(total // 2, 1), np.arange(len(total))
    behind = np.where(total > half, hits[rows, np.maximum(total - half - 1, 0)], 0)
    shares: Values = (hits[rows, total + half - 1] - behind) / (2 * half)
    return shares
