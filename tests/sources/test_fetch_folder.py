"""The folder that pictures are fetched into: what in it is touched, and what is wrong with it is one picture's."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faulty_host import Answer, FaultyHost

import mapmaker as mm
from mapmaker.errors import OutputError
from mapmaker.fetched import FETCHED, UNREACHED, UNUSABLE, Arrival, read_arrivals, table_bytes
from mapmaker.sources.client import Client
from mapmaker.sources.folder import key_of
from mapmaker.sources.places import Places
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Web
from tests.sources.test_fetch import QUICK, Shop, picture, read, table


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with FaultyHost() as host:
        yield Shop(tmp_path, host)


def note(shop: Shop, file: str, path: str, content: bytes) -> Arrival:
    """Have fetched.csv say that a picture came; return the line."""
    shop.folder.mkdir(exist_ok=True)
    one = Arrival(file, FETCHED, "", shop.host.url(path), len(content), hashlib.sha256(content).hexdigest())
    (shop.folder / "fetched.csv").write_bytes(table_bytes([one]))
    return one


@pytest.mark.parametrize(
    "file", ["../victim/a.gif", "/etc/a.jpg", "a/../../b.jpg", "a//b.jpg", "a\\..\\b.jpg", "c:x.jpg", "./a.jpg", "a.sh"]
)
def test_a_manifest_that_leads_elsewhere_is_told_and_nothing_touched(file: str, shop: Shop, tmp_path: Path) -> None:
    victim = tmp_path / "victim" / "a.gif"
    victim.parent.mkdir()
    victim.write_bytes(b"precious")
    shop.offer("/p", Answer(picture()))
    one = note(shop, file, "/p", b"precious")
    part = shop.folder / ".fetch" / f"{key_of(one.url)}.part"
    part.parent.mkdir()
    part.write_bytes(b"precious")
    for more in ({}, {"refresh": True}):
        with pytest.raises(OutputError, match=r"line 2: .* is no place of fetch's; mend or delete the line"):
            shop.fetch(**more)
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("refresh", [False, True])
def test_a_file_of_the_users_stays_that_the_manifest_says_came(refresh: bool, shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    mine = picture(7)
    one = note(shop, "mine.jpg", "/p", b"x")
    (shop.folder / "mine.jpg").write_bytes(mine)
    (shop.folder / ".fetch").mkdir()
    (shop.folder / ".fetch" / f"{key_of(one.url)}.part").write_bytes(b"x")
    assert shop.fetch(refresh=refresh).there == 1
    assert (shop.folder / "mine.jpg").read_bytes() == mine


def test_links_out_of_the_folder_are_not_followed(shop: Shop, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shop.folder.mkdir()
    (shop.folder / "sub").symlink_to(outside)
    shop.offer("/p", Answer(picture()), filename="sub/p.jpg")
    shop.offer("/q", Answer(picture(1)))
    assert shop.fetch().came == 1
    assert list(outside.iterdir()) == []
    assert shop.arrival("/p").reason == "a link leads out of the folder: sub/p.jpg"
    (outside / "p.jpg").write_bytes(picture(2))
    note(shop, "sub/p.jpg", "/p", picture(2))
    shop.fetch(refresh=True)
    assert (outside / "p.jpg").read_bytes() == picture(2)


def test_a_file_that_was_cut_off_comes_again_and_an_edited_one_stays(shop: Shop) -> None:
    for i in range(3):
        shop.offer(f"/{i}", Answer(picture(i)))
    shop.fetch()
    (shop.folder / "0.jpg").write_bytes(b"")
    (shop.folder / "1.jpg").write_bytes(picture(9, "PNG", (20, 30)))
    (shop.folder / "2.jpg").write_bytes(picture(2)[:200])
    done = shop.fetch()
    assert (done.came, done.there) == (2, 1)
    assert (shop.folder / "0.jpg").read_bytes() == picture(0)
    assert (shop.folder / "1.jpg").read_bytes() == picture(9, "PNG", (20, 30))
    assert (shop.folder / "2.jpg").read_bytes() == picture(2)


def test_a_refresh_that_was_killed_before_the_rename_is_gone_on_with(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    came, new = shop.arrival("/p"), picture(1)
    later = replace(came, bytes=len(new), sha256=hashlib.sha256(new).hexdigest())
    (shop.folder / "fetched.csv").write_bytes(table_bytes([came, later]))
    (shop.folder / ".fetch" / f"{key_of(came.url)}.part").write_bytes(new)
    assert shop.fetch().there == 1
    assert (shop.folder / "p.jpg").read_bytes() == new


def test_an_endless_address_is_told_and_the_folder_stays_usable(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.rows.append({"title": "long", "poster": "http://h/" + "a" * 200_000})
    table(shop.table, shop.rows)
    for _ in range(2):
        assert shop.fetch().missing == {"the address is too long": 1}
    assert (shop.folder / "fetched.csv").stat().st_size < 2000
    long = Arrival("", UNREACHED, "x", "http://h/" + "b" * 200_000)
    with (shop.folder / "fetched.csv").open("ab") as file:
        file.write(table_bytes([long]).splitlines(True)[1])
    assert shop.fetch().there == 1


def test_a_folder_whose_manifest_was_deleted_is_still_ours(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    (shop.folder / "fetched.csv").unlink()
    assert shop.fetch().came == 1
    assert (shop.folder / "p.jpg").read_bytes() == picture()


def test_a_folder_within_that_was_deleted_is_made_again_for_what_was_on_its_way(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()), filename="sub/p.jpg")
    shop.fetch()
    (shop.folder / "sub/p.jpg").rename(shop.folder / ".fetch" / f"{key_of(shop.host.url('/p'))}.part")
    (shop.folder / "sub").rmdir()
    assert shop.fetch().there == 1
    assert shop.host.asked["/p"] == 1


def test_folders_called_as_pictures_are_and_what_cannot_be_written_are_one_pictures_matter(shop: Shop) -> None:
    (shop.folder / "p.jpg").mkdir(parents=True)
    shop.offer("/p", Answer(picture()))
    shop.offer("/deep", Answer(picture(1)), filename="a/" * 3000 + "deep.jpg")
    assert shop.fetch().came == 2
    assert (shop.folder / "p (2).jpg").is_file()
    (shop.folder / "p (2).jpg").unlink()
    (shop.folder / "p (2).jpg").mkdir()
    shop.offer("/q", Answer(picture(2)))
    done = shop.fetch()
    assert (done.came, done.there) == (1, 1)
    assert shop.arrival("/p").status == UNREACHED
    assert shop.arrival("/p").reason == "another file is in its place: p (2).jpg"


def test_an_error_of_the_system_is_the_reason_of_its_picture(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.offer("/p", Answer(picture()))
    shop.offer("/q", Answer(picture(1)))
    rename = Path.replace

    def refused(path: Path, place: Path) -> Path:
        if place.name == "p.jpg":
            raise PermissionError(13, "Permission denied", str(place))
        return rename(path, place)

    monkeypatch.setattr(Path, "replace", refused)
    assert shop.fetch().came == 1
    assert (shop.arrival("/p").status, shop.arrival("/p").reason) == (
        UNREACHED,
        "cannot be written: Permission denied",
    )
    assert [row["filename"] for row in read(shop.folder / "metadata.csv")] == ["q.jpg"]
    monkeypatch.undo()
    assert shop.fetch().came == 1


def test_an_unforeseen_error_is_the_reason_of_its_address(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.offer("/odd", Answer(picture()))
    shop.offer("/q", Answer(picture(1)))
    save = Client.save

    async def odd(self: Client, url: str, *more: Any) -> Any:
        if url.endswith("/odd"):
            raise OverflowError("year 99999999999999")
        return await save(self, url, *more)

    monkeypatch.setattr(Client, "save", odd)
    assert shop.fetch().missing == {"unforeseen": 1}
    assert shop.arrival("/odd").reason == "unforeseen: OverflowError"


def test_a_full_disk_ends_the_run_in_one_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(30):
        shop.offer(f"/{i}", Answer(picture(i)))

    async def full(self: Client, *more: Any) -> Any:
        raise OSError(28, "No space left on device", "x.part")

    monkeypatch.setattr(Client, "save", full)
    with pytest.raises(OutputError, match="No space left on device"):
        shop.fetch(jobs=1)


def test_places_are_found_quickly_where_many_are_called_alike(tmp_path: Path) -> None:
    places = Places(tmp_path, [])
    last = [places.of(f"http://h/{i}", "default") for i in range(30_000)][-1]
    assert last == "default (30000)"


def test_names_are_not_cut_at_a_dot_that_begins_no_suffix(shop: Shop) -> None:
    for i, title in enumerate(["Dr. Strangelove or: How I Learned to Stop Worrying", "Mr. Nobody", "Vol. 2 of 3"]):
        shop.offer(f"/{i}", Answer(picture(i)), title=title, filename="Mr. Right" if i == 1 else "", year="1964")
    shop.fetch()
    assert {"Dr. Strangelove or_ How I Learned to Stop Worrying (1964).jpg", "Mr. Right.jpg"} <= {*shop.files}
    assert "Vol. 2 of 3 (1964).jpg" in shop.files
    assert shop.fetch().there == 3


def test_an_unusable_entry_called_by_an_address_leaves_the_picture_of_that_address_alone(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()

    class Other:
        notice, credentials = "", ()

        async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
            yield Unusable(shop.host.url("/p"), "no picture in it")
            yield Offered(shop.host.url("/q"), "q")

    shop.host.answers["/q"] = Answer(picture(1))
    done = mm.fetch(Other(), shop.folder, **QUICK)
    assert (done.came, done.missing) == (1, {"no picture in it": 1})
    assert shop.fetch().there == 1
    assert shop.host.asked["/p"] == 1


def test_a_second_source_leaves_what_is_unusable_of_the_first(shop: Shop, tmp_path: Path) -> None:
    shop.offer("/p", Answer(picture()))
    shop.rows.append({"title": "nothing"})
    table(shop.table, shop.rows)
    shop.fetch()
    first, shop.table = shop.table, table(tmp_path / "more.csv", [{"title": "none"}, *shop.rows[:1]])
    shop.fetch()

    def entries() -> list[str]:
        return [one.url for one in read_arrivals(shop.folder).values() if one.status == UNUSABLE]

    assert sorted(entries()) == ["more.csv, row 1", "posters.csv, row 2"]
    shop.table = table(first, shop.rows[:1])
    shop.fetch()
    assert entries() == ["more.csv, row 1"]


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


def test_arrivals_of_the_manifest_are_read_as_they_are_written(tmp_path: Path) -> None:
    odd = Arrival("", UNUSABLE, "a\0b", "entry\ud800\x0b")
    (tmp_path / "fetched.csv").write_bytes(table_bytes([odd]))
    (again,) = read_arrivals(tmp_path).values()
    assert (tmp_path / "fetched.csv").read_bytes() == table_bytes([again])
