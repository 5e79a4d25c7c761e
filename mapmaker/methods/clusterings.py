"""Clusterings: points of the plane in, labels out."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from mapmaker.model import Floats, Ints
from mapmaker.options import Methods

QUANTILES = np.linspace(0.1, 0.99, 12)
"""Of the distances to the k-th neighbour: where `best_eps` looks."""


class Clustering(Protocol):
    """What every clustering offers."""

    version: ClassVar[int]

    def __call__(self, points: Floats) -> Ints:
        """Return (n,) int32 labels from 0, the largest cluster first; -1 for points of none."""


@dataclass(frozen=True)
class Dbscan:
    """Density-based clusters (Ester, Kriegel, Sander, Xu, KDD 1996) on the plane.

    `smallest`: how many points within `eps` of one another begin a cluster. `eps`: how near is near, in units of the
    layout; 0 chooses among distances to the `smallest`-th neighbour, see `best_eps`.
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
        if len(points) < self.smallest:
            return np.full(len(points), -1, np.int32)
        return _labels(points, self.eps or best_eps(points, self.smallest), self.smallest)


def best_eps(points: Floats, smallest: int) -> float:
    """Return, of distances along the curve of k-th neighbours, the one that tells the map apart best.

    The score is the number of clusters, as many equal ones as the sizes are worth (the exponential of their entropy),
    times the share of points that are in one, cubed. Small distances leave most points out; large ones join all: the
    usual elbow of the curve put 4,828 of 5,376 real posters into one cluster, because t-SNE leaves few gaps.
    """
    tried = np.unique(np.quantile(kth_distances(points, smallest - 1), QUANTILES))
    tried = tried[tried > 0]
    if len(tried) == 0:  # all points fall together, but for a few
        return 1.0
    scores = [_score(_labels(points, float(eps), smallest)) for eps in tried]
    return float(tried[int(np.argmax(scores))])


def _score(labels: Ints) -> float:
    sizes = np.bincount(labels[labels >= 0])
    if len(sizes) == 0:
        return 0.0
    share = sizes / sizes.sum()
    return float(np.exp(-(share * np.log(share)).sum()) * (sizes.sum() / len(labels)) ** 3)


def _labels(points: Floats, eps: float, smallest: int) -> Ints:
    from sklearn.cluster import DBSCAN

    return _largest_first(DBSCAN(eps=eps, min_samples=smallest).fit(points).labels_)


def kth_distances(points: Floats, k: int) -> np.ndarray:
    """Return (n,) the distance from each point to its k-th nearest other, ascending."""
    from scipy.spatial import KDTree

    distances, _ = KDTree(points).query(points, k=[k + 1])
    return np.sort(distances[:, 0])


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
