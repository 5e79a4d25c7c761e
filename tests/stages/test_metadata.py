"""metadata: whatever table people have is joined as far as it goes; what does not fit is counted."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mapmaker import artifacts
from mapmaker.errors import MetadataError
from mapmaker.model import Images, Metadata
from mapmaker.stages import Job
from mapmaker.stages.metadata import MetadataStage, join, read_table, tags_of, title_of, url_of, year_of
from mapmaker.workspace import Record

PATHS = ("a.jpg", "sub/b.jpg", "sub/c.jpg", "other/c.jpg", "é.jpg")


def images(paths: Sequence[str] = PATHS, gone: Sequence[str] = ()) -> Images:
    n = len(paths)
    return Images(
        [str(i) for i in range(n)],
        list(paths),
        ["0"] * n,
        np.ones(n, np.int32),
        np.ones(n, np.int32),
        np.array([path not in gone for path in paths]),
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "titles.csv"


def joined(table: Path, content: str | bytes, rows: Images | None = None) -> tuple[Metadata, list[str]]:
    table.write_bytes(content.encode() if isinstance(content, str) else content)
    read = read_table(table)
    metadata, _, oddities = join(read, rows or images())
    return metadata, [*read.oddities, *oddities]


def test_every_column_finds_its_place(table: Path) -> None:
    metadata, oddities = joined(
        table,
        "filename,title,year,tags,url,director\n"
        'sub/b.jpg,"B, the second",1999,Drama|Sci-Fi,https://example.org/b,Fritz Lang\n',
    )
    assert metadata.title == ["a", "B, the second", "c", "c", "é"]
    assert metadata.year == [None, 1999, None, None, None]
    assert metadata.tags[1] == ("Drama", "Sci-Fi")
    assert metadata.url[1] == "https://example.org/b"
    assert metadata.more == {"director": ["", "Fritz Lang", "", "", ""]}
    assert oddities == []


@pytest.mark.parametrize(
    ("encoding", "oddity"),
    [("utf-8", []), ("utf-8-sig", []), ("iso-8859-1", ["not UTF-8; read as ISO-8859-1"])],
)
def test_the_encoding_is_found(table: Path, encoding: str, oddity: list[str]) -> None:
    metadata, oddities = joined(table, "filename,title\né.jpg,Les Misérables\n".encode(encoding))
    assert metadata.title[4] == "Les Misérables"
    assert oddities == oddity


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_excel_is_read(table: Path, encoding: str) -> None:
    metadata, oddities = joined(table, "\ufefffilename\ttitle\r\né.jpg\t千と, 千尋\r\n".encode(encoding))
    assert metadata.title[4] == "千と, 千尋"
    assert oddities == []


def test_damaged_utf_16_is_read_as_far_as_it_goes(table: Path) -> None:
    metadata, oddities = joined(table, "\ufefffilename,title\na.jpg,One\n".encode("utf-16-le") + b"x")
    assert metadata.title[0] == "One"
    assert oddities[0] == "not all of it is UTF-16; what is not is \ufffd"


def test_a_field_may_be_long_and_the_limit_for_others_stays(table: Path) -> None:
    before = csv.field_size_limit()
    metadata, oddities = joined(table, f"filename,plot\na.jpg,{'x' * 200_000}\n")
    assert len(metadata.more["plot"][0]) == 200_000
    assert oddities == []
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "line", "length"),
    [
        ('filename,title\nsub/b.jpg,"Two\na.jpg,One\n', 2, "2 lines"),
        ('filename,title\nsub/b.jpg,"Two', 2, "1 line"),
        ('filename,title\r\n\r\nsub/b.jpg,"Two\r\n\r\n\r\n', 3, "3 lines"),
        ('filename,x,title\nsub/b.jpg,"a\nb","Two\nthree"" four\n', 3, "2 lines"),
        ('filename,title\rsub/b.jpg,"Two', 2, "1 line"),
    ],
    ids=["swallows a row", "the last", "blank lines", "behind another", "CR"],
)
def test_a_quote_that_is_never_closed_is_told(table: Path, content: str, line: int, length: str) -> None:
    metadata, oddities = joined(table, content)
    assert metadata.title[1].startswith("Two")
    assert "end" not in metadata.title[1]
    assert oddities == [f"a quote in line {line} is never closed; what follows it is one field, of {length}"]


@pytest.mark.parametrize("end", ["", "\n", "\r", "\r\n", "\n\n"])
@pytest.mark.parametrize("title", ['"Two"', '"Two\n"', '"Two ""2"""', 'Two "', '"Two" 2"', "end"])
def test_a_quote_that_is_closed_or_means_itself_is_not(table: Path, title: str, end: str) -> None:
    metadata, oddities = joined(table, f"filename,title\na.jpg,{title}{end}")
    assert metadata.title[0] == next(csv.reader([title]))[0].strip()
    assert oddities == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", ["sep=;", "SEP=; ", "\nsep=;", "sep=|", "sep=\t", "sep=,"])
