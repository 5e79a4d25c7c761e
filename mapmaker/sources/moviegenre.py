"""moviegenre: Kaggle's MovieGenre.csv -> the posters of its films. Many are gone: the manifest tells which."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import MetadataError
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Web
from mapmaker.tables.moviegenre import HEADER, is_movie_genre, read_films


@dataclass(frozen=True)
class MovieGenre:
    """Reads `table`. Files are called by IMDb's number, such as tt0114709.jpg."""

    table: Path

    @property
    def notice(self) -> str:
        """There is nothing to tell."""
        return ""

    @property
    def credentials(self) -> Sequence[Credentials]:
        """None."""
        return ()

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:  # noqa: ARG002 - the table tells all
        """Yield its films, each once. MetadataError for another table."""
        if not is_movie_genre(self.table):
            raise MetadataError(f"{self.table} does not begin as MovieGenre.csv does, with {','.join(HEADER)}")
        seen = set()
        for film in read_films(self.table):
            if film.number in seen:
                continue
            seen.add(film.number)
            if not film.poster.startswith(("http://", "https://")):
                yield Unusable(film.imdb_id, "no address of a poster")
                continue
            known = {
                "title": film.title,
                "year": film.year,
                "genres": film.genres,
                "url": film.link,
                "imdb_id": film.imdb_id,
                "imdb_score": film.score,
            }
            yield Offered(film.poster, film.imdb_id, {name: value for name, value in known.items() if value})
