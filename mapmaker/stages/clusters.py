"""clusters: points -> groups of posters that lie close, each with a slug, the larger first. They have no names yet."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.methods.clusterings import CLUSTERINGS, Clustering
from mapmaker.model import Cluster, Clusters, Floats, Ints, Layout
from mapmaker.options import make_method, method_field
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class ClustersStage(Inside):
    """Options of the clusters: the method and its own."""

    name: ClassVar[str] = "clusters"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = (artifacts.LAYOUT,)
    writes: ClassVar[tuple[str, ...]] = (artifacts.CLUSTERS,)

    method: Clustering = method_field(CLUSTERINGS, "dbscan")

    def run(self, job: Job) -> Figures:
        """Find, number, write."""
        clusters = numbered(self.method(artifacts.read_layout(job.work).points))
        artifacts.write_clusters(job.work, clusters)
        clustered = int((clusters.labels >= 0).sum())
        return {"clusters": len(clusters.clusters), "posters": clustered}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        hold = "holds" if figures["clusters"] == 1 else "hold"
        return f"{count_of(figures['clusters'], 'cluster')} {hold} {count_of(figures['posters'], 'poster')}"


def cluster(
    points: Floats,
    values: Floats | None = None,  # noqa: ARG001 - for methods that look at features too
    method: str = "dbscan",
    **options: object,
) -> Ints:
    """Return (n,) int32 labels of (n, 2) points: 0 for the largest cluster and so on, -1 for none.

    `method`: "dbscan" (options `eps`, found from the points unless given, and `smallest`). `values`: (n, d) features,
    which DBSCAN does not look at. ArtifactError for points that are not (n, 2) and finite.
    """
    clustering: Clustering = make_method(CLUSTERINGS, method, options, "clusters.method")
    return clustering(Layout(np.ascontiguousarray(points, np.float32)).points)


def numbered(labels: Ints) -> Clusters:
    """Return the clusters that `labels` tell, without names, their slugs the numbers from 1."""
    count = int(labels.max(initial=-1)) + 1
    members = [np.flatnonzero(labels == label).astype(np.int32) for label in range(count)]
    clusters = [Cluster(str(i + 1), "", m) for i, m in enumerate(members)]
    return Clusters(labels.astype(np.int32), clusters)
