"""Points -> the force with which all push at each, without looking at all pairs.

The push of t-SNE is the slope of a potential: with near(d) = 1 / (1 + d^2), that of a point is the sum of near(d) over
all, and minus half its slope is the sum of near(d)^2 times the step. So one such sum is all that is needed. Points are
spread over the nodes of a grid by cubic B-splines, the sum over nodes is a convolution by FFT, and the same splines
bring potential and slope back to the points: smooth particle-mesh Ewald (Essmann et al., J. Chem. Phys. 103, 1995)
in place of the polynomials of Linderman et al., Nature Methods 16, 2019. That takes two transforms in place of seven,
and because the splines are smooth the forces are three times nearer to exact on as fine a grid.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.projections import kernels
from mapmaker.methods.projections.rows import Rows
from mapmaker.model import Floats

SPACING = 1 / 3
"""Between nodes, as openTSNE has it, whose forces are off by 4.6 % on a map of 90,000 posters; these by 1.6 %."""
FEWEST_NODES, MOST_NODES = 50, 2_048
"""A side. Few points that shot far off must not take all memory; their grid is coarser."""
ROOM = 1.1
"""How much wider than the points a grid is made, so that it serves for a while."""
FEWEST_FOR_THREADS = 256
"""Nodes a side; below, threads of an FFT wait for one another."""


class Repulsion(Protocol):
    """What pushes points apart."""

    def __call__(self, points: Floats, push: Floats) -> float:
        """Fill `push` (n, 2) with the sums of near^2 times the step; return the sum of near over all pairs."""


class AllPairs:
    """Exact: for few points, and to check the other."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._at = rows, np.empty(rows.count, np.float32)

    def __call__(self, points: Floats, push: Floats) -> float:
        """See `Repulsion`."""
        self._rows.each(kernels.repel, points, self._at, push)
        return float(self._at.sum(dtype=np.float64)) - len(points)


class OnGrid:
    """By splines and FFT: of points around 0, as far as they reach."""

    def __init__(self, rows: Rows, spacing: float = SPACING) -> None:
        self._rows, self._spacing, self._reach = rows, spacing, 0.0
        self.nodes = 0
        self._at = np.empty(rows.count, np.float32)

    def __call__(self, points: Floats, push: Floats) -> float:
        """See `Repulsion`."""
        self._fit(float(np.abs(points).max()))
        kernels.spread(points, self._low, self._step, self._density)
        self._rows.each(kernels.gather, points, self._low, self._step, self._potential(), self._at, push)
        n = len(points)
        return float(self._at.sum(dtype=np.float64)) + n * n * self._least - n

    def _fit(self, reach: float) -> None:
        """Make a grid for points that reach so far, unless there is one that is hardly too large."""
        if reach <= self._reach <= reach * ROOM**2:
            return
        from scipy import fft

        self._reach = reach * ROOM + 1e-12
        wide = 2 * self._reach
        self._step = max(min(self._spacing, wide / FEWEST_NODES), wide / MOST_NODES)
        self._low = -self._reach - 2 * self._step  # a spline reaches two nodes further
        self.nodes = fft.next_fast_len(math.ceil(wide / self._step) + 5, real=True)
        self._workers = self._rows.threads if self.nodes >= FEWEST_FOR_THREADS else 1
        self._density = np.zeros((self.nodes, self.nodes), np.float32)
        self._least = 1 / (1 + 2 * wide**2)
        self._response = _response(self.nodes, self._step, self._least)

    def _potential(self) -> Floats:
        """Return that of the density, less `_least` for each point; twice as wide, so that it does not come around."""
        from scipy import fft

        nodes, workers = self.nodes, self._workers
        waves = fft.rfft(self._density, 2 * nodes, axis=1, workers=workers)
        waves = fft.fft(waves, 2 * nodes, axis=0, workers=workers, overwrite_x=True)
        waves *= self._response
        waves = fft.ifft(waves, axis=0, workers=workers, overwrite_x=True)[:nodes]
        return np.ascontiguousarray(fft.irfft(waves, 2 * nodes, axis=1, workers=workers)[:, :nodes], np.float32)


def _response(nodes: int, step: float, least: float) -> NDArray[np.float32]:
    """Return the transform of near(d) less `least`, divided by that of the splines on both ends.

    Without `least`, differences between points very close together, as all are at first, would drown in rounding.
    """
    from scipy import fft

    away = np.minimum(np.arange(2 * nodes), 2 * nodes - np.arange(2 * nodes)) * step
    near = 1 / (1 + away[:, None] ** 2 + away**2) - least
    spline = (2 + np.cos(np.pi * np.arange(2 * nodes) / nodes)) / 3
    waves = fft.rfft2(near).real
    return np.asarray(waves / spline[:, None] ** 2 / spline[: nodes + 1] ** 2, np.float32)
