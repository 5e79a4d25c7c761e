"""Clusters in, out which show a theme and which a colour scheme: likeness left when that of colour is accounted for.

How alike two posters are as their colours say is told by a regression over pairs of this very map, some drawn at
random, some near: cosine of their vectors, by how far apart their colours lie (CIE L*a*b*, in 4 x 4 fields and on the
whole). What remains of the cosine is likeness in something else. A cluster's theme is the mean of that over its pairs,
against what as many posters have who stand together anywhere on the map, in standard deviations of theirs; 0 is no
more than at any place. Colours that are more alike than theirs count against it, and so do few members.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.methods.colour import lab
from mapmaker.model import Floats, Ints

Places = NDArray[np.integer]
Likeness = tuple[float, float]
"""Mean of pairs: what their colours tell, and what is left."""

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
SURE = 12
"""Members; of a group of so many half of what it exceeds the usual by is believed, of fewer less."""
LEAST_SPREAD = 0.005
"""Of a cosine: where all places are alike, less is no spread."""
OWED = 0.5
"""What counts against a group whose colours are more alike than usual: networks see some colours as themes."""
GREY = 0.02
"""Of a product of chromas: below, there is no hue."""
NEAR = 0.15
"""Of a distance of colours: below, they look the same."""


@dataclass(frozen=True)
class Usual:
    """Mean and spread, by size of neighbourhood, of the likeness by colour and beyond it: (sizes,) and (sizes, 2)."""

    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]

    def __call__(self, size: int, likeness: Likeness) -> float:
        """Return by how many spreads a group of `size` exceeds the mean beyond colour, less what it owes to colour."""
        of_colour, beyond = (self._exceeds(kind, size, value) for kind, value in enumerate(likeness))
        return (beyond - OWED * max(0.0, of_colour)) * size / (size + SURE)

    def _exceeds(self, kind: int, size: int, value: float) -> float:
        at = np.log(size)
        mean, spread = (np.interp(at, np.log(self.sizes), values[:, kind]) for values in (self.means, self.spreads))
        return float((value - mean) / max(spread, LEAST_SPREAD))


def themes(
    groups: Sequence[Ints], points: Floats, vectors: Floats, colors: NDArray[np.uint8], graph: Ints
) -> list[float]:
    """Return the theme of each of `groups`, two members or more, of one map.

    `vectors` (n, d) of unit length, `graph` (n, k) who is near in that space, -1 for nobody, `colors` (n, 48) sRGB of
    4 x 4 fields.
    """
    if not groups or len(points) < 2 * SIZES[0]:
        return [0.0] * len(groups)
    random = np.random.default_rng(0)
    beyond = _BeyondColour(vectors, lab(colors), graph, random)
    usual = _usual(points, beyond, random)
    return [usual(len(group), beyond(group, random)) for group in groups]


class _BeyondColour:
    def __init__(self, vectors: Floats, colours: NDArray[np.float32], graph: Ints, random: np.random.Generator) -> None:
        self._vectors, self._colours = vectors, colours
        n = len(vectors)
        one = random.integers(0, n, 2 * PAIRS)
        other = np.concatenate(
            [random.integers(0, n, PAIRS), graph[one[PAIRS:], random.integers(0, graph.shape[1], PAIRS)]]
        )
        pairs = (one != other) & (other >= 0)  # a graph of fewer neighbours is filled up with -1
        one, other = one[pairs], other[pairs]
        given = _distances(colours, one, other)
        self._weights = np.linalg.lstsq(given, self._cosines(one, other), rcond=None)[0]

    def __call__(self, group: Ints, random: np.random.Generator, pairs: int = LOOKED_AT) -> Likeness:
        """Return the mean likeness of a group by colour and beyond it, of all its pairs or so many."""
        m = len(group)
        one: Places
        other: Places
        if m * (m - 1) // 2 <= pairs:
            one, other = np.triu_indices(m, 1)
        else:
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


def _usual(points: Floats, beyond: _BeyondColour, random: np.random.Generator) -> Usual:
    """Return what is usual where posters stand together on the layout."""
    sizes = [size for size in SIZES if 2 * size <= len(points)]
    places = random.permutation(len(points))[:PLACES]
    _, around = cKDTree(points).query(points[places], k=range(1, sizes[-1] + 1))
    found = np.array(
        [[beyond(group[:size].astype(np.int32), random, GLANCED_AT) for group in around] for size in sizes]
    )
    return Usual(np.array(sizes, np.float64), found.mean(axis=1), found.std(axis=1))


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
