"""Values and errors -> answers as JSON. Every error is an object with one line as `error`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mapmaker.errors import (
    AmbiguousQuery,
    ArtifactError,
    ImagesError,
    InputError,
    MapmakerError,
    MissingExtra,
    ModelError,
    OptionError,
    QueryError,
)
from mapmaker.server.search.lanes import Crowded

RETRY_SECONDS = 5
STATUS: Mapping[type[Exception], int] = {
    AmbiguousQuery: 409,
    QueryError: 404,
    OptionError: 422,
    ImagesError: 422,
    ModelError: 501,
    MissingExtra: 501,
    ArtifactError: 503,
    Crowded: 503,
    InputError: 422,
    MapmakerError: 500,
}
"""By the first kind that an error is of."""


def told(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of JSON, all of it ASCII: a file's name may hold what no encoding does."""
    content = json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
    return Response(content, status, headers, "application/json")


def told_error(status: int, why: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Return an error: one line."""
    return told({"error": " ".join(why.split()), **more}, status, headers)


async def of_http(request: Request, error: Exception) -> Response:
    """Return the answer for an address or a method that is none, or for what an endpoint refuses."""
    assert isinstance(error, HTTPException)
    why = error.detail
    if why == HTTPStatus(error.status_code).phrase:  # the router's own
        why = f"nothing is at {request.url.path}; /v1/openapi.json tells what there is"
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            why = f"{request.method} is not for {request.url.path}; use {(error.headers or {}).get('Allow', 'another')}"
    return told_error(error.status_code, why, error.headers)


async def of_ours(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's
    """Return the answer for a deliberate error, or where there is no room."""
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    headers = {"retry-after": str(RETRY_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    more = {}
    if isinstance(error, AmbiguousQuery):
        more["candidates"] = [{"id": id_, "title": title} for id_, title in error.candidates[:20]]
    return told_error(status, str(error), headers, **more)


async def of_mistake(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's
    """Return the answer for a mistake of ours, which is traced where the server runs."""
    return told_error(500, f"a mistake of this server's ({type(error).__name__}); its terminal tells more")
