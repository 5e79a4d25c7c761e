"""What there is to ask -> a description of it, OpenAPI 3.1.

Parameters of addresses are described by what reads them; bodies by schemas of their own, beside their readers in
`questions`, and answers by those below: tests hold both to what is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mapmaker.server.search import questions
from mapmaker.server.search.parameters import Parameter

VERSION = "1.0.0"
"""Of what can be asked; its first number is that of the addresses."""
Schema = Mapping[str, Any]
NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
PAIR: Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
TEXT: Schema = {"type": "string"}


def _object(properties: Mapping[str, Schema], optional: Sequence[str] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": dict(properties)}


def _list(items: Schema) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_PICTURE: Schema = {"type": "string", "format": "binary"}
_POSTER: Mapping[str, Schema] = {
    "id": TEXT,
    "title": {**TEXT, "description": "its path, if it has no title"},
    "year": {"type": ["integer", "null"]},
    "cell": {**PAIR, "type": ["array", "null"], "description": "[column, row]; null: it is not on the map"},
    "picture": {**TEXT, "description": "address of a small picture of it"},
    "map": {"type": ["string", "null"], "description": "address of the map, with it chosen"},
}
_FOUND: Mapping[str, Schema] = {
    **_POSTER,
    "similarity": {"type": "number"},
    "percentile": {**NUMBER_OR_NULL, "description": "percent of random pairs of posters that are less alike"},
}
_INPUT = _object({"text": TEXT, "id": {"type": ["string", "null"]}, "title": TEXT, "weight": {"type": "number"}})
_ANSWERED: Mapping[str, Schema] = {
    "asked": _list(_INPUT),
    "by": {**TEXT, "description": "what found them: graph, exact or hnsw"},
    "found": _list(_ref("Found")),
    "notes": _list(TEXT),
}
_RECOMMENDED = _object(
    {**_FOUND, "score": {"type": "number"}, "because": {**TEXT, "description": "id of the most similar watched"}}
)
_UNKNOWN = _object({"poster": TEXT, "reason": TEXT, "candidates": _list(_object({"id": TEXT, "title": TEXT}))})
SCHEMAS: Mapping[str, Schema] = {
    "Error": _object({"error": TEXT, "candidates": _list(_object({"id": TEXT, "title": TEXT}))}, ["candidates"]),
    "Poster": _object(_POSTER),
    "Posters": _object(
        {"total": {"type": "integer"}, "offset": {"type": "integer"}, "posters": _list(_ref("Poster"))},
    ),
    "WholePoster": _object(
        {
            **_POSTER,
            "path": {**TEXT, "description": "below the folder of images"},
            "width": {"type": "integer"},
            "height": {"type": "integer"},
            "point": {"type": ["array", "null"], "items": {"type": "number"}, "description": "[x, y] of the layout"},
            "tags": _list(TEXT),
            "url": {**TEXT, "description": "as the user's table has it"},
            "columns": {"type": "object", "additionalProperties": TEXT, "description": "the table's other columns"},
        }
    ),
    "Found": _object(_FOUND),
    "Similar": _object(_ANSWERED),
    "Recommended": _object(
        {**_ANSWERED, "method": TEXT, "found": _list(_RECOMMENDED), "unknown": _list(_UNKNOWN)},
    ),
    "Map": _object(
        {
            "columns": {"type": "integer"},
            "rows": {"type": "integer"},
            "ids": _list(TEXT),
            "points": {**_list(_list({"type": "number"})), "description": "[x, y] of each, as laid out"},
            "cells": {**_list(PAIR), "description": "[column, row] of each"},
        }
    ),
    "About": _object(
        {
            "posters": {"type": "integer"},
            "on_map": {"type": "integer"},
            "columns": {**_list(TEXT), "description": "names for `where`"},
            "pictures": {"type": "string", "enum": ["loading", "ready", "none"]},
            "why": {**TEXT, "description": "why pictures cannot be looked at"},
            "files": {"type": "boolean", "description": "whether files of this machine may be named"},
            "largest": {"type": "integer", "description": "bytes of a picture"},
        }
    ),
}
ERRORS: Mapping[int, str] = {
    400: "The request is not as described here.",
    403: "It comes from another site, or names a file that may not be read.",
    404: "There is no such poster.",
    405: "There is no such method.",
    408: "What was sent came too slowly.",
    409: "Any of several posters may be meant: `candidates`.",
    413: "What was sent is too large.",
    415: "What was sent is of a type that is not taken.",
    421: "The server does not go by that host.",
    422: "It is as described, and cannot be done.",
    501: "This map's posters were seen by something that is not here.",
    503: "Too many wait already; Retry-After says when to come again.",
}
_ALWAYS = (400, 403, 405, 421, 503)


@dataclass(frozen=True)
class Operation:
    """Something that can be asked: where, what it takes, and what is answered with, a name of `SCHEMAS` or "" for JPEG.

    `does`: what it is called and does. `body`: what is sent, by its type. `errors`: beside those that any may have.
    """

    method: str
    path: str
    does: str
    answer: str
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)
    errors: Sequence[int] = ()

    def described(self) -> dict[str, Any]:
        """Return its part of the description."""
        parameters: list[dict[str, Any]] = [
            {"name": one.name, "in": "query", "description": one.about, "schema": one.schema()}
            for one in self.parameters
        ]
        if "{id}" in self.path:
            parameters.insert(0, {"name": "id", "in": "path", "required": True, "schema": TEXT})
        content: dict[str, Any] = (
            {"application/json": {"schema": _ref(self.answer)}} if self.answer else {"image/jpeg": {"schema": _PICTURE}}
        )
        answers: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
        if not self.answer:
            answers["304"] = {"description": "It is what If-None-Match names."}
        for status in sorted({*_ALWAYS, *self.errors}):
            error = {"application/json": {"schema": _ref("Error")}}
            answers[str(status)] = {"description": ERRORS[status], "content": error}
        told: dict[str, Any] = {"summary": self.does, "parameters": parameters, "responses": answers}
        if self.body:
            content = {kind: {"schema": schema} for kind, schema in self.body.items()}
            told["requestBody"] = {"required": True, "content": content}
        return told


_SENT = (408, 413, 415)
OPERATIONS: Mapping[str, Operation] = {
    "about": Operation("GET", "/v1/about", "What is served, and whether pictures can be looked at", "About"),
    "posters": Operation(
        "GET", "/v1/posters", "Posters, or those with a title", "Posters", questions.PAGE, errors=[422]
    ),
    "poster": Operation("GET", "/v1/posters/{id}", "All that is known of a poster", "WholePoster", errors=[404]),
    "picture": Operation(
        "GET", "/v1/posters/{id}/picture", "A small picture of a poster", "", questions.SIZE, errors=[404]
    ),
    "similar": Operation(
        "GET",
        "/v1/posters/{id}/similar",
        "The posters most like one",
        "Similar",
        questions.HOW,
        errors=[404, 422],
    ),
    "similar_to_sent": Operation(
        "POST",
        "/v1/similar",
        "The posters most like a picture that is sent (any image/* will do), a title, or a file of this machine",
        "Similar",
        questions.HOW,
        {
            "multipart/form-data": {
                "type": "object",
                "required": ["picture"],
                "additionalProperties": False,
                "properties": {"picture": _PICTURE},
            },
            "application/octet-stream": _PICTURE,
            "application/json": questions.ASKED,
        },
        [404, 409, 422, 501, *_SENT],
    ),
    "mix": Operation(
        "POST",
        "/v1/mix",
        "The posters nearest to the mean of several",
        "Similar",
        questions.HOW,
        {"application/json": questions.MIX},
        [404, 409, 422, *_SENT],
    ),
    "recommend": Operation(
        "POST",
        "/v1/recommend",
        "The posters that suit what somebody has watched",
        "Recommended",
        questions.RECOMMENDED,
        {"application/json": questions.HISTORY},
        [422, *_SENT],
    ),
    "map": Operation("GET", "/v1/map", "Where all posters are", "Map"),
}


def description() -> dict[str, Any]:
    """Return the description of all there is."""
    paths: dict[str, dict[str, Any]] = {}
    for name, operation in OPERATIONS.items():
        told = {"operationId": name, **operation.described()}
        paths.setdefault(operation.path, {})[operation.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mapmaker",
            "version": VERSION,
            "description": "What is like what on a finished map. Errors are an object with one line as `error`.",
        },
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS)},
    }
