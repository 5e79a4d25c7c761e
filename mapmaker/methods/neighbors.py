"""Nearest neighbours: features in, one graph out, that serves the layout, likeness and triage alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.hnsw import Hnsw, Wiring
from mapmaker.model import METRICS, Features, Floats, Ints, Neighbors

Rows = NDArray[np.integer]

SPARE = 8
"""Neighbours looked at beyond those that are kept: what faiss says of a pair, and so whom it leaves out, differs in its
last digit by how many others there are."""
RANKED = 1_024
"""Rows whose neighbours are looked at once more at a time."""
METHODS = ("auto", "exact", "hnsw")
FEWEST_FOR_HNSW = 150_000
"""Rows from which on looking at all pairs takes longer (docs/layout.md)."""
ROWS = 4_096
"""Brought into a space at a time, in double precision: then rounding does not tell how many others came along."""
WIDE = 4_096
"""Numbers of a row beyond which their covariance takes too much memory, and fewer rows are looked at at a time."""
PASSES = 6
"""Over all rows, for the principal components of wide ones."""
BESIDES = 32
"""Directions looked at beside the components that are kept: the more, the fewer passes."""


@dataclass(frozen=True)
class Space:
    """Where posters are near or far: less `mean` (d,), on `axes` (d, c), at unit length. No axis: as they are."""

    mean: Floats
    axes: Floats

    def of(self, values: Floats, rows: Rows | None = None) -> Floats:
        """Return (n, c) float32 of unit length for (n, d) values; a row without any direction stays zero.

        `rows`: which of the values, all unless told. They may lie in a file: few are looked at at a time.
        """
        parts = [self._part(part) for part in _parts(values, rows)]
        return np.concatenate(parts) if parts else np.zeros((0, self.axes.shape[1] or values.shape[1]), np.float32)

    def _part(self, values: Floats) -> Floats:
        wide = values.astype(np.float64)
        if self.axes.shape[1]:
            wide = (wide - self.mean) @ self.axes.astype(np.float64)
        lengths = np.linalg.norm(wide, axis=1, keepdims=True)
        unit: Floats = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 1e-12).astype(np.float32)
        return unit


@dataclass(frozen=True)
class Reduction:
    """Principal components, then unit length: makes the space in which posters are near or far.

    `components`: how many are kept; more keep details, fewer keep colour and shape; 0 keeps the features as they are.
    """

    version: ClassVar[int] = 3
    components: int = 64

    def __post_init__(self) -> None:
        if self.components < 0:
            raise ValueError(f"components = {self.components} is below 0; 0 turns the reduction off")

    def __call__(self, values: Floats) -> Floats:
        """Return (n, components or fewer) float32 of unit length; a row without any direction stays zero."""
        return self.space(values).of(values)

    def space(self, values: Floats, rows: Rows | None = None) -> Space:
        """Return the space of the principal components of (n, d) `values`, or of these `rows` of them."""
        count, columns = len(values) if rows is None else len(rows), values.shape[1]
        kept = min(self.components, count, columns)
        if not kept:
            return Space(np.zeros(columns, np.float32), np.zeros((columns, 0), np.float32))
        if columns > WIDE:
            mean, axes = _principal_of_wide(values, rows, kept)
        elif count > columns:
            mean, axes = _principal(values, rows, kept)
        else:
            mean, axes = _principal_of_few(values if rows is None else values[rows], kept)
        return Space(mean.astype(np.float32), axes.astype(np.float32))


def _parts(values: Floats, rows: Rows | None) -> Iterator[Floats]:
    """Yield `values`, or these rows of them, some at a time."""
    size = max(1, ROWS * WIDE // max(WIDE, values.shape[1]))
    for start in range(0, len(values) if rows is None else len(rows), size):
        some = slice(start, start + size)
        yield values[some] if rows is None else values[rows[some]]


def _principal(values: Floats, rows: Rows | None, components: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean (d,) and axes (d, components) of (n, d) `values`, n > d, which need not fit into memory.

    From the covariance, summed part by part in double precision. Deterministic: signs are settled as scikit-learn does.
    """
    from scipy.linalg import eigh

    count, columns = len(values) if rows is None else len(rows), values.shape[1]
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in _parts(values, rows)) / count
    scatter = np.zeros((columns, columns))
    for part in _parts(values, rows):
        centred = part - mean
        scatter += centred.T @ centred
    if not scatter.any():
        return mean, np.zeros((columns, components))
    _, axes = eigh(scatter, subset_by_index=[columns - components, columns - 1], overwrite_a=True, check_finite=False)
    return mean, _signed(axes[:, ::-1])


