"""An index -> what share of the nearest it finds, by looking at all for some of them."""

from collections.abc import Callable

import numpy as np

from mapmaker.methods.hnsw import SAMPLE
from mapmaker.model import Floats, Ints

RECALL, AT = 0.98, 10
"""Share of so many nearest that is asked of an index."""
ROUNDING = 1e-6
"""By which two products of the same vectors may differ."""


def recall(search: Callable[[Floats, int], tuple[Ints, Floats]], vectors: Floats, k: int = AT) -> float:
    """Return the share of the `k` nearest of a sample of (n, c) unit vectors, each itself aside, that a search finds.

    Of those that are equally near any will do.
    """
    count = len(vectors)
    k = min(k, count - 1)
    if k < 1:
        return 1.0
    rows = np.sort(np.random.default_rng(0).choice(count, min(SAMPLE, count), replace=False))
    found, _ = search(vectors[rows], k + 1)
    right = 0
    for row, near in zip(rows.tolist(), found, strict=True):
        alike = vectors @ vectors[row]
        alike[row] = -np.inf
        least = np.partition(alike, -k)[-k]
        right += min(k, int((alike[np.unique(near[near >= 0])] >= least - ROUNDING).sum()))
    return right / (k * len(rows))
