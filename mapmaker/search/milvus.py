"""An index in Milvus, by pymilvus: embedded, as a folder that Milvus Lite keeps, or on a server.

    milvus:posters.db           Milvus Lite, in this process
    milvus:http://host:19530    a server or cluster; its token is read from the environment, MILVUS_TOKEN, nowhere else

A collection is called by the digest of what it was made from, so another map's, or a former one's, is never taken for
it, and it gets that name when it is whole: killed before, the next start puts in the rest. It is ours if called as
ours are and has our two fields; no other is ever written to or dropped. Of ours, that which this work folder made there
last goes when the map is another. Recall, measured against looking at all, is kept in the work folder.
"""

import contextlib
import dataclasses
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mapmaker import workspace
from mapmaker.errors import MilvusError, MissingExtra, OptionError
from mapmaker.methods.hnsw import MOST_SEARCHED, Wiring
from mapmaker.model import Floats, Ints
from mapmaker.search.collection import Collection
from mapmaker.search.recall import RECALL, recall

SCHEME = "milvus:"
TOKEN = "MILVUS_TOKEN"
"""The environment's name of `user:password`, or of a key."""
ROW, PLACE = "mapmaker_row", "mapmaker_place"
"""Our fields: a position among the posters on the map, and where that is."""
_OURS = re.compile(r"mapmaker_[0-9a-f]{16}")
BUILDING = "_building"
"""Behind the name of a collection that is not whole yet."""
_SERVER = re.compile(r"https?://[^/?#@\s]+(/[^?#@\s]*)?")
VERSION = 1
"""Goes up when the same map would give another collection."""
BATCH = 2_000
"""Posters that are put in at a time."""
MOST = 16_384
"""Posters that Milvus answers with at most."""
PATIENCE = 10
"""Seconds to wait for a server to answer at all."""


@dataclass(frozen=True)
class Milvus:
    """An `Index` of the posters on the map, of which a server keeps a graph (HNSW); `ef`: candidates of a search."""

    client: Any
    place: str
    name: str
    ef: int

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """See `Index`."""
        rows, near = np.full((len(queries), k), -1, np.int32), np.full((len(queries), k), -np.inf, np.float32)
        many = min(k, MOST)
        asked = {"metric_type": "IP", "params": {"ef": max(self.ef, many)}}
        with _told(self.place):
            answers = self.client.search(
                self.name, data=list(queries), anns_field=PLACE, limit=many, search_params=asked, output_fields=[ROW]
            )
        for row, found in enumerate(answers):
            rows[row, : len(found)] = [one["entity"][ROW] for one in found]
            near[row, : len(found)] = [one["distance"] for one in found]
        return rows, near


@dataclass(frozen=True)
class KeptMilvus:
    """The index, and what share of the nearest it finds."""

    index: Milvus
    recall: float


def check_place(asked: str) -> None:
    """Raise OptionError unless `milvus:...` names a folder *.db, or a server, and holds no password."""
    place = asked.removeprefix(SCHEME)
    if "@" in place and "://" in place:
        raise OptionError(f"index: an address holds no user or password; say who you are by {TOKEN} in the environment")
    if not (place.endswith(".db") and "://" not in place) and not _SERVER.fullmatch(place):
        raise OptionError(f"index = {asked!r}: write it like {SCHEME}posters.db, or {SCHEME}http://host:19530")


def open_milvus(collection: Collection, asked: str) -> KeptMilvus:
    """Return the index of this very map at `milvus:...`, made first if it is not there. MilvusError if it cannot be."""
    place = asked.removeprefix(SCHEME)
    if "://" not in place:
        place = str(Path(place).absolute())
    name = f"mapmaker_{workspace.fingerprint({'version': VERSION, **collection.digests})[:16]}"
    kept = collection.held.folder / "cache" / "search" / f"milvus-{workspace.fingerprint({'place': place})[:16]}.json"
    shelf = _Shelf(_client(place), place, collection)
    known = _read(kept) or _Known(name)
    if known.index != name:
        shelf.drop(known.index)
        known = _Known(name)
    if not known.ef:
        _keep(known, kept)  # before it is begun: so that what a kill leaves goes, if the map is another then
    with _told(place):
        made = shelf.make(name)
    if made or not known.ef:
        known = _tuned(Milvus(shelf.client, place, name, Wiring().ef_search), shelf.vectors())
        _keep(known, kept)
    return KeptMilvus(Milvus(shelf.client, place, name, known.ef), known.recall)


@dataclass(frozen=True)
class _Known:
    """What the work folder keeps of an index at a place: what it is called, and what share is found by which `ef`.

    `ef` is 0 until that is measured.
    """

    index: str
    ef: int = 0
    recall: float = 0.0


