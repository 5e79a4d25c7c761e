"""Projections: vectors and their neighbours in, points in the plane out; near stays near."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from mapmaker.methods.engines import cores
from mapmaker.model import Floats, Neighbors
from mapmaker.options import Methods

FEWEST_FOR_TSNE = 8
"""Below this, "neighbourhood" means nothing, and two principal components say all there is."""
FEWEST_FOR_FFT = 3_000
"""Below this a tree (Barnes-Hut) on one thread is quicker: 24 points take 0.2 s in place of 10, 1,000 take 2.5 in
place of 11. The FFT's grid costs the same for any few points, and threads with little to do wait for one another."""
SEEDS = 2**32
"""As many as NumPy's generator takes."""


class Projection(Protocol):
    """What every projection offers."""

    version: ClassVar[int]

    @property
    def neighbors_read(self) -> int:
        """How many neighbours of each row it looks at."""

    def __call__(self, vectors: Floats, neighbors: Neighbors) -> Floats:
        """Return (n, 2) float32 for (n, d) vectors and their graph; n may be 1."""


@dataclass(frozen=True)
class Pca:
    """The first two principal components: quick, faithful to what is far, crowded where it matters."""

    version: ClassVar[int] = 1
    neighbors_read: ClassVar[int] = 0

    def __call__(self, vectors: Floats, neighbors: Neighbors) -> Floats:  # noqa: ARG002 - the protocol's
        """See `Projection`."""
        return _two_components(vectors)


@dataclass(frozen=True)
class Tsne:
    """t-SNE with FFT-accelerated interpolation (for few points, Barnes-Hut), by openTSNE, on the exact neighbour graph.

    van der Maaten and Hinton, JMLR 9, 2008; van der Maaten, JMLR 15, 2014; Linderman et al., Nature Methods 16, 2019;
    Poličar, Stražar, Zupan, JSS 109, 2024. It starts from the principal components, so that the whole keeps its shape.

    `perplexity`: how many neighbours each point minds; less than a third of the points, at most.
    `iterations`, `exaggeration_iterations`, `exaggeration`, `learning_rate` (0: n / exaggeration): as
    openTSNE has them.
    """

    version: ClassVar[int] = 2
    perplexity: float = 30.0
    seed: int = 0
    iterations: int = 500
    exaggeration_iterations: int = 250
    exaggeration: float = 12.0
    learning_rate: float = 0.0

    def __post_init__(self) -> None:
        for name in ("perplexity", "exaggeration"):
            if not 1 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name)} is not a number from 1")
        for name in ("iterations", "exaggeration_iterations", "learning_rate"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name)} is not a number from 0")
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"seed = {self.seed} is not between 0 and {SEEDS - 1}")

    @property
    def neighbors_read(self) -> int:
        """Three times the perplexity: beyond, affinities are next to nothing."""
        return math.ceil(3 * self.perplexity)

    def __call__(self, vectors: Floats, neighbors: Neighbors) -> Floats:
        """See `Projection`. Same vectors, graph and seed: same points."""
        if len(vectors) < FEWEST_FOR_TSNE or (vectors == vectors[:1]).all():
            return _two_components(vectors)
        from openTSNE import TSNEEmbedding, initialization

        wide = vectors if vectors.shape[1] > 1 else np.pad(vectors, ((0, 0), (0, 1)))
        start = initialization.pca(wide, random_state=self.seed)
        embedding = TSNEEmbedding(
            start,
            self._affinities(neighbors),
            negative_gradient_method="fft" if len(vectors) >= FEWEST_FOR_FFT else "bh",
            n_jobs=_threads(len(vectors)),
            random_state=self.seed,
            learning_rate=self.learning_rate or "auto",
        )
        embedding.optimize(self.exaggeration_iterations, exaggeration=self.exaggeration, momentum=0.8, inplace=True)
        embedding.optimize(self.iterations, momentum=0.8, inplace=True)
        return np.asarray(embedding, np.float32)

    def _affinities(self, neighbors: Neighbors) -> Any:
        """Return openTSNE's affinities. A missing neighbour (-1) stands infinitely far off: no affinity."""
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors

        n, k = neighbors.index.shape
        distances = np.sqrt(np.maximum(2 - 2 * neighbors.similarity.astype(np.float64), 0))
        missing = neighbors.index < 0
        distances[missing] = 1e3
        index = np.where(missing, np.arange(n)[:, None], neighbors.index).astype(np.int64)
        perplexity = min(self.perplexity, (n - 1) / 3, k / 3)
        graph = PrecomputedNeighbors(index, distances)
        return PerplexityBasedNN(perplexity=perplexity, n_jobs=_threads(n), knn_index=graph)


def _two_components(vectors: Floats) -> Floats:
    """Return the first two principal components, zeros where there are fewer."""
    centred = vectors - vectors.mean(axis=0)
    points = np.zeros((len(vectors), 2), np.float32)
    if (vectors != vectors[:1]).any():
        from sklearn.decomposition import PCA

        found = min(2, *centred.shape)
        points[:, :found] = PCA(found, svd_solver="full").fit_transform(centred)
    return points


def _threads(points: int) -> int:
    return cores() if points >= FEWEST_FOR_FFT else 1


def _tsne() -> type:
    return Tsne


def _pca() -> type:
    return Pca


PROJECTIONS: Methods = {"tsne": _tsne, "pca": _pca}
