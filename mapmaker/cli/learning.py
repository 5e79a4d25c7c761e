"""`mapmaker train`: its arguments, and what is said of the network that came of it."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mapmaker.cli.arguments import add_running
from mapmaker.cli.terminal import Terminal, printable
from mapmaker.errors import OptionError
from mapmaker.learn.recipe import PRESETS

RECIPE = ("backbone", "weights", "size", "objective", "epochs", "batch", "rate", "precision", "patience", "seed")
LABELLING = ("column", "rule", "classes", "where", "split", "splits", "least", "film")
INTERRUPTED = "what is trained so far is kept, and the same command goes on from there"


def add_train(subparsers: Any) -> None:
    """Add the command, and one below it for each preset."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on what posters are labelled with",
        description="Train a network on what posters are labelled with, such as genres; `build --extractor model "
        "--model OUT/model.keras` makes a map by what it learned. A run that was broken off goes on where it was.",
    )
    presets = parser.add_subparsers(metavar="PRESET", required=True)
    for name, (_, told) in PRESETS.items():
        _add_preset(presets, name, told)
    _add_sweep(presets)


def _add_preset(presets: Any, name: str, told: str) -> None:
    parser = presets.add_parser(name, help=told, description=f"Train {told}.")
    parser.set_defaults(command=train, preset=name, interrupted=INTERRUPTED)
    _add_posters(parser, Path(name))
    network = parser.add_argument_group("the network and its training; docs/learning.md lists all options")
    defaults = PRESETS[name][0]
    network.add_argument(
        "--backbone",
        metavar="NAME",
        help=f"a .keras file, or one of Keras' networks: inception_v3, vgg16, vgg19, resnet50, nasnet_large, cnn7 "
        f"(default: {defaults['backbone']})",
    )
    network.add_argument("--weights", metavar="FILE", type=Path, help="of one of Keras' networks, if not downloaded")
    network.add_argument("--size", metavar="WxH", help="of the pictures (default: the backbone's)")
    network.add_argument("--objective", metavar="NAME", help="triplet, proxy-anchor, sigmoid or softmax")
    network.add_argument("--epochs", metavar="N", help=f"(default: {defaults['epochs']})")
    network.add_argument("--batch", metavar="N", help="posters at a time")
    network.add_argument("--rate", metavar="X", help="learning rate")
    network.add_argument("--precision", metavar="NAME", help="auto (default), float32 or bfloat16")
    network.add_argument("--patience", metavar="N", help="end after so many epochs without a better figure on val")
    _add_set(network)


def _add_posters(parser: Any, out: Path) -> None:
    parser.add_argument("images", metavar="IMAGES", type=Path, help="folder of images")
    parser.add_argument(
        "--metadata", metavar="FILE", type=Path, required=True, help="table as of build, or Kaggle's MovieGenre.csv"
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=out, help=f"(default: {out})")
    add_labels(parser)
    parser.add_argument("--seed", metavar="N", help="of everything random (default: 0)")
    parser.add_argument("--cache", metavar="FOLDER", type=Path, help="of decoded pictures (default: .mapmaker/pixels)")
    parser.add_argument("--fresh", action="store_true", help="replace the run that is in the folder")
    parser.add_argument("--tensorboard", action="store_true", help="write logs for TensorBoard into OUT/tensorboard")
    add_running(parser, "the card")


def add_labels(parser: Any) -> None:
    """Add what posters are labelled with, and how they are split."""
    labels = parser.add_argument_group("labels and splits")
    labels.add_argument(
        "--column", metavar="NAME", help="of the table, labels in it apart by |, ; or , (default: genres)"
    )
    labels.add_argument(
        "--rule",
        metavar="NAME",
        help="multi: all labels (default); first (default of softmax), rarest; only: exactly one of --classes",
    )
    labels.add_argument("--classes", metavar="LIST", help="labels that count, such as Drama,Horror (default: all)")
    labels.add_argument("--least", metavar="N", help="films that a label must have (default: 20)")
    labels.add_argument("--film", metavar="NAME", help="column that tells films apart (default: imdb_id, if there)")
    labels.add_argument("--where", metavar="CONDITION", help="only posters of which it holds, as of similar")
    labels.add_argument("--split", metavar="NAME", help="column of train, val and test (default: split, if there)")
    labels.add_argument("--splits", metavar="FILE", type=Path, help="splits.csv of another run")


