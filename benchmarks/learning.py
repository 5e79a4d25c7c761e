"""Learning: four genres in five folds by film, trained anew in each; and what a blend does to a map.

    python benchmarks/learning.py folds IMAGES TABLE --frozen FILE.keras [--train genres cnn7] [--out FOLDER]
        [-- ARGUMENTS OF mapmaker train]
    python benchmarks/learning.py blend IMAGES TABLE --model FILE.keras --frozen FILE.keras [--out FOLDER]

`folds`: posters of exactly one of `--classes` are asked. Four fifths of the films are learned from, a tenth of which
choose the epoch; the last fifth is asked. `cnn7` learns from posters like those that are asked, all others from all
posters of these films with all their genres; probes are fitted on posters like those that are asked.
Each film is asked once, so that all answers make one sample: its accuracy, and the difference to a probe of frozen
features, with 95% intervals of a paired bootstrap over films. A fold that is done is not done again.
`blend`: a map of what was learned, of what it began with, and of both by half: how much of either likeness neighbours
on the map keep, and how often they share the first genre. Prints Markdown tables.
"""

import argparse
import dataclasses
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.learn import Labelling, read_dataset
from mapmaker.learn.dataset import Dataset, Rows
from mapmaker.learn.evaluation import bootstrap
from mapmaker.learn.evaluation.classification import accuracy
from mapmaker.learn.evaluation.embedding import embed
from mapmaker.learn.evaluation.probe import fit_probe
from mapmaker.learn.splits import stratified, write_splits
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors.networks import KerasModel
from mapmaker.model import Floats
from mapmaker.progress import Silence
from mapmaker.workspace import Workspace

FOLDS = 5
VAL = 0.1
"""Of the films to be learned from, those that choose the epoch instead."""
FOUR = "Action,Documentary,Horror,Romance"
IMDB = "genre_vocab == 'imdb'"
CNN7 = "cnn7"
NEAR = 1
"""Cells away, in which a poster's neighbours on the map lie."""


def folds(options: argparse.Namespace) -> bool:
    """Print the accuracy of each, and how much it is above the frozen probe; whether the first that learned is."""
    whole, _ = read_dataset(options.images, options.table, Labelling(where=options.where, split=""))
    four = Labelling(rule="only", classes=tuple(options.classes.split(",")), where=options.where, split="")
    dataset, _ = read_dataset(options.images, options.table, four)
    drawn_into = stratified(whole.films, whole.labels, [1.0] * FOLDS, options.seed)
    fold_of = dict(zip(whole.films, drawn_into.tolist(), strict=True))
    frozen = _features(dataset, options.frozen, options.out)
    scores = {"frozen, linear probe": np.zeros(dataset.labels.shape)}
    scores |= {f"{name}, linear probe": np.zeros(dataset.labels.shape) for name in options.train}
    scores |= {name: np.zeros(dataset.labels.shape) for name in options.train if name == CNN7}
    for number in range(FOLDS):
        learned = _split(whole, fold_of, number, options.seed)
        split_of = dict(zip(learned.films, learned.splits, strict=True))
        part = dataclasses.replace(dataset, splits=[split_of[film] for film in dataset.films])
        train, val, test = (part.rows(split) for split in ("train", "val", "test"))
        scores["frozen, linear probe"][test] = _probed(frozen, part, train, val, test)
        for name in options.train:
            model = _trained(options, part if name == CNN7 else learned, name, number)
            values = _features(dataset, model, options.out)
            scores[f"{name}, linear probe"][test] = _probed(values, part, train, val, test)
            if name in scores:
                scores[name][test] = values[test]
    drawn = bootstrap.draws(dataset.films)
    measured = {name: accuracy(one, dataset.labels, drawn) for name, one in scores.items()}
    print(f"| {len(dataset):,} posters, {FOLDS} folds by film | accuracy | less the frozen probe |\n|---|---|---|")
    for name, found in measured.items():
        than = found - measured["frozen, linear probe"]
        print(f"| {name} | {_told(found, '.3f')} | {_told(than, '+.3f') if than.any() else ''} |")
    most = dataset.labels.sum(axis=0).max() / len(dataset)
    print(f"| the most frequent | {most:.3f} | |")
    gained = [measured[f"{name}, linear probe"] - measured["frozen, linear probe"] for name in options.train[:1]]
    return all(bootstrap.estimate(one).above for one in gained)


def _told(found: NDArray[np.float64], kind: str) -> str:
    one = bootstrap.estimate(found)
    return f"{one.value:{kind}} [{one.low:{kind}}, {one.high:{kind}}]"


def _split(whole: Dataset, fold_of: dict[str, int], asked: int, seed: int) -> Dataset:
    """Return the posters with the fold that is asked as test, and of the others' films a tenth as val."""
    folds = np.array([fold_of[film] for film in whole.films])
    others = np.flatnonzero(folds != asked)
    rest = whole.take(others)
    chooses = stratified(rest.films, rest.labels, [1 - VAL, VAL], seed + asked)
    splits = np.full(len(whole), "test", object)
    splits[others] = np.where(chooses == 1, "val", "train")
    return dataclasses.replace(whole, splits=splits.tolist())


def _probed(values: Floats, part: Dataset, train: Rows, val: Rows, test: Rows) -> NDArray[np.float64]:
    return fit_probe(values, part.labels, train, val, exclusive=True).linear(values[test])


