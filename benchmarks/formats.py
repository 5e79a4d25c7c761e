"""Real posters -> Markdown tables: bytes, likeness and speed of tiles in each format, quality and effort.

    python benchmarks/formats.py --posters FOLDER [--cell 128x192] [--cell 160x240] [--tiles 32] [--seed 0]
        [--part tables whole]

The posters are arranged as in a map (classic features, t-SNE, grid), painted, and some full tiles of every zoom drawn
by chance; an overview zoom has cells of 1 / 2, 1 / 4 ... Of a tile at the border of the map, full quarters of 256
pixels are taken. Each tile is encoded by Pillow as RGB, decoded, and compared with its own pixels:

    bytes    of the file; `bits a pixel` is the same, of all tiles of a zoom together
    SSIM     scikit-image's structural_similarity of the lumas (Rec. 601), gaussian_weights, sigma 1.5, population
             covariance, data_range 255; the mean of a zoom's pixels
    colour   the root mean square of errors in Cb and Cr, 0 to 255: luma does not see blurred colours
    tiles/s  by CPU time of this process alone, encoding only, one thread, tiles of 512 pixels

Part `whole` then encodes every tile of the map, borders and all, as `Encoding` does it.
"""

import argparse
import io
import itertools
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, features
from skimage.metrics import structural_similarity

import mapmaker as mm
from mapmaker_tiles import DecodeError, Encoding, Pyramid, decode, paint

Pixels = NDArray[np.uint8]
"""(side, side, 3), red, green, blue."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
PARTS = ("tables", "whole")
FEWEST = 64
"""Posters that make a map with a full tile."""
SMALLEST = 4
"""Pixels across a cell, at the topmost zoom looked at."""
SIDE = 256
"""Pixels along a side of the smallest part of a tile that is measured."""
FULL = 512 * 512


class Raw(Encoding):
    """Tiles as their pixels: what every codec is compared with."""

    def encode(self, pixels: NDArray[np.uint8], above: int = 0) -> bytes:  # noqa: ARG002 - all zooms alike
        """The pixels, (height, width, 4)."""
        return pixels.tobytes()


@dataclass(frozen=True)
class Codec:
    """A way to encode, but for the quality. `options` are Pillow's."""

    name: str
    format: str
    qualities: tuple[int, ...]
    options: Mapping[str, Any]

    def encode(self, tile: Image.Image, quality: int) -> bytes:
        """The file of an RGB tile."""
        out = io.BytesIO()
        tile.save(out, self.format, quality=quality, **self.options)
        return out.getvalue()


@dataclass(frozen=True)
class Outcome:
    """What a codec makes of tiles at one quality; see the module's docstring."""

    quality: float
    bits: float
    ssim: float
    colour: float
    rate: float


REFERENCE, REFERENCE_QUALITY = "WebP, method 4", 75
AT_ALL_ZOOMS = (REFERENCE, "WebP, method 2", "AVIF, speed 8", "JPEG, 4:2:0")
"""The codecs that overview zooms are encoded with; the deepest is with all."""
JPEG, WEBP, AVIF = (75, 80, 85, 90), (50, 60, 70, 75, 80), (50, 60, 70, 75, 80)


def _avif(speed: int, subsampling: str) -> dict[str, Any]:
    return {"speed": speed, "subsampling": subsampling, "max_threads": 1}


CODECS = (
    Codec("JPEG, 4:2:0", "JPEG", (60, 70, *JPEG), {"optimize": True}),
    Codec("JPEG, 4:2:0, progressive", "JPEG", JPEG, {"optimize": True, "progressive": True}),
    Codec("JPEG, 4:4:4", "JPEG", JPEG, {"optimize": True, "subsampling": 0}),
    *(Codec(f"WebP, method {method}", "WEBP", (70, 75, 80), {"method": method}) for method in (0, 1)),
    *(Codec(f"WebP, method {method}", "WEBP", (30, 40, *WEBP), {"method": method}) for method in (2, 3, 4)),
    *(Codec(f"WebP, method {method}", "WEBP", (70, 75, 80), {"method": method}) for method in (5, 6)),
    Codec("AVIF, speed 10", "AVIF", AVIF, _avif(10, "4:2:0")),
    Codec("AVIF, speed 9", "AVIF", (70, 75, 80), _avif(9, "4:2:0")),
    Codec("AVIF, speed 8", "AVIF", AVIF, _avif(8, "4:2:0")),
    Codec("AVIF, speed 8, 4:4:4", "AVIF", (60, 70, 75), _avif(8, "4:4:4")),
    Codec("AVIF, speed 6", "AVIF", (60, 70, 75), _avif(6, "4:2:0")),
)


