"""What all posters of a group have in common, colours aside: the few of the network's features that mark it.

A network's features are detectors, of which each answers to something: an eye, a curve, lettering. A theme is something
particular that all members have: few of the detectors, to which they all answer far more than other posters do. So of
each number of the features is taken what the colours of a poster do not tell (a linear regression on CIE L*a*b* of
4 x 4 fields), and of a group the mean of that, in standard deviations of all posters, over how much its members differ
in it: an effect size, with a floor. The mean of the strongest few is its mark.

Features have their roots taken, signs kept: few that are large would else say all. Those of networks end in rectifiers,
by which a detector answers or is silent, so only what members have counts, not what they lack.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.colour import lab
from mapmaker.model import Floats, Places

ASKED = 4_000
"""Posters, evenly spread, that say what is usual of a feature, and what of it colours tell."""
MOST_MEMBERS = 1_000
"""Members of a group, evenly spread."""
STRONGEST = 10
"""Numbers of the features that make a mark."""
FLOOR = 0.5
"""Of how much members differ, in standard deviations of all: few may be alike in something by chance."""
THE_SAME = 1e-3
"""Spread of a feature: one that has no more is the same everywhere, and tells nothing."""


class Marks:
    """Tells the mark of a group of posters.

    `values[rows[i]]` are the features of poster i, as the network told them; they may lie in a file. `colors` (n, 48),
    sRGB of 4 x 4 fields.
    """

    def __init__(self, values: Floats, rows: Places, colors: NDArray[np.uint8]) -> None:
        self._values, self._rows, self._colors = values, rows, colors
        told, colours = self._told(_some(len(rows), ASKED))
        self._weights: NDArray[np.float32] = np.linalg.lstsq(colours, told, rcond=None)[0]
        spread = (told - colours @ self._weights).std(axis=0)
        self._scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > THE_SAME)

    def __call__(self, group: Places) -> float:
        """Return the mark of posters (m,), in standard deviations."""
        told, colours = self._told(group[_some(len(group), MOST_MEMBERS)])
        beyond = (told - colours @ self._weights) * self._scale
        strength = beyond.mean(axis=0) / (beyond.std(axis=0) + FLOOR)
        return float(np.sort(strength)[-STRONGEST:].mean())

    def _told(self, posters: Places) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (m, d) the features of posters, and (m, 49) their colours, the first a 1."""
        features = np.asarray(self._values[self._rows[posters]], np.float32)
        colours = lab(self._colors[posters]).reshape(len(posters), -1)
        return np.copysign(np.sqrt(np.abs(features)), features), np.insert(colours, 0, 1, axis=1)


def _some(count: int, most: int) -> NDArray[np.int64]:
    """Return so many of 0 to `count` at most, evenly spread."""
    return np.arange(count) if count <= most else np.arange(most) * count // most
