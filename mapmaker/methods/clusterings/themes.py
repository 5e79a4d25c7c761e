"""Clusters in, out which show a theme and which a colour scheme: likeness left when that of colour is accounted for.

How alike two posters are as their colours say is told by a regression over pairs of this very map, some drawn at
random, some near: cosine of their vectors, by how far apart their colours lie (CIE L*a*b*, in 4 x 4 fields and on the
whole). What remains of the cosine is likeness in something else. A cluster's theme is the mean of that over its pairs,
against what as many posters have who stand together anywhere on the map, in standard deviations of theirs. 0 is no
more than at any place of the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.methods.colour import lab
from mapmaker.model import Floats, Ints

Places = NDArray[np.integer]

PAIRS = 30_000
"""Of each kind, that the regression is made of."""
LOOKED_AT = 2_000
"""Pairs of a cluster, at most."""
GLANCED_AT = 400
"""The same of a neighbourhood, of which there are many."""
PLACES = 60
"""Neighbourhoods that say what is usual."""
SIZES = (6, 12, 25, 50, 100, 200)
"""Of these neighbourhoods; what is usual for others lies between."""
NEAR = 0.15
"""Of a distance of colours: below, they look the same."""


@dataclass(frozen=True)
class Usual:
    """Mean and spread of the likeness beyond colour, by size of neighbourhood."""

    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]

    def __call__(self, size: int, likeness: float) -> float:
        """Return by how many spreads a group of `size` exceeds the mean."""
        at = np.log(size)
        mean, spread = (np.interp(at, np.log(self.sizes), values) for values in (self.means, self.spreads))
        return float((likeness - mean) / spread) if spread > 0 else 0.0


def themes(
    groups: Sequence[Ints], points: Floats, vectors: Floats, colors: NDArray[np.uint8], near: Ints
) -> list[float]:
    """Return the theme of each of `groups`, two members or more, of one map.

    `vectors` (n, d) of unit length, `near` (n, k) its neighbours in that space, `colors` (n, 48) sRGB of 4 x 4 fields.
    """
    if not groups or len(points) < SIZES[0]:
        return [0.0] * len(groups)
    random = np.random.default_rng(0)
    beyond = _BeyondColour(vectors, lab(colors), near, random)
    usual = _usual(points, beyond, random)
    return [usual(len(group), beyond(group, random)) for group in groups]


class _BeyondColour:
    def __init__(self, vectors: Floats, colours: NDArray[np.float32], near: Ints, random: np.random.Generator) -> None:
        self._vectors, self._colours = vectors, colours
        n = len(vectors)
        one = random.integers(0, n, 2 * PAIRS)
        other = np.concatenate(
            [random.integers(0, n, PAIRS), near[one[PAIRS:], random.integers(0, near.shape[1], PAIRS)]]
        )
        one, other = one[one != other], other[one != other]
        given = _distances(colours, one, other)
        self._weights = np.linalg.lstsq(given, self._cosines(one, other), rcond=None)[0]

    def __call__(self, group: Ints, random: np.random.Generator, pairs: int = LOOKED_AT) -> float:
        """Return the mean likeness of pairs of a group, some `pairs` of them, that their colours do not tell."""
        m = len(group)
        one: Places
        other: Places
        if m * (m - 1) // 2 <= pairs:
            one, other = np.triu_indices(m, 1)
        else:
            one = random.integers(0, m, pairs)
            other = (one + random.integers(1, m, pairs)) % m
        one, other = group[one], group[other]
        return float((self._cosines(one, other) - _distances(self._colours, one, other) @ self._weights).mean())

    def _cosines(self, one: Places, other: Places) -> NDArray[np.float64]:
        products: NDArray[np.float64] = np.einsum(
            "ij,ij->i", self._vectors[one], self._vectors[other], dtype=np.float64
        )
        return products


def _usual(points: Floats, beyond: _BeyondColour, random: np.random.Generator) -> Usual:
    """Return what is usual where posters stand together on the layout."""
    sizes = [size for size in SIZES if size <= len(points)]
    places = random.permutation(len(points))[:PLACES]
    _, around = cKDTree(points).query(points[places], k=range(1, sizes[-1] + 1))
    found = np.array(
        [[beyond(group[:size].astype(np.int32), random, GLANCED_AT) for group in around] for size in sizes]
    )
    return Usual(np.array(sizes, np.float64), found.mean(axis=1), found.std(axis=1))


def _distances(colours: NDArray[np.float32], one: Places, other: Places) -> NDArray[np.float64]:
    """Return (m, 7) what the regression knows of pairs: a constant, and by how much their colours differ."""
    a, b = colours[one], colours[other]
    fields = np.linalg.norm(a - b, axis=2).mean(axis=1)
    whole = np.linalg.norm(a.mean(axis=1) - b.mean(axis=1), axis=1)
    light = np.abs(a[..., 0].mean(axis=1) - b[..., 0].mean(axis=1))
    strong = np.abs(_chroma(a) - _chroma(b))
    columns = (np.ones(len(a)), fields, fields**2, whole, light, strong, np.exp(-fields / NEAR))
    return np.stack(columns, axis=1).astype(np.float64)


def _chroma(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    chroma: NDArray[np.float32] = np.linalg.norm(colours[..., 1:], axis=2).mean(axis=1)
    return chroma
