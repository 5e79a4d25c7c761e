"""`mapmaker serve --search` as a process: it starts, ends, is killed, and starts again."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mapmaker.cli import main
from tests.extras import need
from tests.search.conftest import Searched

SLEEPING = """
import sys, time
from mapmaker.cli import main
from mapmaker.search.seeing import Seer
def asleep(self, picture):
    if picture == b"long":
        print("asleep", file=sys.stderr, flush=True)
        time.sleep(300)
    return see(self, picture)
see, Seer.features = Seer.features, asleep
sys.exit(main(sys.argv[1:]))
"""
"""The program, but for pictures that take minutes to be looked at."""


@contextmanager
def started(folder: Path, *more: str, program: str = "") -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    need("starlette", "server")
    run = ["-c", program] if program else ["-m", "mapmaker"]
    command = [sys.executable, *run, "serve", "--search", "--port", "0", *more]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address is not None, line + process.communicate()[1]
        yield address[0], process
    finally:
        process.kill()
        process.communicate()


def posters(address: str) -> int:
    with urllib.request.urlopen(f"{address}v1/posters", timeout=30) as answer:
        return int(json.load(answer)["total"])


def test_killed_it_starts_again_at_the_same_port_and_nothing_is_lost(
    own: Searched, tree: Callable[[Path], dict[str, str]]
) -> None:
    before = tree(own.folder)
    with started(own.folder) as (address, process):
        assert posters(address) == 33
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    port = address.rstrip("/").rpartition(":")[2]
    with started(own.folder, "--port", port) as (again, _):
        assert again == address
        assert posters(address) == 33
    assert tree(own.folder) == before


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_without_a_word(searched: Searched, by: signal.Signals) -> None:
    with started(searched.folder) as (address, process):
        assert posters(address) == 33
        process.send_signal(by)
        _, told = process.communicate(timeout=30)
        assert (process.returncode, told) == (0, "")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_while_it_looks_at_a_picture(searched: Searched, by: signal.Signals) -> None:
    with started(searched.folder, program=SLEEPING) as (address, process):
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            head = f"POST /v1/similar HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: image/png\r\n"
            connection.sendall(f"{head}Content-Length: 4\r\n\r\nlong".encode())
            assert process.stderr is not None
            assert process.stderr.readline() == "asleep\n"
            process.send_signal(by)
            _, told = process.communicate(timeout=15)
        assert process.returncode == 0
        assert "Traceback" not in told


def test_what_visitors_do_wrong_is_not_told_on_the_terminal(searched: Searched) -> None:
    form = "multipart/form-data; boundary=edge"
    with started(searched.folder) as (address, process):
        port = int(address.rstrip("/").rpartition(":")[2])
        for said in (
            b"what?\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            b"POST /v1/similar HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n"
            + f"Content-Type: {form}\r\n\r\n--edge\r\nBad Name: 12".encode(),
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(said)
                assert connection.recv(65536).startswith(b"HTTP/1.1 ")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == ""


def test_what_is_wrong_is_told_before_anything_is_served(
    searched: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(searched.folder)
    for arguments, said in (
        (["--search", "--work", "none"], "no work folder none"),
        (["--search", "--allow-files", "none"], "--allow-files none is no folder"),
        (["none", "--search"], "no map in none"),
        (["--search", "--bind", "192.0.2.1"], "is no address of this machine"),
        (["--network", "x.keras"], "--network is for the search page: add --search"),
    ):
        assert main(["serve", *arguments]) == 2
        assert said in capsys.readouterr().err


def test_without_the_extra_it_is_named(searched: Searched) -> None:
    program = "import sys; sys.modules['uvicorn'] = None; from mapmaker.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "serve", "--search"]
    ran = subprocess.run(command, cwd=searched.folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "pip install 'mapmaker[server]'" in ran.stderr