# Tiles


def listed(folder: Path) -> list[Path]:
    """The pictures below a folder that can be read, in order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [path for path in files if readable(path)]


def readable(file: Path) -> bool:
    """Whether a picture decodes."""
    try:
        decode(file, at_least=(8, 8))
    except DecodeError:
        return False
    return True


def squared(posters: Sequence[Path], seed: int) -> list[Path]:
    """As many of the posters, drawn by chance, as fill a square of cells without holes."""
    return Random(seed).sample(posters, math.isqrt(len(posters)) ** 2)


def arranged(posters: Sequence[Path], seed: int) -> NDArray[np.int32]:
    """(n, 2): a cell for each poster, like beside like; n is a square."""
    side = math.isqrt(len(posters))
    points = mm.layout(mm.extract(posters, "classic", workers=1), seed=seed)
    return np.asarray(mm.assign(points, side, side), np.int32)


def tiles_by_width(
    posters: Sequence[Path], cells: NDArray[np.int32], cell: tuple[int, int], most: int, seed: int
) -> dict[int, list[Pixels]]:
    """Opaque tiles, at most `most` for each width of a cell, from `cell`'s own down to SMALLEST."""
    columns, rows = (cells.max(axis=0) + 1).tolist()
    pyramid = Pyramid(columns, rows, *cell)
    found: dict[int, list[Pixels]] = {}
    for tile in paint(posters, cells, pyramid, Raw()):
        width = cell[0] // pyramid.shrink(tile.zoom)
        if width < SMALLEST or chance(seed, tile.zoom, tile.column, tile.row) > share(pyramid, tile.zoom, most):
            continue
        pixels = np.frombuffer(tile.data, np.uint8).reshape(pyramid.tile_size, pyramid.tile_size, 4)
        found.setdefault(width, []).extend(opaque(pixels))
    return {width: shuffled(tiles, seed)[:most] for width, tiles in sorted(found.items(), reverse=True)}


def chance(*numbers: int) -> float:
    """0 to 1, always the same for the same numbers."""
    return Random(" ".join(map(str, numbers))).random()


def share(pyramid: Pyramid, zoom: int, most: int) -> float:
    """How many of a zoom's tiles to keep for `most` and some that are not full."""
    across, down = pyramid.tiles(zoom)
    return 2 * most / (across * down)


def shuffled(tiles: Sequence[Pixels], seed: int) -> list[Pixels]:
    """Large ones first, else by chance."""
    order = list(tiles)
    Random(seed).shuffle(order)
    return sorted(order, key=len, reverse=True)


def opaque(pixels: Pixels) -> Iterator[Pixels]:
    """The tile without its alpha, or such quarters of it, and of them, as are without holes."""
    side = len(pixels)
    if (pixels[..., 3] == 255).all():
        yield np.ascontiguousarray(pixels[..., :3])
    elif side > SIDE:
        half = side // 2
        for top, left in itertools.product((0, half), repeat=2):
            yield from opaque(pixels[top : top + half, left : left + half])


# A whole map

WHOLE = {
    "WebP, method 4, quality 75": Encoding("webp", 75, 4, overview_quality=75),
    "WebP, method 2, quality 75": Encoding("webp", 75, 2, overview_quality=75),
    "WebP as by default": Encoding("webp"),
    "AVIF as by default": Encoding("avif"),
    "JPEG as by default": Encoding("jpeg"),
}


def print_whole(posters: Sequence[Path], cells: NDArray[np.int32], cell: tuple[int, int]) -> None:
    """All tiles of the map, as `paint` makes them: bytes, and CPU seconds of encoding."""
    columns, rows = (cells.max(axis=0) + 1).tolist()
    pyramid = Pyramid(columns, rows, *cell)
    sizes, overviews, seconds, tiles = dict.fromkeys(WHOLE, 0), dict.fromkeys(WHOLE, 0), dict.fromkeys(WHOLE, 0.0), 0
    for tile in paint(posters, cells, pyramid, Raw()):
        above = pyramid.max_zoom - tile.zoom
        pixels = np.frombuffer(tile.data, np.uint8).reshape(pyramid.tile_size, pyramid.tile_size, 4)
        tiles += 1
        for name, encoding in WHOLE.items():
            start = time.process_time()
            size = len(encoding.encode(pixels, above))
            seconds[name] += time.process_time() - start
            sizes[name] += size
            overviews[name] += size if above else 0
    print(f"\n## A map of {len(posters):,} posters, {tiles:,} tiles, cells of {cell[0]} x {cell[1]} pixels\n")
    print_row("encoding", "MB", "of that above the deepest zoom", "seconds")
    print_rule(4)
    for name, size in sizes.items():
        print_row(name, f"{size / 1e6:.1f}", f"{overviews[name] / 1e6:.1f}", f"{seconds[name]:.0f}")


