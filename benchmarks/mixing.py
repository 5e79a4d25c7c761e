"""What is alike, in the browser: whether it finds what the commands do, and what that takes.

    python benchmarks/mixing.py agree WORK MAP [--queries 300]
    python benchmarks/mixing.py scale MAP [--queries 50]
    python benchmarks/mixing.py page MAP [--chromium /usr/bin/chromium]

`agree`: of random posters, and of mixes of two at random weights, what share of the ten that `mapmaker similar` and
`mapmaker mix` find the viewer finds too, looking at bytes: its own code, run in Node. WORK is the work folder of the
finished map MAP. Told too: how far likenesses and percentiles differ, and the share that full features find.
`scale`: the same code on a large map, as benchmarks/large_map.py makes one: milliseconds, and the longest step.
`page`: a mix opened in Chromium on a large map: bytes, until the list is there, the longest task.
Prints Markdown tables; the exit code is 1 if less than 90% agree, or a step or task holds the page up.
"""

import argparse
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import mapmaker as mm
from mapmaker.checks.scripts import value_of
from mapmaker.search.collection import open_collection
from mapmaker.search.views import View

HERE = Path(__file__).resolve().parent
AT, AGREED = 10, 0.9
"""Of so many nearest, so many must be the same."""
STEP_MS = 50.0
"""A step or task that holds the page up for longer is felt."""
Mix = Sequence[tuple[str, int]]
"""Ids, and how much each counts."""


def agree(options: argparse.Namespace) -> bool:
    """Print how many of the ten nearest are the same."""
    cells = _cells(options.map)
    ids = {cell: id_ for id_, cell in cells.items()}
    chance = Random(0)
    some = chance.sample(sorted(cells), 3 * options.queries)
    ones: list[Mix] = [[(id_, 50)] for id_ in some[: options.queries]]
    pairs = list(zip(some[options.queries :: 2], some[options.queries + 1 :: 2], strict=True))
    twos: list[Mix] = [[(one, weight), (other, 100 - weight)] for one, other in pairs for weight in [_weight(chance)]]
    print("| top ten of | the same | likeness off by | percentile off by | full features find |\n|---|---|---|---|---|")
    shares = []
    for name, mixes in (("a poster", ones), ("a mix of two", twos)):
        found = _viewer(options.map, mixes, cells, AT)["found"]
        told = [_command(options.work, mix, "graph") for mix in mixes]
        full = [_command(options.work, mix, "full") for mix in mixes]
        same = _shared([[ids[cell] for cell, _ in one] for one in found], told)
        off, worth = _off(options, found, told, ids)
        shares.append(same)
        others = _shared([list(one) for one in full], told)
        print(f"| {name}, {len(mixes):,} | {same:.3f} | at most {off:.4f} | at most {worth:.2f} | {others:.3f} |")
    return min(shares) >= AGREED


def scale(options: argparse.Namespace) -> bool:
    """Print what the viewer's code takes on a large map."""
    cells = _cells(options.map)
    some = Random(0).sample(sorted(cells), 2 * options.queries)
    mixes: list[Mix] = [[(one, 50), (other, 50)] for one, other in zip(some[::2], some[1::2], strict=True)]
    answer = _viewer(options.map, mixes, cells, 96)
    files = sorted((options.map / "data" / "vectors").iterdir())
    plain = sum(file.stat().st_size for file in files)
    packed = sum(len(gzip.compress(file.read_bytes(), 6)) for file in files)
    print(f"| {len(cells):,} posters | |\n|---|---|")
    print(f"| vectors | {len(files)} files, {plain / 1e6:.1f} MB, {packed / 1e6:.1f} MB in gzip |")
    print(f"| read and decoded | {answer['loaded']:.0f} ms |")
    print(f"| a mix | {np.median(answer['times']):.1f} ms (median), at most {max(answer['times']):.1f} |")
    print(f"| the longest step | {answer['longest']:.1f} ms |")
    return bool(answer["longest"] < STEP_MS)


