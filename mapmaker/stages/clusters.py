"""clusters: points -> groups of posters that lie close, each with a slug, the larger first. They have no names yet."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.spatial import cKDTree

from mapmaker import artifacts
from mapmaker.methods.clusterings import CLUSTERINGS, Clustering
from mapmaker.model import Cluster, Clusters, Floats, Ints, Layout, Standing
from mapmaker.options import make_method, method_field
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import fingerprint

NEAREST = 5
"""Points whose cluster a new poster joins, if most of them are in it."""


@dataclass(frozen=True)
class ClustersStage(Inside):
    """Options of the clusters: the method and its own."""

    name: ClassVar[str] = "clusters"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (artifacts.LAYOUT, artifacts.SELECTION, artifacts.RECALLED)
    writes: ClassVar[tuple[str, ...]] = (artifacts.CLUSTERS,)

    method: Clustering = method_field(CLUSTERINGS, "dbscan")

    def run(self, job: Job) -> Figures:
        """Find, number, write; where the last map stands, its clusters go on."""
        points = artifacts.read_layout(job.work).points
        last = artifacts.recalled(job.work)
        made = fingerprint({"clusters": self})
        if last.held.any() and last.grouping == made:
            clusters = continued(joined(points, last), last.clusters)
        else:
            clusters = numbered(self.method(points))
            clusters = inherited(clusters, last) if last.held.any() else clusters
        clusters = replace(clusters, made=made)
        artifacts.write_clusters(job.work, clusters)
        clustered = int((clusters.labels >= 0).sum())
        return {"clusters": len(clusters.clusters), "posters": clustered}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        hold = "holds" if figures["clusters"] == 1 else "hold"
        return f"{count_of(figures['clusters'], 'cluster')} {hold} {count_of(figures['posters'], 'poster')}"


def joined(points: Floats, last: Standing) -> Ints:
    """Return the labels that stand, and for each new poster that of most of the `NEAREST` points around it."""
    labels = last.labels.copy()
    old, new = np.flatnonzero(last.held), np.flatnonzero(~last.held)
    if len(new):
        _, near = cKDTree(points[old]).query(points[new], k=min(NEAREST, len(old)))
        around = labels[old[near.reshape(len(new), -1)]]
        votes = (around[:, :, None] == around[:, None, :]).sum(axis=2)
        most = around[np.arange(len(new)), votes.argmax(axis=1)]
        labels[new] = np.where(2 * votes.max(axis=1) > around.shape[1], most, -1)
    return labels


def continued(labels: Ints, clusters: Sequence[tuple[str, str]]) -> Clusters:
    """Return the clusters (slug, name) that still have members, in the same order."""
    members = {i: np.flatnonzero(labels == i).astype(np.int32) for i in np.unique(labels[labels >= 0])}
    place = np.full(len(clusters) + 1, -1, np.int32)  # one more, so that -1 stays -1
    place[list(members)] = np.arange(len(members))
    return Clusters(place[labels], [Cluster(clusters[i][0], clusters[i][1], found) for i, found in members.items()])


def inherited(clusters: Clusters, last: Standing) -> Clusters:
    """Return `clusters` with slug and name of those of the last map whose members most of them are; others get new."""
    taken: dict[str, str] = {}
    given: list[tuple[str, str] | None] = []
    for one in clusters.clusters:
        before = last.labels[one.members]
        label, count = max(zip(*np.unique(before, return_counts=True), strict=True), key=lambda pair: pair[1])
        heir = label >= 0 and 2 * count > len(one.members) and 2 * count > (last.labels == label).sum()
        given.append(last.clusters[label] if heir else None)
        if heir:
            taken.update([last.clusters[label]])
    free = (str(number) for number in itertools.count(1) if str(number) not in {*taken, *dict(last.clusters)})
    named = [pair or (next(free), "") for pair in given]
    return Clusters(
        clusters.labels,
        [Cluster(slug, name, one.members) for (slug, name), one in zip(named, clusters.clusters, strict=True)],
    )


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
