"""UMAP: vectors and their graph -> points, by umap-learn (the `umap` extra)."""

import importlib.util
import math
import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker.errors import MissingExtra
from mapmaker.methods.neighbors import distances
from mapmaker.methods.projections import SILENCE
from mapmaker.methods.projections.components import two_components
from mapmaker.methods.projections.tsne import SEEDS
from mapmaker.model import Floats, Neighbors
from mapmaker.progress import Progress

FEWEST_FOR_UMAP = 16
"""Below, the graph's slowest waves, which it starts from, are too few."""


@dataclass(frozen=True)
class Umap:
    """UMAP on the neighbour graph (McInnes, Healy, Melville, arXiv 1802.03426): groups tighter and further apart.

    `n_neighbors`: how many neighbours each point minds, itself among them. `min_dist`: how close points may come, of
    `spread` 1. `epochs`: 0 leaves them to umap-learn, 500 up to 10,000 points, 200 beyond. With a seed, which it always
    has, umap-learn works on one core.
    """

    version: ClassVar[int] = 1
    n_neighbors: int = 15
    min_dist: float = 0.1
    epochs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if importlib.util.find_spec("umap") is None:
            raise MissingExtra("the layout umap", "umap")
        if self.n_neighbors < 2:
            raise ValueError(f"n_neighbors = {self.n_neighbors} is below 2")
        if not 0 <= self.min_dist <= 1:
            raise ValueError(f"min_dist = {self.min_dist} is not from 0 to 1")
        if self.epochs < 0:
            raise ValueError(f"epochs = {self.epochs} is below 0")
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"seed = {self.seed} is not between 0 and {SEEDS - 1}")

    @property
    def neighbors_read(self) -> int:
        """All but the point itself."""
        return self.n_neighbors - 1

    def __call__(self, vectors: Floats, neighbors: Neighbors, progress: Progress = SILENCE) -> Floats:  # noqa: ARG002 - umap-learn tells nobody
        """See `Projection`. Same vectors, graph and seed: same points. MissingExtra without umap-learn."""
        n = len(vectors)
        if n < FEWEST_FOR_UMAP or (vectors == vectors[:1]).all():
            return two_components(vectors)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its one core, of its start, of TensorFlow that it could use
            import umap

            index, away = _with_itself(vectors, neighbors, min(self.n_neighbors, n - 1, neighbors.index.shape[1] + 1))
            made = umap.UMAP(
                n_neighbors=index.shape[1],
                min_dist=self.min_dist,
                n_epochs=self.epochs or None,
                random_state=self.seed,
                precomputed_knn=(index, away),
                force_approximation_algorithm=True,  # else it would look at all pairs of up to 4,096 points again
                n_jobs=1,
            ).fit_transform(vectors)
        return _finite(np.asarray(made, np.float32))


def _with_itself(vectors: Floats, neighbors: Neighbors, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, count) neighbours and how far they are; the first is the point itself, -1 at no distance is none."""
    n = len(vectors)
    index = np.column_stack([np.arange(n, dtype=np.int32), neighbors.index[:, : count - 1]])
    away = np.column_stack([np.zeros(n), distances(vectors, neighbors)[:, : count - 1]]).astype(np.float32)
    away[index < 0] = math.inf
    return index, away


def _finite(points: Floats) -> Floats:
    """Return the points, those that no other is near to (umap-learn leaves them out) in the middle."""
    lost = ~np.isfinite(points).all(axis=1)
    points[lost] = points[~lost].mean(axis=0) if not lost.all() else 0
    return points
