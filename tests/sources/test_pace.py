"""How often hosts are asked: agreed rates, and pauses that hosts ask for, whoever else waits."""

import asyncio
import math
import time
from itertools import pairwise
from pathlib import Path

import pytest
from faulty_host import Answer, FaultyHost, Request
from yarl import URL

from mapmaker.errors import OptionError
from mapmaker.sources.client import Client
from mapmaker.sources.pace import Manners
from tests.sources.internet import PUBLIC
from tests.sources.visits import visit


def busy_at_first(request: Request) -> Answer:
    """Ask for a second of time, and answer then."""
    return Answer(status=429, headers={"Retry-After": "1"}) if request.number == 1 else Answer(b"x")


def test_a_host_that_asks_for_time_gets_it_for_all_of_its_pictures(tmp_path: Path) -> None:
    async def both(client: Client) -> None:
        busy = asyncio.create_task(client.save(host.url("/busy"), tmp_path / "a"))
        await asyncio.sleep(0.3)
        await asyncio.gather(busy, client.save(host.url("/other"), tmp_path / "b"))

    with FaultyHost({"/busy": busy_at_first, "/other": Answer(b"y")}) as host:
        visit(both)
        first, *others = [request.at for request in host.requests]
        assert len(others) == 2
        assert min(others) - first >= 0.99


def test_requests_that_wait_for_their_turn_see_a_pause_that_begins_meanwhile(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        await asyncio.gather(*(client.save(host.url(f"/{i}"), tmp_path / str(i)) for i in range(4)))

    with FaultyHost({"/0": busy_at_first}, otherwise=lambda _: Answer(b"x")) as host:
        visit(many, Manners(rate=10, backoff=0.01))
        first, *others = [request.at for request in host.requests]
        assert len(others) == 4
        assert min(others) - first >= 0.99


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


def test_no_host_sees_more_requests_than_agreed(tmp_path: Path) -> None:
    async def many(client: Client) -> None:
        await asyncio.gather(*(client.save(host.url(f"/{i}"), tmp_path / str(i)) for i in range(10)))

    with FaultyHost(otherwise=lambda _: Answer(b"x", waits=0.3)) as host:
        visit(many, Manners(rate=20, jobs_per_host=3))
        times = [request.at for request in host.requests]
        assert host.most_at_once == 3
        assert times[-1] - times[0] >= 9 / 20 - 0.02
        host.most_at_once = 0
        visit(many, Manners(rate=20, jobs=2, jobs_per_host=8))
        assert host.most_at_once == 2


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


def test_robots_may_slow_a_host(tmp_path: Path) -> None:
    async def both(client: Client) -> None:
        client.slow(host.url("/robots.txt"), 0.5)
        for name in "ab":
            await client.save(host.url(f"/{name}"), tmp_path / name)

    with FaultyHost(otherwise=lambda _: Answer(b"x")) as host:
        visit(both)
        assert host.requests[1].at - host.requests[0].at >= 0.49


def test_manners_that_make_no_sense_are_refused() -> None:
    for name in ("rate", "jobs", "silence", "max_bytes"):
        with pytest.raises(OptionError, match=f"{name} = 0"):
            Manners(**{name: 0})
    for name in ("rate", "whole", "backoff"):
        with pytest.raises(OptionError, match=f"{name} = inf"):
            Manners(**{name: math.inf})  # type: ignore[arg-type]  # none of these is a whole number
    with pytest.raises(OptionError, match="retries = -1"):
        Manners(retries=-1)
