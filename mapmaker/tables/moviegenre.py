"""Kaggle's MovieGenre.csv -> its films.

Its columns are `imdbId,Imdb Link,Title,IMDB Score,Genre,Poster`, in ISO-8859-1; many posters are lacking or gone, and
some films are there twice.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mapmaker.artifacts import long_fields
from mapmaker.errors import MetadataError

HEADER = ("imdbId", "Imdb Link", "Title", "IMDB Score", "Genre", "Poster")
_TITLE = re.compile(r"(.*?)\s*\((\d{4})\)")


@dataclass(frozen=True)
class Film:
    """A row of the table."""

    number: str
    """Its IMDb number, without zeros before it."""
    title: str
    """Without the year,"""
    year: str
    """which stands behind it; or ""."""
    genres: str
    """With `|` between."""
    link: str
    score: str
    poster: str
    """Address of its poster, or ""."""

    @property
    def imdb_id(self) -> str:
        """As IMDb writes it: "tt0114709"."""
        return f"tt{self.number.zfill(7)}"


def is_movie_genre(file: Path) -> bool:
    """Return whether the file begins as that table does."""
    try:
        with file.open("rb") as stream:
            return stream.readline().strip().lstrip(b"\xef\xbb\xbf") == ",".join(HEADER).encode()
    except OSError as error:
        raise MetadataError(f"cannot read {file}: {error.strerror}") from error


def read_films(file: Path) -> Iterator[Film]:
    """Yield the films, in the order of the table."""
    text = file.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("iso-8859-1")
    with long_fields():
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
    for line in lines:
        number, link, title, score, genres, poster = ((line[name] or "").strip() for name in HEADER)
        parts = _TITLE.fullmatch(title)
        yield Film(
            number=number.lstrip("0"),
            title=parts[1] if parts else title,
            year=parts[2] if parts else "",
            genres=genres,
            link=link,
            score=score,
            poster=poster,
        )
