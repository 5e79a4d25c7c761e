"""Vectors -> their first two principal components."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker.methods.projections import SILENCE
from mapmaker.model import Floats, Neighbors
from mapmaker.progress import Progress


@dataclass(frozen=True)
class Pca:
    """The first two principal components: quick, faithful to what is far, crowded where it matters."""

    version: ClassVar[int] = 1
    neighbors_read: ClassVar[int] = 0

    def __call__(self, vectors: Floats, neighbors: Neighbors, progress: Progress = SILENCE) -> Floats:  # noqa: ARG002 - the protocol's
        """See `Projection`."""
        return two_components(vectors)


def two_components(vectors: Floats) -> Floats:
    """Return the first two principal components, zeros where there are fewer."""
    centred = vectors - vectors.mean(axis=0)
    points = np.zeros((len(vectors), 2), np.float32)
    if (vectors != vectors[:1]).any():
        from sklearn.decomposition import PCA

        found = min(2, *centred.shape)
        points[:, :found] = PCA(found, svd_solver="full").fit_transform(centred)
    return points
