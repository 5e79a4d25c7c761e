"""The tables that fetch keeps: metadata.csv of what is known, for `build`, and fetched.csv of what came."""

from pathlib import Path

import pytest
from faulty_host import Answer

from mapmaker.errors import OutputError
from mapmaker.fetched import FAILED, FETCHED, UNUSABLE, Arrival, Journal, read_arrivals, table_bytes
from mapmaker.stages import Job
from mapmaker.stages.scan.listing import list_files
from tests.sources.shop import Shop, picture, read_csv, write_csv


def test_a_table_that_is_not_ours_is_not_written_over(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.folder.mkdir()
    for name, content in (("metadata.csv", "filename,title\nx.jpg,X\n"), ("fetched.csv", "a,b\n1,2\n")):
        path = shop.folder / name
        path.write_text(content)
        with pytest.raises(OutputError, match=f"{name} is none of fetch's"):
            shop.fetch()
        assert path.read_text() == content
        path.unlink()


def test_corrections_of_the_source_arrive_and_a_second_source_adds(shop: Shop, tmp_path: Path) -> None:
    shop.offer("/p", Answer(picture()), title="Teh", filename="p")
    shop.fetch()
    shop.rows[0]["title"] = "The"
    write_csv(shop.table, shop.rows)
    shop.fetch()
    shop.table = tmp_path / "more.csv"
    shop.rows.clear()
    shop.offer("/q", Answer(picture(1)), attribution="them")
    shop.fetch()
    rows = read_csv(shop.folder / "metadata.csv")
    assert {row["filename"]: (row["title"], row["attribution"]) for row in rows} == {
        "q.jpg": ("q", "them"),
        "p.jpg": ("The", ""),
    }


def test_a_second_source_leaves_what_is_unusable_of_the_first(shop: Shop, tmp_path: Path) -> None:
    shop.offer("/p", Answer(picture()))
    shop.add({"title": "nothing"})
    shop.fetch()
    first, shop.table = shop.table, write_csv(tmp_path / "more.csv", [{"title": "none"}, *shop.rows[:1]])
    shop.fetch()

    def entries() -> list[str]:
        return [one.url for one in read_arrivals(shop.folder).values() if one.status == UNUSABLE]

    assert sorted(entries()) == ["more.csv, row 1", "posters.csv, row 2"]
    shop.table = write_csv(first, shop.rows[:1])
    shop.fetch()
    assert entries() == ["more.csv, row 1"]


def test_a_line_that_was_being_written_counts_as_not_there(tmp_path: Path) -> None:
    one = Arrival('a, "b".jpg', FETCHED, "", "http://x/1", 5, "d" * 64, '"e"')
    for length in range(len(table_bytes([one])), len(table_bytes([one, one]))):
        (tmp_path / "fetched.csv").write_bytes(table_bytes([one, one])[:length])
        assert read_arrivals(tmp_path) == {one.url: one}
        with Journal(tmp_path) as journal:
            journal.add(other := Arrival("", FAILED, "two\nlines", "http://x/2"))
        assert list(read_arrivals(tmp_path).values()) == [one, Arrival("", FAILED, "two lines", other.url)]


def test_arrivals_of_the_manifest_are_read_as_they_are_written(tmp_path: Path) -> None:
    odd = Arrival("", UNUSABLE, "a\0b", "entry\ud800\x0b")
    (tmp_path / "fetched.csv").write_bytes(table_bytes([odd]))
    (again,) = read_arrivals(tmp_path).values()
    assert (tmp_path / "fetched.csv").read_bytes() == table_bytes([again])


def test_a_manifest_of_an_older_version_is_gone_on_with(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    path = shop.fetch().manifest
    lines = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
    assert lines[0].endswith(",when")
    path.write_text("\n".join([*lines, ""]))
    shop.offer("/q", Answer(picture(1)))
    assert (done := shop.fetch()).there == done.came == 1
    assert path.read_text().splitlines()[0].endswith(",when,source")
    assert shop.arrival("/q").source == "urls posters.csv"


def test_the_table_of_what_came_is_no_poster(shop: Shop, job: Job) -> None:
    (job.images / "a.png").write_bytes(picture(kind="PNG"))
    (job.images / "fetched.csv").write_text("x")
    assert [file.path for file in list_files(job)] == ["a.png"]
