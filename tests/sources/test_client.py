"""The client, against a server that fails: what comes, what does not and why, and where no request goes."""

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import pytest
from faulty_host import Answer, FaultyHost
from yarl import URL

from mapmaker.errors import FetchError, OptionError
from mapmaker.sources.answers import Missed, seconds_of, text_of
from mapmaker.sources.client import Client, Saved, Version
from mapmaker.sources.guard import is_public
from mapmaker.sources.pace import BLOCKED, BUSY, FAILING, GONE, PAUSES, Manners
from mapmaker.sources.web import Credentials, Secret
from tests.sources.internet import PUBLIC, Names, online

T = TypeVar("T")
TOKEN = Secret("t0p-s3cret")
QUICK = Manners(rate=10_000, backoff=0.01, silence=0.4, connecting=2, max_bytes=200_000)


def visit(
    action: Callable[[Client], Coroutine[Any, Any, T]],
    manners: Manners = QUICK,
    names: Names | None = None,
    **more: Any,
) -> tuple[T, list[str]]:
    """Return what `action` returns of a client, and the addresses that it dialled."""

    async def run() -> T:
        async with Client("mapmaker/test", manners, **{"allowed": ["127.0.0.1"], **more}) as client:
            return await action(client)

    return online(run, names)


def miss(url: str, part: Path, **more: Any) -> Missed:
    """Return why `url` cannot be had."""

    async def save(client: Client) -> None:
        await client.save(url, part)

    with pytest.raises(Missed) as caught:
        visit(save, **more)
    return caught.value


