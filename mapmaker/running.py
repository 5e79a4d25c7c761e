"""Stages, each run only if it must: what its result depends on, why that is not what it was, and the run itself.

`due` is asked by who builds and by who only tells what a build would do, so that they cannot disagree.
"""

import dataclasses
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from mapmaker import artifacts, workspace
from mapmaker.options import method_name, method_tables, spelled
from mapmaker.progress import Progress
from mapmaker.stages import Job, Stage
from mapmaker.workspace import Awaited, Record

Kind = Literal["never", "interrupted", "option", "version", "input", "outside", "missing", "damaged", "unknown"]
"""Why a stage must run.

It never ran; its last run was interrupted; an option of it, its own or its method's version, an artefact that it reads,
or something outside the work folder is not what it was; an artefact of its own is missing; some of what else it made
is missing; its record is of a version that did not keep enough to tell.
"""


@dataclass(frozen=True)
class Reason:
    """Why a stage must run. `what`: an option ("grid.columns"), an artefact, or a thing outside the work folder.

    Of an option it is told what it was and what it is `now`.
    """

    kind: Kind
    what: str = ""
    before: str = ""
    now: str = ""


@dataclass(frozen=True)
class Ingredients:
    """What the result of a stage depends on, as plain values."""

    stage: str
    options: Mapping[str, Any]
    inputs: Mapping[str, str | None]
    """Digests by part: "layout.npy", "images.csv[path]"."""
    outside: Mapping[str, Any]
    awaited: Sequence[str] = ()
    """Artefacts that are to be made anew."""

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all; while anything is awaited, of nothing that ever was."""
        parts = {"stage": self.stage, "options": self.options, "inputs": self.inputs, "outside": self.outside}
        return workspace.fingerprint(parts | ({"awaited": self.awaited} if self.awaited else {}))

    @cached_property
    def digests(self) -> dict[str, str]:
        """Of each thing outside."""
        return {name: workspace.fingerprint({name: value}) for name, value in self.outside.items()}


def ingredients(stage: Stage, job: Job) -> Ingredients:
    """Return what the result of `stage` depends on, now."""
    inputs: dict[str, str | None] = {}
    outside: dict[str, Any] = {}
    awaited: dict[str, None] = {}
    for part in stage.reads:
        try:
            inputs[part] = artifacts.part_digest(job.work, part)
        except Awaited as error:
            awaited[error.name] = None
    try:
        outside.update(workspace.plain(stage.outside(job)))
    except Awaited as error:
        awaited[error.name] = None
    return Ingredients(stage.name, workspace.plain(stage), inputs, outside, list(awaited))


def due(stage: Stage, job: Job, record: Record | None, made_of: Ingredients) -> Iterator[Reason]:
    """Yield why `stage`, which last did what `record` says, must run; nothing if what it made stands.

    While something is awaited: as far as can be told without. What is not asked for is not looked at.
    """
    if record is None:
        yield Reason("never")
    elif not record.fingerprint:
        yield Reason("interrupted")
    else:
        if record.fingerprint != made_of.fingerprint:
            yield from dict.fromkeys(_differences(stage, record, made_of))
        missing = [Reason("missing", name) for name in stage.writes if not job.work.digest(name)]
        yield from missing
        if not missing and not stage.intact(job):
            yield Reason("damaged")


def _differences(stage: Stage, record: Record, made_of: Ingredients) -> Iterator[Reason]:
    """Yield what is not as it was when the record was written."""
    told = False
    if record.options:
        for reason in (*_options(stage, record.options, made_of.options), *_things(record, made_of)):
            told = True
            yield reason
    if not told and not made_of.awaited:
        yield Reason("unknown")


def _things(record: Record, made_of: Ingredients) -> Iterator[Reason]:
    for part, digest in made_of.inputs.items():
        if record.inputs.get(part) != digest:
            yield Reason("input", part)
    for name, digest in made_of.digests.items():
        if record.outside.get(name) != digest:
            yield Reason("outside", name)


def _options(stage: Stage, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Reason]:
    """Yield the options, of the stage and of its methods, that differ. A method's stand beside those of its stage."""
    if list(before.get("", ())) != now[""] or before.keys() != now.keys():
        yield Reason("version")
    tables = method_tables(stage)
    for name in [name for name in now if name and name in before and before[name] != now[name]]:
        was, value, table = before[name], now[name], tables.get(name)
        if table is None:
            yield Reason("option", f"{stage.name}.{name}", spelled(was), spelled(value))
        elif was[""][:2] != value[""][:2]:
            names = (method_name(table, *kind[""][:2]) for kind in (was, value))
            yield Reason("option", f"{stage.name}.{name}", *names)
        else:
            yield from _method_options(stage, was, value)


def _method_options(stage: Stage, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Reason]:
    if before[""] != now[""] or before.keys() != now.keys():
        yield Reason("version")
    for name in now.keys() & before.keys() - {""}:
        if before[name] != now[name]:
            yield Reason("option", f"{stage.name}.{name}", spelled(before[name]), spelled(now[name]))


class Runner:
    """Runs stages one by one, each only if something it depends on has changed."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.records: dict[str, Record] = {}
        self.ran: list[str] = []
        self.notes: list[str] = []

    def run(self, stage: Stage) -> None:
        """Run `stage`, or take over what it did last time."""
        made_of = ingredients(stage, self._job)
        record = self._job.work.record(stage.name)
        if record is None or next(due(stage, self._job, record, made_of), None) is not None:
            record = self._work(stage, made_of, record)
            self.ran.append(stage.name)
        else:
            for warning in record.warnings:
                self._job.progress.warn(warning)
        self.records[stage.name] = record

    def _work(self, stage: Stage, made_of: Ingredients, last: Record | None) -> Record:
        progress = self._job.progress
        progress.begin(stage.name)
        started = time.monotonic()
        ears = _Ears(progress)
        figures = stage.run(dataclasses.replace(self._job, progress=ears))
        record = Record(
            made_of.fingerprint,
            {},
            figures,
            warnings=ears.warnings,
            seconds=round(time.monotonic() - started, 3),
            peak_memory=_peak_memory(),
            options=made_of.options,
            inputs=made_of.inputs,
            outside=made_of.digests,
        )
        record = dataclasses.replace(record, most=_most(stage, record, last))
        for kept in self._job.work.commit(stage.name, stage.writes, record):
            ears.note(f"an artefact of your own had to make way and is now {kept}")
        self.notes += ears.notes
        progress.end(stage.name, stage.summary(figures))
        return record


def _most(stage: Stage, record: Record, last: Record | None) -> Mapping[str, float]:
    """Return amount and seconds of the run that did most with these options: a small one says little of a large one."""
    amount = float(record.figures.get(stage.worked, 0))
    same = last is not None and workspace.plain(last.options) == workspace.plain(record.options)
    if last is not None and same and last.most.get("amount", 0) > amount:
        return last.most
    return {"amount": amount, "seconds": record.seconds}


class _Ears:
    """A `Progress` that passes all on and remembers warnings, to repeat them when the stage is skipped, and notes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.begin, self.end = progress.begin, progress.end
        self.expect, self.advance, self.show = progress.expect, progress.advance, progress.show
        self.reach = progress.reach
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Remember for this run's report and pass on."""
        self.notes.append(message)
        self._progress.note(message)

    def warn(self, message: str) -> None:
        """Remember and pass on."""
        self.warnings.append(message)
        self._progress.warn(message)


def _peak_memory() -> int | None:
    """Return the bytes that this process held at most so far; None on Windows, which does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
