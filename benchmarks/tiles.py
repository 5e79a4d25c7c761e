"""Tiles, measured: seconds beside the floor that the codecs set, memory, a few changed posters, and libvips.

    python benchmarks/tiles.py POSTERS [scale] [change] [parents] [vips] [--counts 20000 90000] [--keep FOLDER]

POSTERS holds as many distinct posters as are asked for; many_posters.py makes them.

scale    so many posters painted from nothing; the floor: each poster decoded and scaled once, each tile encoded once
change   then 100 cells given other posters, scattered and as one block of 10 x 10; all tiles compared with a fresh map
parents  every tile above the deepest, before encoding, against the same region scaled from the deepest in one step
vips     10,000 posters, by libvips: thumbnails joined in rows, rows joined, dzsave --layout google

Cells are 128 x 192 pixels, tiles WebP with the defaults of `Encoding`, workers two. Without a word: everything. Each
figure is of a process of its own and all below it; seconds count from when it has found the posters on the disk, those
of libvips included. The floor of decoding is the time on the clock of two processes that do nothing else; that of
encoding the time that all calls of the codec took, shared by two, while two processes painted.
"""

import argparse
import functools
import json
import math
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from watching import Watched, watched

from mapmaker.methods.engines.local import Local
from mapmaker_tiles import Encoding, Painting, Pyramid, Store, TileFolder, decode
from mapmaker_tiles.framing import frame

CELL = 128, 192
WORKERS = 2
VIPS = 10_000
CHANGED = 100
PARENTS = 1_024
PARTS = ("scale", "change", "parents", "vips")


def posters_of(folder: Path) -> list[Path]:
    """Return the files, in an order that does not depend on the disk."""
    return sorted(folder.rglob("*.jpg"))


