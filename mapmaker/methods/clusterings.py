"""Clusterings: points of the plane in, labels out."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from mapmaker.model import Floats, Ints
from mapmaker.options import Methods


class Clustering(Protocol):
    """What every clustering offers."""

    version: ClassVar[int]

    def __call__(self, points: Floats) -> Ints:
        """Return (n,) int32 labels from 0, the largest cluster first; -1 for points of none."""


@dataclass(frozen=True)
class Dbscan:
    """Density-based clusters (Ester, Kriegel, Sander, Xu, KDD 1996) on the plane.

    `smallest`: how many points within `eps` of one another begin a cluster. `eps`: how near is near, in units of the
    layout; 0 takes it from the curve of distances to the `smallest`-th neighbour: that of its elbow.
    """

    version: ClassVar[int] = 1
    smallest: int = 6
    eps: float = 0.0

    def __post_init__(self) -> None:
        if self.smallest < 2:
            raise ValueError(f"smallest = {self.smallest} is below 2")
        if not 0 <= self.eps < float("inf"):
            raise ValueError(f"eps = {self.eps} is not a distance; 0 finds one")

    def __call__(self, points: Floats) -> Ints:
        """See `Clustering`."""
        from sklearn.cluster import DBSCAN

        if len(points) < self.smallest:
            return np.full(len(points), -1, np.int32)
        eps = self.eps or elbow(kth_distances(points, self.smallest - 1))
        if eps <= 0:  # most points fall together: any distance that is none of theirs
            eps = float(np.ptp(points, axis=0).max()) / len(points) or 1.0
        labels = DBSCAN(eps=eps, min_samples=self.smallest).fit(points).labels_
        return _largest_first(labels)


def kth_distances(points: Floats, k: int) -> np.ndarray:
    """Return (n,) the distance from each point to its k-th nearest other, ascending."""
    from scipy.spatial import KDTree

    distances, _ = KDTree(points).query(points, k=[k + 1])
    return np.sort(distances[:, 0])


def elbow(ascending: np.ndarray) -> float:
    """Return the value where a rising curve bends most: farthest below its chord.

    Satopää, Albrecht, Irwin, Raghavan, "Finding a Kneedle in a Haystack", 2011. The top percent is cut off, for a few
    far outliers would draw the chord to them.
    """
    curve = ascending[: max(2, int(len(ascending) * 0.99))]
    rise = curve[-1] - curve[0]
    if rise <= 0:
        return float(curve[0])
    across = np.linspace(0, 1, len(curve))
    return float(curve[np.argmax(across - (curve - curve[0]) / rise)])


def _largest_first(labels: np.ndarray) -> Ints:
    """Return `labels` renumbered by size, ties by first member."""
    sizes = np.bincount(labels[labels >= 0])
    rank = np.empty(len(sizes) + 1, np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    rank[-1] = -1
    return np.asarray(rank[labels], np.int32)


def _dbscan() -> type:
    return Dbscan


CLUSTERINGS: Methods = {"dbscan": _dbscan}
