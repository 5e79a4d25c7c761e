"""compare: the last map and this one -> who came, moved, went; what keeping places costs, and when that is too much.

A fresh layout of these posters is not computed, so what it would have is taken to be what the map had when it was laid
out: an estimate. docs/living.md says what it was measured against.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.model import Change, Images, Ints, Likeness, Standing
from mapmaker.quality import near_shares
from mapmaker.stages import Figures, Inside, Job

MOST_LOST = 0.1
"""Of what the map had when it was laid out; when more is lost, a fresh layout is due."""
MOST_LATE = 1 / 8
"""Posters that came since; when it is more of them, a fresh layout is due, whatever is lost."""


@dataclass(frozen=True)
class CompareStage(Inside):
    """Holds this map against the one that it goes on from; it has no options."""

    name: ClassVar[str] = "compare"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[id]",
        "images.csv[path]",
        "images.csv[sha256]",
        artifacts.NEIGHBORS,
        artifacts.SELECTION,
        artifacts.RECALLED,
        artifacts.FORMER,
        artifacts.ARRANGEMENT,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.CHANGED, artifacts.LIKENESS)

    def run(self, job: Job) -> Figures:
        """Compare, measure, write."""
        images = artifacts.read_images(job.work)
        rows = artifacts.read_selection(job.work, len(images)).rows
        cells = artifacts.read_arrangement(job.work, len(rows)).cells
        former = artifacts.read_standing(job.work, artifacts.FORMER)
        changes = changed(former, images, rows, cells)
        index = artifacts.read_neighbors(job.work, len(images)).among(rows).index
        likeness = judged(near_shares(index, cells), artifacts.recalled(job.work))
        artifacts.write_changes(job.work, changes)
        artifacts.write_likeness(job.work, likeness)
        return {**_counts(changes, len(rows)), **_figures(likeness)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        around = f"{of_ten(figures['near'])} of 10 alike around each"
        return f"{became(figures)}; {around}" if figures["old"] else around


def became(figures: Figures) -> str:
    """Return what became of posters, in words."""
    told = (f"{figures[what]:,} {what}" for what in ("moved", "new", "gone", "replaced") if figures[what])
    return ", ".join(told) or "none moved"


def of_ten(share: float | int | str) -> str:
    """Return a share of ten as their number, for a person."""
    return f"{10 * float(share):.2f}"


def changed(former: Standing, images: Images, rows: np.ndarray, cells: Ints) -> list[Change]:
    """Return who changed, row by row: `former` is the last map, `cells` those of `rows` on this one."""
    there = former.of(np.arange(len(images)))
    before = np.where(there.held[:, None], there.cells, np.int32(-1))
    now = np.full((len(images), 2), -1, np.int32)
    now[rows] = cells
    other = np.zeros(len(images), bool)
    if len(there.contents):
        contents = images.contents()
        other = there.held & (now[:, 0] >= 0) & (there.contents != contents) & (there.contents != 0)
    return [
        Change(images.id[row], images.path[row], _cell(before[row]), _cell(now[row]), bool(other[row]))
        for row in np.flatnonzero((before != now).any(axis=1) | other).tolist()
    ]


def _cell(cell: Ints) -> tuple[int, int] | None:
    return (int(cell[0]), int(cell[1])) if cell[0] >= 0 else None


def judged(shares: np.ndarray, last: Standing) -> Likeness:
    """Return what the `shares` of posters say, where `last` is known of them; of a map laid out anew nothing is."""
    now = float(shares.mean())
    old = last.held
    if not old.any():
        return Likeness(now, fresh=now)
    fresh = None if np.isnan(last.fresh) else last.fresh
    new = None if old.all() else float(shares[~old].mean())
    return Likeness(now, fresh, new, float(last.late.mean()))


def is_due(likeness: Likeness) -> bool:
    """Return whether a fresh layout is due."""
    return likeness.lost > MOST_LOST or likeness.late > MOST_LATE


def _counts(changes: list[Change], posters: int) -> dict[str, int]:
    """Return how many posters are old, and what became of them; of a map laid out anew all are new."""
    new = sum(change.before is None for change in changes)
    return {
        "old": posters - new,
        "moved": sum(change.moved for change in changes),
        "new": new,
        "gone": sum(change.now is None for change in changes),
        "replaced": sum(change.replaced for change in changes),
    }


def _figures(likeness: Likeness) -> dict[str, float]:
    """Return what was measured; what nobody knows is left out."""
    shares = {"near": likeness.now, "near_fresh": likeness.fresh, "near_new": likeness.new}
    known = {name: share for name, share in shares.items() if share is not None}
    return {**known, "late": likeness.late, "lost": likeness.lost, "due": int(is_due(likeness))}