def test_the_separator_may_be_announced(table: Path, first: str, newline: str) -> None:
    separator = first.strip(" ")[-1]
    guessed = ";" if separator == "," else ","
    lines = [first, f"filename{separator}a{guessed}b{guessed}c", f"a.jpg{separator}One"]
    metadata, oddities = joined(table, newline.join(lines))
    assert metadata.more[f"a{guessed}b{guessed}c"][0] == "One"
    assert oddities == []


@pytest.mark.parametrize("blank", ["\n", "\r\n\r\n", "  \n\t\n", "\r\r", ";;\n", ' \n"";\n'])
def test_blank_lines_before_the_header_do_no_harm(table: Path, blank: str) -> None:
    metadata, oddities = joined(table, f"{blank}filename;title\na.jpg;One, two, three\n ;\n")
    assert metadata.title[0] == "One, two, three"
    assert oddities == []


def test_commas_below_the_header_do_not_hide_its_separator(table: Path) -> None:
    metadata, oddities = joined(table, "filename;title\ra.jpg;One, two, three\rsub/b.jpg;Four, five\r")
    assert metadata.title[:2] == ["One, two, three", "Four, five"]
    assert oddities == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_separator_is_found(table: Path, separator: str, newline: str) -> None:
    lines = ["filename,title,year", "a.jpg,One,1950", "", "sub/b.jpg,Two,1960"]
    metadata, oddities = joined(table, newline.join(lines).replace(",", separator))
    assert metadata.title[:2] == ["One", "Two"]
    assert metadata.year[:2] == [1950, 1960]
    assert oddities == []


def test_a_tsv_may_have_commas_in_its_header(tmp_path: Path) -> None:
    metadata, _ = joined(tmp_path / "t.TSV", "filename\tfirst, second, third\na.jpg\tx\n")
    assert metadata.more["first, second, third"][0] == "x"


def test_quoted_fields_may_hold_line_breaks_and_quotes(table: Path) -> None:
    metadata, _ = joined(table, 'filename,title\na.jpg,"One\nTwo ""Three"""\n')
    assert metadata.title[0] == 'One\nTwo "Three"'


def test_short_and_long_rows_are_counted_and_used(table: Path) -> None:
    metadata, oddities = joined(table, "filename,title,year\na.jpg\nsub/b.jpg,B,1950,x,y\n,,\n")
    assert metadata.title[:2] == ["a", "B"]
    assert metadata.year[1] == 1950
    assert oddities[:2] == [
        "1 row is shorter than the header; what is lacking is empty",
        "1 row is longer than the header; what is beyond it is ignored",
    ]


def test_rows_of_unknown_files_are_counted_with_examples(table: Path) -> None:
    names = "\n".join(f"x{i}.jpg" for i in range(5))
    _, oddities = joined(table, f"filename\na.jpg\n{names}\n")
    assert oddities == ["5 rows name no image that is on the map: 'x0.jpg', 'x1.jpg', 'x2.jpg'"]


def test_of_doubled_rows_the_first_counts(table: Path) -> None:
    metadata, oddities = joined(table, "filename,title\na.jpg,First\na.jpg,Second\n./a.jpg,Third\n")
    assert metadata.title[0] == "First"
    assert oddities == ["2 rows name an image that has one already; the first counts"]


def test_a_bare_name_will_do_where_only_one_image_has_it(table: Path) -> None:
    metadata, oddities = joined(table, "filename,title\nb.jpg,B\nc.jpg,C\nother\\c.jpg,Windows\n")
    assert metadata.title == ["a", "B", "c", "Windows", "é"]
    assert oddities == ["1 row names no image that is on the map: 'c.jpg'"]


def test_a_name_with_a_backslash_is_tried_as_it_is_first(table: Path) -> None:
    rows = images(["a\\b.jpg", "a/b.jpg", "c/d.jpg"])
    metadata, oddities = joined(table, "filename,title\na\\b.jpg,Its own\na/b.jpg,B\n.\\c\\d.jpg,Windows\n", rows)
    assert metadata.title == ["Its own", "B", "Windows"]
    assert oddities == []


def test_one_is_told_as_one_and_more_as_more(table: Path) -> None:
    _, oddities = joined(table, "filename,title\na.jpg,A\na.jpg,B\nx\ny\nz,Z,\n")
    assert oddities == [
        "2 rows are shorter than the header; what is lacking is empty",
        "1 row is longer than the header; what is beyond it is ignored",
        "3 rows name no image that is on the map: 'x', 'y', 'z'",
        "1 row names an image that has one already; the first counts",
    ]


@pytest.mark.parametrize(("in_table", "on_disk"), [("\xe9.jpg", "e\u0301.jpg"), ("e\u0301.jpg", "\xe9.jpg")])
def test_a_name_is_found_in_either_normal_form(table: Path, in_table: str, on_disk: str) -> None:
    metadata, oddities = joined(table, f"filename,title\n{in_table},Found\n", images([on_disk]))
    assert metadata.title == ["Found"]
    assert oddities == []


