"""Sources that are tables: which column holds the pictures, what they are called, and what is known of each."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from faulty_host import Answer, FaultyHost

import mapmaker as mm
from mapmaker.errors import MetadataError, OptionError
from mapmaker.fetched import read_arrivals
from mapmaker.sources.moviegenre import MovieGenre
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.urls import Urls, name_of
from mapmaker.tables.moviegenre import HEADER
from tests.sources.shop import picture, read_csv


def offers(source: Urls | MovieGenre) -> list[Offered | Unusable]:
    """Return what a source offers that asks nothing of the web."""

    async def collect() -> list[Offered | Unusable]:
        nobody: Any = None
        return [one async for one in source.offers(nobody)]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "Title,year,genres,Poster\nAmélie,2001,Comedy|Romance,http://x/a.jpg\n".encode()),
        ("t.csv", "Title;year;genres;Poster\r\nAmélie;2001;Comedy|Romance;http://x/a.jpg\r\n".encode("latin-1")),
        ("t.tsv", "Title\tyear\tgenres\tPoster\nAmélie\t2001\tComedy|Romance\thttp://x/a.jpg\n".encode("utf-16")),
        (
            "t.jsonl",
            json.dumps(
                {"Title": "Amélie", "year": 2001, "genres": ["Comedy", "Romance"], "Poster": "http://x/a.jpg"}
            ).encode(),
        ),
    ],
)
def test_any_format_and_encoding_of_table_will_do(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (one,) = offers(Urls(tmp_path / name))
    assert isinstance(one, Offered)
    assert (one.url, one.name) == ("http://x/a.jpg", "Amélie (2001)")
    assert {name: value.rstrip("|") for name, value in one.fields.items()} == {
        "title": "Amélie",
        "year": "2001",
        "tags": "Comedy|Romance",
    }


@pytest.mark.parametrize(
    ("header", "row", "options", "url"),
    [
        ("a,b", "x,https://h/1", {}, "https://h/1"),
        ("url,poster", "http://page/1,http://h/1.jpg", {}, "http://h/1.jpg"),
        ("url,poster", "http://page/1,http://h/1.jpg", {"column": "url"}, "http://page/1"),
        ("link,thumb", "http://page/1,HTTP://h/1.jpg", {}, "HTTP://h/1.jpg"),
        ("link,picture", "http://page/1,http://h/1.jpg", {"column": "Link"}, "http://page/1"),
    ],
)
def test_the_column_of_pictures_is_guessed_or_told(
    header: str, row: str, options: dict[str, str], url: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n{row}\n")
    (one,) = offers(Urls(tmp_path / "t.csv", **options))
    assert isinstance(one, Offered)
    assert one.url == url


@pytest.mark.parametrize(
    ("content", "options", "error", "said"),
    [
        (
            "a,b\nhttp://h/1,http://h/2\n",
            {},
            MetadataError,
            "several columns of addresses, 'a', 'b'; say which with --column",
        ),
        ("cover,poster\nhttp://h/1,http://h/2\n", {}, MetadataError, "several columns of addresses"),
        ("a,b\nx,y\n", {}, MetadataError, "no column of http or https addresses; its columns: 'a', 'b'"),
        ("", {}, MetadataError, "no column of http or https addresses"),
        ("title\nhttp://h/1\n", {"column": "tilte"}, OptionError, "did you mean 'title'"),
        ("title\nhttp://h/1\n", {"name": "id"}, OptionError, "name = 'id': the table has no such column"),
    ],
)
def test_a_table_that_does_not_say_where_pictures_are_is_one_line(
    content: str, options: dict[str, str], error: type[Exception], said: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(error, match=said) as caught:
        offers(Urls(tmp_path / "t.csv", **options))
    assert "\n" not in str(caught.value)


def test_names_are_those_of_a_column_or_of_files_or_titles_or_addresses(tmp_path: Path) -> None:
    rows = ["id,filename,title,year,poster", "7,x/a.png,A/B,1999,http://h/1", "8,,A/B,1999,http://h/2"]
    rows += ["9,,A,,http://h/3", "10,,,,http://h/some%20poster.jpg?x=1", ",,,,http://h/"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    found = [one for one in offers(Urls(tmp_path / "t.csv")) if isinstance(one, Offered)]
    assert [one.name for one in found] == ["x/a", "A-B (1999)", "A", "some poster", "h"]
    assert "filename" not in found[0].fields
    named = [one for one in offers(Urls(tmp_path / "t.csv", name="id")) if isinstance(one, Offered)]
    assert [one.name for one in named] == ["7", "8", "9", "10", "h"]


@pytest.mark.parametrize(
    ("row", "url", "name"),
    [
        ({}, "http://h/iiif/abc/full/600,/0/default.jpg", "abc-default"),
        ({}, "http://h/films/Heat/poster.jpg", "Heat-poster"),
        ({}, "http://h/poster.php?id=3", "poster"),
        ({}, "http://h/1999/Mr. Nobody", "Mr. Nobody"),
        ({}, "http://h/a%2Fb.webp", "a-b"),
        ({}, "http://user:word@h/", "h"),
        ({"filename": "x/Mr. Nobody"}, "http://h/1", "x/Mr. Nobody"),
        ({"filename": "x\\y.JPEG"}, "http://h/1", "x/y"),
    ],
)
def test_a_name_tells_pictures_apart_and_keeps_its_dots(row: dict[str, str], url: str, name: str) -> None:
    assert name_of(row, url) == name


def movie_genre(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write a table as Kaggle has it, of numbers, titles and posters."""
    lines = [f'{number},http://imdb.com/{number},"{title}",7.1,Drama|War,{poster}' for number, title, poster in rows]
    path.write_bytes("\r\n".join([",".join(HEADER), *lines, ""]).encode("iso-8859-1"))
    return path


