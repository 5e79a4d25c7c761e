"""The commands. The only module that prints, reads the environment, and chooses exit codes.

Exit codes: 0 done; 2 something of the user's is to be mended; 1 our failure; 130 interrupted.
"""

import argparse
import collections
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mapmaker import __version__
from mapmaker.errors import InputError, MapmakerError, MissingExtra, ModelError, OptionError, near

DONE, FAILURE, USER_ERROR, INTERRUPTED = 0, 1, 2, 130
PORT = 8000
BAR = "  {desc:<10} {percentage:3.0f}% {bar:30} {n_fmt}/{total_fmt}{unit}, {rate_noinv_fmt}, {remaining} left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parsed = _parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start is silent unless asked for
    command: Callable[[argparse.Namespace], None] = parsed.command
    try:
        command(parsed)
    except InputError as error:
        return _fail(str(error), USER_ERROR)
    except MapmakerError as error:
        return _fail(str(error), FAILURE)
    except KeyboardInterrupt:
        return _fail("interrupted; what is done is kept, and the next run goes on from there", INTERRUPTED)
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or 'no file named'}", FAILURE)
    return DONE


def _fail(message: str, code: int) -> int:
    print(f"mapmaker: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mapmaker", description="A folder of posters goes in, a static map of them comes out."
    )
    parser.add_argument("--version", action="version", version=f"mapmaker {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_build(commands)
    _add_demo(commands)
    _add_serve(commands)
    return parser


def _add_build(commands: Any) -> None:
    parser = commands.add_parser(
        "build",
        help="make a map of a folder of images",
        description="Make a map of a folder of images. What has not changed since the last build is not done again.",
    )
    parser.set_defaults(command=_build)
    parser.add_argument("images", metavar="IMAGES", type=Path, help="folder of images; folders in it count too")
    parser.add_argument("--metadata", metavar="FILE", type=Path, help="CSV or TSV with a column 'filename'")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("map"), help="the map (default: map)")
    parser.add_argument(
        "--work",
        metavar="FOLDER",
        type=Path,
        help="work folder (default: .mapmaker/NAME OF THE MAP)",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="options as TOML, a table a stage")
    stages = parser.add_argument_group("options of stages", "the most used; docs/options.md lists all")
    stages.add_argument(
        "--extractor",
        metavar="NAME",
        help="inception_v3 (default), model, classic, or package.module:Class",
    )
    stages.add_argument(
        "--weights",
        metavar="FILE",
        type=Path,
        help="weights of inception_v3, if they cannot be downloaded",
    )
    stages.add_argument("--model", metavar="FILE.keras", type=Path, help="the network, with --extractor model")
    stages.add_argument("--features", metavar="FILE", type=Path, help="features from elsewhere, .npy or .npz")
    stages.add_argument("--layout", metavar="NAME", help="tsne (default) or pca")
    stages.add_argument("--seed", metavar="N", type=int, help="of the layout (default: 0)")
    stages.add_argument("--columns", metavar="N", type=int, help="cells across (default: what suits a screen)")
    stages.add_argument("--rows", metavar="N", type=int, help="cells down")
    stages.add_argument("--solver", metavar="NAME", help="sparse (default), lapjv or scipy")
    stages.add_argument("--poster-size", metavar="PIXELS", type=int, help="width of a poster at the deepest zoom")
    stages.add_argument("--title", metavar="TEXT", help="of the map (default: the folder's name)")
    stages.add_argument(
        "--set",
        metavar="STAGE.OPTION=VALUE",
        action="append",
        default=[],
        help="any option of any stage",
    )
    _add_common(parser)


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="draw sample posters and make a map of them",
        description="Draw sample posters for films that were never made, and make a map of them.",
    )
    parser.set_defaults(command=_demo)
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        default=Path("demo"),
        help="(default: demo)",
    )
    parser.add_argument("--count", metavar="N", type=int, default=420, help="how many posters (default: 420)")
    parser.add_argument("--extractor", metavar="NAME", help="inception_v3, or classic where that cannot be had")
    parser.add_argument("--serve", action="store_true", help="serve the map and print its address")
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        default=PORT,
        help=f"(default: {PORT}, or one that is free)",
    )
    _add_common(parser)


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="serve a map on this machine",
        description="Serve a map to browsers of this machine, until Ctrl-C. Publishing needs no server.",
    )
    parser.set_defaults(command=_serve)
    parser.add_argument("map", metavar="MAP", type=Path, nargs="?", default=Path("map"), help="(default: map)")
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        default=PORT,
        help=f"(default: {PORT}, or one that is free)",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", metavar="N", type=int, default=0, help="processes (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors and the report")


def _build(parsed: argparse.Namespace) -> None:
    from mapmaker import pipeline

    chosen = _chosen(parsed)
    workers = chosen.pop("workers", None)
    report = pipeline.build(
        parsed.images,
        parsed.out,
        parsed.metadata,
        parsed.work,
        workers=parsed.workers or workers or 0,
        progress=_progress(parsed),
        **chosen,
    )
    _print_report(report, parsed)


def _chosen(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return the options by stage: the config file's, then --set, then plain flags, each over those before."""
    from mapmaker import options, pipeline

    config = options.read_toml(parsed.config) if parsed.config else {}
    chosen: dict[str, Any] = {}
    if "workers" in config:
        chosen["workers"] = config.pop("workers")
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


def _demo(parsed: argparse.Namespace) -> None:
    from mapmaker.methods.engines import Local
    from mapmaker.sources.demo import write_posters

    if parsed.count < 1:
        raise OptionError(f"--count = {parsed.count} is below 1")
    progress = _progress(parsed)
    posters = parsed.folder / "posters"
    started = time.monotonic()
    try:
        metadata = write_posters(posters, parsed.count, spread=Local(parsed.workers).map)
    except OSError as error:
        raise InputError(f"cannot write {posters}: {error.strerror}") from error
    progress.line("draw", f"{parsed.count:,} posters", time.monotonic() - started)
    report = _demo_map(parsed, posters, metadata, progress)
    _print_report(report, parsed)
    if parsed.serve:
        _serve(argparse.Namespace(map=report.out, port=parsed.port))


def _demo_map(parsed: argparse.Namespace, posters: Path, metadata: Path, progress: "Terminal") -> Any:
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
        )

    try:
        return build(parsed.extractor or "inception_v3")
    except (ModelError, MissingExtra) as error:
        if parsed.extractor:
            raise
        progress.warn(f"{str(error).partition(' (')[0].partition(':')[0]}; the demo goes on with 'classic'")
        return build("classic")


def _serve(parsed: argparse.Namespace) -> None:
    from mapmaker.server.static import open_server

    with open_server(parsed.map, parsed.port) as server:
        print(f"The map is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        server.serve_forever()


def _progress(parsed: argparse.Namespace) -> "Terminal":
    return Terminal(bars=sys.stderr.isatty() and not parsed.quiet, lines=not parsed.quiet)


class Terminal:
    """A `Progress` on stderr: a bar while a stage works, a line when it is done."""

    def __init__(self, *, bars: bool, lines: bool) -> None:
        self._bars, self._lines = bars, lines
        self._bar: Any = None
        self._stage = ""
        self._started = 0.0

    def begin(self, stage: str) -> None:
        """See `Progress`."""
        self._stage, self._started = stage, time.monotonic()
        if self._bars:
            print(f"  {stage:<10} ...", end="\r", file=sys.stderr, flush=True)

    def expect(self, total: int, unit: str) -> None:
        """See `Progress`."""
        if self._bars and total:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc=self._stage, unit=f" {unit}", bar_format=BAR, leave=False)

    def advance(self, steps: int = 1) -> None:
        """See `Progress`."""
        if self._bar is not None:
            self._bar.update(steps)

    def end(self, stage: str, summary: str) -> None:
        """See `Progress`."""
        self._close()
        self.line(stage, summary, time.monotonic() - self._started)

    def warn(self, message: str) -> None:
        """See `Progress`."""
        self._close()
        if self._lines:
            print(f"  note: {message}", file=sys.stderr, flush=True)

    def line(self, stage: str, summary: str, seconds: float) -> None:
        """Print the one line of a stage that is done."""
        if self._lines:
            print(f"  {stage:<10} {summary:<58} {seconds:6.1f} s", file=sys.stderr, flush=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _print_report(report: Any, parsed: argparse.Namespace) -> None:
    if parsed.json:
        value = dataclasses.asdict(report) | {"out": str(report.out), "work": str(report.work)}
        print(json.dumps(value, indent=1))
        return
    grid = report.figures["grid"]
    posters = report.figures["triage"]["kept"]
    size = f"{posters:,} posters on {grid['columns']} x {grid['rows']} cells"
    did = f"in {report.seconds:.0f} s" if report.ran else "nothing had changed"
    print(f"\n{size}, {did}\n  map       {report.out / 'index.html'} (double click, or: mapmaker serve {report.out})")
    if report.rejects:
        print(f"  left out  {_reasons(report.rejects)}: see {report.work / 'rejects.csv'}")


def _reasons(rejects: Sequence[Any]) -> str:
    """Return the reasons with their counts, the most frequent first."""
    kinds = collections.Counter(_kind(reject.reason) for reject in rejects)
    counts = [f"{count:,} {kind}" for kind, count in kinds.most_common(4)]
    more = len(kinds) - len(counts)
    return ", ".join(counts) + (f", {more} other reasons" if more > 0 else "")


def _kind(reason: str) -> str:
    """Return a reason without its particulars: "same pixels as x.jpg" becomes "same pixels as another"."""
    for start in ("same file as", "same pixels as"):
        if reason.startswith(start):
            return f"{start} another"
    return reason.partition(":")[0].partition(" (")[0]


if __name__ == "__main__":
    sys.exit(main())
