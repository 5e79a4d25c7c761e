"""The stage itself: gathers what others found out, measures the rest, and writes all figures."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.appraisal import DIGITS, Appraisal, Cohesion, Count, History, Placing, Score
from mapmaker.model import Arrangement, Clusters, Floats, Grid, Ints, Reject, Selection
from mapmaker.quality import cohesion, distance_preservations, shuffled, window_shares
from mapmaker.stages import Figures, Inside, Job, Stage
from mapmaker.stages.appraise.blocks import squares
from mapmaker.stages.appraise.made import told_options, versions
from mapmaker.stages.appraise.traits import counts, decade_holders, kinds, tag_holders, together, traits
from mapmaker.workspace import plain

NEAREST, WINDOW = 10, 24
"""10-in-24: of the 10 most like a poster, how many are among the 24 nearest to it."""
DISTANCES = 2_000_000
"""Of features that DPQ looks at, at least: half a second."""
FEWEST_ASKED, MOST_ASKED = 100, 1_024
"""Posters whose distances to all DPQ looks at: of 100, it is known to 0.006, its standard deviation."""
EXTREMES = 5
"""Squares of the map that are named as the weakest, and as the strongest."""
MOST_CLUSTERS, MOST_TAGS, MOST_PAIRS, MOST_TRAITS = 24, 20, 12, 12
NOTHING = 1e-9
"""Squares of cells that are rounding."""
SHARE = 10.0**-DIGITS
TRAIT_SQUARES = 18
"""Across a small map."""
SHOWN = ("features", "neighbors", "triage", "layout", "grid", "arrange", "clusters")
"""Stages whose options say how the map came to be; each writes what this one, or one before it, reads."""


@dataclass(frozen=True)
class AppraiseStage(Inside):
    """Tells how good the map is; it has no options."""

    name: ClassVar[str] = "appraise"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.REJECTS,
        "metadata.csv[year]",
        "metadata.csv[tags]",
        artifacts.VECTORS,
        artifacts.NEIGHBORS,
        artifacts.SELECTION,
        artifacts.GRID,
        artifacts.ARRANGEMENT,
        artifacts.LIKENESS,
        artifacts.CURATED,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.APPRAISAL,)

    def outside(self, job: Job) -> Mapping[str, object]:
        """What stages found, and no artefact holds; what they were asked for."""
        search, layout = _said(job, "neighbors", artifacts.NEIGHBORS), _said(job, "layout", artifacts.LAYOUT)
        figures = [search.get("method"), search.get("recall"), search.get("k"), layout.get("divergence")]
        return {"figures": figures, "options": {stage.name: plain(stage) for stage in _shown(job)}}

    def run(self, job: Job) -> Figures:
        """Read, measure, write."""
        work = job.work
        selection = artifacts.read_selection(work)
        rows = selection.rows
        vectors, neighbors = artifacts.read_selected(work)
        index = neighbors.index[:, :NEAREST].copy()
        del neighbors  # of 90,000 posters it is 65 MB
        grid = artifacts.read_grid(work, len(rows))
        arrangement = artifacts.read_arrangement(work, len(rows))
        clusters = artifacts.read_clusters(work, len(rows), artifacts.CURATED)
        metadata = artifacts.read_metadata(work, len(selection.verdict))
        likeness = artifacts.read_likeness(work)
        shares = window_shares(index, arrangement.cells, NEAREST, WINDOW)
        fine, coarse = squares(arrangement), squares(arrangement, TRAIT_SQUARES)
        weakest, strongest = fine.extremes(shares, EXTREMES)
        years, tags = [metadata.year[row] for row in rows], [metadata.tags[row] for row in rows]
        decades, frequent = decade_holders(years), tag_holders(tags, MOST_TAGS)
        dated = np.array([year is not None for year in years], bool)
        tagged = np.array([any(own) for own in tags], bool)
        appraisal = Appraisal(
            posters=len(rows),
            columns=arrangement.columns,
            rows=arrangement.rows,
            near=Score(float(shares.mean()), _chance(len(rows)), len(rows)),
            distances=distances(vectors, arrangement.cells),
            placing=_placing(job, grid),
            history=History(likeness.now, likeness.fresh, likeness.new, likeness.late),
            local=fine.blocks(fine.sums(shares), fine.sums(np.ones(len(rows)))),
            weakest=weakest,
            strongest=strongest,
            clusters=cohesions(vectors, clusters),
            clustered=int((clusters.labels >= 0).sum()),
            cohesion=cohesion(vectors),
            left_out=left_out(artifacts.read_rejects(work), selection),
            decades=counts(decades),
            dated=int(dated.sum()),
            tags=counts(frequent),
            kinds=kinds(tags),
            tagged=int(tagged.sum()),
            pairs=tuple(name for name, _ in frequent[:MOST_PAIRS]),
            together=together(frequent[:MOST_PAIRS]),
            tag_traits=traits(frequent, tagged, coarse, MOST_TRAITS),
            decade_traits=traits(decades, dated, coarse, MOST_TRAITS),
            options=told_options(_shown(job)),
            versions=versions(),
        )
        artifacts.write_appraisal(work, appraisal)
        return {"near": round(appraisal.near.value, 4), "distances": round(appraisal.distances.value, 4)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"10-in-24 {figures['near']:.3f}, DPQ {figures['distances']:.3f}"


def distances(vectors: Floats, cells: Ints) -> Score:
    """Return the DPQ_16 of the map and that of the same cells dealt out, of as many posters as is quick."""
    n = len(vectors)
    asked = min(n, max(FEWEST_ASKED, min(MOST_ASKED, DISTANCES // max(1, n))))
    value, chance = distance_preservations(vectors, [cells, shuffled(cells)], sample=asked)
    return Score(value, chance, asked)


def cohesions(vectors: Floats, clusters: Clusters) -> tuple[Cohesion, ...]:
    """Return how alike the posters of each of the largest clusters are."""
    largest = sorted(clusters.clusters, key=lambda one: -len(one.members))[:MOST_CLUSTERS]
    return tuple(Cohesion(one.slug, len(one.members), cohesion(vectors[one.members])) for one in largest)


def left_out(rejects: Sequence[Reject], selection: Selection) -> tuple[Count, ...]:
    """Return how many files and posters are not on the map, by reason, the most frequent first."""
    counted = Counter(reject.kind for reject in rejects)
    counted.update(one for one in selection.verdict if one not in (Selection.KEPT, Selection.GONE))
    return tuple(
        Count(reason, count) for reason, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    )


def _chance(posters: int) -> float:
    """Return the 10-in-24 of posters dealt out."""
    return min(1.0, WINDOW / (posters - 1)) if posters > 1 else 1.0


def _placing(job: Job, grid: Grid) -> Placing:
    search, layout = _said(job, "neighbors", artifacts.NEIGHBORS), _said(job, "layout", artifacts.LAYOUT)
    recall, nearest, divergence = search.get("recall"), search.get("k"), layout.get("divergence")
    return Placing(
        displacement=float(np.sqrt(grid.cost)),
        gap=_gap(grid),
        chance=_dealt(grid),
        search=str(search.get("method", "")),
        nearest=None if nearest is None else int(nearest),
        recall=None if recall is None else float(recall),
        divergence=None if divergence is None else float(divergence),
    )


def _gap(grid: Grid) -> float | None:
    """Return by which share more than the least possible the grid costs, rounded up; None if nothing was proved."""
    if grid.cost <= NOTHING:
        return 0.0
    return math.ceil((grid.cost / grid.bound - 1) / SHARE) * SHARE if grid.bound > 0 else None


def _dealt(grid: Arrangement) -> float:
    """Return how many cells posters would move, root mean square, if the same cells were dealt out."""
    return float(np.sqrt(2 * grid.cells.var(axis=0, dtype=np.float64).sum()))


def _said(job: Job, stage: str, artifact: str) -> Mapping[str, Any]:
    """Return the figures of a stage; none if the artefact that they are of is the user's own by now."""
    record = job.work.record(stage)
    return {} if record is None or job.work.by_hand(stage, [artifact]) else record.figures


def _shown(job: Job) -> list[Stage]:
    """Return the stages whose options say how the map came to be."""
    return [stage for stage in job.stages if stage.name in SHOWN]
