"""moviegenre: Kaggle's MovieGenre.csv -> the posters of its films. Many are gone: the manifest tells which."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import MetadataError
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.urls import is_web
from mapmaker.sources.web import Credentials, Web
from mapmaker.tables.moviegenre import HEADER, Film, is_movie_genre, read_films


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
        """Yield its films, each once, with the first poster of its rows. MetadataError for another table."""
        if not is_movie_genre(self.table):
            raise MetadataError(f"{self.table} does not begin as MovieGenre.csv does, with {','.join(HEADER)}")
        films: dict[str, Film] = {}
        for film in read_films(self.table):
            first = films.setdefault(film.number, film)
            if is_web(film.poster) and not is_web(first.poster):
                films[film.number] = film
        for film in films.values():
            if not is_web(film.poster):
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
