"""Hosts that are left alone, for good or for this run: those that fail, refuse, or want too much time."""

import asyncio
import contextlib
from itertools import pairwise
from pathlib import Path

import pytest
from faulty_host import Answer, FaultyHost

from mapmaker.sources.answers import Missed
from mapmaker.sources.client import Client
from mapmaker.sources.pace import BLOCKED, BUSY, FAILING, GONE, PAUSES, Manners
from tests.sources.internet import PUBLIC
from tests.sources.visits import missed, redirect, visit


def test_a_host_that_asks_for_too_much_time_is_left_alone(tmp_path: Path) -> None:
    async def both(client: Client) -> list[Missed]:
        return [await missed(client, host.url(path), tmp_path / "part") for path in ("/busy", "/other")]

    with FaultyHost({"/busy": Answer(status=503, headers={"Retry-After": "7200"}), "/other": Answer(b"y")}) as host:
        found, _ = visit(both)
        told = "503 Service Unavailable: the host asks to come again in 7,200 s"
        assert [(one.reason, one.passing) for one in found] == [(told, True)] * 2
        assert [request.path for request in host.requests] == ["/busy"]


def test_a_robots_txt_that_wants_a_day_between_requests_leaves_its_host_for_another_run(tmp_path: Path) -> None:
    async def one(client: Client) -> Missed:
        client.slow(host.url("/robots.txt"), 86400)
        return await missed(client, host.url("/a"), tmp_path / "a")

    with FaultyHost(otherwise=lambda _: Answer(b"x")) as host:
        found, _ = visit(one)
        told = "not asked for: robots.txt wants 86,400 s between requests, over --longest-wait"
        assert (found.reason, found.passing, host.requests) == (told, True, [])
        visit(lambda client: client.save(host.url("/a"), tmp_path / "a"), Manners(longest_wait=90_000))


@pytest.mark.parametrize("times", [GONE, FAILING])
def test_a_host_that_is_not_there_or_always_fails_is_given_up(times: int, tmp_path: Path) -> None:
    async def many(client: Client) -> list[str]:
        urls = [host.url(f"/{number}", name) for number in range(times + 3)]
        return [(await missed(client, url, tmp_path / "part")).reason for url in urls]

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
            await missed(client, host.url(f"/{number}", "sends.example"), tmp_path / "part")
        await client.save(host.url("/own", "sends.example"), tmp_path / "part")

    with FaultyHost({"/own": Answer(b"x")}, otherwise=lambda _: redirect("http://nowhere.example/")) as host:
        visit(many, Manners(rate=10_000, retries=0), names={"sends.example": PUBLIC})
        assert host.asked["/own"] == 1


def test_a_host_that_has_too_much_to_do_and_names_no_time_is_asked_less_and_less(tmp_path: Path) -> None:
    async def many(client: Client) -> list[str]:
        asked = (missed(client, host.url(f"/{number}"), tmp_path / str(number)) for number in range(300))
        return [one.reason for one in await asyncio.gather(*asked)]

    async def alone(client: Client) -> None:
        await asyncio.wait_for(missed(client, host.url("/0"), tmp_path / "part"), 30)

    with FaultyHost(otherwise=lambda _: Answer(status=429)) as host:
        reasons, _ = visit(many, Manners(rate=10_000, backoff=0.01, longest_wait=0.05))
        assert len(host.requests) <= PAUSES * 4
        told = f"not asked for: the host has too much to do, {PAUSES} pauses were of no use (429 Too Many Requests)"
        assert reasons[-1] == told
    with FaultyHost(otherwise=lambda _: Answer(status=429, headers={"Retry-After": "0"})) as host:
        reasons, _ = visit(many, Manners(rate=10_000, retries=0))
        assert len(host.requests) <= BUSY + 4
        assert reasons[-1] == f"not asked for: the host failed {BUSY} times in a row (429 Too Many Requests)"
    with FaultyHost({"/0": Answer(status=503)}) as host:
        visit(alone, Manners(rate=10_000, backoff=0.2))
        waits = [later.at - first.at for first, later in pairwise(host.requests)]
        assert all(wait >= least for wait, least in zip(waits, (0.1, 0.2, 0.4), strict=True))


def test_a_host_that_refuses_everything_is_not_asked_to_the_end(tmp_path: Path) -> None:
    async def many(client: Client) -> list[tuple[str, bool]]:
        urls = [host.url(f"/{number}") for number in range(BLOCKED + 5)]
        found = [await missed(client, url, tmp_path / "part") for url in urls]
        return [(one.reason, one.passing) for one in found]

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
