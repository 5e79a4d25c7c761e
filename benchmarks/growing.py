"""One percent more posters: what the update takes against a fresh build, and which tiles it changes."""

import argparse
import json
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from published import Published, changed_files
from watching import Watched, watched


@dataclass(frozen=True)
class Place:
    """A folder of posters, its map and its work folder, all below `folder`; `flags` of every build."""

    folder: Path
    table: Path
    flags: Sequence[object]

    @property
    def map(self) -> Path:
        """Where the map is."""
        return self.folder / "map"

    def add(self, source: Path, names: Sequence[str]) -> None:
        """Put files of the source here, as links where the disk allows."""
        for name in names:
            file = self.folder / "posters" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            link(source / name, file)

    def build(self) -> Watched:
        """Run `mapmaker build` and watch it."""
        place = ["posters", "--metadata", self.table.resolve(), "--out", "map"]
        words = [sys.executable, "-m", "mapmaker", "build", *place, *self.flags, "--json", "--quiet"]
        return watched(words, self.folder)


def link(source: str | Path, target: str | Path) -> None:
    """Hard-link, or copy where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def grow(options: argparse.Namespace, folder: Path) -> bool:
    """Print a row; return whether all tiles that changed have a reason to."""
    names = sorted(path.relative_to(options.posters).as_posix() for path in options.posters.rglob("*.jpg"))
    names = names[: options.first + options.more]
    flags = ["--model", options.model.resolve()] if options.model else []
    flags = ["--extractor", "model" if options.model else "classic", *flags]
    living, fresh = Place(folder / "living", options.metadata, flags), Place(folder / "fresh", options.metadata, flags)
    living.add(options.posters, names[: options.first])
    first = living.build()
    print(f"the first {options.first:,}: {first.seconds:.0f} s, {first.peak / 1e9:.2f} GB", file=sys.stderr, flush=True)
    updates = []
    for number in range(options.runs):
        again = Place(folder / f"again{number}", options.metadata, flags)
        shutil.copytree(living.folder, again.folder, copy_function=link)
        again.add(options.posters, names[options.first :])
        updates.append(again.build())
        print(f"update: {updates[-1].seconds:.0f} s {stages(updates[-1], again)}", file=sys.stderr, flush=True)
    fresh.add(options.posters, names)
    anew = fresh.build()
    print(f"anew: {anew.seconds:.0f} s {stages(anew, fresh)}", file=sys.stderr, flush=True)
    before, after = Published(living.map), Published(again.map)
    tiles, unexplained = tiles_changed(before, after)
    took = statistics.median(update.seconds for update in updates)
    peak = max(update.peak for update in updates)
    kept = sum(after.posters[id_].cell == poster.cell for id_, poster in before.posters.items())
    worked = statistics.median(update.worked for update in updates)
    row = (
        f"{len(before.posters):,} + {len(after.posters) - len(before.posters):,}",
        f"{took:.0f} of {anew.seconds:.0f} s, {took / anew.seconds:.1%}",
        f"{worked:.0f} of {anew.worked:.0f} s, {worked / anew.worked:.1%}",
        f"{peak / 1e9:.2f} of {anew.peak / 1e9:.2f} GB",
        f"{kept / len(before.posters):.2%}",
        f"{len(tiles):,} of {sum(name.startswith('tiles/') for name in after.digests):,}",
        f"{len(unexplained):,}",
    )
    print("| posters | update of fresh build | processors | peak | cells kept | tiles changed | no reason |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {' | '.join(row)} |")
    return not unexplained


def tiles_changed(before: Published, after: Published) -> tuple[list[str], list[str]]:
    """Return the tiles that differ, and those of them that no poster reaches into that came, went or moved."""
    tiles = [name for name in changed_files(before, after) if name.startswith("tiles/")]
    reasons: set[str] = set()
    for id_ in before.posters.keys() | after.posters.keys():
        was, now = before.posters.get(id_), after.posters.get(id_)
        if was is None or now is None or place(before, was.cell) != place(after, now.cell):
            reasons.update(before.tiles_of(was.cell) if was else ())
            reasons.update(after.tiles_of(now.cell) if now else ())
    return tiles, [name for name in tiles if name not in reasons]


def place(published: Published, cell: int) -> tuple[int, int]:
    """Return a cell's [row, column]: its number changes where the grid grows."""
    return divmod(cell, int(published.map["columns"]))


def stages(done: Watched, at: Place) -> dict[str, float]:
    """Return the seconds of each stage that ran."""
    ran: list[str] = json.loads(done.out)["ran"]
    records = {stage: at.folder / ".mapmaker" / "map" / f"{stage}.record.json" for stage in ran}
    told: dict[str, Any] = {stage: json.loads(file.read_text()) for stage, file in records.items()}
    return {stage: round(record["seconds"], 1) for stage, record in told.items()}