def test_posters_of_movie_genre_come_with_what_it_knows_and_dead_links_are_told(tmp_path: Path) -> None:
    with FaultyHost({"/1.jpg": Answer(picture(1)), "/2.jpg": Answer(picture(2)), "/3.jpg": Answer(picture(3))}) as host:
        rows = [
            ("114709", "Toy Story (1995)", host.url("/1.jpg")),
            ("33", "Les Misérables", host.url("/2.jpg")),
            ("35", "Gone (1998)", host.url("/gone.jpg")),
            ("36", "Empty (1999)", ""),
            ("0114709", "Toy Story (1995)", host.url("/again.jpg")),
            ("37", "Later (1990)", ""),
            ("37", "Later (1990)", host.url("/3.jpg").replace("http:", "HTTP:")),
        ]
        films = movie_genre(tmp_path / "MovieGenre.csv", rows)
        done = mm.fetch("moviegenre", tmp_path / "p", table=films, rate=1000, allow_hosts=["127.0.0.1"])
        assert "/again.jpg" not in host.asked
    assert (done.came, done.missing) == (3, {"404 Not Found": 1, "no address of a poster": 1})
    toys, misery, later = read_csv(done.metadata)
    assert toys == {
        "filename": "tt0114709.jpg",
        "title": "Toy Story",
        "year": "1995",
        "genres": "Drama|War",
        "url": "http://imdb.com/114709",
        "imdb_id": "tt0114709",
        "imdb_score": "7.1",
    }
    assert (later["title"], later["filename"]) == ("Later", "tt0000037.jpg")
    assert (misery["title"], misery["year"], misery["filename"]) == ("Les Misérables", "", "tt0000033.jpg")
    assert read_arrivals(tmp_path / "p")["unusable\ntt0000036"].reason == "no address of a poster"


def test_another_table_is_no_movie_genre(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    with pytest.raises(MetadataError, match=r"t\.csv does not begin as MovieGenre\.csv does, with imdbId,"):
        offers(MovieGenre(tmp_path / "t.csv"))
    with pytest.raises(MetadataError, match="cannot read"):
        offers(MovieGenre(tmp_path / "nothing.csv"))


@pytest.mark.parametrize("content", ["http://h/1\nhttp://h/2\n", "\ufeffHTTP://h/1\r\nhttp://h/2\r\nhttp://h/1"])
def test_a_list_of_addresses_needs_no_header(content: str, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(content.encode())
    found = [one for one in offers(Urls(tmp_path / "list.txt")) if isinstance(one, Offered)]
    assert [one.url for one in found] == content.lstrip("\ufeff").split()
    assert found[0].fields == {}


def test_a_table_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Heat,http://h/1\nAlien,http://h/2\n")
    assert [one.fields for one in offers(Urls(tmp_path / "t.csv")) if isinstance(one, Offered)] == [
        {"column 1": "Heat"},
        {"column 1": "Alien"},
    ]


def test_rows_without_an_address_are_told_by_their_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("title,poster\nA,http://h/1\nB,\nC,N/A\n")
    _, nothing, other = offers(Urls(tmp_path / "t.csv"))
    assert nothing == Unusable("t.csv, row 2", "no address of a picture")
    assert other == Unusable("t.csv, row 3", "no http or https address")
