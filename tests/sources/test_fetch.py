"""Fetching into a folder: what comes and how it is called, what does not and why, and whose files stay whose."""

import asyncio
import csv
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import fetching
import numpy as np
import pytest
from faulty_host import Answer, FaultyHost
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts, cli
from mapmaker.errors import BusyError, FetchError, InputError, MetadataError, MissingExtra, OptionError, OutputError
from mapmaker.fetched import FAILED, FETCHED, UNREACHED, UNUSABLE, Arrival, Journal, read_arrivals, table_bytes
from mapmaker.sources.fetching import Fetched
from mapmaker.sources.places import Places
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Secret, Web
from mapmaker.stages import Job
from mapmaker.stages.scan.listing import list_files
from tests.sources.internet import PUBLIC, Internet

QUICK: dict[str, Any] = {
    "rate": 10_000,
    "backoff": 0.01,
    "silence": 0.4,
    "retries": 1,
    "allow_hosts": ["127.0.0.1", "localhost"],
}
TOKEN = "t0p-s3cret"


def picture(seed: int = 0, kind: str = "JPEG", size: tuple[int, int] = (40, 60)) -> bytes:
    """Return a picture."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, kind)
    return file.getvalue()


def table(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """Read a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Shop:
    """A host, a table of what it has, and a folder."""

    def __init__(self, place: Path, host: FaultyHost) -> None:
        self.host, self.folder, self.table = host, place / "posters", place / "posters.csv"
        self.rows: list[dict[str, str]] = []

    def offer(self, path: str, answer: Any, **fields: str) -> None:
        """Put a picture on offer."""
        self.host.answers[path] = answer
        self.rows.append({"title": path.strip("/"), **fields, "poster": self.host.url(path)})
        table(self.table, self.rows)

    def fetch(self, **more: Any) -> Fetched:
        """Fetch what is on offer."""
        return mm.fetch("urls", self.folder, table=self.table, **{**QUICK, **more})

    def arrival(self, path: str) -> Arrival:
        """Return what became of it."""
        return read_arrivals(self.folder)[self.host.url(path)]

    @property
    def files(self) -> list[str]:
        """What is in the folder, hidden things aside."""
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if not path.parts[0].startswith("."))


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    with FaultyHost() as host:
        yield Shop(tmp_path, host)


def test_a_folder_of_pictures_and_a_table_come_that_build_takes_as_they_are(shop: Shop, tmp_path: Path) -> None:
    for i in range(6):
        shop.offer(f"/p{i}", Answer(picture(i)), year=str(1990 + i), genres="Drama|War", note="a, b")
    shop.offer("/gone", Answer(status=404))
    done = shop.fetch()
    assert (done.offered, done.due, done.came, done.there, done.missing) == (7, 7, 6, 0, {"404 Not Found": 1})
    assert shop.files == ["fetched.csv", "metadata.csv", *(f"p{i} ({1990 + i}).jpg" for i in range(6))]
    assert (shop.folder / "p0 (1990).jpg").read_bytes() == picture(0)
    first = read(done.metadata)[0]
    assert first == {"filename": "p0 (1990).jpg", "title": "p0", "year": "1990", "tags": "Drama|War", "note": "a, b"}
    report = mm.build(
        shop.folder,
        tmp_path / "map",
        done.metadata,
        work=tmp_path / "work",
        workers=1,
        extractor="classic",
        layout="pca",
    )
    assert list(report.rejects) == []
    assert report.warnings == []
    from mapmaker.workspace import Workspace

    with Workspace(tmp_path / "work") as work:
        assert artifacts.read_metadata(work).year == [1990 + i for i in range(6)]


