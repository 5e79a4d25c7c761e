"""Scored candidates -> some of them that also differ from one another.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): one after another that is taken for which

    (1 - diversity) * relevance - diversity * similarity to the most similar of those taken before

is largest. Relevance is the score as a share of the best one, so that scores of any size weigh like similarities.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats


def diverse(scores: NDArray[np.floating], places: Floats, k: int, diversity: float) -> NDArray[np.int64]:
    """Return the positions of `k` candidates, the best first; `scores` (n,), descending, of `places` (n, c), units."""
    relevance = scores / scores[0] if len(scores) and scores[0] > 0 else scores
    nearest = np.full(len(scores), -np.inf)
    left = np.ones(len(scores), bool)
    taken: list[int] = []
    while len(taken) < min(k, len(scores)):
        worth = (1 - diversity) * relevance - (diversity * nearest if taken else 0)
        best = int(np.argmax(np.where(left, worth, -np.inf)))
        taken.append(best)
        left[best] = False
        nearest = np.maximum(nearest, places @ places[best])
    return np.array(taken, np.int64)
