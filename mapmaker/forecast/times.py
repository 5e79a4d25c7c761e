"""Records of earlier runs, and how much there is to do -> seconds, roughly."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

from mapmaker.forecast.told import Placing, PosterCounts
from mapmaker.running import Reason
from mapmaker.stages import Stage
from mapmaker.stages.raster import RasterStage
from mapmaker.workspace import Record

FIXED = 0.05
"""The share of a run's time that goes into starting, reading and writing, however little there is to do."""
FARTHEST = 20
"""So many times as much as was ever timed, and nothing can be said."""
TILES_EACH = 8
"""A changed poster shows on a tile or two of the deepest zoom, and on one of each zoom above: about so many."""


def seconds(
    stage: Stage,
    reasons: Sequence[Reason],
    records: Mapping[str, Record | None],
    posters: PosterCounts,
    placing: Placing,
) -> float | None:
    """Return how long `stage` will take, going by what was recorded; None if there is nothing to go by.

    Another method takes a time of its own, and so do other tiles.
    """
    record = records[stage.name]
    if record is None or not record.fingerprint or _is_other(stage, reasons):
        return None
    scan = records["scan"]
    before = float(scan.figures.get("posters", 0)) if scan else 0.0
    if not stage.worked:
        return _scaled([(before, record.seconds)], posters.total)
    done = float(record.figures.get(stage.worked, 0))
    runs = [(done, record.seconds), (record.most.get("amount", 0.0), record.most.get("seconds", 0.0))]
    return _scaled(runs, _amount(stage, reasons, record, before, posters, placing))


def _is_other(stage: Stage, reasons: Sequence[Reason]) -> bool:
    changed = {reason.what.partition(".")[2] for reason in reasons if reason.kind == "option"}
    methods = {field.name for field in dataclasses.fields(stage) if "methods" in field.metadata}  # type: ignore[arg-type]  # a dataclass
    return bool(changed) if isinstance(stage, RasterStage) else bool(changed & methods)


def _amount(
    stage: Stage, reasons: Sequence[Reason], record: Record, before: float, posters: PosterCounts, placing: Placing
) -> float:
    """Return how much there is to do, in what the stage counts."""
    laid_out_anew = placing.kind in ("first", "fresh")
    moved = posters.new + posters.renamed
    if stage.worked == "looked_at":
        return posters.to_look_at
    if stage.worked == "computed":
        return posters.to_compute
    if stage.worked == "new":
        return posters.total if laid_out_anew else moved
    tiles = float(record.figures.get("tiles", 0)) * posters.total / max(before, 1)
    if laid_out_anew or any(reason.kind == "input" for reason in reasons):
        return tiles
    return min(tiles, TILES_EACH * (moved + posters.changed + posters.removed))


def _scaled(runs: Sequence[tuple[float, float]], amount: float) -> float | None:
    """Return the seconds for `amount`, given (amount, seconds) of earlier runs: by the one that is most like it."""
    if not amount and any(done == 0 for done, _ in runs):
        return next(took for done, took in runs if done == 0)
    timed = [(done, took) for done, took in runs if done > 0]
    if not timed:
        return None
    done, took = min(timed, key=lambda run: abs(math.log(max(amount, 1e-9) / run[0])))
    return None if amount > FARTHEST * done else took * (FIXED + (1 - FIXED) * amount / done)