def painting_of(files: Sequence[Path], count: int, change: str = "") -> Painting:
    """Return `count` posters row by row on a map as wide as high; `change`: which cells have other posters."""
    columns = math.ceil(math.sqrt(count * CELL[1] / CELL[0]))
    rows = math.ceil(count / columns)
    numbers = np.arange(count)
    spare = iter(range(count, len(files)))
    if "scattered" in change:
        for cell in np.random.default_rng(0).permutation(count)[:CHANGED].tolist():
            numbers[cell] = next(spare)
    if "block" in change:
        side = math.isqrt(CHANGED)
        left, top = columns // 3, rows // 3
        for cell in [(top + y) * columns + left + x for y in range(side) for x in range(side)]:
            numbers[cell] = next(spare)
    cells = np.stack([np.arange(count) % columns, np.arange(count) // columns], axis=1)
    pictures = [files[number] for number in numbers.tolist()]
    return Painting(
        pictures, cells, Pyramid(columns, rows, *CELL), Encoding(), digests=[str(file) for file in pictures]
    )


def spread(function: Any, blocks: Any) -> Any:
    """Two processes of the engine that a build uses."""
    return Local(WORKERS).map(function, blocks, chunk=1)


# What runs in processes of its own


def painted(painting: Painting, folder: Path) -> None:
    """Paint what the store in `folder` lacks, and link all tiles into a new tree, as a build does."""
    store = Store(folder / "store")
    digests = folder / "digests.json"
    store.know_digests(json.loads(digests.read_text()) if digests.exists() else {})
    for _ in painting.missing(store, spread=spread):
        pass
    sink = TileFolder(folder / "fresh", painting.encoding.extension)
    for place, key in painting.keys.items():
        sink.link(place, store.tile_path(key))
    digests.write_text(json.dumps({key: store.digest(key) for key in painting.keys.values()}))
    shutil.rmtree(folder / "tiles", ignore_errors=True)
    (folder / "fresh").rename(folder / "tiles")


def decoding_floor(files: Sequence[Path]) -> float:
    """Return seconds to decode and scale each poster once, over two processes."""
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(_scaled, files[:WORKERS])  # they have started, and imported
        started = time.perf_counter()
        for _ in pool.imap_unordered(_scaled, files, chunksize=64):
            pass
        return time.perf_counter() - started


def _scaled(file: Path) -> None:
    frame(decode(file, at_least=(2 * CELL[0], 2 * CELL[1])), CELL, "cover")


@dataclass(frozen=True)
class Timed(Encoding):
    """Encodes nothing: returns the seconds that it would have taken, as text."""

    def encode(self, pixels: NDArray[np.uint8], above: int = 0) -> bytes:
        """Seconds."""
        started = time.perf_counter()
        super().encode(pixels, above)
        return repr(time.perf_counter() - started).encode()


def encoding_floor(painting: Painting) -> float:
    """Return seconds to encode each tile once, shared by two processes, while they paint."""
    timed = Painting(painting.pictures, painting.cells, painting.pyramid, Timed())
    return sum(float(tile.data) for tile in timed.missing(spread=spread)) / WORKERS


def vips_map(files: Sequence[Path], folder: Path) -> None:
    """Do the same with libvips, as its documentation would have it: nothing is computed before it is saved."""
    import pyvips

    columns = math.ceil(math.sqrt(len(files) * CELL[1] / CELL[0]))
    rows = []
    for first in range(0, len(files), columns):
        row = [
            pyvips.Image.thumbnail(str(file), CELL[0], height=CELL[1], crop="centre")
            for file in files[first : first + columns]
        ]
        rows.append(pyvips.Image.arrayjoin(row, across=columns))
    whole = pyvips.Image.arrayjoin(rows, across=1)
    encoding = Encoding()
    suffix = f".webp[Q={encoding.quality_at(0)},effort={encoding.method}]"
    whole.dzsave(str(folder / "vips"), layout="google", tile_size=512, suffix=suffix, background=[0, 0, 0])


def call(part: str, posters: Path, count: int, folder: Path, change: str) -> None:
    """Be such a process."""
    files = posters_of(posters)
    if part == "paint":
        started = time.perf_counter()
        painted(painting_of(files, count, change), folder)
        print(time.perf_counter() - started)
    elif part == "decode":
        print(decoding_floor(files[:count]))
    elif part == "encode":
        print(encoding_floor(painting_of(files, count)))
    elif part == "vips":
        started = time.perf_counter()
        vips_map(files[:count], folder)
        print(time.perf_counter() - started)


# The parts


@dataclass(frozen=True)
class Bench:
    """Where posters are, and where maps may be made."""

    posters: Path
    folder: Path

    def run(self, part: str, count: int, where: str = "", change: str = "-") -> Watched:
        """Run one part in a process of its own."""
        note(f"{part}, {count:,} posters {change}")
        place = self.folder / (where or part)
        place.mkdir(parents=True, exist_ok=True)
        return watched([sys.executable, __file__, "call", part, self.posters, count, place, change])


def scale(bench: Bench, counts: Sequence[int]) -> None:
    """Print seconds, floor, memory."""
    print("\n### scale: painted from nothing\n")
    table("posters", "tiles", "MB", "seconds", "floor: decode", "encode", "seconds / floor", "memory")
    for count in counts:
        shutil.rmtree(bench.folder / str(count), ignore_errors=True)
        decoded = float(bench.run("decode", count).out)
        whole = bench.run("paint", count, str(count))
        encoded = float(bench.run("encode", count).out)
        tiles = [file.stat().st_size for file in (bench.folder / str(count) / "tiles").rglob("*.webp")]
        table_row(
            f"{count:,}",
            f"{len(tiles):,}",
            f"{sum(tiles) / 1e6:.0f}",
            f"{float(whole.out):.1f}",
            f"{decoded:.1f}",
            f"{encoded:.1f}",
            f"{float(whole.out) / (decoded + encoded):.2f}",
            f"{whole.peak / 1e9:.2f} GB",
        )


def change(bench: Bench, counts: Sequence[int]) -> None:
    """Print what a hundred changed cells cost, and whether the tiles are those of a fresh map."""
    print("\n### change: 100 cells, after all were painted\n")
    table("posters", "all, seconds", "scattered", "share", "one block", "share", "mips", "tiles like a fresh map's")
    for count in counts:
        for where in (str(count), "fresh"):
            shutil.rmtree(bench.folder / where, ignore_errors=True)
        whole = float(bench.run("paint", count, str(count)).out)
        scattered = float(bench.run("paint", count, str(count), "scattered").out)
        block = float(bench.run("paint", count, str(count), "scattered block").out)
        mips = sum(file.stat().st_size for file in (bench.folder / str(count) / "store" / "mips").rglob("*"))
        bench.run("paint", count, "fresh", "scattered block")
        ours, fresh = (contents(bench.folder / where / "tiles") for where in (str(count), "fresh"))
        same = sum(ours.get(name) == digest for name, digest in fresh.items())
        table_row(
            f"{count:,}",
            f"{whole:.1f}",
            f"{scattered:.2f}",
            f"{scattered / whole:.2%}",
            f"{block:.2f}",
            f"{block / whole:.2%}",
            f"{mips / 1e6:.0f} MB",
            f"{same:,} of {len(fresh):,}" + ("" if len(ours) == len(fresh) else f", {len(ours):,} in ours"),
        )


def contents(folder: Path) -> dict[str, bytes]:
    """Return every tile's bytes, digested, by name."""
    import hashlib

    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).digest() for file in files}


