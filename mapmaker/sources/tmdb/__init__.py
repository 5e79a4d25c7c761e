"""The Movie Database (TMDB), API version 3, with the user's own token: films -> their posters, and what is known.

`source` is what is offered; `answers` reads what the API says. Its reference: https://developer.themoviedb.org/reference.
"""

from mapmaker.sources.tmdb.source import API, ATTRIBUTION, Tmdb, token_in

__all__ = ["API", "ATTRIBUTION", "Tmdb", "token_in"]
