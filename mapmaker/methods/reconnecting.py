"""The graph of vectors most of which were in another whose graph is known -> the same as found anew, far sooner.

Who was there and still has all its neighbours can only gain those that came: it is compared with these, and no others.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.neighbors import Exact, Rows, nearest_of
from mapmaker.model import Floats, Neighbors

MOST_SOUGHT = 0.25
"""The share of rows that are looked for among all, beyond which that is done for all of them at once."""
AT_ONCE = 1_024
"""Rows compared with those that came, at a time."""
ROUNDING = 1e-4
"""Far more than a product of BLAS may be off, in similarity: who is within that is looked at again."""


def reconnected(vectors: Floats, last: Neighbors, same: NDArray[np.bool_], k: int) -> Neighbors | None:
    """Return what `Exact(k, last.metric)` makes of (n, d) unit `vectors`; None if that takes no longer.

    `last`: the graph that was, of its first rows; `same` (n,): whether a row was in it, with the vector of today.
    """
    k = min(k, len(vectors) - 1)
    if k <= 0 or k != last.index.shape[1] or last.metric == "manhattan":
        return None
    whole = same.copy()
    known = np.flatnonzero(same)
    whole[known] = (last.index[known] >= 0).all(axis=1) & same[last.index[known]].all(axis=1)
    sought, stay = np.flatnonzero(~whole), np.flatnonzero(whole)
    if len(sought) > MOST_SOUGHT * len(vectors):
        return None
    index, similarity = np.empty((len(vectors), k), np.int32), np.empty((len(vectors), k), np.float32)
    index[stay], similarity[stay] = last.index[stay], last.similarity[stay]
    came = np.flatnonzero(~same)
    for start in range(0, len(stay), AT_ONCE):
        rows = stay[start : start + AT_ONCE]
        new = _candidates(vectors, rows, came, similarity[rows, -1])
        some = (new >= 0).any(axis=1)
        gains = rows[some]
        near = np.concatenate([index[gains], new[some]], axis=1)
        index[gains], similarity[gains] = nearest_of(vectors, gains, near, k, last.metric)
    index[sought], similarity[sought] = Exact(k, last.metric).of_rows(vectors, sought, k)
    return Neighbors(index, similarity, last.metric)


def _candidates(vectors: Floats, rows: Rows, came: Rows, least: Floats) -> Rows:
    """Return (m, c) who of those that `came` may be as like each of `rows` (m,) as `least` (m,); -1 is nobody."""
    alike = vectors[rows] @ vectors[came].T >= least[:, None] - ROUNDING
    width = int(alike.sum(axis=1).max(initial=0))
    first = np.argsort(~alike, axis=1, kind="stable")[:, :width]
    return np.where(np.take_along_axis(alike, first, axis=1), came[first], -1)
