"""Clusters in, the same with figures out: who is most like all, how alike they are, how they stand out, their theme."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.clusterings.contrast import Contrast, cohesion, nearest
from mapmaker.methods.clusterings.themes import themes
from mapmaker.model import Cluster, Floats, Ints

DIGITS = 4
"""Of the figures: enough to tell clusters apart."""


@dataclass(frozen=True)
class Teller:
    """Tells of clusters what can be told of their likeness.

    `points` (n, 2), `vectors` (n, d) of unit length, `colors` (n, 48), `graph` (n, k) who is near in that space.
    """

    points: Floats
    vectors: Floats
    colors: NDArray[np.uint8]
    graph: Ints

    def __call__(self, clusters: Sequence[Cluster]) -> list[Cluster]:
        """Return the same with their figures."""
        groups = [one.members for one in clusters if len(one.members) > 1]
        found = iter(themes(groups, self.points, self.vectors, self.colors, self.graph))
        contrast = Contrast(self.vectors, nearest(self.points)[1])
        return [
            replace(
                one,
                medoid=medoid(one.members, self.vectors),
                cohesion=round(cohesion(self.vectors[one.members]), DIGITS) if len(one.members) > 1 else 0.0,
                contrast=round(contrast(one.members), DIGITS) if len(one.members) > 1 else 0.0,
                theme=round(next(found), DIGITS) if len(one.members) > 1 else 0.0,
            )
            for one in clusters
        ]


def medoid(members: Ints, vectors: Floats) -> int:
    """Return the member that is most like all of them together."""
    total = vectors[members].sum(axis=0, dtype=np.float64)
    return int(members[int(np.argmax(vectors[members] @ total))])
