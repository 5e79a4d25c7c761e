"""Indexes: places in a space in, the nearest of a collection's posters out.

`Exact` looks at all; `methods.hnsw.Hnsw`, which does not, is built on demand and kept in the work folder's cache, by
what it was made from: another map's is never taken for it, and one that is damaged is made anew. `milvus` keeps one
elsewhere.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ArtifactError
from mapmaker.methods.hnsw import Hnsw
from mapmaker.model import Floats, Ints
from mapmaker.search.collection import Collection
from mapmaker.search.recall import AT, RECALL
from mapmaker.search.views import View

KINDS = ("auto", "exact", "hnsw")
VERSION = 1
"""Goes up when the same map would give another index."""


class Index(Protocol):
    """What finds the nearest posters, by their position among those it was made of."""

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """Return (m, k) positions, nearest first, -1 where there is none, and how near, for (m, c) places."""


@dataclass(frozen=True)
class Exact:
    """Looks at all `rows` of a view, in parts: as exact as faiss' flat index, without a copy, or its import."""

    view: View
    rows: NDArray[np.integer]

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """See `Index`; `k` is at most how many rows there are."""
        k = min(k, len(self.rows))
        alike = np.empty((len(queries), len(self.rows)), np.float32)
        for part, places in self.view.parts(self.rows):
            alike[:, part] = [self._alike(places, query) for query in queries]
        nearest = np.argpartition(-alike, max(k - 1, 0), axis=1)[:, :k] if k else np.zeros((len(queries), 0), np.int64)
        near = np.take_along_axis(alike, nearest, axis=1)
        order = np.lexsort((nearest, -near))
        return np.take_along_axis(nearest, order, axis=1).astype(np.int32), np.take_along_axis(near, order, axis=1)

    def _alike(self, places: Floats, query: Floats) -> Floats:
        if self.view.metric == "cosine":
            alike: Floats = places @ query
            return alike
        return self.view.similarity(places, query)


@dataclass(frozen=True)
class Kept:
    """An HNSW of the posters on the map in the graph's space, and what share of the nearest it finds."""

    index: Hnsw
    recall: float


def kept_index(collection: Collection) -> Kept | None:
    """Return the index that is kept for this very map, None if there is none, or it is damaged."""
    file = _file(collection)
    try:
        status = file.stat()
    except OSError:
        return None
    return _loaded(file, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _loaded(file: Path, size: int, changed: int) -> Kept | None:  # noqa: ARG001 - tell files from one another
    """Return the index in a file, held in memory from one call to the next."""
    try:
        told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        if told["sha256"] != workspace.file_digest(file):
            return None
        return Kept(Hnsw.load(file), float(told["recall"]))
    except (OSError, ValueError, KeyError, TypeError, ArtifactError):
        return None


def make_index(collection: Collection, note: Callable[[str], None]) -> Kept:
    """Return the index that is kept, or build it and keep it: some minutes for some hundred thousand posters."""
    if (found := kept_index(collection)) is not None:
        return found
    index = Hnsw.of(np.ascontiguousarray(collection.vectors[collection.selected]))
    made = Kept(index, index.tune(AT, RECALL))
    try:
        _keep(made, _file(collection))
    except OSError as error:
        note(f"the index cannot be kept in {collection.held.folder}: {error.strerror or error}")
    return made


def _keep(made: Kept, file: Path) -> None:
    """Write the index, then what tells that it is whole; killed in between, it is made anew. Older ones go."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob("*.hnsw"):
        if old != file:
            for one in (old.with_suffix(".json"), old):
                one.unlink(missing_ok=True)
    with workspace.replacing(file) as temporary:
        made.index.save(temporary)
        digest = workspace.file_digest(temporary)
    workspace.write_json(file.with_suffix(".json"), {"sha256": digest, "recall": made.recall})


def _file(collection: Collection) -> Path:
    """Return where the index of this map is kept: called by all that it is made from."""
    name = workspace.fingerprint({"version": VERSION, "recall": [RECALL, AT], **collection.digests})[:16]
    return collection.held.folder / "cache" / "search" / f"{name}.hnsw"
