"""TMDB as a source: every film once, also beyond its 500 pages; and a token that nobody gets to see."""

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faulty_host import Answer, FaultyHost
from hypothesis import given, settings
from hypothesis import strategies as st

from mapmaker.errors import FetchError, OptionError
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.tmdb import API, ATTRIBUTION, Tmdb, answers, token_in
from mapmaker.sources.tmdb.source import EARLIEST, LATEST
from mapmaker.sources.web import Secret
from tests.sources import films
from tests.sources.films import film, films_of, years
from tests.sources.shelf import Shelf, fetched, offered, unusable, usable

BEARER = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJzZWNyZXQifQ.c2lnbmF0dXJl-secret"
KEY = "0123456789abcdef0123456789abcdef"
GIVEN = Tmdb(token=Secret(BEARER), accepted=True)


def ask(source: Tmdb, known: list[dict[str, Any]], most: int | None = None) -> list[Offered | Unusable]:
    """Return what a source finds among films."""
    return offered(source, Shelf(films.Cinema(known).documents(API)), most)


def numbers(found: list[Offered | Unusable]) -> list[int]:
    """Return the ids of films, in order."""
    return [int(one.fields["tmdb_id"]) for one in usable(found)]


def test_a_film_is_told_with_all_that_a_map_can_use_of_it() -> None:
    known = film(603, title="Matrix", original_title="The Matrix", genre_ids=[27, 878, 4711])
    (one,) = usable(ask(GIVEN, [known]))
    assert one.url == "https://image.tmdb.org/t/p/w342/poster603.jpg"
    assert one.name == "tmdb-603"
    assert one.fields == {
        "title": "Matrix",
        "year": "1999",
        "genres": "Horror|Science Fiction",
        "url": "https://www.themoviedb.org/movie/603",
        "tmdb_id": "603",
        "original_title": "The Matrix",
        "language": "en",
        "release_date": "1999-03-30",
        "popularity": "999.897",
        "vote_average": "8.2",
        "vote_count": "27000",
        "attribution": ATTRIBUTION,
    }


def test_films_without_a_poster_are_told_and_those_without_a_date_have_no_year() -> None:
    found = ask(GIVEN, [film(1, poster_path=None), film(2, "", poster_path="/p.jpg"), film(3, poster_path="evil")])
    assert unusable(found) == {
        "https://www.themoviedb.org/movie/1": "TMDB has no poster of Film 1",
        "https://www.themoviedb.org/movie/3": "TMDB has no poster of Film 3",
    }
    assert [one.fields["year"] for one in usable(found)] == [""]


@pytest.mark.parametrize("capped", [False, True])
def test_beyond_500_pages_every_film_is_found_once_and_the_most_popular_come_first(capped: bool) -> None:
    known = years(1990, 1500, 9)  # 13,500 films, 10,000 of which one question shows
    service = films.Cinema(known, capped=capped)
    found = numbers(offered(GIVEN, Shelf(service.documents(API))))
    assert Counter(found) == Counter(one["id"] for one in known)
    by_popularity = sorted(known, key=lambda one: -one["popularity"])
    assert found[:10_000] == [one["id"] for one in by_popularity[:10_000]]
    assert all(int(asked.get("page", "1")) <= 500 for _, asked in service.asked)
    halves = {asked["primary_release_date.gte"] for _, asked in service.asked if "primary_release_date.gte" in asked}
    assert len(halves) < 30  # of dates asked for, most of them in halving centuries without films


def test_the_first_films_take_the_first_pages_alone() -> None:
    service = films.Cinema(years(1990, 1500, 9))
    assert len(offered(GIVEN, Shelf(service.documents(API)), 25)) == 25
    assert [asked["page"] for path, asked in service.asked if path == "/discover/movie"] == ["1", "2"]


def test_a_day_with_more_films_than_tmdb_shows_is_told() -> None:
    known = films_of({"2000-01-01": 10_030, "2000-01-02": 5})
    found = ask(replace(GIVEN, sort="primary_release_date.asc"), known)
    assert unusable(found) == {"films of 2000-01-01": "TMDB shows only 500 of the 502 pages of that day"}
    assert len(numbers(found)) == len(set(numbers(found))) == 10_005


