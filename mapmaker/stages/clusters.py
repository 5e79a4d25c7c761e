"""clusters: points and likeness -> groups of posters that stand out, the clearest themes first.

They have slugs, and no names yet. What the user wants of them is for `curate`: here they are as they are found.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.methods.clusterings import CLUSTERINGS, Clustering
from mapmaker.methods.clusterings.evening import COMPONENTS, even
from mapmaker.methods.clusterings.refining import members_of
from mapmaker.methods.clusterings.telling import Teller
from mapmaker.methods.neighbors import Reduction, given_features
from mapmaker.model import Cluster, Clusters, Floats, Ints, Layout, Standing
from mapmaker.options import build, make_method, method_field
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import fingerprint

NEAREST = 5
"""Points whose cluster a new poster joins, if most of them are in it."""


@dataclass(frozen=True)
class ClustersStage(Inside):
    """Options of the clusters: the method and its own."""

    name: ClassVar[str] = "clusters"
    version: ClassVar[int] = 7
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.LAYOUT,
        artifacts.FEATURES,
        artifacts.VECTORS,
        artifacts.LOOKS,
        artifacts.SELECTION,
        artifacts.RECALLED,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.CLUSTERS,)

    method: Clustering = method_field(CLUSTERINGS, "dbscan")

    def run(self, job: Job) -> Figures:
        """Find, number, write; where the last map stands, its clusters go on."""
        posters = artifacts.read_posters(job.work)
        tell = Teller(posters)
        last = artifacts.recalled(job.work)
        made = fingerprint({"clusters": self})
        if last.held.any() and last.grouping == made:
            clusters = continued(joined(posters.points, last), last.clusters)
            clusters = replace(clusters, clusters=tell(clusters.clusters))
        else:
            clusters = numbered(self.method(posters.points, even(posters.values, posters.rows)))
            clusters = inherited(themes_first(replace(clusters, clusters=tell(clusters.clusters))), last)
        clusters = replace(clusters, made=made)
        artifacts.write_clusters(job.work, clusters)
        clustered = int((clusters.labels >= 0).sum())
        return {"clusters": len(clusters.clusters), "posters": clustered}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        hold = "holds" if figures["clusters"] == 1 else "hold"
        return f"{count_of(figures['clusters'], 'cluster')} {hold} {count_of(figures['posters'], 'poster')}"


def themes_first(clusters: Clusters) -> Clusters:
    """Return the same, those of the clearest theme first, their slugs the numbers from 1."""
    order = sorted(range(len(clusters.clusters)), key=lambda label: -clusters.clusters[label].theme)
    place = np.full(len(order) + 1, -1, np.int32)  # one more, so that -1 stays -1
    place[order] = np.arange(len(order))
    sorted_ = [replace(clusters.clusters[label], slug=str(number)) for number, label in enumerate(order, 1)]
    return replace(clusters, labels=place[clusters.labels], clusters=sorted_)


def joined(points: Floats, last: Standing) -> Ints:
    """Return the labels that stand, and for each new poster that of most of the `NEAREST` points around it."""
    from scipy.spatial import cKDTree

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
    members = dict(zip(np.unique(labels[labels >= 0]).tolist(), members_of(labels), strict=True))
    place = np.full(len(clusters) + 1, -1, np.int32)  # one more, so that -1 stays -1
    place[list(members)] = np.arange(len(members))
    return Clusters(place[labels], [Cluster(clusters[i][0], clusters[i][1], found) for i, found in members.items()])


def inherited(clusters: Clusters, last: Standing) -> Clusters:
    """Return `clusters` with slug and name of those of the last map whose members most of them are; others get new.

    Where no map stands, they keep those that they have.
    """
    if not last.held.any():
        return clusters
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
    renamed = [replace(one, slug=slug, name=name) for (slug, name), one in zip(named, clusters.clusters, strict=True)]
    return replace(clusters, clusters=renamed)


def cluster(
    points: Floats,
    values: Floats | None = None,
    method: str = "dbscan",
    *,
    components: int = COMPONENTS,
    **options: object,
) -> Ints:
    """Return (n,) int32 labels of (n, 2) points: 0 for the largest cluster and so on, -1 for none.

    `values`: (n, d) features, evened out (docs/clusters.md), of so many `components` (0: as they are, at unit length);
    with them, clusters are found at many scales, those that stand out in likeness, without them at one. `method`:
    "dbscan" (options `smallest`, `eps`, `contrast`, `refine`), "hdbscan" (`smallest`, `selection`, `refine`), "none".
    ArtifactError for points that are not (n, 2) and finite, and values that are not of as many rows; OptionError for
    options.
    """
    clustering: Clustering = make_method(CLUSTERINGS, method, options, "clusters.method")
    reduction = build(Reduction, {"components": components}, "clusters")
    held = Layout(np.ascontiguousarray(points, np.float32)).points
    if values is None:
        return clustering(held)
    given = given_features(values)
    if len(given) != len(held):
        raise ArtifactError(f"{len(held):,} points for {len(given):,} rows of features")
    if not components:
        return clustering(held, reduction(given))
    return clustering(held, even(given, np.arange(len(given)), components=components))


def numbered(labels: Ints) -> Clusters:
    """Return the clusters that `labels` tell, without names, their slugs the numbers from 1."""
    clusters = [Cluster(str(number), "", members) for number, members in enumerate(members_of(labels), 1)]
    return Clusters(labels.astype(np.int32), clusters)
