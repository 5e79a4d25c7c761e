"""The stages in order, each asked whether it would run -> a forecast.

What a stage that would run writes is from then on awaited, for nobody knows it. A stage that reads it follows: it would
run too, unless that comes out as it was.
"""

from dataclasses import dataclass, replace
from typing import Literal

from mapmaker import artifacts, workspace
from mapmaker.errors import ArtifactError
from mapmaker.forecast.glance import Glance
from mapmaker.forecast.times import seconds
from mapmaker.forecast.told import Forecast, Outlook, Placing, PosterCounts, Verdict
from mapmaker.model import Standing
from mapmaker.pipeline import PLACING, Order
from mapmaker.progress import Silence
from mapmaker.running import Ingredients, due, ingredients
from mapmaker.stages import Job, Stage
from mapmaker.stages.compose import ComposeStage
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.metadata import MetadataStage
from mapmaker.stages.recall import RecallStage, goes_on
from mapmaker.stages.remember import RememberStage
from mapmaker.stages.scan import ScanStage


def foresee(order: Order, held: Glance, fresh: bool) -> Forecast:
    """Return what a build of `order` would do with the work folder `held`. InputError for what it would refuse."""
    if fresh or _is_set_aside(held):
        held.foretell(artifacts.RECALLED, None)
    if fresh:
        held.foretell(artifacts.STANDING, None)
    job = order.job(held, Silence())
    order.check(job)
    return _Walk(order, held, job, _Base.read(held, job.basis, fresh)).forecast()


@dataclass(frozen=True)
class _Base:
    """Whether there is a map to go on from; if not, why."""

    kind: Literal["continues", "fresh", "first"]
    why: str = ""

    @staticmethod
    def read(held: Glance, basis: str, fresh: bool) -> "_Base":
        """Look at the last finished map as `recall` does."""
        if fresh:
            return _Base("fresh", "--fresh")
        name = artifacts.SET_ASIDE if _is_set_aside(held) else artifacts.STANDING
        if not held.path(name).exists():
            return _Base("fresh", artifacts.STANDING) if held.record(RememberStage.name) else _Base("first")
        try:
            last = artifacts.read_standing(held, name)
        except ArtifactError:
            return _Base("fresh", artifacts.STANDING)
        return _Base("continues" if last.basis == basis else "fresh")


def _is_set_aside(held: Glance) -> bool:
    """Return whether a build would take back the last map, since a fresh one was begun and never finished."""
    return held.path(artifacts.SET_ASIDE).exists() and not held.path(artifacts.STANDING).exists()


