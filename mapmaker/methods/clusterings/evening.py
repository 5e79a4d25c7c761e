"""Features in, a space in which every kind of likeness has its say out: where clusters are found, and ranked.

As a network tells them, features differ most in few ways: light or dark, busy or plain. These would say nearly all of
how alike two posters are, and a dog, or a horizon, which few posters have, nothing. So features have their roots taken,
signs kept, for few numbers are far larger than the rest; and principal components are divided by the root of how much
posters differ in them, their standard deviation: half of what whitening does. All of it would give noise, which makes
up the last components, as much say as what is seen.
"""

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.colour import lab
from mapmaker.methods.neighbors import ROWS, WIDE, Reduction, Space
from mapmaker.model import Floats, Places

COMPONENTS = 128
"""Principal components that are kept."""
ASKED = 10_000
"""Posters, evenly spread, that say how much posters differ, and what colours tell; fewer where features are long."""
AT_LEAST = 1_000
"""Of them."""
LEAST_SPREAD = 1e-6
"""Of a component, to that of the first: one in which posters differ less is rounding."""


def even(values: Floats, rows: Places, colors: NDArray[np.uint8] | None = None, components: int = COMPONENTS) -> Floats:
    """Return (n, components or fewer) float32 of unit length of posters whose features are `values[rows[i]]`.

    The features may lie in a file. With `colors` (n, 48), sRGB of 4 x 4 fields, what these tell is taken out first: of
    each number of the features what a linear regression on CIE L*a*b* finds.
    """
    if not len(rows):
        return np.zeros((0, components), np.float32)
    at_once = max(1, ROWS * WIDE // max(WIDE, values.shape[1]))
    few = min(len(rows), max(AT_LEAST, min(ASKED, 2 * at_once)))
    asked = np.arange(few) * len(rows) // few
    known = np.ones((len(rows), 1), np.float32) if colors is None else _fields(colors)
    usual = _roots(values[rows[asked]])
    weights = np.linalg.lstsq(known[asked], usual, rcond=None)[0]
    usual -= known[asked] @ weights
    space = _evened(Reduction(components).space(usual), usual)
    parts = (slice(start, start + at_once) for start in range(0, len(rows), at_once))
    return np.concatenate([space.of(_roots(values[rows[some]]) - known[some] @ weights) for some in parts])


def _evened(space: Space, values: Floats) -> Space:
    """Return a space whose axes are scaled, each by one over the root of the spread of `values` along it."""
    spread = ((values - space.mean) @ space.axes).std(axis=0)
    told = spread > LEAST_SPREAD * spread.max(initial=0)
    return Space(space.mean, space.axes * np.divide(1, np.sqrt(spread), out=np.zeros_like(spread), where=told))


def _roots(values: Floats) -> Floats:
    held = np.asarray(values, np.float32)
    return np.copysign(np.sqrt(np.abs(held)), held)


def _fields(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (m, 49) colours, the first a 1."""
    return np.insert(lab(colors).reshape(len(colors), -1), 0, 1, axis=1)