def _signed(axes: NDArray[Any]) -> NDArray[Any]:
    """Return axes (d, c) that point to where their largest number is positive, as scikit-learn has them."""
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


def _principal_of_wide(values: Floats, rows: Rows | None, components: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the same, all but exactly, of rows so long that their covariance would not fit into memory.

    By subspace iteration from a fixed start (Halko, Martinsson, Tropp, SIAM Review 53, 2011, algorithm 4.4).
    """
    count, columns = len(values) if rows is None else len(rows), values.shape[1]
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in _parts(values, rows)) / count
    width = min(components + BESIDES, count, columns)
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((columns, width)))[0]
    for _ in range(PASSES):
        scattered, seen = np.zeros((columns, width)), np.zeros((width, width))
        for part in _parts(values, rows):
            centred = (part - mean).astype(np.float32)
            along = centred @ axes.astype(np.float32)
            scattered += centred.T @ along
            seen += along.T @ along
        variances, turned = np.linalg.eigh(seen)
        best = (axes @ turned)[:, ::-1]
        axes = np.linalg.qr(scattered)[0]
    return mean, _signed(best[:, :components]) * (variances[::-1][:components] > 0)


def _principal_of_few(values: Floats, components: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the same of no more rows than columns. Deterministic: the exact solver, signs settled."""
    from sklearn.decomposition import PCA

    if (values == values[:1]).all():  # there is no component, and scikit-learn would divide by no variance
        return values[0], np.zeros((values.shape[1], components))
    largest = float(np.abs(values).max())
    scale = 1.0 if 1e-15 < largest < 1e15 else largest  # else squares would leave float32
    pca = PCA(components, svd_solver="full")
    pca.fit(values / np.float32(scale) if scale != 1.0 else values)
    return pca.mean_ * scale, pca.components_.T


@dataclass(frozen=True)
class Exact:
    """Exact nearest neighbours with faiss: n x n products (or Manhattan distances), but never all held at once.

    `k`: neighbours of each; three times t-SNE's perplexity are what it reads. `metric`: one of `METRICS`.
    """

    version: ClassVar[int] = 3
    k: int = 90
    metric: str = "euclidean"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k = {self.k} is below 1")
        if self.metric not in METRICS:
            raise ValueError(f"metric = {self.metric!r} is none of {', '.join(METRICS)}")

    def __call__(self, vectors: Floats) -> Neighbors:
        """Return the graph of (n, d) unit vectors, the row itself left out; k is n - 1 where n is small."""
        n = len(vectors)
        k = min(self.k, n - 1)
        if k <= 0:
            return _without_any(n, self.metric)
        return Neighbors(*self.of_rows(vectors, np.arange(n), k), self.metric)

    def of_rows(self, vectors: Floats, rows: Rows, k: int) -> tuple[Ints, Floats]:
        """Return (m, k) the nearest of these `rows` (m,) among all vectors, and how similar; k is below n."""
        import faiss

        n, d = vectors.shape
        index = faiss.IndexFlat(d, faiss.METRIC_L1) if self.metric == "manhattan" else faiss.IndexFlatIP(d)
        index.add(vectors)
        _, near = index.search(vectors[rows], min(k + 1 + SPARE, n))
        return nearest_of(vectors, rows, near, k, self.metric)


@dataclass(frozen=True)
class Connected:
    """A graph, and how it was found: "exact" or "hnsw", its share of the true neighbours, candidates searched."""

    neighbors: Neighbors
    method: str
    recall: float = 1.0
    ef_search: int = 0


@dataclass(frozen=True)
class Connection:
    """How neighbours are found.

    `k`, `metric`: as `Exact` has them. `method`: "exact" looks at all pairs; "hnsw" does not, is quicker for many and
    finds nearly all ("auto": where that pays). `wiring`: of the latter.
    """

    k: int = 90
    metric: str = "euclidean"
    method: str = "auto"
    wiring: Wiring = field(default_factory=Wiring)

    def __post_init__(self) -> None:
        Exact(self.k, self.metric)
        if self.method not in METHODS:
            raise ValueError(f"method = {self.method!r} is none of {', '.join(METHODS)}")

    def __call__(self, vectors: Floats) -> Connected:
        """Return the graph of (n, d) unit vectors, the row itself left out; k is n - 1 where n is small."""
        n = len(vectors)
        approximate = self.method == "hnsw" or (self.method == "auto" and n >= FEWEST_FOR_HNSW)
        k = min(self.k, n - 1)
        if not approximate or k <= 0:
            return Connected(Exact(self.k, self.metric)(vectors), "exact")
        index = Hnsw.of(vectors, self.wiring, manhattan=self.metric == "manhattan")
        recall = index.tune(k)
        near, _ = index.search(vectors, k + 1)
        found = Neighbors(*nearest_of(vectors, np.arange(n), near, k, self.metric), self.metric)
        return Connected(found, "hnsw", recall, index.ef_search)


def distances(vectors: Floats, neighbors: Neighbors) -> NDArray[np.float64]:
    """Return (n, k) how far each neighbour is, by the metric of the graph; of a missing one (-1) it says nothing."""
    if neighbors.metric == "manhattan":
        parts = [
            _manhattan(vectors, vectors[some], neighbors.index[some])
            for some in _slices(len(vectors), _ranked_at_once(vectors))
        ]
        return np.concatenate(parts).astype(np.float64)
    unlike = np.maximum(1 - neighbors.similarity.astype(np.float64), 0)
    return unlike if neighbors.metric == "cosine" else np.sqrt(2 * unlike)


def reduced_and_connected(
    values: Floats, reduction: Reduction, k: int, metric: str = "euclidean"
) -> tuple[Floats, Neighbors]:
    """Return the vectors of (n, d) features, and each one's `k` nearest; ArtifactError if they are not (n, d), finite.

    What the pipeline's stage makes of a work folder, for those who have features and no work folder.
    """
    given = given_features(values)
    vectors = reduction(given) if len(given) else given
    connect = Connection(max(1, k), metric)
    return vectors, connect(vectors).neighbors if k and len(given) else _without_any(len(given), metric)


def given_features(values: Floats) -> Floats:
    """Return (n, d) features that somebody gave, float32; ArtifactError if they are not (n, d), finite."""
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, and is refused
        return Features(np.ascontiguousarray(values, np.float32)).values


def _without_any(n: int, metric: str) -> Neighbors:
    """Return the graph of n rows that has no edge."""
    return Neighbors(np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32), metric)


