"""The folder that pictures are fetched into: what in it is touched, and what is wrong with it is one picture's."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faulty_host import Answer
from filelock import FileLock

import mapmaker as mm
from mapmaker.errors import BusyError, OutputError
from mapmaker.fetched import FETCHED, UNREACHED, Arrival, table_bytes
from mapmaker.sources.client import Client
from mapmaker.sources.folder import key_of
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Web
from tests.sources.shop import QUICK, Shop, picture, read_csv


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


def test_files_of_the_users_are_never_written_over(shop: Shop) -> None:
    shop.folder.mkdir()
    (shop.folder / "Alien.JPG").write_bytes(b"mine")
    (shop.folder / "heat").write_bytes(b"mine, too")
    shop.offer("/1", Answer(picture()), title="alien")
    shop.offer("/2", Answer(picture(1)), filename="heat/poster.png")
    shop.fetch()
    assert (shop.folder / "Alien.JPG").read_bytes() == b"mine"
    assert (shop.folder / "heat").read_bytes() == b"mine, too"
    assert (shop.folder / "alien (2).jpg").read_bytes() == picture()
    assert (shop.folder / "heat_" / "poster.jpg").read_bytes() == picture(1)


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
    assert [row["filename"] for row in read_csv(shop.folder / "metadata.csv")] == ["q.jpg"]
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


def test_two_at_once_are_one_too_many(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    with FileLock(shop.folder / ".fetch" / "lock"), pytest.raises(BusyError, match="another fetch is at work"):
        shop.fetch()


def test_what_a_killed_run_left_goes(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    left = [shop.folder / name for name in (".fetched.csv.99.tmp", ".metadata.csv.99.tmp", ".fetch/ab.part")]
    for path in left:
        path.write_text("half")
    shop.fetch()
    assert not any(path.exists() for path in left)


def test_a_kill_between_the_line_and_the_rename_costs_no_second_request(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.offer("/p", Answer(picture()))
    rename = Path.replace

    def killed(path: Path, place: Path) -> Path:
        if path.suffix == ".part":
            raise KeyboardInterrupt
        return rename(path, place)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        shop.fetch()
    assert shop.files == ["fetched.csv"]
    monkeypatch.undo()
    assert shop.fetch().there == 1
    assert shop.host.asked["/p"] == 1
    assert (shop.folder / "p.jpg").read_bytes() == picture()
    assert [row["title"] for row in read_csv(shop.folder / "metadata.csv")] == ["p"]


def test_a_refresh_that_was_killed_before_the_rename_is_gone_on_with(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    came, new = shop.arrival("/p"), picture(1)
    later = replace(came, bytes=len(new), sha256=hashlib.sha256(new).hexdigest())
    (shop.folder / "fetched.csv").write_bytes(table_bytes([came, later]))
    (shop.folder / ".fetch" / f"{key_of(came.url)}.part").write_bytes(new)
    assert shop.fetch().there == 1
    assert (shop.folder / "p.jpg").read_bytes() == new
