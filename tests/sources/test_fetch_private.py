"""What a fetch keeps to itself: passwords and tokens are told nowhere, and no table leads into a private network."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from faulty_host import Answer, FaultyHost

import mapmaker as mm
from mapmaker import cli
from mapmaker.errors import FetchError
from mapmaker.fetched import read_arrivals
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Secret, Web
from tests.sources.internet import PUBLIC, Internet
from tests.sources.shop import QUICK, Shop, picture, read_csv, write_csv

TOKEN = "t0p-s3cret"


@pytest.mark.parametrize("user", ["me:hunter2", "hunter2", "me:hunter2:@x", "me: hunter2"])
def test_a_password_in_an_address_is_told_nowhere(
    user: str, shop: Shop, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = f"http://{user}@pages.example/x"
    shop.offer("/p", Answer(picture()), link=page)
    shop.add({"title": "x", "poster": shop.host.url("/q").replace("//", f"//{user}@")})
    done = shop.fetch()
    assert (done.came, done.missing) == (1, {"an address with a password": 1})
    assert shop.host.asked["/q"] == 0
    assert read_csv(done.metadata)[0]["url"] == "http://(secret)@pages.example/x"
    cli.main(["fetch", "urls", str(shop.table), "--into", str(shop.folder), "--json"])
    said = capfd.readouterr()
    told = [path for path in shop.folder.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert (told, "hunter2" in said.out + said.err) == ([], False)
    assert read_csv(done.manifest)[1]["url"].startswith("http://(secret)@127.0.0.1")


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
    assert [row["title"] for row in read_csv(shop.folder / "metadata.csv")] == ["A"]
    assert len(read_arrivals(shop.folder)) == len(pictures)
    error = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in f"{error} {caught.value!r} {caplog.text} {''.join(capfd.readouterr())}"
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
    write_csv(shop.table, [{"poster": f"http://{host}:{port}/p", "title": host} for host in hosts])
    done = shop.fetch(allow_hosts=[])
    assert (done.came, done.missing) == (1, {"not allowed": 5})
    assert internet.dialled == [PUBLIC]
    told = read_arrivals(shop.folder)[f"http://router.example:{port}/p"].reason
    assert told.endswith("which stands for a private address; if it is yours, --allow-host router.example")
    shop.fetch(allow_hosts=["router.example"], retry_failed=True)
    assert len(read_csv(done.metadata)) == 2