def _read(file: Path) -> _Known | None:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return _Known(str(told["index"]), int(told["ef"]), float(told["recall"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(known: _Known, file: Path) -> None:
    with contextlib.suppress(OSError):  # measured again, next time
        file.parent.mkdir(parents=True, exist_ok=True)
        workspace.write_json(file, dataclasses.asdict(known))


def _tuned(index: Milvus, vectors: Floats) -> _Known:
    """Search wider until enough is found, or it is in vain."""
    while (found := recall(index.search, vectors)) < RECALL and index.ef < MOST_SEARCHED:
        index = dataclasses.replace(index, ef=2 * index.ef)
    return _Known(index.name, index.ef, found)


@dataclass(frozen=True)
class _Shelf:
    """The collections at a place, and the posters that one of them is to be of."""

    client: Any
    place: str
    collection: Collection

    def vectors(self) -> Floats:
        """Return (n, c) where the posters on the map are."""
        return np.ascontiguousarray(self.collection.vectors[self.collection.selected])

    def make(self, name: str) -> bool:
        """See to it that the collection is there, whole and loaded; return whether it had to be made."""
        if self.client.has_collection(name):
            self._check_ours(name)
            if self._count(name) == len(self.collection.selected):
                return False
            self.client.drop_collection(name)  # somebody has put something in, or taken it out
        from pymilvus.exceptions import MilvusException

        try:
            self._build(f"{name}{BUILDING}", name)
        except MilvusException:
            if not (self.client.has_collection(name) and self._count(name) == len(self.collection.selected)):
                raise  # else another process, which was building the same, was quicker
        return True

    def _build(self, building: str, name: str) -> None:
        if self.client.has_collection(building):
            self._check_ours(building)
        else:
            self._create(building)
        self._fill(building)
        if (count := self._count(building)) != len(self.collection.selected):
            self.client.drop_collection(building)
            raise MilvusError(f"Milvus at {self.place} holds {count:,} posters of those put in; ask again")
        self.client.release_collection(building)
        self.client.rename_collection(building, name)
        self.client.load_collection(name)

    def drop(self, name: str) -> None:
        """Drop a collection that this work folder has made, or begun to make, if it is there."""
        with _told(self.place):
            for one in (name, f"{name}{BUILDING}"):
                if _OURS.fullmatch(name) and self.client.has_collection(one) and self._is_ours(one):
                    self.client.drop_collection(one)

    def _create(self, name: str) -> None:
        from pymilvus import DataType

        wiring = Wiring()
        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(ROW, DataType.INT64, is_primary=True)
        schema.add_field(PLACE, DataType.FLOAT_VECTOR, dim=self.collection.vectors.shape[1])
        graph = self.client.prepare_index_params()
        links = {"M": wiring.links, "efConstruction": wiring.ef_construction}
        graph.add_index(PLACE, index_type="HNSW", metric_type="IP", params=links)
        self.client.create_collection(name, schema=schema, index_params=graph, consistency_level="Strong")

    def _fill(self, name: str) -> None:
        """Put all posters in; one that is there already, of a run that was killed, is written over."""
        vectors = self.vectors()
        for start in range(0, len(vectors), BATCH):
            part = vectors[start : start + BATCH]
            self.client.upsert(name, [{ROW: start + i, PLACE: place} for i, place in enumerate(part)])
        self.client.flush(name)

    def _count(self, name: str) -> int:
        self.client.load_collection(name)
        return int(self.client.query(name, output_fields=["count(*)"])[0]["count(*)"])

    def _is_ours(self, name: str) -> bool:
        fields = self.client.describe_collection(name)["fields"]
        return {field["name"] for field in fields} == {ROW, PLACE}

    def _check_ours(self, name: str) -> None:
        if not self._is_ours(name):
            raise MilvusError(f"Milvus at {self.place} has a collection {name} that mapmaker did not make; rename it")


@lru_cache(maxsize=4)
def _client(place: str) -> Any:
    """Return what talks to a place, kept for as long as the process. MilvusError if nothing is there that answers."""
    token = os.environ.get(TOKEN, "")  # before the import below, which reads a file `.env` into the environment
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # before it, too: gRPC would tell the terminal of its pings
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise MissingExtra("an index in Milvus", "milvus") from error
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # else each error is told twice, with what led to it
    if "://" not in place:
        _check_folder(Path(place))
        token = ""
    with _told(place):
        return MilvusClient(place, token=token, timeout=PATIENCE)


def _check_folder(folder: Path) -> None:
    """Raise MilvusError unless Milvus Lite may keep a folder there: it takes any that it is given for its own."""
    if not folder.parent.is_dir():
        raise MilvusError(f"no folder {folder.parent}, in which {folder.name} is to be")
    if folder.exists() and not folder.is_dir():
        raise MilvusError(f"{folder} is a file, and no folder of Milvus Lite 3; give another name")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "LOCK").is_file():
        raise MilvusError(f"{folder} holds something else than Milvus Lite; give another name")


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Tell what Milvus says in one line."""
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        said = " ".join(str(error.message).split())
        hint = "; another process may have it open" if "://" not in place and "Open local" in said else ""
        raise MilvusError(f"Milvus at {place}: {said}{hint}") from None
    except (RpcError, OSError) as error:
        raise MilvusError(f"Milvus at {place}: {' '.join(str(error).split())}") from None
