"""What each address takes: its parameters, and bodies of JSON -> what is asked with."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.exceptions import HTTPException

from mapmaker.search.answers import MOST
from mapmaker.search.conditions import LONGEST
from mapmaker.search.known import Watched
from mapmaker.search.recommending import HALF_LIFE, METHODS, Recommending
from mapmaker.search.views import METRICS, SPACES
from mapmaker.server.search.guard import MOST_BYTES
from mapmaker.server.search.parameters import (
    Choice,
    Number,
    Parameter,
    Text,
    Whole,
    bad,
    check_keys,
    number,
    whole_list,
    whole_text,
)
from mapmaker.server.search.thumbnails import SIZES

MOST_MIXED, MOST_WATCHED = 100, 10_000
LONGEST_NAME = 1_000
"""Characters of an id, path or title."""
K = Whole("k", "posters to find", 6, 1, MOST)
WHERE = Text("where", "only posters that fulfil it, such as year >= 1980; see docs/search.md", "", LONGEST)
SPACE = Choice(
    "space", "graph, in which the map's neighbours are near, or full, the features as they are", "graph", SPACES
)
METRIC = Choice("metric", "what is measured there", "cosine", METRICS)
HOW: Sequence[Parameter] = (K, WHERE, SPACE, METRIC)
RECOMMENDED: Sequence[Parameter] = (
    K,
    Choice("method", "of each that was watched the nearest, or nearest to their mean", Recommending.method, METHODS),
    Number(
        "half_life", "days in which what was watched comes to count half; 0: dates count nothing", HALF_LIFE, 0, 1e6
    ),
    Number("diversity", "0, by score alone, to 1, as unlike one another as can be", 0, 0, 1),
    WHERE,
    SPACE,
)
PAGE: Sequence[Parameter] = (
    Text("q", "a title, or part of one, which need not be spelled well", "", LONGEST_NAME),
    WHERE,
    Whole("offset", "posters to pass over", 0, 0, 10**9),
    Whole("limit", "posters to tell", 50, 1, 200),
)
SIZE: Sequence[Parameter] = (Choice("size", "pixels of the longer side, at most", 192, SIZES),)

# Bodies are described here and read below: what one says, the other must do.
_NAME = {"type": "string", "maxLength": LONGEST_NAME}
MIX = {
    "type": "object",
    "required": ["queries"],
    "additionalProperties": False,
    "properties": {
        "queries": {"type": "array", "minItems": 2, "maxItems": MOST_MIXED, "items": _NAME},
        "weights": {
            "type": "array",
            "maxItems": MOST_MIXED,
            "items": {"type": "number", "minimum": 0, "maximum": 1e300},
        },
    },
}
HISTORY = {
    "type": "object",
    "required": ["history"],
    "additionalProperties": False,
    "properties": {
        "history": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_WATCHED,
            "items": {
                "type": "object",
                "required": ["poster"],
                "additionalProperties": False,
                "properties": {
                    "poster": {**_NAME, "description": "an id, path or title"},
                    "rating": {"type": ["number", "null"], "maximum": 1e300, "minimum": -1e300},
                    "date": {"type": ["string", "null"], "format": "date"},
                    "year": {
                        "type": ["integer", "null"],
                        "maximum": 1e300,
                        "minimum": -1e300,
                        "description": "of a title that several posters have",
                    },
                },
            },
        }
    },
}
ASKED = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "query": {**_NAME, "description": "an id, path or title"},
        "file": {**_NAME, "description": "a file below the folder of --allow-files: file:// or a path"},
    },
}


def mixed(body: Mapping[str, Any]) -> tuple[list[str], list[float] | None]:
    """Return what is to be mixed, and its weights. HTTPException for what MIX does not allow."""
    check_keys(body, ("queries", "weights"))
    queries = [name("queries", one) for one in whole_list("queries", body.get("queries"), 2, MOST_MIXED)]
    if "weights" not in body:
        return queries, None
    return queries, [number("weights", one, 0) for one in whole_list("weights", body["weights"], 0, MOST_MIXED)]


def watched(body: Mapping[str, Any]) -> list[Watched]:
    """Return a history. HTTPException for what HISTORY does not allow."""
    check_keys(body, ("history",))
    return [_watched(one) for one in whole_list("history", body.get("history"), 1, MOST_WATCHED)]


def _watched(value: object) -> Watched:
    if not isinstance(value, dict):
        raise bad("each of the history must be an object with poster, and rating, date, year where they are known")
    check_keys(value, ("poster", "rating", "date", "year"))
    rating, date, year = value.get("rating"), value.get("date"), value.get("year")
    return Watched(
        name("poster", value.get("poster")),
        None if rating is None else number("rating", rating),
        None if date is None else _date(date),
        None if year is None else _year(year),
    )


def _year(value: object) -> int:
    found = number("year", value)
    if not found.is_integer():
        raise bad(f"year = {found:g} is no whole number")
    return int(found)


def _date(value: object) -> datetime.date:
    text = whole_text("date", value)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise bad(f"date = {text[:40]!r} is no date like 2024-05-31") from error


def asked(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return "query" or "file", and what it says. HTTPException for what ASKED does not allow."""
    check_keys(body, ("query", "file"))
    if len(body) != 1:
        raise bad('the body must be {"query": ...}, an id, path or title, or {"file": ...}')
    ((kind, value),) = body.items()
    return kind, name(kind, value)


def name(what: str, value: object) -> str:
    """Return an id, path or title. HTTPException for what is none."""
    text = whole_text(what, value)
    if len(text) > LONGEST_NAME:
        raise bad(f"{what} has {len(text):,} characters; at most {LONGEST_NAME:,} are taken")
    return text


def read_allowed(address: str, folder: Path | None) -> bytes:
    """Return what is in a file below `folder`, by its path or file:// address. HTTPException unless it may be read.

    Whether a file is there is told of those below `folder` alone.
    """
    if folder is None:
        raise HTTPException(403, "files of this machine are not looked at; start the server with --allow-files FOLDER")
    root = folder.resolve()
    try:
        parts = urlsplit(address)
        if len(parts.scheme) > 1 and (parts.scheme != "file" or parts.netloc not in ("", "localhost")):
            raise HTTPException(403, f"{address[:80]!r} is not on this machine; nothing is fetched from elsewhere")
        path = (root / (unquote(parts.path) if parts.scheme == "file" else address)).resolve()
        if not path.is_relative_to(root):
            raise HTTPException(403, f"{address[:80]!r} is not below {folder}, the folder of --allow-files")
        if not path.is_file():
            raise HTTPException(404, f"no file {address[:80]!r} below {folder}")
        if path.stat().st_size > MOST_BYTES:
            raise HTTPException(413, f"{address[:80]!r} is larger than {MOST_BYTES >> 20} MiB")
        return path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # what no file can be called, a link to itself, no permission
        reason = getattr(error, "strerror", None) or error
        raise HTTPException(404, f"{address[:80]!r} cannot be read: {reason}") from error