@dataclass(frozen=True)
class Raw(Encoding):
    """Encodes nothing: the pixels themselves."""

    def encode(self, pixels: NDArray[np.uint8], above: int = 0) -> bytes:  # noqa: ARG002 - as they are
        """Pixels."""
        return pixels.tobytes()


def parents(files: Sequence[Path]) -> None:
    """Print how far parents are from the base scaled in one step."""
    painting = painting_of(files, PARENTS)
    pyramid = painting.pyramid
    side = pyramid.tile_size
    across, down = pyramid.tiles(pyramid.max_zoom)
    whole = np.zeros((down * side, across * side, 4), np.uint8)
    above: dict[int, list[tuple[int, int, NDArray[Any]]]] = {}
    for tile in Painting(painting.pictures, painting.cells, pyramid, Raw()).missing(spread=spread):
        pixels = np.frombuffer(tile.data, np.uint8).reshape(side, side, 4)
        if tile.zoom == pyramid.max_zoom:
            whole[tile.row * side : (tile.row + 1) * side, tile.column * side : (tile.column + 1) * side] = pixels
        else:
            above.setdefault(tile.zoom, []).append((tile.column, tile.row, pixels))
    print(f"\n### parents: {PARENTS:,} posters, of 255, premultiplied\n")
    table("zoom", "tiles", "mean difference", "largest")
    for zoom, tiles in sorted(above.items(), reverse=True):
        differences = [np.abs(pixels_of(pixels) - reduced(whole, pyramid, zoom, c, r)) for c, r, pixels in tiles]
        mean = max(float(one.mean()) for one in differences)
        table_row(str(zoom), str(len(tiles)), f"{mean:.3f}", f"{max(float(one.max()) for one in differences):.2f}")


def pixels_of(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return pixels premultiplied."""
    wide = pixels.astype(np.float64)
    wide[..., :3] *= wide[..., 3:] / 255
    return wide


def reduced(whole: NDArray[np.uint8], pyramid: Pyramid, zoom: int, column: int, row: int) -> NDArray[np.float64]:
    """Return the region of a tile, scaled from the base in one step: the mean of every square."""
    shrink, side = pyramid.shrink(zoom), pyramid.tile_size
    reach = side * shrink
    part = whole[row * reach : (row + 1) * reach, column * reach : (column + 1) * reach]
    full = np.zeros((reach, reach, 4))
    full[: part.shape[0], : part.shape[1]] = pixels_of(part)
    return np.asarray(full.reshape(side, shrink, side, shrink, 4).mean(axis=(1, 3)))


def vips(bench: Bench) -> None:
    """Print libvips beside us."""
    print(f"\n### vips: {VIPS:,} posters\n")
    table("", "seconds", "memory", "MB")
    for name, part in (("mapmaker", "paint"), ("libvips", "vips")):
        shutil.rmtree(bench.folder / name, ignore_errors=True)
        done = bench.run(part, VIPS, name)
        tiles = sum(
            file.stat().st_size for file in (bench.folder / name).rglob("*/*.webp") if "store" not in file.parts
        )
        table_row(name, f"{float(done.out):.1f}", f"{done.peak / 1e9:.2f} GB", f"{tiles / 1e6:.0f}")


# Shell


def table(*headings: str) -> None:
    """Print the head of a table."""
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}", flush=True)


def table_row(*cells: str) -> None:
    """Print a row."""
    print(f"| {' | '.join(cells)} |", flush=True)


def note(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("posters", type=Path)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--counts", type=int, nargs="+", default=[20_000, 90_000])
    parser.add_argument("--keep", type=Path, help="folder for the maps, instead of one that goes afterwards")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(PARTS)}")
    files = posters_of(options.posters)
    chosen = options.parts or PARTS
    needed = max(VIPS, *options.counts) + (2 * CHANGED if "change" in chosen else 0)
    if len(files) < needed:
        parser.error(f"{options.posters} holds {len(files):,} posters, {needed:,} are needed; see many_posters.py")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.posters.resolve(), (options.keep or Path(folder)).resolve())
        steps = {
            "scale": functools.partial(scale, bench, options.counts),
            "change": functools.partial(change, bench, options.counts),
            "parents": functools.partial(parents, files),
            "vips": functools.partial(vips, bench),
        }
        for part in chosen:
            steps[part]()


if __name__ == "__main__":
    if sys.argv[1:2] == ["call"]:
        call(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]), sys.argv[6])
    else:
        main()
