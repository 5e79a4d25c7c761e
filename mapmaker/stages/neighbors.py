"""neighbors: features -> vectors of unit length, and each row's nearest rows by cosine."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.methods.neighbors import Exact, Reduction, Space
from mapmaker.model import Features, Neighbors
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class NeighborsStage(Inside):
    """Options of the neighbour graph. `components` of PCA, 0 for none; `k` neighbours of each."""

    name: ClassVar[str] = "neighbors"
    version: ClassVar[int] = 4
    reads: ClassVar[tuple[str, ...]] = (artifacts.FEATURES, "images.csv[present]", artifacts.RECALLED)
    writes: ClassVar[tuple[str, ...]] = (artifacts.VECTORS, artifacts.NEIGHBORS, artifacts.SPACE)

    components: int = 64
    k: int = 90

    def __post_init__(self) -> None:
        Reduction(self.components)
        Exact(self.k)

    def run(self, job: Job) -> Figures:
        """Reduce and connect the images that are present, in the space of the map that this one goes on from."""
        images = artifacts.read_images(job.work)
        present = np.flatnonzero(images.present)
        features = artifacts.read_features(job.work, rows=len(images)).values
        last = artifacts.read_standing(job.work, artifacts.RECALLED)
        goes_on = len(last.cells) > 0
        space = Space(last.mean, last.axes) if goes_on else Reduction(self.components).space(features, present)
        vectors = space.of(features, present)
        neighbors = Exact(self.k)(vectors)
        artifacts.write_features(job.work, Features(_spread(vectors, present, len(features), 0)), artifacts.VECTORS)
        artifacts.write_space(job.work, space.mean, space.axes)
        artifacts.write_neighbors(job.work, _of_rows(neighbors, present, len(features)))
        return {"components": vectors.shape[1], "k": neighbors.index.shape[1]}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"{figures['k']} nearest of each, in {count_of(figures['components'], 'dimension')}"


def _of_rows(neighbors: Neighbors, present: np.ndarray, rows: int) -> Neighbors:
    """Return a graph of positions in `present` as one of rows; tombstones have no neighbours."""
    index = present.astype(np.int32)[neighbors.index]
    return Neighbors(_spread(index, present, rows, -1), _spread(neighbors.similarity, present, rows, 0))


def _spread(values: np.ndarray, present: np.ndarray, rows: int, filling: int) -> np.ndarray:
    """Return (rows, d) with `values` in the rows `present`, `filling` in the others."""
    spread = np.full((rows, *values.shape[1:]), filling, values.dtype)
    spread[present] = values
    return spread