def _features(dataset: Dataset, model: Path, out: Path) -> Floats:
    engine = Local()
    return embed(dataset.files, dataset.contents, KerasModel(model=model), out / "features", engine, Silence())


def _trained(options: argparse.Namespace, part: Dataset, name: str, number: int) -> Path:
    """Return the network of a fold; one that is trained already is not trained again."""
    folder: Path = options.out / f"{name}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    splits = options.out / f"splits-{name}-{number}.csv"
    write_splits(splits, part)
    labels = ["--where", options.where, "--splits", splits]
    if name == CNN7:
        labels += ["--rule", "only", "--classes", options.classes]
    else:
        labels += ["--backbone", options.frozen, *options.more]
    command = ["train", name, options.images, "--metadata", options.table, "--out", folder, *labels]
    subprocess.run([sys.executable, "-m", "mapmaker", *map(str, command)], check=True, stdout=sys.stderr)
    return folder / "model.keras"


def blend(options: argparse.Namespace) -> bool:
    """Print how good maps by the one, the other and both are, by either likeness and by genre."""
    networks: dict[str, dict[str, Any]] = {
        "learned": {"model": options.model},
        "blend 0.5": {"model": options.model, "frozen": options.frozen, "blend": 0.5},
        "frozen": {"model": options.frozen},
    }
    works = {}
    for name, chosen in networks.items():
        place = options.out / name.replace(" ", "-")
        # Cells are all that is asked for: posters may be small.
        chosen |= {"poster_size": 32, "compose": {"list": False, "galleries": False}}
        mm.build(options.images, place / "map", options.table, place / "work", extractor="model", **chosen)
        works[name] = Workspace(place / "work")
    dataset, _ = read_dataset(options.images, options.table, Labelling(where=options.where))
    first = dict(zip(dataset.names, dataset.first.tolist(), strict=True))
    tested = {dataset.names[row] for row in dataset.rows("test")}
    print("| map by | keeps of what was learned | keeps of frozen | around of the first genre | around test posters |")
    print("|---|---|---|---|---|")
    for name, work in works.items():
        kept = [mm.quality.neighbor_preservation(*_placed(work, works[by])) for by in ("learned", "frozen")]
        genres = [_share(work, first, None), _share(work, first, tested)]
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in (*kept, *genres)) + " |")
    chance = [_share(works["frozen"], first, only, shuffled=True) for only in (None, tested)]
    print("| chance | | | " + " | ".join(f"{value:.3f}" for value in chance) + " |")
    return True


def _placed(work: Workspace, seen_by: Workspace) -> tuple[Floats, NDArray[np.int32]]:
    """Return what another map's network sees in the posters on this map, and their cells."""
    paths, cells = _cells(work)
    images = artifacts.read_images(seen_by)
    rows = {path: row for row, path in enumerate(images.path)}
    vectors = artifacts.read_features(seen_by, artifacts.VECTORS, len(images)).values
    return vectors[[rows[path] for path in paths]], cells


def _cells(work: Workspace) -> tuple[list[str], NDArray[np.int32]]:
    images = artifacts.read_images(work)
    rows = artifacts.read_selection(work, len(images)).rows
    cells = artifacts.read_arrangement(work, len(rows)).cells
    return [images.path[row] for row in rows.tolist()], np.asarray(cells)


def _share(work: Workspace, first: dict[str, int], only: set[str] | None, shuffled: bool = False) -> float:
    """Return the mean share of the posters in the cells around one that are of its first genre."""
    paths, cells = _cells(work)
    genres = np.array([first.get(path, -1) for path in paths])
    if shuffled:
        genres = np.random.default_rng(0).permutation(genres)
    place = {(int(column), int(row)): genre for (column, row), genre in zip(cells, genres.tolist(), strict=True)}
    steps = [(x, y) for x in range(-NEAR, NEAR + 1) for y in range(-NEAR, NEAR + 1) if x or y]
    shares = []
    for path, (column, row), genre in zip(paths, cells.tolist(), genres.tolist(), strict=True):
        around = [place.get((column + x, row + y), -1) for x, y in steps]
        known = [one for one in around if one >= 0]
        if genre >= 0 and known and (only is None or path in only):
            shares.append(known.count(genre) / len(known))
    return float(np.mean(shares))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 0 if all is as it must be."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    more = given[given.index("--") + 1 :] if "--" in given else []
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    for measure in (folds, blend):
        kind = kinds.add_parser(measure.__name__)
        kind.set_defaults(measure=measure, more=more)
        kind.add_argument("images", type=Path)
        kind.add_argument("table", type=Path)
        kind.add_argument("--frozen", type=Path, required=True)
        kind.add_argument("--out", type=Path, default=Path("learning"))
        kind.add_argument("--where", default=IMDB)
        if measure is folds:
            kind.add_argument("--train", nargs="*", default=["genres"])
            kind.add_argument("--classes", default=FOUR)
            kind.add_argument("--seed", type=int, default=0)
        else:
            kind.add_argument("--model", type=Path, required=True)
    options = parser.parse_args(given[: given.index("--")] if "--" in given else given)
    return 0 if options.measure(options) else 1


if __name__ == "__main__":
    sys.exit(main())
