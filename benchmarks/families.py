"""How many demo posters have one of their family in an adjacent cell: by shape, and by mean colour alone.

python benchmarks/families.py [--count 420] [--seeds 0,1,2]
"""

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import mapmaker as mm
from mapmaker.sources.demo import write_posters

ADJACENT = ((1, 0), (-1, 0), (0, 1), (0, -1))


def mean_colours(files: Sequence[Path]) -> NDArray[np.float32]:
    """Return (n, 3): what an extractor sees that looks at nothing but mean colour."""
    colours = []
    for file in files:
        with Image.open(file) as image:
            colours.append(np.asarray(image.convert("RGB").resize((1, 1), Image.Resampling.BOX)).reshape(3))
    return np.array(colours, np.float32) / np.float32(255)


def share_beside_family(values: NDArray[np.float32], families: Sequence[str], seed: int) -> float:
    """Return the share of posters with one of their family in one of the 4 adjacent cells of the map."""
    cells = mm.assign(mm.layout(values, seed=seed))
    held = {tuple(cell): family for cell, family in zip(cells.tolist(), families, strict=True)}
    beside = [
        any(held.get((column + across, row + down)) == family for across, down in ADJACENT)
        for (column, row), family in held.items()
    ]
    return float(np.mean(beside))


def main() -> None:
    """Draw, lay out, print a row a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=420)
    parser.add_argument("--seeds", default="0,1,2")
    arguments = parser.parse_args()
    print("| seed | classic | mean colour |\n|---|---|---|")
    for seed in map(int, arguments.seeds.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            table = write_posters(Path(folder), arguments.count, seed)
            with table.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            files = [Path(folder) / row["filename"] for row in rows]
            families = [row["family"] for row in rows]
            shape = share_beside_family(mm.extract(files, extractor="classic"), families, seed)
            colour = share_beside_family(mean_colours(files), families, seed)
        print(f"| {seed} | {shape:.1%} | {colour:.1%} |", flush=True)


if __name__ == "__main__":
    main()
