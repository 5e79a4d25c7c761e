"""neighbors: features -> vectors of unit length, and each row's nearest rows."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.methods.hnsw import RECALL, Wiring
from mapmaker.methods.neighbors import Connected, Connection, Reduction, Space
from mapmaker.methods.reconnecting import reconnected
from mapmaker.model import Features, Floats, Neighbors, spread
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import plain


@dataclass(frozen=True)
class NeighborsStage(Inside):
    """Options of the neighbour graph. `components` of PCA, 0 for none; the others are those of `Connection`."""

    name: ClassVar[str] = "neighbors"
    version: ClassVar[int] = 5
    reads: ClassVar[tuple[str, ...]] = (artifacts.FEATURES, "images.csv[present]", artifacts.RECALLED)
    writes: ClassVar[tuple[str, ...]] = (artifacts.VECTORS, artifacts.NEIGHBORS, artifacts.SPACE)

    components: int = 64
    k: int = 90
    metric: str = "euclidean"
    method: str = "auto"
    links: int = 32
    ef_construction: int = 100
    ef_search: int = 128

    def __post_init__(self) -> None:
        Reduction(self.components)
        self._connection()

    def _connection(self) -> Connection:
        wiring = Wiring(self.links, self.ef_construction, self.ef_search)
        return Connection(self.k, self.metric, self.method, wiring)

    def run(self, job: Job) -> Figures:
        """Reduce and connect the images that are present, in the space of the map that this one goes on from."""
        images = artifacts.read_images(job.work)
        present = np.flatnonzero(images.present)
        features = artifacts.read_features(job.work, rows=len(images)).values
        last = artifacts.read_standing(job.work, artifacts.RECALLED)
        goes_on = len(last.cells) > 0
        space = Space(last.mean, last.axes) if goes_on else Reduction(self.components).space(features, present)
        vectors = space.of(features, present)
        connected = self._known(job, vectors, present) or self._connection()(vectors)
        artifacts.write_features(job.work, Features(spread(vectors, present, len(features), 0)), artifacts.VECTORS)
        artifacts.write_space(job.work, space.mean, space.axes)
        artifacts.write_neighbors(job.work, _of_rows(connected.neighbors, present, len(features)))
        if connected.recall < RECALL:
            job.progress.warn(_too_few_found(connected.recall))
        return {
            "components": vectors.shape[1],
            "k": connected.neighbors.index.shape[1],
            "method": connected.method,
            "recall": round(connected.recall, 4),
            "ef_search": connected.ef_search,
        }

    def _known(self, job: Job, vectors: Floats, present: np.ndarray) -> Connected | None:
        """Return the graph, the same as found anew, from that of the last run; None if that does not serve."""
        record = job.work.record(self.name)
        if record is None or record.figures.get("method") != "exact" or record.options != plain(self):
            return None
        if any(job.work.digest(name) != record.outputs.get(name) for name in self.writes):
            return None  # the user's own, or of a run that was killed
        last = artifacts.read_neighbors(job.work)
        before = artifacts.read_features(job.work, artifacts.VECTORS, len(last.index)).values
        if before.shape[1] != vectors.shape[1]:
            return None
        old = present[present < len(before)]
        same = np.zeros(len(present), bool)
        same[: len(old)] = (before[old] == vectors[: len(old)]).all(axis=1)
        same[: len(old)] &= (last.index[old] >= 0).all(axis=1)  # a row that was not there has no neighbours
        graph = reconnected(vectors, last.among(old), same, self.k)
        return Connected(graph, "exact") if graph is not None else None

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        told = f"{figures['k']} nearest of each, in {count_of(figures['components'], 'dimension')}"
        return told if figures.get("method") != "hnsw" else f"{told}, {_share(float(figures['recall']))} found"


def _too_few_found(recall: float) -> str:
    return (
        f"only {_share(recall)} of the nearest neighbours were found; give more neighbors.links and "
        "neighbors.ef_construction, or neighbors.method=exact"
    )


def _share(recall: float) -> str:
    """Return a share in percent, never more than it is."""
    return f"{math.floor(recall * 1000) / 10:.1f}%"


def _of_rows(neighbors: Neighbors, present: np.ndarray, rows: int) -> Neighbors:
    """Return a graph of positions in `present` as one of rows; tombstones have no neighbours."""
    index = present.astype(np.int32)[neighbors.index]
    index[neighbors.index < 0] = -1
    similarity = spread(neighbors.similarity, present, rows, 0)
    return Neighbors(spread(index, present, rows, -1), similarity, neighbors.metric)
