"""`mapmaker similar` and `mapmaker mix`: their arguments, which poster is meant, and what is said of those found."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapmaker import options
from mapmaker.cli.arguments import add_images, add_work
from mapmaker.cli.terminal import printable
from mapmaker.errors import AmbiguousQuery, ImagesError, OptionError

if TYPE_CHECKING:
    from mapmaker.search import Answer

OPTIONS = ("space", "metric", "pca", "where", "index", "network")
OFF = "off"
MOST_OFFERED = 20
"""Posters among which a person is asked to choose."""


def add_similar(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "similar",
        help="find the posters most like one",
        description="Find the posters of a map that are most like one of them, or like any picture.",
    )
    parser.set_defaults(command=similar)
    parser.add_argument("query", metavar="QUERY", help="an image file, a poster's id or path, or a title")
    _add_common(parser, "similar.png with several counts of --pca, else none")


def add_mix(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "mix",
        help="find the posters between several",
        description="Find the posters of a map that are nearest to the mean of several.",
    )
    parser.set_defaults(command=mix)
    parser.add_argument("queries", metavar="QUERY", nargs="+", help="as of similar; two or more")
    parser.add_argument("--weights", metavar="LIST", help="one for each, such as 0.7,0.3 (default: all alike)")
    _add_common(parser, "mix.png")


def _add_common(parser: Any, sheet: str) -> None:
    parser.add_argument("-k", metavar="N", default="6", help="posters to find, 1 to 1,000 (default: 6)")
    parser.add_argument("--where", metavar="CONDITION", help="only posters of which it holds, such as 'year >= 1980'")
    parser.add_argument("--space", metavar="NAME", help="graph (default), in which neighbours are near; full, features")
    parser.add_argument("--metric", metavar="NAME", help="cosine (default) or euclidean")
    parser.add_argument(
        "--pca", metavar="LIST", help="in spaces of so many principal components: 30,500,5000,off, an answer for each"
    )
    parser.add_argument(
        "--index", metavar="NAME", help="exact; hnsw, which is built once; auto (default): if it is there"
    )
    add_sheet(parser, sheet)
    add_work(parser)
    add_images(parser)
    parser.add_argument(
        "--network", metavar="FILE", type=Path, help="the extractor's weights or model, if that was moved"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON, and never ask")


def add_sheet(parser: Any, default: str) -> None:
    """Add where a sheet is drawn; `default` tells where unless told."""
    parser.add_argument(
        "--sheet", metavar="FILE.png", type=Path, help=f"draw what was found; off: nothing (default: {default})"
    )


def similar(parsed: argparse.Namespace) -> None:
    """Print the posters most like one."""
    several = "," in (parsed.pca or "")
    _answer(parsed, [parsed.query], None, Path("similar.png") if several else None)


def mix(parsed: argparse.Namespace) -> None:
    """Print the posters between several."""
    if len(parsed.queries) < 2:
        raise OptionError("a mix takes two or more posters")
    weights = None if parsed.weights is None else [_number(text) for text in parsed.weights.split(",")]
    _answer(parsed, parsed.queries, weights, Path("mix.png"))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(f"weights: {text!r} is no number; write them like 0.7,0.3") from error


def _answer(
    parsed: argparse.Namespace, queries: Sequence[str], weights: Sequence[float] | None, default: Path | None
) -> None:
    sheet = sheet_of(parsed, default)
    found = _found(parsed, list(queries), weights)
    sheet, notes = drawn(parsed, found, sheet)
    if parsed.json:
        told = {
            **dataclasses.asdict(found),
            "notes": [*found.notes, *notes],
            "sheet": None if sheet is None else str(sheet),
        }
        print(json.dumps(told, indent=1))
        return
    for line in _lines(found):
        print(printable(line))
    if sheet is not None:
        print(f"\n  sheet  {printable(str(sheet))}")
    for note in (*found.notes, *notes):
        print(f"  note: {printable(note)}", file=sys.stderr)


def sheet_of(parsed: argparse.Namespace, default: Path | None) -> Path | None:
    """Return where a sheet is to be drawn, None for nowhere: with --json, only where somebody asked for one.

    OutputError if it cannot be written.
    """
    if parsed.sheet == Path(OFF) or (parsed.sheet is None and (parsed.json or default is None)):
        return None
    from mapmaker.search.sheet import check_sheet

    sheet: Path | None = parsed.sheet or default
    assert sheet is not None
    check_sheet(sheet)
    return sheet


def drawn(parsed: argparse.Namespace, found: "Answer", sheet: Path | None) -> tuple[Path | None, list[str]]:
    """Draw the sheet; return where it is, and notes. One that nobody asked for needs no folder of images."""
    if sheet is None:
        return None, []
    from mapmaker.search.sheet import draw_sheet

    try:
        return sheet, draw_sheet(parsed.work, found, sheet, parsed.images)
    except ImagesError as error:
        if parsed.sheet is not None or parsed.images is not None:
            raise
        return None, [f"no sheet is drawn: {error}"]


def _found(parsed: argparse.Namespace, queries: list[str], weights: Sequence[float] | None) -> "Answer":
    """Return the answer; a person is asked which poster is meant, if that is not clear."""
    from mapmaker.search import ask

    k = options.convert(parsed.k, int, "k")
    assert isinstance(k, int)
    chosen = {name: value for name in OPTIONS if (value := getattr(parsed, name)) is not None}
    while True:
        try:
            return ask(parsed.work, queries, weights, k, **chosen)
        except AmbiguousQuery as error:
            if parsed.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            meant = choose(error)
            queries = [meant if query == error.query else query for query in queries]


def choose(question: AmbiguousQuery) -> str:
    """Return the id of the poster that a person chooses. AmbiguousQuery if none is."""
    offered = question.candidates[:MOST_OFFERED]
    for number, (id_, title) in enumerate(offered, 1):
        print(printable(f"  {number:>2}  {title}  ({id_})"), file=sys.stderr)
    print(printable(f"which {question.query!r} is meant? "), end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if answer.isdecimal() and 1 <= int(answer) <= len(offered):
        return offered[int(answer) - 1][0]
    raise question


def _lines(found: "Answer") -> Iterator[str]:
    names = [f"{one.title} ({one.id})" if one.id else one.title for one in found.inputs]
    weights = [f"{one.weight:.2f} " if len(found.inputs) > 1 else "" for one in found.inputs]
    what = "like" if len(names) == 1 else "between"
    yield f"{what} {', '.join(weight + name for weight, name in zip(weights, names, strict=True))}"
    for seen in found.seen:
        if len(found.seen) > 1:
            yield ""
            yield seen.view
        if not seen.found:
            yield "  no poster fulfils the condition"
        for number, one in enumerate(seen.found, 1):
            worth = "" if one.percentile is None else f"above {one.percentile:.2f}% of pairs"
            year = f" ({one.year})" if one.year is not None else ""
            yield f"  {number:>3}  {one.similarity:.3f}  {worth}  {one.id}  {one.title or one.path}{year}"
