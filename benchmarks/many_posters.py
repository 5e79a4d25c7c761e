"""A folder of posters -> as many distinct posters as asked for, to try mapmaker on many.

    python benchmarks/many_posters.py SOURCE_FOLDER OUT_FOLDER COUNT [--seed 0] [--size WxH] [--workers 2]

Each is a real poster cropped, perhaps turned left to right, shifted in hue, saturation and brightness,
perhaps given a new title, and encoded as JPEG at one of many qualities. Poster i of a seed is the same
whatever the count; a run that was stopped goes on where it was. Beside the posters, in subfolders of
1,000, come metadata.csv and recipe.json, which keeps two recipes from being mixed in one folder.
"""

import argparse
import csv
import hashlib
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from PIL import Image, ImageDraw, ImageFont

from mapmaker.workspace import replacing
from mapmaker_tiles import DecodeError, decode

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".tif", ".tiff"})
FOLDER_SIZE = 1_000

_FIRST = "Amber Broken Crimson Distant Empty Final Golden Hidden Iron Last Midnight Northern Paper"
_SECOND = "Bridge Circus Dawn Empire Garden Harbour Island Letter Mirror Orchard River Shadow Tower"
T = TypeVar("T")
R = TypeVar("R")

_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Recipe:
    """What all posters of one folder share. `size` None keeps each source's own."""

    source: Path
    out: Path
    seed: int
    size: tuple[int, int] | None


@dataclass(frozen=True)
class Task:
    """One poster to make: its number, and the source's path inside the source folder."""

    index: int
    source: str

    @property
    def filename(self) -> str:
        return f"{self.index // FOLDER_SIZE:04d}/{self.index:07d}.jpg"


class Spread(Protocol):
    """map(function, items), results in the order of the items."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterable[R]: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the posters; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    recipe = Recipe(options.source, options.out, options.seed, options.size)
    if recipe.out.resolve().is_relative_to(recipe.source.resolve()):
        parser.error(f"{recipe.out} lies in {recipe.source}: its posters would become sources")
    with _spread(options.workers) as spread:
        sources = list_sources(recipe, spread)
        if not sources:
            parser.error(f"no readable pictures in {recipe.source}")
        if not _same_recipe(recipe, sources):
            parser.error(f"{recipe.out} holds posters of another recipe; choose another folder")
        tasks = [Task(index, sources[index % len(sources)]) for index in range(options.count)]
        _make_missing(recipe, tasks, spread)
    _write_metadata(recipe, tasks)
    return 0


def _make_missing(recipe: Recipe, tasks: Sequence[Task], spread: Spread) -> None:
    """Make the posters whose files are not there yet; a file that is there is complete."""
    missing = [task for task in tasks if not (recipe.out / task.filename).exists()]
    for name in {Path(task.filename).parent for task in missing}:
        (recipe.out / name).mkdir(exist_ok=True)
    _show(spread(partial(make_poster, recipe), missing), len(missing))


def list_sources(recipe: Recipe, spread: Spread) -> list[str]:
    """Return the pictures under the source folder that can be read, in the order of the seed."""
    files = [path for path in recipe.source.rglob("*") if path.suffix.lower() in SUFFIXES]
    files.sort(key=Path.as_posix)
    readable = list(spread(_is_readable, files))
    names = [path.relative_to(recipe.source).as_posix() for path, good in zip(files, readable, strict=True) if good]
    Random(f"{recipe.seed}/order").shuffle(names)
    return names


def _is_readable(path: Path) -> bool:
    try:
        decode(path)
    except DecodeError:
        return False
    return True


def make_poster(recipe: Recipe, task: Task) -> None:
    """Make one poster's file, all or nothing."""
    rng = Random(f"{recipe.seed}/{task.index}/looks")
    picture = decode(recipe.source / task.source)
    picture = _cropped(picture, recipe.size or picture.size, rng)
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = picture.convert("RGB", _shift(rng))
    if rng.random() < 0.5:
        _letter(picture, invent(recipe.seed, task.index)[0], rng)
    with replacing(recipe.out / task.filename) as temporary:
        picture.save(temporary, "JPEG", quality=rng.randint(60, 92))


