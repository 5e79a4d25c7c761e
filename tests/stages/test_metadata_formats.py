"""metadata from JSON lines and Parquet: what the equal CSV gives, and values that no CSV has."""

import csv
import datetime
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapmaker.errors import MetadataError, MissingExtra
from mapmaker.model import Images, Metadata
from mapmaker.stages import Job
from mapmaker.stages.metadata import MetadataStage, join, read_table
from tests.extras import need

Rows = Sequence[Mapping[str, Any]]
PATHS = ("a.jpg", "sub/b.jpg", "sub/c.jpg", "other/c.jpg")


def joined(table: Path) -> tuple[Metadata, int, list[str]]:
    n = len(PATHS)
    ones = np.ones(n, np.int32)
    images = Images([str(i) for i in range(n)], list(PATHS), ["0"] * n, ones, ones, np.ones(n, np.bool_))
    read = read_table(table)
    metadata, matched, oddities = join(read, images)
    return metadata, matched, [*read.oddities, *oddities]


def written(value: object) -> object:
    """Return a value as a person writes it into a CSV."""
    if isinstance(value, list):
        return "|".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


def write_csv(file: Path, rows: Rows) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter="\t" if file.suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows([{name: written(value) for name, value in row.items()} for row in rows])


def write_json_lines(file: Path, rows: Rows) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_parquet(file: Path, rows: Rows) -> None:
    need("pyarrow", "parquet")
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), file)


FORMATS: Sequence[tuple[str, Callable[[Path, Rows], None]]] = [
    ("t.tsv", write_csv),
    ("t.jsonl", write_json_lines),
    ("t.NDJSON", write_json_lines),
    ("t.parquet", write_parquet),
]
TABLES: Mapping[str, Rows] = {
    "every kind of value": [
        {"filename": "a.jpg", "title": "One", "year": 1999, "tags": ["Drama", "War"], "score": 7.5, "seen": True},
        {"filename": "b.jpg", "title": 'Ünö, "two"\n', "year": None, "tags": [], "score": None, "seen": False},
        {"filename": "other\\c.jpg", "title": " 千 ", "year": 2001, "tags": ["Drama"], "score": 0.1, "seen": None},
    ],
    "names in any case, and synonyms": [
        {" FileName": "a.jpg", "NAME": "One", "Genres": ["X", "Y"], "Link": "http://example.org", "": "nameless"},
    ],
    "a synonym beside the word itself": [{"filename": "a.jpg", "name": "N", "title": "T", "genre": "1", "genres": "2"}],
    "rows that do not fit": [
        {"filename": "a.jpg", "title": "First"},
        {"filename": "./a.jpg", "title": "Second"},
        {"filename": "c.jpg", "title": "Which?"},
        {"filename": None, "title": "None"},
        {"filename": None, "title": None},
    ],
    "a list in a column of its own": [{"filename": "a.jpg", "cast": ["Ann", "Bob, Jr."], "url": "javascript:alert(1)"}],
}


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize(("name", "write"), FORMATS, ids=[name for name, _ in FORMATS])
def test_every_format_gives_what_the_equal_csv_gives(
    name: str, write: Callable[[Path, Rows], None], rows: Rows, tmp_path: Path
) -> None:
    write_csv(tmp_path / "equal.csv", rows)
    write(tmp_path / name, rows)
    found = joined(tmp_path / name)
    assert found == joined(tmp_path / "equal.csv")
    assert found[1] > 0