class _Walk:
    """Goes through the stages as a build does, and notes what it would do with each."""

    def __init__(self, order: Order, held: Glance, job: Job, base: _Base) -> None:
        self._order, self._held, self._job, self._base = order, held, job, base
        self._writers = {name: stage.name for stage in order.stages for name in stage.writes}
        self._records = {stage.name: held.record(stage.name) for stage in order.stages}
        self._made_of: dict[str, Ingredients] = {}
        self._seen: dict[str, Outlook] = {}
        self._posters = PosterCounts(0, 0, 0, 0, 0, 0, 0)

    def forecast(self) -> Forecast:
        """Return what a build would do."""
        for stage in self._order.stages:
            self._seen[stage.name] = self._outlook(stage)
            self._look_ahead(stage, self._seen[stage.name])
        placing = self._placing()
        stages = [self._timed(stage, placing) for stage in self._order.stages]
        (compose,) = (stage for stage in self._order.stages if isinstance(stage, ComposeStage))
        return Forecast(
            out=self._order.out,
            work=self._order.work,
            busy=self._held.busy,
            posters=self._posters,
            metadata=self._metadata(),
            options=[reason for one in stages for reason in one.reasons if reason.kind == "option"],
            placing=placing,
            place=compose.place(self._job),
            stages=stages,
            seconds=sum(one.seconds or 0 for one in stages),
            untimed=[one.stage for one in stages if one.seconds is None],
        )

    def _outlook(self, stage: Stage) -> Outlook:
        made_of = self._made_of[stage.name] = ingredients(stage, self._job)
        reasons = list(due(stage, self._job, self._records[stage.name], made_of))
        verdict: Verdict = "runs" if reasons else "follows" if made_of.awaited else "up to date"
        changed = [reason.what.partition("[")[0] for reason in reasons if reason.kind == "input"]
        writers = {self._writers[name] for name in (*made_of.awaited, *changed)}
        after = [name for name, one in self._seen.items() if name in writers and one.verdict != "up to date"]
        return Outlook(stage.name, verdict, reasons, after, self._held.by_hand(stage.name, stage.writes), None)

    def _look_ahead(self, stage: Stage, outlook: Outlook) -> None:
        """Note what is known of what `stage` would write."""
        if isinstance(stage, ScanStage):
            self._posters = told = self._scanned(stage, outlook)
            old = told.same + told.changed + told.renamed
            if self._base.kind == "continues" and not goes_on(old, old + told.new):
                self._base = _Base("fresh", "more posters are new than old")
        if outlook.verdict == "up to date":
            return
        if isinstance(stage, RecallStage) and self._base.kind != "continues":
            nothing = artifacts.standing_digest(Standing.nothing())
            if outlook.verdict == "runs" or self._held.digest(artifacts.RECALLED) == nothing:
                for name in stage.writes:
                    self._held.foretell(name, nothing)
                return
        self._held.wait_for(stage.writes)

    def _scanned(self, scan: ScanStage, outlook: Outlook) -> PosterCounts:
        """Return what the scan would find, and how much of it is new to the extractor."""
        features = next(stage for stage in self._order.stages if isinstance(stage, FeaturesStage))
        if outlook.verdict == "up to date":
            images = artifacts.read_images(self._held)
            digests = [images.sha256[row] for row in images.present.nonzero()[0].tolist()]
            return PosterCounts(0, 0, 0, 0, len(digests), 0, features.lacking(self._job, digests))
        found = scan.foresee(self._job)
        lacking = features.lacking(self._job, found.digests)
        return PosterCounts(found.new, found.changed, found.removed, found.renamed, found.same, found.unread, lacking)

    def _metadata(self) -> Literal["none", "new", "changed", "same", "gone"]:
        record, now = self._records[MetadataStage.name], self._made_of[MetadataStage.name].digests["table"]
        none = workspace.fingerprint({"table": None})
        before = none if record is None else record.outside.get("table")
        if before == now:
            return "none" if now == none else "same"
        if now == none:
            return "gone"
        return "new" if before == none else "changed"

    def _placing(self) -> Placing:
        active = {name for name, one in self._seen.items() if one.verdict != "up to date"}
        if not {stage.name for stage in PLACING} & active:
            return Placing("stay")
        if RecallStage.name not in active:
            held = artifacts.read_standing(self._held, artifacts.RECALLED).held.any()
            return Placing("continues") if held else Placing("fresh", (artifacts.RECALLED,))
        if self._base.kind != "fresh" or self._base.why:
            return Placing(self._base.kind, (self._base.why,) if self._base.why else ())
        return Placing("fresh", self._other_places())

    def _other_places(self) -> tuple[str, ...]:
        """Return the options that say how posters are placed, and are not what they were."""
        names = {FeaturesStage.name, *(stage.name for stage in PLACING)}
        changed = (reason for name in names for reason in self._seen[name].reasons)
        return tuple(sorted(reason.what for reason in changed if reason.kind == "option"))

    def _timed(self, stage: Stage, placing: Placing) -> Outlook:
        one = self._seen[stage.name]
        if one.verdict == "up to date":
            return replace(one, seconds=0.0)
        return replace(one, seconds=seconds(stage, one.reasons, self._records, self._posters, placing))
