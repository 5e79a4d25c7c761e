"""A map's folder -> a web server, on this machine alone unless told otherwise.

What a static host does, and no more: files below the folder, whole, by single byte range, or "not modified".
"""

import email.utils
import http.server
import os
import re
import socket
import socketserver
import sys
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from mapmaker.errors import OptionError, OutputError

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
TYPES: Mapping[str, str] = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".pmtiles": "application/vnd.pmtiles",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "text/xml; charset=utf-8",
}
"""By suffix; not the machine's own table, so that a map is served alike on all of them."""
UNKNOWN = "application/octet-stream"
RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
CHUNK = 1 << 20
IDLE_SECONDS = 60
"""After which a connection that asks for nothing is closed."""


class Headers(Protocol):
    """Headers of a request, whoever read them."""

    def get(self, name: str, /) -> str | None:
        """Return what a header says, whatever its case; None if there is none."""


@dataclass(frozen=True)
class Version:
    """What tells one content of a file from another: its strong entity tag and when it changed, as HTTP writes both."""

    tag: str
    changed: str

    def unmodified(self, headers: Headers) -> bool:
        """Return whether who sent `headers` holds this version already (RFC 9110, 13.2.2)."""
        tags = headers.get("If-None-Match")
        if tags is not None:
            known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
            return "*" in known or self.tag in known
        since, changed = _date(headers.get("If-Modified-Since")), _date(self.changed)
        return since is not None and changed is not None and changed <= since

    def allows_range(self, headers: Headers) -> bool:
        """Return whether a part would go with what the sender holds: no If-Range, or one that names this version."""
        return headers.get("If-Range") in (None, self.tag, self.changed)


def version_of(status: os.stat_result) -> Version:
    """Return what tells a file with this status from another."""
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    return Version(tag, email.utils.formatdate(status.st_mtime, usegmt=True))


