"""What a user asks with, an image file, a poster's id or path, or a title -> what is known of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mapmaker.errors import AmbiguousQuery, ImagesError, QueryError
from mapmaker.mentions import Mentions
from mapmaker.model import Floats
from mapmaker.search.collection import Collection
from mapmaker.search.seeing import Seer, make_seer
from mapmaker.search.titles import folded, match, spelled_like
from mapmaker.search.views import View
from mapmaker.workspace import file_digest

MOST_NEAR = 3
"""Posters that are named where none is meant."""


@dataclass(frozen=True)
class Query:
    """What was asked with: a `row` of the collection, or a picture of which `seen` are the features."""

    text: str
    collection: Collection
    row: int | None = None
    file: Path | None = None
    seen: Floats | None = None

    @cached_property
    def features(self) -> Floats:
        """(d,) what the extractor sees in it."""
        if self.seen is not None:
            return self.seen
        found: Floats = self.collection.features[self.row]
        return found

    def at(self, view: View) -> Floats:
        """Return (c,) where it is."""
        if self.row is not None:
            there: Floats = view.at(np.array([self.row]))[0]
            return there
        elsewhere: Floats = view.of(self.features[None])[0]
        return elsewhere

    @property
    def called(self) -> str:
        """What to call it."""
        return str(self.file) if self.row is None else self.collection.called(self.row)


def read_query(collection: Collection, asked: str | Path, network: Path | None = None) -> Query:
    """Return what is meant: a poster's id, an image file, a poster's path, a title, in this order.

    A path is a file. AmbiguousQuery if it may be any of several posters, QueryError if nothing is found, ImagesError
    for a file that is no picture, ModelError if what sees pictures cannot be had.
    """
    text = str(asked)
    if isinstance(asked, str) and text in collection.rows:
        return by_id(collection, text)
    if _is_file(Path(text)):
        return _picture(collection, text, network)
    if isinstance(asked, Path):
        raise ImagesError(f"no image file {asked}")
    return named(collection, text)


def named(collection: Collection, text: str) -> Query:
    """Return the poster that is meant by its id, path or title, in this order; no file is looked for.

    Errors are those of `read_query`.
    """
    if text in collection.rows:
        return by_id(collection, text)
    row = Mentions.of(collection.images, ()).row(text)
    return _poster(collection, text, _titled(collection, text) if row is None else row)


def by_id(collection: Collection, id_: str) -> Query:
    """Return the poster of that id. QueryError if there is none, or nobody knows what it was like."""
    if id_ not in collection.rows:
        raise QueryError(f"no poster has the id {id_[:80]!r}")
    return _poster(collection, id_, collection.rows[id_])


def pictured(collection: Collection, picture: bytes, called: str, seer: Callable[[], Seer]) -> Query:
    """Return what an image file holds: if it is one of the posters, nobody need look at it, else `seer`'s does.

    `called`: what to call it. ImagesError for what is no picture, ModelError if what sees pictures cannot be had.
    """
    row = _held(collection, hashlib.sha256(picture).hexdigest())
    return Query(called, collection, row, Path(called), None if row is not None else seer().features(picture))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a character that none has
        return False


def _poster(collection: Collection, text: str, row: int) -> Query:
    if not collection.images.present[row]:
        raise QueryError(
            f"{collection.images.id[row]} is no more in the folder of images: nobody knows what it was like"
        )
    return Query(text, collection, row)


def _picture(collection: Collection, text: str, network: Path | None) -> Query:
    """Return an image file: if it is one of the posters, nobody need look at it."""
    file = Path(text)
    try:
        digest = file_digest(file)
    except OSError as error:
        raise ImagesError(f"cannot read {file}: {error.strerror}") from error
    if (row := _held(collection, digest)) is not None:
        return Query(text, collection, row, file)
    return Query(text, collection, None, file, make_seer(collection, network).features(file))


def _held(collection: Collection, digest: str) -> int | None:
    """Return the poster that a file with this digest is."""
    images = collection.images
    return next((row for row, known in enumerate(images.sha256) if known == digest and images.present[row]), None)


def _titled(collection: Collection, text: str) -> int:
    """Return the row whose title is meant."""
    rows = collection.images.present.nonzero()[0].tolist()
    found = match(text, [collection.titles[row] for row in rows])
    if found.sure:
        return int(rows[found.positions[0]])
    if found.positions:
        meant = [rows[position] for position in found.positions]
        raise AmbiguousQuery(text, [(collection.images.id[row], collection.called(row)) for row in meant])
    raise QueryError(f"{text!r} is no image file, and no poster has that id or title{_near(collection, text)}")


def _near(collection: Collection, text: str) -> str:
    """Return which ids are spelled like it."""
    ids = collection.images.id
    close = [ids[i] for _, i in spelled_like(folded(text), [folded(id_) for id_ in ids])][:MOST_NEAR]
    return f"; did you mean {' or '.join(close)}?" if close else ""
