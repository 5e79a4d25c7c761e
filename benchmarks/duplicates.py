"""How well triage tells copies of a poster from other posters: precision and recall as its thresholds move.

    python benchmarks/duplicates.py POSTERS WORK [--made FOLDER] [--count 20000] [--copies 200]

WORK: the work folder of a finished build of POSTERS, whose hashes and graph of neighbours are read. The pairs of
tests/data/same_poster.csv were looked at one by one. `--made`: a folder of benchmarks/many_posters.py, of whose first
posters, as if each were among the nearest of all, is told which are taken for copies.
"""

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from mapmaker import artifacts
from mapmaker.methods import copies
from mapmaker.methods.copies import Resemblance
from mapmaker.methods.engines.local import Local
from mapmaker.stages.scan import Look
from mapmaker.stages.scan.looks import packed, unpacked
from mapmaker.stages.triage import TriageStage
from mapmaker.stages.triage.closely import Compare
from mapmaker.workspace import Workspace
from mapmaker_tiles import decode

LABELS = Path(__file__).resolve().parents[1] / "tests" / "data" / "same_poster.csv"
RULES = TriageStage()


@dataclass(frozen=True)
class Pair:
    """Two files, whether they show the same poster, None if nobody looked, and what triage sees of them.

    `offered`: whether triage would look at them closely, were every hash near enough. `exact`: the scan drops one.
    """

    file: str
    other: str
    same: bool | None
    listed: bool
    exact: bool
    offered: bool
    bits: int
    seen: Resemblance

    def is_near(self, bits: int) -> bool:
        """Whether the hash alone would take one for a copy of the other."""
        return self.exact or self.bits <= bits

    def found(self, likeness: float = RULES.near_likeness, bits: int = RULES.near_hash) -> bool:
        """Whether triage takes one for a copy of the other, with these thresholds."""
        near = self.bits <= copies.CLOSE or (self.offered and self.bits <= bits)
        return self.exact or (near and self.seen.likeness >= likeness and self.seen.colour <= RULES.near_colour)


def looked_at(posters: Path, work: Workspace) -> list[Pair]:
    """Return the pairs that were looked at, and all others that triage finds."""
    images = artifacts.read_images(work)
    hashes = artifacts.read_looks(work).hash
    beside = copies.graph_pairs(artifacts.read_neighbors(work).index, RULES.near_rank)
    close = copies.close_pairs(hashes)
    row = {path: i for i, path in enumerate(images.path)}
    offered = {frozenset((images.path[a], images.path[b])) for a, b in beside.tolist()}
    near = copies.unique_pairs(np.concatenate([close, beside[copies.distances(hashes, beside) <= RULES.near_hash]]))
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = {frozenset((r["file"], r["other"])): r for r in csv.DictReader(file)}
    names = list(labels) + [
        n for a, b in near.tolist() if (n := frozenset((images.path[a], images.path[b]))) not in labels
    ]
    pairs = [tuple(sorted(name)) for name in names]
    seen = compared(posters, pairs)
    found = []
    for name, (one, other), resemblance in zip(names, pairs, seen, strict=True):
        exact = not (one in row and other in row)
        bits = 0 if exact else int(copies.distances(hashes, np.array([[row[one], row[other]]]))[0])
        label = labels.get(name)
        same = None if label is None else label["same"] == "yes"
        listed = label is not None and label["found"] == "same_film.csv"
        found.append(Pair(one, other, same, listed, exact, name in offered, bits, resemblance))
    return found


def compared(folder: Path, pairs: Sequence[tuple[str, ...]]) -> list[Resemblance]:
    """Return how alike the files of each pair are."""
    return [seen for seen in Local().map(Compare(folder), pairs) if seen is not None]


def curve(pairs: Sequence[Pair], what: str, found: Mapping[float, Callable[[Pair], bool]]) -> None:
    """Print precision and recall as a threshold moves, on the pairs of the list, and on all that were looked at."""
    print(f"\n| {what} | precision | recall | of all looked at: precision | recall | not looked at |")
    print("|---|---|---|---|---|---|")
    for threshold, holds in found.items():
        listed = rates([pair for pair in pairs if pair.listed], holds)
        every = rates([pair for pair in pairs if pair.same is not None], holds)
        unknown = sum(holds(pair) for pair in pairs if pair.same is None)
        print(f"| {threshold:g} | {listed} | {every} | {unknown} |")


def rates(pairs: Sequence[Pair], holds: Callable[[Pair], bool]) -> str:
    """Return precision and recall, as two cells of a table."""
    found = [pair for pair in pairs if holds(pair)]
    right = sum(bool(pair.same) for pair in found)
    return (
        f"{right / max(1, len(found)):.3f} ({right} of {len(found)}) | {right / sum(bool(p.same) for p in pairs):.3f}"
    )


