"""Do clusters show a theme? Collages of the first clusters, shuffled among as many random places of the map.

    python benchmarks/blind.py WORK POSTERS OUT [--count 20] [--seed 0] [--apart]

Writes OUT/01.png and so on, and OUT/../key.json, which says of each its `rank`, 0 for a random place (a poster and
those nearest to it on the layout, as many as a cluster has), the `share` of its posters that are in clusters shown, and
its `size`. Of places drawn anywhere some lie in a cluster that is shown, and so show its theme; with `--apart` places
are drawn again that hold any poster of one. Who names them must not see the key. Of each at most `--most`: of a cluster
the most typical, as `mapmaker export clusters` shows them, of a place the nearest to its middle.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.spatial import cKDTree

from mapmaker import artifacts
from mapmaker.finished import typical
from mapmaker.model import Floats
from mapmaker.workspace import Workspace

COLUMNS, CELL = 6, (120, 180)


def main() -> None:
    """Parse, choose, paint."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("work", "posters", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--most", type=int, default=36)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--apart", action="store_true")
    options = parser.parse_args()
    with Workspace(options.work) as work:
        rows = artifacts.read_selection(work).rows.tolist()
        paths = artifacts.read_images(work).path
        points = artifacts.read_layout(work).points
        clusters = artifacts.read_clusters(work, len(rows)).clusters[: options.count]
        vectors, _ = artifacts.read_selected(work)
    chance = random.Random(options.seed)
    shown: list[tuple[int, NDArray[np.integer]]]
    shown = [(rank, one.members[typical(vectors[one.members])]) for rank, one in enumerate(clusters, 1)]
    inside = np.concatenate([one.members for one in clusters])
    for one in clusters:
        around = _place(points, len(one.members), chance)
        while options.apart and np.isin(around, inside).any():
            around = _place(points, len(one.members), chance)
        shown.append((0, around))
    chance.shuffle(shown)
    options.out.mkdir(parents=True)
    for number, (_, members) in enumerate(shown, 1):
        files = [options.posters / paths[rows[row]] for row in members[: options.most].tolist()]
        painted(files).save(options.out / f"{number:02}.png")
    key = {
        f"{number:02}": {"rank": rank, "share": round(float(np.isin(members, inside).mean()), 2), "size": len(members)}
        for number, (rank, members) in enumerate(shown, 1)
    }
    (options.out.parent / "key.json").write_text(json.dumps(key, indent=1))


def _place(points: Floats, size: int, chance: random.Random) -> NDArray[np.int64]:
    """Return a poster drawn by `chance` and those nearest to it."""
    around: NDArray[np.int64] = cKDTree(points).query(points[chance.randrange(len(points))], k=size)[1]
    return around


def painted(files: list[Path]) -> Image.Image:
    """Return pictures side by side."""
    width, height = CELL
    sheet = Image.new("RGB", (COLUMNS * width, -(-len(files) // COLUMNS) * height), "white")
    for number, file in enumerate(files):
        with Image.open(file) as picture:
            fitted = ImageOps.fit(picture.convert("RGB"), CELL)
        sheet.paste(fitted, (number % COLUMNS * width, number // COLUMNS * height))
    return sheet


if __name__ == "__main__":
    main()