def _add_set(group: Any) -> None:
    group.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help="any other option")


def _add_sweep(presets: Any) -> None:
    parser = presets.add_parser(
        "sweep",
        help="train cnn7 at several learning rates and sizes",
        description="Train cnn7 at each of several learning rates and sizes; table and curves tell how that came out.",
    )
    parser.set_defaults(command=sweep, preset="cnn7", interrupted=INTERRUPTED)
    _add_posters(parser, Path("sweep"))
    parser.add_argument("--rates", metavar="LIST", help="learning rates (default: 1e-4,3e-4,1e-3,3e-3,1e-2)")
    parser.add_argument("--sizes", metavar="LIST", help="(default: 55x80,73x107,91x134,109x161,127x188)")
    parser.add_argument("--epochs", metavar="N", default="10", help="(default: 10)")
    parser.add_argument("--objective", metavar="NAME", help="softmax (default) or sigmoid")
    _add_set(parser)


def train(parsed: argparse.Namespace) -> None:
    """Train a network, say how far it holds."""
    from mapmaker.learn.reading import Posters
    from mapmaker.learn.recipe import recipe
    from mapmaker.learn.training import train as learn

    made = recipe(parsed.preset, _given(parsed, RECIPE))
    posters = Posters(parsed.images, parsed.metadata, labelling(parsed, made.objective))
    done = learn(posters, made, _place(parsed), _terminal(parsed))
    _print_notes(done.notes)
    if parsed.json:
        print(json.dumps(done.card, indent=1))
        return
    print(f"\n  {printable(str(done.model))}")
    print(f"  on val, in epoch {done.card['epoch']}, the best: {_figures(done.card['figures'])}")
    for name, figures in done.card.get("baselines", {}).items():
        print(f"    {name}: {_figures(figures)}")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"  note: {printable(note)}", file=sys.stderr)


def _figures(told: Mapping[str, float]) -> str:
    from mapmaker.learn.card import NAMES

    return ", ".join(f"{NAMES[name]} {value:.4f}" for name, value in told.items())


def sweep(parsed: argparse.Namespace) -> None:
    """Train at each rate and size, print the table."""
    from mapmaker.learn import sweep as sweeping
    from mapmaker.learn.reading import Posters
    from mapmaker.learn.recipe import recipe

    made = recipe(parsed.preset, _given(parsed, ("objective", "epochs", "seed")))
    recipes = sweeping.grid(made, _listed(parsed.rates) or sweeping.RATES, _listed(parsed.sizes) or sweeping.SIZES)
    posters = Posters(parsed.images, parsed.metadata, labelling(parsed, made.objective))
    table = sweeping.sweep(posters, recipes, _place(parsed), _terminal(parsed))
    _print_notes(table.notes)
    print(json.dumps(table.rows, indent=1) if parsed.json else "\n".join(table.lines()))


def _given(parsed: argparse.Namespace, names: tuple[str, ...]) -> dict[str, object]:
    """Return the options of the recipe that were given: with --set, then plain flags over those."""
    given: dict[str, object] = {}
    for text in parsed.set:
        name, equals, value = text.partition("=")
        if not (equals and name.strip()):
            raise OptionError(f"--set {text}: write it as option=value, such as embedding=256")
        given[name.strip().replace("-", "_")] = value.strip()
    plain = {name: value for name in names if (value := getattr(parsed, name)) is not None}
    return {**given, **plain}


def labelling(parsed: argparse.Namespace, objective: str = "") -> Any:
    """Return which labels count; softmax takes one a poster."""
    from mapmaker import options
    from mapmaker.learn.reading import Labelling

    given: Mapping[str, object] = {
        name: value for name in (*LABELLING, "seed") if (value := getattr(parsed, name)) is not None
    }
    one = {"rule": "first"} if objective == "softmax" else {}
    return options.build(Labelling, {**one, **given}, "labels")


def _place(parsed: argparse.Namespace) -> Any:
    from mapmaker.learn.training import Place

    place = Place(parsed.out, workers=parsed.workers, fresh=parsed.fresh, tensorboard=parsed.tensorboard)
    return place if parsed.cache is None else dataclasses.replace(place, cache=parsed.cache)


def _terminal(parsed: argparse.Namespace) -> Terminal:
    return Terminal(quiet=parsed.quiet)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()