def _date(text: str | None) -> float | None:
    """Return the seconds of an HTTP date; None if it is none."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None


def byte_range(header: str | None, size: int) -> range | None:
    """Return the bytes that a Range header asks for of `size`; an empty range if there are none of them.

    None is the whole file: no header, another unit, several ranges, or no range at all (RFC 9110, 14.2).
    """
    asked = RANGE.fullmatch(header.strip()) if header else None
    if asked is None:
        return None
    start, end, last = asked.groups()
    if last is not None:
        return range(max(0, size - int(last)), size)
    if end and int(end) < int(start):
        return None
    return range(int(start), min(size, int(end) + 1) if end else size)


def find_file(root: Path, address: str) -> Path | None:
    """Return the file below `root` at the address of a request, None if there is none to be shown.

    Of a folder that is its page; or the folder itself, if the address lacks its last "/". `root` is resolved. Names
    that begin with a dot are not shown: "..", and what a user may keep in the map, a .git. Links are followed, but not
    out of `root`.
    """
    text = urllib.parse.unquote(address.partition("?")[0].partition("#")[0], errors="surrogateescape")
    parts = [part for part in text.split("/") if part]
    if any(part.startswith(".") or "\0" in part or os.sep in part or ":" in part for part in parts):
        return None
    path = _below(root, parts)
    if path is None or not path.is_dir() or not text.endswith("/"):
        return path
    page = _below(root, [*parts, "index.html"])
    return page if page is not None and page.is_file() else None


def _below(root: Path, parts: Sequence[str]) -> Path | None:
    """Return what is there, links followed; None for nothing, and for what is not shown."""
    try:
        path = root.joinpath(*parts).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there, too long a name, a link to itself
        return None
    if not path.is_relative_to(root) or any(part.startswith(".") for part in path.relative_to(root).parts):
        return None
    return path


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves files of the server's folder to GET and HEAD; says nothing of each request."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: "MapServer"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def version_string(self) -> str:
        """Return the server's name, without the versions of what it runs on."""
        return "mapmaker"

    def do_HEAD(self) -> None:
        """Answer as to GET, without content."""
        self._answer()

    def do_GET(self) -> None:
        """Send a file, a part of it, or why not."""
        self._answer()

    def _answer(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body, which nobody reads, must not be taken for the next request
        path = find_file(self.server.root, self.path)
        if path is not None and path.is_dir():
            self._redirect(f"./{urllib.parse.urlsplit(self.path).path.rpartition('/')[2]}/")
            return
        try:
            file = path.open("rb") if path is not None and path.is_file() else None
        except OSError:
            file = None
        if path is None or file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with file:
            self._send(file, TYPES.get(path.suffix.lower(), UNKNOWN))

    def _redirect(self, to: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, file: BinaryIO, kind: str) -> None:
        status = os.fstat(file.fileno())
        version = version_of(status)
        if version.unmodified(self.headers):
            self._head(HTTPStatus.NOT_MODIFIED, version)
            self.end_headers()
            return
        part = None
        if self.command == "GET" and version.allows_range(self.headers):
            part = byte_range(self.headers.get("Range"), status.st_size)
        if part is not None and not part:
            self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, version)
            self.send_header("Content-Range", f"bytes */{status.st_size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        sent = range(status.st_size) if part is None else part
        self._head(HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT, version)
        if part is not None:
            self.send_header("Content-Range", f"bytes {part.start}-{part.stop - 1}/{status.st_size}")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if self.command == "GET":
            self._copy(file, sent)

    def _head(self, status: HTTPStatus, version: Version) -> None:
        """Begin an answer about a file. A map may be built anew at any time: browsers are to ask each time."""
        self.send_response(status)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", version.tag)
        self.send_header("Last-Modified", version.changed)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")

    def _copy(self, file: BinaryIO, part: range) -> None:
        file.seek(part.start)
        left = len(part)
        while left and (chunk := file.read(min(CHUNK, left))):
            self.wfile.write(chunk)
            left -= len(chunk)
        if left:  # the file was cut short meanwhile: what was promised cannot be kept
            self.close_connection = True


class MapServer(http.server.ThreadingHTTPServer):
    """Serves the folder `root`, resolved, at `address`: a host and a port, 0 for one that is free."""

    def __init__(self, root: Path, address: tuple[str, int]) -> None:
        self.root = root
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """Where the map is."""
        return url_of(self.socket)

    def server_bind(self) -> None:
        """Bind without the base class's question for this machine's name, which may take seconds to be answered."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser hang up, as it does on tiles that it no longer wants; anything else is worth a trace."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def url_of(listening: socket.socket) -> str:
    """Return the address of what listens there."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def check_map(folder: Path) -> None:
    """Raise OutputError unless there is a map in the folder."""
    if not (folder / "index.html").is_file():
        raise OutputError(f"no map in {folder}; make one with: mapmaker build IMAGES --out {folder}")


def open_server(folder: Path, port: int, address: str = LOOPBACK) -> MapServer:
    """Return a server of `folder`, not yet serving; on another port if `port` is taken.

    `address`: of this machine; loopback is reached from this machine alone, 0.0.0.0 and :: from wherever the network
    lets. OutputError if there is no map in the folder, OptionError if the machine has no such address.
    """
    check_map(folder)
    root = folder.resolve()
    return opened(lambda port: MapServer(root, (address, port)), port, address)


def bound(address: str, port: int) -> socket.socket:
    """Return a socket bound there, not yet listening; on another port if `port` is taken. OptionError as above."""

    def bind(port: int) -> socket.socket:
        # With TCP named, asyncio sends what it writes at once; else each answer waits 40 ms for the last one's receipt.
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # elsewhere it lets two listen at once
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((address, port))
        except BaseException:
            made.close()
            raise
        return made

    return opened(bind, port, address)


def opened(open_at: Callable[[int], T], port: int, address: str) -> T:
    """Return what is opened at a port, or at a free one if that is taken. OptionError if there is no such address."""
    try:
        return open_at(port)
    except (OSError, OverflowError, TypeError):  # taken, or no port at all; no address, which is asked once more
        pass
    try:
        return open_at(0)
    except (OSError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"--bind = {address!r} is no address of this machine ({reason}); try {LOOPBACK}") from error