FAULTS: dict[str, tuple[Answer, str, bool, int]] = {
    "gone": (Answer(status=404), "404 Not Found", False, 1),
    "forbidden": (Answer(status=403), "403 Forbidden", False, 1),
    "odd": (Answer(status=799), "799 unknown status", False, 1),
    "failing": (Answer(status=500), "500 Internal Server Error", True, 4),
    "unavailable": (Answer(status=503), "503 Service Unavailable", True, 4),
    "partial": (Answer(b"x", status=206), "206 Partial Content", False, 1),
    "unasked": (Answer(status=304), "304 Not Modified", False, 1),
    "hangs up": (Answer(hangs_up=True), "no answer: the connection was closed", True, 4),
    "truncated": (Answer(b"x" * 100, declared=200), "broken off", True, 4),
    "slow": (Answer(b"x", waits=1.5), "silent for too long", True, 4),
    "page": (Answer(b"<p>Sorry", type="text/html; charset=utf-8"), "no picture: text/html", False, 1),
    "10 GB": (Answer(declared=10**10), "too large: 10,000,000,000 bytes, limit 200,000", False, 1),
    "endless": (Answer(declared=-1, endless=True), "too large: more than 200,000 bytes", False, 1),
    "circle": (Answer(status=302, headers={"Location": "/circle"}), "redirected in a circle", False, 1),
    "file": (
        Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "redirected to no http or https address",
        False,
        1,
    ),
    "script": (
        Answer(status=302, headers={"Location": "javascript:alert(1)"}),
        "redirected to no http or https address",
        False,
        1,
    ),
    "password": (
        Answer(status=301, headers={"Location": "http://me:pass@127.0.0.1/"}),
        "redirected to an address with a password",
        False,
        1,
    ),
    "nowhere": (
        Answer(status=301, headers={"Location": "http://[::1"}),
        "redirected to no web address",
        False,
        1,
    ),
    "private": (
        Answer(status=302, headers={"Location": "http://10.0.0.1/x"}),
        "not allowed: redirected to 10.0.0.1, a private address; if it is yours, --allow-host 10.0.0.1",
        False,
        1,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_had_has_a_reason_and_is_tried_again_only_if_it_may_pass(fault: str, tmp_path: Path) -> None:
    answer, reason, passing, times = FAULTS[fault]
    path = f"/{fault.replace(' ', '-')}"
    with FaultyHost({path: answer}) as host:
        found = miss(host.url(path), tmp_path / "part")
        assert (found.reason, found.passing) == (reason, passing)
        assert host.asked[path] == times
    assert not (tmp_path / "part").exists() or (tmp_path / "part").stat().st_size <= QUICK.max_bytes


def test_a_chain_of_redirects_ends_somewhere(tmp_path: Path) -> None:
    def on(request: Any) -> Answer:
        return Answer(status=302, headers={"Location": f"/{int(request.path[1:]) + 1}"})

    with FaultyHost(otherwise=on) as host:
        assert miss(host.url("/0"), tmp_path / "part").reason == "redirected more than 10 times"
        assert len(host.requests) == 11


def test_drops_that_never_end_are_given_up(tmp_path: Path) -> None:
    with FaultyHost({"/drops": Answer(b"x" * 100, dripping=0.1)}) as host:
        manners = Manners(rate=1000, silence=1, whole=0.5, retries=0)
        assert miss(host.url("/drops"), tmp_path / "part", manners=manners).reason == "took too long"


@pytest.mark.parametrize("fault", [Answer(status=500), Answer(hangs_up=True), Answer(b"x" * 9, declared=99)])
def test_what_passes_comes_in_the_end(fault: Answer, tmp_path: Path) -> None:
    def twice(request: Any) -> Answer:
        return fault if request.number < 3 else Answer(b"whole")

    with FaultyHost({"/p": twice}) as host:
        visit(lambda client: client.save(host.url("/p"), tmp_path / "part"))
        assert (tmp_path / "part").read_bytes() == b"whole"
        assert host.asked["/p"] == 3


def test_a_host_that_asks_for_time_gets_it_for_all_of_its_pictures(tmp_path: Path) -> None:
    def later(request: Any) -> Answer:
        return Answer(status=429, headers={"Retry-After": "1"}) if request.number == 1 else Answer(b"x")

    async def both(client: Client) -> None:
        busy = asyncio.create_task(client.save(host.url("/busy"), tmp_path / "a"))
        await asyncio.sleep(0.3)
        await asyncio.gather(busy, client.save(host.url("/other"), tmp_path / "b"))

    with FaultyHost({"/busy": later, "/other": Answer(b"y")}) as host:
        visit(both)
        first, *others = [request.at for request in host.requests]
        assert len(others) == 2
        assert min(others) - first >= 0.99


def test_requests_that_wait_for_their_turn_see_a_pause_that_begins_meanwhile(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        await asyncio.gather(*(client.save(host.url(f"/{i}"), tmp_path / str(i)) for i in range(4)))

    busy = Answer(status=429, headers={"Retry-After": "1"})
    with FaultyHost({"/0": lambda request: busy if request.number == 1 else Answer(b"x")}) as host:
        host.otherwise = lambda _: Answer(b"x")
        visit(many, Manners(rate=10, backoff=0.01))
        first, *others = [request.at for request in host.requests]
        assert len(others) == 4
        assert min(others) - first >= 0.99


def test_a_host_that_asks_for_too_much_time_is_left_alone(tmp_path: Path) -> None:
    async def both(client: Client) -> list[str]:
        reasons = []
        for path in ("/busy", "/other"):
            with pytest.raises(Missed) as caught:
                await client.save(host.url(path), tmp_path / "part")
            assert caught.value.passing
            reasons.append(caught.value.reason)
        return reasons

    with FaultyHost({"/busy": Answer(status=503, headers={"Retry-After": "7200"}), "/other": Answer(b"y")}) as host:
        reasons, _ = visit(both)
        assert reasons == ["503 Service Unavailable: the host asks to come again in 7,200 s"] * 2
        assert [request.path for request in host.requests] == ["/busy"]


@pytest.mark.parametrize("times", [GONE, FAILING])
def test_a_host_that_is_not_there_or_always_fails_is_given_up(times: int, tmp_path: Path) -> None:
    async def many(client: Client) -> list[str]:
        reasons = []
        for number in range(times + 3):
            with pytest.raises(Missed) as caught:
                await client.save(host.url(f"/{number}", name), tmp_path / "part")
            reasons.append(caught.value.reason)
        return reasons

    name = "nowhere.example" if times == GONE else "127.0.0.1"
    with FaultyHost(otherwise=lambda _: Answer(hangs_up=True)) as host:
        reasons, _ = visit(many, Manners(rate=10_000, retries=0))
        told = {reason for reason in reasons if f"failed {times} times in a row" in reason}
        assert len(told) == 1
        assert reasons.count(*told) == 3
        assert len(host.requests) in (0, FAILING)


def test_a_host_that_sends_elsewhere_is_not_blamed_for_it(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        for number in range(GONE + 3):
            with pytest.raises(Missed):
                await client.save(host.url(f"/{number}", "sends.example"), tmp_path / "part")
        await client.save(host.url("/own", "sends.example"), tmp_path / "part")

    away = Answer(status=302, headers={"Location": "http://nowhere.example/"})
    with FaultyHost({"/own": Answer(b"x")}, otherwise=lambda _: away) as host:
        visit(many, Manners(rate=10_000, retries=0), names={"sends.example": PUBLIC})
        assert host.asked["/own"] == 1


def test_a_rate_holds_while_other_hosts_keep_the_slots(tmp_path: Path) -> None:
    names = dict.fromkeys(["own.example", *(f"slow{n}.example" for n in range(4))], PUBLIC)

    async def many(client: Client) -> None:
        slow = [client.save(host.url("/slow", f"slow{n}.example"), tmp_path / f"s{n}") for n in range(4)]
        waiting = asyncio.gather(*slow)
        await asyncio.sleep(0.2)
        await asyncio.gather(*(client.save(host.url(f"/{i}", "own.example"), tmp_path / str(i)) for i in range(4)))
        await waiting

    with FaultyHost({"/slow": Answer(b"x", waits=1.5)}, otherwise=lambda _: Answer(b"x")) as host:
        visit(many, Manners(rate=5, jobs=4, silence=5), names=names)
        times = [request.at for request in host.requests if request.path != "/slow"]
        assert min(later - first for first, later in pairwise(times)) >= 0.15


def test_a_pause_that_begins_while_the_slots_are_taken_is_kept(tmp_path: Path) -> None:
    names = dict.fromkeys(["own.example", "slow.example"], PUBLIC)

    async def many(client: Client) -> None:
        slow = asyncio.create_task(client.save(host.url("/slow", "slow.example"), tmp_path / "s"))
        await asyncio.sleep(0.1)
        own = asyncio.create_task(client.save(host.url("/own", "own.example"), tmp_path / "o"))
        await asyncio.sleep(0.1)
        client._courier.host(URL(host.url("/own", "own.example"))).pause(2)
        began.append(time.monotonic())
        await asyncio.gather(slow, own)

    began: list[float] = []
    with FaultyHost({"/slow": Answer(b"x", waits=0.8)}, otherwise=lambda _: Answer(b"x")) as host:
        visit(many, Manners(rate=1000, jobs=1, silence=5), names=names)
        assert time.monotonic() - began[0] >= 1.99
        assert [request.path for request in host.requests] == ["/slow", "/own"]


def test_a_host_that_has_too_much_to_do_and_names_no_time_is_asked_less_and_less(tmp_path: Path) -> None:
    async def many(client: Client) -> list[str]:
        async def one(number: int) -> str:
            try:
                await client.save(host.url(f"/{number}"), tmp_path / str(number))
            except Missed as error:
                return error.reason
            return ""

        return list(await asyncio.gather(*(one(number) for number in range(300))))

    with FaultyHost(otherwise=lambda _: Answer(status=429)) as host:
        reasons, _ = visit(many, Manners(rate=10_000, backoff=0.01, longest_wait=0.05))
        assert len(host.requests) <= PAUSES * 4
        told = f"not asked for: the host has too much to do, {PAUSES} pauses were of no use (429 Too Many Requests)"
        assert reasons[-1] == told
    with FaultyHost(otherwise=lambda _: Answer(status=429, headers={"Retry-After": "0"})) as host:
        reasons, _ = visit(many, Manners(rate=10_000, retries=0))
        assert len(host.requests) <= BUSY + 4
        assert reasons[-1] == f"not asked for: the host failed {BUSY} times in a row (429 Too Many Requests)"
    with FaultyHost({"/0": Answer(status=503)}, otherwise=lambda _: Answer(status=503)) as host:
        visit(lambda client: asyncio.wait_for(_missed(client, host), 30), Manners(rate=10_000, backoff=0.2))
        times = [request.at for request in host.requests]
        assert all(
            later - first >= least for (first, later), least in zip(pairwise(times), (0.1, 0.2, 0.4), strict=True)
        )


async def _missed(client: Client, host: FaultyHost) -> None:
    with pytest.raises(Missed):
        await client.save(host.url("/0"), Path("unwritten"))


def test_a_host_that_refuses_everything_is_not_asked_to_the_end(tmp_path: Path) -> None:
    async def many(client: Client) -> list[tuple[str, bool]]:
        found = []
        for number in range(BLOCKED + 5):
            with pytest.raises(Missed) as caught:
                await client.save(host.url(f"/{number}"), tmp_path / "part")
            found.append((caught.value.reason, caught.value.passing))
        return found

    with FaultyHost(otherwise=lambda _: Answer(status=403)) as host:
        found, _ = visit(many)
        assert len(host.requests) == BLOCKED
        assert found[0] == ("403 Forbidden", False)
        assert found[-1] == (f"not asked for: the host failed {BLOCKED} times in a row (403 Forbidden)", True)


def test_pictures_that_are_refused_among_others_close_no_host(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        for number in range(2 * BLOCKED):
            with contextlib.suppress(Missed):
                await client.save(host.url(f"/{number}"), tmp_path / "part")

    with FaultyHost({"/20": Answer(b"x")}, otherwise=lambda _: Answer(status=403)) as host:
        host.answers["/60"] = Answer(status=404)
        visit(many)
        assert len(host.requests) == 2 * BLOCKED


def test_a_host_is_one_whatever_its_port_and_spelling(tmp_path: Path) -> None:
    async def both(client: Client) -> None:
        await asyncio.gather(
            client.save(host.url("/a", "own.example"), tmp_path / "a"),
            client.save(other.url("/b", "OWN.example"), tmp_path / "b"),
            client.save(host.url("/c", "own.example."), tmp_path / "c"),
        )

    with FaultyHost(otherwise=lambda _: Answer(b"x")) as host, FaultyHost(otherwise=lambda _: Answer(b"x")) as other:
        visit(both, Manners(rate=2), names=dict.fromkeys(["own.example", "own.example."], PUBLIC))
        times = sorted(request.at for request in [*host.requests, *other.requests])
        assert len(times) == 3
        assert min(later - first for first, later in pairwise(times)) >= 0.48


def test_a_robots_txt_that_wants_a_day_between_requests_leaves_its_host_for_another_run(tmp_path: Path) -> None:
    async def one(client: Client) -> Missed:
        client.slow(host.url("/robots.txt"), 86400)
        with pytest.raises(Missed) as caught:
            await client.save(host.url("/a"), tmp_path / "a")
        return caught.value

    with FaultyHost(otherwise=lambda _: Answer(b"x")) as host:
        found, _ = visit(one)
        told = "not asked for: robots.txt wants 86,400 s between requests, over --longest-wait"
        assert (found.reason, found.passing, host.requests) == (told, True, [])
        visit(lambda client: client.save(host.url("/a"), tmp_path / "a"), Manners(longest_wait=90_000))


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_of("120", now) == 120
    assert seconds_of("Thu, 01 Jan 2026 00:01:30 GMT", now) == 90
    assert seconds_of("Thu, 01 Jan 2025 00:01:30 GMT", now) == 0
    assert seconds_of("9" * 10, now) == 9_999_999_999
    assert seconds_of("9" * 400, now) == 1e10
    for nothing in (
        "",
        "soon",
        "-5",
        "1e9",
        "Thu, 01 Jan 99999999999999 00:00:00 GMT",
        "Thu, 99 Jan 2025 00:00:00 GMT",
    ):
        assert seconds_of(nothing, now) is None


def test_no_host_sees_more_requests_than_agreed(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        await asyncio.gather(*(client.save(host.url(f"/{i}"), tmp_path / str(i)) for i in range(10)))

    with FaultyHost(otherwise=lambda _: Answer(b"x", waits=0.3)) as host:
        visit(many, Manners(rate=20, jobs_per_host=3))
        times = [request.at for request in host.requests]
        assert host.most_at_once == 3
        assert times[-1] - times[0] >= 9 / 20 - 0.02
        host.requests.clear()
        visit(many, Manners(rate=20, jobs=2, jobs_per_host=8))
        assert host.most_at_once <= 3


def test_robots_may_slow_a_host(tmp_path: Path) -> None:
    async def both(client: Client) -> None:
        client.slow(host.url("/robots.txt"), 0.5)
        for name in "ab":
            await client.save(host.url(f"/{name}"), tmp_path / name)

    with FaultyHost(otherwise=lambda _: Answer(b"x")) as host:
        visit(both)
        assert host.requests[1].at - host.requests[0].at >= 0.49


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


PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
]


def test_public_addresses_are_told_from_all_others() -> None:
    assert [address for address in PRIVATE if is_public(address)] == []
    public = [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
    assert [address for address in public if not is_public(address)] == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_means_a_private_address_is_not_connected_to(address: str, tmp_path: Path) -> None:
    with FaultyHost({"/p": Answer(status=302, headers={"Location": "http://inside.example/x"})}) as host:
        names = {"outside.example": PUBLIC, "inside.example": address}

        async def save(client: Client) -> str:
            with pytest.raises(Missed) as caught:
                await client.save(host.url("/p", "outside.example"), tmp_path / "part")
            return caught.value.reason

        reason, dialled = visit(save, names=names)
        assert "inside.example, which stands for a private address" in reason
        assert dialled == [PUBLIC]


@pytest.mark.parametrize(
    "literal",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.1",
        "0x7f000001",
        "127.0.0.1.",
    ],
)
def test_a_private_address_by_number_is_not_connected_to_from_a_public_one(literal: str, tmp_path: Path) -> None:
    with FaultyHost() as host:
        host.answers["/p"] = Answer(status=302, headers={"Location": f"http://{literal}:{host.port}/inside"})
        names = {"outside.example": PUBLIC, "0x7f.1": "127.0.0.1", "0x7f000001": "127.0.0.1", "127.0.0.1.": "127.0.0.1"}

        async def save(client: Client) -> None:
            with pytest.raises(Missed):
                await client.save(host.url("/p", "outside.example"), tmp_path / "part")

        _, dialled = visit(save, names=names, allowed=())
        assert dialled == [PUBLIC]
        assert host.asked["/inside"] == 0


def test_a_name_that_is_public_first_and_private_then_is_not_connected_to(tmp_path: Path) -> None:
    addresses = [PUBLIC, PUBLIC, "127.0.0.1", "127.0.0.1", "127.0.0.1"]
    names = {"turns.example": lambda: addresses.pop(0)}

    async def twice(client: Client) -> str:
        await client.save(host.url("/p", "turns.example"), tmp_path / "part")
        while len(addresses) > 3:
            addresses.pop(0)
        client._courier._session.connector.clear_dns_cache()  # type: ignore[union-attr]  # ten seconds pass
        with pytest.raises(Missed) as caught:
            await client.save(host.url("/p", "turns.example"), tmp_path / "part")
        return caught.value.reason

    with FaultyHost({"/p": Answer(b"x", headers={"Connection": "close"}, declared=-1)}) as host:
        reason, dialled = visit(twice, names=names)
        told = "turns.example, which stands for a private address; if it is yours, --allow-host turns.example"
        assert reason == f"not allowed: {told}"
        assert dialled == [PUBLIC]


def test_a_collection_on_an_intranet_may_be_fetched_and_no_other_host_of_it(tmp_path: Path) -> None:
    names = {"own.internal": "10.0.0.5", "other.internal": "10.0.0.6", "outside.example": PUBLIC}

    async def all_of_them(client: Client) -> list[str]:
        client.vouch(host.url("/p", "own.internal"))
        reasons = []
        for name in ("own.internal", "other.internal", "outside.example"):
            try:
                await client.save(host.url("/p", name), tmp_path / "part")
                reasons.append("")
            except Missed as error:
                reasons.append(error.reason)
        with pytest.raises(Missed) as caught:  # a public host sends back to it
            await client.save(host.url("/back", "outside.example"), tmp_path / "part")
        return [*reasons, caught.value.reason]

    with FaultyHost({"/p": Answer(b"x")}) as host:
        host.answers["/back"] = Answer(status=302, headers={"Location": host.url("/p", "own.internal")})
        own, other, outside, back = visit(all_of_them, names=names)[0]
        assert (own, outside) == ("", "")
        told = "which stands for a private address; if it is yours, --allow-host other.internal"
        assert other == f"not allowed: other.internal, {told}"
        told = "a private address; if it is yours, --allow-host own.internal"
        assert back == f"not allowed: redirected to own.internal, {told}"
        assert visit(all_of_them, names=names, allowed=["other.internal"])[0][:3] == ["", "", ""]


def test_credentials_go_to_their_origin_alone(tmp_path: Path) -> None:
    names = {"api.example": PUBLIC, "cdn.example": PUBLIC}
    with FaultyHost() as host:
        credentials = Credentials(host.url("", "api.example"), {"Authorization": TOKEN}, {"api_key": TOKEN})
        host.answers[f"/a?api_key={TOKEN.value}"] = Answer(
            status=302, headers={"Location": host.url(f"/b?api_key={TOKEN.value}&x=1", "cdn.example")}
        )
        host.answers["/b?x=1"] = Answer(b"{}")

        async def ask(client: Client) -> Any:
            return await client.json(host.url("/a", "api.example"))

        assert visit(ask, names=names, credentials=[credentials])[0] == {}
        first, then = host.requests
        assert first.headers["authorization"] == TOKEN.value
        assert TOKEN.value not in repr(then)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("wrapped", [0, 1, 3])
def test_a_redirect_with_a_secret_anywhere_in_it_is_not_followed(header: bool, wrapped: int) -> None:
    names = {"api.example": PUBLIC, "cdn.example": PUBLIC}
    token = Secret("t0p/s3cret+x")
    inner = f"/a?api_key={token.value}"
    for _ in range(wrapped):
        inner = quote(inner, safe="")
    with FaultyHost(otherwise=lambda _: Answer(b"{}")) as other:

        def on(_: Any) -> Answer:
            return Answer(status=302, headers={"Location": other.url(f"/login?next={inner}", "cdn.example")})

        with FaultyHost(otherwise=on) as host:
            kept = {"Authorization": Secret(f"Bearer {token.value}")} if header else {}
            credentials = Credentials(host.url("", "api.example"), kept, {} if header else {"api_key": token})

            async def ask(client: Client) -> str:
                with pytest.raises(FetchError) as caught:
                    await client.json(host.url("/a", "api.example"))
                return str(caught.value)

            told, _ = visit(ask, names=names, credentials=[credentials])
        assert other.requests == []
        assert told.endswith("redirected to an address with a secret in it")
        assert token.value not in unquote(told)


def test_errors_of_pages_tell_address_and_status_and_no_secret() -> None:
    with FaultyHost({f"/json?api_key={TOKEN.value}": Answer(b"<html>")}) as host:
        credentials = Credentials(host.url(""), parameters={"api_key": TOKEN})

        async def ask(client: Client) -> list[FetchError]:
            errors = []
            for path in ("/json", "/gone"):
                with pytest.raises(FetchError) as caught:
                    await client.json(host.url(path))
                errors.append(caught.value)
            return errors

        (no_json, gone), _ = visit(ask, credentials=[credentials])
        assert str(no_json) == f"{host.url('/json')} is no JSON"
        assert (str(gone), gone.status) == (f"cannot get {host.url('/gone')}: 404 Not Found", 404)
    assert TOKEN.value not in f"{TOKEN} {TOKEN!r} {credentials!r} {no_json!r} {gone!r}"


@pytest.mark.parametrize(
    "url", ["", "poster.jpg", "ftp://example.org/x", "http://", "http://[::1", "http://me:p@127.0.0.1/"]
)
def test_what_is_no_web_address_is_not_asked_for(url: str, tmp_path: Path) -> None:
    found = miss(url, tmp_path / "part")
    assert not found.passing
    with pytest.raises(FetchError) as caught:
        visit(lambda client: client.text(url))
    assert "me:p" not in str(caught.value)


def test_pages_are_decoded_as_they_say() -> None:
    word = "Amélie"
    assert text_of(word.encode(), None) == word
    assert text_of(word.encode("utf-8-sig"), None) == word
    assert text_of(word.encode("utf-16"), None) == word
    assert text_of(word.encode("latin-1"), "iso-8859-1") == word
    assert text_of(b'<meta charset="iso-8859-2">' + word.encode("iso-8859-2"), None).endswith(word)
    assert text_of(word.encode("cp1252"), None) == word
    odd = ["no-such-charset", "undefined", "punycode", "idna", "a\0b", "x" * 5000, "../x", "unicode_escape", "base64"]
    for charset in odd:
        assert text_of(word.encode("cp1252"), charset) == word
        assert text_of(word.encode(), charset) == word


def test_manners_that_make_no_sense_are_refused() -> None:
    for name in ("rate", "jobs", "silence", "max_bytes"):
        with pytest.raises(OptionError, match=f"{name} = 0"):
            Manners(**{name: 0})
    for name in ("rate", "whole", "backoff"):
        with pytest.raises(OptionError, match=f"{name} = inf"):
            Manners(**{name: math.inf})  # type: ignore[arg-type]  # none of these is a whole number
    with pytest.raises(OptionError, match="retries = -1"):
        Manners(retries=-1)


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
