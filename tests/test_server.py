"""Serving a map: real sockets, and requests as raw as those of whoever means harm."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from threading import Thread

import pytest

from mapmaker.cli import main
from mapmaker.errors import OptionError, OutputError
from mapmaker.server.static import LOOPBACK, MapServer, byte_range, open_server

DIGITS = bytes(range(48, 58)) * 100


@contextlib.contextmanager
def running(server: MapServer) -> Iterator[MapServer]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    with server:
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with an index.html, files of many kinds, and secrets in it and beside it."""
    folder = tmp_path / "map"
    (folder / "tiles" / "0").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>map</h1>")
    (folder / "tiles" / "0" / "index.html").write_text("inner")
    (folder / "tiles" / "map-0.pmtiles").write_bytes(DIGITS)
    (folder / "a title & more é.json").write_text("{}")
    (folder / "empty.txt").write_bytes(b"")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    (folder / "loop").symlink_to("loop")
    (folder / "in.html").symlink_to("index.html")
    return folder


@pytest.fixture
def server(site: Path) -> Iterator[MapServer]:
    with running(open_server(site, 0)) as server:
        yield server


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def ask(server: MapServer, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask as http.client does; headers are named with _ for -."""
    host, port = server.server_address[:2]
    with contextlib.closing(http.client.HTTPConnection(str(host), int(port), timeout=10)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())


def raw(server: MapServer, request: bytes) -> bytes:
    """Send bytes as they are; return all that comes back."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


# Whole files


def test_a_file_is_sent_whole_with_its_length_and_validators(server: MapServer, site: Path) -> None:
    answer = ask(server, "/tiles/map-0.pmtiles")
    assert (answer.status, answer.body) == (200, DIGITS)
    assert answer.headers["Content-Length"] == str(len(DIGITS))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"].startswith('"')
    changed = parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()
    assert changed == int((site / "tiles/map-0.pmtiles").stat().st_mtime)


def test_head_says_the_same_without_the_content(server: MapServer) -> None:
    whole, head = ask(server, "/tiles/map-0.pmtiles"), ask(server, "/tiles/map-0.pmtiles", "HEAD", Range="bytes=0-4")
    assert (head.status, head.body) == (200, b"")  # ranges are of GET alone
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("path", ["/", "/?a=1", "/index.html", "/in.html"])
def test_the_page_is_at_the_root(server: MapServer, path: str) -> None:
    answer = ask(server, path)
    assert (answer.status, answer.body) == (200, b"<h1>map</h1>")


def test_a_folder_is_its_page_and_never_a_listing(server: MapServer) -> None:
    answer = ask(server, "/tiles/0?x")
    assert (answer.status, answer.headers["Location"]) == (301, "./0/")
    assert ask(server, "/tiles/0/").body == b"inner"
    assert ask(server, "/tiles/").status == 404
    assert b"map-0" not in ask(server, "/tiles/").body


def test_names_may_be_escaped(server: MapServer) -> None:
    assert ask(server, "/a%20title%20%26%20more%20%C3%A9.json").body == b"{}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.pmtiles", "application/vnd.pmtiles"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.jpg", "image/jpeg"),
        ("a.PNG", "image/png"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.html", "text/html; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_every_kind_of_file_has_its_type(server: MapServer, site: Path, name: str, kind: str) -> None:
    (site / name).write_bytes(b"x")
    answer = ask(server, f"/{name}")
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# Ranges


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=990-", 990, 999),
        ("bytes=990-4000", 990, 999),
        ("bytes=-5", 995, 999),
        ("bytes=-4000", 0, 999),
        ("bytes=0-", 0, 999),
        (" bytes=7-8 ", 7, 8),
    ],
)
def test_a_range_is_sent_and_says_which_it_is(server: MapServer, asked: str, first: int, last: int) -> None:
    answer = ask(server, "/tiles/map-0.pmtiles", Range=asked)
    assert (answer.status, answer.body) == (206, DIGITS[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1000"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.headers["Content-Type"] == "application/vnd.pmtiles"


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=4000-5000", "bytes=-0"])
def test_a_range_beyond_the_file_cannot_be_satisfied(server: MapServer, asked: str) -> None:
    answer = ask(server, "/tiles/map-0.pmtiles", Range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "bytes=-", "bytes", "lines=1-2", "bytes=0-1,5-6", "bytes=0x1-2", "bytes=--1"]
)
def test_what_is_no_single_range_gets_the_whole_file(server: MapServer, asked: str) -> None:
    answer = ask(server, "/tiles/map-0.pmtiles", Range=asked)
    assert (answer.status, answer.body) == (200, DIGITS)


def test_every_range_is_the_slice_that_it_names() -> None:
    for size in (0, 1, 5):
        for start in range(7):
            whole = bytes(range(size))
            suffix = byte_range(f"bytes=-{start}", size)
            assert suffix is not None
            assert bytes(whole[i] for i in suffix) == (whole[-start:] if start else b"")
            for end in range(start, 7):
                part = byte_range(f"bytes={start}-{end}", size)
                assert part is not None
                assert bytes(whole[i] for i in part) == whole[start : end + 1]


def test_an_empty_file_has_no_ranges(server: MapServer) -> None:
    assert ask(server, "/empty.txt").status == 200
    assert ask(server, "/empty.txt", Range="bytes=0-").status == 416


def test_a_range_of_another_version_gets_the_whole_file(server: MapServer) -> None:
    known = ask(server, "/tiles/map-0.pmtiles").headers
    for same in (known["ETag"], known["Last-Modified"]):
        assert ask(server, "/tiles/map-0.pmtiles", Range="bytes=0-1", If_Range=same).status == 206
    for other in ('"other"', f"W/{known['ETag']}", formatdate(0, usegmt=True), "nonsense"):
        answer = ask(server, "/tiles/map-0.pmtiles", Range="bytes=0-1", If_Range=other)
        assert (answer.status, len(answer.body)) == (200, 1000)


# Conditional requests


def test_who_has_this_version_is_sent_nothing(server: MapServer) -> None:
    known = ask(server, "/index.html").headers
    conditions: list[dict[str, str]] = [
        {"If_None_Match": known["ETag"]},
        {"If_None_Match": f'"other", W/{known["ETag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": known["Last-Modified"]},
        {"If_None_Match": known["ETag"], "Range": "bytes=0-1"},
        {"If_None_Match": known["ETag"], "If_Modified_Since": formatdate(0, usegmt=True)},
    ]
    for condition in conditions:
        answer = ask(server, "/index.html", **condition)
        assert (answer.status, answer.body) == (304, b""), condition
        assert answer.headers["ETag"] == known["ETag"]


def test_who_has_another_version_is_sent_this_one(server: MapServer, site: Path) -> None:
    known = ask(server, "/index.html").headers
    conditions: list[dict[str, str]] = [
        {"If_None_Match": '"other"'},
        {"If_Modified_Since": formatdate(0, usegmt=True)},
        {"If_Modified_Since": "nonsense"},
        {"If_None_Match": '"other"', "If_Modified_Since": known["Last-Modified"]},
    ]
    for condition in conditions:
        assert ask(server, "/index.html", **condition).status == 200, condition
    (site / "index.html").write_text("<h1>new</h1>")
    os.utime(site / "index.html", ns=(0, 10**18))
    assert ask(server, "/index.html", If_None_Match=known["ETag"]).body == b"<h1>new</h1>"


# Only what is below the folder


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/tiles/../../secret.txt",
        "/tiles/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/out.txt",
        "/up/secret.txt",
        "/up",
        "/loop",
        "/.git/HEAD",
        "/%2egit/HEAD",
        "/index.html/x",
        "/index.html%00",
        "/%00",
        "/C:/secret.txt",
        "/" + "x" * 5000,
        "/missing",
        "//etc/passwd",
        "/%2fetc/passwd",
        "http://elsewhere/secret.txt",
    ],
)
def test_nothing_but_files_below_the_folder_is_served(server: MapServer, path: str) -> None:
    answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"secret" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("request_", [b"GET", b"\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET \0 HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_does_no_harm(server: MapServer, request_: bytes) -> None:
    assert b"secret" not in raw(server, request_)
    assert ask(server, "/").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(server: MapServer, method: str) -> None:
    assert ask(server, "/index.html", method).status == 501


def test_a_connection_serves_request_after_request(server: MapServer) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)) as connection:
        for asked, status, length in (("bytes=0-3", 206, 4), ("bytes=4000-", 416, 0), ("bytes=-3", 206, 3)):
            connection.request("GET", "/tiles/map-0.pmtiles", headers={"Range": asked})
            answer = connection.getresponse()
            assert (answer.status, len(answer.read())) == (status, length)


