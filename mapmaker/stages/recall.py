"""recall: the last finished map -> what this one goes on from: points, cells, clusters, and where likeness is told.

The last map is the one input that no fingerprint holds: it is looked up when the posters have changed, and what was
found then is an artefact like any other. So a build that is killed and run again goes on from the same map, and one
without a change finds nothing to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.model import Standing
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import Workspace


@dataclass(frozen=True)
class RecallStage(Inside):
    """Goes on from the last map, if it was made the same way; it has no options."""

    name: ClassVar[str] = "recall"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.FEATURES,
        "images.csv[id]",
        "images.csv[present]",
        "images.csv[sha256]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.RECALLED, artifacts.FORMER)

    def outside(self, job: Job) -> Mapping[str, object]:
        """How posters are placed."""
        return {"basis": job.basis}

    def run(self, job: Job) -> Figures:
        """Take over what stands of the posters that are still there."""
        images = artifacts.read_images(job.work)
        present = images.present
        numbers = artifacts.read_features(job.work).values.shape[1]
        last = in_rows(_last(job), images.id)
        standing = recalled(last, present, job.basis, numbers)
        kept = int(standing.held.sum())
        if last.held.any() and not kept:
            job.progress.note(_why_anew(last, job.basis))
        artifacts.write_standing(job.work, standing, artifacts.RECALLED)
        artifacts.write_standing(job.work, last if kept else Standing.nothing(), artifacts.FORMER)
        return {"kept": kept, "new": int(present.sum()) - kept}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if not figures["kept"]:
            return "nothing to go on from: a fresh map"
        return f"{count_of(figures['kept'], 'poster')} of the last map, {figures['new']:,} new"


def in_rows(last: Standing, ids: Sequence[str]) -> Standing:
    """Return the `last` map by the rows of today, which are others where a lost images.csv was made anew."""
    if not last.ids or list(last.ids) == list(ids[: len(last.ids)]):
        return last
    row = {id_: row for row, id_ in enumerate(last.ids)}
    return last.of(np.array([row.get(id_, len(row)) for id_ in ids], np.int64))


def recalled(last: Standing, present: np.ndarray, basis: str, numbers: int) -> Standing:
    """Return what of the `last` map stands for rows `present` or not; nothing if it was made in another way."""
    rows = np.arange(len(present))
    if last.basis != basis or len(last.mean) != numbers or len(last.cells) > len(rows):
        return Standing.nothing()
    standing = last.of(rows)
    gone = ~present
    left = replace(
        standing,
        points=np.where(gone[:, None], np.float32(np.nan), standing.points),
        cells=np.where(gone[:, None], np.int32(-1), standing.cells),
        labels=np.where(gone, np.int32(-1), standing.labels),
        away=np.zeros(0, bool),  # who was away and is there again is back in its place
    )
    left = replace(left, late=left.late | ~left.held)  # who comes back to another place comes late
    return left if goes_on(int(left.held.sum()), int(present.sum())) else Standing.nothing()


def goes_on(old: int, posters: int) -> bool:
    """Return whether a map of so many posters goes on from the last one, on which `old` of them were.

    Where more are new than old, the old ones say too little of where the new belong, and of how they differ.
    """
    return 0 < old >= posters - old


def _why_anew(last: Standing, basis: str) -> str:
    if last.basis != basis:
        return "options that say how posters are placed are not those of the last map: all are laid out anew"
    return "more posters are new than were on the last map: all are laid out anew"


def set_aside(work: Workspace) -> None:
    """Recall nothing: all are laid out anew. Until that map is finished, the last one can be had back."""
    if work.path(artifacts.STANDING).exists():
        work.path(artifacts.STANDING).replace(work.path(artifacts.SET_ASIDE))
    work.path(artifacts.RECALLED).unlink(missing_ok=True)


def take_back(work: Workspace) -> None:
    """Go on from the last map after all, if a fresh one was begun and never finished."""
    if not work.path(artifacts.SET_ASIDE).exists():
        return
    if work.path(artifacts.STANDING).exists():
        work.path(artifacts.SET_ASIDE).unlink()
    else:
        work.path(artifacts.SET_ASIDE).replace(work.path(artifacts.STANDING))
        work.path(artifacts.RECALLED).unlink(missing_ok=True)


def _last(job: Job) -> Standing:
    """Return the last finished map, none if there is none or it cannot be read: nothing else depends on it."""
    if not job.work.path(artifacts.STANDING).exists():
        if job.work.record("remember") and not job.work.path(artifacts.SET_ASIDE).exists():
            job.progress.note(f"{job.work.path(artifacts.STANDING)} is not there any more: the map is laid out anew")
        return Standing.nothing()
    try:
        return artifacts.read_standing(job.work)
    except ArtifactError as error:
        job.progress.warn(f"{error}; the map is laid out anew")
        return Standing.nothing()
