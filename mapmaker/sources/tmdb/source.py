"""The source itself: options and a token -> films, in an order that does not depend on chance.

`discover` shows 500 pages of 20 films for any question. What is beyond them is found by asking the same of parts of the
time: a span of release dates is halved until each part fits.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from mapmaker.errors import FetchError, OptionError, near
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.tmdb.answers import PAGES, Answer, Film, listed, table
from mapmaker.sources.web import Credentials, Secret, Web

API = "https://api.themoviedb.org/3"
FILM = "https://www.themoviedb.org/movie"
TERMS = "https://www.themoviedb.org/api-terms-of-use"
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
"""What its terms want said wherever its data are shown, to the letter."""
NOTICE = (
    f"{ATTRIBUTION} Its terms of use ({TERMS}) restrict use in machine learning and commercial use: what is made of "
    "its posters, maps included, is yours to answer for"
)
EARLIEST, LATEST = date(1870, 1, 1), date(2100, 12, 31)
ORDERS = ("original_title", "popularity", "primary_release_date", "revenue", "title", "vote_average", "vote_count")
SORTS = tuple(f"{order}.{way}" for order in ORDERS for way in ("asc", "desc"))
_KEY = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Tmdb:
    """Films that `discover` finds, or those that are popular. `token`: an API read access token or key; kept secret.

    `accepted`: whoever fetches has read the terms. `popular`: TMDB's own list, which takes no filters. `first`, `last`:
    release, a year or a date, "" for any. `genres`: by name, a film has at least one of them. `original`: the language
    it was made in, such as "ja". `votes`: that it has at least. `sort`: what comes first, one of `SORTS`. `language`:
    of titles, genres and posters. `size`: of posters, one of those that TMDB tells, such as w342 or original. `api`:
    where it is; the token is sent there.
    """

    token: Secret | str = field(default="", repr=False)
    accepted: bool = False
    popular: bool = False
    first: str = ""
    last: str = ""
    genres: tuple[str, ...] = ()
    original: str = ""
    votes: int = 0
    sort: str = "popularity.desc"
    language: str = "en-US"
    size: str = "w342"
    api: str = API

    def __post_init__(self) -> None:
        if not self.accepted:
            raise OptionError(
                f"TMDB's terms of use ({TERMS}) restrict use in machine learning and commercial use: read them, "
                "then give --accept-terms"
            )
        if not self._token.value:
            raise OptionError(
                "TMDB wants a token of your own, from themoviedb.org/settings/api: set TMDB_TOKEN or TMDB_API_KEY, "
                "or give --token-file FILE"
            )
        if not re.fullmatch(r"[\x21-\x7e]+", self._token.value):  # nor is it told what it is
            raise OptionError("the token for TMDB is not one word of plain letters: copy it anew")
        if "@" in self.api:  # nor is it told
            raise OptionError("--api holds a name or password; give the address alone")
        if not re.fullmatch(r"https?://[^/?#\s]+[^?#\s]*", self.api):
            raise OptionError(f"--api {self.api} is no address such as {API}")
        if self.sort not in SORTS:
            raise OptionError(f"--sort {self.sort}: not an order of TMDB's: {near(self.sort, SORTS)}")
        if self.votes < 0:
            raise OptionError(f"--votes {self.votes} is below 0")
        if self.popular and (self.first or self.last or self.genres or self.original or self.votes):
            raise OptionError(
                "--popular is TMDB's own list: leave it out to filter; the most popular films come first then"
            )
        if self._span[0] > self._span[1]:
            raise OptionError(f"--from {self.first} is behind --to {self.last}")

    @property
    def _token(self) -> Secret:
        return self.token if isinstance(self.token, Secret) else Secret(self.token.strip())

    @property
    def _api(self) -> str:
        return self.api.rstrip("/")

    @property
    def notice(self) -> str:
        """See `Source`."""
        return NOTICE

    @property
    def credentials(self) -> Sequence[Credentials]:
        """The token as it is to be sent: a key, of 32 hexadecimal digits, as a parameter, any other as a bearer's."""
        parts = urlsplit(self.api)
        origin = f"{parts.scheme}://{parts.netloc}"
        if _KEY.fullmatch(self._token.value):
            return [Credentials(origin, parameters={"api_key": self._token})]
        return [Credentials(origin, headers={"Authorization": Secret(f"Bearer {self._token.value}")})]

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
        """See `Source`. Those of the sort come first, as far as TMDB shows them, then all others by date."""
        web.vouch(self._api)
        posters = await self._posters(web)
        named = await self._genres(web)
        wanted = self._wanted(named)
        seen: set[int] = set()
        async for film in self._films(web, wanted):
            if isinstance(film, Unusable):
                yield film
            elif film["id"] not in seen:
                seen.add(film["id"])
                yield self._offer(film, posters, named)

    async def _posters(self, web: Web) -> str:
        """Return what addresses of posters begin with. OptionError for a size that there is not."""
        try:
            said = table(await web.json(f"{self._api}/configuration"), "configuration")
        except FetchError as error:
            if error.status in (401, 403):
                raise FetchError(
                    f"TMDB does not accept the token ({error.status}): look at themoviedb.org/settings/api for yours",
                    error.status,
                ) from error
            raise
        images = table(said.get("images"), "configuration")
        sizes = [size for size in listed(images.get("poster_sizes"), "configuration") if isinstance(size, str)]
        if self.size not in sizes:
            raise OptionError(f"--size {self.size}: TMDB has none of that size: {near(self.size, sizes)}")
        base = images.get("secure_base_url") or images.get("base_url")
        if not isinstance(base, str) or not base.startswith(("https://", "http://")):
            raise FetchError("TMDB's configuration tells no address of pictures")
        return f"{base.rstrip('/')}/{self.size}"

    async def _genres(self, web: Web) -> dict[int, str]:
        said = table(await web.json(f"{self._api}/genre/movie/list", {"language": self.language}), "genres")
        return {
            genre["id"]: genre["name"]
            for genre in listed(said.get("genres"), "genres")
            if isinstance(genre, dict) and isinstance(genre.get("id"), int) and isinstance(genre.get("name"), str)
        }

    def _wanted(self, named: Mapping[int, str]) -> dict[str, str]:
        """Return what `discover` is asked. OptionError for a genre that there is not."""
        numbers = {name.casefold(): number for number, name in named.items()}
        for name in self.genres:
            if name.casefold() not in numbers:
                raise OptionError(f"--genre {name}: TMDB has none of that name: {near(name, named.values())}")
        asked = {
            "include_adult": "false",
            "include_video": "false",
            "language": self.language,
            "sort_by": self.sort,
            "with_genres": "|".join(str(numbers[name.casefold()]) for name in self.genres),
            "with_original_language": self.original,
            "vote_count.gte": str(self.votes) if self.votes else "",
        }
        return {name: value for name, value in asked.items() if value}

    async def _films(self, web: Web, wanted: Mapping[str, str]) -> AsyncIterator[Film | Unusable]:
        """Yield all films, some of them more than once."""
        if self.popular:
            answer = Answer(web, f"{self._api}/movie/popular", {"language": self.language})
        else:
            dated = _between(*self._span) if self.first or self.last else {}
            answer = Answer(web, f"{self._api}/discover/movie", {**wanted, **dated})
        async for film in answer.films():
            yield film
        if answer.is_cut and not self.popular:
            # The sort may change while it is read, as popularity does each day; dates of release hardly do.
            async for one in self._within(web, {**wanted, "sort_by": "primary_release_date.asc"}, *self._span):
                yield one

    async def _within(
        self, web: Web, wanted: Mapping[str, str], first: date, last: date
    ) -> AsyncIterator[Film | Unusable]:
        """Yield the films of a span of days; where TMDB would not show them all, half by half."""
        answer = Answer(web, f"{self._api}/discover/movie", {**wanted, **_between(first, last)})
        async for film in answer.films(whole=first < last):
            yield film
        if not answer.is_cut:
            return
        if first == last:
            if answer.pages > PAGES:
                told = f"TMDB shows only {PAGES} of the {answer.pages:,} pages of that day"
                yield Unusable(f"films of {first}", told)
            return
        middle = first + (last - first) // 2
        for half in ((first, middle), (middle + timedelta(days=1), last)):
            async for one in self._within(web, wanted, *half):
                yield one

    @property
    def _span(self) -> tuple[date, date]:
        """The first and last day of release."""
        first = _day("--from", self.first, "01-01") if self.first else EARLIEST
        last = _day("--to", self.last, "12-31") if self.last else LATEST
        return first, last

    def _offer(self, film: Film, posters: str, named: Mapping[int, str]) -> Offered | Unusable:
        number, path = film["id"], film.get("poster_path")
        title = _text(film, "title") or _text(film, "original_title")
        if not isinstance(path, str) or not path.startswith("/"):
            return Unusable(f"{FILM}/{number}", f"TMDB has no poster of {title or 'this film'}")
        genres = film.get("genre_ids")
        fields = {
            "title": title,
            "year": _text(film, "release_date")[:4],
            "genres": "|".join(named[one] for one in _numbers(genres) if one in named),
            "url": f"{FILM}/{number}",
            "tmdb_id": str(number),
            "original_title": _text(film, "original_title"),
            "language": _text(film, "original_language"),
            "release_date": _text(film, "release_date"),
            "popularity": _text(film, "popularity"),
            "vote_average": _text(film, "vote_average"),
            "vote_count": _text(film, "vote_count"),
            "attribution": ATTRIBUTION,
        }
        return Offered(f"{posters}{path}", f"tmdb-{number}", fields)


def token_in(file: Path) -> Secret:
    """Return the token that a file holds. OptionError if it cannot be read, or holds more than that."""
    try:
        text = file.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise OptionError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise OptionError(
            f"{file} holds no token, but something that is no text"
        ) from None  # whose bytes it would tell
    if not text or len(text.split()) > 1:
        raise OptionError(f"{file} does not hold a token alone, on one line")
    return Secret(text)


def _day(option: str, text: str, rest: str) -> date:
    """Return a day, of a year that which `rest` tells."""
    try:
        return date.fromisoformat(text if len(text) > 4 else f"{text}-{rest}")
    except ValueError as error:
        raise OptionError(f"{option} {text} is no year, or date such as 1999-12-31") from error


def _between(first: date, last: date) -> dict[str, str]:
    return {"primary_release_date.gte": first.isoformat(), "primary_release_date.lte": last.isoformat()}


def _numbers(value: object) -> list[int]:
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _text(film: Film, name: str) -> str:
    """Return a value as text; "" for none."""
    value = film.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""
