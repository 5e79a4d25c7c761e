"""What is asked for -> the posters most like it, and what their likeness is worth.

Where the graph of neighbours already tells, it answers; else an index does, of the posters that are wanted.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker import options
from mapmaker.errors import OptionError, near
from mapmaker.model import Floats
from mapmaker.options import whole
from mapmaker.search.collection import Collection
from mapmaker.search.conditions import columns, fulfilling
from mapmaker.search.index import KINDS, Exact, Index, kept_index, make_index
from mapmaker.search.milvus import SCHEME, check_place, open_milvus
from mapmaker.search.queries import Query, read_query
from mapmaker.search.seeing import same
from mapmaker.search.views import METRICS, SPACES, View, counts, views

MOST = 1_000
"""Posters that are answered with."""
SPARE = 8
"""Posters looked for beyond those asked for: some may be copies of what was asked with."""
ALIKE = 1 - 1e-4
"""Cosine from which on two may be the same picture: then their features are compared."""


@dataclass(frozen=True)
class Asking:
    """Options of a search.

    `space`: "graph", in which the map's neighbours are near, or "full", the features as they are. `metric`: "cosine",
    or "euclidean", of what is not brought to unit length first; its similarity is 1 / (1 + distance). `pca`: in
    spaces of so many principal components instead, "30,500,off", off for the features as they are. `where`: a condition
    on the table's columns, such as "year >= 1980". `index`: "exact", "hnsw", which is built once and kept, "auto", that
    one if it is there, or "milvus:...", as of the module `milvus`. `network`: the file of the extractor's weights or
    model, if it was moved.
    """

    space: str = "graph"
    metric: str = "cosine"
    pca: int | str = ""
    where: str = ""
    index: str = "auto"
    network: Path | None = None

    def __post_init__(self) -> None:
        if self.index.startswith(SCHEME):
            check_place(self.index)
        for name, known in (("space", SPACES), ("metric", METRICS), ("index", (*KINDS, f"{SCHEME}..."))):
            if (value := getattr(self, name)) not in known and not (name == "index" and value.startswith(SCHEME)):
                raise OptionError(f"{name} = {value!r} is not known: {near(value, known)}")
        if self.components and self.space != "graph":
            raise OptionError("pca makes spaces of its own: leave out either space or pca; pca = off is the full one")
        if self.index == "hnsw" and not self.is_whole:
            raise OptionError("index = 'hnsw' is of the whole map, by cosine, in the graph's space; leave it out here")
        if self.index.startswith(SCHEME) and not dataclasses.replace(self, index="auto", where="").is_whole:
            raise OptionError("an index in Milvus is of the graph's space, by cosine; leave it out here")

    @property
    def components(self) -> list[int]:
        """Counts of principal components; none for one of the spaces."""
        return counts(str(self.pca))

    @property
    def is_whole(self) -> bool:
        """Whether all of the map is searched, in the space and by the measure that an index of HNSW has."""
        return self.space == "graph" and self.metric == "cosine" and self.pca == "" and not self.where

    def find_index(
        self, view: View, wanted: NDArray[np.int64], note: Callable[[str], None]
    ) -> tuple[Index, NDArray[np.int64], str]:
        """Return an index, the rows that it is of, and its kind: HNSW is of all on the map, in the graph's space."""
        if self.index.startswith(SCHEME):
            if self.where:
                note("all posters that fulfil the condition are looked at, without Milvus")
                return Exact(view, wanted), wanted, "exact"
            there = open_milvus(view.collection, self.index)
            note(_share(there.recall))
            return there.index, view.collection.selected, "milvus"
        if self.is_whole and self.index != "exact":
            made = make_index(view.collection, note) if self.index == "hnsw" else None
            if (kept := made or kept_index(view.collection)) is not None:
                note(_share(kept.recall))
                return kept.index, view.collection.selected, "hnsw"
        return Exact(view, wanted), wanted, "exact"


@dataclass(frozen=True)
class Found:
    """A poster of an answer. `percentile`: percent of random pairs of posters that are less alike; None if unknown."""

    id: str
    path: str
    title: str
    year: int | None
    similarity: float
    percentile: float | None


@dataclass(frozen=True)
class Seen:
    """The posters most like what was asked with, in one view; `by`: "graph", "exact", "hnsw" or "milvus"."""

    view: str
    by: str
    found: Sequence[Found]


@dataclass(frozen=True)
class Asked:
    """Something that was asked with; `id` is None for a picture that is no poster of the map's folder."""

    text: str
    id: str | None
    title: str
    weight: float


@dataclass(frozen=True)
class Answer:
    """What was asked with, and the most similar posters, in each view."""

    inputs: Sequence[Asked]
    seen: Sequence[Seen]
    notes: Sequence[str]