# Measuring


def measured(codec: Codec, quality: int, tiles: Sequence[Pixels]) -> Outcome:
    """Encode tiles, decode them, compare."""
    codec.encode(Image.fromarray(tiles[0]), quality)  # a first call costs more
    sizes, seconds, ssims, errors = 0, 0.0, [], []
    for tile in tiles:
        image = Image.fromarray(tile)
        start = time.process_time()
        file = codec.encode(image, quality)
        seconds += time.process_time() - start
        sizes += len(file)
        with Image.open(io.BytesIO(file)) as decoded:
            ssim, error = compared(image, decoded.convert("RGB"))
        ssims.append(ssim)
        errors.append(error)
    weights = [area([tile]) for tile in tiles]
    ssim, error = (float(np.average(values, weights=weights)) for values in (ssims, errors))
    whole = area(tiles)
    return Outcome(quality, 8 * sizes / whole, ssim, math.sqrt(error), whole / FULL / max(seconds, 1e-9))


def area(tiles: Sequence[Pixels]) -> int:
    """Pixels of all tiles together."""
    return sum(tile.shape[0] * tile.shape[1] for tile in tiles)


def compared(true: Image.Image, seen: Image.Image) -> tuple[float, float]:
    """(SSIM of the lumas, mean squared error of Cb and Cr)."""
    one, other = (np.asarray(image.convert("YCbCr"), np.float32) for image in (true, seen))
    ssim = structural_similarity(  # type: ignore[no-untyped-call]  # scikit-image tells no types
        one[..., 0], other[..., 0], gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    return float(ssim), float(np.mean((one[..., 1:] - other[..., 1:]) ** 2))


def at_ssim(outcomes: Sequence[Outcome], ssim: float) -> Outcome | None:
    """What lies between two qualities, where their SSIM would be `ssim`; the logarithm of bits is interpolated."""
    ladder = sorted(outcomes, key=lambda outcome: outcome.ssim)
    known = [outcome.ssim for outcome in ladder]
    if not known[0] <= ssim <= known[-1]:
        return None

    def between(values: Sequence[float]) -> float:
        return float(np.interp(ssim, known, values))

    return Outcome(
        between([outcome.quality for outcome in ladder]),
        float(np.exp(between([np.log(outcome.bits) for outcome in ladder]))),
        ssim,
        between([outcome.colour for outcome in ladder]),
        between([outcome.rate for outcome in ladder]),
    )


# Tables


def print_all(ladders: Mapping[str, Sequence[Outcome]]) -> None:
    """Every codec at every quality."""
    print_row("codec", "quality", "bits a pixel", "kB a tile", "SSIM", "colour", "tiles/s")
    print_rule(7)
    for name, ladder in ladders.items():
        for seen in ladder:
            print_row(name, f"{seen.quality}", *shown(seen))


def print_equal(ladders: Mapping[str, Sequence[Outcome]]) -> None:
    """Every codec at the quality where it looks like the reference."""
    target = reference(ladders)
    print_row("codec", "quality", "bits a pixel", "kB a tile", "SSIM", "colour", "tiles/s", "size")
    print_rule(8)
    for name, ladder in ladders.items():
        seen = at_ssim(ladder, target.ssim)
        if seen is not None:
            print_row(name, f"{seen.quality:.0f}", *shown(seen), f"{seen.bits / target.bits:.0%}")


def print_zooms(zooms: Mapping[int, Mapping[str, Sequence[Outcome]]], codecs: Sequence[str]) -> None:
    """At each width of a cell: the reference, and what reaches the SSIM that the reference has at the deepest."""
    deepest = reference(zooms[max(zooms)])
    name = f"{REFERENCE}, {REFERENCE_QUALITY}"
    print_row("cell", f"{name}: bits a pixel", "SSIM", "colour", *(f"{codec}: quality, bits" for codec in codecs))
    print_rule(4 + len(codecs))
    for width, ladders in zooms.items():
        seen = reference(ladders)
        equal = [at_ssim(ladders[codec], deepest.ssim) for codec in codecs]
        cells = ["" if one is None else f"{one.quality:.0f}, {one.bits:.2f}" for one in equal]
        print_row(f"{width}", f"{seen.bits:.2f}", f"{seen.ssim:.4f}", f"{seen.colour:.1f}", *cells)


def reference(ladders: Mapping[str, Sequence[Outcome]]) -> Outcome:
    """What all is compared with."""
    return next(seen for seen in ladders[REFERENCE] if seen.quality == REFERENCE_QUALITY)


def shown(seen: Outcome) -> tuple[str, ...]:
    """The figures of a row."""
    kilobytes = seen.bits * FULL / 8 / 1000
    return f"{seen.bits:.2f}", f"{kilobytes:.1f}", f"{seen.ssim:.4f}", f"{seen.colour:.1f}", f"{seen.rate:.0f}"


def print_row(*cells: str) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join(cells)} |", flush=True)


