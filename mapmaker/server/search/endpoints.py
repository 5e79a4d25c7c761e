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
from mapmaker.search.answers import Search, make_search
from mapmaker.search.conditions import columns, fulfilling
from mapmaker.search.queries import Query, by_id, named
from mapmaker.search.recommending import OFF, recommend
from mapmaker.search.titles import match
from mapmaker.server.search import questions
from mapmaker.server.search.answering import told
from mapmaker.server.search.guard import MOST_BYTES
from mapmaker.server.search.holding import Holding, Shown
from mapmaker.server.search.lanes import Lane, Room
from mapmaker.server.search.openapi import OPERATIONS
from mapmaker.server.search.parameters import bad, json_object, of_address
from mapmaker.server.search.telling import told_answer, told_map, told_poster, told_recommendation, told_whole
from mapmaker.server.search.thumbnails import Thumbnails

SENDING_SECONDS = 30.0
MOST_FIELD = 2**16
MOST_JSON = 2**20
"""Bytes of JSON, which is read while all others wait: 10,000 of a history take half of it."""
SENT_AT_ONCE = 2**27
"""Bytes that all who send at once may announce: they are in memory until they are answered."""
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
    sending: Room = field(default_factory=lambda: Room("sending", SENT_AT_ONCE))
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
        if values["q"] or values["where"]:
            rows = await self.searching.run(_titled, shown, values["q"], values["where"])
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
        if how["where"] or how["k"] > MOST_AT_ONCE:
            return await self.searching.run(_found, shown, [query], None, how)
        search = _search(shown, [query], None, how)
        if search.told_by_graph is None:
            return await self.searching.run(_answered, shown, search)
        return _answered(shown, search)

    async def similar_to_sent(self, request: Request) -> Response:
        """The posters most like a picture, a title, or a file."""
        how = _values("similar_to_sent", request)
        kind = _kind(request)
        if kind == "application/json":
            what, text = questions.asked(await self._json(request))
            if what == "query":
                return await self._named([text], None, how)
            with self.sending.taken(MOST_BYTES):
                content = await self.searching.run(questions.read_allowed, text, self.allowed)
                return await self._looked_at(content, text, how)
        if not (kind.startswith("image/") or kind in ("application/octet-stream", "multipart/form-data")):
            raise _other_type(kind, "a picture as image/*, application/octet-stream or multipart/form-data, or JSON")
        with self.sending.taken(_announced(request, MOST_BYTES)):
            if kind == "multipart/form-data":
                return await self._looked_at(*await _form_picture(request), how)
            return await self._looked_at(await _body(request, MOST_BYTES), "the picture", how)

    async def _looked_at(self, content: bytes, called: str, how: Mapping[str, Any]) -> Response:
        shown = await self.holding.shown()
        query = await self.holding.look(shown, content, called)
        return await self.searching.run(_found, shown, [query], None, how)

    async def mix(self, request: Request) -> Response:
        """The posters nearest to the mean of several."""
        how = _values("mix", request)
        queries, weights = questions.mixed(await self._json(request))
        return await self._named(queries, weights, how)

    async def recommend(self, request: Request) -> Response:
        """The posters that suit what somebody has watched."""
        how = _values("recommend", request)
        history = questions.watched(await self._json(request))
        shown = await self.holding.shown()
        chosen = {name: value for name, value in how.items() if name != "k"}
        chosen["half_life"] = how["half_life"] or OFF
        found = await self.recommending.run(recommend, shown.collection, history, how["k"], chosen)
        return told(told_recommendation(shown, found))

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

    async def _json(self, request: Request) -> dict[str, Any]:
        if (kind := _kind(request)) != "application/json":
            raise _other_type(kind, "application/json")
        with self.sending.taken(_announced(request, MOST_JSON)):
            return json_object(await _body(request, MOST_JSON))

    @property
    def lanes(self) -> Sequence[Lane]:
        """All threads that answer."""
        return self.holding.looking, self.searching, self.recommending, self.drawing

    def by_operation(self) -> dict[str, Callable[[Request], Any]]:
        """Return what answers each operation, by its name."""
        return {name: getattr(self, name) for name in OPERATIONS}


def _found(shown: Shown, queries: Sequence[Query], weights: Sequence[float] | None, how: Mapping[str, Any]) -> Response:
    return _answered(shown, _search(shown, queries, weights, how))


def _search(shown: Shown, queries: Sequence[Query], weights: Sequence[float] | None, how: Mapping[str, Any]) -> Search:
    chosen = {name: value for name, value in how.items() if name != "k"}
    return make_search(shown.collection, queries, weights, how["k"], chosen)


def _answered(shown: Shown, search: Search) -> Response:
    return told(told_answer(shown, search.answer()))


def _titled(shown: Shown, asked: str, where: str) -> Sequence[int]:
    """Return the rows whose titles may be meant, of those that fulfil the condition."""
    collection, rows = shown.collection, shown.present
    if where:
        fulfilled = fulfilling(where, columns(collection.images, collection.metadata))
        rows = [row for row in rows if fulfilled[row]]
    if not asked:
        return rows
    titles = [collection.titles[row] for row in rows] if where else shown.titles
    return [rows[position] for position in match(asked, titles).positions]


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


def _announced(request: Request, most: int) -> int:
    """Return how many bytes a request says that it sends, `most` if it does not say. HTTPException for more."""
    size = int(request.headers.get("content-length", most))
    if size > most:
        raise _too_much(most)
    return size


def _too_much(most: int) -> HTTPException:
    return HTTPException(413, f"that is more than this takes, {most >> 20} MiB", {"connection": "close"})


async def _body(request: Request, most: int) -> bytes:
    """Return what is sent. HTTPException if it comes too slowly, only in part, or is too large."""
    found = bytearray()
    try:
        async with asyncio.timeout(SENDING_SECONDS):
            async for part in request.stream():
                if len(found) + len(part) > most:
                    raise _too_much(most)
                found += part
            return bytes(found)
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
