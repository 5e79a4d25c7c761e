"""Demo posters -> a folder of JPEG files and their metadata.csv."""

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from mapmaker.sources.demo.posters import DemoPoster, describe, draw
from mapmaker.workspace import replacing

Spread = Callable[[Callable[[int], DemoPoster], Iterable[int]], Iterable[DemoPoster]]
"""map(function, items): results in the order of the items. The function can be pickled."""

_QUALITY = 90
_COLUMNS = ("filename", "title", "year", "tags", "director", "family")


def write_posters(folder: Path, count: int = 300, seed: int = 0, spread: Spread = map) -> Path:
    """Draw the first `count` posters of a seed into `folder`; return the path of metadata.csv.

    A file is replaced only if it has the very name of one that is written. Raises OSError if the
    folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "metadata.csv"  # first, for it marks the folder as ours if the drawing is cut short
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows(_rows(describe(index, seed) for index in range(count)))
    for _ in spread(partial(_write_poster, folder, seed), range(count)):
        pass
    return path


def is_demo(folder: Path) -> bool:
    """Return whether `write_posters` has filled `folder`: its metadata.csv has the demo's columns."""
    try:
        with (folder / "metadata.csv").open(encoding="utf-8") as file:
            return file.readline().strip() == ",".join(_COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


def _write_poster(folder: Path, seed: int, index: int) -> DemoPoster:
    poster = describe(index, seed)
    with replacing(folder / poster.filename) as temporary:
        draw(index, seed).save(temporary, "JPEG", quality=_QUALITY)
    return poster


def _rows(posters: Iterable[DemoPoster]) -> Iterator[tuple[str | int, ...]]:
    yield _COLUMNS
    for poster in posters:
        tags = "|".join(poster.tags)
        yield poster.filename, poster.title, poster.year, tags, poster.director, poster.family