def page(options: argparse.Namespace) -> bool:
    """Print what a mix takes in a browser."""
    from playwright.sync_api import sync_playwright
    from tracing import traced
    from viewer import ARGUMENTS, VIEW, served, settle

    one, other = Random(0).sample(sorted(_cells(options.map)), 2)
    with served(options.map) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        opened = browser.new_page(viewport=VIEW)  # type: ignore[arg-type]  # a plain dict
        opened.goto(address)
        settle(opened)
        waited = 0.0

        def ask(weights: tuple[int, int]) -> None:
            nonlocal waited
            started = time.monotonic()
            hash_ = f"#?mix={one}-{weights[0]}&mix={other}-{weights[1]}"
            opened.evaluate("hash => { location.hash = hash }", hash_)
            load = opened.get_by_role("button", name="Load them")
            row = opened.locator(".mix-list[aria-busy=false] .mix-row").first
            opened.get_by_text(f"{weights[0]}%", exact=True).wait_for(timeout=60_000)
            load.or_(row).first.wait_for(timeout=60_000)
            if load.is_visible():
                load.click()
            row.wait_for(timeout=120_000)
            waited = time.monotonic() - started

        print("| a mix of two | until the list is there | |\n|---|---|---|")
        longest = 0.0
        for name, weights in (("the first, vectors loaded", (70, 30)), ("the second", (40, 60))):
            trace = traced(browser, opened, lambda weights=weights: ask(weights))  # type: ignore[misc]
            print(f"| {name} | {waited:.2f} s | {trace.told()} |")
            longest = max(longest, *trace.busy)
        browser.close()
    return longest < 2 * STEP_MS


def _weight(chance: Random) -> int:
    return chance.choice(range(20, 85, 5))


def _cells(folder: Path) -> dict[str, int]:
    """Return every poster's cell by its id."""
    cells: dict[str, int] = {}
    for file in (folder / "data" / "ids").iterdir():
        cells |= value_of(file.read_bytes(), f"ids/{file.stem}")
    return {id_: cell for id_, cell in cells.items() if cell >= 0}


def _viewer(folder: Path, mixes: Sequence[Mix], cells: dict[str, int], most: int) -> dict[str, Any]:
    """Return what the viewer's code answers."""
    esbuild = HERE.parent / "site" / "node_modules" / ".bin" / "esbuild"
    bundle: list[str | Path] = [
        esbuild,
        HERE / "alike.ts",
        "--bundle",
        "--format=esm",
        "--platform=node",
        "--target=node20",
    ]
    made = subprocess.run(bundle, capture_output=True, check=True).stdout
    asked = {
        "folder": str(folder.resolve()),
        "most": most,
        "mixes": [[(cells[id_], weight) for id_, weight in mix] for mix in mixes],
    }
    node = ["node", "--input-type=module", "--eval", made.decode()]
    done = subprocess.run(node, input=json.dumps(asked).encode(), capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode())
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _command(work: Path, mix: Mix, space: str) -> dict[str, float]:
    """Return what the command answers: likeness by id, nearest first."""
    ids, weights = [id_ for id_, _ in mix], [float(weight) for _, weight in mix]
    if len(mix) == 1:
        return dict(mm.similar(work, ids[0], k=AT, space=space))
    return dict(mm.mix(work, ids, weights=weights, k=AT, space=space))


def _shared(ones: Sequence[Sequence[str]], others: Sequence[dict[str, float]]) -> float:
    return float(np.mean([len(set(one) & set(other)) / AT for one, other in zip(ones, others, strict=True)]))


def _off(
    options: argparse.Namespace, found: Sequence[Any], told: Sequence[dict[str, float]], ids: dict[int, str]
) -> tuple[float, float]:
    """Return how far the viewer's likenesses, and their percentiles, are from the command's, where both find one."""
    collection = open_collection(options.work)
    chance = View(collection, "graph").at_random(collection.selected)
    quantiles = value_of((options.map / "data" / "map.js").read_bytes(), "map")["quantiles"]
    both = [
        (alike, one[ids[cell]])
        for all_, one in zip(found, told, strict=True)
        for cell, alike in all_
        if ids[cell] in one
    ]

    def percent(alike: float) -> float:
        return 100 * float(np.searchsorted(chance, alike)) / len(chance)

    def shown(alike: float) -> float:
        return min(99.9, max(0, int(np.searchsorted(quantiles, round(1000 * alike))) - 1) / 10)

    off = max(abs(mine - theirs) for mine, theirs in both)
    return off, max(abs(shown(mine) - percent(theirs)) for mine, theirs in both)


def main() -> int:
    """Parse, measure; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kinds = parser.add_subparsers(required=True)
    for kind in (agree, scale, page):
        one = kinds.add_parser(kind.__name__, help=kind.__doc__)
        one.set_defaults(run=kind)
        if kind is agree:
            one.add_argument("work", type=Path)
        one.add_argument("map", type=Path)
        if kind is page:
            one.add_argument("--chromium", default="/usr/bin/chromium")
        else:
            one.add_argument("--queries", type=int, default=300 if kind is agree else 50)
    options = parser.parse_args()
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main())
