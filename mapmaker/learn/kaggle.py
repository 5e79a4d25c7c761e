"""Kaggle's MovieGenre.csv -> a table like any other.

Its columns are `imdbId,Imdb Link,Title,IMDB Score,Genre,Poster`, in ISO-8859-1, and it names no files: posters are
saved as the IMDb number, with or without `tt` and zeros before it.
"""

import csv
import io
import os
import re
from pathlib import Path, PurePosixPath

from mapmaker.errors import MetadataError
from mapmaker.stages.metadata import Table

HEADER = ("imdbId", "Imdb Link", "Title", "IMDB Score", "Genre", "Poster")
_NUMBERED = re.compile(r"(?:tt)?0*([0-9]+)")
_TITLE = re.compile(r"(.*?)\s*\((\d{4})\)")


def is_movie_genre(file: Path) -> bool:
    """Return whether the file begins as that table does."""
    try:
        with file.open("rb") as stream:
            return stream.readline().strip().lstrip(b"\xef\xbb\xbf") == ",".join(HEADER).encode()
    except OSError as error:
        raise MetadataError(f"cannot read {file}: {error.strerror}") from error


def read_movie_genre(file: Path, images: Path) -> Table:
    """Return its rows that have a file in `images`, a row a file: columns filename, title, year, tags, imdb_id."""
    lines = csv.DictReader(io.StringIO(file.read_bytes().decode("iso-8859-1"), newline=""))
    files = _numbered(images)
    rows, missing = [], 0
    for line in lines:
        number = (line["imdbId"] or "").strip().lstrip("0")
        name = files.pop(number, None)
        if name is None:
            missing += 1
            continue
        title = _TITLE.fullmatch((line["Title"] or "").strip())
        rows.append(
            {
                "filename": name,
                "title": title[1] if title else (line["Title"] or "").strip(),
                "year": title[2] if title else "",
                "tags": (line["Genre"] or "").strip(),
                "imdb_id": f"tt{number.zfill(7)}",
            }
        )
    oddities = [f"{missing:,} rows have no poster of their own in {images}"] if missing else []
    return Table(("filename", "title", "year", "tags", "imdb_id"), rows, oddities)


def _numbered(images: Path) -> dict[str, str]:
    """Return the files that are called by an IMDb number, by that number."""
    found: dict[str, str] = {}
    for folder, _, names in sorted(os.walk(images)):
        for name in sorted(names):
            if number := _NUMBERED.fullmatch(PurePosixPath(name).stem):
                found.setdefault(number[1], (Path(folder) / name).relative_to(images).as_posix())
    return found