@settings(max_examples=15)
@given(st.dictionaries(st.dates(EARLIEST, LATEST), st.integers(1, 60), max_size=12))
def test_halving_finds_what_one_long_list_would(days: dict[Any, int]) -> None:
    known = films_of({day.isoformat(): count for day, count in days.items()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "PAGES", 3)  # of 20 films; at most 60 on one day
        patch.setattr(films, "PAGES", 3)
        assert Counter(numbers(ask(GIVEN, known))) == Counter(one["id"] for one in known)


def test_a_list_that_moves_while_it_is_read_repeats_no_film_and_ends() -> None:
    known = [film(number) for number in range(1, 61)]

    class Moving(films.Cinema):
        """Shows a film that just became the most popular; later there are fewer pages, then more."""

        def answer(self, path: str, asked: Any) -> Any:
            said = super().answer(path, asked)
            if path == "/discover/movie" and asked["page"] != "1":
                said["results"] = [known[19], *said["results"][:-1]]
                said["total_pages"] = {"2": 5, "3": 4}.get(asked["page"], 4)
            return said

    service = Moving(known)
    found = numbers(offered(GIVEN, Shelf(service.documents(API))))
    assert len(found) == len(set(found)) == 58
    assert [asked["page"] for path, asked in service.asked if path == "/discover/movie"] == ["1", "2", "3", "4"]


def test_filters_are_asked_of_tmdb_and_genres_by_name() -> None:
    known = [
        film(1, "1990-05-01", genre_ids=[35]),
        film(2, "1999-12-31", genre_ids=[27], original_language="ja"),
        film(3, "2000-01-01", genre_ids=[27], original_language="ja"),
        film(4, "1995-01-01", genre_ids=[878], original_language="ja"),
        film(5, "1995-01-01", genre_ids=[27], original_language="ja", vote_count=3),
    ]
    source = replace(GIVEN, first="1990", last="1999", genres=("horror", "Comedy"))
    assert numbers(ask(source, known)) == [1, 2, 5]
    assert numbers(ask(replace(source, original="ja"), known)) == [2, 5]
    assert numbers(ask(replace(source, original="ja", votes=10), known)) == [2]
    assert numbers(ask(replace(source, first="1990-05-02", last="1995-01-01"), known)) == [5]


def test_popular_is_tmdbs_own_list() -> None:
    service = films.Cinema([film(2, popularity=1.0), film(1, popularity=9.0)])
    assert numbers(offered(replace(GIVEN, popular=True), Shelf(service.documents(API)))) == [1, 2]
    assert [path for path, _ in service.asked] == ["/configuration", "/genre/movie/list", "/movie/popular"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"accepted": False}, "restrict use in machine learning .* then give --accept-terms"),
        ({"token": Secret("")}, "TMDB_TOKEN or TMDB_API_KEY, or give --token-file"),
        ({"sort": "popularty.desc"}, "did you mean 'popularity.desc'"),
        ({"votes": -1}, "--votes -1 is below 0"),
        ({"popular": True, "genres": ("Horror",)}, "--popular is TMDB's own list"),
        ({"first": "2000", "last": "1999"}, "--from 2000 is behind --to 1999"),
        ({"first": "199"}, "--from 199 is no year"),
        ({"last": "1999-02-30"}, "--to 1999-02-30 is no year, or date"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked_for(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told) as caught:
        replace(GIVEN, **wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"size": "w34"}, "--size w34: TMDB has none of that size: did you mean 'w342'"),
        ({"genres": ("Horor",)}, "--genre Horor: .* did you mean 'Horror'"),
    ],
)
def test_what_tmdb_does_not_have_is_told_with_what_is_near(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        ask(replace(GIVEN, **wrong), [film(1)])


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"results": []},
        {"results": {}, "total_pages": 1},
        {"results": [{"title": "no id"}], "total_pages": 1},
        {"success": False, "status_code": 34},
    ],
)
def test_an_answer_that_is_none_of_tmdbs_is_told_in_one_line(said: Any) -> None:
    shelf = Shelf(films.Cinema([]).documents(API) | {f"{API}/discover/movie": said})
    with pytest.raises(FetchError, match="TMDB"):
        offered(GIVEN, shelf)


