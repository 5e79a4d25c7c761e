"""Random pairs of posters: what a similarity is worth is the share of them that are less alike."""

import numpy as np
from numpy.typing import NDArray

PAIRS = 5_000
"""Random pairs: their share is then known to half a percent point."""
_SEED = 0

Rows = NDArray[np.integer]


def random_pairs(rows: Rows) -> tuple[Rows, Rows]:
    """Return two times (PAIRS,) of these rows, pair by pair two different ones; none where there is no pair."""
    if len(rows) < 2:
        return rows[:0], rows[:0]
    chance = np.random.default_rng(_SEED)
    ones = chance.integers(0, len(rows), PAIRS)
    others = (ones + chance.integers(1, len(rows), PAIRS)) % len(rows)
    return rows[ones], rows[others]