def test_an_address_that_is_none_is_told_and_the_rest_comes(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    shop.rows += [{"title": "x", "poster": "http://[bad"}, {"poster": "https://[::1"}, {"poster": "http://h:99999/a"}]
    table(shop.table, shop.rows)
    assert shop.fetch().missing == {"no web address": 3}


@pytest.mark.parametrize("user", ["me:hunter2", "hunter2", "me:hunter2:@x", "me: hunter2"])
def test_a_password_in_an_address_is_told_nowhere(
    user: str, shop: Shop, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = f"http://{user}@pages.example/x"
    shop.offer("/p", Answer(picture()), link=page)
    shop.rows.append({"title": "x", "poster": shop.host.url("/q").replace("//", f"//{user}@")})
    table(shop.table, shop.rows)
    done = shop.fetch()
    assert (done.came, done.missing) == (1, {"an address with a password": 1})
    assert shop.host.asked["/q"] == 0
    assert read(done.metadata)[0]["url"] == "http://(secret)@pages.example/x"
    cli.main(["fetch", "urls", str(shop.table), "--into", str(shop.folder), "--json"])
    said = capfd.readouterr()
    told = [path for path in shop.folder.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert (told, "hunter2" in said.out + said.err) == ([], False)
    assert read(done.manifest)[1]["url"].startswith("http://(secret)@127.0.0.1")


def test_what_came_from_where_is_told(shop: Shop) -> None:
    shop.offer("/p", Answer(picture(), headers={"ETag": '"e"', "Last-Modified": "then"}))
    shop.offer("/gone", Answer(status=410))
    shop.offer("/busy", Answer(status=503))
    shop.rows.append({"title": "nothing"})
    shop.rows.append({"title": "a file", "poster": "posters/a.jpg"})
    table(shop.table, shop.rows)
    shop.fetch()
    came, gone, busy, nothing, file = read_arrivals(shop.folder).values()
    assert came.status == FETCHED
    assert (came.file, came.bytes, came.etag, came.modified) == ("p.jpg", len(picture()), '"e"', "then")
    assert came.sha256 == fetching._digest(shop.folder / came.file)
    assert (gone.status, gone.reason, gone.file) == (FAILED, "410 Gone", "")
    assert (busy.status, busy.reason) == (UNREACHED, "503 Service Unavailable")
    assert (nothing.status, nothing.url) == (UNUSABLE, "posters.csv, row 4")
    assert (file.status, file.reason) == (UNUSABLE, "no http or https address")
    assert all(one.when.endswith("Z") for one in (came, gone, busy, nothing))


def many_scans() -> bytes:
    """Return a small progressive JPEG that takes long: its last scan is there 5,000 times."""
    file = io.BytesIO()
    Image.new("L", (64, 64), 90).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * 5000 + b"\xff\xd9"


FAULTS = {
    "many scans": (Answer(many_scans()), "no picture: over the scan limit"),
    "html": (Answer(b"<p>Sorry", type="text/html"), "no picture: text/html"),
    "html as jpeg": (Answer(b"<!doctype html><p>Sorry"), "no picture: not an image"),
    "empty": (Answer(), "no picture: empty file"),
    "broken": (Answer(picture()[:300]), "no picture: truncated"),
    "svg": (Answer(b"<svg/>", type="image/svg+xml"), "no picture: not an image"),
    "bomb": (Answer(fetching._bomb()), "no picture: over the pixel limit"),
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


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif"), ("AVIF", ".avif")])
def test_a_file_is_called_by_what_it_is_not_by_what_it_is_said_to_be(kind: str, suffix: str, shop: Shop) -> None:
    shop.offer("/poster.jpg", Answer(picture(kind=kind), type="application/octet-stream"))
    shop.fetch()
    assert f"poster.jpg{suffix}" in shop.files


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
    assert [row["filename"] for row in read(shop.folder / "metadata.csv")] == ["p.jpg", "gone.jpg", "busy.jpg"]


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
    assert [row["filename"] for row in read(done.metadata)] == ["same.jpg", "other.png", "edited.jpg", "lost.jpg"]


def test_an_address_that_comes_up_twice_is_fetched_once(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()), note="first")
    shop.rows.append({**shop.rows[0], "note": "second", "poster": shop.host.url("/p#there")})
    table(shop.table, shop.rows)
    assert (done := shop.fetch()).offered == 1
    assert shop.host.asked["/p"] == 1
    assert [row["note"] for row in read(done.metadata)] == ["first"]


def test_names_do_not_depend_on_what_comes_first(shop: Shop) -> None:
    for i in range(6):
        shop.offer(f"/{i}", Answer(picture(i), waits=0.25 - 0.05 * i), title="Same", filename="x/../Sa:me.tiff")
    shop.fetch()
    for i in range(6):
        number = f" ({i + 1})" if i else ""
        assert (shop.folder / "x" / "_" / f"Sa_me{number}.jpg").read_bytes() == picture(i)


HOSTILE = st.text(st.characters(exclude_categories=[]), max_size=150) | st.sampled_from(
    [
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "CON",
        "con.jpg",
        "aux",
        " ",
        ".",
        "a" * 300,
        "é" * 200,
        "字" * 150,
        "Alien",
        "ALIEN",
        "alien",
        "a.jpg/b",
        "a",
        "metadata",
        "fetched",
        ".fetch/lock",
        "x.",
        "x ",
        "e\u0301",
        "\u00e9",
    ]
)


@given(st.lists(HOSTILE, max_size=12))
def test_places_are_safe_and_each_its_own(names: list[str]) -> None:
    places = Places(Path("/nowhere"), [])
    given = [places.of(f"http://x/{i}", name) for i, name in enumerate(names)]
    assert len({place.casefold() for place in given}) == len(names)
    assert given == [places.of(f"http://x/{i}", name) for i, name in enumerate(names)]
    for place in given:
        for part in place.split("/"):
            assert part.strip(" .") == part.rstrip(" .") != ""
            assert part == "_" or not part.startswith(".")
            assert not set('<>:"\\|?*\0\n') & set(part)
            assert len(f"{part}.webp".encode()) <= 255
            assert part.partition(".")[0].lower() not in ("con", "aux", "nul", "prn", "com1")


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


def test_corrections_in_the_table_stay(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()), title="Teh Title")
    path = shop.fetch().metadata
    path.write_text(path.read_text().replace(",Teh", ",The"))
    shop.offer("/q", Answer(picture(1)))
    shop.fetch()
    assert [row["title"] for row in read(path)] == ["The Title", "q"]
    shop.fetch()
    assert [row["title"] for row in read(path)] == ["The Title", "q"]
    semicolons = path.read_text().replace(",", ";")
    path.write_text(semicolons)
    shop.offer("/r", Answer(picture(2)))
    shop.fetch()
    assert path.read_text() == semicolons + "r.jpg;r\n"


def test_corrections_of_the_source_arrive_and_a_second_source_adds(shop: Shop, tmp_path: Path) -> None:
    shop.offer("/p", Answer(picture()), title="Teh", filename="p")
    shop.fetch()
    shop.rows[0]["title"] = "The"
    table(shop.table, shop.rows)
    shop.fetch()
    shop.table = tmp_path / "more.csv"
    shop.rows.clear()
    shop.offer("/q", Answer(picture(1)), attribution="them")
    shop.fetch()
    rows = read(shop.folder / "metadata.csv")
    assert {row["filename"]: (row["title"], row["attribution"]) for row in rows} == {
        "q.jpg": ("q", "them"),
        "p.jpg": ("The", ""),
    }


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
    assert len(read(shop.fetch().metadata)) == 5


@pytest.mark.parametrize("host", ["127.0.0.1:80", "[::1]:80", "http://h", "h/x", "", "me:pw@h"])
def test_a_host_to_allow_with_more_than_its_name_is_no_host(host: str, shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    with pytest.raises(OptionError, match=r"is no host: give a name or an IP address, without port or path"):
        shop.fetch(allow_hosts=[host])
    assert not shop.folder.exists()
    assert shop.fetch(allow_hosts=["[::1]", "::1", "127.0.0.1", "nas.local"]).came == 1


def test_two_at_once_are_one_too_many(shop: Shop) -> None:
    from filelock import FileLock

    shop.offer("/p", Answer(picture()))
    shop.fetch()
    with FileLock(shop.folder / ".fetch" / "lock"), pytest.raises(BusyError, match="another fetch is at work"):
        shop.fetch()


def test_nothing_at_all_is_an_error(shop: Shop) -> None:
    shop.offer("/gone", Answer(status=404))
    with pytest.raises(FetchError, match=r"no picture came: 1 404 Not Found; .*fetched\.csv tells all"):
        shop.fetch()
    assert shop.arrival("/gone").status == FAILED
    table(shop.table, [{"title": "x", "poster": shop.host.url("/gone")}, {"title": "y"}])
    with pytest.raises(FetchError):
        shop.fetch()


def test_a_line_that_was_being_written_counts_as_not_there(tmp_path: Path) -> None:
    one = Arrival('a, "b".jpg', FETCHED, "", "http://x/1", 5, "d" * 64, '"e"')
    for length in range(len(table_bytes([one])), len(table_bytes([one, one]))):
        (tmp_path / "fetched.csv").write_bytes(table_bytes([one, one])[:length])
        assert read_arrivals(tmp_path) == {one.url: one}
        with Journal(tmp_path) as journal:
            journal.add(other := Arrival("", FAILED, "two\nlines", "http://x/2"))
        assert list(read_arrivals(tmp_path).values()) == [one, Arrival("", FAILED, "two lines", other.url)]


def test_the_table_of_what_came_is_no_poster(shop: Shop, job: Job) -> None:
    (job.images / "a.png").write_bytes(picture(kind="PNG"))
    (job.images / "fetched.csv").write_text("x")
    assert [file.path for file in list_files(job)] == ["a.png"]


class Flaky:
    """A source that offers one picture, needs a secret, and then fails."""

    notice = ""

    def __init__(self, host: FaultyHost) -> None:
        self.host = host
        self.credentials = [Credentials(host.url(""), {"Authorization": Secret(TOKEN)}, {"api_key": Secret(TOKEN)})]

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
        """Offer what the first page tells."""
        for url in await web.json(self.host.url("/page/1")):
            yield Offered(url, "a", {"title": "A"})
        await asyncio.sleep(0.1)
        await web.text(self.host.url("/page/2"))


def test_what_came_before_a_source_failed_is_kept_and_no_secret_is_told(
    shop: Shop, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    host = shop.host
    echo = Answer(TOKEN.encode(), 401, f"text/{TOKEN}", {"ETag": "x", "WWW-Authenticate": TOKEN})
    pictures = [host.url(path) for path in ("/p", "/denied", "/moved", "/away", "/cut", "/hung")]
    answers = {
        "/page/1": Answer(json.dumps(pictures).encode()),
        "/page/2": echo,
        "/p": Answer(picture()),
        "/denied": echo,
        "/moved": Answer(status=302, headers={"Location": host.url(f"/gone?api_key={TOKEN}")}),
        "/away": Answer(status=302, headers={"Location": f"http://127.0.0.2:1/{TOKEN}?api_key={TOKEN}"}),
        "/cut": Answer(picture()[:99], declared=999),
        "/hung": Answer(hangs_up=True),
    }
    host.answers.update({f"{path}?api_key={TOKEN}": answer for path, answer in answers.items()})
    with pytest.raises(FetchError) as caught:
        mm.fetch(Flaky(host), shop.folder, **QUICK)
    assert caught.value.status == 401
    assert all(request.headers["authorization"] == TOKEN for request in host.requests)
    assert (shop.folder / "a.jpg").read_bytes() == picture()
    assert [row["title"] for row in read(shop.folder / "metadata.csv")] == ["A"]
    assert len(read_arrivals(shop.folder)) == len(pictures)
    import traceback

    told = (
        "".join(traceback.format_exception(caught.value))
        + repr(caught.value)
        + caplog.text
        + "".join(capfd.readouterr())
    )
    assert TOKEN not in told
    for path in shop.folder.rglob("*"):
        assert TOKEN not in path.name
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()


def test_a_table_from_elsewhere_cannot_send_requests_into_a_private_network(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"outside.example": PUBLIC, "router.example": "192.168.0.1"}
    internets = [Internet(names) for _ in range(2)]
    internet = internets[0]
    monkeypatch.setattr(asyncio.events, "new_event_loop", lambda: internets.pop(0))
    shop.host.answers["/p"] = Answer(picture())
    port = shop.host.port
    hosts = ["router.example", "outside.example", "127.0.0.1", "[::1]", "169.254.169.254", "2130706433"]
    table(shop.table, [{"poster": f"http://{host}:{port}/p", "title": host} for host in hosts])
    done = shop.fetch(allow_hosts=[])
    assert (done.came, done.missing) == (1, {"not allowed": 5})
    assert internet.dialled == [PUBLIC]
    told = read_arrivals(shop.folder)[f"http://router.example:{port}/p"].reason
    assert told.endswith("which stands for a private address; if it is yours, --allow-host router.example")
    shop.fetch(allow_hosts=["router.example"], retry_failed=True)
    assert len(read(done.metadata)) == 2


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
        table(shop.table, rows)
        shop.fetch(jobs_per_host=1)
        second = [request.at for request in slow.requests][1]
        assert sum(request.at < second for request in shop.host.requests) == 20


def test_it_works_where_a_loop_runs_already_as_in_jupyter(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))

    async def cell() -> Fetched:
        return shop.fetch()

    assert asyncio.run(cell()).came == 1
    shop.table.write_text("title\nx\n")
    with pytest.raises(MetadataError):
        asyncio.run(cell())


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
    assert [row["title"] for row in read(shop.folder / "metadata.csv")] == ["p"]


def test_without_the_extra_it_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"fetching needs the fetch extra: pip install 'mapmaker\[fetch\]'"):
        shop.fetch()


def test_options_that_make_no_sense_are_one_line(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    for options, said in (
        ({"rtae": 5}, "no option fetch.rtae with 'urls': did you mean 'rate'"),
        ({"limit": 0}, "limit = 0 is below 1"),
        ({"rate": "quick"}, "fetch.rate = 'quick' is not float"),
        ({"max_bytes": "50 apples"}, "fetch.max_bytes = '50 apples' is no size"),
        ({"column": "postre"}, "column = 'postre': the table has no such column; did you mean 'poster'"),
    ):
        with pytest.raises(OptionError, match=said):
            shop.fetch(**options)
    with pytest.raises(OptionError, match="'ulrs' is not known: did you mean 'urls'"):
        mm.fetch("ulrs", shop.folder, table=shop.table)


def test_the_command_says_what_came_and_ends_as_build_does(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    shop.offer("/p", Answer(picture()))
    shop.offer("/gone", Answer(status=404))
    words = ["fetch", "urls", str(shop.table), "--into", str(shop.folder), "--rate", "1000", "--backoff", "0.01"]
    words += ["--allow-host", "127.0.0.1"]
    assert cli.main([*words, "--dry-run"]) == 0
    assert "2 of 2 pictures would be fetched" in capfd.readouterr().out
    assert cli.main(words) == 0
    said = capfd.readouterr()
    assert "1 picture came" in said.out
    assert f"1 404 Not Found: see {shop.folder / 'fetched.csv'}" in said.out
    assert "fetch      1 came, 0 were there, 1 are missing" in said.err
    assert cli.main([*words, "--json", "--quiet"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["there"], told["came"], told["missing"]) == (1, 0, {"404 Not Found": 1})
    (shop.folder / "p.jpg").unlink()
    shop.host.answers["/p"] = Answer(status=404)
    assert cli.main(words) == 2
    assert capfd.readouterr().err.splitlines()[-1].startswith("mapmaker: no picture came: 2 404 Not Found")
    assert cli.main([*words[:2], "nothing.csv", *words[3:]]) == 2
    assert capfd.readouterr().err.startswith("mapmaker: cannot read nothing.csv")


def test_a_source_that_cannot_be_read_leaves_no_tables(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("title\nx\n")
    with pytest.raises(MetadataError, match="no column of http or https addresses; its columns: 'title'"):
        mm.fetch("urls", tmp_path / "posters", table=tmp_path / "t.csv")
    with pytest.raises(InputError):
        mm.fetch("moviegenre", tmp_path / "posters", table=tmp_path / "t.csv")
    assert not (tmp_path / "posters").exists()
    (tmp_path / "posters").mkdir()
    with pytest.raises(MetadataError, match=r"cannot read .*mistyped\.csv"):
        mm.fetch("urls", tmp_path / "posters", table=tmp_path / "mistyped.csv")
    assert list((tmp_path / "posters").iterdir()) == []


def test_a_broken_clock_of_a_host_is_no_reason_to_wait(shop: Shop) -> None:
    late = Answer(status=429, headers={"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})
    shop.offer("/p", lambda request: Answer(picture()) if request.number > 1 else late)
    started = time.monotonic()
    assert shop.fetch().came == 1
    assert time.monotonic() - started < 5
