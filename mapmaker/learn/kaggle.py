"""Kaggle's MovieGenre.csv and a folder of posters -> a table like any other.

It names no files: posters are saved as the IMDb number, with or without `tt` and zeros before it.
"""

import os
import re
from pathlib import Path, PurePosixPath

from mapmaker.tables import Table
from mapmaker.tables.moviegenre import read_films

_NUMBERED = re.compile(r"(?:tt)?0*([0-9]+)")


def read_movie_genre(file: Path, images: Path) -> Table:
    """Return its rows that have a file in `images`, a row a file: columns filename, title, year, tags, imdb_id."""
    files = _numbered(images)
    rows, missing, again = [], 0, 0
    known = set(files)
    for film in read_films(file):
        name = files.pop(film.number, None)
        if name is None:
            again += film.number in known
            missing += film.number not in known
            continue
        rows.append(
            {
                "filename": name,
                "title": film.title,
                "year": film.year,
                "tags": film.genres,
                "imdb_id": film.imdb_id,
            }
        )
    oddities = [f"{missing:,} rows have no poster of their own in {images}"] if missing else []
    if again:
        oddities.append(f"{again:,} rows are of a film that an earlier row is of: left out")
    return Table(("filename", "title", "year", "tags", "imdb_id"), rows, oddities)


def _numbered(images: Path) -> dict[str, str]:
    """Return the files that are called by an IMDb number, by that number."""
    found: dict[str, str] = {}
    for folder, _, names in sorted(os.walk(images)):
        for name in sorted(names):
            if number := _NUMBERED.fullmatch(PurePosixPath(name).stem):
                found.setdefault(number[1], (Path(folder) / name).relative_to(images).as_posix())
    return found
