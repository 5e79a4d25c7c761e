"""How alike the posters of a group are beyond their colours: what is left when those are accounted for.

How alike two posters are as their colours say is told by a regression over pairs of this very map, some drawn at
random, some near: cosine of their vectors, by how far apart their colours lie (CIE L*a*b*, in 4 x 4 fields and on the
whole). What remains of the cosine is likeness in something else.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.colour import lab
from mapmaker.model import Floats, Ints, Places

PAIRS = 30_000
"""Of each kind, that the regression is made of."""
MOST_PAIRS = 2_000
"""Pairs of a group, at most."""
GREY = 0.02
"""Of a product of chromas: below, there is no hue."""
NEAR = 0.15
"""Of a distance of colours: below, they look the same."""


class Likeness:
    """Tells the mean likeness of the pairs of a group by colour, and beyond it.

    `vectors` (n, d) of unit length, `graph` (n, k) who is near in that space, -1 for nobody, `colors` (n, 48) sRGB of
    4 x 4 fields.
    """

    def __init__(self, vectors: Floats, colors: NDArray[np.uint8], graph: Ints) -> None:
        self._vectors, self._colours = vectors, lab(colors)
        random = np.random.default_rng(0)
        n = len(vectors)
        one = random.integers(0, n, 2 * PAIRS)
        near = graph[one[PAIRS:], random.integers(0, graph.shape[1], PAIRS)]
        other = np.concatenate([random.integers(0, n, PAIRS), near])
        pairs = (one != other) & (other >= 0)  # a graph of fewer neighbours is filled up with -1
        one, other = one[pairs], other[pairs]
        given = _distances(self._colours, one, other)
        self._weights = np.linalg.lstsq(given, self._cosines(one, other), rcond=None)[0]

    def __call__(self, group: Places, pairs: int = MOST_PAIRS) -> tuple[float, float]:
        """Return what colours tell of a group's likeness and what is left, of all its pairs or so many of them."""
        m = len(group)
        one: Places
        other: Places
        if m * (m - 1) // 2 <= pairs:
            one, other = np.triu_indices(m, 1)
        else:
            random = np.random.default_rng(m)  # so that it depends on no other group
            one = random.integers(0, m, pairs)
            other = (one + random.integers(1, m, pairs)) % m
        one, other = group[one], group[other]
        told = float((_distances(self._colours, one, other) @ self._weights).mean())
        return told, float(self._cosines(one, other).mean()) - told

    def _cosines(self, one: Places, other: Places) -> NDArray[np.float64]:
        products: NDArray[np.float64] = np.einsum(
            "ij,ij->i", self._vectors[one], self._vectors[other], dtype=np.float64
        )
        return products


def _distances(colours: NDArray[np.float32], one: Places, other: Places) -> NDArray[np.float64]:
    """Return (m, 10) what the regression knows of pairs: how far apart their colours are, and how much of one hue."""
    a, b = colours[one], colours[other]
    fields = np.linalg.norm(a - b, axis=2).mean(axis=1)
    whole = np.linalg.norm(a.mean(axis=1) - b.mean(axis=1), axis=1)
    light = np.abs(a[..., 0].mean(axis=1) - b[..., 0].mean(axis=1))
    strong = np.abs(_chroma(a) - _chroma(b))
    hue = (a[..., 1:] * b[..., 1:]).sum(axis=2).mean(axis=1)
    hues = (a[..., 1:].mean(axis=1) * b[..., 1:].mean(axis=1)).sum(axis=1)
    same = hues / (_chroma(a) * _chroma(b) + GREY)
    columns = (np.ones(len(a)), fields, fields**2, whole, light, strong, np.exp(-fields / NEAR), hue, hues, same)
    return np.stack(columns, axis=1).astype(np.float64)


def _chroma(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    chroma: NDArray[np.float32] = np.linalg.norm(colours[..., 1:], axis=2).mean(axis=1)
    return chroma
