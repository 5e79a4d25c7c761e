"""An index in Milvus Lite: what it finds, whose it is, and what becomes of one that a kill cut short."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker.errors import MilvusError, MissingExtra, OptionError
from mapmaker.search import ask, milvus
from tests.extras import need

from .conftest import Searched

if importlib.util.find_spec("pymilvus"):
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # else clients of these tests tell later ones of their pings
    import pymilvus


KILLED = """
import os, signal, sys
import pymilvus
from mapmaker.search import ask, milvus
work, place, id_, method, calls = sys.argv[1:]
milvus.BATCH = 10
plain, left = getattr(pymilvus.MilvusClient, method), int(calls)

def killing(*told, **more):
    global left
    left -= 1
    if left:
        return plain(*told, **more)
    plain(*told, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(pymilvus.MilvusClient, method, killing)
ask(work, [id_], index=f"milvus:{place}")
"""
"""Asks Milvus, and is killed when a method of its client has been called so often."""
ASKING = """
import sys
from mapmaker.search import ask
try:
    print(ask(sys.argv[1], [sys.argv[2]], index=f"milvus:{sys.argv[3]}").seen[0].by)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("pymilvus", "milvus")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where Milvus Lite may keep a folder."""
    return tmp_path / "posters.db"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a Milvus server: Milvus Lite's, which speaks to the same client over the same wire."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    running, database, port = start_server_in_thread(data_dir=str(tmp_path / "server.db"), host="127.0.0.1", port=0)
    yield f"http://127.0.0.1:{port}"
    running.stop(grace=0)
    database.close()


def python(program: str, *told: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, told)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=120)


def collections(place: str | Path) -> list[str]:
    return sorted(pymilvus.MilvusClient(str(place)).list_collections())


def foreign(place: Path, name: str) -> Any:
    """Make a collection that is somebody else's."""
    client = pymilvus.MilvusClient(str(place))
    client.create_collection(name, dimension=4)
    client.insert(name, [{"id": 1, "vector": [1, 2, 3, 4]}])
    return client


def test_milvus_tells_what_looking_at_all_tells(own: Searched, place: Path) -> None:
    for query in ("p05.png", "p17.png"):
        exact = ask(own.work, [own.id(query)], index="exact").seen[0]
        answer = ask(own.work, [own.id(query)], index=f"milvus:{place}")
        assert answer.seen[0].by == "milvus"
        assert answer.seen[0].found == exact.found
        assert answer.notes == ["of the nearest, the index finds 100.0%"]


def test_a_server_is_asked_by_its_address(own: Searched, server: str) -> None:
    expected = mm.similar(own.work, own.id("p05.png"), index="exact")
    assert mm.similar(own.work, own.id("p05.png"), index=f"milvus:{server}") == expected
    (name,) = collections(server)
    assert name.startswith("mapmaker_")


def test_a_token_is_the_environments_goes_to_servers_alone_and_into_no_file(
    own: Searched, server: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    given, plain = [], pymilvus.MilvusClient

    class Client(plain):  # type: ignore[misc, valid-type]  # of a package without types
        def __init__(self, uri: str, token: str, **more: Any) -> None:
            given.append(token)
            super().__init__(uri, token=token, **more)

    monkeypatch.setattr(pymilvus, "MilvusClient", Client)
    monkeypatch.setenv(milvus.TOKEN, "somebody:secret")
    for where in (server, place):
        ask(own.work, [own.id("p05.png")], index=f"milvus:{where}")
    assert given == ["somebody:secret", ""]
    kept = [file for file in own.work.rglob("*") if file.is_file()]
    assert not any(b"secret" in file.read_bytes() for file in kept)
    with pytest.raises(MilvusError) as caught:
        ask(own.work, [own.id("p05.png")], index="milvus:http://127.0.0.1:1")
    assert "secret" not in str(caught.value) + "".join(capfd.readouterr())


def test_with_a_condition_all_that_fulfil_it_are_looked_at(own: Searched, place: Path) -> None:
    answer, exact = (
        ask(own.work, [own.id("p05.png")], k=3, index=index, where="year >= 1980")
        for index in (f"milvus:{place}", "exact")
    )
    assert answer.seen == exact.seen
    assert answer.notes == ["all posters that fulfil the condition are looked at, without Milvus"]
    assert not place.exists()


def test_a_collection_is_kept_and_goes_when_the_map_is_another(
    own: Searched, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
    theirs = foreign(place, "theirs")
    first = collections(place)
    with monkeypatch.context() as patch:
        patch.setattr(pymilvus.MilvusClient, "upsert", None)
        patch.setattr(milvus, "recall", None)
        assert ask(own.work, [own.id("p06.png")], index=f"milvus:{place}").seen[0].by == "milvus"
    (own.posters / "p00.png").unlink()
    own.build()
    after = ask(own.work, [own.id("p06.png")], index=f"milvus:{place}", k=31).seen[0].found
    assert after == ask(own.work, [own.id("p06.png")], index="exact", k=31).seen[0].found
    second = collections(place)
    assert len(second) == len(first) == 2
    assert second != first
    assert theirs.get_collection_stats("theirs") == {"row_count": 1}


def test_one_of_the_same_name_that_is_not_ours_is_refused_and_left(own: Searched, place: Path) -> None:
    ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
    (name,) = collections(place)
    for taken in (name, f"{name}_building"):
        client = pymilvus.MilvusClient(str(place))
        for each in collections(place):
            client.drop_collection(each)
        foreign(place, taken)
        with pytest.raises(MilvusError, match=f"has a collection {taken} that mapmaker did not make"):
            ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
        assert client.get_collection_stats(taken) == {"row_count": 1}


def test_one_from_which_posters_were_taken_is_made_anew(own: Searched, place: Path) -> None:
    expected = mm.similar(own.work, own.id("p06.png"), index=f"milvus:{place}", k=20)
    (name,) = collections(place)
    pymilvus.MilvusClient(str(place)).delete(name, ids=list(range(20)))
    assert mm.similar(own.work, own.id("p06.png"), index=f"milvus:{place}", k=20) == expected


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize(
    ("method", "calls"),
    [("create_collection", 1), ("upsert", 1), ("upsert", 3), ("flush", 1), ("rename_collection", 1), ("search", 1)],
)
def test_killed_while_it_is_built_the_next_start_works(own: Searched, place: Path, method: str, calls: int) -> None:
    killed = python(KILLED, own.work, place, own.id("p05.png"), method, calls)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    answer = ask(own.work, [own.id("p05.png")], index=f"milvus:{place}", k=20)
    assert answer.seen[0].found == ask(own.work, [own.id("p05.png")], index="exact", k=20).seen[0].found
    assert answer.notes == ["of the nearest, the index finds 100.0%"]
    (name,) = collections(place)
    assert not name.endswith("_building")


def test_one_that_another_process_has_finished_meanwhile_is_taken(
    own: Searched, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = pymilvus.MilvusClient.rename_collection

    def twice(client: Any, old: str, new: str) -> None:
        plain(client, old, new)
        plain(client, old, new)

    monkeypatch.setattr(pymilvus.MilvusClient, "rename_collection", twice)
    exact = mm.similar(own.work, own.id("p05.png"), index="exact")
    assert mm.similar(own.work, own.id("p05.png"), index=f"milvus:{place}") == exact
    monkeypatch.setattr(pymilvus.MilvusClient, "rename_collection", lambda client, old, new: plain(client, "none", new))
    with pytest.raises(MilvusError, match="none"):
        mm.similar(own.work, own.id("p05.png"), index=f"milvus:{place.with_name('other.db')}")


def test_what_a_kill_left_goes_when_the_map_is_another(own: Searched, place: Path) -> None:
    python(KILLED, own.work, place, own.id("p05.png"), "upsert", 2)
    (left,) = collections(place)
    assert left.endswith("_building")
    (own.posters / "p00.png").unlink()
    own.build()
    ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
    (name,) = collections(place)
    assert name not in (left, left.removesuffix("_building"))


def test_a_folder_that_another_process_has_open_is_told(own: Searched, place: Path) -> None:
    ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
    said = python(ASKING, own.work, own.id("p06.png"), place)
    assert said.stdout.startswith("MilvusError Milvus at ")
    assert "another process may have it open" in said.stdout
    assert said.stderr == ""


def test_a_note_that_is_lost_or_damaged_is_measured_again(own: Searched, place: Path) -> None:
    ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
    (kept,) = (own.work / "cache" / "search").glob("milvus-*.json")
    whole = kept.read_text()
    assert json.loads(whole)["recall"] == 1
    for damaged in ("", "[]", '{"index": 3}'):
        kept.write_text(damaged)
        ask(own.work, [own.id("p06.png")], index=f"milvus:{place}")
        assert kept.read_text() == whole


def test_what_milvus_cannot_take_for_its_own_is_left_alone(own: Searched, tmp_path: Path) -> None:
    (tmp_path / "file.db").write_text("mine")
    (tmp_path / "mine.db").mkdir()
    (tmp_path / "mine.db" / "letter.txt").write_text("mine")
    for name, said in (
        ("file.db", "is a file, and no folder of Milvus Lite"),
        ("mine.db", "holds something else than Milvus Lite"),
        ("nowhere/posters.db", "no folder .*nowhere"),
    ):
        with pytest.raises(MilvusError, match=said):
            ask(own.work, [own.id("p06.png")], index=f"milvus:{tmp_path / name}")
    assert [file.name for file in (tmp_path / "mine.db").iterdir()] == ["letter.txt"]
    assert (tmp_path / "file.db").read_text() == "mine"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"index": "milvus:"}, "write it like milvus:posters.db"),
        ({"index": "milvus:posters"}, "write it like milvus:posters.db"),
        ({"index": "milvus:ftp://host"}, "write it like milvus:posters.db"),
        ({"index": "milvus:http://"}, "write it like milvus:posters.db"),
        ({"index": "milvus:http://me:secret@host:19530"}, "an address holds no user or password; .* MILVUS_TOKEN"),
        ({"index": "milvos:posters.db"}, "is not known"),
        ({"index": "milvus:posters.db", "space": "full"}, "leave it out here"),
        ({"index": "milvus:posters.db", "pca": 3}, "leave it out here"),
    ],
)
def test_what_is_no_place_is_told(searched: Searched, chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        ask(searched.work, [searched.id("p06.png")], **chosen)
    assert "secret" not in str(caught.value)


def test_without_the_extra_its_name_is_told(searched: Searched, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(
        MissingExtra, match=r"an index in Milvus needs the milvus extra: pip install 'mapmaker\[milvus\]'"
    ):
        ask(searched.work, [searched.id("p06.png")], index=f"milvus:{place}")


def test_a_server_that_does_not_answer_is_told_in_one_line(searched: Searched) -> None:
    with pytest.raises(MilvusError, match=r"Milvus at http://127\.0\.0\.1:1: ") as caught:
        ask(searched.work, [searched.id("p06.png")], index="milvus:http://127.0.0.1:1")
    assert "\n" not in str(caught.value)
