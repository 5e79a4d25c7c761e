"""Which columns are searched: those that hold words, or those that were asked for."""

import time
import uuid

import pytest

from mapmaker.columns import searched_by_words, searched_columns
from mapmaker.errors import OptionError


@pytest.mark.parametrize(
    "texts",
    [
        ["Jane Doe", "", "John Roe"],
        ["Madonna", "Prince", "Cher"],
        ["千と千尋の神隠し"],
        ["see https://example.org/b", "https://example.org/a"],
        ["javascript:alert(1)"],
        ["Vertigo (1958)", "1917, a film", "7 women"],
        ["Abe", "Dee", "Ada"],  # hexadecimal, all of them, but names
        ["R2D2", "R2D2", "C3PO", "C3PO"],  # codes, but few: people know them
        ["USA", "UK", "France"],
        ["12 March", "Easter 1999"],
    ],
    ids=lambda texts: texts[0],
)
def test_a_column_of_words_is_searched(texts: list[str]) -> None:
    assert searched_by_words(texts)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["", " "],
        ["640", "1,024", "2 048", "-1.5", "50 %", "1e-05"],
        ["120 min", "95 min", "3 GB"],
        ["1920x1080", "640 x 480 px"],
        ["2001-05-03", "3.5.2001", "2001-05-03 10:00", "2001-05-03T10:00:00Z", "5/3/2001"],
        ["3 May 2001", "May 3, 2001", "3. März 2001"],
        ["https://example.org/a", "", "HTTP://example.org/b"],
        ["p 01.jpg", "folder/p02.PNG"],
        ["tt0017136", "tt0021749", "tt0022100"],
        ["d41d8cd98f00b204e9800998ecf8427e", "9e107d9d372bb6826bd81d3542a419d6"],
        [str(uuid.UUID(int=number)) for number in range(1, 50)],
        [*(str(width) for width in range(100, 140)), "unknown"],
    ],
    ids=lambda texts: texts[0] if texts else "nothing",
)
def test_a_column_of_numbers_dates_addresses_files_or_identifiers_is_not(texts: list[str]) -> None:
    assert not searched_by_words(texts)


def test_one_text_in_twenty_may_be_odd_and_no_more() -> None:
    widths = [str(width) for width in range(100, 138)]
    assert not searched_by_words([*widths, "unknown", "unknown"])
    assert searched_by_words([*widths, "unknown", "unknown", "unknown"])


@pytest.mark.parametrize("text", ["1" * 100_000 + "word", "a." * 50_000, "- " * 50_000 + "x1", "0-" * 50_000 + " "])
def test_a_long_text_takes_no_long_time(text: str) -> None:
    started = time.monotonic()
    searched_by_words([text])
    assert time.monotonic() - started < 1


def test_columns_asked_for_are_searched_whatever_they_hold_and_in_that_order() -> None:
    more = {"director": ["Jane Doe"], "width": ["640"], "empty": [""]}
    assert searched_columns(more, [0]) == ["director"]
    assert searched_columns(more, [0], ["width", "title", "director", "width"]) == ["width", "director"]
    assert searched_columns(more, [0], ["title"]) == []
    assert searched_columns(more, []) == []


@pytest.mark.parametrize(
    ("name", "hint"), [("directr", "did you mean 'director'?"), ("x", "known: director, title, width")]
)
def test_a_column_that_is_not_there_is_one_line_that_says_which_are(name: str, hint: str) -> None:
    with pytest.raises(OptionError) as caught:
        searched_columns({"director": [], "width": []}, [], ["width", name])
    assert str(caught.value) == f"compose.search: the table has no column {name!r}; {hint}"