@dataclass(frozen=True)
class Search:
    """One question: what is asked with, its weights, how many posters are wanted, and how."""

    collection: Collection
    queries: Sequence[Query]
    weights: NDArray[np.float64]
    k: int
    asking: Asking
    wanted: NDArray[np.int64]
    """(n,) the rows that may be answered with, ascending."""
    notes: list[str] = field(default_factory=list)

    def answer(self) -> Answer:
        """Return the answer, with all that is told of each poster."""
        inputs = [
            Asked(query.text, None if query.row is None else self.collection.images.id[query.row], query.called, weight)
            for query, weight in zip(self.queries, self.weights.tolist(), strict=True)
        ]
        return Answer(inputs, [self._seen(view) for view in self.views], self.notes)

    @cached_property
    def views(self) -> list[View]:
        """The views that are asked for."""
        return views(self.collection, self.asking.space, self.asking.metric, self.asking.components)

    def nearest(self, view: View) -> tuple[NDArray[np.int64], Floats, str]:
        """Return the rows most similar in a view, their similarity, and what found them."""
        if self.told_by_graph is not None:
            return *self.told_by_graph, "graph"
        index, rows, by = self.asking.find_index(view, self.wanted, self.notes.append)
        places = np.stack([query.at(view) for query in self.queries])
        place = places[0] if len(places) == 1 else view.mean(places, self.weights)
        return *self._among(view, index, rows, place), by

    @cached_property
    def told_by_graph(self) -> tuple[NDArray[np.int64], Floats] | None:
        """The rows and similarities that the graph of neighbours tells; None if it does not tell enough."""
        row = self.queries[0].row
        if len(self.queries) > 1 or row is None or not self.asking.is_whole:
            return None
        if self.asking.index != "auto" or self.k > self.collection.neighbors.index.shape[1]:
            return None
        if self.collection.neighbors.metric == "manhattan":
            return None
        near = self.collection.neighbors.index[row]
        known = (near >= 0) & self.collection.on_map[near]
        rows, alike = self._others(near[known].astype(np.int64), self.collection.neighbors.similarity[row][known])
        return (rows[: self.k], alike[: self.k]) if len(rows) >= self.k else None

    def _among(
        self, view: View, index: Index, rows: NDArray[np.int64], place: Floats
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the nearest of an index, less what was asked with; ranked pair by pair, as the graph is."""
        many = self.k + len(self.queries) + SPARE
        while True:
            many = min(many, len(rows))
            (positions,), _ = index.search(place[None], many)
            near = rows[positions[positions >= 0]]
            alike = view.similarity(view.at(near), place)
            order = np.lexsort((near, -alike))
            found, likeness = self._others(near[order], alike[order])
            if len(found) >= self.k or many == len(rows):
                return found[: self.k], likeness[: self.k]
            many *= 4

    def _others(self, rows: NDArray[np.int64], alike: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Return rows and similarities less what was asked with, and exact copies of it."""
        others = np.ones(len(rows), bool)
        suspects = alike >= ALIKE if self.asking.metric == "cosine" and len(self.queries) == 1 else others.copy()
        if suspects.any():
            features = self.collection.features[rows[suspects]]
            copies = np.logical_or.reduce([same(query.features, features) for query in self.queries])
            others[suspects] = ~copies
        asked = [query.row for query in self.queries if query.row is not None]
        others &= ~np.isin(rows, asked)
        return rows[others], alike[others]

    def _seen(self, view: View) -> Seen:
        rows, alike, by = self.nearest(view)
        images, metadata = self.collection.images, self.collection.metadata
        found = [
            Found(
                images.id[row],
                images.path[row],
                metadata.title[row],
                metadata.year[row],
                round(value, 6),
                percentile(value, view.chance),
            )
            for row, value in zip(rows.tolist(), alike.tolist(), strict=True)
        ]
        return Seen(view.name, by, found)


def _share(recall: float) -> str:
    return f"of the nearest, the index finds {math.floor(recall * 1000) / 10:.1f}%"


def percentile(value: float, chance: Floats) -> float | None:
    """Return how many percent of `chance`, similarities of random pairs, are below a similarity; None if none are."""
    return round(100 * float(np.searchsorted(chance, value)) / len(chance), 2) if len(chance) else None


def make_search(
    collection: Collection,
    asked: Sequence[str | Path | Query],
    weights: Sequence[float] | None,
    k: int,
    chosen: Mapping[str, object],
) -> Search:
    """Return the question; what is `asked` may have been read already. InputError for what is the user's to mend."""
    asking: Asking = options.build(Asking, chosen, "search")
    check_k(k)
    shares = _weights(weights, len(asked))
    wanted = wanted_rows(collection, asking.where)
    # All else is checked by now: to look at a picture, a network may have to be loaded.
    queries = [one if isinstance(one, Query) else read_query(collection, one, asking.network) for one in asked]
    return Search(collection, queries, shares, k, asking, wanted)


def check_k(k: object) -> None:
    """Raise OptionError unless so many posters can be answered with."""
    if whole("k", k, 1) > MOST:
        raise OptionError(f"k = {k:,} is above {MOST:,}")


def wanted_rows(collection: Collection, where: str) -> NDArray[np.int64]:
    """Return the rows on the map that fulfil the condition."""
    if not where:
        return collection.selected
    fulfilled: NDArray[np.bool_] = fulfilling(where, columns(collection.images, collection.metadata))
    return collection.selected[fulfilled[collection.selected]]


def _weights(weights: Sequence[float] | None, count: int) -> NDArray[np.float64]:
    """Return the share of each input; together they are 1."""
    if weights is None:
        return np.full(count, 1 / count)
    try:
        given = np.array([float(weight) for weight in weights])
    except (TypeError, ValueError) as error:
        raise OptionError(f"weights = {weights!r} are not numbers") from error
    told = ", ".join(f"{weight:g}" for weight in given)
    if len(given) != count:
        raise OptionError(f"weights = {told}: {len(given):,} for {count:,} inputs; give one for each")
    if not np.isfinite(given).all() or (given < 0).any() or not 0 < given.sum() < np.inf:
        raise OptionError(f"weights = {told}: they must be finite, none below 0, and not all 0")
    shares: NDArray[np.float64] = given / given.sum()
    return shares
