"""Posters in, out how much more alike they are than they are to those right around them: what makes a cluster.

Cohesion is the mean cosine of all pairs of a group. What is around a group is its ring: whoever is no member, and
among the nearest `AROUND` of a member on the layout. A part of a theme has the rest of it in its ring, and so little
contrast; so has a blob of several themes, for it has little cohesion.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints
from mapmaker.quality import cohesion

AROUND = 30
"""Nearest on the layout, of which a ring is made."""


class Contrast:
    """Tells the contrast of any group of posters of one map."""

    def __init__(self, vectors: Floats, near: Ints) -> None:
        """`vectors` (n, d) of unit length; `near` (n, `AROUND` or fewer): who is nearest on the layout."""
        self._vectors = vectors
        self._near = near
        self._inside = np.zeros(len(vectors), bool)
        self._total = vectors.sum(axis=0, dtype=np.float64)

    def __call__(self, members: NDArray[np.integer]) -> float:
        """Return cohesion less the mean cosine of members to the ring; `members` ascend, and are two or more.

        Of an island, which has no ring, all others are the ring.
        """
        count, ring = len(members), self._ring(members)
        inside = self._vectors[members].sum(axis=0, dtype=np.float64)
        if len(ring):
            outside = self._vectors[ring].mean(axis=0, dtype=np.float64)
        elif count < len(self._vectors):
            outside = (self._total - inside) / (len(self._vectors) - count)
        else:
            return 0.0
        return cohesion(self._vectors[members]) - float(inside @ outside) / count

    def _ring(self, members: NDArray[np.integer]) -> Ints:
        self._inside[members] = True
        around = np.unique(self._near[members])
        ring: Ints = around[~self._inside[around]]
        self._inside[members] = False
        return ring


def nearest(points: Floats, k: int = AROUND) -> tuple[NDArray[np.float64], Ints]:
    """Return (n, k) distances and indices of the nearest other points, fewer columns where there are fewer."""
    from scipy.spatial import cKDTree

    asked = min(k + 1, len(points))
    far, near = cKDTree(points).query(points, k=range(1, asked + 1), workers=-1)
    own = near == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True  # many points in one place: another stands for the point itself
    others = ~own
    shape = (len(points), asked - 1)
    return far[others].reshape(shape), near[others].reshape(shape).astype(np.int32)
