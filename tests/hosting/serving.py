"""A git server on loopback that lets in who knows a password: git's own back end behind Python's server."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit


@contextmanager
def serving(root: Path, user: str, password: str) -> Iterator[str]:
    """Serve the repositories below `root`; yield host and port."""
    with Server(root, user, password) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Server(ThreadingHTTPServer):
    """Listens at a free port. `wanted`: the header that lets in."""

    def __init__(self, root: Path, user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root, self.user = root, user
        self.wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Handler(BaseHTTPRequestHandler):
    """Hands each request of who is let in to git http-backend, as a web server does by CGI."""

    server: Server

    def do_GET(self) -> None:
        """Answer, or ask for the password."""
        if self.headers.get_all("Authorization") != [self.server.wanted]:
            self._reply(401, {"WWW-Authenticate": 'Basic realm="maps"'}, b"")
            return
        body = self._body()
        said = subprocess.run(
            ["git", "http-backend"], input=body, env=self._environment(len(body)), capture_output=True, check=True
        )
        head, _, content = said.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self._reply(status, headers, content)

    do_POST = do_GET  # noqa: N815 - the name that Python's server calls

    def _body(self) -> bytes:
        """Return what came with the request, in chunks or in one piece."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _environment(self, length: int) -> dict[str, str]:
        """Return what CGI tells of the request."""
        asked = urlsplit(self.path)
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": self.server.user,
            "REMOTE_ADDR": "127.0.0.1",
        }

    def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""