def test_a_token_comes_from_a_file_and_what_is_none_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"\ufeff{BEARER}\n", encoding="utf-8")
    assert token_in(file) == Secret(BEARER)
    for content in (b"", b"two words", b"\xff\xfe\x00s\xd8"):
        file.write_bytes(content)
        with pytest.raises(OptionError, match="token") as caught:
            token_in(file)
        assert "words" not in str(caught.value)
    with pytest.raises(OptionError, match="cannot read"):
        token_in(tmp_path / "none")


def test_a_token_that_would_be_another_header_is_refused_without_telling_it() -> None:
    with pytest.raises(OptionError, match="copy it anew") as caught:
        replace(GIVEN, token=Secret("abc\r\nX-Other: 1"))
    assert "abc" not in str(caught.value)


def refuses(_: object) -> Answer:
    """Say no, and what was sent."""
    return Answer(f'{{"status_message": "{BEARER} {KEY} is no valid key"}}'.encode(), 401, "application/json")


def breaks(_: object) -> Answer:
    """Say something that is no JSON."""
    return Answer(f"<p>{BEARER} {KEY}".encode(), 200, "text/html")


@pytest.mark.parametrize("token", [BEARER, KEY])
@pytest.mark.parametrize("answers", [refuses, breaks])
def test_no_error_shows_the_token(
    token: str, answers: Callable[[object], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FaultyHost(otherwise=answers) as host:
        source = replace(GIVEN, token=Secret(token), api=host.url("/3"))
        with pytest.raises(FetchError) as caught:
            fetched(source)
        sent = [(request.path, request.headers.get("authorization", "")) for request in host.requests]
    assert any(token in " ".join(one) for one in sent)
    trace = "".join(traceback.format_exception(caught.value))
    for text in (str(caught.value), repr(caught.value), trace, repr(source), str(source), caplog.text):
        assert token not in text
    if answers is refuses:
        assert "TMDB does not accept the token (401)" in str(caught.value)


@pytest.mark.parametrize("token", [BEARER, KEY])
def test_the_token_does_not_follow_a_redirect_to_another_host(token: str) -> None:
    with FaultyHost(otherwise=lambda _: Answer(b"{}", 200, "application/json")) as other:

        def elsewhere(request: Any) -> Answer:
            return Answer(status=302, headers={"Location": other.url(request.path)})

        with FaultyHost(otherwise=elsewhere) as host:
            with pytest.raises(FetchError):
                fetched(replace(GIVEN, token=Secret(token), api=host.url("/3")))
            assert host.requests
        for request in other.requests:
            assert token not in f"{request.path} {request.headers}"
        assert other.requests


@pytest.mark.parametrize("token", [BEARER, KEY])
def test_over_the_real_client_films_come_and_429_is_waited_for(token: str) -> None:
    service = films.Cinema([film(number) for number in range(1, 46)])
    refused: list[str] = []

    def serve(request: Any) -> Answer:
        if "page=2" in request.path and not refused:
            refused.append(request.path)
            return Answer(b"{}", 429, "application/json", {"Retry-After": "0"})
        return service.serve(request, token)

    with FaultyHost(otherwise=serve) as host:
        found = fetched(replace(GIVEN, token=Secret(token), api=host.url("/3")))
    assert sorted(numbers(found)) == list(range(1, 46))
    assert refused
    assert token not in repr(found)


def test_what_is_told_to_whoever_fetches_names_tmdb_and_its_terms() -> None:
    assert ATTRIBUTION in GIVEN.notice
    assert "machine learning" in GIVEN.notice


def test_a_run_that_is_given_up_leaves_nothing_behind() -> None:
    async def begin() -> int:
        offers = GIVEN.offers(Shelf(films.Cinema(years(1990, 30, 9)).documents(API)))
        await anext(offers)
        await offers.aclose()  # type: ignore[attr-defined]  # a generator
        return len(asyncio.all_tasks())

    assert asyncio.run(begin()) == 1
