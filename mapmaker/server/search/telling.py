"""Posters, answers and the map -> what is said of them as JSON."""

import json
from typing import Any

from mapmaker.search.answers import Answer, Found
from mapmaker.search.recommending import Recommendation
from mapmaker.server.search.holding import Shown

DIGITS = 5
"""Of a point's coordinates."""


def told_poster(shown: Shown, row: int) -> dict[str, Any]:
    """Return what is said of a poster wherever it is named."""
    collection = shown.collection
    return _told(shown, collection.images.id[row], collection.called(row), collection.metadata.year[row], row)


def told_found(shown: Shown, found: Found) -> dict[str, Any]:
    """Return what is said of a poster that was found."""
    told = _told(shown, found.id, found.title or found.path, found.year, shown.collection.rows[found.id])
    return {**told, "similarity": found.similarity, "percentile": found.percentile}


def told_whole(shown: Shown, row: int) -> dict[str, Any]:
    """Return all that is known of a poster."""
    images, metadata = shown.collection.images, shown.collection.metadata
    selected = shown.selected.get(row)
    return {
        **told_poster(shown, row),
        "path": images.path[row],
        "width": int(images.width[row]),
        "height": int(images.height[row]),
        "point": None if selected is None else [round(x, DIGITS) for x in shown.layout.points[selected].tolist()],
        "tags": list(metadata.tags[row]),
        "url": metadata.url[row],
        "columns": {name: column[row] for name, column in metadata.more.items()},
    }


def told_answer(shown: Shown, answer: Answer) -> dict[str, Any]:
    """Return an answer in one view."""
    (seen,) = answer.seen
    return {
        "asked": [
            {"text": one.text, "id": one.id, "title": one.title, "weight": round(one.weight, 6)}
            for one in answer.inputs
        ],
        "by": seen.by,
        "found": [told_found(shown, one) for one in seen.found],
        "notes": list(answer.notes),
    }


def told_recommendation(shown: Shown, told: Recommendation) -> dict[str, Any]:
    """Return what is recommended, because of what, and what of the history is not known."""
    return {
        **told_answer(shown, told),
        "method": told.method,
        "found": [{**told_found(shown, one), "score": one.score, "because": one.because} for one in told.recommended],
        "unknown": [
            {
                "poster": one.poster,
                "reason": one.reason,
                "candidates": [{"id": id_, "title": title} for id_, title in one.candidates[:20]],
            }
            for one in told.unknown
        ],
    }


def told_map(shown: Shown) -> bytes:
    """Return where all posters are, as JSON: lists, each in the same order."""
    images = shown.collection.images
    value = {
        "columns": shown.arrangement.columns,
        "rows": shown.arrangement.rows,
        "ids": [images.id[row] for row in shown.collection.selected.tolist()],
        "points": [[round(x, DIGITS) for x in point] for point in shown.layout.points.tolist()],
        "cells": shown.cells,
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _told(shown: Shown, id_: str, title: str, year: int | None, row: int) -> dict[str, Any]:
    cell = shown.cell(row)
    return {
        "id": id_,
        "title": title,
        "year": year,
        "cell": cell,
        "picture": f"/v1/posters/{id_}/picture",
        "map": None if cell is None else f"/map/#{id_}",
    }
