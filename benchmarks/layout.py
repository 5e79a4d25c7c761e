"""The layout at size: the graph, exact and approximate, and t-SNE on it, against openTSNE's defaults.

    python benchmarks/layout.py [graph] [tsne] [--vectors FILE.npy] [--rows 5000,20000,90000] [--dimensions 64]

graph  seconds of the exact graph and of HNSW's with its recall, by rows: from how many on does the latter pay?
tsne   graph, affinities and descent, against all that openTSNE's defaults do; Kullback-Leibler divergence of both from
       the affinities of the exact graph, and seconds of CPU, which tell more than those on the clock where other work
       keeps the machine busy

Without --vectors, which are (n, d) of unit length as a work folder's vectors.npy, it makes some: a mixture of
Gaussians. Both parts at 90,000 take some five minutes on two quiet cores. Prints Markdown.
"""

import argparse
import importlib.metadata
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.engines import cores
from mapmaker.methods.hnsw import Hnsw
from mapmaker.methods.neighbors import Connection, Exact
from mapmaker.methods.projections.descent import divergence
from mapmaker.methods.projections.tsne import Tsne, affinities

PARTS = ("graph", "tsne")
PERPLEXITY = 30.0
K = 90

Floats = NDArray[np.float32]
T = TypeVar("T")


def mixture(rows: int, dimensions: int, seed: int = 0) -> Floats:
    """Return unit vectors around a middle for each two hundred rows, some far closer together than others."""
    random = np.random.default_rng(seed)
    count = max(2, rows // 200)
    middles, widths = random.normal(size=(count, dimensions)), random.uniform(0.2, 1.2, size=count)
    group = random.integers(0, count, rows)
    vectors = middles[group] + widths[group, None] * random.normal(size=(rows, dimensions))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """Return what `work` returns, seconds on the clock, seconds of CPU."""
    clock, busy = time.perf_counter(), time.process_time()
    made = work()
    return made, time.perf_counter() - clock, time.process_time() - busy


def graphs(vectors: Floats) -> str:
    """Return a line of the table: what the graph of `vectors` takes either way."""
    exact, clock, busy = timed(lambda: Exact(K)(vectors))
    index, built, built_busy = timed(lambda: Hnsw.of(vectors))
    recall = index.tune(K)
    _, searched, searched_busy = timed(lambda: index.search(vectors, K + 1))
    n, d = vectors.shape
    assert exact.index.shape == (n, min(K, n - 1))
    return (
        f"| {n:,} x {d} | {clock:.1f} ({busy:.1f}) | {built:.1f} ({built_busy:.1f}) | "
        f"{searched:.1f} ({searched_busy:.1f}) | {index.ef_search} | {recall:.4f} |"
    )


def layouts(vectors: Floats) -> str:
    """Return a line of the table: what either layout of `vectors` takes, and how near it comes."""
    connected, graph, graph_busy = timed(lambda: Connection(K)(vectors))
    points, ours, ours_busy = timed(lambda: Tsne(PERPLEXITY)(vectors, connected.neighbors))
    theirs, usual, usual_busy = timed(lambda: opentsne(vectors))
    known = affinities(vectors, Exact(K)(vectors), PERPLEXITY)
    near, nearer = (divergence(np.asarray(made, np.float32), known, cores()) for made in (theirs, points))
    ratio, ratio_busy = (graph + ours) / usual, (graph_busy + ours_busy) / usual_busy
    return (
        f"| {len(vectors):,} x {vectors.shape[1]} | {usual:.1f} ({usual_busy:.1f}) | {graph:.1f} ({graph_busy:.1f}) | "
        f"{ours:.1f} ({ours_busy:.1f}) | {ratio:.2f} ({ratio_busy:.2f}) | {connected.recall:.3f} | "
        f"{near:.4f} | {nearer:.4f} | {nearer / near - 1:+.2%} |"
    )


def opentsne(vectors: Floats) -> Any:
    """Return what openTSNE makes with its defaults."""
    from openTSNE import TSNE

    return TSNE(perplexity=PERPLEXITY, n_jobs=cores(), random_state=0).fit(vectors)


def main() -> None:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; default: both")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--rows", default="5000,20000,90000")
    parser.add_argument("--dimensions", type=int, default=64)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(PARTS)}")
    sizes = [int(size) for size in options.rows.split(",")]
    given = np.load(options.vectors) if options.vectors else mixture(max(sizes), options.dimensions)
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("faiss-cpu", "openTSNE", "numba"))
    print(f"{cores()} cores, Python {sys.version.split()[0]}, {packages}; seconds on the clock (of CPU)\n", flush=True)
    Tsne(iterations=1, exaggeration_iterations=1)(given[:1200], Exact(K)(given[:1200]))  # compiles
    if "graph" in (options.parts or PARTS):
        print("| | exact | HNSW: built | searched | `ef_search` | recall |\n|---|---|---|---|---|---|", flush=True)
        for size in sizes:
            print(graphs(np.ascontiguousarray(given[:size])), flush=True)
        print()
    if "tsne" in (options.parts or PARTS):
        print("| | openTSNE | graph | t-SNE | ratio | recall | KL of openTSNE | KL | |", flush=True)
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        for size in sizes:
            print(layouts(np.ascontiguousarray(given[:size])), flush=True)


if __name__ == "__main__":
    main()
