"""`hdbscan`: scikit-learn's, density-based clusters of whatever density."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker.methods.clusterings import largest_first
from mapmaker.methods.clusterings.contrast import nearest
from mapmaker.methods.clusterings.refining import refined
from mapmaker.model import Floats, Ints

SELECTIONS = ("eom", "leaf")


@dataclass(frozen=True)
class Hdbscan:
    """Campello, Moulavi, Sander, "Density-Based Clustering Based on Hierarchical Density Estimates", PAKDD 2013.

    `smallest`: members of the smallest cluster. `selection`: "eom" takes what lasts longest as density rises, "leaf"
    the finest. `refine`: as of DBSCAN, where likeness is known.
    """

    version: ClassVar[int] = 2
    smallest: int = 6
    selection: str = "leaf"
    refine: bool = True

    def __post_init__(self) -> None:
        if self.smallest < 2:
            raise ValueError(f"smallest = {self.smallest} is below 2")
        if self.selection not in SELECTIONS:
            raise ValueError(f"selection = {self.selection!r} is neither of {' and '.join(map(repr, SELECTIONS))}")

    def __call__(self, points: Floats, vectors: Floats | None = None) -> Ints:
        """See `Clustering`."""
        from sklearn.cluster import HDBSCAN

        if len(points) < self.smallest:
            return np.full(len(points), -1, np.int32)
        method = HDBSCAN(min_cluster_size=self.smallest, cluster_selection_method=self.selection, copy=True)
        labels = np.maximum(method.fit(points).labels_, -1)
        if self.refine and vectors is not None:
            labels = refined(labels, vectors, nearest(points)[1], self.smallest)
        return largest_first(labels)
