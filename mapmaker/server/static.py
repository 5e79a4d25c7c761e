"""A map's folder -> a web server on loopback."""

import http.server
from functools import partial
from pathlib import Path
from typing import Any

from mapmaker.errors import OutputError

TYPES = {
    ".webp": "image/webp",
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files and nothing else; says nothing of each request."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012 - read only

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - named so by the base class
        """Show no listings."""
        self.send_error(404, "File not found")


def open_server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """Return a server of `folder` on loopback, not yet serving; on another port if `port` is taken.

    OutputError if there is no map in the folder.
    """
    if not (folder / "index.html").is_file():
        raise OutputError(f"no map in {folder}; make one with: mapmaker build IMAGES --out {folder}")
    handler = partial(Handler, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError):  # taken, or no port at all
        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