def test_the_body_of_a_request_is_not_taken_for_another_request(server: MapServer) -> None:
    inner = b"GET /empty.txt HTTP/1.1\r\n\r\n"
    head = f"GET / HTTP/1.1\r\nContent-Length: {len(inner)}\r\n\r\n".encode()
    assert raw(server, head + inner).count(b"HTTP/1.1") == 1
    assert raw(server, inner + inner).count(b"HTTP/1.1") == 2


def test_a_browser_may_hang_up(server: MapServer, site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (site / "big.bin").write_bytes(bytes(20_000_000))
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(b"GET /big.bin HTTP/1.1\r\n\r\n")
        connection.recv(10)
    assert ask(server, "/").status == 200
    assert capfd.readouterr().err == ""


# Where


def test_the_server_is_on_loopback_unless_told_otherwise(site: Path) -> None:
    with open_server(site, 0) as server:
        assert server.server_address[0] == LOOPBACK == "127.0.0.1"
        assert server.url == f"http://127.0.0.1:{server.server_port}/"
    with open_server(site, 0, "0.0.0.0") as server:
        assert server.server_address[0] == "0.0.0.0"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_may_be_of_the_newer_kind(site: Path) -> None:
    try:
        server = open_server(site, 0, "::1")
    except OptionError:
        pytest.skip("this machine has no IPv6 loopback")
    with running(server):
        assert server.url == f"http://[::1]:{server.server_port}/"
        assert ask(server, "/").status == 200


def test_where_a_port_is_taken_another_one_serves(site: Path) -> None:
    with open_server(site, 0) as first, open_server(site, first.server_port) as second:
        assert second.server_port != first.server_port
    for port in (-1, 70_000):
        with open_server(site, port) as server:
            assert 0 < server.server_port < 65_536


@pytest.mark.parametrize("address", ["203.0.113.7", "no.such.host.invalid", "127.0.0.1:80", "x" * 70, "é..x"])
def test_an_address_that_is_not_this_machine_s_is_one_line(site: Path, address: str) -> None:
    with pytest.raises(OptionError, match=r"--bind = .* is no address of this machine .*; try 127\.0\.0\.1") as error:
        open_server(site, 0, address)
    assert "\n" not in str(error.value)


def test_a_folder_without_a_map_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no map in .*; make one with: mapmaker build"):
        open_server(tmp_path, 0)


def test_the_command_serves_where_it_is_told_until_interrupted(site: Path) -> None:
    words = [sys.executable, "-m", "mapmaker", "serve", str(site), "--port", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"The map is at (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", said)
        assert found, said
        with urllib.request.urlopen(found[1], timeout=10) as answer:
            assert answer.read() == b"<h1>map</h1>"
        process.send_signal(signal.SIGINT)
        rest, trouble = process.communicate(timeout=20)
    assert (process.returncode, rest, trouble) == (0, "", "")


def test_the_command_says_in_one_line_that_it_cannot_serve_there(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", str(site), "--bind", "203.0.113.7"]) == 2
    said = capsys.readouterr().err
    assert "--bind = '203.0.113.7' is no address of this machine" in said
    assert said.count("\n") == 1
