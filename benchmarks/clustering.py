"""Clusters of many posters: seconds and memory of DBSCAN with its choice of scales, and whether they are found again.

    python benchmarks/clustering.py [--count 90000] [--themes 900] [--dense 20000]

Vectors around as many themes, laid out by t-SNE; prints a row of a table. Peak memory is that of the whole program.
Clusters are found twice; "again" tells whether they are the same.
"""

import argparse
import resource
import time

import numpy as np
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.methods.clusterings.dbscan import Dbscan

DIMENSIONS, SPREAD = 64, 1.1
SIDE, WIDE, DENSE = 200.0, 2.0, 0.3
"""Of a layout that is made up: its side, and the spread of a theme, and of the posters in one place."""


def main() -> None:
    """Parse, make posters up, cluster, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=90_000)
    parser.add_argument("--themes", type=int, default=900)
    parser.add_argument("--dense", type=int, default=0, help="so many in one place of a layout that is made up")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    theme = random.integers(0, options.themes, options.count)
    values = random.normal(size=(options.themes, DIMENSIONS))[theme]
    values += random.normal(0, SPREAD, values.shape)
    vectors = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    points = _made_up(theme, options.dense, random) if options.dense else mm.layout(vectors, iterations=250)
    started = time.monotonic()
    labels = Dbscan()(points, vectors)
    seconds, peak = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    again = "the same" if np.array_equal(labels, Dbscan()(points, vectors)) else "NOT the same"
    print("| posters | seconds | peak | clusters | posters in one | again |\n|---|---|---|---|---|---|")
    inside = float((labels >= 0).mean())
    print(f"| {options.count:,} | {seconds:.0f} | {peak:.2f} GB | {labels.max() + 1:,} | {inside:.0%} | {again} |")


def _made_up(theme: NDArray[np.int64], dense: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Return points, the last `dense` of them in the middle, the others where their themes are."""
    points = random.uniform(0, SIDE, (theme.max() + 1, 2))[theme] + random.normal(0, WIDE, (len(theme), 2))
    points[-dense:] = SIDE / 2 + random.normal(0, DENSE, (dense, 2))
    return points.astype(np.float32)


if __name__ == "__main__":
    main()
