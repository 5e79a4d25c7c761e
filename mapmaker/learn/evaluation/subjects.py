"""What is measured: a network's features of all posters, and what they are measured beside.

The same code, posters and splits for all of them: what was learned; the frozen features that it began with; those
centred, since the mean of what was trained on costs nothing to subtract; a blend; and chance, numbers drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.evaluation.retrieval import unit
from mapmaker.model import Floats

CHANCE = "chance"
NUMBERS = 64
"""Of each poster, drawn at random, for chance."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Features (n, d) of all posters, by what they are called.

    `scores`: (n, classes) of a network that tells genres itself. `probed`: whether a linear probe is fitted, too.
    """

    name: str
    values: Floats
    scores: NDArray[np.floating] | None = None
    probed: bool = True


def centred(values: Floats, train: NDArray[np.integer]) -> Floats:
    """Return values less the mean of the rows `train`, all at unit length first."""
    alike = unit(values)
    return np.asarray(alike - alike[train].mean(axis=0))


def blended(learned: Floats, frozen: Floats, blend: float) -> Floats:
    """Return both beside each other, at unit length each, times the square roots of `blend` and 1 - `blend`.

    So the cosine of two posters is `blend` times the learned one, and the rest times the frozen one.
    """
    parts = [np.sqrt(blend) * unit(learned), np.sqrt(1 - blend) * unit(frozen)]
    found: Floats = np.concatenate(parts, axis=1).astype(np.float32)
    return found


def chance(count: int, seed: int = 0) -> Subject:
    """Return numbers that tell nothing."""
    drawn = np.random.default_rng([seed, 2]).standard_normal((count, NUMBERS)).astype(np.float32)
    return Subject(CHANCE, drawn, probed=False)
