"""A search server of a small map, on loopback, with real sockets."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.extras import need
from tests.search.conftest import Searched, own, searched

__all__ = ["Served", "own", "searched", "served", "serving"]


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def value(self) -> Any:
        """The JSON that it is."""
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """What it says no with: one line, and nothing else but candidates."""
        value = self.value
        assert set(value) <= {"error", "candidates"}
        assert value["error"]
        assert "\n" not in value["error"]
        return str(value["error"])


class Served:
    """A server that answers."""

    def __init__(self, port: int, searched: Searched, server: Any = None) -> None:
        self.port, self.searched, self.server = port, searched, server

    @property
    def url(self) -> str:
        """Where."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, method: str = ""
    ) -> Answer:
        """Ask as http.client does."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method or ("GET" if body is None else "POST"), path, body, dict(headers or {}))
            return Answer(connection.getresponse())

    def send(self, path: str, value: object) -> Answer:
        """Ask with JSON; a text is sent as it is."""
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        return self.ask(path, body, {"Content-Type": "application/json"})

    def picture(self, content: bytes, path: str = "/v1/similar", kind: str = "image/png") -> Answer:
        """Ask with a picture."""
        return self.ask(path, content, {"Content-Type": kind})

    def ready(self) -> "Served":
        """Wait until pictures can be looked at, or cannot for good."""
        deadline = time.monotonic() + 120
        while self.ask("/v1/about").value["pictures"] == "loading":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self


@contextlib.contextmanager
def serving(searched: Searched, **more: Any) -> Iterator[Served]:
    """Serve a map in a thread."""
    need("starlette", "server")
    from mapmaker.server.search.running import Serving, open_search

    server = open_search(Serving(searched.folder / "map", searched.work, **more), 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Served(int(server.url.rstrip("/").rpartition(":")[2]), searched, server)
    finally:
        server.shutdown()
        thread.join(30)


@pytest.fixture(scope="session")
def served(searched: Searched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The small map, served; files of a folder `allowed` beside its own may be named."""
    allowed = tmp_path_factory.mktemp("allowed")
    with serving(searched, allowed=allowed, names=["posters.example"]) as server:
        yield server.ready()


@pytest.fixture
def allowed(served: Served) -> Path:
    """The folder whose files may be named."""
    folder: Path = served.server.endpoints.allowed
    return folder
