"""naming: clusters and what is known of their posters -> a name for each that has none.

Clusters are named as they were found, before anything that the user wants of them; one that was merged, split or kept
is named beside them. So an edit of clusters.toml changes the names of none but those that it makes anew, though no two
names are the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.methods.naming import Facts, Name, Namer
from mapmaker.model import Cluster, Origin
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class NamingStage(Inside):
    """Names clusters by decade, genre and words, else by colours; it has no options."""

    name: ClassVar[str] = "naming"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.CLUSTERS,
        artifacts.CURATED,
        artifacts.ORIGINS,
        artifacts.LOOKS,
        artifacts.SELECTION,
        "metadata.csv[title]",
        "metadata.csv[year]",
        "metadata.csv[tags]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.NAMES, artifacts.FOUND_NAMES)

    def run(self, job: Job) -> Figures:
        """Leave names that there are as they are: of the last map, or by hand."""
        count = len(artifacts.read_selection(job.work).rows)
        found = artifacts.read_clusters(job.work, count).clusters
        shown = artifacts.read_clusters(job.work, count, artifacts.CURATED).clusters
        namer = Namer(_facts(job))
        as_found = names_found(found, namer)
        names = names_shown(shown, artifacts.read_origins(job.work), as_found, namer)
        artifacts.write_names(job.work, {one.slug: as_found[one.slug] for one in found if not one.name}, FOUND)
        artifacts.write_names(job.work, names)
        for name, slugs in _same(shown, names):
            some = ", ".join(map(repr, slugs))
            job.progress.warn(f"{len(slugs)} clusters are called {name!r}: {some}; give them names of their own")
        return {
            "named": sum(bool(name) for name, _ in names.values()),
            "kept": sum(bool(one.name) for one in shown),
            "shades": sum(bool(shade) for _, shade in names.values()),
        }

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        kept = f", {figures['kept']:,} keep theirs" if figures["kept"] else ""
        return f"{count_of(figures['named'], 'cluster')} named{kept}, {figures['shades']:,} called by their colours"


FOUND = artifacts.FOUND_NAMES


def _facts(job: Job) -> Facts:
    rows = artifacts.read_selection(job.work).rows
    known, colors = artifacts.read_metadata(job.work), artifacts.read_looks(job.work).colors[rows]
    listed = rows.tolist()
    return Facts(
        [known.title[row] for row in listed],
        [known.year[row] for row in listed],
        [known.tags[row] for row in listed],
        colors,
    )


def names_found(found: Sequence[Cluster], namer: Namer) -> dict[str, Name]:
    """Return the names of clusters as they were found, by slug, those included that they have already."""
    nameless = [one for one in found if not one.name]
    made = namer.names([(one.members, one.medoid) for one in nameless], {one.name for one in found if one.name})
    given = {one.slug: name for one, name in zip(nameless, made, strict=True)}
    return {one.slug: given.get(one.slug, (one.name, "")) for one in found}


def names_shown(
    shown: Sequence[Cluster], origins: Sequence[Origin], found: Mapping[str, Name], namer: Namer
) -> dict[str, Name]:
    """Return the names, by slug, of those clusters of the map that have none of their own.

    `found`: what they were called as they were found. One that is whole is called so; others may be called as what they
    are made of, and as no other cluster is or was.
    """
    made_of = {one.slug: one for one in origins if one.is_shown}
    names: dict[str, Name] = {}
    made: list[str] = []
    for one in shown:
        origin = made_of.get(one.slug, Origin(one.slug, [one.slug]))
        if one.name:
            continue
        if origin.whole and origin.found[0] in found:
            names[one.slug] = found[origin.found[0]]
            continue
        others = [name for slug, pair in found.items() if slug not in origin.found for name in pair]
        names[one.slug] = namer.name(one.members, one.medoid, {*others, *made} - {""})
        made += names[one.slug]
    return names


def _same(shown: Sequence[Cluster], names: Mapping[str, Name]) -> list[tuple[str, list[str]]]:
    """Return names that several clusters have, because the user called one as another is, and the slugs of these."""
    called = {one.slug: one.name or names[one.slug][0] for one in shown}
    times = Counter(name for name in called.values() if name)
    return [(name, [slug for slug in called if called[slug] == name]) for name, count in times.items() if count > 1]
