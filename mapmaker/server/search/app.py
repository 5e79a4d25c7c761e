"""Endpoints, the page and the map's own files -> one app."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mapmaker.errors import MapmakerError
from mapmaker.server.search.answering import of_http, of_mistake, of_ours, told
from mapmaker.server.search.endpoints import Endpoints
from mapmaker.server.search.guard import Guard
from mapmaker.server.search.lanes import Crowded
from mapmaker.server.search.openapi import OPERATIONS, description
from mapmaker.server.static import TYPES, UNKNOWN, byte_range, find_file, version_of
from mapmaker_site.asking import ASSETS, read_asset, render_page


def make_app(endpoints: Endpoints, site: Path, names: Sequence[str] = ()) -> ASGIApp:
    """Return the app: API, page, and the map in the folder `site`. `names`: hosts that it goes by, beside addresses."""
    answers = endpoints.by_operation()
    app = Starlette(
        routes=[
            *(Route(one.path, answers[name], methods=[one.method]) for name, one in OPERATIONS.items()),
            Route("/v1/openapi.json", _describe),
            Route("/", _page),
            Route("/page/{name}", _asset),
            Route("/map", _to_map),
            Route("/map/{path:path}", _Files(site.resolve()).answer),
        ],
        exception_handlers={
            HTTPException: of_http,
            MapmakerError: of_ours,
            Crowded: of_ours,
            Exception: of_mistake,
        },
        lifespan=lambda _: _alive(endpoints),
    )
    app.router.redirect_slashes = False
    return Guard(app, names)


@contextlib.asynccontextmanager
async def _alive(endpoints: Endpoints) -> AsyncIterator[None]:
    """Load the network while questions are answered already."""
    loading = asyncio.create_task(endpoints.holding.load())
    yield
    loading.cancel()
    for lane in endpoints.lanes:
        lane.close()


async def _describe(request: Request) -> Response:  # noqa: ARG001 - Starlette's
    return told(description())


async def _page(request: Request) -> Response:  # noqa: ARG001 - Starlette's
    return Response(render_page(), media_type="text/html", headers={"cache-control": "no-cache"})


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404)
    kind = TYPES[Path(name).suffix]
    return Response(read_asset(name), headers={"cache-control": "no-cache", "content-type": kind})


async def _to_map(request: Request) -> Response:  # noqa: ARG001 - Starlette's
    return RedirectResponse("/map/")


class _Files:
    """The files of a map, as `server.static` has them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def answer(self, request: Request) -> Response:
        """Return a file, or that the browser has it."""
        path = await asyncio.to_thread(find_file, self._root, request.scope["raw_path"].decode("ascii")[len("/map") :])
        if path is not None and path.is_dir():
            return RedirectResponse(f"./{request.url.path.rpartition('/')[2]}/", 301)
        if path is None or not path.is_file():
            raise HTTPException(404)
        status = path.stat()
        version = version_of(status)
        headers = {"etag": version.tag, "last-modified": version.changed, "cache-control": "no-cache"}
        if version.unmodified(request.headers):
            return Response(status_code=304, headers=headers)
        if byte_range(request.headers.get("range"), status.st_size) is None:  # FileResponse would refuse other units
            request.scope["headers"] = [one for one in request.scope["headers"] if one[0] != b"range"]
        return FileResponse(path, headers=headers, media_type=TYPES.get(path.suffix.lower(), UNKNOWN))
