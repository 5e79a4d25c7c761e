"""The stages in order: a folder of posters goes in, a map comes out.

`Plan` holds every stage with its options; `build` runs what has changed since the last run and skips the rest.
"""

import contextlib
import dataclasses
import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker import artifacts, options, workspace
from mapmaker.checks import inspect
from mapmaker.errors import OptionError, near
from mapmaker.hosts import HOSTS, WIDEST_VECTOR, Beside
from mapmaker.methods.engines import ENGINES, Engine
from mapmaker.methods.extractors.settling import unsettled
from mapmaker.model import Reject
from mapmaker.progress import Progress, Silence
from mapmaker.running import Runner
from mapmaker.stages import Job, Stage
from mapmaker.stages.appraise import AppraiseStage
from mapmaker.stages.arrange import ArrangeStage
from mapmaker.stages.clusters import ClustersStage
from mapmaker.stages.compare import CompareStage
from mapmaker.stages.compose import ComposeStage
from mapmaker.stages.curate import CurateStage
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.grid import GridStage
from mapmaker.stages.layout import LayoutStage
from mapmaker.stages.metadata import MetadataStage
from mapmaker.stages.naming import NamingStage
from mapmaker.stages.neighbors import NeighborsStage
from mapmaker.stages.raster import RasterStage
from mapmaker.stages.recall import RecallStage, set_aside, take_back
from mapmaker.stages.remember import RememberStage
from mapmaker.stages.scan import ScanStage, check_images
from mapmaker.stages.triage import TriageStage
from mapmaker.workspace import Workspace

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
    CurateStage,
    NamingStage,
    AppraiseStage,
    RasterStage,
    ComposeStage,
    RememberStage,
)

PLACING = (NeighborsStage, LayoutStage, GridStage, ArrangeStage)
"""Stages whose options say where posters come to lie, given their features."""


SHORTCUTS: Mapping[str, tuple[str, str]] = {
    "extractor": ("features", "extractor"),
    "model": ("features", "model"),
    "blend": ("features", "blend"),
    "frozen": ("features", "frozen"),
    "weights": ("features", "weights"),
    "precision": ("features", "precision"),
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
    "base_url": ("compose", "base_url"),
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
    cluster: str = "",
    ship: bool = False,
    progress: Progress | None = None,
    fresh: bool = False,
    **chosen: Any,
) -> Report:
    """Make a map of the posters in the folder `images` and put it into the folder `out`.

    `metadata`: CSV, TSV, JSON lines or Parquet with a column `filename`. `work`: where artefacts are kept, `.mapmaker/`
    and the name of `out`, beside it, unless told. Options are tables by stage (`layout={"perplexity": 50}`) or
    `SHORTCUTS` (`extractor="classic"`). `engine`: where spread work runs, by name ("local", "ray") or an `Engine`;
    `workers`: its processes, 0 for one a core; `cluster` and `ship`: of "ray", see docs/scale.md. `progress` is told
    how far the work is. Posters that are on the last map of this work folder keep their places, unless `fresh` lays all
    out anew. What has not changed since the last build is not done again. Raises InputError for what is the user's to
    mend, EngineError for work that died, SiteError for a map that came out broken; the old map then stands as it was.
    """
    order = take_order(images, out, metadata, work, hands(engine, workers, cluster, ship), chosen)
    started = time.monotonic()
    with contextlib.ExitStack() as after, Workspace(order.work) as held:
        after.callback(gc.unfreeze)  # what a network set aside; the process may go on for long
        job = order.job(held, progress or Silence())
        order.check(job)
        for stage in order.stages:
            stage.prepare(job)
        artifacts.write_source(held, order.images, _extractor_files(order.stages))
        (set_aside if fresh else take_back)(held)
        runner = Runner(job)
        for stage in order.stages:
            runner.run(stage)
        return Report(
            out=order.out,
            work=order.work,
            figures={name: record.figures for name, record in runner.records.items()},
            rejects=artifacts.read_rejects(held),
            warnings=[*(said for record in runner.records.values() for said in record.warnings), *runner.notes],
            ran=runner.ran,
            seconds=time.monotonic() - started,
        )


@dataclass(frozen=True)
class Order:
    """What was asked for: the stages with their options, the places, the hands to work with."""

    stages: Sequence[Stage]
    images: Path
    out: Path
    metadata: Path | None
    work: Path
    engine: Engine

    def job(self, held: Workspace, progress: Progress) -> Job:
        """Return what the stages are handed, given the work folder."""
        beside, basis = _beside(self.stages), _basis(self.stages)
        return Job(
            held, self.images, self.out, self.metadata, self.engine, progress, beside, inspect, basis, self.stages
        )

    def check(self, job: Job) -> None:
        """Raise what can be seen to be wrong before any work; nothing is changed."""
        for stage in self.stages:
            stage.check(job)
            workspace.fingerprint({"options": stage})  # reads the files that options name


def take_order(
    images: str | Path,
    out: str | Path,
    metadata: str | Path | None,
    work: str | Path | None,
    engine: Engine,
    chosen: Mapping[str, Any],
) -> Order:
    """Return what `build` is asked for with these arguments. InputError if that cannot be."""
    stages = plan(tables(chosen))
    folder = Path(work) if work is not None else default_work(Path(out))
    _check_folders(Path(images), Path(out), folder)
    table = Path(metadata) if metadata is not None else None
    return Order(stages, Path(images), Path(out), table, folder, engine)


def hands(engine: str | Engine, workers: int = 0, cluster: str = "", ship: bool = False) -> Engine:
    """Return the engine of that name, with these options of its; one that is made already, as it is."""
    if not isinstance(engine, str):
        return engine
    more = {name: value for name, value in (("cluster", cluster), ("ship", ship)) if value}
    made: Engine = options.make_method(ENGINES, engine, {"workers": workers, **more}, "engine")
    return made


def _basis(stages: Sequence[Stage]) -> str:
    """Return a digest of what says how posters are placed. A new version of mapmaker, or precision, moves nobody."""
    placing = {stage.name: stage for stage in stages if isinstance(stage, PLACING)}
    features = next(stage for stage in stages if isinstance(stage, FeaturesStage))
    seen_by = workspace.fingerprint({"extractor": unsettled(features.extractor), "file": features.file is not None})
    return workspace.fingerprint({"features": seen_by, **placing}, versions=False)


def _extractor_files(stages: Sequence[Stage]) -> dict[str, Path]:
    """Return the files that the extractor is read from, by option: who searches by a picture needs them again."""
    extractor = next(stage for stage in stages if isinstance(stage, FeaturesStage)).extractor
    fields = ((field.name, getattr(extractor, field.name)) for field in dataclasses.fields(extractor))  # type: ignore[arg-type]  # a dataclass
    return {name: value for name, value in fields if isinstance(value, Path)}


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
    if found["features"].get("extractor") == "model" and {"blend", "frozen"} & found["features"].keys():
        found["features"]["extractor"] = "blend"  # as people say it: a model, blended with what it began with
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
    (neighbors,) = (stage for stage in stages if isinstance(stage, NeighborsStage))
    # Without components, vectors are as wide as features, which hardly any map publishes.
    vectors = neighbors.components if compose.vectors and neighbors.components <= WIDEST_VECTOR else 0
    packed = compose.tiles == "pmtiles"
    sitemap = bool(compose.base_url) and not compose.noindex
    return Beside(compose.list, compose.search, compose.quality, compose.galleries, packed, vectors, sitemap)
