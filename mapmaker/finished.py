"""A work folder -> the finished map in it, for whoever tells of it or draws from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE
from mapmaker.errors import ArtifactError, ImagesError, OptionError, near_cluster
from mapmaker.model import Arrangement, Cluster, Clusters, Features, Floats, Images, Metadata, Origin
from mapmaker.workspace import Workspace

_MADE_FROM = ("raster", "compose")
"""Stages whose records tell what the finished map was made from."""


@dataclass(frozen=True)
class Original:
    """A file of the user's: its path below `folder`, and the SHA-256 that it had when the map was made."""

    path: str
    folder: Path
    sha256: str

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.folder / self.path


@dataclass(frozen=True)
class FinishedMap:
    """A map: row i of arrangement and clusters is the image `rows[i]`."""

    source: Path | None
    """The folder of images, None if nobody knows it."""
    work: Path
    images: Images
    rows: Sequence[int]
    metadata: Metadata
    arrangement: Arrangement
    clusters: Clusters
    origins: Sequence[Origin]
    """Of the clusters, and of those that the user dropped or merged into others."""
    curated_by: str
    """The name of the file that says what is wanted of clusters."""
    features: Features
    """The vectors of all images, not of `rows` alone; they stay in their file until they are looked at."""
    aspect: float
    """Height / width of a cell: the posters' median."""

    @cached_property
    def folder(self) -> Path:
        """The folder of images. ImagesError if nobody knows it, or it is none."""
        if self.source is None:
            raise ImagesError(f"{self.work} does not say where its images are; give their folder with --images")
        if not self.source.is_dir():
            raise ImagesError(f"no folder {self.source}; give the folder of the map's images with --images")
        return self.source

    def original(self, selected: int) -> Original:
        """Return the file of a selected row."""
        row = self.rows[selected]
        return Original(self.images.path[row], self.folder, self.images.sha256[row])

    def vectors(self, cluster: Cluster) -> Floats:
        """Return (m, d) the vectors of the cluster's members."""
        return self.features.values[[self.rows[selected] for selected in cluster.members.tolist()]]

    def typical_rows(self, cluster: Cluster) -> list[int]:
        """Return the images that are the cluster's members, the most typical first."""
        return [self.rows[selected] for selected in cluster.members[typical(self.vectors(cluster))].tolist()]

    def cluster(self, slug: str) -> Cluster:
        """Return the cluster of that slug. OptionError if there is none, which says what became of it, or is near."""
        by_slug = {cluster.slug: cluster for cluster in self.clusters.clusters}
        if slug not in by_slug:
            raise OptionError(f"no cluster {slug!r}: {self._fate(slug) or near_cluster(slug, list(by_slug))}")
        return by_slug[slug]

    def _fate(self, slug: str) -> str:
        """Return what became of a cluster that was found, or has a table, and is not on the map; "" if it never was."""
        by_slug = {origin.slug: origin for origin in self.origins}
        made_of = sorted((one for one in self.origins if slug in one.found), key=lambda one: len(one.found))
        origin = by_slug.get(slug) or next(iter(made_of), None)
        if origin is None:
            return ""
        called = "" if origin.slug == slug else f"it is called {origin.slug}"
        fate = "" if origin.is_shown else "; ".join(origin.done)
        into, lines = origin, [origin.line]
        while into.into in by_slug:
            into = by_slug[into.into]
            lines.append(into.line)
        if origin.into:
            fate = f"it is part of {into.slug}"
        line = next((line for line in reversed(lines) if line), 0)
        by = f", by line {line:,} of {self.curated_by}" if line else f", by {self.curated_by}"
        return f"{', '.join(filter(None, (called, fate)))}{by}"


class Held(Workspace):
    """A work folder that is read, and nothing else: no lock is taken, and no digest kept.

    Those that builds keep are gone by. ArtifactError if there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not folder.is_dir():
            raise ArtifactError(f"no work folder {folder}; give that of a map you have built with --work")
        self._check_ours()
        self._recall_digests()

    def _keep_digests(self) -> None:
        """Keep nothing."""


def read_finished(work: Path, images: Path | None = None) -> FinishedMap:
    """Return the finished map in the folder `work`. ArtifactError if there is none.

    `images` is the folder of images, None for the one that the map was built from; it is not looked for.
    """
    held = Held(work)
    check_finished(held)
    table = artifacts.read_images(held)
    rows = artifacts.read_selection(held, len(table)).rows
    found = FinishedMap(
        source=images or artifacts.read_source(held),
        work=work,
        images=table,
        rows=rows.tolist(),
        metadata=artifacts.read_metadata(held, len(table)),
        arrangement=artifacts.read_arrangement(held, len(rows)),
        clusters=artifacts.read_named(held, len(rows)),
        origins=artifacts.read_origins(held),
        curated_by=_curated_by(held),
        features=artifacts.read_features(held, artifacts.VECTORS, len(table)),
        aspect=table.aspect(rows),
    )
    check_finished(held)  # a build may have begun meanwhile
    return found


def _curated_by(held: Workspace) -> str:
    record = held.record("curate")
    return str(record.figures.get("file") or CLUSTERS_FILE) if record is not None else CLUSTERS_FILE


def read_map(work: Path, images: Path | None) -> FinishedMap:
    """Return the same for who draws from its images. ImagesError if they are not there."""
    found = read_finished(work, images)
    _ = found.folder  # looked for now, before anything is done
    return found


def typical(vectors: Floats) -> NDArray[np.int64]:
    """Return the order of vectors (m, d) by their distance from their mean, the nearest first."""
    values = vectors.astype(np.float64)
    order: NDArray[np.int64] = np.argsort(((values - values.mean(axis=0)) ** 2).sum(axis=1), kind="stable")
    return order


def check_finished(held: Workspace) -> None:
    """Raise ArtifactError unless the artefacts are those that the last map was made from."""
    for stage in _MADE_FROM:
        record = held.record(stage)
        if record is None or not record.fingerprint:
            raise ArtifactError(f"{held.folder} holds no finished map; finish it with: mapmaker build")
        for part, digest in record.inputs.items():
            if artifacts.part_digest(held, part) != digest:
                name = part.partition("[")[0]
                raise ArtifactError(
                    f"{held.folder / name} is not what the map was made from; bring it up to date with: mapmaker build"
                )
