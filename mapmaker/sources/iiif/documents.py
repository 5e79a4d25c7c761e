"""Collections and manifests of Presentation API 2 and 3 -> what is in them, told alike.

JSON-LD lets the same be said in many ways: "@id" or "id", one or a list of one, a document or where it is.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mapmaker.errors import FetchError
from mapmaker.sources.iiif.words import each
from mapmaker.sources.source import Unusable
from mapmaker.sources.web import Web

Document = Mapping[str, Any]
PARTS = ("items", "members", "collections", "manifests")
"""What a collection holds: in version 3, in 2.1, and in 2 by kind."""


@dataclass(frozen=True)
class Reference:
    """A manifest, where it is, and what is said of it there; `whole`: that is all of it."""

    address: str
    document: Document = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether there is nothing more to read."""
        return any(isinstance(self.document.get(name), list) for name in ("items", "sequences"))


@dataclass(frozen=True)
class Painted:
    """What is painted onto a canvas: the address of a picture, "" if none is told, and its service, {} for none."""

    address: str
    service: Document = field(default_factory=dict)


def identity(document: Document) -> str:
    """Return a document's address, "" if it has none."""
    found = document.get("id") or document.get("@id")
    return found if isinstance(found, str) else ""


def is_web(address: str) -> bool:
    """Return whether an address is one of the web."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def kind(document: Document) -> str:
    """Return what a document is, such as "Manifest", in the words of version 3."""
    told = next(iter(each(document.get("type") or document.get("@type"))), "")
    return str(told).rpartition(":")[2]


async def manifests(web: Web, address: str) -> AsyncIterator[Reference | Unusable]:
    """Yield the manifests of a collection, also those of collections within, in order; a manifest has but itself.

    FetchError if what is at `address` cannot be had, or is neither.
    """
    document = await read(web, address)
    if kind(document) == "Manifest" or "sequences" in document:
        yield Reference(address, document)
    elif kind(document) == "Collection":
        async for one in _collected(web, document, {address, identity(document)}):
            yield one
    else:
        raise FetchError(f"{address} is no manifest or collection of IIIF, but {kind(document) or 'says not what'!r}")


async def read(web: Web, address: str) -> Document:
    """Return what is at `address`. FetchError if that is no table of JSON."""
    document = await web.json(address)
    if not isinstance(document, dict):
        raise FetchError(f"{address} is no document of IIIF: it is a JSON {type(document).__name__}")
    return document


async def _collected(web: Web, collection: Document, seen: set[str]) -> AsyncIterator[Reference | Unusable]:
    """Yield what a collection and its further pages hold. What was `seen` before is not gone through again.

    Where it is within collections, and pages of them, is on a stack: there may be thousands, each in the one before.
    """
    within = [_held(collection, seen)]
    while within:
        one = next(within[-1], None)
        if one is None:
            within.pop()
        elif isinstance(one, _Inner):
            opened = await _opened(web, one)
            if isinstance(opened, Unusable):
                yield opened
            else:
                within.append(_held(opened, seen))
        else:
            yield one


@dataclass(frozen=True)
class _Inner:
    """A collection within another, or its next page; one that has none of the keys `telling` is to be asked for."""

    document: Document
    telling: Sequence[str]


def _held(collection: Document, seen: set[str]) -> Iterator[Reference | Unusable | _Inner]:
    """Yield what stands in a collection, and then its pages."""
    parts = list(_parts(collection))
    for document in parts:
        where = identity(document)
        if not where or where in seen:
            continue
        seen.add(where)
        if not is_web(where):
            yield Unusable(where, "no address of the web")
        elif kind(document) in ("Manifest", ""):
            yield Reference(where, document)
        elif kind(document) == "Collection":
            yield _Inner(document, (*PARTS, "first"))
    # Pages of version 2.1: the collection tells the first, each page the next.
    for name in ("next",) if parts else ("first", "next"):
        for page in each(collection.get(name)):
            document = page if isinstance(page, dict) else {"id": page}
            if (where := identity(document)) and where not in seen:
                seen.add(where)
                yield _Inner(document, PARTS)


async def _opened(web: Web, inner: _Inner) -> Document | Unusable:
    """Return what a collection holds. One that cannot be had is told: the rest is worth having without it."""
    if any(inner.document.get(name) for name in inner.telling):
        return inner.document
    where = identity(inner.document)
    try:
        return await read(web, where)
    except FetchError as error:
        return Unusable(where, str(error))


def _parts(collection: Document) -> Iterator[Document]:
    """Yield what stands in a collection, or in a page of one."""
    for name in PARTS:
        for part in each(collection.get(name)):
            if isinstance(part, dict):
                yield part
            elif isinstance(part, str):
                yield {"id": part, "type": "Collection" if name == "collections" else "Manifest"}


def canvases(manifest: Document) -> list[Document]:
    """Return the canvases of a manifest: version 3 has them as items, version 2 in its first sequence."""
    sequences = [one for one in each(manifest.get("sequences")) if isinstance(one, dict)]
    found = each(sequences[0].get("canvases")) if sequences else each(manifest.get("items"))
    return [one for one in found if isinstance(one, dict)]


def painted(canvas: Document) -> Painted | None:
    """Return the first picture that is painted onto a canvas, None if none is."""
    for body in _bodies(canvas):
        found = _picture(body)
        if found is not None:
            return found
    return None


def thumbnail(document: Document) -> Painted | None:
    """Return the thumbnail of a canvas or manifest, None if it has none."""
    for one in each(document.get("thumbnail")):
        if isinstance(one, str):
            return Painted(one)
        if isinstance(one, dict):
            return Painted(identity(one), _service(one))
    return None


def _bodies(canvas: Document) -> Iterator[Document]:
    """Yield what is painted onto a canvas, of a choice what comes first."""
    two = [one.get("resource") for one in each(canvas.get("images")) if isinstance(one, dict)]
    pages = [one for one in each(canvas.get("items")) if isinstance(one, dict)]
    notes = [one for page in pages for one in each(page.get("items")) if isinstance(one, dict)]
    three = [body for one in notes if one.get("motivation", "painting") == "painting" for body in each(one.get("body"))]
    for body in (*two, *three):
        if isinstance(body, str):
            yield {"id": body}
        elif isinstance(body, dict):
            yield _chosen(body)


def _chosen(body: Document) -> Document:
    """Return the picture that a choice begins with, or that a part is cut from; others as they are."""
    for step in ("default", "full", "source"):  # oa:Choice and oa:SpecificResource of version 2, the latter of 3
        inner = next(iter(each(body.get(step))), None)
        if isinstance(inner, dict):
            return _chosen(inner)
        if isinstance(inner, str) and kind(body) == "SpecificResource":
            return {"id": inner}
    if kind(body) == "Choice":
        return next((_chosen(one) for one in each(body.get("items")) if isinstance(one, dict)), {})
    return body


def _picture(body: Document) -> Painted | None:
    service = _service(body)
    if not service and kind(body) not in ("Image", "") and not str(body.get("format", "")).startswith("image/"):
        return None  # sound, moving pictures, text
    return Painted(identity(body), service) if identity(body) or service else None


def _service(body: Document) -> Document:
    """Return the service that gives a picture in other sizes, {} for none; those that log in stand beside it."""
    for one in each(body.get("service")):
        told = {"id": one} if isinstance(one, str) else one
        if isinstance(told, dict) and identity(told) and _gives_pictures(told):
            return told
    return {}


def _gives_pictures(service: Document) -> bool:
    said = " ".join(str(part) for name in ("@context", "profile") for part in each(service.get(name)))
    return (
        kind(service).startswith("ImageService")
        or "/api/image/" in said
        or "/image-api/" in said
        or not (said or kind(service))
    )


def secured(address: str, document: str) -> str:
    """Return an address by https where it is on the host of a document that is: old ones say http of themselves."""
    if not (is_web(address) and is_web(document)):
        return address
    one, other = urlsplit(address), urlsplit(document)
    if one.scheme == "http" and other.scheme == "https" and one.netloc == other.netloc:
        return address.replace("http://", "https://", 1)
    return address
