"""The stages in order: a folder of posters goes in, a map comes out.

`Plan` holds every stage with its options; `build` runs what has changed since the last run and skips the rest.
"""

import dataclasses
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker import artifacts, options, workspace
from mapmaker.checks import inspect
from mapmaker.errors import OptionError, near
from mapmaker.hosts import HOSTS, Beside
from mapmaker.methods.engines import ENGINES, Engine
from mapmaker.model import Reject
from mapmaker.progress import Progress, Silence
from mapmaker.stages import Job, Stage
from mapmaker.stages.arrange import ArrangeStage
from mapmaker.stages.clusters import ClustersStage
from mapmaker.stages.compare import CompareStage
from mapmaker.stages.compose import ComposeStage
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.grid import GridStage
from mapmaker.stages.layout import LayoutStage
from mapmaker.stages.metadata import MetadataStage
from mapmaker.stages.neighbors import NeighborsStage
from mapmaker.stages.raster import RasterStage
from mapmaker.stages.recall import RecallStage
from mapmaker.stages.remember import RememberStage
from mapmaker.stages.scan import ScanStage, check_images
from mapmaker.stages.triage import TriageStage
from mapmaker.workspace import Record, Workspace

STAGES: tuple[type[Stage], ...] = (
    ScanStage,
    MetadataStage,
    FeaturesStage,
    RecallStage,
    NeighborsStage,
    TriageStage,
    LayoutStage,
    GridStage,
    ArrangeStage,
    CompareStage,
    ClustersStage,
    RasterStage,
    ComposeStage,
    RememberStage,
)

PLACING = (NeighborsStage, LayoutStage, GridStage, ArrangeStage)
"""Stages whose options say where posters come to lie, given their features."""

SHORTCUTS: Mapping[str, tuple[str, str]] = {
    "extractor": ("features", "extractor"),
    "model": ("features", "model"),
    "weights": ("features", "weights"),
    "features": ("features", "file"),
    "layout": ("layout", "method"),
    "seed": ("layout", "seed"),
    "solver": ("grid", "solver"),
    "columns": ("grid", "columns"),
    "rows": ("grid", "rows"),
    "poster_size": ("raster", "poster_size"),
    "format": ("raster", "format"),
    "host": ("raster", "host"),
    "max_bytes": ("raster", "max_bytes"),
    "max_files": ("raster", "max_files"),
    "title": ("compose", "title"),
    "description": ("compose", "description"),
    "author": ("compose", "author"),
    "credits": ("compose", "credits"),
    "licence": ("compose", "licence"),
    "contact": ("compose", "contact"),
    "noindex": ("compose", "noindex"),
    "address": ("compose", "address"),
}
"""Names that people reach for, for options of stages: `--poster-size`, or `build(poster_size=...)`."""


@dataclass(frozen=True)
class Report:
    """What a build did: where the map is, figures by stage, what was left out and why, what to know."""

    out: Path
    work: Path
    figures: Mapping[str, Mapping[str, float | int | str]]
    rejects: Sequence[Reject]
    warnings: Sequence[str]
    ran: Sequence[str]
    """Stages that had something to do; the others were skipped."""
    seconds: float


def build(
    images: str | Path,
    out: str | Path = "map",
    metadata: str | Path | None = None,
    work: str | Path | None = None,
    *,
    engine: str | Engine = "local",
    workers: int = 0,
    progress: Progress | None = None,
    fresh: bool = False,
    **chosen: Any,
) -> Report:
    """Make a map of the posters in the folder `images` and put it into the folder `out`.

    `metadata`: a CSV or TSV table with a column `filename`. `work`: where artefacts are kept, `.mapmaker/` and the name
    of `out`, beside it, unless told. Options are tables by stage (`layout={"perplexity": 50}`) or `SHORTCUTS`
    (`extractor="classic"`). `engine`: where spread work runs, by name or an `Engine`; `workers`: its processes, 0 for
    one a core. `progress` is told how far the work is. Posters that are on the last map of this work folder keep their
    places, unless `fresh` lays all out anew. What has not changed since the last build is not done again. Raises
    InputError for what is the user's to mend, EngineError for work that died, SiteError for a map that came out broken;
    the old map then stands as it was.
    """
    stages = plan(tables(chosen))
    out = Path(out)
    folder = Path(work) if work is not None else default_work(out)
    hands: Engine = (
        options.make_method(ENGINES, engine, {"workers": workers}, "engine") if isinstance(engine, str) else engine
    )
    started = time.monotonic()
    _check_folders(Path(images), out, folder)
    with Workspace(folder) as held:
        table = Path(metadata) if metadata is not None else None
        heard = progress or Silence()
        job = Job(held, Path(images), out, table, hands, heard, _beside(stages), inspect, _basis(stages))
        runner = _Runner(job)
        for stage in stages:  # before any work
            stage.check(job)
            workspace.fingerprint({"options": stage})  # reads the files that options name
        if fresh:
            for name in (artifacts.STANDING, artifacts.RECALLED):
                held.path(name).unlink(missing_ok=True)
        for stage in stages:
            runner.run(stage)
        seconds = time.monotonic() - started
        return runner.report(artifacts.read_rejects(held), seconds)


def _basis(stages: Sequence[Stage]) -> str:
    """Return a digest of what says how posters are placed. A new version of mapmaker moves nobody."""
    placing = {stage.name: stage for stage in stages if isinstance(stage, PLACING)}
    features = next(stage for stage in stages if isinstance(stage, FeaturesStage))
    seen_by = workspace.fingerprint({"extractor": features.extractor, "file": features.file is not None})
    return workspace.fingerprint({"features": seen_by, **placing}, versions=False)


