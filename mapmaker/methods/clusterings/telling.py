"""Clusters in, the same with figures out: who is most like all, how alike they are, how they stand out, their theme."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mapmaker.methods.clusterings.contrast import Contrast, nearest
from mapmaker.methods.clusterings.themes import themes
from mapmaker.model import Cluster, Floats, Ints, Posters
from mapmaker.quality import cohesion

DIGITS = 4
"""Of the figures: enough to tell clusters apart."""


@dataclass(frozen=True)
class Teller:
    """Tells of clusters of these posters what can be told of their likeness."""

    posters: Posters

    def __call__(self, clusters: Sequence[Cluster]) -> list[Cluster]:
        """Return the same with their figures."""
        groups = [one.members for one in clusters if len(one.members) > 1]
        found = iter(themes(groups, self.posters))
        vectors = self.posters.vectors
        contrast = Contrast(vectors, nearest(self.posters.points)[1])
        return [
            replace(
                one,
                medoid=medoid(one.members, vectors),
                cohesion=round(cohesion(vectors[one.members]), DIGITS),
                contrast=round(contrast(one.members), DIGITS) if len(one.members) > 1 else 0.0,
                theme=round(next(found), DIGITS) if len(one.members) > 1 else 0.0,
            )
            for one in clusters
        ]


def medoid(members: Ints, vectors: Floats) -> int:
    """Return the member that is most like all of them together."""
    total = vectors[members].sum(axis=0, dtype=np.float64)
    return int(members[int(np.argmax(vectors[members] @ total))])
