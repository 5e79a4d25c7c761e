"""Vectors -> an index that finds the nearest of any vector, nearly all of them, without looking at every row.

Hierarchical navigable small worlds (Malkov and Yashunin, IEEE TPAMI 42, 2020), by faiss. How nearly is measured.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ArtifactError
from mapmaker.model import Floats, Ints

SAMPLE = 1_000
"""Rows that are also looked up exactly, to know the recall: its standard error is then below 0.003."""
RECALL = 0.95
"""What is asked of an index."""
_ROUNDING = 1e-6
"""By which faiss may differ from itself about the same two rows."""
MOST_SEARCHED = 4_096
"""Candidates; an index that needs more is slower than looking at all."""


@dataclass(frozen=True)
class Wiring:
    """How an index is built and searched.

    `links` of each row (M); `ef_construction`, `ef_search`: candidates kept while a row is put in and looked up; more
    find more and take longer.
    """

    links: int = 32
    ef_construction: int = 100
    ef_search: int = 128

    def __post_init__(self) -> None:
        for name, least, most in (("links", 2, 512), ("ef_construction", 1, 65_536), ("ef_search", 1, MOST_SEARCHED)):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} = {getattr(self, name)} is not between {least} and {most}")


class Hnsw:
    """An index over rows that are (n, d) float32, by inner product (of unit vectors: cosine), or Manhattan distance."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Floats, wiring: Wiring | None = None, *, manhattan: bool = False) -> "Hnsw":
        """Build an index; the same vectors give the same bytes.

        On one thread: on several faiss promises no such thing. (Its 1.15 kept it on two, but was no sooner done.)
        """
        import faiss

        wiring = wiring or Wiring()
        metric = faiss.METRIC_L1 if manhattan else faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexHNSWFlat(vectors.shape[1], wiring.links, metric)
        index.hnsw.efConstruction, index.hnsw.efSearch = wiring.ef_construction, wiring.ef_search
        with _one_thread():
            index.add(vectors)
        return cls(index)

    @classmethod
    def load(cls, file: Path) -> "Hnsw":
        """Read what `save` wrote; ArtifactError if it is none."""
        import faiss

        try:
            index = faiss.read_index(str(file))
        except RuntimeError as error:
            raise ArtifactError(f"{file} is no index of vectors: make it anew") from error
        if not isinstance(index, faiss.IndexHNSWFlat):
            raise ArtifactError(f"{file} is an index of another kind, {type(index).__name__}: make it anew")
        return cls(index)

    def save(self, file: Path) -> None:
        """Write the index, vectors and all."""
        import faiss

        faiss.write_index(self._index, str(file))

    @property
    def ef_search(self) -> int:
        """How many candidates a search keeps."""
        return int(self._index.hnsw.efSearch)

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """Return (m, k) rows, nearest first, -1 where none was found, and their similarity (or Manhattan distance)."""
        values, rows = self._index.search(np.ascontiguousarray(queries, np.float32), k)
        return np.asarray(rows, np.int32), values

    def recall(self, k: int, sample: int = SAMPLE) -> float:
        """Return the share of the `k` nearest of a sample of rows, each itself aside, that a search finds.

        Those of all rows, which are looked at for that; of rows that are equally near, any will do.
        """
        return self._recall(self._truth(k, sample))

    def tune(self, k: int, recall: float = RECALL) -> float:
        """Search wider until at least `recall` of the `k` nearest are found, or it is in vain; return the share."""
        truth = self._truth(k, SAMPLE)
        most = min(MOST_SEARCHED, self._index.ntotal)
        self._index.hnsw.efSearch = max(self.ef_search, min(k + 1, most))
        while (reached := self._recall(truth)) < recall and self.ef_search < most:
            self._index.hnsw.efSearch = min(2 * self.ef_search, most)
        return reached

    def _truth(self, k: int, sample: int) -> "_Truth":
        import faiss

        n = self._index.ntotal
        rows = np.sort(np.random.default_rng(0).choice(n, min(sample, n), replace=False))
        stored = faiss.downcast_index(self._index.storage)
        vectors: Floats = np.stack([stored.reconstruct(int(row)) for row in rows])
        k = min(k, n - 1)
        sign = -1 if self._index.metric_type == faiss.METRIC_L1 else 1
        return _Truth(rows, vectors, k, sign, sign * stored.search(vectors, k + 1)[0][:, k])

    def _recall(self, truth: "_Truth") -> float:
        if not truth.k:
            return 1.0
        found, values = self.search(truth.vectors, truth.k + 1)
        near = truth.sign * values >= truth.least[:, None] - _ROUNDING
        others = (found >= 0) & (found != truth.rows[:, None])
        return float(np.minimum((near & others).sum(axis=1), truth.k).sum() / (truth.k * len(found)))


@dataclass(frozen=True)
class _Truth:
    """A sample of `rows` and their `vectors`; how near, at `least`, the `k` nearest of each are.

    `sign` makes more mean nearer.
    """

    rows: NDArray[np.integer]
    vectors: Floats
    k: int
    sign: int
    least: Floats


@contextmanager
def _one_thread() -> Iterator[None]:
    import faiss

    usual = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(usual)
