"""How alike posters are: what an extractor saw in them, and who is nearest to whom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.model.arrays import Floats, Ints, Places, require, require_integers

METRICS = ("euclidean", "cosine", "manhattan")
"""Of vectors of unit length: the first two rank alike, and differ in how far is far."""
_ROWS = 4_096
"""Rows of features looked at at a time."""


@dataclass(frozen=True)
class Features:
    """(rows, d) float32, finite: what an extractor saw in each image. A tombstone's are zeros."""

    values: Floats

    def __post_init__(self) -> None:
        require(self.values.ndim == 2, f"features: shape {self.values.shape}, not (rows, d)")
        require(self.values.size or not len(self.values), "features: no number in a row")
        require(self.values.dtype == np.float32, f"features: {self.values.dtype}, not float32")
        parts = (self.values[start : start + _ROWS] for start in range(0, len(self.values), _ROWS))
        require(all(np.isfinite(part).all() for part in parts), "features: a value is not finite")


@dataclass(frozen=True)
class Neighbors:
    """(rows, k) each row's nearest rows, nearest first by `metric`, and their cosine similarity.

    -1 stands where a row has no further neighbour (a tombstone has none); its similarity is 0.
    """

    index: Ints
    similarity: Floats
    metric: str = "euclidean"

    def __post_init__(self) -> None:
        require(self.metric in METRICS, f"neighbors: metric {self.metric!r} is none of {', '.join(METRICS)}")
        require(self.index.ndim == 2, f"neighbors: shape {self.index.shape}, not (rows, k)")
        require(self.index.shape == self.similarity.shape, "neighbors: index and similarity differ in shape")
        require_integers(self.index, "neighbors: index")
        inside = (self.index >= -1) & (self.index < len(self.index))
        require(inside.all(), "neighbors: an index names no row")
        require(np.isfinite(self.similarity).all(), "neighbors: a similarity is not finite")

    def among(self, rows: Places) -> "Neighbors":
        """Return the graph of `rows` alone, renumbered by position in `rows`.

        Neighbours outside `rows` drop out; those behind them move up.
        """
        position = np.full(len(self.index) + 1, -1, np.int32)  # one more, so that -1 stays -1
        position[rows] = np.arange(len(rows), dtype=np.int32)
        index = position[self.index[rows]]
        order = np.argsort(index < 0, axis=1, kind="stable")
        index = np.take_along_axis(index, order, axis=1)
        similarity = np.take_along_axis(self.similarity[rows], order, axis=1)
        return Neighbors(index, np.where(index < 0, np.float32(0), similarity), self.metric)


@dataclass(frozen=True)
class Posters:
    """All that says how alike the selected posters are, each a place i.

    `points` (n, 2); `vectors` (n, d) of unit length;
    `values[rows[i]]` the features themselves, which may lie in a file; `colors` (n, 48), sRGB of 4 x 4 fields.
    """

    points: Floats
    vectors: Floats
    values: Floats
    rows: Places
    colors: NDArray[np.uint8]