def nearest_of(
    vectors: Floats, rows: Rows, candidates: NDArray[np.integer], k: int, metric: str
) -> tuple[Ints, Floats]:
    """Return (m, k) the nearest of `rows` (m,) among their `candidates` (m, more than k), themselves left out.

    Nearest first, of equals the first first, and how similar they are; whoever else there is, the same of each pair. -1
    is nobody, and comes last.
    """
    index, similarity = np.empty((len(rows), k), np.int32), np.empty((len(rows), k), np.float32)
    for some in _slices(len(rows), _ranked_at_once(vectors)):
        index[some], similarity[some] = _nearest(vectors, rows[some], candidates[some], k, metric)
    return index, similarity


def _nearest(vectors: Floats, rows: Rows, near: NDArray[np.integer], k: int, metric: str) -> tuple[Ints, Floats]:
    own = vectors[rows]
    similarity = np.einsum("nkd,nd->nk", vectors[near], own)  # pair by pair, no BLAS
    away = _manhattan(vectors, own, near) if metric == "manhattan" else -similarity
    last = (near < 0) | (near == rows[:, None])
    order = np.lexsort((near, np.where(last, np.inf, away)))[:, :k]
    index, alike, nobody = (np.take_along_axis(values, order, axis=1) for values in (near, similarity, last))
    return np.where(nobody, -1, index), np.where(nobody, np.float32(0), np.clip(alike, -1, 1))


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, start + size)


def _ranked_at_once(vectors: Floats) -> int:
    """Return how many rows fit into what `RANKED` of 64 dimensions take."""
    return max(1, RANKED * 64 // max(64, int(vectors.shape[1])))


def _manhattan(vectors: Floats, own: Floats, near: NDArray[np.integer]) -> Floats:
    """Return (m, k) distances of `own` (m, d) from those in `near`."""
    apart: Floats = np.abs(vectors[near] - own[:, None]).sum(axis=2)
    return apart
