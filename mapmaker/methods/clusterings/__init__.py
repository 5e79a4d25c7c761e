"""Clusterings: points of the plane, and what is known of their likeness, in; labels out."""

from typing import ClassVar, Protocol

import numpy as np

from mapmaker.model import Floats, Ints
from mapmaker.options import Methods


class Clustering(Protocol):
    """What every clustering offers."""

    version: ClassVar[int]

    def __call__(self, points: Floats, vectors: Floats | None = None) -> Ints:
        """Return (n,) int32 labels of (n, 2) points from 0, the largest cluster first; -1 for points of none.

        `vectors` (n, d) of unit length: the space in which posters are alike; None where nobody knows it.
        """


def largest_first(labels: np.ndarray) -> Ints:
    """Return `labels` renumbered by size, ties by first member."""
    kinds, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    rank = np.full(int(labels.max(initial=-1)) + 2, -1, np.int32)  # one more, so that -1 stays -1
    rank[kinds[np.lexsort((first, -sizes))]] = np.arange(len(kinds))
    found: Ints = rank[labels]
    return found


def _dbscan() -> type:
    from mapmaker.methods.clusterings.dbscan import Dbscan

    return Dbscan


def _hdbscan() -> type:
    from mapmaker.methods.clusterings.hdbscan import Hdbscan

    return Hdbscan


def _none() -> type:
    from mapmaker.methods.clusterings.none import NoClusters

    return NoClusters


CLUSTERINGS: Methods = {"dbscan": _dbscan, "hdbscan": _hdbscan, "none": _none}
