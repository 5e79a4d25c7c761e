"""The clusters of a finished map: listed, one shown with its posters, written down to be curated.

`mapmaker clusters` prints what these return. Who lists and shows reads the work folder alone; who writes clusters.toml
reads that, too, where it is there.
"""

import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.curation import CLUSTERS_FILE, Sketch, appended, read_curation
from mapmaker.errors import CurationError, OptionError, OutputError, near
from mapmaker.finished import FinishedMap, read_finished, read_map
from mapmaker.model import Cluster, Origin
from mapmaker.shelves import folded
from mapmaker.workspace import check_makable, replacing

TYPICAL = 5
"""Posters by which a cluster is known again."""


@dataclass(frozen=True)
class ClusterEntry:
    """A cluster in a list.

    `name`: "" while it has none; `called`: what it is called then. `posters`: how many; `theme`, `cohesion`,
    `contrast`: see docs/clusters.md; `typical`: the title, or path, of the poster that is most like all of it, "" if
    nobody knows. `line`: of clusters.toml at the last build, 0 for none; `done`: what that file made of it, in words;
    `note`: what it says.
    """

    slug: str
    name: str
    called: str
    posters: int
    theme: float
    cohesion: float
    contrast: float
    typical: str
    line: int
    done: Sequence[str]
    note: str


@dataclass(frozen=True)
class HiddenCluster:
    """A cluster that is not on the map by the user's word: `why`, in words, and the `line`, 0 where none names it."""

    slug: str
    line: int
    why: str


@dataclass(frozen=True)
class Inventory:
    """The clusters of a map, those that are not on it, and the name of the `file` that says so."""

    clusters: Sequence[ClusterEntry]
    hidden: Sequence[HiddenCluster]
    file: str


@dataclass(frozen=True)
class Member:
    """A poster of a cluster."""

    id: str
    path: str
    title: str
    year: int | None


@dataclass(frozen=True)
class ShownCluster:
    """A cluster and its posters, the most typical first; `file`: the name of that which `line` and `done` are of."""

    cluster: ClusterEntry
    members: Sequence[Member]
    file: str


@dataclass(frozen=True)
class Written:
    """The file that is to be edited, how many tables were `added`, and how many it had `before`."""

    file: Path
    added: int
    before: int


SORTS: Mapping[str, Callable[[ClusterEntry], object]] = {
    "interest": lambda _: 0,
    "size": lambda one: -one.posters,
    "name": lambda one: (not one.name, folded(one.called)),
}
"""Orders of a list: as clusters stand, the clearest themes first, as they were found; the largest; or by name, those
without behind."""


def list_clusters(work: str | Path, sort: str = "interest") -> Inventory:
    """Return the clusters of the finished map of the folder `work`.

    `sort`: "interest", the clearest themes first; "size", the largest; "name". ArtifactError if there is no finished
    map, OptionError for another order.
    """
    if sort not in SORTS:
        raise OptionError(f"sort = {sort!r} is not known: {near(sort, SORTS)}")
    found = read_finished(Path(work))
    entries = [_entry(one, found) for one in found.clusters.clusters]
    hidden = [HiddenCluster(one.slug, one.line, "; ".join(one.done)) for one in found.origins if not one.is_shown]
    ranked = sorted(entries, key=SORTS[sort])  # type: ignore[arg-type]  # each key sorts
    return Inventory(ranked, hidden, found.curated_by)


def show_cluster(work: str | Path, slug: str) -> ShownCluster:
    """Return the cluster `slug` of the finished map of the folder `work`, with its posters.

    ArtifactError if there is no finished map, OptionError, which says what became of it, if it has no such cluster.
    """
    found = read_finished(Path(work))
    cluster = found.cluster(slug)
    images, metadata = found.images, found.metadata
    members = [
        Member(images.id[row], images.path[row], metadata.title[row], metadata.year[row])
        for row in found.typical_rows(cluster)
    ]
    return ShownCluster(_entry(cluster, found), members, found.curated_by)


def init_clusters(work: str | Path, out: str | Path | None = None, images: str | Path | None = None) -> Written:
    """Write clusters.toml for the finished map of the folder `work`, or add tables for clusters that have none in it.

    What the file holds stays as it is, to the byte, and what is added changes nothing. `out`: the file, clusters.toml
    in the folder of images unless told; `images`: that folder, if it is no more where the map was built from.
    ArtifactError if there is no finished map, ImagesError for a folder of images that is not there, CurationError for
    a file that is no such, OutputError where it cannot be written.
    """
    place = None if images is None else Path(images)
    found = read_finished(Path(work), place) if out is not None else read_map(Path(work), place)
    file = (Path(out) if out is not None else found.folder / CLUSTERS_FILE).resolve()
    there = file.exists()
    tables = read_curation(file).tables if there else ()
    before = file.read_bytes() if there else b""
    known = {slug for table in tables for slug in (table.slug, *table.part_slugs)}
    known |= {one.slug for one in found.origins if one.line}
    new = [one for one in found.clusters.clusters if one.slug not in known]
    content = appended(before, [_sketch(one, found) for one in new])
    _check_added(file, content)
    if content != before:
        _write(file, content)
    return Written(file, len(new), len(tables))


def _entry(cluster: Cluster, found: FinishedMap) -> ClusterEntry:
    origin = next((one for one in found.origins if one.slug == cluster.slug), Origin(cluster.slug, []))
    typical = _title(found, found.rows[cluster.medoid]) if cluster.medoid >= 0 else ""
    return ClusterEntry(
        cluster.slug,
        cluster.name,
        cluster.called,
        len(cluster.members),
        cluster.theme,
        cluster.cohesion,
        cluster.contrast,
        typical,
        origin.line,
        origin.done,
        cluster.note,
    )


def _sketch(cluster: Cluster, found: FinishedMap) -> Sketch:
    rows = found.typical_rows(cluster)[:TYPICAL]
    ids, titles = [found.images.id[row] for row in rows], [_title(found, row) for row in rows]
    return Sketch(cluster.slug, cluster.called, len(cluster.members), ids, titles)


def _title(found: FinishedMap, row: int) -> str:
    return found.metadata.title[row] or found.images.path[row]


def _check_added(file: Path, content: bytes) -> None:
    """Raise for a file to which no table can be added."""
    try:
        tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except ValueError as error:
        how = "write each cluster as [cluster.SLUG] on a line, with what is wanted below"
        raise CurationError(f"{file}: behind `cluster = {{...}}` no table can be added; {how}") from error


def _write(file: Path, content: bytes) -> None:
    """Write all or nothing; who may read the file stays so."""
    try:
        check_makable(file.parent)
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            temporary.write_bytes(content)
            if file.exists():
                shutil.copymode(file, temporary)
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror or error}; give another place with --out") from error
