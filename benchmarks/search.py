"""Search: how soon it answers, how well its index finds, and whether other scans of a poster come first.

    python benchmarks/search.py ids WORK [--queries 500] [--runs 5]
    python benchmarks/search.py pictures WORK PICTURES --model FILE.keras [--runs 5]
    python benchmarks/search.py index [--rows 300000] [--numbers 64] [--groups 3000]
    python benchmarks/search.py scans WORK [--films same_film.csv]
    python benchmarks/search.py histories WORK [--histories 1000]

WORK: the work folder of a finished map. `ids`: by id, from the graph and by looking at all, warm, and the command from
a cold start. `pictures`: the command, for a folder of images that are not on the map, against Keras alone that is
imported, loads the map's network and predicts; in turns. `index`: HNSW of made vectors, all distinct, against exact.
`scans`: of a map of the real posters with all of triage off, pairs of tests/data/same_poster.csv, and all of `--films`.
`histories`: of 20 posters, made from two clusters of the map each; what is hidden of them is looked for.
Prints Markdown tables; the exit code is 1 if anything is not as it must be.
"""

import argparse
import csv
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

import numpy as np

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.finished import read_finished
from mapmaker.methods.hnsw import Hnsw
from mapmaker.model import Images
from mapmaker.search.collection import open_collection
from mapmaker.search.evaluating import evaluate
from mapmaker.search.known import Watched
from mapmaker.search.recall import AT, RECALL
from mapmaker.workspace import Workspace

LABELS = Path(__file__).resolve().parents[1] / "tests" / "data" / "same_poster.csv"
WARM_MS, COLD_SECONDS, TIMES_BARE, BUILD_SECONDS, P99_MS, FOUND = 2.0, 2.0, 1.4, 180.0, 10.0, 0.95
"""What is asked for."""
EVALUATED_SECONDS = 10.0
FROM_EACH = 10
"""Posters of a history that are from one cluster."""
BEST = 5
"""Posters among which another scan is to be."""
BARE = """
import sys
import keras, numpy
from PIL import Image
network = keras.saving.load_model(sys.argv[1], compile=False)
_, height, width, _ = network.input_shape
picture = Image.open(sys.argv[2]).convert("RGB").resize((width or 224, height or 224))
network.predict(numpy.asarray(picture, "float32")[None], verbose=0)
"""


def ids(options: argparse.Namespace) -> bool:
    """Print what answers by id take."""
    images = _images(options.work)
    some = Random(0).sample(_selected(options.work, images), options.queries)
    mm.similar(options.work, images.id[some[0]])  # what is read once
    graph = _milliseconds(lambda row: mm.similar(options.work, images.id[row]), some)
    exact = _milliseconds(lambda row: mm.similar(options.work, images.id[row], index="exact"), some)
    cold = _cold([["similar", images.id[row], "--json"] for row in some[: options.runs]], options.work)
    print(f"| {int(images.present.sum()):,} posters | p50 | p99 |\n|---|---|---|")
    for name, times in (("by id, from the graph", graph), ("by id, all looked at", exact)):
        print(f"| {name} | {np.percentile(times, 50):.2f} ms | {np.percentile(times, 99):.2f} ms |")
    print(f"| the command, cold | {statistics.median(cold):.2f} s | at most {max(cold):.2f} s |")
    return bool(np.percentile(graph, 50) < WARM_MS) and statistics.median(cold) < COLD_SECONDS


def pictures(options: argparse.Namespace) -> bool:
    """Print what the command takes for a picture, against Keras alone."""
    files = sorted(file for file in options.pictures.iterdir() if file.is_file())[: options.runs + 1]
    ours, bare = [], []
    for file in files:
        bare.append(_seconds([sys.executable, "-c", BARE, options.model, file]))
        ours += _cold([["similar", file, "--json", "--network", options.model]], options.work)
    ours, bare = ours[1:], bare[1:]  # what the first finds cold on disk
    times = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    print("| a picture from elsewhere | median | from | to |\n|---|---|---|---|")
    for name, seconds in (("mapmaker similar", ours), ("Keras alone: import, load, predict", bare)):
        print(f"| {name} | {statistics.median(seconds):.2f} s | {min(seconds):.2f} s | {max(seconds):.2f} s |")
    print(f"| the median of their quotients | {times:.2f} | | |")
    return times <= TIMES_BARE


def index(options: argparse.Namespace) -> bool:
    """Print what building and asking HNSW takes, and what it finds."""
    vectors = made_vectors(options.rows + options.queries, options.numbers, options.groups)
    asked, vectors = vectors[options.rows :], vectors[: options.rows]
    assert len(np.unique(vectors, axis=0)) == len(vectors)
    started = time.monotonic()
    made = Hnsw.of(vectors)
    made.tune(AT, RECALL)
    built = time.monotonic() - started
    hnsw = _milliseconds(lambda query: made.search(query[None], AT), asked)
    truth = [np.argpartition(-(vectors @ query), AT)[:AT] for query in asked]
    found, _ = made.search(asked, AT)
    recall = np.mean([len(np.intersect1d(one, other)) / AT for one, other in zip(found, truth, strict=True)])
    exact = _milliseconds(lambda query: np.argpartition(-(vectors @ query), AT)[:AT], asked[:100])
    print(f"| {options.rows:,} x {options.numbers} | HNSW | all looked at |\n|---|---|---|")
    print(f"| built and tuned | {built:.0f} s | |\n| recall at {AT}, of rows that are not in it | {recall:.4f} | 1 |")
    print(f"| p50 | {np.percentile(hnsw, 50):.2f} ms | {np.percentile(exact, 50):.2f} ms |")
    print(f"| p99 | {np.percentile(hnsw, 99):.2f} ms | {np.percentile(exact, 99):.2f} ms |")
    print(f"| candidates | {made.ef_search} | |")
    return bool(recall >= RECALL and built < BUILD_SECONDS and np.percentile(hnsw, 99) < P99_MS)


