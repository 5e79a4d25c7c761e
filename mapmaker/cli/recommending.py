"""`mapmaker recommend`: posters for who watched some, and how well that finds what was hidden of many histories."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapmaker import options
from mapmaker.cli.arguments import add_images, add_work
from mapmaker.cli.searching import add_sheet, choose, drawn, sheet_of
from mapmaker.cli.terminal import printable
from mapmaker.errors import AmbiguousQuery, OptionError
from mapmaker.plural import count_of

if TYPE_CHECKING:
    from mapmaker.search.evaluating import Evaluation
    from mapmaker.search.known import Watched
    from mapmaker.search.recommending import Recommendation

OPTIONS = ("method", "half_life", "diversity", "space", "where", "index")
OF_ONE = ("method", "diversity", "index", "sheet", "images")
"""What only makes sense where posters are recommended."""
K, K_EVALUATED = 6, 10
MOST_TOLD = 8
"""Rows of a history that are not known, which are told one by one."""


def add_recommend(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "recommend",
        help="find posters for who watched some",
        description="Find the posters of a map that suit who watched some of them, or tell how well that works.",
    )
    parser.set_defaults(command=recommend)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--history",
        metavar="FILE.csv",
        type=Path,
        help="what was watched: a column id, filename or title; rating, date",
    )
    what.add_argument(
        "--evaluate", metavar="FILE.csv", type=Path, help="hide each poster of many histories (column history or user)"
    )
    parser.add_argument("-k", metavar="N", help=f"posters, 1 to 1,000 (default: {K}, to evaluate {K_EVALUATED})")
    parser.add_argument("--method", metavar="NAME", help="union (default), what is near to any; profile, to their mean")
    parser.add_argument(
        "--half-life", metavar="DAYS", help="in which what was watched comes to count half (default: 365); or off"
    )
    parser.add_argument("--diversity", metavar="D", help="0 (default), the best alone, to 1, most unlike one another")
    parser.add_argument("--where", metavar="CONDITION", help="only posters of which it holds, such as 'year >= 1980'")
    parser.add_argument("--space", metavar="NAME", help="graph (default), in which neighbours are near; full, features")
    parser.add_argument("--index", metavar="NAME", help="as of similar")
    add_sheet(parser, "recommend.png")
    add_work(parser)
    add_images(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON, and never ask")


def recommend(parsed: argparse.Namespace) -> None:
    """Print what suits one history, or how well many are answered."""
    if parsed.evaluate is not None:
        _evaluate(parsed)
        return
    sheet = sheet_of(parsed, Path("recommend.png"))
    found = _found(parsed)
    sheet, of_sheet = drawn(parsed, found, sheet if found.recommended else None)
    notes = [*found.notes, *of_sheet]
    if parsed.json:
        where = None if sheet is None else str(sheet)
        print(json.dumps({**dataclasses.asdict(found), "notes": notes, "sheet": where}, indent=1))
        return
    for line in _lines(found):
        print(printable(line))
    if sheet is not None:
        print(f"\n  sheet  {printable(str(sheet))}")
    _tell(found.told, len(found.unknown))
    for note in notes:
        print(f"  note: {printable(note)}", file=sys.stderr)


def _evaluate(parsed: argparse.Namespace) -> None:
    for name in OF_ONE:
        if getattr(parsed, name) is not None:
            raise OptionError(f"--{name} is not for --evaluate: leave it out")
    from mapmaker.search.collection import open_collection
    from mapmaker.search.evaluating import evaluate
    from mapmaker.search.histories import read_histories

    histories = read_histories(parsed.evaluate)
    found = evaluate(open_collection(parsed.work), histories, _k(parsed, K_EVALUATED), _chosen(parsed), MOST_TOLD)
    if parsed.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
        return
    for line in _figures(found):
        print(line)
    _tell(found.told, found.unknown)
    if found.short:
        some = count_of(found.short, "history has", "histories have")
        print(f"  note: {some} fewer than 2 posters that can be used, and left out", file=sys.stderr)


def _found(parsed: argparse.Namespace) -> "Recommendation":
    """Return what is recommended; a person is asked which poster is meant, where a title is of several."""
    from mapmaker.search.collection import open_collection
    from mapmaker.search.histories import read_history
    from mapmaker.search.recommending import recommend

    history = read_history(parsed.history)
    collection = open_collection(parsed.work)
    if not parsed.json and sys.stdin.isatty() and sys.stderr.isatty():
        from mapmaker.search.known import Lookup

        unclear = {one.line: one for one in Lookup(collection).known(history).unknown if one.candidates}
        history = [_asked(one, unclear[one.line].candidates) if one.line in unclear else one for one in history]
    return recommend(collection, history, _k(parsed, K), _chosen(parsed))


def _asked(one: "Watched", candidates: Sequence[tuple[str, str]]) -> "Watched":
    """Return the row with the poster that a person chooses; as it is if none is."""
    try:
        return dataclasses.replace(one, poster=choose(AmbiguousQuery(one.poster, candidates)))
    except AmbiguousQuery:
        return one


def _k(parsed: argparse.Namespace, default: int) -> int:
    k = default if parsed.k is None else options.convert(parsed.k, int, "k")
    assert isinstance(k, int)
    return k


def _chosen(parsed: argparse.Namespace) -> dict[str, object]:
    return {name: value for name in OPTIONS if (value := getattr(parsed, name)) is not None}


def _tell(told: Sequence[str], count: int) -> None:
    """Print which rows are not known."""
    for line in told[:MOST_TOLD]:
        print(f"  note: left out: {printable(line)}", file=sys.stderr)
    if (more := count - MOST_TOLD) > 0:
        print(f"  note: left out: {count_of(more, 'more row')} that name no poster; --json lists all", file=sys.stderr)


def _lines(found: "Recommendation") -> Iterator[str]:
    yield f"by {found.method}, for who watched {count_of(len(found.inputs), 'poster')}"
    if not found.recommended:
        yield "  no poster is left, or fulfils the condition"
    titles = {one.id: one.title for one in found.inputs}
    for number, one in enumerate(found.recommended, 1):
        year = f" ({one.year})" if one.year is not None else ""
        because = f"{one.similarity:.3f} like {titles[one.because]}"
        yield f"  {number:>3}  {one.score:.3f}  {one.id}  {one.title or one.path}{year}; {because}"


def _figures(found: "Evaluation") -> Iterator[str]:
    histories = count_of(found.histories, "history", "histories")
    yield f"{count_of(found.folds, 'poster')} of {histories} hidden, one at a time"
    yield f"\n  {'':<12} {f'hit rate at {found.k:,}':<19} MRR"
    for one in found.measured:
        hits = f"{100 * one.hit_rate:6.2f}% +- {100 * one.hit_rate_error:.2f}"
        yield f"  {one.method:<12} {hits:<19} {one.mrr:.4f} +- {one.mrr_error:.4f}"
