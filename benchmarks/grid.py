"""Grids, measured: seconds, memory, cost to the least possible cost, and quality, of mapmaker's methods and of others.

    python benchmarks/grid.py [exact] [sizes] [posters] [scales] [many] [--cache FOLDER] [--many FOLDER] ...

exact    costs of `sparse` beside those of scipy and lapjv, on 50 random and degenerate inputs
sizes    every method from 1,024 to 1,000,000 clumpy points made from --seed, each as far as its limits let it
posters  three times 4,096 real posters: quality of every grid, what `arrange` adds to it, and how long it takes
scales   the same posters laid over the grid by each of its scales
many     the polish of 4,096 to 50,000 posters that many_posters.py makes in --many FOLDER; half an hour, or more

Without a word: all but the last, some 25 minutes on two cores. Prints Markdown. Other packages: the extra `benchmarks`;
rows of those that are not there say so. In --cache, which those of posters need, nothing is kept but features.

Every call runs in a process of its own (placing.py). A method over a limit is not tried on more points. Where other
work keeps the machine busy, seconds of CPU tell more than those on the clock.
"""

import argparse
import hashlib
import importlib
import importlib.metadata
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from placing import SHORT, SOLVING, Array, Limits, Outcome, Task, cost_of, run

import mapmaker as mm
from mapmaker.methods.neighbors import Reduction
from mapmaker.methods.scales import SCALES, scaled
from mapmaker.methods.solvers import SOLVERS
from mapmaker.workspace import replacing

PARTS = ("exact", "sizes", "posters", "scales", "many")
SIZES = {1_024: (32, 32), 4_096: (64, 64), 16_384: (128, 128), 90_000: (300, 300), 170_000: (425, 400)}
SIZES[1_000_000] = (1000, 1000)
GROWTH = (90_000, 1_000_000)
"""Between these two, seconds a point should not grow much."""
REPEATED = 4_096
"""Up to so many points mapmaker is timed three times: there, the median counts."""
SUBSET = 4_096
MANY = {4_096: (64, 64), 10_000: (100, 100), 20_000: (160, 125), 50_000: (250, 200)}
MANY_SIZE = "224x336"
CURVES = 1_024
"""Posters whose distances `many` averages, whatever their number, so that all are measured alike."""
SHARD = 5_000
"""Posters whose features are computed at once; a run that is stopped loses no more."""
BY_FEATURES = "goes by features"
"""Costs say nothing of a map that never saw the points: it may lie on its side."""
PACKAGES = ("numpy", "scipy", "numba", "openTSNE", "lapjv", "lapx", "rasterfairy-py3", "vc-flas")


# exact


def exact(seed: int) -> None:
    """Print by how much the costs of `sparse` differ from those of scipy and lapjv."""
    kinds: dict[str, list[tuple[int, float, float | None]]] = {}
    for kind, targets, columns, rows in inputs(np.random.default_rng(seed)):
        cost = {name: solved(name, targets, columns, rows) for name in ("sparse", "scipy", "lapjv")}
        apart = [None if other is None else difference(cost["sparse"], other) for other in list(cost.values())[1:]]
        kinds.setdefault(kind, []).append((len(targets), apart[0] or 0.0, apart[1]))
        note(f"exact: {kind}, {len(targets):,} targets, {columns} x {rows}: {apart}")
    headings = ("inputs", "number", "N", "sparse to scipy, relative", "sparse to lapjv, relative")
    print(f"\n### exact: {sum(map(len, kinds.values()))} inputs, largest relative difference of costs\n")
    print_table(headings, [exact_row(kind, found) for kind, found in kinds.items()])
    everything = [one for found in kinds.values() for one in found]
    print_table((), [exact_row("**all**", everything)])


