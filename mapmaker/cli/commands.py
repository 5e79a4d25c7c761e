"""What each command does, and what it says when it is done."""

import argparse
import collections
import dataclasses
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mapmaker.cli import serving
from mapmaker.cli.terminal import Terminal, printable
from mapmaker.errors import InputError, MissingExtra, ModelError, OptionError, OutputError, near
from mapmaker.plural import count_of

ENGINE = ("engine", "cluster", "ship")
"""Arguments that say where features are computed."""


def build(parsed: argparse.Namespace) -> None:
    """Make a map, say what came of it."""
    from mapmaker import pipeline

    with Terminal(quiet=parsed.quiet) as progress:
        report = pipeline.build(**_asked(parsed), progress=progress)
    _print_report(report, parsed)


def status(parsed: argparse.Namespace) -> None:
    """Say what a build would do, and why."""
    from mapmaker import forecast
    from mapmaker.cli import outlook

    found = forecast.status(**_asked(parsed))
    if parsed.json:
        value = dataclasses.asdict(found) | {"out": str(found.out), "work": str(found.work), "runs": found.runs}
        print(json.dumps(value, indent=1))
        return
    for line in outlook.lines(found):
        print(printable(line))


def _asked(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return what is passed to `build`, or `status`: the same for both."""
    places = {name: getattr(parsed, name) for name in ("images", "out", "metadata", "work", "fresh")}
    chosen = _chosen(parsed)
    workers = chosen.pop("workers", None)
    engine = {name: value for name in ENGINE if (value := getattr(parsed, name)) is not None}
    return {**places, "workers": parsed.workers or workers or 0, **chosen, **engine}


def _chosen(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return the options by stage: the config file's, then --set, then plain flags, each over those before."""
    from mapmaker import options, pipeline

    config = options.read_toml(parsed.config) if parsed.config else {}
    chosen: dict[str, Any] = {}
    for name in ("workers", *ENGINE):
        if name in config:
            chosen[name] = config.pop(name)
    tables = pipeline.tables(config)
    for assignment in parsed.set:
        stage, option, value = _assignment(assignment)
        if stage not in tables:
            raise OptionError(f"--set {assignment}: {near(stage, tables)}")
        tables[stage][option] = value
    for name, (stage, option) in pipeline.SHORTCUTS.items():
        if (value := getattr(parsed, name)) is not None:
            tables[stage][option] = value
    return {**chosen, **{name: table for name, table in tables.items() if table}}


def _assignment(text: str) -> tuple[str, str, str]:
    """Return (stage, option, value) of "stage.option=value"."""
    name, equals, value = text.partition("=")
    stage, dot, option = name.strip().partition(".")
    if not (equals and dot and option):
        raise OptionError(f"--set {text}: write it as stage.option=value, such as layout.perplexity=50")
    return stage, option.replace("-", "_"), value.strip()


def demo(parsed: argparse.Namespace) -> None:
    """Draw sample posters, make a map of them, and serve it if asked."""
    from mapmaker.methods.engines.local import Local
    from mapmaker.sources.demo import write_posters

    if parsed.count < 1:
        raise OptionError(f"--count = {parsed.count} is below 1")
    progress = Terminal(quiet=parsed.quiet)
    posters = parsed.folder / "posters"
    _check_demo_folder(posters)
    started = time.monotonic()
    try:
        metadata = write_posters(posters, parsed.count, spread=Local(parsed.workers).map)
    except OSError as error:
        raise InputError(f"cannot write {posters}: {error.strerror}") from error
    progress.line("draw", count_of(parsed.count, "poster"), time.monotonic() - started)
    with progress:
        report = _demo_map(parsed, posters, metadata, progress)
    _print_report(report, parsed)
    if parsed.serve:
        serving.serve(argparse.Namespace(map=report.out, port=parsed.port, bind=parsed.bind, search=False))


def _check_demo_folder(posters: Path) -> None:
    """Raise OutputError unless `posters` is empty, not there, or was filled by the demo."""
    from mapmaker.sources.demo import is_demo

    if posters.exists() and not is_demo(posters) and (posters.is_file() or any(posters.iterdir())):
        raise OutputError(f"{posters} holds something else than the demo's posters; give another folder")


def _demo_map(parsed: argparse.Namespace, posters: Path, metadata: Path, progress: Terminal) -> Any:
    """Build with the extractor asked for; if none was and there are no weights to be had, with `classic`."""
    from mapmaker import pipeline

    def build(extractor: str) -> Any:
        return pipeline.build(
            posters,
            parsed.folder / "map",
            metadata,
            workers=parsed.workers,
            progress=progress,
            extractor=extractor,
            title="Films that were never made",
            triage=dict.fromkeys(("near", "placeholder", "template"), "off"),  # a few series, all meant to be seen
        )

    try:
        return build(parsed.extractor or "inception_v3")
    except (ModelError, MissingExtra) as error:
        if parsed.extractor:
            raise
        progress.warn(f"{str(error).partition(' (')[0].partition(':')[0]}; the demo goes on with 'classic'")
        return build("classic")


def check(parsed: argparse.Namespace) -> bool:
    """Say what is wrong with a map; return whether it is whole."""
    from mapmaker.checks import check as check_map

    checked = check_map(parsed.map, parsed.host)
    if parsed.json:
        faults = [{**dataclasses.asdict(fault), "remedy": fault.remedy} for fault in checked.faults]
        print(json.dumps({"whole": checked.whole, **dataclasses.asdict(checked), "faults": faults}, indent=1))
        return checked.whole
    for fault in checked.faults:
        print(printable(f"{fault.file or 'the map'}: {fault.problem}"))
    for kind, count in checked.more.items():
        print(f"and {count:,} more of this kind: {kind}")
    size = f"{count_of(checked.posters, 'poster')}, {count_of(checked.files, 'file')}, {checked.bytes / 1e6:,.1f} MB"
    print(f"whole: {size}" if checked.whole else f"{count_of(checked.count, 'fault')} in {size}")
    for remedy in dict.fromkeys(fault.remedy for fault in checked.faults):
        print(f"  {remedy}")
    return checked.whole


def _print_report(report: Any, parsed: argparse.Namespace) -> None:
    from mapmaker.stages import grid as grid_stage
    from mapmaker.stages.triage import stage as triage_stage

    if parsed.json:
        value = dataclasses.asdict(report) | {"out": str(report.out), "work": str(report.work)}
        print(json.dumps(value, indent=1))
        return
    grid = report.figures["grid"]
    posters = report.figures["triage"]["kept"]
    size = f"{count_of(posters, 'poster')} on {grid_stage.area(grid)}"
    did = f"in {report.seconds:.0f} s" if report.ran else "nothing had changed"
    packed = any(report.out.glob("tiles/*.pmtiles"))
    look = "open it with" if packed else "double click, or"
    print(f"\n{size}, {did}\n  map       {report.out / 'index.html'} ({look}: mapmaker serve {report.out})")
    if not report.figures["compare"]["old"]:
        near_best = grid_stage.nearness(float(grid["displacement"]), float(grid["bound"]))
        print(f"  grid      {near_best}: see {report.work / 'grid.png'}")
    for line in (*_places(report), *_new_files(report)):
        print(line)
    if told := triage_stage.told(report.figures["triage"]):
        print(f"  triage    {'; '.join(told)}: see {report.work / 'triage' / 'index.html'}")
    if report.rejects:
        print(f"  left out  {_reasons(report.rejects)}: see {report.work / 'rejects.csv'}")


def _places(report: Any) -> Iterator[str]:
    """Yield what became of posters the last time, if this is that time; what it costs; and what to do about it."""
    from mapmaker.stages.compare import became, of_ten

    compared = report.figures["compare"]
    is_another = "remember" in report.ran  # also where a build that was killed did the rest
    if compared["old"] and is_another:
        stayed = f"{compared['old'] - compared['moved']:,} of {count_of(compared['old'], 'old poster')}"
        yield f"  places    cells kept by {stayed}; {became(compared)}: see {report.work / 'changes.csv'}"
        yield f"  likeness  a poster has {of_ten(compared['near'])} of the 10 most like it around it{_cost(compared)}"
    if compared["due"]:
        yield "  next      a fresh layout is due: build again with --fresh, which moves everything"


def _cost(compared: Mapping[str, Any]) -> str:
    """Return what newcomers have, and what keeping places costs, as far as it is known: no fresh layout was made."""
    from mapmaker.stages.compare import of_ten

    new = f", a new one {of_ten(compared['near_new'])}" if "near_new" in compared else ""
    if "near_fresh" not in compared:
        return new
    lost = f"about {compared['lost']:.0%}" if compared["lost"] else "nothing"
    return f"{new}; {of_ten(compared['near_fresh'])} when all were laid out: keeping places costs {lost}"


def _new_files(report: Any) -> Iterator[str]:
    """Yield how many files must be published again, if the site was made again where one stood."""
    composed = report.figures["compose"]
    if "compose" in report.ran and composed["new"] < composed["files"] - 1:
        gone = f", {composed['gone']:,} are gone" if composed["gone"] else ""
        yield f"  files     {composed['new']:,} of {count_of(composed['files'], 'file')} have new content{gone}"


def _reasons(rejects: Sequence[Any]) -> str:
    """Return the reasons with their counts, the most frequent first."""
    kinds = collections.Counter(reject.kind for reject in rejects)
    counts = [f"{count:,} {kind}" for kind, count in kinds.most_common(4)]
    more = len(kinds) - len(counts)
    return ", ".join(counts) + (f", {count_of(more, 'other reason')}" if more > 0 else "")
