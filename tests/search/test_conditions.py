"""`--where`: which rows fulfil a condition, and what is none."""

import pytest

from mapmaker.errors import OptionError
from mapmaker.search.conditions import Cells, fulfilling

TABLE: dict[str, Cells] = {
    "title": ["Alien", "Jaws", "", "Manhattan"],
    "year": [1979, 1975, None, 1979],
    "tags": [("Horror", "space"), ("horror",), (), ("drama",)],
    "IMDb score": ["8.5", "8.1", "n/a", ""],
    "class": ["a", "b", "a", ""],
    "nan": ["nan", "inf", "1", "-1"],
}


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("year >= 1979", [0, 3]),
        ("year < 1979", [1]),
        ("1975 <= year < 1979", [1]),
        ("1975 < year", [0, 3]),
        ("not year == 1979", [1, 2]),
        ("year != 1979", [1]),
        ("title == 'ALIEN' or title == 'jaws'", [0, 1]),
        ("'jaws' == title", [1]),
        ("title > 'b'", [1, 3]),
        ("title < 'b'", [0]),
        ("title != 'jaws'", [0, 3]),
        ("title == ''", [2]),
        ("title in ('jaws', 'manhattan')", [1, 3]),
        ("year in [1975, 1976]", [1]),
        ("title not in ('jaws',)", [0, 2, 3]),
        ("'li' in title", [0]),
        ("'horror' in tags", [0, 1]),
        ("'horr' in tags", []),
        ("'horror' not in tags", [2, 3]),
        ("tags == 'space'", [0]),
        ("tags != 'space'", [1, 3]),
        ("tags == ''", [2]),
        ("'horror' in tags and not 'space' in tags", [1]),
        ("(year == 1979 and tags == 'drama') or title == 'jaws'", [1, 3]),
        ("IMDb_score > 8.2", [0]),
        ("class_ == 'a'", [0, 2]),
        ("imdb_score <= 8.2", [1]),
        ("nan > -2", [1, 2, 3]),
        ("nan >= -1e0", [1, 2, 3]),
        ("year >= '1979'", [0, 3]),
        (" year == 1975 ", [1]),
    ],
)
def test_rows_that_fulfil_it(condition: str, rows: list[int]) -> None:
    assert fulfilling(condition, TABLE).nonzero()[0].tolist() == rows


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "where = ''"),
        ("year >=", "invalid syntax"),
        ("yaer >= 1980", "no column 'yaer'; did you mean 'year'"),
        ("year", "'year' does not fit there"),
        ("year >= title", "'title' does not fit there"),
        ("1 < 2", "does not fit there"),
        ("year + 1 > 1980", "does not fit there"),
        ("__import__('os').system('true') == 1", "does not fit there"),
        ("title.upper() == 'JAWS'", "does not fit there"),
        ("year is 1979", "does not fit there"),
        ("1979 in tags", "does not fit there"),
        ("title in ()", "does not fit there"),
        ("year == True", "does not fit there"),
        ("year == -'x'", "does not fit there"),
        ("year == b'x'", "does not fit there"),
        ("lambda: 1", "does not fit there"),
        ("x := 1", "invalid syntax"),
        ("year >= 1980\nyear", "invalid syntax"),
        ("title == '\\d' is 1", "does not fit there"),
        ("\0", "null bytes"),
        ("(" * 900, "where = "),
        ("not " * 5_000 + "year", "of at most 1,000"),
    ],
)
def test_what_is_no_condition(condition: str, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        fulfilling(condition, TABLE)
    assert said in str(caught.value)
    assert str(caught.value).startswith("where")
