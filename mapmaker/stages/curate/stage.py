"""The stage itself: reads clusters.toml, if there is one, and makes of the clusters what it says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE, Curation, read_curation
from mapmaker.errors import CurationError
from mapmaker.methods.clusterings.telling import Teller
from mapmaker.model import Clusters, Origin
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.stages.curate.recognition import recognised
from mapmaker.stages.curate.shaping import shaped
from mapmaker.stages.curate.wishes import Wishes, resolved
from mapmaker.workspace import file_digest


@dataclass(frozen=True)
class CurateStage(Inside):
    """Options of curation. `file`: what is wanted of clusters, instead of clusters.toml in the folder of images."""

    name: ClassVar[str] = "curate"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[id]",
        "images.csv[path]",
        "images.csv[present]",
        artifacts.REJECTS,
        artifacts.SELECTION,
        artifacts.CLUSTERS,
        artifacts.LAYOUT,
        artifacts.FEATURES,
        artifacts.VECTORS,
        artifacts.LOOKS,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.CURATED, artifacts.ORIGINS)

    file: Path | None = None

    def check(self, job: Job) -> None:
        """The file must be there if it is given, and say what can be meant."""
        if self.file is not None and not self.file.is_file():
            raise CurationError(f"no file {self.file}; give one that is there with curate.file")
        self._curation(job)

    def outside(self, job: Job) -> Mapping[str, object]:
        """What the file in the folder of images says; of one that is given the options tell."""
        file = self._file(job)
        return {CLUSTERS_FILE: file_digest(file) if file is not None and self.file is None else None}

    def run(self, job: Job) -> Figures:
        """Take over what was found, change what is to be otherwise, tell anew of what has other members, write."""
        selection = artifacts.read_selection(job.work)
        found = artifacts.read_clusters(job.work, len(selection.rows))
        curation = self._curation(job)
        if curation is None:
            clusters, origins = found, [Origin(one.slug, [one.slug]) for one in found.clusters]
        else:
            images, rejects = artifacts.read_images(job.work), artifacts.read_rejects(job.work)
            wanted = resolved(curation, images, selection, rejects)
            clusters, origins = _curated(job, found, wanted)
            for warning in (*wanted.warnings, *_by_number(curation)):
                job.progress.warn(warning)
        artifacts.write_clusters(job.work, clusters, artifacts.CURATED)
        artifacts.write_origins(job.work, origins)
        return {
            "file": curation.file.name if curation is not None else "",
            "tables": len(curation.tables) if curation is not None else 0,
            "clusters": len(clusters.clusters),
            "changed": sum(bool(one.done) and one.is_shown for one in origins),
            "dropped": sum(one.dropped for one in origins),
        }

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if not figures["changed"] and not figures["dropped"]:
            return f"{count_of(figures['clusters'], 'cluster')} as found"
        told = f"{count_of(figures['clusters'], 'cluster')}, {figures['changed']:,} as {figures['file']} wants"
        return f"{told}, {figures['dropped']:,} dropped" if figures["dropped"] else told

    def _file(self, job: Job) -> Path | None:
        here = job.images / CLUSTERS_FILE
        return self.file or (here if os.path.lexists(here) else None)  # a link that leads nowhere is told

    def _curation(self, job: Job) -> Curation | None:
        file = self._file(job)
        return read_curation(file) if file is not None else None


def _curated(job: Job, found: Clusters, wanted: Wishes) -> tuple[Clusters, list[Origin]]:
    """Return the clusters that are wanted, and where they come from."""
    posters = artifacts.read_posters(job.work)
    made = shaped(found, recognised(found, wanted), wanted, posters.points, posters.vectors)
    clusters = list(made.clusters)
    if any(made.changed):
        tell = Teller(posters)
        told = iter(tell([one for one, changed in zip(clusters, made.changed, strict=True) if changed]))
        clusters = [next(told) if changed else one for one, changed in zip(clusters, made.changed, strict=True)]
    labels = np.full(len(found.labels), -1, np.int32)
    for label, cluster in enumerate(clusters):
        labels[cluster.members] = label
    return replace(found, labels=labels, clusters=clusters), list(made.origins)


def _by_number(curation: Curation) -> list[str]:
    """Return a warning of clusters that are named by a number which a fresh layout would give to another one."""
    known = {table.slug for table in curation.tables if table.posters}
    known |= {slug for table in curation.tables for slug in table.part_slugs[1:]}
    named = [(table.slug, table.line) for table in curation.tables]
    named += [(word.text, word.line) for table in curation.tables for word in table.merge]
    bare = {slug: line for slug, line in sorted(named, key=lambda one: -one[1]) if slug not in known}
    if not bare:
        return []
    first = sorted(bare, key=bare.__getitem__)
    slugs = ", ".join(map(repr, first[:3])) + (", ..." if len(first) > 3 else "")
    what = "a fresh layout numbers clusters anew; give them tables with posters, by which they are known again"
    return [curation.warning(bare[first[0]], f"{slugs}: known by number alone, and {what}")]