def exact_row(kind: str, found: Sequence[tuple[int, float, float | None]]) -> tuple[str, ...]:
    """Return a row of the table."""
    counts = [n for n, _, _ in found]
    with_lapjv = [apart for _, _, apart in found if apart is not None]
    least_most = f"{min(counts):,} to {max(counts):,}"
    worst = f"{max(with_lapjv, key=abs):.1e}" if with_lapjv else "not installed"
    return kind, str(len(found)), least_most, f"{max((apart for _, apart, _ in found), key=abs):.1e}", worst


def solved(name: str, targets: Array, columns: int, rows: int) -> float | None:
    """Return what a solver's assignment costs, None where its package is not there."""
    try:
        cells = SOLVERS[name]()()(targets, columns, rows)
    except mm.MapmakerError:
        return None
    if len(np.unique(cells, axis=0)) < len(targets):
        sys.exit(f"{name}: a cell is held twice")
    return cost_of(targets, cells)


def difference(cost: float | None, other: float) -> float:
    """Return by what share of the other the cost is higher."""
    assert cost is not None
    return (cost - other) / max(other, 1e-12) if cost != other else 0.0


def inputs(random: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float32], int, int]]:
    """Yield 50 times kind, targets, columns, rows: 47 small ones, every second with holes, and three of 4,096."""
    shapes = ((1, 1), (2, 1), (1, 7), (5, 4), (9, 7), (16, 16), (17, 16), (20, 13), (24, 24), (40, 25), (33, 32))
    for i in range(47):
        kind = list(KINDS)[i % len(KINDS)]
        columns, rows = shapes[i % len(shapes)]
        n = columns * rows if i % 2 else max(1, int(random.uniform(0.2, 1) * columns * rows))
        yield kind, np.asarray(KINDS[kind](random, n, columns, rows), np.float32), columns, rows
    for kind, columns, rows in (("uniform", 64, 64), ("clumps", 64, 64), ("two far clumps", 66, 64)):
        yield kind, np.asarray(KINDS[kind](random, SUBSET, columns, rows), np.float32), columns, rows


