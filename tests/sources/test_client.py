"""The client, against a server that fails: what comes, and what does not and why."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from faulty_host import Answer, FaultyHost

from mapmaker.errors import FetchError
from mapmaker.sources.client import Client, Saved, Version
from mapmaker.sources.pace import Manners
from tests.sources.visits import QUICK, miss, redirect, visit

FOR_GOOD = {
    "gone": (Answer(status=404), "404 Not Found"),
    "forbidden": (Answer(status=403), "403 Forbidden"),
    "odd": (Answer(status=799), "799 unknown status"),
    "partial": (Answer(b"x", status=206), "206 Partial Content"),
    "unasked": (Answer(status=304), "304 Not Modified"),
    "page": (Answer(b"<p>Sorry", type="text/html; charset=utf-8"), "no picture: text/html"),
    "10 GB": (Answer(declared=10**10), "too large: 10,000,000,000 bytes, limit 200,000"),
    "endless": (Answer(declared=-1, endless=True), "too large: more than 200,000 bytes"),
    "circle": (redirect("/circle"), "redirected in a circle"),
    "file": (redirect("file:///etc/passwd"), "redirected to no http or https address"),
    "script": (redirect("javascript:alert(1)"), "redirected to no http or https address"),
    "password": (redirect("http://me:pass@127.0.0.1/", 301), "redirected to an address with a password"),
    "nowhere": (redirect("http://[::1", 301), "redirected to no web address"),
    "private": (
        redirect("http://10.0.0.1/x"),
        "not allowed: redirected to 10.0.0.1, a private address; if it is yours, --allow-host 10.0.0.1",
    ),
}
"""What a host may answer, and the reason that is told; it is asked once."""
MAY_PASS = {
    "failing": (Answer(status=500), "500 Internal Server Error"),
    "unavailable": (Answer(status=503), "503 Service Unavailable"),
    "hangs up": (Answer(hangs_up=True), "no answer: the connection was closed"),
    "truncated": (Answer(b"x" * 100, declared=200), "broken off"),
    "slow": (Answer(b"x", waits=1.5), "silent for too long"),
}
"""The same of what it is asked again for, as often as it is retried."""


@pytest.mark.parametrize("fault", [*FOR_GOOD, *MAY_PASS])
def test_what_cannot_be_had_has_a_reason_and_is_tried_again_only_if_it_may_pass(fault: str, tmp_path: Path) -> None:
    passing = fault in MAY_PASS
    answer, reason = (MAY_PASS if passing else FOR_GOOD)[fault]
    path = f"/{fault.replace(' ', '-')}"
    with FaultyHost({path: answer}) as host:
        found = miss(host.url(path), tmp_path / "part")
        assert (found.reason, found.passing) == (reason, passing)
        assert host.asked[path] == (1 + QUICK.retries if passing else 1)
    assert not (tmp_path / "part").exists() or (tmp_path / "part").stat().st_size <= QUICK.max_bytes


@pytest.mark.parametrize("fault", [Answer(status=500), Answer(hangs_up=True), Answer(b"x" * 9, declared=99)])
def test_what_passes_comes_in_the_end(fault: Answer, tmp_path: Path) -> None:
    def twice(request: Any) -> Answer:
        return fault if request.number < 3 else Answer(b"whole")

    with FaultyHost({"/p": twice}) as host:
        visit(lambda client: client.save(host.url("/p"), tmp_path / "part"))
        assert (tmp_path / "part").read_bytes() == b"whole"
        assert host.asked["/p"] == 3


def test_a_chain_of_redirects_ends_somewhere(tmp_path: Path) -> None:
    def on(request: Any) -> Answer:
        return redirect(f"/{int(request.path[1:]) + 1}")

    with FaultyHost(otherwise=on) as host:
        assert miss(host.url("/0"), tmp_path / "part").reason == "redirected more than 10 times"
        assert len(host.requests) == 11


def test_drops_that_never_end_are_given_up(tmp_path: Path) -> None:
    with FaultyHost({"/drops": Answer(b"x" * 100, dripping=0.1)}) as host:
        manners = Manners(rate=1000, silence=1, whole=0.5, retries=0)
        assert miss(host.url("/drops"), tmp_path / "part", manners=manners).reason == "took too long"


def test_a_host_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    found = miss("http://nowhere.example/x", tmp_path / "part", manners=Manners(backoff=5))
    assert (found.reason, found.passing) == ("no such host", True)
    assert time.monotonic() - started < 4


def test_a_port_where_nobody_listens_is_told_without_its_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = miss(f"http://127.0.0.1:{port}/x", tmp_path / "part")
    assert (found.reason, found.passing) == ("no connection: connection refused", True)


@pytest.mark.parametrize(
    "url", ["", "poster.jpg", "ftp://example.org/x", "http://", "http://[::1", "http://me:p@127.0.0.1/"]
)
def test_what_is_no_web_address_is_not_asked_for(url: str, tmp_path: Path) -> None:
    found = miss(url, tmp_path / "part")
    assert not found.passing
    with pytest.raises(FetchError) as caught:
        visit(lambda client: client.text(url))
    assert "me:p" not in str(caught.value)


def test_what_is_known_is_asked_about_not_for(tmp_path: Path) -> None:
    def answer(request: Any) -> Answer:
        known = request.headers.get("if-none-match") == '"1"'
        return Answer(status=304) if known else Answer(b"x", headers={"ETag": '"1"', "Last-Modified": "then"})

    async def twice(client: Client) -> tuple[Saved | None, Saved | None]:
        first = await client.save(host.url("/p"), tmp_path / "part")
        assert first is not None
        return first, await client.save(host.url("/p"), tmp_path / "part", first.version)

    with FaultyHost({"/p": answer}) as host:
        (first, again), _ = visit(twice)
        assert first == Saved(Version('"1"', "then"), counted=True)
        assert again is None
        assert host.requests[1].headers["if-modified-since"] == "then"
        assert host.requests[0].headers["user-agent"] == "mapmaker/test"


def test_cookies_are_not_kept(tmp_path: Path) -> None:
    async def twice(client: Client) -> None:
        await client.save(host.url("/a"), tmp_path / "part")
        await client.save(host.url("/b"), tmp_path / "part")

    with FaultyHost(otherwise=lambda _: Answer(b"x", headers={"Set-Cookie": "who=me; Path=/"})) as host:
        visit(twice)
        assert all("cookie" not in request.headers for request in host.requests)
