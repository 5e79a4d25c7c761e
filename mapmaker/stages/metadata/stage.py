"""The stage: reads the user's table, joins it with the images, tells what did not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.errors import MetadataError
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.stages.metadata.join import join
from mapmaker.tables import Table, check_format, read_table


@dataclass(frozen=True)
class MetadataStage(Inside):
    """Joins the user's table; it has no options."""

    name: ClassVar[str] = "metadata"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("images.csv[path]", "images.csv[present]")
    writes: ClassVar[tuple[str, ...]] = (artifacts.METADATA,)

    def check(self, job: Job) -> None:
        """What reads the table's format must be installed."""
        if job.metadata is not None:
            check_format(job.metadata)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The user's table."""
        if job.metadata is not None and not job.metadata.is_file():
            raise MetadataError(f"no metadata file {job.metadata}")
        return {"table": job.metadata}

    def intact(self, job: Job) -> bool:  # noqa: ARG002 - the protocol's
        """Nothing can be missing."""
        return True

    def run(self, job: Job) -> Figures:
        """Read, join, write; say what did not fit."""
        images = artifacts.read_images(job.work)
        table = read_table(job.metadata) if job.metadata else Table((), (), ())
        metadata, matched, oddities = join(table, images)
        for oddity in (*table.oddities, *oddities):
            job.progress.warn(f"{job.metadata}: {oddity}")
        artifacts.write_metadata(job.work, metadata)
        return {"rows": len(table.rows), "matched": matched, "posters": int(images.present.sum())}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if not figures["rows"]:
            return "titles from file names"
        matched = figures["matched"]
        return f"{matched:,} of {count_of(figures['posters'], 'poster')} {'has' if matched == 1 else 'have'} a row"
