"""Clusters in, out which show a theme and which a colour scheme: what all members have in common, colours aside.

A network's features are detectors, of which each answers to something: an eye, a curve, lettering. A theme is something
particular that all members have: few of the detectors, to which they all answer far more than other posters do. So of
each number of the features is taken what the colours of a poster do not tell (a linear regression on CIE L*a*b* of
4 x 4 fields), and of a group the mean of that, in standard deviations of all posters, over how much its members differ
in it (an effect size, with a floor); its *mark* is the mean of the strongest few. A cluster's theme is its mark against
that of as many posters who stand together anywhere on the map, in standard deviations of theirs: 0 is no more than at
any place.

Features have their roots taken, signs kept: few that are large would else say all. Those of networks end in rectifiers,
by which a detector answers or is silent, so only what members have counts, not what they lack.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mapmaker.methods.colour import lab
from mapmaker.model import Floats, Ints

Places = NDArray[np.integer]

ASKED = 4_000
"""Posters, evenly spread, that say what is usual of a feature, and what of it colours tell."""
STRONGEST = 10
"""Numbers of the features that make a mark."""
FLOOR = 0.5
"""Of how much members differ, in standard deviations of all: few may be alike in something by chance."""
LOOKED_AT = 1_000
"""Members of a group, evenly spread."""
PLACES = 60
"""Neighbourhoods that say what marks are usual."""
SIZES = (2, 3, 6, 12, 25, 50, 100, 200)
"""Of these neighbourhoods; what is usual for others lies between."""
SURE = 36
"""Members; of a group of so many half of what it exceeds the usual by is believed, of fewer less."""
LEAST_SPREAD = 1e-3
"""Of a feature, or of marks: where all are alike, less is no spread."""


def themes(
    groups: Sequence[Ints], points: Floats, values: Floats, rows: Places, colors: NDArray[np.uint8]
) -> list[float]:
    """Return the theme of each of `groups`, places in `points` (n, 2) and `colors` (n, 48), sRGB of 4 x 4 fields.

    `values[rows[i]]` are the features of poster i, as the network told them; they may lie in a file. The same
    each time.
    """
    if not groups or len(points) < 2 * SIZES[2]:
        return [0.0] * len(groups)
    beyond = _BeyondColour(values, rows, colors)
    usual = _Usual.of(points, beyond)
    return [usual(len(group), mark(beyond(group[_some(len(group), LOOKED_AT)]))) for group in groups]


def mark(beyond: NDArray[np.float32]) -> float:
    """Return how much a group has in common, of (m, d) what each has beyond colour, in standard deviations of all."""
    strength = beyond.mean(axis=0) / (beyond.std(axis=0) + FLOOR)
    return float(np.sort(strength)[-STRONGEST:].mean())


class _BeyondColour:
    """What the features of posters tell that their colours do not, in standard deviations of all."""

    def __init__(self, values: Floats, rows: Places, colors: NDArray[np.uint8]) -> None:
        self._values, self._rows, self._colors = values, rows, colors
        told, colours = self._told(_some(len(rows), ASKED))
        self._weights: NDArray[np.float32] = np.linalg.lstsq(colours, told, rcond=None)[0]
        spread = (told - colours @ self._weights).std(axis=0)
        self._scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > LEAST_SPREAD)

    def __call__(self, posters: Places) -> NDArray[np.float32]:
        """Return (m, d) of `posters` (m,)."""
        told, colours = self._told(posters)
        beyond: NDArray[np.float32] = (told - colours @ self._weights) * self._scale
        return beyond

    def _told(self, posters: Places) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (m, d) the features of posters, and (m, 49) their colours, the first a 1."""
        features = np.asarray(self._values[self._rows[posters]], np.float32)
        colours = lab(self._colors[posters]).reshape(len(posters), -1)
        return np.copysign(np.sqrt(np.abs(features)), features), np.insert(colours, 0, 1, axis=1)


@dataclass(frozen=True)
class _Usual:
    """Mean and spread of the marks of neighbourhoods, by the logarithm of their size."""

    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]

    @classmethod
    def of(cls, points: Floats, beyond: _BeyondColour) -> "_Usual":
        """Return what is usual where posters stand together on the layout."""
        sizes = [size for size in SIZES if 2 * size <= len(points)]
        places = np.random.default_rng(0).permutation(len(points))[:PLACES]
        _, around = cKDTree(points).query(points[places], k=range(1, sizes[-1] + 1))
        told = (beyond(near) for near in around)
        found = np.array([[mark(near[:size]) for size in sizes] for near in told])
        return cls(np.log(sizes), found.mean(axis=0), np.maximum(found.std(axis=0), LEAST_SPREAD))

    def __call__(self, size: int, found: float) -> float:
        """Return by how many spreads the mark of a group of `size` exceeds the mean, as far as so many can be sure."""
        mean, spread = (np.interp(np.log(size), self.sizes, values) for values in (self.means, self.spreads))
        return float((found - mean) / spread) * size / (size + SURE)


def _some(count: int, most: int) -> NDArray[np.int64]:
    """Return so many of 0 to `count` at most, evenly spread."""
    return np.arange(count) if count <= most else np.arange(most) * count // most
