"""Quality: features and cells in, how much of the one is seen in the other out, a number between 0 and 1.

    mm.quality.distance_preservation(values, cells)
    mm.quality.distance_preservation(values, mm.quality.shuffled(cells))   # what chance gives: report it beside

Posters are compared by the Euclidean distance of their features, cells by that of their [column, row].
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ArtifactError, OptionError
from mapmaker.options import whole

EXACT = 10_000
"""As many rows are all asked, unless `sample` says otherwise; of more, a sample is."""
CURVES = 1_024
"""Rows of the sample whose curves are averaged."""
NEIGHBORHOODS = 4_096
"""Rows of the sample whose neighbours are looked up: a share known to 0.008, its standard error at the worst."""

WIDEST = 2**22
"""Cells; squared distances on wider grids would not be exact in the search for the nearest."""

_MOST_DISTANCES = 2**26
"""Held at once: 512 MiB."""
_MOST_ROWS = 1_024
_SLICE = 512
_NOISE = 1e-13
"""Rounding of a squared distance, to the squared lengths it is made of: less is 0, so that copies are exactly that."""
_EQUAL = 1e-9
"""Distances that differ by a smaller share are the same one, rounded."""
_FLAT = 1e-12
"""A gain below is rounding."""
_DIGIT = 0xFFFF
_LARGEST = 1e300
"""A sum of squares that can still be added to its like."""

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def distance_preservation(
    values: NDArray[Any], cells: NDArray[Any], p: float = 16, sample: int | None = None, seed: int = 0
) -> float:
    """Return the Distance Preservation Quality DPQ_p of a map, 0 to 1: are posters with near features near on it?

    `values`: (n, d) real, finite, best the vectors that the layout started from. `cells`: (n, 2) whole numbers,
    [column, row], each once; empty cells do no harm. `p`: 1 or more, infinity too; the greater, the more the nearest
    count. Chance does not give 0: report `shuffled` cells beside. Where no arrangement is better than another
    (fewer than three posters, all of them equally far apart) it is 1.

    `sample`: how many rows, drawn with `seed`, have their distances to all n averaged; None: all of 10,000 or fewer,
    else 1,024. Time goes with rows x n x (d + log n): 2 s for n = 4,096 and 14 s for 10,000 (d = 512), 19 s for 100,000
    and 7 minutes for 1,000,000 (d = 64), on two cores. Memory: at most 0.6 GB beside `values`.

    Distances on the grid that tie are taken in ascending order of the features', as published: Barthel, Hezel, Jung,
    Schall, Improved Evaluation and Generation of Grid Layouts using Distance Preservation Quality and Linear
    Assignment Sorting, Computer Graphics Forum 42(1), 2023, https://arxiv.org/abs/2205.04255.

    ArtifactError for values and cells that are not as said, OptionError for the rest.
    """
    return distance_preservations(values, [cells], p, sample, seed)[0]


def distance_preservations(
    values: NDArray[Any], maps: Sequence[NDArray[Any]], p: float = 16, sample: int | None = None, seed: int = 0
) -> list[float]:
    """Return the `distance_preservation` of several maps of the same posters, in little more time than one takes."""
    checked = [_checked(values, cells) for cells in maps]
    if not p >= 1:
        raise OptionError(f"p = {p} is below 1")
    rows = _sampled(len(values), sample, seed, CURVES)
    if len(values) < 3:
        return [1.0] * len(maps)
    by_features, *by_cells = _curves(checked[0][0], [cells for _, cells in checked], rows)
    mean = by_features[-1]
    if mean == 0:
        return [1.0] * len(maps)
    best, *reached = (np.maximum(0, (mean - curve) / mean) for curve in (by_features, *by_cells))
    if best.max() < _FLAT:
        return [1.0] * len(maps)
    return [min(1.0, _norm(gains, p) / _norm(best, p)) for gains in reached]


def neighbor_preservation(
    values: NDArray[Any],
    cells: NDArray[Any],
    k: int = 10,
    window: int = 24,
    sample: int | None = None,
    seed: int = 0,
    rows: NDArray[np.integer] | None = None,
) -> float:
    """Return the mean share, 0 to 1, of a poster's `k` nearest by features that the `window` nearest on the map hold.

    `values`: (n, d) real, finite. `cells`: (n, 2) whole numbers, [column, row], each once. Only cells with a poster
    count; away from rim and holes, 24 are the 5 x 5 block around. Of few posters, all others are the `k` and the
    `window`. A `window` smaller than `k` cannot reach 1. Chance gives window / (n - 1). A poster alone has kept all: 1.

    Of posters that tie for the last places, by features or by cells, each counts in part, with the chance it had if
    lots were drawn for those places: the order of the rows changes nothing, copies and the rim do not flatter.

    `rows`: those asked for their neighbours among all n. None: `sample` of them, drawn with `seed`; all of 10,000 or
    fewer, else 4,096, where that is None too. Time goes with rows x n x d: 1 s for n = 4,096 and 7 s for 10,000
    (d = 512), 18 s for 100,000 (d = 64), on two cores. Memory: at most 0.6 GB beside `values`.

    ArtifactError for values and cells that are not as said, OptionError for the rest.
    """
    values, cells = _checked(values, cells)
    k, window = (whole(name, count, 1) for name, count in (("k", k), ("window", window)))
    others = len(values) - 1
    asked = _sampled(len(values), sample, seed, NEIGHBORHOODS) if rows is None else _rows(rows, len(values))
    if others < 1:
        return 1.0
    k, window = min(k, others), min(window, others)
    found = 0.0
    around = _around(cells, asked, window)
    for (row, distance), (near, weight) in zip(_distances(values, asked), around, strict=True):
        distance[row] = np.inf
        last = np.partition(distance, k - 1)[k - 1]
        nearer, tied = distance < last * (1 - _EQUAL), distance <= last * (1 + _EQUAL)
        sure = np.count_nonzero(nearer)
        drawn = (k - sure) / (np.count_nonzero(tied) - sure)
        found += float(weight @ np.where(nearer[near], 1, drawn * tied[near]))
    return min(1.0, found / (k * len(asked)))


def near_shares(index: NDArray[np.integer], cells: NDArray[np.integer], k: int = 10, reach: int = 2) -> _Floats:
    """Return (n,) of each poster, the share of its `k` nearest that lie in the cells around it, up to `reach` away.

    `index` (n, at least k): the graph of neighbours, -1 where one has no more. `cells` (n, 2). With `reach` 2 these are
    24 cells, and away from rim and holes the mean is `neighbor_preservation`, known of 90,000 posters in a tenth of a
    second. A poster without neighbours has kept all: 1.
    """
    nearest = index[:, :k]
    known = nearest >= 0
    steps = np.abs(cells[nearest] - cells[:, None]).max(axis=2)
    count = known.sum(axis=1)
    return np.where(count, (known & (steps <= reach)).sum(axis=1) / np.maximum(count, 1), 1.0)


def window_shares(index: NDArray[np.integer], cells: NDArray[np.integer], k: int = 10, window: int = 24) -> _Floats:
    """Return (n,) of each poster, the share of its `k` nearest that are among the `window` nearest to it on the map.

    `index` (n, at least k): the graph of neighbours, -1 where one has no more. `cells` (n, 2). The mean is
    `neighbor_preservation`, but for posters that tie by features: of all posters, in half a second for 90,000, rim and
    holes no worse off than the middle. Of posters that tie by cells each counts in part. Without neighbours: 1.
    """
    from scipy.spatial import KDTree

    if len(cells) < 2:
        return np.ones(len(cells))
    window = min(window, len(cells) - 1)
    places = cells.astype(np.float64)
    tree = KDTree(places)
    reach, _ = tree.query(places, k=[window + 1])  # the first is the poster itself
    last = np.rint(reach[:, 0] ** 2)
    nearer, within = (tree.query_ball_point(places, np.sqrt(last + by), return_length=True) - 1 for by in (-0.5, 0.5))
    nearest = index[:, :k]
    known = nearest >= 0
    squared = ((places[nearest] - places[:, None]) ** 2).sum(axis=2)
    drawn = ((window - nearer) / (within - nearer))[:, None]
    found = np.where(squared < last[:, None], 1.0, drawn * (squared == last[:, None])) * known
    count = known.sum(axis=1)
    return np.where(count, found.sum(axis=1) / np.maximum(count, 1), 1.0)


def cohesion(vectors: NDArray[np.floating]) -> float:
    """Return the mean cosine, -1 to 1, of all pairs of (m, d) vectors of unit length: how alike they are.

    It follows from the length of their sum, in O(m d). Some drawn by chance have on the mean what all have, however
    few they are. Fewer than two have none: 0.
    """
    count, total = len(vectors), vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - count) / (count * (count - 1))) if count > 1 else 0.0


def shuffled(cells: NDArray[Any], seed: int = 0) -> NDArray[Any]:
    """Return (n, 2) the same cells dealt out by chance: the map to beat. OptionError for a `seed` below 0."""
    dealer = np.random.default_rng([whole("seed", seed, 0), 1])  # not the stream that draws the sample
    return dealer.permutation(cells)


def _checked(values: NDArray[Any], cells: NDArray[Any]) -> tuple[NDArray[Any], _Ints]:
    """Return `values` as they are, and (2, n) int64 cells."""
    values, cells = np.atleast_1d(values), np.atleast_1d(cells)
    for wrong, message in (
        (values.ndim != 2 or values.shape[1] == 0, f"features: shape {values.shape}, not (rows, d)"),
        (values.dtype.kind not in "fiu", f"features: {values.dtype}, not real numbers"),
        (cells.shape != (len(values), 2), f"cells: shape {cells.shape}, not ({len(values)}, 2), one for each poster"),
        (cells.dtype.kind not in "iu", f"cells: {cells.dtype}, not whole numbers"),
    ):
        if wrong:
            raise ArtifactError(message)
    if not np.einsum("ij,ij->", values, values, dtype=np.float64, casting="same_kind") < _LARGEST:
        raise ArtifactError("features: a value is not finite, or too large to be squared")
    if len(cells) and np.ptp(cells.astype(np.float64), axis=0).max() >= WIDEST:
        raise ArtifactError(f"cells: from {cells.min()} to {cells.max()}; a grid is at most {WIDEST:,} cells wide")
    if len(np.unique(cells, axis=0)) < len(cells):
        raise ArtifactError("cells: two are the same")
    corner = cells.min(axis=0, initial=cells.max(initial=0))
    return values, np.ascontiguousarray((cells - corner).T, np.int64)


def _rows(rows: NDArray[np.integer], n: int) -> _Ints:
    """Return `rows` of n. ArtifactError if it is none of them, or names others."""
    if not len(rows) or rows.min() < 0 or rows.max() >= n:
        raise ArtifactError(f"rows: give some of 0 to {n - 1}")
    return rows.astype(np.int64)


def _sampled(n: int, sample: int | None, seed: int, usual: int) -> _Ints:
    """Return the rows to ask, ascending."""
    draw = np.random.default_rng(whole("seed", seed, 0))
    size = (n if n <= EXACT else usual) if sample is None else whole("sample", sample, 1)
    return np.arange(n) if size >= n else np.sort(draw.choice(n, size, replace=False))


def _curves(values: NDArray[Any], maps: Sequence[_Ints], rows: _Ints) -> list[_Floats]:
    """Return, for k = 1..n-1, the mean distance to the k nearest by features, and, map by map, by cells."""
    n = len(values)
    curves = [np.zeros(n) for _ in range(1 + len(maps))]
    for row, distance in _distances(values, rows):
        distance[row] = -1  # itself first, before its copies
        order = np.argsort(distance)
        ascending = distance[order]
        curves[0] += ascending
        for curve, cells in zip(curves[1:], maps, strict=True):
            curve += ascending[_stable_order(_squared(cells, row)[order])]
    nearest = np.arange(1, n) * len(rows)
    return [np.cumsum(curve[1:]) / nearest for curve in curves]


def _stable_order(numbers: _Ints) -> _Ints:
    """Return the order of whole numbers of 0 or more, ties as they stand.

    Digit by digit of 16 bits, the last first: these NumPy sorts in a tenth of the time that longer ones take.
    """
    order = np.argsort((numbers & _DIGIT).astype(np.uint16), kind="stable")
    for bits in range(16, int(numbers.max()).bit_length(), 16):
        order = order[np.argsort((numbers[order] >> bits & _DIGIT).astype(np.uint16), kind="stable")]
    return order


def _norm(gains: _Floats, p: float) -> float:
    """Return the p-norm, the greatest gain taken out: small gains to high powers would all be 0."""
    greatest = float(gains.max())
    return greatest * float(np.linalg.norm(gains / greatest, p)) if greatest else 0.0


def _squared(cells: _Ints, row: int) -> _Ints:
    """Return (n,) the squared distance from the cell of `row` to each: whole numbers, so that ties are ties."""
    across, down = cells
    squared: _Ints = (across - across[row]) ** 2 + (down - down[row]) ** 2
    return squared


def _around(cells: _Ints, rows: _Ints, window: int) -> Iterator[tuple[_Ints, _Floats]]:
    """Yield, for each of `rows`, the posters on the nearest cells, and with which chance they are in the window."""
    from scipy.spatial import KDTree

    places = cells.T.astype(np.float64)
    tree = KDTree(places)
    reach, _ = tree.query(places[rows], k=[window + 1])  # the first is the poster itself
    for row, radius in zip(rows, reach[:, 0], strict=True):
        last = round(radius**2)
        near = np.array(tree.query_ball_point(places[row], np.sqrt(last + 0.5)), np.int64)
        far = _squared(cells[:, np.append(row, near)], 0)[1:]
        surely, perhaps = (far < last) & (near != row), far == last
        yield near, surely + perhaps * ((window - surely.sum()) / perhaps.sum())


def _distances(values: NDArray[Any], rows: _Ints) -> Iterator[tuple[int, _Floats]]:
    """Yield each of `rows` and its (n,) feature distances to all, which hold until the next is asked for."""
    centre = values.mean(axis=0, dtype=np.float64)  # far from 0, squares would drown the differences
    block = max(1, min(_MOST_ROWS, _MOST_DISTANCES // len(values)))
    distances = np.empty((min(block, len(rows)), len(values)))
    for first in range(0, len(rows), block):
        some = rows[first : first + block]
        _measure(values, centre, some, distances)
        yield from zip(some.tolist(), distances, strict=False)  # the last block may be shorter


def _measure(values: NDArray[Any], centre: _Floats, rows: _Ints, distances: _Floats) -> None:
    """Fill `distances`, a line for each of `rows`, in double precision; `values` are widened a slice at a time."""
    here = values[rows] - centre
    lengths = np.einsum("ij,ij->i", here, here)[:, None]
    for first in range(0, len(values), _SLICE):
        there = values[first : first + _SLICE] - centre
        sums = lengths + np.einsum("ij,ij->i", there, there)
        squared = sums - 2 * (here @ there.T)
        squared[squared < _NOISE * sums] = 0
        np.sqrt(squared, out=distances[: len(rows), first : first + _SLICE])
