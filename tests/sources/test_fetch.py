"""Fetching: what comes into a folder, what does not and why, and what is asked for again."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fetching
import pytest
from faulty_host import Answer, FaultyHost

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import FetchError, MetadataError
from mapmaker.fetched import FAILED, FETCHED, UNREACHED, UNUSABLE, Arrival, read_arrivals, table_bytes
from mapmaker.sources.fetching import Fetched
from mapmaker.workspace import Workspace
from tests.sources.shop import Shop, picture, read_csv, write_csv
from tests.tiles.pictures import scans


def test_a_folder_of_pictures_and_a_table_come_that_build_takes_as_they_are(shop: Shop, tmp_path: Path) -> None:
    for i in range(6):
        shop.offer(f"/p{i}", Answer(picture(i)), year=str(1990 + i), genres="Drama|War", note="a, b")
    shop.offer("/gone", Answer(status=404))
    done = shop.fetch()
    assert (done.offered, done.due, done.came, done.there, done.missing) == (7, 7, 6, 0, {"404 Not Found": 1})
    assert shop.files == ["fetched.csv", "metadata.csv", *(f"p{i} ({1990 + i}).jpg" for i in range(6))]
    assert (shop.folder / "p0 (1990).jpg").read_bytes() == picture(0)
    first = read_csv(done.metadata)[0]
    assert first == {"filename": "p0 (1990).jpg", "title": "p0", "year": "1990", "tags": "Drama|War", "note": "a, b"}
    out, work = tmp_path / "map", tmp_path / "work"
    report = mm.build(shop.folder, out, done.metadata, work, workers=1, extractor="classic", layout="pca")
    assert list(report.rejects) == []
    assert report.warnings == []
    with Workspace(work) as finished:
        assert artifacts.read_metadata(finished).year == [1990 + i for i in range(6)]


def test_what_came_from_where_is_told(shop: Shop) -> None:
    shop.offer("/p", Answer(picture(), headers={"ETag": '"e"', "Last-Modified": "then"}))
    shop.offer("/gone", Answer(status=410))
    shop.offer("/busy", Answer(status=503))
    shop.add({"title": "nothing"}, {"title": "a file", "poster": "posters/a.jpg"})
    shop.fetch()
    came, gone, busy, nothing, file = read_arrivals(shop.folder).values()
    assert came.status == FETCHED
    assert (came.file, came.bytes, came.etag, came.modified) == ("p.jpg", len(picture()), '"e"', "then")
    assert came.sha256 == hashlib.sha256(picture()).hexdigest()
    assert (gone.status, gone.reason, gone.file) == (FAILED, "410 Gone", "")
    assert (busy.status, busy.reason) == (UNREACHED, "503 Service Unavailable")
    assert (nothing.status, nothing.url) == (UNUSABLE, "posters.csv, row 4")
    assert (file.status, file.reason) == (UNUSABLE, "no http or https address")
    assert all(one.when.endswith("Z") for one in (came, gone, busy, nothing))


FAULTS = {
    "many scans": (Answer(scans(5000)), "no picture: over the scan limit"),
    "html": (Answer(b"<p>Sorry", type="text/html"), "no picture: text/html"),
    "html as jpeg": (Answer(b"<!doctype html><p>Sorry"), "no picture: not an image"),
    "empty": (Answer(), "no picture: empty file"),
    "broken": (Answer(picture()[:300]), "no picture: truncated"),
    "svg": (Answer(b"<svg/>", type="image/svg+xml"), "no picture: not an image"),
    "bomb": (Answer(fetching.huge_png()), "no picture: over the pixel limit"),
    "tiny": (Answer(picture(size=(9, 60))), "too small: 9 x 60 pixels"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_picture_is_told_and_not_asked_for_again(fault: str, shop: Shop) -> None:
    answer, reason = FAULTS[fault]
    shop.offer("/bad", answer)
    shop.offer("/good", Answer(picture()))
    for _ in range(2):
        shop.fetch(least=10)
        assert shop.arrival("/bad").status == FAILED
        assert shop.arrival("/bad").reason.startswith(reason)
    assert shop.files == ["fetched.csv", "good.jpg", "metadata.csv"]
    assert shop.host.asked["/bad"] == 1
    assert list((shop.folder / ".fetch").glob("*.part")) == []


def test_what_may_have_been_cut_off_unseen_is_asked_for_another_day(shop: Shop) -> None:
    shop.offer("/cut", lambda request: Answer(picture()[: 300 if request.number == 1 else None], declared=-1))
    shop.offer("/good", Answer(picture(1)))
    shop.fetch()
    assert shop.arrival("/cut").status == UNREACHED
    shop.fetch()
    assert (shop.folder / "cut.jpg").read_bytes() == picture()


def test_an_address_that_is_none_is_told_and_the_rest_comes(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.add({"title": "x", "poster": "http://[bad"}, {"poster": "https://[::1"}, {"poster": "http://h:99999/a"})
    assert shop.fetch().missing == {"no web address": 3}


def test_an_endless_address_is_told_and_the_folder_stays_usable(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.add({"title": "long", "poster": "http://h/" + "a" * 200_000})
    for _ in range(2):
        assert shop.fetch().missing == {"the address is too long": 1}
    assert (shop.folder / "fetched.csv").stat().st_size < 2000
    long = Arrival("", UNREACHED, "x", "http://h/" + "b" * 200_000)
    with (shop.folder / "fetched.csv").open("ab") as file:
        file.write(table_bytes([long]).splitlines(True)[1])
    assert shop.fetch().there == 1


def test_an_address_that_comes_up_twice_is_fetched_once(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()), note="first")
    shop.add({**shop.rows[0], "note": "second", "poster": shop.host.url("/p#there")})
    assert (done := shop.fetch()).offered == 1
    assert shop.host.asked["/p"] == 1
    assert [row["note"] for row in read_csv(done.metadata)] == ["first"]


def test_what_is_there_is_not_asked_for_again_and_what_failed_only_if_told(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.offer("/gone", lambda request: Answer(picture(1)) if request.number > 1 else Answer(status=404))
    shop.offer("/busy", lambda request: Answer(picture(2)) if request.number > 2 else Answer(status=500))
    shop.fetch()
    assert (shop.host.asked["/p"], shop.host.asked["/gone"], shop.host.asked["/busy"]) == (1, 1, 2)
    done = shop.fetch()
    assert (done.came, done.there, done.missing) == (1, 1, {"404 Not Found": 1})
    assert (shop.host.asked["/p"], shop.host.asked["/gone"], shop.host.asked["/busy"]) == (1, 1, 3)
    done = shop.fetch(retry_failed=True)
    assert (done.came, done.there, done.missing) == (1, 2, {})
    before = shop.folder.joinpath("fetched.csv").read_bytes()
    shop.fetch()
    assert shop.folder.joinpath("fetched.csv").read_bytes() == before
    assert [row["filename"] for row in read_csv(shop.folder / "metadata.csv")] == ["p.jpg", "gone.jpg", "busy.jpg"]


def test_a_picture_that_was_deleted_comes_again(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.fetch()
    (shop.folder / "p.jpg").unlink()
    assert shop.fetch().came == 1
    assert (shop.folder / "p.jpg").read_bytes() == picture()


def test_refresh_asks_only_for_what_has_changed_and_leaves_edited_files_alone(shop: Shop) -> None:
    def versioned(versions: list[bytes]) -> Callable[[Any], Answer]:
        def answer(request: Any) -> Answer:
            known = request.headers.get("if-none-match") == f'"{len(versions)}"'
            return Answer(status=304) if known else Answer(versions[-1], headers={"ETag": f'"{len(versions)}"'})

        return answer

    same, other, edited = [picture(0)], [picture(1)], [picture(2)]
    for path, versions in (("/same", same), ("/other", other), ("/edited", edited)):
        shop.offer(path, versioned(versions))
    shop.offer("/lost", lambda request: Answer(picture(4)) if request.number == 1 else Answer(status=404))
    shop.fetch()
    (shop.folder / "edited.jpg").write_bytes(picture(3))
    other.append(picture(5, "PNG"))
    edited.append(picture(6))
    done = shop.fetch(refresh=True)
    assert (done.came, done.unchanged, done.there) == (1, 1, 3)
    assert (shop.folder / "other.png").read_bytes() == picture(5, "PNG")
    assert not (shop.folder / "other.jpg").exists()
    assert (shop.folder / "edited.jpg").read_bytes() == picture(3)
    assert (shop.folder / "lost.jpg").read_bytes() == picture(4)
    assert shop.arrival("/lost").reason == "not refreshed: 404 Not Found"
    assert shop.host.asked["/edited"] == 1
    assert [row["filename"] for row in read_csv(done.metadata)] == ["same.jpg", "other.png", "edited.jpg", "lost.jpg"]


def test_a_limit_takes_the_first_and_a_dry_run_nothing(shop: Shop) -> None:
    for i in range(5):
        shop.offer(f"/{i}", Answer(picture(i)))
    done = shop.fetch(dry_run=True)
    assert (done.offered, done.due, done.came) == (5, 5, 0)
    assert not shop.folder.exists()
    assert shop.host.requests == []
    shop.fetch(limit=2, max_bytes="1MB")
    assert shop.files == ["0.jpg", "1.jpg", "fetched.csv", "metadata.csv"]
    assert shop.fetch(dry_run=True).due == 3
    assert len(read_csv(shop.fetch().metadata)) == 5


def test_nothing_at_all_is_an_error(shop: Shop) -> None:
    shop.offer("/gone", Answer(status=404))
    with pytest.raises(FetchError, match=r"no picture came: 1 404 Not Found; .*fetched\.csv tells all"):
        shop.fetch()
    assert shop.arrival("/gone").status == FAILED
    write_csv(shop.table, [{"title": "x", "poster": shop.host.url("/gone")}, {"title": "y"}])
    with pytest.raises(FetchError):
        shop.fetch()


def test_what_failed_before_comes_after_what_was_never_asked_for(shop: Shop) -> None:
    for i in range(4):
        shop.offer(f"/bad{i}", Answer(status=500))
    shop.offer("/p", Answer(picture()))
    shop.fetch(jobs=1)
    shop.offer("/new", Answer(picture(1)))
    shop.host.requests.clear()
    shop.fetch(jobs_per_host=1)
    assert shop.host.requests[0].path == "/new"


def test_a_slow_host_keeps_no_other_waiting(shop: Shop, tmp_path: Path) -> None:
    with FaultyHost(otherwise=lambda request: Answer(picture(request.number), waits=0.5)) as slow:
        rows = [{"poster": slow.url(f"/{i}", "localhost"), "title": f"slow {i}"} for i in range(4)]
        rows += [{"poster": shop.host.url(f"/{i}"), "title": f"quick {i}"} for i in range(20)]
        shop.host.otherwise = lambda request: Answer(picture(100 + int(request.path[1:])))
        write_csv(shop.table, rows)
        shop.fetch(jobs_per_host=1)
        second = [request.at for request in slow.requests][1]
        assert sum(request.at < second for request in shop.host.requests) == 20


def test_a_broken_clock_of_a_host_is_no_reason_to_wait(shop: Shop) -> None:
    late = Answer(status=429, headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})
    shop.offer("/p", lambda request: Answer(picture()) if request.number > 1 else late)
    started = time.monotonic()
    assert shop.fetch().came == 1
    assert time.monotonic() - started < 5


def test_it_works_where_a_loop_runs_already_as_in_jupyter(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))

    async def cell() -> Fetched:
        return shop.fetch()

    assert asyncio.run(cell()).came == 1
    shop.table.write_text("title\nx\n")
    with pytest.raises(MetadataError):
        asyncio.run(cell())