def print_rule(columns: int) -> None:
    """Print what is below a table's heading."""
    print("|" + "---|" * columns)


# Shell


def main() -> None:
    """Parse, paint, measure."""
    options = parser().parse_args()
    posters = squared(listed(options.posters), options.seed)
    if len(posters) < FEWEST:
        sys.exit(f"{options.posters} holds fewer than {FEWEST} readable pictures: their map has no full tile")
    codecs = [codec for codec in CODECS if not options.codec or codec.name in (*options.codec, REFERENCE)]
    note(f"arranging {len(posters):,} posters")
    cells = arranged(posters, options.seed)
    versions = ", ".join(f"{name} {features.version(name)}" for name in ("libjpeg_turbo", "webp", "avif"))
    print(f"{len(posters):,} posters; {os.cpu_count()} cores, Pillow {PIL.__version__}, {versions}\n")
    for cell in options.cell or [(128, 192), (160, 240)]:
        if "tables" in options.parts:
            print_cell(cell, tiles_by_width(posters, cells, cell, options.tiles, options.seed), codecs)
        if "whole" in options.parts:
            print_whole(posters, cells, cell)


def print_cell(cell: tuple[int, int], tiles: Mapping[int, Sequence[Pixels]], codecs: Sequence[Codec]) -> None:
    """All tables of one size of cells."""
    deepest = max(tiles)
    everywhere = [codec for codec in codecs if codec.name in AT_ALL_ZOOMS]
    zooms = {
        width: measured_all(codecs if width == deepest else everywhere, some, f"{width} of {cell}")
        for width, some in tiles.items()
    }
    areas = ", ".join(f"{area(some) / FULL:.2g} at {width}" for width, some in tiles.items())
    print(f"\n## Cells of {cell[0]} x {cell[1]} pixels\n\nTiles of 512 pixels by the width of a cell: {areas}.")
    print("\n### All, deepest zoom\n")
    print_all(zooms[deepest])
    print(f"\n### At the SSIM of {REFERENCE}, quality {REFERENCE_QUALITY}, deepest zoom\n")
    print_equal(zooms[deepest])
    print("\n### Zooms, and what reaches the SSIM of the deepest\n")
    print_zooms(zooms, [codec.name for codec in everywhere])
    for width in sorted(zooms.keys() - {deepest}, reverse=True):
        print(f"\n### All, cells {width} wide\n")
        print_all(zooms[width])


def measured_all(codecs: Sequence[Codec], tiles: Sequence[Pixels], where: str) -> dict[str, list[Outcome]]:
    """Outcomes by the name of a codec, a ladder of qualities each."""
    ladders = {}
    for codec in codecs:
        note(f"cells {where}: {codec.name}")
        ladders[codec.name] = [measured(codec, quality, tiles) for quality in codec.qualities]
    return ladders


def note(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, like 128x192")
    return int(width), int(height)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    made.add_argument("--part", dest="parts", choices=PARTS, nargs="+", default=PARTS)
    made.add_argument("--posters", type=Path, required=True, help="folder of real posters, with its subfolders")
    made.add_argument("--cell", type=size, action="append", help="WIDTHxHEIGHT of the deepest zoom; repeatable")
    made.add_argument("--codec", action="append", help="only this one, by its name in the tables; repeatable")
    made.add_argument("--tiles", type=int, default=32, help="at most, of each zoom")
    made.add_argument("--seed", type=int, default=0)
    return made


if __name__ == "__main__":
    main()
