"""`none`: a map without clusters."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker.model import Floats, Ints


@dataclass(frozen=True)
class NoClusters:
    """No poster is in any."""

    version: ClassVar[int] = 1

    def __call__(self, points: Floats, vectors: Floats | None = None) -> Ints:  # noqa: ARG002 - see `Clustering`
        """See `Clustering`."""
        return np.full(len(points), -1, np.int32)
