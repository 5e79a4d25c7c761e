"""What takes long has threads of its own: it keeps nobody else waiting, and not too many wait for it."""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mapmaker.errors import ModelError, OptionError
from mapmaker.finished import Held
from mapmaker.search.seeing import Seer
from mapmaker.server.search.lanes import Crowded, Lane, Room
from tests.search.conftest import Searched

from .conftest import Served, serving
from .test_search_api import png


def test_beyond_its_room_a_lane_takes_nobody_and_then_again() -> None:
    async def crowd() -> None:
        lane, gate = Lane("looking", 1, 2, 20), threading.Event()
        waiting = [asyncio.create_task(lane.run(gate.wait, 20)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Crowded, match="too many wait for looking"):
            await lane.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*waiting) == [True] * 3
        assert await lane.run(len, "again") == 5
        lane.close()

    asyncio.run(crowd())


def test_who_has_waited_too_long_is_told_and_the_thread_counts_until_it_is_free() -> None:
    async def wait() -> None:
        lane, gate = Lane("looking", 1, 0, 0.05), threading.Event()
        with pytest.raises(Crowded, match=r"longer than 0\.05 seconds"):
            await lane.run(gate.wait, 20)
        with pytest.raises(Crowded, match="too many"):
            await lane.run(len, "x")
        gate.set()
        while lane._inside:
            await asyncio.sleep(0.01)
        assert await lane.run(len, "x") == 1
        lane.close()

    asyncio.run(wait())


def test_a_network_at_work_keeps_no_poster_waiting_and_the_tenth_picture_comes_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, seen = threading.Event(), Seer.features

    def slow(self: Seer, picture: Any) -> Any:
        assert gate.wait(60)
        return seen(self, picture)

    monkeypatch.setattr(Seer, "features", slow)
    id_ = served.searched.id("p03.png")
    with ThreadPoolExecutor(9) as threads:
        looking = [threads.submit(served.picture, png(seed)) for seed in range(100, 109)]
        try:
            while served.server.endpoints.holding.looking._inside < 9:
                time.sleep(0.01)
            began = time.monotonic()
            for _ in range(20):
                assert served.ask(f"/v1/posters/{id_}/similar").status == 200
            assert time.monotonic() - began < 10  # the network would have taken for ever
            refused = served.picture(png(110))
            assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
            assert "too many wait for the network" in refused.error
        finally:
            gate.set()
        assert [one.result().status for one in looking] == [200] * 9


def test_a_map_whose_extractor_is_not_to_be_had_still_answers_for_posters(
    searched: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: Any) -> Any:
        raise ModelError("no file net.keras, which KerasModel is read from; give it with --network FILE")

    monkeypatch.setattr("mapmaker.server.search.holding.make_seer", lacking)
    with serving(searched) as server:
        told = server.ready().ask("/v1/about").value
        assert (told["pictures"], "--network" in told["why"]) == ("none", True)
        answer = server.picture(png())
        assert answer.status == 501
        assert "--network" in answer.error
        assert server.ask(f"/v1/posters/{searched.id('p03.png')}/similar").status == 200
        assert server.picture((searched.posters / "p03.png").read_bytes()).status == 200


def test_a_map_that_is_built_anew_is_served_when_it_is_finished_and_the_old_one_until_then(own: Searched) -> None:
    with serving(own) as server:
        gone, kept = own.id("p07.png"), own.id("p03.png")
        (own.posters / "p07.png").unlink()
        record = own.work / "compose.record.json"
        whole = record.read_bytes()
        record.write_bytes(b"{}")  # as while a build is at work
        assert server.ask(f"/v1/posters/{gone}/similar").status == 200
        record.write_bytes(whole)
        own.build()
        deadline = time.monotonic() + 30
        while server.ask(f"/v1/posters/{gone}/similar").status != 404:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        found = server.ask(f"/v1/posters/{kept}/similar?k=32").value["found"]
        assert gone not in {one["id"] for one in found}
        assert server.ask("/v1/map").value["ids"] == [id_ for id_ in own.images().id if id_ != gone]


def test_during_a_build_pictures_are_seen_as_for_the_map_that_is_shown(
    own: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(own) as server:
        server.ready()
        holding = server.server.endpoints.holding
        (own.work / "features.record.json").write_bytes(b"{}")  # as while a build is at work
        monkeypatch.setattr(Held, "digest", lambda *_: pytest.fail("a file of the map was looked for again"))
        holding._seer = None
        holding._look_at = time.monotonic() + 60
        assert server.picture(png()).status == 200
        assert server.ask(f"/v1/posters/{own.id('p03.png')}/similar?k=33").status == 200


def test_what_is_sent_at_once_is_limited_and_what_is_asked_by_id_is_not(own: Searched) -> None:
    with serving(own) as server:
        server.ready().server.endpoints.sending = Room("sending", 100_000)
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            head = f"POST /v1/similar HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Type: image/png\r\n"
            connection.sendall(f"{head}Content-Length: 99000\r\n\r\n\x89PNG".encode())
            deadline = time.monotonic() + 30
            while (refused := server.picture(png())).status != 503:
                assert time.monotonic() < deadline
            assert refused.headers["Retry-After"] == "5"
            assert "too many are sending" in refused.error
            assert server.ask(f"/v1/posters/{own.id('p03.png')}/similar").status == 200
        while server.picture(png()).status != 200:
            assert time.monotonic() < deadline


@pytest.mark.parametrize("chunked", [False, True])
def test_json_is_not_read_beyond_what_takes_a_moment(served: Served, chunked: bool) -> None:
    content = b'{"queries": [' + b'"Alien", ' * 200_000
    sent: Any = iter([content]) if chunked else content
    answer = served.ask("/v1/mix", sent, {"Content-Type": "application/json"})
    assert answer.status == 413
    assert "1 MiB" in answer.error


def test_recommending_keeps_no_search_waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*_: Any) -> Any:
        gate.wait(60)
        raise OptionError("enough")

    monkeypatch.setattr("mapmaker.server.search.endpoints.recommend", slow)
    history = {"history": [{"poster": "Alien"}]}
    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(served.send, "/v1/recommend", history) for _ in range(3)]
        try:
            while served.server.endpoints.recommending._inside < 3:
                time.sleep(0.01)
            assert served.send("/v1/similar", {"query": "amelie"}).status == 200
        finally:
            gate.set()
        assert [one.result().status for one in asked] == [422] * 3
