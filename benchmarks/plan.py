"""Planned against painted: how well tiles and bytes of a map are foretold, by poster size and format.

    python benchmarks/plan.py IMAGES WORK [--widths 32 64 128] [--formats webp jpeg avif] [--workers 2]

IMAGES is the folder of posters of a finished build, WORK its work folder (.mapmaker/NAME), which is only read. Prints a
Markdown table, a row a size and format; "above" are the bytes of all zooms above the deepest. Nothing is written.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts
from mapmaker.methods.engines.local import Local
from mapmaker.workspace import Workspace
from mapmaker_tiles import Encoding, Format, Prediction, Pyramid, cell_size, paint, predict


def main(arguments: Sequence[str] | None = None) -> int:
    """Predict, paint, print; return the exit code."""
    options = _parser().parse_args(arguments)
    with Workspace(options.work) as work:
        images = artifacts.read_images(work)
        rows = artifacts.read_selection(work, len(images)).rows
        arrangement = artifacts.read_arrangement(work, len(rows))
    files = [options.images / images.path[row] for row in rows]
    shape, aspect = (arrangement.columns, arrangement.rows), images.aspect(rows)
    pyramids = [Pyramid(*shape, *cell_size(width, aspect)) for width in options.widths]
    encodings = [Encoding(name) for name in options.formats]
    started = time.monotonic()
    predictions = predict(files, arrangement.cells, pyramids, encodings, seed=options.seed)
    print(f"{len(files):,} posters; predicted in {time.monotonic() - started:.0f} s\n")
    print("| posters | format | tiles | predicted | painted | off | off, deepest | off, above | painting |")
    print("|---|---|---|---|---|---|---|---|---|")
    for prediction in predictions:
        _show(prediction, files, arrangement.cells, Local(options.workers))
    return 0


def _show(prediction: Prediction, files: Sequence[Path], cells: NDArray[Any], engine: Local) -> None:
    """Paint what was predicted and print the row of both."""
    pyramid = prediction.pyramid
    tiles, sizes = np.zeros((2, pyramid.max_zoom + 1), np.int64)
    started = time.monotonic()
    for tile in paint(
        files,
        cells,
        pyramid,
        prediction.encoding,
        spread=lambda function, blocks: engine.map(function, blocks, chunk=1),
    ):
        tiles[tile.zoom] += 1
        sizes[tile.zoom] += len(tile.data)
    seconds = time.monotonic() - started
    if tiles.tolist() != list(prediction.tiles):
        sys.exit(f"{prediction.tiles} tiles were predicted, {tiles.tolist()} painted")
    predicted = np.array(prediction.bytes)
    size = f"{pyramid.cell_width} x {pyramid.cell_height}"
    megabytes = f"{predicted.sum() / 1e6:.1f} MB | {sizes.sum() / 1e6:.1f} MB"
    off = [f"{part / whole - 1:+.1%}" for part, whole in _parts(predicted, sizes)]
    columns = [size, prediction.encoding.format, f"{tiles.sum():,}", megabytes, *off, f"{seconds:.0f} s"]
    print(f"| {' | '.join(columns)} |", flush=True)


def _parts(predicted: NDArray[np.int64], painted: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Return bytes predicted and painted: of all zooms, of the deepest, of those above."""
    slices = (slice(None), slice(-1, None), slice(None, -1))
    return [(float(predicted[part].sum()), float(max(1, painted[part].sum()))) for part in slices]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Planned against painted maps.")
    parser.add_argument("images", type=Path, help="folder of the posters")
    parser.add_argument("work", type=Path, help="work folder of a finished build of them")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128], help="pixels across a poster")
    parser.add_argument("--formats", nargs="+", choices=get_args(Format), default=list(get_args(Format)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes that paint (default 2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
