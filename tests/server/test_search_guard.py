"""Who may ask a search server, and how much may be sent to it."""

import itertools
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .conftest import Served
from .test_search_api import png


@contextmanager
def connected(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        yield connection


def heard(connection: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def head(served: Served, *lines: str, path: str = "/v1/similar") -> bytes:
    said = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{served.port}", "Content-Type: image/png", *lines]
    return "\r\n".join([*said, "", ""]).encode()


@pytest.mark.parametrize(
    ("host", "answers"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:9", True),  # a tunnel's
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("[::1]:8000", True),
        ("192.168.1.7:8000", True),
        ("posters.example", True),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@127.0.0.1", False),
        ("127.0.0.1:80:80", False),
        ("127.0.0.1:x", False),
        ("", False),
    ],
)
def test_only_names_that_are_known_are_answered_to(served: Served, host: str, answers: bool) -> None:
    for path in ("/", "/v1/about", "/map/"):
        answer = served.ask(path, headers={"Host": host})
        assert answer.status == (200 if answers else 421)
        if not answers:
            assert "--allow-host" in answer.error


def test_a_request_without_a_host_or_with_two_is_refused(served: Served) -> None:
    for lines in ((), ("Host: 127.0.0.1", "Host: evil.example")):
        with connected(served) as connection:
            connection.sendall("\r\n".join(["GET /v1/about HTTP/1.1", *lines, "", ""]).encode())
            assert heard(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),  # a link elsewhere
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
def test_pages_of_other_sites_may_not_ask(served: Served, headers: dict[str, str], status: int) -> None:
    assert served.ask("/v1/about", headers=headers).status == status


def test_other_sites_may_not_send_even_by_a_form_that_opens_a_page(served: Served) -> None:
    opened = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Content-Type": "image/png"}
    assert served.ask("/v1/similar", png(), opened).status == 403
    same = {"Origin": served.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "image/png"}
    assert served.ask("/v1/similar", png(), same).status == 200


def test_the_page_may_run_its_own_scripts_alone_and_nobody_may_frame_it(served: Served) -> None:
    for path in ("/", "/page/ask.js", "/v1/about", "/v1/none"):
        headers = served.ask(path).headers
        assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
    page = served.ask("/").body.decode()
    assert "<script defer src=" in page
    assert "<script>" not in page
    assert " style=" not in page
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_gigabyte_is_refused_before_it_is_sent(served: Served) -> None:
    with connected(served) as connection:
        connection.sendall(head(served, f"Content-Length: {2**30}"))
        answer = heard(connection)
    assert b" 413 " in answer
    assert "more than this server takes, 32 MiB" in json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_a_gigabyte_before_listening_hears_why_not(served: Served, chunked: bool) -> None:
    sent: Any = itertools.repeat(bytes(2**20), 1024) if chunked else bytes(2**30)
    answer = served.ask("/v1/similar", sent, {"Content-Type": "image/png"})
    assert answer.status == 413
    assert "more than this server takes, 32 MiB" in answer.error


def test_what_is_thrown_away_ends(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.server.search.exchange.LINGER_BYTES", 2**22)
    with connected(served) as connection, pytest.raises(ConnectionError):
        connection.sendall(head(served, f"Content-Length: {2**30}"))
        for _ in range(1024):
            connection.sendall(bytes(2**20))


def test_what_says_nothing_of_its_length_is_read_as_far_as_is_allowed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapmaker.server.search.guard.MOST_BYTES", 100_000)
    for kind in ("image/png", "multipart/form-data; boundary=edge"):
        with connected(served) as connection:
            start = head(served, "Transfer-Encoding: chunked").replace(b"image/png", kind.encode())
            connection.sendall(start)
            content = b"--edge\r\nContent-Disposition: form-data; name=picture; filename=x\r\n\r\n"
            connection.sendall(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            try:
                for _ in range(100):
                    connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
            except ConnectionError:
                pass
            answer = heard(connection)
        assert b" 413 " in answer
    assert served.ask("/v1/about").status == 200


def test_headers_without_end_are_not_read_on(served: Served) -> None:
    with connected(served) as connection:
        connection.sendall(b"GET /v1/about HTTP/1.1\r\nHost: localhost\r\nX: ")
        try:
            for _ in range(1_000):
                connection.sendall(bytes([65]) * 100_000)
        except ConnectionError:
            pass
        else:
            pytest.fail("100 MB of headers were taken")
    assert served.ask("/v1/about").status == 200


def test_a_length_that_is_none_is_refused(served: Served) -> None:
    for length in ("-1", "x", "9" * 50):
        with connected(served) as connection:
            connection.sendall(head(served, f"Content-Length: {length}"))
            assert heard(connection).split(b" ")[1] in (b"400", b"413")


def test_who_sends_too_slowly_is_told_and_keeps_nobody_waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.server.search.endpoints.SENDING_SECONDS", 0.3)
    with connected(served) as connection:
        connection.sendall(head(served, "Content-Length: 1000") + b"\x89PNG")
        began = time.monotonic()
        assert served.ask("/v1/about").status == 200
        answer = connection.recv(65536)
        assert b" 408 " in answer
        assert time.monotonic() - began < 15


def test_who_hangs_up_harms_nobody(served: Served) -> None:
    for _ in range(20):
        with connected(served) as connection:
            connection.sendall(head(served, "Content-Length: 1000") + b"\x89PNG")
    assert served.picture(png()).status == 200
