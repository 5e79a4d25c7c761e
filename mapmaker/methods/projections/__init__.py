"""Projections: vectors and their neighbours in, points in the plane out; near stays near."""

from typing import ClassVar, Protocol

from mapmaker.model import Floats, Neighbors
from mapmaker.options import Methods
from mapmaker.progress import Progress, Silence

SILENCE = Silence()


class Projection(Protocol):
    """What every projection offers."""

    version: ClassVar[int]

    @property
    def neighbors_read(self) -> int:
        """How many neighbours of each row it looks at."""

    def __call__(self, vectors: Floats, neighbors: Neighbors, progress: Progress = SILENCE) -> Floats:
        """Return (n, 2) float32 for (n, d) vectors and their graph; n may be 1.

        `progress` is told how far it is, and how good what it has so far.
        """


def _tsne() -> type:
    from mapmaker.methods.projections.tsne import Tsne

    return Tsne


def _umap() -> type:
    from mapmaker.methods.projections.manifold import Umap

    return Umap


def _pca() -> type:
    from mapmaker.methods.projections.components import Pca

    return Pca


PROJECTIONS: Methods = {"tsne": _tsne, "umap": _umap, "pca": _pca}
