"""`dbscan`: crowds of the layout at many scales, and of these those that stand out most in likeness.

One eps for a whole map leaves most posters out where it is small, and joins all where it is large: the elbow of the
k-distance curve put 4,828 of 5,376 real posters into one cluster, because t-SNE leaves few gaps. So DBSCAN is run for
many eps along that curve. With every larger eps clusters grow and join, never part: they make a tree. Of each branch
either a cluster is taken, or what becomes of the clusters that it is made of, whichever sums up to more contrast
(`contrast`), each poster counting once. So each part of the map has the eps that suits it, blobs are split as long as
their parts stand out more than they do, and what does not stand out from what is around it is no cluster.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.clusterings import largest_first
from mapmaker.methods.clusterings.contrast import AROUND, Contrast, nearest
from mapmaker.methods.clusterings.density import Density
from mapmaker.methods.clusterings.refining import labels_of, members_of, refined
from mapmaker.model import Floats, Ints

ENOUGH = 36
"""Members; fewer may be alike by chance, and must have more contrast, as the square root tells."""
SCALES = 24
"""Values of eps that are tried, at most."""
QUANTILES = (0.02, 0.99)
"""Of the distances to the `smallest`-th neighbour, between which eps is tried."""


@dataclass(frozen=True)
class Dbscan:
    """Density-based clusters (Ester, Kriegel, Sander, Xu, KDD 1996) on the plane.

    `smallest`: how many points within `eps` of one another begin a cluster. `eps`: how near is near, in units of the
    layout; 0 tries many. `contrast`: by how much the members of a cluster must be more alike than they are to those
    around, as cosine. `refine`: each poster goes to whom it is like of those around it, or leaves; clusters of one
    theme become one. Where likeness is not known, `eps` is the one that tells the map apart best, see `best_eps`.
    """

    version: ClassVar[int] = 3
    smallest: int = 6
    eps: float = 0.0
    contrast: float = 0.03
    refine: bool = True

    def __post_init__(self) -> None:
        if self.smallest < 2:
            raise ValueError(f"smallest = {self.smallest} is below 2")
        if not 0 <= self.eps < float("inf"):
            raise ValueError(f"eps = {self.eps} is not a distance; 0 finds one")
        if not 0 <= self.contrast <= 1:
            raise ValueError(f"contrast = {self.contrast} is not between 0 and 1")

    def __call__(self, points: Floats, vectors: Floats | None = None) -> Ints:
        """See `Clustering`."""
        if len(points) < self.smallest:
            return np.full(len(points), -1, np.int32)
        far, near = nearest(points, max(AROUND, self.smallest - 1))
        density = Density(points, far, near, self.smallest)
        if self.eps or vectors is None:
            labels = density.labels(self.eps or best_eps(density))
        else:
            labels = self._standing_out(density, Contrast(vectors, near[:, :AROUND]))
        if self.refine and vectors is not None:
            labels = refined(labels, vectors, near, self.smallest)
        return largest_first(labels)

    def _standing_out(self, density: Density, contrast: Contrast) -> NDArray[np.int64]:
        """Return labels of the groups, at whatever scale, whose contrasts sum up to most."""
        branches: list[_Branch] = []
        for eps in _scales(density.curve):
            labels = density.labels(eps)
            below: dict[int, list[_Branch]] = defaultdict(list)
            for branch in branches:
                below[branch.parent(labels)].append(branch)
            branches = [
                self._branch(members, below[label], contrast) for label, members in enumerate(members_of(labels))
            ]
        return labels_of([group for branch in branches for group in branch.groups], len(density.points))

    def _branch(self, members: Ints, below: Sequence["_Branch"], contrast: Contrast) -> "_Branch":
        large = len(members) >= self.smallest  # whoever is at the edge of two may be counted to the other
        least = self.contrast * math.sqrt(max(1.0, ENOUGH / len(members)))
        own = (contrast(members) - least) * len(members) if large else 0.0
        parts = sum(branch.worth for branch in below)
        if own > 0 and own >= parts:
            return _Branch(members, own, [members])
        return _Branch(members, parts, [group for branch in below for group in branch.groups])


@dataclass(frozen=True)
class _Branch:
    """A cluster at one scale, and what is taken of it: itself, or some of what it grew from, or nothing."""

    members: Ints
    worth: float
    groups: Sequence[Ints]

    def parent(self, labels: NDArray[np.integer]) -> int:
        """Return which cluster it is part of at the next scale; a point at its edge may have gone to another."""
        found = labels[self.members]
        return int(np.bincount(found[found >= 0]).argmax())


def _scales(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of eps, ascending; none where all points fall together."""
    tried = np.unique(np.quantile(curve, np.linspace(*QUANTILES, SCALES)))
    return tried[tried > 0]


def best_eps(density: Density) -> float:
    """Return, of distances along the curve of k-th neighbours, the one that tells the map apart best.

    The score is the number of clusters, as many equal ones as the sizes are worth (the exponential of their entropy),
    times the share of points that are in one, cubed. Small distances leave most points out; large ones join all.
    """
    tried = _scales(density.curve)
    if len(tried) == 0:  # all points fall together, but for a few
        return 1.0
    scores = [_score(density.labels(float(eps))) for eps in tried]
    return float(tried[int(np.argmax(scores))])


def _score(labels: NDArray[np.integer]) -> float:
    sizes = np.bincount(labels[labels >= 0])
    if len(sizes) == 0:
        return 0.0
    share = sizes / sizes.sum()
    return float(np.exp(-(share * np.log(share)).sum()) * (sizes.sum() / len(labels)) ** 3)
