"""Where posters come from, when not from a folder of the user's."""

from collections.abc import Callable, Mapping


def _iiif() -> type:
    from mapmaker.sources.iiif import Iiif

    return Iiif


def _listing() -> type:
    from mapmaker.sources.listing import Listing

    return Listing


def _moviegenre() -> type:
    from mapmaker.sources.moviegenre import MovieGenre

    return MovieGenre


def _tmdb() -> type:
    from mapmaker.sources.tmdb import Tmdb

    return Tmdb


def _urls() -> type:
    from mapmaker.sources.urls import Urls

    return Urls


SOURCES: Mapping[str, Callable[[], type]] = {
    "iiif": _iiif,
    "listing": _listing,
    "moviegenre": _moviegenre,
    "tmdb": _tmdb,
    "urls": _urls,
}
"""Of `mapmaker fetch`, by name; each is imported by the call."""
