"""Made vectors, labels and films, to hold metrics against slower ways of finding them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sample:
    """n posters: vectors that tell something of the labels, films of one or two posters."""

    values: NDArray[np.float32]
    labels: NDArray[np.bool_]
    films: list[str]


def sample(n: int = 60, classes: int = 4, numbers: int = 5, single: bool = False, seed: int = 0) -> Sample:
    """Draw a sample; `single`: one label each."""
    random = np.random.default_rng(seed)
    labels = random.random((n, classes)) < 0.3
    if single:
        labels[:] = False
    labels[np.arange(n), random.integers(0, classes, n)] = True
    values = labels @ random.normal(size=(classes, numbers)) + random.normal(size=(n, numbers))
    films = [f"tt{number}" for number in random.integers(0, n * 3 // 4, n)]
    return Sample(values.astype(np.float32), labels, films)