@pytest.mark.parametrize(("name", "write"), FORMATS, ids=[name for name, _ in FORMATS])
def test_without_the_column_of_names_every_format_is_refused_alike(
    name: str, write: Callable[[Path, Rows], None], tmp_path: Path
) -> None:
    write(tmp_path / name, [{"file": "a.jpg", "title": "One"}])
    with pytest.raises(MetadataError, match=r"has no column 'filename' .*; its columns: 'file', 'title'$"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(("name", "write"), FORMATS[1:], ids=[name for name, _ in FORMATS[1:]])
def test_a_tag_of_a_list_may_hold_a_comma(name: str, write: Callable[[Path, Rows], None], tmp_path: Path) -> None:
    write(tmp_path / name, [{"filename": "a.jpg", "tags": ["Crime, true"]}, {"filename": "b.jpg", "tags": ["A", "B"]}])
    assert joined(tmp_path / name)[0].tags[:2] == [("Crime, true",), ("A", "B")]


@pytest.mark.parametrize(("name", "write"), FORMATS[1:], ids=[name for name, _ in FORMATS[1:]])
def test_what_is_nested_is_left_out_and_counted(name: str, write: Callable[[Path, Rows], None], tmp_path: Path) -> None:
    person = {"name": "Ann"}
    rows: Rows = [
        {"filename": "a.jpg", "title": "One", "cast": [person, person], "made": {"by": "Ann"}},
        {"filename": "b.jpg", "title": "Two", "cast": [person], "made": None},
    ]
    write(tmp_path / name, rows)
    metadata, matched, oddities = joined(tmp_path / name)
    assert (metadata.title[:2], matched) == (["One", "Two"], 2)
    assert metadata.more == {"cast": [""] * 4, "made": [""] * 4}
    assert oddities == [
        "2 values in the column 'cast' are nested or binary, and left out",
        "1 value in the column 'made' is nested or binary, and left out",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"filename": "b.jpg", title}', "line 3, column 23: "),
        ('{"filename": "b.jpg"} {}', "line 3, column 23: Extra data; give one whole JSON object a line"),
        ('["filename"]', "line 3: a list; give one JSON object a line"),
        ("3", "line 3: a single value; give"),
        ("null", "line 3: null; give"),
        ("[" * 100_000, "line 3: nested too deeply"),
    ],
)
def test_a_line_that_is_no_object_is_named(line: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    table.write_text(f'{{"filename": "a.jpg"}}\n\n{line}\n')
    with pytest.raises(MetadataError) as error:
        read_table(table)
    assert str(error.value).startswith(f"{table}, {said}")
    assert "\n" not in str(error.value)


def test_objects_may_differ_in_their_names_and_numbers_stay_as_written(tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    huge = "9" * 5_000  # more digits than Python makes a number of
    table.write_bytes(
        '\ufeff{"filename": "a.jpg", "a": 1.50}\r\n{"b": NaN, "filename": "b.jpg"}\n'.encode()
        + f'{{"filename": "sub/c.jpg", "a": {huge}, "b": "x\u2028y"}}'.encode()
    )
    metadata, _, oddities = joined(table)
    assert metadata.more == {"a": ["1.50", "", huge, ""], "b": ["", "", "x\u2028y", ""]}
    assert oddities == []


def test_half_a_character_does_no_harm(tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    table.write_text(r'{"filename": "a.jpg", "title": "A\ud800", "\udfff": ["\ud83d\ude00", "\ud83d"]}')
    metadata, _, _ = joined(table)
    assert metadata.title[0] == "A?"
    assert metadata.more == {"?": ["\U0001f600|?", "", "", ""]}


def test_columns_of_parquet_read_as_a_person_would_write_them(tmp_path: Path) -> None:
    need("pyarrow", "parquet")
    import pyarrow
    import pyarrow.parquet

    midnight, later = datetime.datetime(1999, 5, 1), datetime.datetime(1999, 5, 1, 20, 15)
    columns = {
        "filename": pyarrow.array(["a.jpg", "b.jpg"]).dictionary_encode(),
        "year": pyarrow.array([1999.0, float("nan")], pyarrow.float64()),  # as pandas has it where one is missing
        "score": pyarrow.array([7.4, None], pyarrow.float32()),
        "tags": pyarrow.array([["A", "B"], None], pyarrow.large_list(pyarrow.string())),
        "pair": pyarrow.array([[1, 2], [3, None]], pyarrow.list_(pyarrow.int8(), 2)),
        "day": pyarrow.array([datetime.date(1999, 5, 1), None]),
        "shown": pyarrow.array([midnight, later], pyarrow.timestamp("us")),
        "price": pyarrow.array([Decimal("1.50"), None]),
        "old": pyarrow.array([b"text", None]),
        "bytes": pyarrow.array([b"\xff", None]),
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    metadata, _, oddities = joined(tmp_path / "t.parquet")
    assert (metadata.year[:2], metadata.tags[:2]) == ([1999, None], [("A", "B"), ()])
    assert {name: values[:2] for name, values in metadata.more.items()} == {
        "score": ["7.4", ""],
        "pair": ["1|2", "3"],
        "day": ["1999-05-01", ""],
        "shown": ["1999-05-01", "1999-05-01 20:15:00"],
        "price": ["1.50", ""],
        "old": ["text", ""],
        "bytes": ["", ""],
    }
    assert oddities == ["1 value in the column 'bytes' is nested or binary, and left out"]


@pytest.mark.parametrize("content", [b"", b"filename,title\n", b"PAR1" + b"\0" * 20 + b"PAR1"])
def test_what_is_no_parquet_is_one_line(content: bytes, tmp_path: Path) -> None:
    need("pyarrow", "parquet")
    table = tmp_path / "t.parquet"
    table.write_bytes(content)
    with pytest.raises(MetadataError) as error:
        read_table(table)
    assert str(error.value).startswith(f"cannot read {table} as Parquet: ")
    assert "\n" not in str(error.value)


def test_without_pyarrow_the_extra_is_named_before_any_work(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"a Parquet table needs .*'mapmaker\[parquet\]'"):
        MetadataStage().check(replace(job, metadata=tmp_path / "t.parquet"))
    MetadataStage().check(replace(job, metadata=tmp_path / "t.csv"))
    MetadataStage().check(job)
