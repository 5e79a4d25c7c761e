"""Where posters come from, when not from a folder of the user's."""

from collections.abc import Callable, Mapping


def _moviegenre() -> type:
    from mapmaker.sources.moviegenre import MovieGenre

    return MovieGenre


def _urls() -> type:
    from mapmaker.sources.urls import Urls

    return Urls


SOURCES: Mapping[str, Callable[[], type]] = {"moviegenre": _moviegenre, "urls": _urls}
"""Of `mapmaker fetch`, by name; each is imported by the call."""
