"""Requests -> answers. What takes a moment is answered at once; what takes longer, on threads of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from mapmaker.errors import QueryError
from mapmaker.search.answers import make_search
from mapmaker.search.queries import Query, by_id, named
from mapmaker.search.recommending import OFF, recommend
from mapmaker.search.titles import listed
from mapmaker.server.search import questions
from mapmaker.server.search.answering import told
from mapmaker.server.search.guard import MOST_BYTES
from mapmaker.server.search.holding import Holding, Shown
from mapmaker.server.search.lanes import Lane
from mapmaker.server.search.openapi import OPERATIONS
from mapmaker.server.search.parameters import bad, json_object, of_address
from mapmaker.server.search.telling import told_answer, told_found, told_map, told_poster, told_whole
from mapmaker.server.search.thumbnails import Thumbnails

SENDING_SECONDS = 30.0
MOST_FIELD = 2**16
MOST_AT_ONCE = 64
"""Posters that are looked for on the loop itself, where the graph tells them."""


@dataclass
class Endpoints:
    """Answers to requests; each method is of one operation.

    `images`: the folder of images, None if nobody knows it. `allowed`: the folder whose files may be named, if any.
    """

    holding: Holding
    images: Path | None
    allowed: Path | None
    thumbnails: Thumbnails = field(default_factory=Thumbnails)
    searching: Lane = field(default_factory=lambda: Lane("searching", 2, 64, 60))
    recommending: Lane = field(default_factory=lambda: Lane("recommending", 1, 16, 60))
    drawing: Lane = field(default_factory=lambda: Lane("drawing pictures", 2, 256, 30))

    async def about(self, request: Request) -> Response:
        """What is served."""
        _values("about", request)
        shown = await self.holding.shown()
        images, metadata = shown.collection.images, shown.collection.metadata
        return told(
            {
                "posters": int(images.present.sum()),
                "on_map": len(shown.collection.selected),
                "columns": ["id", "path", "title", "year", "tags", "url", *metadata.more],
                "pictures": self.holding.pictures,
                "why": self.holding.why,
                "files": self.allowed is not None,
                "largest": MOST_BYTES,
            }
        )

    async def posters(self, request: Request) -> Response:
        """Posters, or those with a title."""
        values = _values("posters", request)
        shown = await self.holding.shown()
        rows = shown.present
        if values["q"]:
            positions = await self.searching.run(listed, values["q"], shown.titles)
            rows = [shown.present[position] for position in positions]
        offset = values["offset"]
        page = [told_poster(shown, row) for row in rows[offset : offset + values["limit"]]]
        return told({"total": len(rows), "offset": offset, "posters": page})

    async def poster(self, request: Request) -> Response:
        """All that is known of a poster."""
        _values("poster", request)
        shown = await self.holding.shown()
        return told(told_whole(shown, _row(shown, request)))

    async def picture(self, request: Request) -> Response:
        """A small picture of a poster."""
        size = _values("picture", request)["size"]
        shown = await self.holding.shown()
        row = _row(shown, request)
        sha256 = shown.collection.images.sha256[row]
        tag = f'"{sha256[:16]}-{size}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        content = self.thumbnails.kept(sha256, size)
        if content is None:
            if self.images is None:
                raise QueryError("nobody knows where the images are; start the server with --images FOLDER")
            file = self.images / shown.collection.images.path[row]
            content = await self.drawing.run(self.thumbnails.make, file, sha256, size)
        return Response(content, headers=headers, media_type="image/jpeg")

    async def similar(self, request: Request) -> Response:
        """The posters most like one."""
        how = _values("similar", request)
        shown = await self.holding.shown()
        query = by_id(shown.collection, request.path_params["id"])
        if _is_quick(how):
            return _found(shown, [query], None, how)
        return await self.searching.run(_found, shown, [query], None, how)

    async def similar_to_sent(self, request: Request) -> Response:
        """The posters most like a picture, a title, or a file."""
        how = _values("similar_to_sent", request)
        kind = _kind(request)
        if kind == "application/json":
            what, text = questions.asked(json_object(await _body(request)))
            if what == "query":
                return await self._named([text], None, how)
            content, called = await self.searching.run(questions.read_allowed, text, self.allowed), text
        elif kind == "multipart/form-data":
            content, called = await _form_picture(request)
        elif kind.startswith("image/") or kind == "application/octet-stream":
            content, called = await _body(request), "the picture"
        else:
            raise _other_type(kind, "a picture as image/*, application/octet-stream or multipart/form-data, or JSON")
        shown = await self.holding.shown()
        query = await self.holding.look(shown, content, called)
        return await self.searching.run(_found, shown, [query], None, how)

    async def mix(self, request: Request) -> Response:
        """The posters nearest to the mean of several."""
        how = _values("mix", request)
        queries, weights = questions.mixed(await _json(request))
        return await self._named(queries, weights, how)

    async def recommend(self, request: Request) -> Response:
        """The posters that suit what somebody has watched."""
        how = _values("recommend", request)
        history = questions.watched(await _json(request))
        shown = await self.holding.shown()
        chosen = {name: value for name, value in how.items() if name != "k"}
        chosen["half_life"] = how["half_life"] or OFF
        found = await self.recommending.run(recommend, shown.collection, history, how["k"], chosen, 0)
        return told(
            {
                **told_answer(shown, found),
                "method": found.method,
                "found": [
                    {**told_found(shown, one), "score": one.score, "because": one.because}  # type: ignore[attr-defined]
                    for one in found.seen[0].found
                ],
                "unknown": [
                    {
                        "poster": one.poster,
                        "reason": one.reason,
                        "candidates": [{"id": id_, "title": title} for id_, title in one.candidates[:20]],
                    }
                    for one in found.unknown
                ],
            }
        )

    async def map(self, request: Request) -> Response:
        """Where all posters are."""
        _values("map", request)
        shown = await self.holding.shown()
        content = await self.searching.run(told_map, shown)
        return Response(content, media_type="application/json")

    async def _named(self, texts: Sequence[str], weights: Sequence[float] | None, how: Mapping[str, Any]) -> Response:
        shown = await self.holding.shown()

        def answer() -> Response:
            return _found(shown, [named(shown.collection, text) for text in texts], weights, how)

        return await self.searching.run(answer)

    def by_operation(self) -> dict[str, Callable[[Request], Any]]:
        """Return what answers each operation, by its name."""
        return {name: getattr(self, name) for name in OPERATIONS}


def _found(shown: Shown, queries: Sequence[Query], weights: Sequence[float] | None, how: Mapping[str, Any]) -> Response:
    chosen = {name: value for name, value in how.items() if name != "k"}
    return told(told_answer(shown, make_search(shown.collection, queries, weights, how["k"], chosen).answer()))


def _is_quick(how: Mapping[str, Any]) -> bool:
    """Return whether the graph of neighbours may tell: then nobody waits for it."""
    return not how["where"] and how["space"] == "graph" and how["metric"] == "cosine" and how["k"] <= MOST_AT_ONCE


def _values(operation: str, request: Request) -> dict[str, Any]:
    """Return what the address says."""
    return of_address(request.query_params.multi_items(), OPERATIONS[operation].parameters)


def _row(shown: Shown, request: Request) -> int:
    id_ = request.path_params["id"]
    if (row := shown.collection.rows.get(id_)) is None:
        raise QueryError(f"no poster has the id {id_[:80]!r}")
    return row


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _other_type(kind: str, taken: str) -> HTTPException:
    return HTTPException(415, f"content-type {kind[:60]!r} is not taken; send {taken}")


async def _json(request: Request) -> dict[str, Any]:
    if (kind := _kind(request)) != "application/json":
        raise _other_type(kind, "application/json")
    return json_object(await _body(request))


async def _body(request: Request) -> bytes:
    """Return what is sent. HTTPException if it comes too slowly, or only in part."""
    try:
        async with asyncio.timeout(SENDING_SECONDS):
            return await request.body()
    except TimeoutError as error:
        raise HTTPException(408, f"what was sent took longer than {SENDING_SECONDS:g} seconds") from error
    except ClientDisconnect as error:
        raise bad("what was sent is not all there") from error


async def _form_picture(request: Request) -> tuple[bytes, str]:
    """Return the one file of a form, and its name."""
    try:
        async with (
            asyncio.timeout(SENDING_SECONDS),
            request.form(max_files=1, max_fields=1, max_part_size=MOST_FIELD) as form,
        ):
            items = form.multi_items()
            if len(items) != 1 or items[0][0] != "picture" or isinstance(items[0][1], str):
                raise bad("the form must have one file, called picture, and nothing else")
            return await items[0][1].read(), items[0][1].filename or "the picture"
    except TimeoutError as error:
        raise HTTPException(408, f"what was sent took longer than {SENDING_SECONDS:g} seconds") from error
    except ClientDisconnect as error:
        raise bad("what was sent is not all there") from error
    except (MultiPartException, UnicodeDecodeError) as error:
        raise bad(f"the form cannot be read: {error}") from error
