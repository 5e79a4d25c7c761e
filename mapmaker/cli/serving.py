"""`mapmaker serve`: a map on this machine, and, with --search, what is like what on it."""

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from mapmaker.cli.arguments import add_images
from mapmaker.cli.terminal import printable
from mapmaker.errors import MissingExtra, OptionError

_SEARCH_ONLY = ("work", "images", "network", "allow_files", "allow_host")


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add what is for --search alone."""
    group: Any = parser.add_argument_group("what is like what", "docs/serving.md tells more")
    group.add_argument("--search", action="store_true", help="serve the search page and its API, too")
    group.add_argument(
        "--work", metavar="FOLDER", type=Path, help="work folder of the map (default: .mapmaker/NAME OF THE MAP)"
    )
    add_images(group)
    group.add_argument("--network", metavar="FILE", type=Path, help="the extractor's weights or model, if moved")
    group.add_argument(
        "--allow-files", metavar="FOLDER", type=Path, help="whose files may be asked with by name (default: none)"
    )
    group.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        help="a name that the server goes by, beside addresses and localhost",
    )


def serve(parsed: argparse.Namespace) -> None:
    """Serve a map until interrupted."""
    if parsed.search:
        _serve_search(parsed)
        return
    given = next((name for name in _SEARCH_ONLY if getattr(parsed, name, None)), None)
    if given is not None:
        raise OptionError(f"--{given.replace('_', '-')} is for the search page: add --search")
    from mapmaker.server.static import open_server

    with open_server(parsed.map, parsed.port, parsed.bind) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"The map is at {server.url} (Ctrl-C ends it)", flush=True)
        server.serve_forever()


def _serve_search(parsed: argparse.Namespace) -> None:
    try:
        from mapmaker.server.search.running import Serving, open_search
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise MissingExtra("mapmaker serve --search", "server") from error
    work = parsed.work or Path(".mapmaker") / parsed.map.absolute().name
    names = parsed.allow_host or []
    serving = Serving(parsed.map, work, parsed.images, parsed.network, parsed.allow_files, names)
    server = open_search(serving, parsed.port, parsed.bind)
    with contextlib.suppress(KeyboardInterrupt):
        print(f"What is like what is told at {printable(server.url)}, the map is beside it at {server.url}map/")
        print("(Ctrl-C ends it; the API describes itself at /v1/openapi.json)", flush=True)
        server.serve_forever()
    if server.is_busy:  # a picture may take minutes; nothing is written, so nothing can be lost
        sys.stderr.flush()
        os._exit(0)
