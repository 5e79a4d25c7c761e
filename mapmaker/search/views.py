"""Ways of seeing likeness: features -> a space, and how alike two posters are in it, as one number.

In the graph's space the build has made all vectors; in others they are made from the features, some rows at a time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import OptionError
from mapmaker.methods.chance import random_pairs
from mapmaker.methods.neighbors import Reduction, Space
from mapmaker.model import Floats
from mapmaker.search.collection import Collection

SPACES = ("graph", "full")
METRICS = ("cosine", "euclidean")
OFF = "off"
NUMBERS = 2**23
"""Of features or vectors, looked at at a time."""
_WHOLE = re.compile("[1-9][0-9]{0,8}")
NOTHING = 1e-6
"""Length of a mean below which its direction is chance."""


@dataclass(frozen=True)
class View:
    """A space, and a measure in it: `cosine`, or `euclidean`, whose similarity is 1 / (1 + distance).

    `reduction`: what makes the space of the features; None is the graph's own.
    """

    collection: Collection
    name: str
    metric: str = "cosine"
    reduction: Space | None = None

    @property
    def space(self) -> Space:
        """What makes the space of the features."""
        return self.collection.space if self.reduction is None else self.reduction

    @property
    def is_stored(self) -> bool:
        """Whether it is known already where all rows are."""
        return self.reduction is None and self.metric == "cosine"

    def of(self, values: Floats) -> Floats:
        """Return (m, c) what becomes of (m, d) features in the space."""
        if self.metric == "cosine":
            return self.space.of(values)
        if not self.space.axes.shape[1]:
            return values
        reduced: Floats = ((values.astype(np.float64) - self.space.mean) @ self.space.axes).astype(np.float32)
        return reduced

    def at(self, rows: NDArray[np.integer]) -> Floats:
        """Return (m, c) where these rows are."""
        return self.collection.vectors[rows] if self.is_stored else self.of(self.collection.features[rows])

    def mean(self, places: Floats, weights: NDArray[np.float64]) -> Floats:
        """Return (c,) the weighted mean of (m, c); where only directions count, of unit length.

        OptionError where it has none.
        """
        exact = weights @ places.astype(np.float64) / weights.sum()
        if self.metric == "cosine":
            if (length := float(np.linalg.norm(exact))) < NOTHING:
                raise OptionError("what is to be mixed cancels out: nothing lies between; give other weights")
            exact /= length
        mean: Floats = exact.astype(np.float32)
        return mean

    def similarity(self, places: Floats, others: Floats) -> Floats:
        """Return (n,) how alike (n, c) and (n, c), or (c,), are; pair by pair, so that others do not change it."""
        if self.metric == "cosine":
            alike: Floats = np.einsum("nd,nd->n", places, np.broadcast_to(others, places.shape)).clip(-1, 1)
            return alike
        away = np.sqrt(np.square(places - others, dtype=np.float64).sum(axis=1))
        near: Floats = (1 / (1 + away)).astype(np.float32)
        return near

    def parts(self, rows: NDArray[np.integer]) -> Iterator[tuple[slice, Floats]]:
        """Yield where all these rows are, some at a time."""
        wide = (self.collection.vectors if self.is_stored else self.collection.features).shape[1]
        size = max(1, NUMBERS // max(1, wide))
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            yield part, self.at(rows[part])

    @property
    def chance(self) -> Floats:
        """The similarities of random pairs of posters on the map, ascending; held from one question to the next."""
        kept = self.collection.chance
        if (self.name, self.metric) not in kept:
            kept[self.name, self.metric] = self.at_random(self.collection.selected)
        return kept[self.name, self.metric]

    def at_random(self, rows: NDArray[np.integer]) -> Floats:
        """Return the similarities of random pairs of these rows, ascending; none where there is no pair."""
        ones, others = random_pairs(rows)
        found = [self.similarity(here, self.at(others[part])) for part, here in self.parts(ones)]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.float32)


def counts(told: str) -> list[int]:
    """Return numbers of components of "30,500,off", 0 for the features as they are. OptionError for what is none."""
    return [_count(text.strip()) for text in told.split(",")] if told else []


def views(collection: Collection, space: str, metric: str, components: Sequence[int]) -> list[View]:
    """Return the view that is asked for, or, where there are counts of `components`, one for each.

    More components than there are is all there are, once.
    """
    if not components:
        whole = None if space == "graph" else _as_they_are(collection)
        return [View(collection, space, metric, whole)]
    most = most_components(collection)
    kept = list(dict.fromkeys(min(count, most) for count in components))
    found = _principal(collection, max(kept))
    return [
        View(collection, f"{count:,} components", metric, Space(found.mean, found.axes[:, :count]))
        if count
        else View(collection, "full", metric, _as_they_are(collection))
        for count in kept
    ]


def most_components(collection: Collection) -> int:
    """Return how many principal components there are."""
    wide: int = collection.features.shape[1]
    return min(len(collection.selected), wide)


def _count(text: str) -> int:
    if text == OFF:
        return 0
    if not _WHOLE.fullmatch(text):
        raise OptionError(f"pca = {text!r} is no number of components; write it like 30,500,5000,{OFF}")
    return int(text)


def _principal(collection: Collection, components: int) -> Space:
    """Return the principal components of what is on the map: the first few of many are those of fewer."""
    if components not in collection.principal:
        collection.principal[components] = Reduction(components).space(collection.features, collection.selected)
    return collection.principal[components]


def _as_they_are(collection: Collection) -> Space:
    numbers = collection.features.shape[1]
    return Space(np.zeros(numbers, np.float32), np.zeros((numbers, 0), np.float32))
