"""Scales: how the points of a layout are laid over the grid's rectangle, before each is given a cell.

All give targets in cell units: (2.0, 5.0) is the middle of cell [2, 5]. An axis on which all points are equal lies in
the middle. How much a scale matters to the map was measured; see docs/grid.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import OptionError, near
from mapmaker.model import Floats

TAIL = 0.02
"""Of the points on each side, the share that "quantile" does not look at."""
EQUALIZED = 0.5
"""How far "equalized" goes from where points lie to an even spread along each axis."""

Shares = NDArray[np.float64]


def _between(points: Shares, low: Shares, high: Shares) -> Shares:
    """Return 0 for `low`, 1 for `high`; 1/2 where they are the same."""
    span = high - low
    return np.asarray(np.divide(points - low, span, out=np.full(points.shape, 0.5), where=span > 0))


def minmax(points: Shares) -> Shares:
    """Return shares of the rectangle, least and greatest of each axis on its edges."""
    return _between(points, points.min(axis=0), points.max(axis=0))


def quantile(points: Shares) -> Shares:
    """Return shares, all but the outermost points of each axis between the edges: a few far off change nothing."""
    low, high = np.quantile(points, (TAIL, 1 - TAIL), axis=0)
    return np.where(high > low, _between(points, low, high), minmax(points))


def equalized(points: Shares) -> Shares:
    """Return shares between "minmax" and an even spread along each axis: crowds get room, gaps close."""
    from scipy.stats import rankdata

    even = (rankdata(points, axis=0) - 1) / max(1, len(points) - 1)
    return np.where(np.ptp(points, axis=0) > 0, (1 - EQUALIZED) * minmax(points) + EQUALIZED * even, 0.5)


SCALES: Mapping[str, Callable[[Shares], Shares]] = {
    "minmax": minmax,
    "quantile": quantile,
    "equalized": equalized,
}


def check_scale(scale: str) -> None:
    """Raise OptionError for a scale that is not known."""
    if not isinstance(scale, str):
        raise OptionError(f"grid.scale = {scale!r} is no name; known: {', '.join(SCALES)}")
    if scale not in SCALES:
        raise OptionError(f"grid.scale = {scale!r} is not known: {near(scale, SCALES)}")


def scaled(points: NDArray[Any], columns: int, rows: int, scale: str = "minmax") -> Floats:
    """Return (n, 2) float32 targets in cell units for (n, 2) finite points; edges are the middles of outer cells."""
    check_scale(scale)
    shares = SCALES[scale](points.astype(np.float64))
    return np.asarray(shares * (columns - 1, rows - 1), np.float32)