def scans(options: argparse.Namespace) -> bool:
    """Print how often the other scan of a poster is among the most similar."""
    images = _images(options.work)
    kept = {images.path[row] for row in _selected(options.work, images)}
    with LABELS.open(encoding="utf-8", newline="") as file:
        same = [(row["file"], row["other"]) for row in csv.DictReader(file) if row["same"] == "yes"]
    print(f"| pairs | of which both are on the map | the other among the {BEST} most similar |\n|---|---|---|")
    share = _shared(options.work, images, kept, "other scans of a poster", same)
    if options.films:
        with options.films.open(encoding="utf-8", newline="") as file:
            films = [row["files"].split("|") for row in csv.DictReader(file)]
        pairs = [pair for film in films for pair in itertools.combinations(film, 2)]
        _shared(options.work, images, kept, "posters of one film", pairs)
    return share >= FOUND


def histories(options: argparse.Namespace) -> bool:
    """Print how well recommendations find what is hidden of histories made from clusters of the map, and how soon."""
    collection, chance = open_collection(options.work), np.random.default_rng(0)
    clusters = [one.members for one in read_finished(options.work).clusters.clusters if len(one.members) >= FROM_EACH]
    made = {}
    for number in range(options.histories):
        two = chance.choice(len(clusters), 2, replace=False)
        some = np.concatenate([chance.choice(clusters[one], FROM_EACH, replace=False) for one in two])
        made[str(number)] = [Watched(collection.images.id[row]) for row in collection.selected[some]]
    started = time.monotonic()
    found = evaluate(collection, made)
    seconds = time.monotonic() - started
    print(f"| {found.folds:,} folds, in {seconds:.1f} s | hit rate at {found.k} | MRR |\n|---|---|---|")
    for one in found.measured:
        print(
            f"| {one.method} | {one.hit_rate:.4f} +- {one.hit_rate_error:.4f} | {one.mrr:.4f} +- {one.mrr_error:.4f} |"
        )
    methods, others = found.measured[:2], found.measured[2:]
    return seconds < EVALUATED_SECONDS and all(one.hit_rate > other.hit_rate for one in methods for other in others)


def _shared(work: Path, images: Images, kept: set[str], name: str, pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of pairs found, each looked for from both ends."""
    row = {path: number for number, path in enumerate(images.path)}
    both = [pair for pair in pairs if kept.issuperset(pair)]
    found = [
        images.id[row[other]] in [id_ for id_, _ in mm.similar(work, images.id[row[one]], BEST)]
        for pair in both
        for one, other in (pair, pair[::-1])
    ]
    share = sum(found) / max(1, len(found))
    print(f"| {name}: {len(pairs):,} | {len(both):,} | {share:.3f} ({sum(found):,} of {len(found):,}) |")
    return share


def made_vectors(rows: int, numbers: int, groups: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return (rows, numbers) of unit length, all distinct: around `groups` centres, as posters are around styles."""
    chance = np.random.default_rng(0)
    centres = chance.standard_normal((groups, numbers), np.float32)
    values = centres[chance.integers(0, groups, rows)] + 0.8 * chance.standard_normal((rows, numbers), np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def _images(work: Path) -> Images:
    return artifacts.read_images(Workspace(work))


def _selected(work: Path, images: Images) -> list[int]:
    rows: list[int] = artifacts.read_selection(Workspace(work), len(images)).rows.tolist()
    return rows


def _milliseconds(call: Callable[..., object], items: Iterable[object]) -> list[float]:
    times = []
    for item in items:
        started = time.perf_counter()
        call(item)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _cold(commands: Sequence[Sequence[object]], work: Path) -> list[float]:
    return [_seconds([sys.executable, "-m", "mapmaker", *command, "--work", work]) for command in commands]


def _seconds(command: Sequence[object]) -> float:
    """Return what a command takes; leave, saying so, if it fails, or tells nothing where it should."""
    words = [str(word) for word in command]
    started = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0 or ("--json" in words and not json.loads(done.stdout)["seen"][0]["found"]):
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}: {done.stderr}")
    return seconds


def main() -> int:
    """Parse, measure; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kinds = parser.add_subparsers(required=True)
    for kind in (ids, pictures, index, scans, histories):
        one = kinds.add_parser(kind.__name__, help=kind.__doc__)
        one.set_defaults(run=kind)
        if kind is not index:
            one.add_argument("work", type=Path)
        if kind is pictures:
            one.add_argument("pictures", type=Path)
            one.add_argument("--model", type=Path, required=True)
        if kind in (ids, index):
            one.add_argument("--queries", type=int, default=500)
        if kind in (ids, pictures):
            one.add_argument("--runs", type=int, default=5)
        if kind is index:
            one.add_argument("--rows", type=int, default=300_000)
            one.add_argument("--numbers", type=int, default=64)
            one.add_argument("--groups", type=int, default=3_000)
        if kind is histories:
            one.add_argument("--histories", type=int, default=1_000)
        if kind is scans:
            one.add_argument("--films", type=Path)
    options = parser.parse_args()
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main())