def default_work(out: Path) -> Path:
    """Return where the artefacts of the map `out` are kept unless told."""
    resolved = out.resolve()
    return out.parent / ".mapmaker" / (resolved.name or "map")


def _check_folders(images: Path, out: Path, work: Path) -> None:
    """Raise unless the three folders keep apart: only `out` and `work` may lie inside `images`."""
    check_images(images)
    places = {"--out": out.resolve(), "--work": work.resolve()}
    for flag, place in places.items():
        if images.resolve().is_relative_to(place):
            raise OptionError(f"{flag} = {place} holds the folder of images; give another folder")
    if places["--work"].is_relative_to(places["--out"]) or places["--out"].is_relative_to(places["--work"]):
        raise OptionError(f"--work = {work} and --out = {out} lie in one another; give another folder")


def tables(chosen: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return options by stage: `chosen` holds tables of them and shortcuts. OptionError for a name that is neither."""
    names = {stage.name for stage in STAGES if options.has_options(stage)}
    found: dict[str, dict[str, Any]] = {name: {} for name in names}
    for name, value in chosen.items():
        if name in names and isinstance(value, Mapping):
            found[name].update(value)
        elif name in SHORTCUTS:
            stage, option = SHORTCUTS[name]
            found[stage][option] = value
        else:
            raise OptionError(f"no option {name}: {near(name, {*names, *SHORTCUTS})}")
    return found


def plan(chosen: Mapping[str, Mapping[str, Any]]) -> list[Stage]:
    """Return the stages in order with the options `chosen`, by stage."""
    stages = {cls.name: options.build(cls, chosen.get(cls.name, {}), cls.name) for cls in STAGES}
    neighbors, layout, arrange = stages["neighbors"], stages["layout"], stages["arrange"]
    assert isinstance(neighbors, NeighborsStage)
    assert isinstance(layout, LayoutStage)
    assert isinstance(arrange, ArrangeStage)
    readers = (
        ("layout", layout.method.neighbors_read),
        ("arrange", arrange.method.neighbors_read),
        ("compose", ComposeStage.neighbors_read),
    )
    for reader, needed in readers:
        if needed > neighbors.k:
            if "k" in chosen.get("neighbors", {}):
                raise OptionError(f"neighbors.k = {neighbors.k} is too few: the {reader} stage reads {needed}")
            stages["neighbors"] = neighbors = dataclasses.replace(neighbors, k=needed)
    raster, compose = stages["raster"], stages["compose"]
    assert isinstance(raster, RasterStage)
    assert isinstance(compose, ComposeStage)
    stages["compose"] = _for_host(compose, raster.host)
    return list(stages.values())


def _for_host(compose: ComposeStage, name: str) -> ComposeStage:
    """Return `compose` with archives that the host takes. OptionError if it takes none."""
    if not name or compose.tiles != "pmtiles":
        return compose
    host = HOSTS[name]
    if not host.ranges:
        raise OptionError(f"compose.tiles = 'pmtiles' needs a host that answers range requests; {host.title} does not")
    return dataclasses.replace(compose, archive_bytes=compose.archive_bytes or host.most_file_bytes or 0)


def _beside(stages: Sequence[Stage]) -> Beside:
    """Return what compose is to put beside the tiles, which raster counts without knowing that stage."""
    (compose,) = (stage for stage in stages if isinstance(stage, ComposeStage))
    return Beside(compose.list, compose.search)


class _Runner:
    """Runs stages one by one, each only if something it depends on has changed."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._records: dict[str, Record] = {}
        self._ran: list[str] = []
        self._notes: list[str] = []

    def run(self, stage: Stage) -> None:
        """Run `stage`, or take over what it did last time."""
        work = self._job.work
        fingerprint = self._fingerprint(stage)
        record = work.record(stage.name)
        if record is None or record.fingerprint != fingerprint or not self._is_there(stage):
            record = self._work(stage, fingerprint)
            self._ran.append(stage.name)
        else:
            for warning in record.warnings:
                self._job.progress.warn(warning)
        self._records[stage.name] = record

    def report(self, rejects: Sequence[Reject], seconds: float) -> Report:
        """Return what was done."""
        return Report(
            out=self._job.out,
            work=self._job.work.folder,
            figures={name: record.figures for name, record in self._records.items()},
            rejects=rejects,
            warnings=[*(warning for record in self._records.values() for warning in record.warnings), *self._notes],
            ran=self._ran,
            seconds=seconds,
        )

    def _fingerprint(self, stage: Stage) -> str:
        inputs = {part: artifacts.part_digest(self._job.work, part) for part in stage.reads}
        return workspace.fingerprint(
            {
                "stage": stage.name,
                "options": stage,
                "inputs": inputs,
                "outside": stage.outside(self._job),
            }
        )

    def _is_there(self, stage: Stage) -> bool:
        written = all(self._job.work.digest(name) for name in stage.writes)
        return written and stage.intact(self._job)

    def _work(self, stage: Stage, fingerprint: str) -> Record:
        progress = self._job.progress
        progress.begin(stage.name)
        started = time.monotonic()
        ears = _Ears(progress)
        figures = stage.run(dataclasses.replace(self._job, progress=ears))
        record = Record(
            fingerprint,
            {},
            figures,
            warnings=ears.warnings,
            seconds=round(time.monotonic() - started, 3),
            peak_memory=_peak_memory(),
        )
        for kept in self._job.work.commit(stage.name, stage.writes, record):
            ears.note(f"an artefact of your own had to make way and is now {kept}")
        self._notes += ears.notes
        progress.end(stage.name, stage.summary(figures))
        return record


class _Ears:
    """A `Progress` that passes all on and remembers warnings, to repeat them when the stage is skipped, and notes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.begin, self.end = progress.begin, progress.end
        self.expect, self.advance, self.show = progress.expect, progress.advance, progress.show
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
