"""A map that posters join, batch by batch, against one laid out anew: who keeps their place, and what that costs.

    python benchmarks/living.py POSTERS METADATA --model FILE.keras [--first 5000] [--batches 3] [--seed 0]

`POSTERS` is shuffled by the seed; a map is made of the first so many, then the others come in equal batches. After
each: the share of old posters that keep their cell; 10-in-24 of the newcomers and of the old, against those of the same
posters on a fresh map of the same, and DPQ_16 of both; the share of clusters that live on, which is a slug that is
still there and holds most of the posters that it held; seconds of the update and of the fresh build, features of both
computed by nobody before. All in the space of the fresh map's features.
"""

import argparse
import itertools
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.workspace import Workspace

Cells = NDArray[np.int32]
EVERYONE = {"near": "off", "blank": "off", "placeholder": "off"}
"""Triage that leaves nobody out: both maps are to show the same."""


class Map:
    """A folder of posters, and the map of it."""

    def __init__(self, folder: Path, source: Path, table: Path, model: Path) -> None:
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / "work"
        self.source, self.table = source, table
        self.options: dict[str, Any] = {"extractor": "model", "model": model, "triage": EVERYONE}

    def add(self, names: Sequence[str]) -> None:
        """Copy files from the source."""
        for name in names:
            (self.posters / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.source / name, self.posters / name)

    def build(self) -> float:
        """Build; return seconds."""
        started = time.perf_counter()
        mm.build(self.posters, self.out, self.table, self.work, **self.options)
        return time.perf_counter() - started

    def placed(self) -> dict[str, tuple[int, int]]:
        """Return each poster's cell, by path."""
        with Workspace(self.work) as work:
            images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
            cells = artifacts.read_arrangement(work, len(rows)).cells.tolist()
        return {images.path[row]: (x, y) for row, (x, y) in zip(rows.tolist(), cells, strict=True)}

    def clusters(self) -> dict[str, set[str]]:
        """Return the paths of each cluster's posters, by slug."""
        with Workspace(self.work) as work:
            images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
            found = artifacts.read_clusters(work, len(rows)).clusters
        return {one.slug: {images.path[row] for row in rows[one.members].tolist()} for one in found}

    def vectors(self) -> dict[str, NDArray[np.float32]]:
        """Return each poster's vector, by path."""
        with Workspace(self.work) as work:
            images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
            values = artifacts.read_features(work, artifacts.VECTORS).values
        return {images.path[row]: values[row] for row in rows.tolist()}


def batches(names: Sequence[str], first: int, count: int) -> list[Sequence[str]]:
    """Return the first so many names, then the others in `count` parts."""
    rest = names[first:]
    bounds = [first + len(rest) * i // count for i in range(count + 1)]
    return [names[:first], *(names[a:b] for a, b in itertools.pairwise(bounds))]


def compared(living: Map, fresh: Map, newcomers: set[str]) -> str:
    """Return what the living map has and the fresh one, of newcomers, of the others, of all."""
    vectors, here, there = fresh.vectors(), living.placed(), fresh.placed()
    paths = sorted(vectors)
    values = np.stack([vectors[path] for path in paths])
    new = np.array([path in newcomers for path in paths])
    parts = []
    for name, asked in (("new", new), ("old", ~new)):
        ours, theirs = (
            mm.quality.neighbor_preservation(values, cells_of(placed, paths), rows=np.flatnonzero(asked))
            for placed in (here, there)
        )
        parts.append(f"{ours:.3f} of {theirs:.3f} ({ours / theirs:.2f})" if name == "new" else f"{ours - theirs:+.4f}")
    ours, theirs = (mm.quality.distance_preservation(values, cells_of(placed, paths)) for placed in (here, there))
    return " | ".join([*parts, f"{ours - theirs:+.4f}"])


def cells_of(placed: dict[str, tuple[int, int]], paths: Sequence[str]) -> Cells:
    """Return (n, 2) cells in the order of `paths`."""
    return np.array([placed[path] for path in paths], np.int32)


def main() -> None:
    """Parse, build, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("posters", type=Path)
    parser.add_argument("metadata", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--first", type=int, default=5000)
    parser.add_argument("--batches", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = sorted(p.relative_to(options.posters).as_posix() for p in options.posters.rglob("*.[jp][pn]g"))
    random.Random(options.seed).shuffle(names)
    parts = batches(names, options.first, options.batches)
    print("| posters | keep their cell | 10-in-24 of the new | of the old | DPQ_16 | clusters | update, fresh (s) |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        living = Map(Path(folder) / "living", options.posters, options.metadata, options.model)
        living.add(parts[0])
        living.build()
        came: set[str] = set()
        for number, part in enumerate(parts[1:], 1):
            before, clusters = living.placed(), living.clusters()
            living.add(part)
            took = living.build()
            now = living.placed()
            after = living.clusters()
            live = np.mean([2 * len(held & after.get(slug, set())) > len(held) for slug, held in clusters.items()])
            came.update(part)
            stayed = np.mean([now[path] == cell for path, cell in before.items()])
            fresh = Map(Path(folder) / f"fresh{number}", options.posters, options.metadata, options.model)
            fresh.add([name for some in parts[: number + 1] for name in some])
            anew = fresh.build()
            row = compared(living, fresh, came)
            row += f" | {live:.1%} of {len(clusters)} | {took:.0f}, {anew:.0f}"
            print(f"| {len(now):,} | {stayed:.2%} | {row} |", flush=True)
            shutil.rmtree(fresh.posters.parent)


if __name__ == "__main__":
    main()
