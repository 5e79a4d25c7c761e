"""`mapmaker evaluate`, `classify` and `plot`: their arguments, and what is said of what was found."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapmaker.cli.arguments import add_running
from mapmaker.cli.learning import LABELLING, add_labels
from mapmaker.cli.terminal import Terminal, printable

if TYPE_CHECKING:
    from mapmaker.learn.evaluation.classifying import Classified

FOLDER = Path("evaluation")
PROTOCOL = ("enough", "exclusive", "times", "seed")
TOLD = 5
"""Genres that are told of a picture beside those that are said of it."""


def add_evaluate(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="tell how far what a network learned holds, on films it has never seen",
        description="Measure a network on posters of films that it has never seen, beside the frozen features that it "
        "began with. docs/evaluating.md tells what the figures mean.",
    )
    parser.set_defaults(command=evaluate, interrupted="features seen so far are kept")
    parser.add_argument("images", metavar="IMAGES", type=Path, help="folder of images")
    parser.add_argument(
        "--metadata", metavar="FILE", type=Path, required=True, help="table as of build, or Kaggle's MovieGenre.csv"
    )
    parser.add_argument("--model", metavar="FILE.keras", type=Path, help="what was learned, such as RUN/model.keras")
    parser.add_argument(
        "--frozen",
        metavar="NAME",
        help="measured beside it: an extractor or a .keras file (default: what it began with)",
    )
    parser.add_argument("--weights", metavar="FILE", type=Path, help="of --frozen, if it cannot be downloaded")
    parser.add_argument("--blend", metavar="SHARE", help="measure a mix of both, too: 0.5 is half of each")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=FOLDER, help=f"(default: {FOLDER})")
    add_labels(parser)
    how = parser.add_argument_group("how it is measured")
    how.add_argument("--enough", metavar="N", help="test posters that a genre in macro means must have (default: 20)")
    how.add_argument(
        "--exclusive",
        metavar="LIST",
        help="accuracy on exactly one of these (default: Action,Documentary,Horror,Romance)",
    )
    how.add_argument("--times", metavar="N", help="draws of the bootstrap (default: 1000)")
    how.add_argument("--seed", metavar="N", help="of splits and draws (default: 0)")
    parser.add_argument("--cache", metavar="FOLDER", type=Path, help="of features (default: .mapmaker/features)")
    add_running(parser, "the figures")


def add_classify(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "classify",
        help="tell which genres a picture looks like",
        description="Tell which genres pictures look like, how surely, and which posters are nearest to them.",
    )
    parser.set_defaults(command=classify)
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="an image file")
    _add_by(parser)
    parser.add_argument("-k", metavar="N", default="8", help="posters nearest to it, which vote (default: 8)")
    parser.add_argument("--sheet", metavar="FILE.png", type=Path, help="draw each with the posters nearest to it")
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")


def add_plot(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "plot",
        help="draw posters as a network sees them, in colours of their genres",
        description="Draw posters as a network sees them, in colours of their genres, how many there are of each, and "
        "which genres go together; as SVG.",
    )
    parser.set_defaults(command=plot)
    _add_by(parser)
    parser.add_argument("--layout", metavar="NAME", default="umap", help="umap (default), tsne or pca")
    parser.add_argument("--seed", metavar="N", default="0", help="of the layout (default: 0)")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="(default: plots in that of the evaluation)")


def _add_by(parser: Any) -> None:
    parser.add_argument(
        "--by", metavar="FOLDER", type=Path, default=FOLDER, help=f"what evaluate has left (default: {FOLDER})"
    )
    parser.add_argument("--network", metavar="FILE", type=Path, help="the network or its weights, if moved")


def evaluate(parsed: argparse.Namespace) -> None:
    """Measure, write the report, print where it is and what matters most."""
    from mapmaker import options
    from mapmaker.learn.evaluation.evaluating import CACHE, Networks, Place
    from mapmaker.learn.evaluation.evaluating import evaluate as measure
    from mapmaker.learn.evaluation.findings import Protocol
    from mapmaker.learn.evaluation.origin import origin_of
    from mapmaker.learn.evaluation.report import REPORT, headlines
    from mapmaker.learn.reading import Posters

    protocol = options.build(Protocol, _given(parsed, PROTOCOL), "evaluate")
    labels = origin_of(parsed.model).labelling(_given(parsed, (*LABELLING, "seed")))
    asked = {name: value for name in ("model", "frozen", "weights", "blend") if (value := getattr(parsed, name))}
    done = measure(
        Posters(parsed.images, parsed.metadata, labels),
        options.build(Networks, asked, "evaluate"),
        Place(parsed.out, parsed.cache or CACHE, parsed.workers, Terminal(quiet=parsed.quiet)),
        protocol,
    )
    for note in done.found.notes:
        print(f"  note: {printable(note)}", file=sys.stderr)
    if parsed.json:
        print(json.dumps([_plain(one) for one in done.found.figures], indent=1))
        return
    for line in headlines(done.found):
        print(printable(line))
    print(f"\n  {printable(str(parsed.out / REPORT))}")


def _given(parsed: argparse.Namespace, names: Sequence[str]) -> dict[str, object]:
    """Return those options that were given."""
    return {name: value for name in names if (value := getattr(parsed, name)) is not None}


def _plain(figure: Any) -> dict[str, Any]:
    """Return a figure as JSON has it: what is not measured is null."""
    return {name: None if value != value else value for name, value in dataclasses.asdict(figure).items()}


def classify(parsed: argparse.Namespace) -> None:
    """Print what is told of each picture."""
    from mapmaker import options
    from mapmaker.learn.evaluation.classifying import classify as tell
    from mapmaker.learn.evaluation.reference import read_reference
    from mapmaker.search.sheet import Place, check_sheet, draw_rows

    k = options.whole("k", options.convert(parsed.k, int, "k"), 1)
    if parsed.sheet is not None:
        check_sheet(parsed.sheet)
    reference = read_reference(parsed.by, parsed.network)
    told = tell(reference, parsed.files, k)
    if parsed.json:
        print(json.dumps([dataclasses.asdict(one) | {"file": str(one.file)} for one in told], indent=1))
    else:
        for one in told:
            print(*(printable(line) for line in _lines(one)), sep="\n")
    if parsed.sheet is not None:
        rows = [
            (
                _summary(one),
                [
                    Place(one.file, one.file.name, ", ".join(one.table)),
                    *(
                        Place(reference.images / n.name, ", ".join(n.genres), f"{n.similarity:.3f}")
                        for n in one.neighbors
                    ),
                ],
            )
            for one in told
        ]
        lacking = draw_rows(rows, parsed.sheet, label=10_000)
        print(f"\n  sheet  {printable(str(parsed.sheet))}", file=sys.stderr)
        if lacking:
            print(f"  note: {lacking:,} posters could not be read from {reference.images}", file=sys.stderr)


def _lines(one: "Classified") -> Iterator[str]:
    seen = f" (a poster of the {one.split} split)" if one.split else " (never seen)"
    yield f"{one.file}{seen}" + (f": {', '.join(one.table)}" if one.table else "")
    shown = [genre for place, genre in enumerate(one.genres) if place < TOLD or genre.said or genre.mark]
    for genre in shown:
        said = "*" if genre.said else " "
        mark = f"  ! {genre.mark}" if genre.mark else ""
        yield f"  {said} {100 * genre.probability:5.1f}%  {genre.name:<14} neighbours {100 * genre.votes:3.0f}%{mark}"
    for neighbor in one.neighbors:
        yield f"    {neighbor.similarity:.3f}  {neighbor.name}  {', '.join(neighbor.genres)}"


def _summary(one: "Classified") -> str:
    told: Sequence[str] = [f"{genre.name} {100 * genre.probability:.0f}%" for genre in one.genres[:TOLD]]
    return ", ".join(told)


def plot(parsed: argparse.Namespace) -> None:
    """Draw, print where that is."""
    from mapmaker import options
    from mapmaker.learn.evaluation.plotting import plot as draw
    from mapmaker.learn.evaluation.reference import read_reference

    seed = options.whole("seed", options.convert(parsed.seed, int, "seed"), 0)
    reference = read_reference(parsed.by, parsed.network)
    for file in draw(reference.vectors, reference.dataset, parsed.layout, seed).write(
        parsed.out or parsed.by / "plots"
    ):
        print(f"  {printable(str(file))}")
