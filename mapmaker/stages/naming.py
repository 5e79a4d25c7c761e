"""naming: clusters and what is known of their posters -> a name for each that has none."""

from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.methods.naming import Facts, names
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class NamingStage(Inside):
    """Names clusters by decade, genre and words, else by colours; it has no options."""

    name: ClassVar[str] = "naming"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.CURATED,
        artifacts.LOOKS,
        artifacts.SELECTION,
        "metadata.csv[title]",
        "metadata.csv[year]",
        "metadata.csv[tags]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.NAMES,)

    def run(self, job: Job) -> Figures:
        """Leave names that there are as they are: of the last map, or by hand."""
        rows = artifacts.read_selection(job.work).rows
        clusters = artifacts.read_clusters(job.work, len(rows), artifacts.CURATED).clusters
        known, colors = artifacts.read_metadata(job.work), artifacts.read_looks(job.work).colors[rows]
        listed = rows.tolist()
        facts = Facts(
            [known.title[row] for row in listed],
            [known.year[row] for row in listed],
            [known.tags[row] for row in listed],
            colors,
        )
        nameless = [one for one in clusters if not one.name]
        taken = {one.name for one in clusters if one.name}
        found = names([(one.members, one.medoid) for one in nameless], facts, taken)
        artifacts.write_names(job.work, {one.slug: pair for one, pair in zip(nameless, found, strict=True)})
        return {
            "named": sum(bool(name) for name, _ in found),
            "kept": len(taken),
            "shades": sum(bool(shade) for _, shade in found),
        }

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        kept = f", {figures['kept']:,} keep theirs" if figures["kept"] else ""
        return f"{count_of(figures['named'], 'cluster')} named{kept}, {figures['shades']:,} called by their colours"
