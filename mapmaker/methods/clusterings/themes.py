"""Clusters in, out which show a theme and which a colour scheme.

Two things make a theme: posters are alike beyond their colours (`likeness`), and they all have something particular
(`marks`). Both are held against what as many posters have who stand together anywhere on the map, in standard
deviations of theirs: 0 is no more than at any place. The lesser of the two is the theme; posters that are alike in no
one thing, and those that have one thing in common and little else, are no sight to remember. Colours that are more
alike than theirs count against it, and so do few members.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.methods.clusterings.likeness import Likeness
from mapmaker.methods.clusterings.marks import Marks
from mapmaker.model import Floats, Ints, Places, Posters

GLANCED_AT = 400
"""Pairs of a neighbourhood, of which there are many."""
PLACES = 60
"""Neighbourhoods that say what is usual."""
SIZES = (2, 3, 6, 12, 25, 50, 100, 200)
"""Of these neighbourhoods; what is usual for others lies between."""
SURE = 36
"""Members; of a group of so many half of what it exceeds the usual by is believed, of fewer less."""
OWED = 0.5
"""What counts against a group whose colours are more alike than usual: networks see some colours as themes."""
LEAST_SPREAD = 0.005
"""Of what is usual: where all places are alike, less is no spread."""


def themes(groups: Sequence[Ints], posters: Posters) -> list[float]:
    """Return the theme of each of `groups`, two posters or more. The same each time."""
    if not groups or len(posters.points) < 2 * SIZES[2]:
        return [0.0] * len(groups)
    likeness = Likeness(posters.vectors, posters.colors, posters.graph)
    marks = Marks(posters.values, posters.rows, posters.colors)

    def measured(group: Places, *pairs: int) -> tuple[float, float, float]:
        return (*likeness(group, *pairs), marks(group))

    usual = _Usual.of(posters.points, lambda group: measured(group, GLANCED_AT))
    found = []
    for group in groups:
        by_colour, beyond, mark = usual(len(group), measured(group))
        sure = len(group) / (len(group) + SURE)
        found.append(min(beyond - OWED * max(0.0, by_colour), mark) * sure)
    return found


@dataclass(frozen=True)
class _Usual:
    """Means and spreads (sizes, k) of k measures where posters stand together, by the logarithm of how many."""

    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]

    @classmethod
    def of(cls, points: Floats, measured: Callable[[Places], Sequence[float]]) -> "_Usual":
        """Measure neighbourhoods all over the layout."""
        sizes = [size for size in SIZES if 2 * size <= len(points)]
        places = np.random.default_rng(0).permutation(len(points))[:PLACES]
        _, around = cKDTree(points).query(points[places], k=range(1, sizes[-1] + 1))
        found = np.array([[measured(near[:size]) for near in around] for size in sizes])
        return cls(np.log(sizes), found.mean(axis=1), np.maximum(found.std(axis=1), LEAST_SPREAD))

    def __call__(self, size: int, measures: Sequence[float]) -> list[float]:
        """Return by how many spreads each of the measures of a group of `size` exceeds the mean."""
        at = np.log(size)
        return [
            float((value - np.interp(at, self.sizes, mean)) / np.interp(at, self.sizes, spread))
            for value, mean, spread in zip(measures, self.means.T, self.spreads.T, strict=True)
        ]
