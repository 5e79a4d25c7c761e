"""Where to serve, and what -> a process that answers until it is told to end."""

import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.server.search.app import make_app
from mapmaker.server.search.endpoints import Endpoints
from mapmaker.server.search.holding import Holding
from mapmaker.server.static import LOOPBACK, bound, check_map, url_of

MOST_HEAD = 2**16
"""Bytes of an address and headers."""
WAITING = 2_048
"""Connections that may wait to be taken."""


@dataclass(frozen=True)
class Serving:
    """What is served: the map's folder `site`, and its work folder.

    `images`, `network`: where the folder of images, and the extractor's weights or model, are now, if they were moved.
    `allowed`: a folder whose files may be asked with by name. `names`: hosts, other than addresses and localhost, that
    the server goes by.
    """

    site: Path
    work: Path
    images: Path | None = None
    network: Path | None = None
    allowed: Path | None = None
    names: Sequence[str] = ()


class SearchServer:
    """Answers at `url` until it is interrupted."""

    def __init__(self, endpoints: Endpoints, app: uvicorn.Config, listening: socket.socket) -> None:
        self.endpoints, self.url = endpoints, url_of(listening)
        self._server, self._socket = uvicorn.Server(app), listening

    def serve_forever(self) -> None:
        """Answer."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Answer no more; from another thread."""
        self._server.should_exit = True

    @property
    def is_busy(self) -> bool:
        """Whether threads are at work: Python would wait for them before it ends, however long that takes."""
        return any(lane.is_busy for lane in self.endpoints.lanes)

    @property
    def started(self) -> bool:
        """Whether it answers."""
        return self._server.started


def open_search(serving: Serving, port: int, address: str = LOOPBACK) -> SearchServer:
    """Return a server that does not answer yet; on another port if `port` is taken.

    ArtifactError if there is no finished map in the work folder, OutputError if there is none in the folder of the map,
    OptionError for a folder of allowed files that is none, or an address that the machine does not have.
    """
    check_map(serving.site)
    if serving.allowed is not None and not serving.allowed.is_dir():
        raise OptionError(f"--allow-files {serving.allowed} is no folder")
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    holding = Holding(serving.work, serving.network)
    images = serving.images or artifacts.read_source(holding.held)
    endpoints = Endpoints(holding, images, serving.allowed)
    listening = bound(address, port)
    listening.listen(WAITING)  # who comes from now on is answered, as soon as all is up
    config = uvicorn.Config(
        make_app(endpoints, serving.site, serving.names),
        log_config=None,
        log_level="error",  # not of what visitors do wrong, which they are told
        access_log=False,
        server_header=False,
        ws="none",
        http="h11",  # httptools takes a quarter less of the processor, and heads of any size, more slowly the longer
        h11_max_incomplete_event_size=MOST_HEAD,
        lifespan="on",
        backlog=WAITING,
        timeout_graceful_shutdown=3,
    )
    return SearchServer(endpoints, config, listening)
