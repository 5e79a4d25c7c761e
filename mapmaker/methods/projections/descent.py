"""Affinities and where points begin -> where they end: gradient descent on the Kullback-Leibler divergence.

The very steps of openTSNE's (Poličar, Stražar, Zupan, JSS 109, 2024): momentum, gains that grow where the gradient
turns, no step longer than 5. But forces are of single precision, and those that push take two transforms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapmaker.methods.projections import kernels
from mapmaker.methods.projections.repulsion import AllPairs, OnGrid, Repulsion
from mapmaker.methods.projections.rows import Rows
from mapmaker.model import Floats

FEWEST_FOR_GRID = 1_000
"""Below, all pairs are quicker than any grid."""
PERIOD = 50
"""Iterations from one look at the divergence to the next."""


@dataclass(frozen=True)
class Phase:
    """So many iterations alike; affinities count `exaggeration` times."""

    iterations: int
    exaggeration: float
    learning_rate: float
    momentum: float


def descend(
    start: Floats, affinities: Any, phases: Sequence[Phase], threads: int, told: Callable[[int, float], None]
) -> Floats:
    """Return (n, 2) float32 points for a start and (n, n) affinities, a CSR matrix of sum 1.

    `told` is called after every `PERIOD` iterations, and after the last of each phase, with how many they were and the
    divergence. The same with any number of threads.
    """
    with Rows(len(start), threads) as rows:
        descent = _Descent(start, affinities, rows)
        for phase in phases:
            left = phase.iterations
            while left > 0:
                some = min(PERIOD, left)
                for _ in range(some):
                    descent.step(phase)
                told(some, descent.divergence())
                left -= some
        return descent.points


def divergence(points: Floats, affinities: Any, threads: int = 1) -> float:
    """Return the Kullback-Leibler divergence of points from their affinities."""
    with Rows(len(points), threads) as rows:
        return _Descent(points, affinities, rows).divergence()


class _Descent:
    """Points on their way."""

    def __init__(self, start: Floats, affinities: Any, rows: Rows) -> None:
        self.points = np.array(start, np.float32, order="C")
        self._rows = rows
        self._edges = (
            affinities.indptr.astype(np.int64),
            affinities.indices.astype(np.int32),
            affinities.data.astype(np.float32),
        )
        known = affinities.data[affinities.data > 0]
        self._entropy = float((known * np.log(known)).sum())
        self._repulsion: Repulsion = AllPairs(rows) if rows.count < FEWEST_FOR_GRID else OnGrid(rows)
        self._velocity, self._gain = np.zeros_like(self.points), np.ones_like(self.points)
        self._pull, self._push = np.empty_like(self.points), np.empty_like(self.points)

    def step(self, phase: Phase) -> None:
        """Move all points once. The gradient is a quarter of what it is in the papers, as openTSNE has it."""
        pairs = self._repulsion(self.points, self._push)
        self._rows.each(kernels.attract, self.points, *self._edges, self._pull)
        self._pull *= np.float32(phase.exaggeration)
        self._push *= np.float32(1 / pairs)
        self._pull -= self._push
        state = (self.points, self._velocity, self._gain, self._pull)
        self._rows.each(kernels.move, *state, float(phase.learning_rate), float(phase.momentum))
        self.points -= self.points.mean(axis=0, dtype=np.float64).astype(np.float32)

    def divergence(self) -> float:
        """Return the Kullback-Leibler divergence, now."""
        pairs = self._repulsion(self.points, self._push)
        far = sum(self._rows.each(kernels.farness, self.points, *self._edges))
        return self._entropy + float(far) + float(np.log(pairs))
