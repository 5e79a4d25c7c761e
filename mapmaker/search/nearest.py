"""Places in a view -> the posters of an index that are nearest to each, less what was asked with and its exact copies.

An index may be one that does not find all, and is of posters that are not wanted, too. So some more are looked for than
are wanted, and more again where too few are left; what is found is ranked pair by pair, so that every index tells the
same similarities in the same order.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats
from mapmaker.search.collection import Collection
from mapmaker.search.index import Index
from mapmaker.search.seeing import same
from mapmaker.search.views import NUMBERS, View

Rows = NDArray[np.int64]
SPARE = 8
"""Posters looked for beyond those wanted: some may be copies of what was asked with."""
WIDER = 4
"""Times as many are looked for next."""
ALIKE = 1 - 1e-4
"""Cosine in the graph's space from which on two may be the same picture: then their features are compared."""


class LeftOut:
    """What was asked with, `rows` and `pictures` (p, d), of which the features are known, and exact copies of it."""

    def __init__(self, collection: Collection, rows: Rows, pictures: Floats | None = None) -> None:
        self._collection, self._rows = collection, rows
        self._pictures = np.zeros((0, collection.features.shape[1]), np.float32) if pictures is None else pictures
        self._graph = View(collection, "graph")
        self._places = self._graph.at(rows)
        if len(self._pictures):
            self._places = np.concatenate([self._places, self._graph.of(self._pictures)])

    def among(self, rows: Rows) -> NDArray[np.bool_]:
        """Return (n,) which of n rows that is."""
        out: NDArray[np.bool_] = np.isin(rows, self._rows)
        at_a_time = max(1, NUMBERS // max(1, *self._places.shape))
        for start in range(0, len(rows), at_a_time):
            part = slice(start, start + at_a_time)
            suspects = self._graph.at(rows[part]) @ self._places.T >= ALIKE
            suspects[out[part]] = False
            for asked in np.flatnonzero(suspects.any(axis=0)).tolist():
                there = start + np.flatnonzero(suspects[:, asked])
                there = there[~out[there]]
                out[there] = same(self._features(asked), self._collection.features[rows[there]])
        return out

    def _features(self, asked: int) -> Floats:
        known = len(self._rows)
        found: Floats = self._collection.features[self._rows[asked]] if asked < known else self._pictures[asked - known]
        return found


def nearest(
    view: View, index: Index, rows: Rows, places: Floats, k: int, left_out: Callable[[Rows], NDArray[np.bool_]]
) -> list[tuple[Rows, Floats]]:
    """Return of each of (m, c) places the `k` nearest rows that are not left out, and how alike they are.

    `rows`: those that the index is of, in its order.
    """
    found = [(np.zeros(0, np.int64), np.zeros(0, np.float32))] * len(places)
    lacking = list(range(len(places)))
    many, at_a_time = k + SPARE, max(1, NUMBERS // max(1, len(rows)))
    while lacking:
        many = min(many, len(rows))
        for start in range(0, len(lacking), at_a_time):
            some = lacking[start : start + at_a_time]
            positions, _ = index.search(places[some], many)
            for one, near in zip(some, positions, strict=True):
                there = rows[near[near >= 0]]
                found[one] = ranked(view, places[one], there[~left_out(there)], k)
        lacking = [one for one in lacking if len(found[one][0]) < k] if many < len(rows) else []
        many *= WIDER
    return found


def ranked(view: View, place: Floats, rows: Rows, k: int) -> tuple[Rows, Floats]:
    """Return the `k` of these rows that are most alike to a place, and how alike; of equals, the first row."""
    alike = view.similarity(view.at(rows), place)
    order = np.lexsort((rows, -alike))[:k]
    return rows[order], alike[order]
