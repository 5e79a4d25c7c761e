"""remember: the map that was just finished -> what the next one can go on from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.model import Standing, spread
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class RememberStage(Inside):
    """Keeps where posters stand, and clusters as they were found, whatever the user makes of them; it has no options.

    It runs when the site is in its place.
    """

    name: ClassVar[str] = "remember"
    version: ClassVar[int] = 5
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[id]",
        "images.csv[sha256]",
        artifacts.SELECTION,
        artifacts.LAYOUT,
        artifacts.ARRANGEMENT,
        artifacts.CLUSTERS,
        artifacts.FOUND_NAMES,
        artifacts.SPACE,
        artifacts.RECALLED,
        artifacts.FORMER,
        artifacts.LIKENESS,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.STANDING,)

    def outside(self, job: Job) -> Mapping[str, object]:
        """How posters are placed, which an option may say anew without moving anyone."""
        return {"basis": job.basis}

    def run(self, job: Job) -> Figures:
        """Spread what is known of selected rows over all rows."""
        work = job.work
        images = artifacts.read_images(work)
        selection = artifacts.read_selection(work)
        rows, total = selection.rows, len(selection.verdict)
        arrangement = artifacts.read_arrangement(work, len(rows))
        clusters = artifacts.read_clusters(work, len(rows))
        names = artifacts.read_names(work, artifacts.FOUND_NAMES)
        before = artifacts.read_standing(work, artifacts.RECALLED)
        mean, axes = artifacts.read_space(work)
        likeness = artifacts.read_likeness(work)
        late = np.zeros(total, bool)
        if len(before.cells):
            late[:] = before.of(np.arange(total)).late
        standing = Standing(
            points=spread(artifacts.read_layout(work, len(rows)).points, rows, total, np.nan),
            cells=spread(arrangement.cells.astype(np.int32), rows, total, -1),
            columns=arrangement.columns,
            rows=arrangement.rows,
            labels=spread(clusters.labels, rows, total, -1),
            clusters=[(one.slug, one.name or names.get(one.slug, ("", ""))[0]) for one in clusters.clusters],
            late=late,
            mean=mean,
            axes=axes,
            basis=job.basis,
            grouping=clusters.made,
            contents=images.contents(),
            fresh=np.nan if likeness.fresh is None else likeness.fresh,
            ids=images.id,
        )
        former = artifacts.read_standing(work, artifacts.FORMER)
        if len(former.cells):
            standing = with_those_away(standing, former.of(np.arange(total)))
        artifacts.write_standing(work, standing)
        return {"posters": len(rows)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"the places of {count_of(figures['posters'], 'poster')}, for the next map to go on from"


def with_those_away(standing: Standing, former: Standing) -> Standing:
    """Return `standing` with the places of those who are not on it and had one on the `former` map, or since before.

    A place is kept for as long as nobody takes it. A cluster that is no more is not kept for them.
    """
    taken = {tuple(cell) for cell in standing.cells[standing.held].tolist()}
    placed = (former.cells[:, 0] >= 0) & ~standing.held
    away = placed & [tuple(cell) not in taken for cell in former.cells.tolist()]
    index = {slug: i for i, (slug, _) in enumerate(standing.clusters)}
    label = np.array([*(index.get(slug, -1) for slug, _ in former.clusters), -1], np.int32)  # the last for -1
    return replace(
        standing,
        points=np.where(away[:, None], former.points, standing.points),
        cells=np.where(away[:, None], former.cells, standing.cells),
        labels=np.where(away, label[former.labels], standing.labels),
        late=np.where(away, former.late, standing.late),
        away=away,
    )
