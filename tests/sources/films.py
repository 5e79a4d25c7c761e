"""A stand-in for TMDB's API, version 3, as its reference tells: films in pages of 20, no page beyond 500."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from faulty_host import Answer, Request

from mapmaker.errors import FetchError

PAGE, PAGES = 20, 500
SIZES = ["w92", "w154", "w185", "w342", "w500", "w780", "original"]
GENRES = [{"id": 27, "name": "Horror"}, {"id": 35, "name": "Comedy"}, {"id": 878, "name": "Science Fiction"}]
DENIED = {
    "status_code": 7,
    "status_message": "Invalid API key: You must be granted a valid key.",
    "success": False,
}
BEYOND = {
    "success": False,
    "status_code": 22,
    "status_message": "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
}


def film(number: int, released: str = "1999-03-30", **more: Any) -> dict[str, Any]:
    """Return a film as `discover` tells of it."""
    return {
        "adult": False,
        "backdrop_path": f"/back{number}.jpg",
        "genre_ids": [878, 27],
        "id": number,
        "original_language": "en",
        "original_title": f"Film {number}",
        "overview": "Someone does something.",
        "popularity": 1000.5 - number / 1000,
        "poster_path": f"/poster{number}.jpg",
        "release_date": released,
        "title": f"Film {number}",
        "video": False,
        "vote_average": 8.2,
        "vote_count": 27000,
        **more,
    }


def films_of(days: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return so many films of each day."""
    dates = [day for day, count in days.items() for _ in range(count)]
    return [film(number, day) for number, day in enumerate(dates, 1)]


def years(first: int, count: int, each: int) -> list[dict[str, Any]]:
    """Return `each` films on every day of `count` days."""
    start = date(first, 1, 1)
    return films_of({(start + timedelta(days=day)).isoformat(): each for day in range(count)})


@dataclass
class Cinema:
    """Answers questions about `films`. `images`: where posters are. `asked`: paths and parameters, in order."""

    films: Sequence[dict[str, Any]]
    images: str = "https://image.tmdb.org/t/p/"
    capped: bool = False
    """Whether it tells of no more pages than it shows."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, path: str, asked: Mapping[str, str]) -> Any:
        """Return what the API says. FetchError for what it refuses."""
        self.asked.append((path, dict(asked)))
        if path == "/configuration":
            return {
                "change_keys": ["adult", "air_date"],
                "images": {"base_url": "http://insecure/", "secure_base_url": self.images, "poster_sizes": SIZES},
            }
        if path == "/genre/movie/list":
            return {"genres": GENRES}
        if path == "/discover/movie":
            question = json.dumps({**asked, "page": ""}, sort_keys=True)
            if question not in self._known:
                self._known[question] = self._discovered(asked)
            return self._page(self._known[question], int(asked.get("page", "1")))
        if path == "/movie/popular":
            return self._page(sorted(self.films, key=lambda one: -one["popularity"]), int(asked.get("page", "1")))
        raise FetchError("The resource you requested could not be found.", 404)

    def _discovered(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        first, last = asked.get("primary_release_date.gte", ""), asked.get("primary_release_date.lte", "")
        genres = {int(one) for one in asked.get("with_genres", "").split("|") if one}
        found = [
            one
            for one in self.films
            if (not first or (one["release_date"] and one["release_date"] >= first))
            and (not last or (one["release_date"] and one["release_date"] <= last))
            and (not genres or genres & set(one["genre_ids"]))
            and asked.get("with_original_language", one["original_language"]) == one["original_language"]
            and one["vote_count"] >= int(asked.get("vote_count.gte", "0"))
        ]
        order, _, way = asked["sort_by"].partition(".")
        key = {"primary_release_date": "release_date"}.get(order, order)
        return sorted(found, key=lambda one: one[key], reverse=way == "desc")

    def _page(self, found: Sequence[dict[str, Any]], page: int) -> Any:
        if page > PAGES:
            raise FetchError("cannot get it: 400 Bad Request", 400)
        pages = -(-len(found) // PAGE)
        return {
            "page": page,
            "results": found[(page - 1) * PAGE : page * PAGE],
            "total_pages": min(pages, PAGES) if self.capped else pages,
            "total_results": len(found),
        }

    def documents(self, api: str) -> dict[str, Any]:
        """Return the API for a `Shelf`."""
        paths = ("/configuration", "/genre/movie/list", "/discover/movie", "/movie/popular")
        return {f"{api}{path}": lambda asked, path=path: self.answer(path, asked) for path in paths}

    def serve(self, request: Request, token: str) -> Answer:
        """Return the answer over HTTP, to who shows `token`."""
        parts = urlsplit(request.path)
        asked = dict(parse_qsl(parts.query))
        if asked.pop("api_key", "") != token and request.headers.get("authorization") != f"Bearer {token}":
            return Answer(json.dumps(DENIED).encode(), 401, "application/json;charset=utf-8")
        try:
            said, status = self.answer(parts.path.removeprefix("/3"), asked), 200
        except FetchError:
            said, status = BEYOND, 400
        return Answer(json.dumps(said).encode(), status, "application/json;charset=utf-8")