def recompressed(picture: Image.Image) -> Image.Image:
    """Return it as a JPEG of quality 30 shows it."""
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=30)
    return Image.open(content).convert("RGB")


def cropped(picture: Image.Image) -> Image.Image:
    """Return it without 3 % at each side."""
    across, down = round(picture.width * 0.03), round(picture.height * 0.03)
    return picture.crop((across, down, picture.width - across, picture.height - down))


COPIES: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "half as large": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "recompressed at quality 30": recompressed,
    "3 % cut off each side": cropped,
    "a white frame of 2.5 %": lambda picture: ImageOps.expand(picture, picture.width // 40, "white"),
    "colours 20 % weaker": lambda picture: ImageEnhance.Color(picture).enhance(0.8),
    "10 % brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
}


def made_copies(posters: Path, count: int) -> None:
    """Print how many copies of each kind are found: by their hashes alone, and if they are among the nearest."""
    files = sorted(posters.rglob("*.jpg"))
    pictures = [decode(file) for file in Random(0).sample(files, min(count, len(files)))]
    print("\n| copies | found by hash alone | found if among the nearest |\n|---|---|---|")
    for name, made in COPIES.items():
        alone = near = 0
        for picture in pictures:
            copy = made(picture)
            hashes = unpacked([packed(picture, 0), packed(copy, 0)]).hash
            bits = int(copies.distances(hashes, np.array([[0, 1]]))[0])
            seen = copies.resemblance(copies.views(picture), copies.views(copy))
            same = seen.likeness >= RULES.near_likeness and seen.colour <= RULES.near_colour
            alone += same and bits <= copies.CLOSE
            near += same and bits <= RULES.near_hash
        print(f"| {name} | {alone / len(pictures):.3f} | {near / len(pictures):.3f} |", flush=True)


def made_posters(folder: Path, count: int) -> None:
    """Print which of many made posters are taken for copies: of one source, or of two."""
    import faiss

    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        source = {r["filename"]: r["source"] for r, _ in zip(csv.DictReader(file), range(count), strict=False)}
    paths = [path for path in source if (folder / path).exists()]
    seen = Local().map(Look(folder, 100_000_000), paths)
    hashes = unpacked([one.looks for one in seen]).hash
    index = faiss.IndexBinaryFlat(copies.HASH_BITS)
    index.add(hashes)
    pairs: list[tuple[str, str]] = []
    for start in range(0, len(hashes), 1000):
        limits, _, others = index.range_search(hashes[start : start + 1000], RULES.near_hash + 1)
        rows = np.repeat(np.arange(start, start + len(limits) - 1), np.diff(limits).astype(np.int64))
        pairs += [(paths[a], paths[b]) for a, b in zip(rows.tolist(), others.tolist(), strict=True) if a < b]
    found = [pair for pair, one in zip(pairs, compared(folder, pairs), strict=True) if _near(one)]
    different = [pair for pair in found if source[pair[0]] != source[pair[1]]]
    print(
        f"\nOf {len(paths):,} made posters {len(pairs):,} pairs have near hashes, {len(found):,} are taken for copies,"
    )
    print(f"{len(different):,} of which are of different sources")
    _print_pairs(different)


def _near(seen: Resemblance) -> bool:
    return seen.likeness >= RULES.near_likeness and seen.colour <= RULES.near_colour


def _print_pairs(pairs: Iterable[Sequence[str]]) -> None:
    for one, other in pairs:
        print(f"  {one} | {other}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("posters", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--made", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=200)
    options = parser.parse_args()
    with Workspace(options.work) as work:
        pairs = looked_at(options.posters, work)
    likenesses = [0.6, 0.65, 0.7, 0.75, 0.8, 0.825, 0.85, 0.875, 0.9, 0.95]
    curve(pairs, "likeness", {value: partial(Pair.found, likeness=value) for value in likenesses})
    bits = [16, 31, 48, 64, 72, 80, 96]
    curve(pairs, "bits", {value: partial(Pair.found, bits=value) for value in bits})
    curve(pairs, "bits, nothing else asked", {value: partial(Pair.is_near, bits=value) for value in bits})
    print("\nmissed:")
    _print_pairs((pair.file, pair.other) for pair in pairs if pair.same and not pair.found())
    print("wrong, or not looked at:")
    _print_pairs((pair.file, pair.other) for pair in pairs if not pair.same and pair.found())
    made_copies(options.posters, options.copies)
    if options.made:
        made_posters(options.made, options.count)


if __name__ == "__main__":
    main()