def test_a_tombstone_is_no_image_to_name(table: Path) -> None:
    _, oddities = joined(table, "filename,title\na.jpg,A\n", images(gone=["a.jpg"]))
    assert oddities == ["1 row names no image that is on the map: 'a.jpg'"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its columns: nothing"),
        (b"\n\n", "its columns: nothing"),
        (b"file,title\na.jpg,A\n", "its columns: 'file', 'title'"),
        (b"\xff\xfef\0i\0l\0e\0", "has no column 'filename'"),
        (b"\0\0\0", "has no column 'filename'"),
    ],
    ids=["empty", "blank", "another", "UTF-16", "NUL"],
)
def test_what_is_no_table_of_files_is_one_line(table: Path, content: bytes, said: str) -> None:
    table.write_bytes(content)
    with pytest.raises(MetadataError) as error:
        read_table(table)
    assert said in str(error.value)
    assert str(table) in str(error.value)
    assert "\n" not in str(error.value)


def test_nul_bytes_in_a_field_do_no_harm(table: Path) -> None:
    metadata, _ = joined(table, b"filename,title\na.jpg,A\0B\nsub/b.jpg,Two\n")
    assert metadata.title[1] == "Two"


def test_column_names_are_understood_in_any_case_and_by_synonyms(table: Path) -> None:
    metadata, _ = joined(table, " Filename ,NAME,Year,Genres,Link\na.jpg,One,1950,X,http://example.org\n")
    assert (metadata.title[0], metadata.year[0], metadata.tags[0]) == ("One", 1950, ("X",))
    assert metadata.url[0] == "http://example.org"
    assert metadata.more == {}


def test_a_synonym_beside_the_word_itself_is_a_column_of_its_own(table: Path) -> None:
    metadata, _ = joined(table, "filename,name,title,genre,genres,\na.jpg,N,T,one,two,\n")
    assert metadata.title[0] == "T"
    assert metadata.tags[0] == ("one",)
    assert {name: values[0] for name, values in metadata.more.items()} == {"name": "N", "genres": "two", "column 6": ""}


def test_columns_of_the_same_name_are_all_kept(table: Path) -> None:
    metadata, _ = joined(table, "filename,actor,actor,title,title\na.jpg,One,Two,T,U\n")
    assert metadata.title[0] == "T"
    assert [values[0] for values in metadata.more.values()] == ["One", "Two", "U"]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1999", 1999),
        ("1999-2003", 1999),
        ("2016.0", 2016),
        ("c. 1920", 1920),
        ("12 May 1931", 1931),
        ("", None),
        ("unknown", None),
        ("999", None),
        ("3000", None),
        ("19999", None),
        ("١٩٩٩", None),
    ],
)
def test_a_year_is_found_in_a_text(text: str, year: int | None) -> None:
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("A|B, C", ("A", "B, C")),
        ("A; B;A", ("A", "B")),
        ("A, B", ("A", "B")),
        (" A ", ("A",)),
        ("", ()),
        ("|,|", (",",)),
    ],
)
def test_tags_are_split_at_the_strongest_separator(text: str, tags: tuple[str, ...]) -> None:
    assert tags_of(text) == tags


@pytest.mark.parametrize("text", ["https://example.org/a?b=c&d", "http://x", "https://example.org/é"])
def test_a_web_address_is_kept(text: str) -> None:
    assert url_of(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x",
        "//x",
        "www.example.org",
        "http://a b",
        "http://",
        " http://x",
        "http://x\n",
        "https://x\njavascript:alert(1)",
        "jav\tascript:alert(1)",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert url_of(text) == ""


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("a/b/The_Third-Man.jpg", "The Third Man"),
        ("Spider-Man 2.jpg", "Spider-Man 2"),
        ("x.tar.jpg", "x.tar"),
        ("a/.jpg", ".jpg"),
        ("_.png", "Untitled"),
        ("a\udcff.jpg", "a?"),
    ],
)
def test_a_file_name_makes_a_title(path: str, title: str) -> None:
    assert title_of(path) == title


def test_the_stage_writes_metadata_and_tells_what_did_not_fit(job: Job, table: Path) -> None:
    artifacts.write_images(job.work, images())
    job.work.commit("scan", [artifacts.IMAGES], Record("", {}, {}))
    table.write_text("filename,title\na.jpg,One\nmissing.jpg,None\n")
    stage = MetadataStage()
    figures = stage.run(replace(job, metadata=table))
    job.work.commit(stage.name, stage.writes, Record("", {}, figures))
    assert (figures["matched"], figures["posters"]) == (1, 5)
    assert artifacts.read_metadata(job.work).title == ["One", "b", "c", "c", "é"]
    (warning,) = job.progress.warnings  # type: ignore[attr-defined]  # the tests' own Progress
    assert warning == f"{table}: 1 row names no image that is on the map: 'missing.jpg'"


def test_a_table_that_is_not_there_is_an_error(job: Job, tmp_path: Path) -> None:
    for missing in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(MetadataError, match="no metadata file "):
            MetadataStage().outside(replace(job, metadata=missing))
