"""metadata.csv, edited by hand: not a byte of it changes, and what is new is put behind it."""

from collections.abc import Callable

import pytest
from faulty_host import Answer

from tests.conftest import Notes
from tests.sources.shop import Shop, picture, read_csv

EDITS: dict[str, tuple[Callable[[bytes], bytes], bytes]] = {
    "Windows-1252": (lambda old: old.decode().encode("cp1252"), "c.jpg,Am\u00e9lie,2001\n".encode("cp1252")),
    "a byte order mark": (lambda old: b"\xef\xbb\xbf" + old, "c.jpg,Am\u00e9lie,2001\n".encode()),
    "semicolons and CRLF": (
        lambda old: old.replace(b",", b";").replace(b"\n", b"\r\n"),
        "c.jpg;Am\u00e9lie;2001\r\n".encode(),
    ),
    "no end of the last line": (lambda old: old.rstrip(b"\n"), "\nc.jpg,Am\u00e9lie,2001\n".encode()),
    "a row of no file, and one twice": (
        lambda old: old + b",A note,\na.jpg,Again,1\n",
        "c.jpg,Am\u00e9lie,2001\n".encode(),
    ),
    "a row taken out": (lambda old: b"".join(old.splitlines(True)[:2]), "c.jpg,Am\u00e9lie,2001\n".encode()),
    "another order of columns": (
        lambda old: b"Title,FileName,mine\nX,a.jpg,7\n",
        "Am\u00e9lie,c.jpg,\n".encode(),
    ),
    "UTF-16": (lambda old: old.decode().encode("utf-16"), b""),
    "no column of files": (lambda old: b"a,b\n1,2\n", b""),
    "an open quote": (lambda old: old + b'"a.jpg,x\n', b""),
}


@pytest.mark.parametrize("how", EDITS)
def test_an_edited_table_keeps_every_byte_and_gains_what_is_new(how: str, shop: Shop) -> None:
    edit, added = EDITS[how]
    for name, title in (("a", "Les Mis\u00e9rables"), ("b", "Heat")):
        shop.offer(f"/{name}", Answer(picture(ord(name))), title=title, year="1995", filename=f"{name}.jpg")
    path = shop.fetch().metadata
    edited = edit(path.read_bytes())
    path.write_bytes(edited)
    shop.offer("/c", Answer(picture(3)), title="Am\u00e9lie", year="2001", filename="c.jpg")
    notes = Notes()
    for _ in range(2):
        shop.fetch(progress=notes)
        assert path.read_bytes() == edited + added
    assert all("metadata.csv was edited" in line for line in notes.warnings)
    assert len(notes.warnings) == 2
    if not added:
        assert all(line.endswith("it stays as it is: 1 new row is not in it") for line in notes.warnings)


def test_letters_that_an_encoding_does_not_have_leave_the_table_as_it_is(shop: Shop) -> None:
    shop.offer("/a", Answer(picture()), title="Les Mis\u00e9rables")
    path = shop.fetch().metadata
    edited = path.read_bytes().decode().encode("cp1252")
    path.write_bytes(edited)
    shop.offer("/b", Answer(picture(1)), title="\u4e03\u4eba")
    shop.fetch()
    assert path.read_bytes() == edited


def test_a_column_that_an_edited_table_does_not_have_is_told(shop: Shop) -> None:
    shop.offer("/a", Answer(picture()))
    path = shop.fetch().metadata
    path.write_bytes(path.read_bytes().replace(b"a.jpg,a", b"a.jpg,A"))
    shop.offer("/b", Answer(picture(1)), attribution="them")
    notes = Notes()
    shop.fetch(progress=notes)
    assert notes.warnings[0].endswith("without what it has no column for: attribution")
    assert path.read_text().splitlines()[-1] == "b.jpg,b"


def test_corrections_in_the_table_stay(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()), title="Teh Title")
    path = shop.fetch().metadata
    path.write_text(path.read_text().replace(",Teh", ",The"))
    shop.offer("/q", Answer(picture(1)))
    shop.fetch()
    assert [row["title"] for row in read_csv(path)] == ["The Title", "q"]
    shop.fetch()
    assert [row["title"] for row in read_csv(path)] == ["The Title", "q"]
    semicolons = path.read_text().replace(",", ";")
    path.write_text(semicolons)
    shop.offer("/r", Answer(picture(2)))
    shop.fetch()
    assert path.read_text() == semicolons + "r.jpg;r\n"
