"""A CSV file -> what was watched, and which of its lines is wrong."""

import datetime
from pathlib import Path

import pytest

from mapmaker.errors import HistoryError
from mapmaker.search.histories import read_histories, read_history
from mapmaker.search.known import Watched

DAY = datetime.date(2024, 5, 31)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watched.csv"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title\nAlien\n", [Watched("Alien", line=2)]),
        ("id,rating,date\na1,4.5,2024-05-31\n\nb2,,\n", [Watched("a1", 4.5, DAY, line=2), Watched("b2", line=4)]),
        ("ID;Rating\n a1 ;4\n", [Watched("a1", 4, line=2)]),
        ("title\tdate\nAlien\t2024-05-31T20:15:00Z\n", [Watched("Alien", None, DAY, line=2)]),
        (
            "id,title\n,Alien\na1,\nb2,Aliens\n",
            [Watched("Alien", line=2), Watched("a1", line=3), Watched("b2", line=4)],
        ),
        ('title,rating\n"A\nB",1\nC,2\n', [Watched("A\nB", 1, line=2), Watched("C", 2, line=4)]),
        ("title,rating\nAlien\n", [Watched("Alien", line=2)]),
        ("\n\ntitle\nAlien,\n", [Watched("Alien", line=4)]),
        ("title,title\nAlien,Aliens\n", [Watched("Alien", line=2)]),
        (  # what Letterboxd and IMDb export
            "Date,Name,Year,Letterboxd URI,Rating\n2024-05-31,Alien,1979,https://boxd.it/x,5\n",
            [Watched("Alien", 5, DAY, 1979, 2)],
        ),
        (
            "Const,Your Rating,Date Rated,Title,Title Type,IMDb Rating,Year\nt1,9,2024-05-31,Alien,Movie,8.5,1979\n",
            [Watched("Alien", 9, DAY, 1979, 2)],
        ),
    ],
)
def test_rows_are_read_with_their_lines(file: Path, text: str, expected: list[Watched]) -> None:
    for content in (text.encode(), text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode()):
        file.write_bytes(content)
        found = read_history(file)
        assert [one.poster.replace("\r\n", "\n") for one in found] == [one.poster for one in expected]
        assert [(one.rating, one.date, one.year, one.line) for one in found] == [
            (one.rating, one.date, one.year, one.line) for one in expected
        ]


def test_histories_are_told_apart_by_a_column(file: Path) -> None:
    file.write_text("user,title\nann,Alien\nbob,Jaws\nann,Aliens\n")
    found = read_histories(file)
    assert {name: [one.poster for one in rows] for name, rows in found.items()} == {
        "ann": ["Alien", "Aliens"],
        "bob": ["Jaws"],
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; its first line names columns"),
        (b"\n\n", "is empty; its first line names columns"),
        (b"title,rating\n", "has no row below"),
        (b"titel,rating\nAlien,5\n", "line 1: no column id or filename or title; it has titel, rating"),
        (b"title,rating\nAlien,5\nJaws,nan\n", "line 3: rating = nan is no rating"),
        (b"title,rating\nAlien,-1\n", "line 2: rating = -1.0 is no rating"),
        (b"title,rating\nAlien,inf\n", "line 2: rating = inf is no rating"),
        (b"title,rating\nAlien,good\n", "line 2: rating = 'good' is no number"),
        (b"title;rating\nAlien;4,5\n", "line 2: rating = '4,5' is no number"),
        (b"title,date\nAlien,31.5.2024\n", "line 2: date = '31.5.2024' is no date"),
        (b"title,date\nAlien,2024-02-30\n", "line 2: date = '2024-02-30' is no date"),
        (b"title,rating\n\n,5\n", "line 3: no poster is named; fill in title"),
        (b"title,rating\nCrouching Tiger, Hidden Dragon,5\n", "line 2: 3 cells, for 2 columns; put quotes"),
        (b'title\n"Alien\n', "line 2: no row of a table"),
        (b"title\nAm\xe9lie\n", "is not UTF-8"),
        (b"\x00\x01\xff", "is not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    with pytest.raises(HistoryError) as caught:
        read_history(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_many_histories_each_row_says_whose_it_is(file: Path) -> None:
    file.write_text("title\nAlien\n")
    with pytest.raises(HistoryError, match="line 1: no column history or user"):
        read_histories(file)
    file.write_text("user,title\nann,Alien\n,Jaws\n")
    with pytest.raises(HistoryError, match="line 3: the column 'user' is empty"):
        read_histories(file)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for file in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(HistoryError, match="cannot read"):
            read_history(file)
