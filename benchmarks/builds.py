"""Whole builds, as a user runs them: seconds, memory of all processes together, and what a second run does again.

    python benchmarks/builds.py POSTERS METADATA AWKWARD [--model FILE.keras] [--keep FOLDER]

POSTERS is a folder of real posters, METADATA its table, AWKWARD a folder of broken and unusual images. Nothing is
written but below a temporary folder, or --keep. Prints one table, a row a claim.
"""

import argparse
import csv
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watching import watched


@dataclass(frozen=True)
class Run:
    """One `mapmaker build`: its report, and what it took."""

    report: dict[str, Any]
    seconds: float
    peak: float
    """Resident bytes of the process and all below it, summed, at most; pages that they share count twice."""

    @property
    def ran(self) -> str:
        """The stages that had something to do."""
        return " ".join(self.report["ran"]) or "nothing"


def build(images: Path, *arguments: object) -> Run:
    """Run `mapmaker build` and watch it."""
    done = watched([sys.executable, "-m", "mapmaker", "build", images, *arguments, "--json", "--quiet"])
    return Run(json.loads(done.out), done.seconds, done.peak)


def digests(out: Path) -> dict[str, str]:
    """Return the digests of a map's files as they are on disk, not as its manifest says."""
    import hashlib

    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def correct_title(table: Path) -> None:
    """Change one title in a metadata table."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["title"] += " (corrected)"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def show(claim: str, run: Run, more: str = "") -> None:
    """Print a row."""
    print(f"| {claim} | {run.seconds:.1f} s | {run.peak / 1e9:.2f} GB | {run.ran} | {more} |", flush=True)


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    """Run every build and print the table."""
    extractor = ["--extractor", "classic"]
    if arguments.model:
        extractor = ["--extractor", "model", "--model", arguments.model]
    posters, table = folder / "posters", folder / "metadata.csv"
    shutil.copytree(arguments.posters, posters, copy_function=shutil.copyfile)
    shutil.copyfile(arguments.metadata, table)
    usual = ["--metadata", table, "--out", folder / "map", *extractor]

    print("| build | seconds | peak | stages run | |\n|---|---|---|---|---|")
    first = build(posters, *usual)
    figures = first.report["figures"]
    kept, grid = figures["triage"]["kept"], figures["grid"]
    show(
        "from scratch", first, f"{kept:,} posters, {grid['columns']} x {grid['rows']} cells, {cells_held(folder)} held"
    )
    show("again", build(posters, *usual))
    again = ["--metadata", table, "--out", folder / "twin" / "map", *extractor]
    twin = build(posters, *again)
    same = digests(folder / "map") == digests(folder / "twin" / "map")
    show("from scratch, elsewhere", twin, f"byte-identical: {same}")
    correct_title(table)
    show("one title corrected", build(posters, *usual))
    one_more(posters)
    more = build(posters, *usual)
    show("one poster more", more, f"{more.report['figures']['features']['computed']} computed")
    awkward = build(arguments.awkward, "--out", folder / "awkward", *extractor)
    shown, rejected = awkward.report["figures"]["triage"]["kept"], len(awkward.report["rejects"])
    files = sum(path.is_file() for path in arguments.awkward.rglob("*"))
    show("awkward files", awkward, f"{files} files: {shown} shown, {rejected} in rejects.csv")


def cells_held(folder: Path) -> int:
    """Return how many cells of the map hold a poster, one each."""
    import numpy as np

    with np.load(folder / ".mapmaker" / "map" / "arrangement.npz") as arrangement:
        return len(np.unique(arrangement["cells"], axis=0))


def one_more(posters: Path) -> None:
    """Add a poster that is none of the others: one of them, mirrored."""
    from PIL import Image, ImageOps

    source = next(path for path in sorted(posters.rglob("*.jpg")))
    with Image.open(source) as image:
        ImageOps.mirror(image.convert("RGB")).save(posters / "one-more.png")


def main() -> None:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("posters", type=Path)
    parser.add_argument("metadata", type=Path)
    parser.add_argument("awkward", type=Path)
    parser.add_argument("--model", type=Path, help="a Keras model in place of the classic extractor")
    parser.add_argument("--keep", type=Path, help="folder for the maps, kept afterwards")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        measure(arguments, arguments.keep)
    else:
        with tempfile.TemporaryDirectory() as name:
            measure(arguments, Path(name))


if __name__ == "__main__":
    main()
