"""t-SNE: vectors and their graph -> points; each stays near those that are its nearest."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapmaker.methods.engines import cores
from mapmaker.methods.neighbors import distances
from mapmaker.methods.projections import SILENCE
from mapmaker.methods.projections.components import two_components
from mapmaker.model import Floats, Neighbors
from mapmaker.progress import Progress

FEWEST_FOR_TSNE = 8
"""Below this, "neighbourhood" means nothing, and two principal components say all there is."""
INITIALIZATIONS = ("pca", "spectral", "random")
SEEDS = 2**32
"""As many as NumPy's generator takes."""


@dataclass(frozen=True)
class Tsne:
    """t-SNE on the neighbour graph: openTSNE's affinities, start and steps, by forces of our own (`repulsion`).

    van der Maaten and Hinton, JMLR 9, 2008; Linderman et al., Nature Methods 16, 2019; Poličar, Stražar, Zupan,
    JSS 109, 2024. What is near, the graph says: its metric is `neighbors.metric`.

    `perplexity`: how many neighbours each point minds; less than a third of the points, at most.
    `iterations`, `exaggeration_iterations`, `learning_rate` (0: n / exaggeration), `momentum`,
    `exaggeration_momentum`: as openTSNE has them. `exaggeration`: 4, where others have 12: that pulled all posters,
    real and made, into one point, where the start is forgotten and rounding decides. `initialization`: the
    principal components ("pca"), so that the whole keeps its shape; the graph's slowest waves ("spectral"); or chance
    ("random").
    """

    version: ClassVar[int] = 3
    perplexity: float = 30.0
    seed: int = 0
    iterations: int = 500
    exaggeration_iterations: int = 250
    exaggeration: float = 4.0
    learning_rate: float = 0.0
    momentum: float = 0.8
    exaggeration_momentum: float = 0.8
    initialization: str = "pca"

    def __post_init__(self) -> None:
        for name in ("perplexity", "exaggeration"):
            if not 1 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name)} is not a number from 1")
        for name in ("iterations", "exaggeration_iterations", "learning_rate"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name)} is not a number from 0")
        for name in ("momentum", "exaggeration_momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)} is not from 0 to below 1")
        if self.initialization not in INITIALIZATIONS:
            raise ValueError(f"initialization = {self.initialization!r} is none of {', '.join(INITIALIZATIONS)}")
        if not 0 <= self.seed < SEEDS:
            raise ValueError(f"seed = {self.seed} is not between 0 and {SEEDS - 1}")

    @property
    def neighbors_read(self) -> int:
        """Three times the perplexity: beyond, affinities are next to nothing."""
        return math.ceil(3 * self.perplexity)

    def __call__(self, vectors: Floats, neighbors: Neighbors, progress: Progress = SILENCE) -> Floats:
        """See `Projection`. Same vectors, graph and seed: same points, with any number of threads."""
        return self.measured(vectors, neighbors, progress)[0]

    def measured(
        self, vectors: Floats, neighbors: Neighbors, progress: Progress = SILENCE
    ) -> tuple[Floats, float | None]:
        """Return the points, and their Kullback-Leibler divergence; None where no step was taken."""
        n = len(vectors)
        if n < FEWEST_FOR_TSNE or (vectors == vectors[:1]).all():
            return two_components(vectors), None
        from mapmaker.methods.projections.descent import Phase, descend

        known = affinities(vectors, neighbors, self.perplexity)
        phases = [
            Phase(iterations, exaggeration, self.learning_rate or n / exaggeration, momentum)
            for iterations, exaggeration, momentum in (
                (self.exaggeration_iterations, self.exaggeration, self.exaggeration_momentum),
                (self.iterations, 1.0, self.momentum),
            )
        ]
        progress.expect(self.exaggeration_iterations + self.iterations, "iterations")
        reached: float | None = None

        def told(iterations: int, divergence: float) -> None:
            nonlocal reached
            reached = divergence
            progress.advance(iterations)
            progress.reach(f"KL divergence {divergence:.3f}")

        points = descend(self._start(vectors, known), known, phases, cores(), told)
        return points, reached

    def _start(self, vectors: Floats, known: Any) -> Floats:
        """Return where points begin: all close together, so that they find their order before they part."""
        from openTSNE import initialization

        if self.initialization == "random":
            start = initialization.random(len(vectors), random_state=self.seed)
        elif self.initialization == "spectral":
            start = initialization.spectral(known, random_state=self.seed)
        else:
            wide = vectors if vectors.shape[1] > 1 else np.pad(vectors, ((0, 0), (0, 1)))
            start = initialization.pca(wide, random_state=self.seed)
        return np.asarray(start, np.float32)


def affinities(vectors: Floats, neighbors: Neighbors, perplexity: float) -> Any:
    """Return openTSNE's affinities, a CSR matrix of sum 1. A missing neighbour (-1) stands far off: no affinity."""
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n, k = neighbors.index.shape
    missing = neighbors.index < 0
    away = np.where(missing, 1e3, distances(vectors, neighbors))
    index = np.where(missing, np.arange(n)[:, None], neighbors.index).astype(np.int64)
    found = PrecomputedNeighbors(index, away)
    return PerplexityBasedNN(perplexity=min(perplexity, (n - 1) / 3, k / 3), n_jobs=cores(), knn_index=found).P.tocsr()