KINDS: dict[str, Callable[[np.random.Generator, int, int, int], Array]] = {
    "uniform": lambda random, n, columns, rows: random.uniform((0, 0), (columns, rows), (n, 2)),
    "clumps": lambda random, n, columns, rows: clumpy(random, n) * (columns, rows),
    "all equal": lambda random, n, columns, rows: np.tile(random.uniform((0, 0), (columns, rows)), (n, 1)),
    "on a line": lambda random, n, columns, rows: random.uniform(0, 1, (n, 1)) * (columns, rows),
    "two far clumps": lambda random, n, columns, rows: (
        random.integers(0, 2, (n, 1)) * (columns - 1, rows - 1) + random.normal(0, 0.01, (n, 2))
    ),
    "heavy ties": lambda random, n, columns, rows: (
        2.0 * random.integers(0, (max(2, columns // 4), max(2, rows // 4)), (n, 2))
    ),
    "far off the grid": lambda random, n, columns, rows: random.normal((40 * columns, -30 * rows), rows, (n, 2)),
}


def clumpy(random: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Return (n, 2) points in and around the unit square as t-SNE leaves them: clumps, large and small, and between."""
    centres, spread = random.uniform(0, 1, (60, 2)), random.uniform(0.005, 0.06, 60)
    clump = random.choice(60, n, p=random.dirichlet(np.ones(60)))
    points = random.normal(centres[clump], spread[clump, None])
    between = random.uniform(0, 1, n) < 0.1
    points[between] = random.uniform(0, 1, (int(between.sum()), 2))
    return np.asarray(points, np.float32)


# sizes


def sizes(seed: int, limits: Limits, most: int) -> None:
    """Print the table of all methods by number of points."""
    print("\n### sizes: clumpy points, as many as cells\n")
    print_table(("N", "method", "seconds (of CPU)", "again", "memory", "cost / lower bound"), ())
    outcomes: dict[tuple[str, int], Outcome] = {}
    beaten: set[str] = set()
    for n, (columns, rows) in SIZES.items():
        if n > most:
            break
        task = Task(columns, rows, scaled(clumpy(np.random.default_rng(seed), n), columns, rows))
        bound = float("nan")
        for name in SOLVING:
            outcome = Outcome("not tried")
            if name not in beaten:
                given = replace(task, features=waves(task.targets / columns)) if name == "FLAS" else task
                outcome = timed(name, given, limits, 3 if name == "sparse" and n <= REPEATED else 1)
            if outcome.failure:
                beaten.add(name)
            bound = float(outcome.made.get("bound", bound))
            print_table((), [(f"{n:,}", *size_row(name, task, outcome, bound))])
            outcomes[name, n] = outcome
    print(f"\nFLAS got 64 features a point, waves over the plane. Up to {REPEATED:,} sparse is a median of three.")
    print(f"`again`: a second call in the same process, where the first took less than {SHORT} s.\n")
    print_growth(outcomes)


def size_row(name: str, task: Task, outcome: Outcome, bound: float) -> tuple[str, ...]:
    """Return a row of the table."""
    if outcome.failure:
        return name, outcome.failure, "", "", ""
    share = BY_FEATURES if name == "FLAS" else ratio(cost_of(task.targets, outcome.cells), bound)
    again = "" if np.isnan(outcome.again) else f"{outcome.again:.2f}"
    return name, outcome.took, again, gigabytes(outcome.memory), share


def print_growth(outcomes: dict[tuple[str, int], Outcome]) -> None:
    """Print how the time of `sparse` grows, and what the other exact solvers take beside it."""

    def of(name: str, n: int) -> Outcome:
        return outcomes.get((name, n), Outcome("not run"))

    each = [1e6 * of("sparse", n).seconds / n for n in GROWTH]
    busy = [1e6 * of("sparse", n).busy / n for n in GROWTH]
    shown = " and ".join(f"{one:.1f} µs ({cpu:.1f}) at {n:,}" for one, cpu, n in zip(each, busy, GROWTH, strict=True))
    if not np.isnan(each).any():
        print(f"- sparse, a point: {shown}: {each[1] / each[0]:.2f} times ({busy[1] / busy[0]:.2f})")
    first = of("sparse", REPEATED)
    for other in ("lapjv", "scipy", "lapx"):
        took = of(other, REPEATED)
        if took.made and first.made:
            times = f"{took.seconds / first.seconds:.0f} times ({took.busy / first.busy:.0f})"
            print(
                f"- {other} / sparse at {REPEATED:,}: {times}; {took.seconds / first.again:.0f} times its second call"
            )


def timed(name: str, task: Task, limits: Limits, times: int) -> Outcome:
    """Return the last of so many outcomes, and the median of their seconds."""
    outcomes = [run(name, task, limits) for _ in range(times)]
    failed = next((one for one in outcomes if one.failure), None)
    medians = {key: statistics.median(getattr(one, key) for one in outcomes) for key in ("seconds", "busy", "again")}
    return failed or replace(outcomes[-1], **medians)


def waves(places: Array) -> NDArray[np.float32]:
    """Return (n, 64) features of places, near for near ones: cosines along random directions."""
    random = np.random.default_rng(0)
    directions, phases = random.normal(0, 6, (2, 64)), random.uniform(0, 2 * np.pi, 64)
    return np.cos(places.astype(np.float32) @ directions.astype(np.float32) + phases.astype(np.float32))


# posters, many


@dataclass(frozen=True)
class Quality:
    """DPQ_16 and 10-in-24, on the raw features and on the vectors that the layout starts from."""

    numbers: Array
    """(4,)"""

    def __sub__(self, other: "Quality") -> "Quality":
        return Quality(self.numbers - other.numbers)

    def shown(self, form: str = ".4f") -> tuple[str, ...]:
        """Return four cells of a table."""
        return tuple(format(number, form) for number in self.numbers)


MEASURES = ("DPQ_16, raw", "10-in-24, raw", "DPQ_16, vectors", "10-in-24, vectors")


def quality(values: Array, vectors: Array, cells: Array, curves: int | None = None) -> Quality:
    """Measure a map; `curves`: posters whose distances are averaged, None for all."""
    found = []
    for features in (values, vectors):
        found.append(mm.quality.distance_preservation(features, cells, sample=curves))
        found.append(mm.quality.neighbor_preservation(features, cells))
    return Quality(np.array(found))


@dataclass(frozen=True)
class Subset:
    """Some posters: features, the vectors that the layout starts from, and the layout."""

    values: Array
    vectors: Array
    placed: Outcome

    def task(self, columns: int, rows: int) -> Task:
        """Return what a grid is given."""
        return Task(columns, rows, scaled(self.placed.made["points"], columns, rows), self.values)


def subset(features: Array, seed: int, n: int, limits: Limits) -> Subset:
    """Draw n posters, and lay them out."""
    values = features[np.sort(np.random.default_rng(seed).permutation(len(features))[:n])]
    placed = run("layout", Task(features=values), limits)
    if placed.failure:
        sys.exit(f"layout of {n:,} posters: {placed.failure}")
    note(f"layout of {n:,} posters, seed {seed}: {placed.seconds:.0f} s")
    return Subset(values, Reduction()(values), placed)


def scales(subsets: Sequence[Subset], limits: Limits) -> None:
    """Print what each scale makes of the subsets, alone and with `arrange`."""
    print(
        f"\n### scales: {SUBSET:,} posters, mean of three subsets, 64 x 64 cells; sparse alone, and what arrange adds\n"
    )
    print_table(("scale", "squared cells moved", *MEASURES), ())
    for scale in SCALES:
        moved, alone, gain = [], [], []
        for one in subsets:
            task = Task(64, 64, scaled(one.placed.made["points"], 64, 64, scale), one.values)
            task = replace(task, cells=run("sparse", task, limits).cells)
            moved.append(cost_of(task.targets, task.cells) / SUBSET)
            alone.append(quality(one.values, one.vectors, task.cells).numbers)
            polished = quality(one.values, one.vectors, run("arrange", task, limits).cells).numbers
            gain.append(polished - alone[-1])
        both = zip(np.mean(alone, axis=0), np.mean(gain, axis=0), strict=True)
        print_table((), [(scale, f"{np.mean(moved):.1f}", *[f"{was:.4f} {more:+.4f}" for was, more in both])])


def posters(subsets: Sequence[Subset], limits: Limits) -> None:
    """Print what all methods make of the subsets."""
    kept: dict[str, list[tuple[Outcome, float, Quality]]] = {}
    gains = []
    for seed, one in enumerate(subsets):
        values, vectors, placed, task = one.values, one.vectors, one.placed, one.task(64, 64)
        outcomes = poster_outcomes(task, vectors, limits)
        bound = float(outcomes["sparse"].made["bound"])
        for name, outcome in outcomes.items():
            note(f"posters: subset {seed}, {name}")
            if not outcome.failure:
                share = cost_of(task.targets, outcome.cells) / bound
                kept.setdefault(name, []).append((outcome, share, quality(values, vectors, outcome.cells)))
            else:
                kept.setdefault(name, []).append((outcome, float("nan"), Quality(np.full(4, np.nan))))
        gain = kept["sparse + arrange"][-1][2] - kept["sparse"][-1][2]
        spent, busy = (
            getattr(outcomes["sparse + arrange"], key) - getattr(outcomes["sparse"], key) for key in ("seconds", "busy")
        )
        share_of_layout = f"{spent / placed.seconds:.0%} ({busy / placed.busy:.0%})"
        gains.append((str(seed), *gain.shown("+.4f"), placed.took, f"{spent:.2f} ({busy:.2f})", share_of_layout))
    print(f"\n### posters: {SUBSET:,} real ones, mean of three subsets, 64 x 64 cells\n")
    headings = ("method", "seconds (of CPU)", "memory", "cost / lower bound", *MEASURES)
    print_table(headings, [poster_row(name, found) for name, found in kept.items()])
    print("\nGains of arrange over sparse alone, subset by subset:\n")
    print_table(("subset", *MEASURES, "layout, s (of CPU)", "arrange, s (of CPU)", "share of layout"), gains)


def poster_outcomes(task: Task, vectors: Array, limits: Limits) -> dict[str, Outcome]:
    """Call all methods that go on posters. The polish's seconds are those of both steps."""
    outcomes = {"sparse": run("sparse", task, limits)}
    polished = run("arrange", replace(task, cells=outcomes["sparse"].cells), limits)
    first = outcomes["sparse"]
    outcomes["sparse + arrange"] = replace(
        polished,
        seconds=first.seconds + polished.seconds,
        busy=first.busy + polished.busy,
        memory=max(first.memory, polished.memory),
    )
    for name in ("RasterFairy", "bisection", "FLAS", "random"):
        outcomes[name] = run(name, task, limits)
    outcomes["FLAS"] = outcomes.pop("FLAS")
    outcomes["FLAS, vectors"] = run("FLAS", replace(task, features=vectors), limits)
    return outcomes


def poster_row(name: str, found: Sequence[tuple[Outcome, float, Quality]]) -> tuple[str, ...]:
    """Return means as a row of the table."""
    failure = next((outcome.failure for outcome, _, _ in found if outcome.failure), "")
    if failure:
        return (name, failure, *[""] * (2 + len(MEASURES)))
    seconds, busy = (statistics.mean(getattr(outcome, key) for outcome, _, _ in found) for key in ("seconds", "busy"))
    memory = max(outcome.memory for outcome, _, _ in found)
    share = statistics.mean(share for _, share, _ in found)
    mean = Quality(np.mean([one.numbers for _, _, one in found], axis=0))
    dear = BY_FEATURES if name.startswith("FLAS") else f"{share:.4f}"
    return (name, f"{seconds:.2f} ({busy:.2f})", gigabytes(memory), dear, *mean.shown())


def many(features: Array, limits: Limits) -> None:
    """Print what `arrange` gains, and takes, the more posters there are."""
    print("\n### many: sparse alone, what arrange adds, (and that to what it adds to the fewest)\n")
    timings = ("layout, s (of CPU)", "sparse, s", "arrange, s", "arrange, s per 10,000", "memory of arrange")
    print_table(("N", "cells", *MEASURES, *timings), ())
    fewest = None
    for n, (columns, rows) in MANY.items():
        one = subset(features, 0, n, limits)
        task = one.task(columns, rows)
        grid = run("sparse", task, limits)
        polish = run("arrange", replace(task, cells=grid.cells), limits)
        alone, better = (quality(one.values, one.vectors, made.cells, CURVES) for made in (grid, polish))
        gain = better - alone
        fewest = fewest or gain
        shown = zip(alone.shown(), gain.shown("+.4f"), gain.numbers / fewest.numbers, strict=True)
        took = [made.took for made in (one.placed, grid, polish)]
        each = f"{polish.seconds / n * 10_000:.1f} ({polish.busy / n * 10_000:.1f})"
        gains = [f"{was} {more} ({share:.2f})" for was, more, share in shown]
        print_table((), [(f"{n:,}", f"{columns} x {rows}", *gains, *took, each, gigabytes(polish.memory))])


# Features


def features_of(folder: Path, model: Path, cache: Path) -> NDArray[np.float32]:
    """Return (n, d): what the network sees in all pictures of a folder, copies left out; kept in the cache."""
    files = sorted(folder.rglob("*.jpg"), key=lambda path: path.relative_to(folder).as_posix())
    if not files:
        sys.exit(f"{folder} holds no .jpg")
    network = hashlib.sha256(model.read_bytes()).hexdigest()
    shards = []
    for first in range(0, len(files), SHARD):
        some = files[first : first + SHARD]
        sizes_ = [f"{path.relative_to(folder).as_posix()} {path.stat().st_size}" for path in some]
        kept = cache / f"{hashlib.sha256(''.join([network, *sizes_]).encode()).hexdigest()[:16]}.npy"
        if not kept.exists():
            note(f"features: {first:,} to {first + len(some):,} of {len(files):,} in {folder}")
            cache.mkdir(parents=True, exist_ok=True)
            values = mm.extract(some, extractor="model", model=model)
            with replacing(kept) as temporary, temporary.open("wb") as file:
                np.save(file, values)
        shards.append(np.load(kept))
    everything = np.concatenate(shards)
    _, first_rows = np.unique(everything, axis=0, return_index=True)
    return np.asarray(everything[np.sort(first_rows)], np.float32)


def make_many(source: Path, out: Path) -> None:
    """Make the posters that are lacking."""
    maker = Path(__file__).with_name("many_posters.py")
    command = [sys.executable, maker, source, out, max(MANY), "--size", MANY_SIZE]
    subprocess.run([str(part) for part in command], check=True)


# Shell


def ratio(cost: float, bound: float) -> str:
    """Return cost / bound with as many digits as tell optimal from nearly so."""
    return f"{cost / bound:.8f}" if cost / bound < 1.0001 else f"{cost / bound:.4f}"


def gigabytes(memory: float) -> str:
    """Return memory as text."""
    return f"{memory / 1e9:.2f} GB"


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, or more rows of one."""
    if headings:
        print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def note(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Return what the figures depend on."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {', '.join(versions)}"


def main() -> None:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; default: all but the last")
    parser.add_argument("--posters", type=Path, default=Path("../shared/data/posters"), help="folder of real posters")
    parser.add_argument("--model", type=Path, default=Path("../shared/models/squeezenet-1.1.keras"))
    parser.add_argument("--many", type=Path, help="folder of made posters; what lacks is made")
    parser.add_argument("--cache", type=Path, help="folder for features, not in the repository")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=300, help="limit of one call (default 300)")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of one call (default 8)")
    parser.add_argument("--most", type=int, default=max(SIZES), help="sizes: no more points than these")
    options = parser.parse_args()
    parts = options.parts or PARTS[:-1]
    if unknown := set(parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(PARTS)}")
    for part, needed in (("posters", "cache"), ("scales", "cache"), ("many", "cache"), ("many", "many")):
        if part in parts and getattr(options, needed) is None:
            parser.error(f"{part} needs --{needed} FOLDER")
    measure(parts, options)


def measure(parts: Sequence[str], options: argparse.Namespace) -> None:
    """Run the parts, one after the other."""
    limits = Limits(options.seconds, options.gigabytes)
    print(machine())
    warm(limits)
    if "exact" in parts:
        exact(options.seed)
    if "sizes" in parts:
        sizes(options.seed, limits, options.most)
    if {"posters", "scales"} & set(parts):
        features = features_of(options.posters, options.model, options.cache)
        subsets = [subset(features, seed, SUBSET, limits) for seed in range(3)]
        if "posters" in parts:
            posters(subsets, limits)
        if "scales" in parts:
            scales(subsets, limits)
    if "many" in parts:
        if sum(1 for _ in options.many.rglob("*.jpg")) < max(MANY):
            make_many(options.posters, options.many)
        many(
            features_of(options.many, options.model, options.cache), replace(limits, seconds=max(limits.seconds, 3600))
        )


def warm(limits: Limits) -> None:
    """Fill numba's cache on disk."""
    random = np.random.default_rng(0)
    task = Task(20, 20, scaled(clumpy(random, 400), 20, 20), np.asarray(random.normal(size=(400, 8)), np.float32))
    solved_ = run("sparse", task, limits)
    run("arrange", replace(task, cells=solved_.cells), limits)


if __name__ == "__main__":
    main()