def _cropped(picture: Image.Image, size: tuple[int, int], rng: Random) -> Image.Image:
    """Return 60 to 100 % of the picture, of the proportion of `size` and at that size."""
    share = rng.uniform(0.6, 1.0)
    scale = share * min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left = rng.uniform(0, picture.width - width)
    top = rng.uniform(0, picture.height - height)
    box = (left, top, min(left + width, picture.width), min(top + height, picture.height))
    return picture.resize(size, Image.Resampling.BILINEAR, box=box)


def _shift(rng: Random) -> tuple[float, ...]:
    """Return a 3 x 4 matrix that turns hues about the greys, then changes saturation and light."""
    angle, saturation = rng.uniform(-1.2, 1.2), rng.uniform(0.6, 1.3)
    gain, lift = rng.uniform(0.8, 1.15), rng.uniform(-18, 18)
    cosine, third, side = math.cos(angle), (1 - math.cos(angle)) / 3, math.sin(angle) / math.sqrt(3)
    turn = (third + cosine, third - side, third + side)
    rows: list[float] = []
    for row in range(3):
        weights = [turn[(column - row) % 3] for column in range(3)]
        mixed = [
            gain * (saturation * weight + (1 - saturation) * luma) for weight, luma in zip(weights, _LUMA, strict=True)
        ]
        rows += [*mixed, lift]
    return tuple(rows)


def _letter(picture: Image.Image, title: str, rng: Random) -> None:
    """Letter a title over a band somewhere in the lower half of the picture."""
    height = max(8, min(picture.height // rng.randint(12, 20), picture.width // 13))
    top = rng.randint(picture.height // 2, max(picture.height // 2, picture.height - 2 * height))
    band, ink = rng.choice((("black", "white"), ("white", "black"), ("#c22", "white")))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, top, picture.width, top + 2 * height), fill=band)
    middle = (picture.width / 2, top + height)
    pen.text(middle, title.upper(), font=_font(height), fill=ink, anchor="mm")


@lru_cache
def _font(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(height)


def invent(seed: int, index: int) -> tuple[str, int]:
    """Return a title, the same for no other index, and a year."""
    rng = Random(f"{seed}/{index}/facts")
    first, second = rng.choice(_FIRST.split()), rng.choice(_SECOND.split())
    return f"{first} {second} {index}", rng.randint(1920, 2025)


def _same_recipe(recipe: Recipe, sources: Sequence[str]) -> bool:
    """Return whether the out folder is new, or holds posters of this very recipe; note it there."""
    recipe.out.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256("\n".join(sources).encode()).hexdigest()
    text = json.dumps({"seed": recipe.seed, "size": recipe.size, "sources": digest}) + "\n"
    note = recipe.out / "recipe.json"
    if note.exists():
        return note.read_text(encoding="utf-8") == text
    with replacing(note) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return True


def _write_metadata(recipe: Recipe, tasks: Iterable[Task]) -> None:
    with (
        replacing(recipe.out / "metadata.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("filename", "title", "year", "source"))
        for task in tasks:
            table.writerow((task.filename, *invent(recipe.seed, task.index), task.source))


def _show(done: Iterable[object], total: int) -> None:
    """Go through `done`, keeping one line on stderr that says how far it is."""
    start = shown = time.monotonic()
    for count, _ in enumerate(done, 1):
        now = time.monotonic()
        if count == total or now - shown > 0.5:
            rate, shown = count / max(now - start, 1e-9), now
            left = (total - count) / rate
            line = f"\r{count:,} of {total:,} posters, {rate:,.0f} a second, {left:,.0f} s left  "
            print(line, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


@contextmanager
def _spread(workers: int) -> Iterator[Spread]:
    """Yield a map over `workers` processes, in order; one worker is this process."""
    if workers == 1:
        yield map
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield partial(pool.imap, chunksize=64)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, like 182x268")
    return int(width), int(height)


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Many distinct posters out of a folder of some.")
    parser.add_argument("source", type=Path, help="folder of pictures, searched with its subfolders")
    parser.add_argument("out", type=Path, help="folder for the posters; a stopped run goes on here")
    parser.add_argument("count", type=_positive, help="how many posters to have there in the end")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=_size, help="WIDTHxHEIGHT in pixels; default: the source's")
    parser.add_argument("--workers", type=_positive, default=2, help="processes (default 2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
