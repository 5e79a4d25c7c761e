"""How alike posters are, for the browser: similarities to the nearest, what they are worth, and all vectors in int8.

A poster's place among vectors is its row, which it keeps for the life of the work folder: an update changes the scripts
of those that came, went or were replaced, and no others. Where each is on the map stands in a script of its own.
Only directions count, so each vector is stretched until its largest number is 127: that is finer than one scale for
all, and there is none that an update could change.
"""

import base64
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.hosts import MOST_SIMILAR, QUANTILES, VECTORS_SHARD, WIDEST_VECTOR
from mapmaker.methods.chance import random_pairs
from mapmaker.model import Floats, Neighbors
from mapmaker.stages.compose.catalog import Catalog

LARGEST = 127
NOWHERE = -1
"""Instead of the cell of a row that is not on the map."""
_AT_ONCE = 2**22
"""Numbers of vectors that are looked at at a time."""


def in_bytes(vectors: Floats) -> NDArray[np.int8]:
    """Return (n, c) directions, the largest number of each 127 or -127; one without any direction stays zero."""
    wide = vectors.astype(np.float64)
    largest = np.abs(wide).max(axis=1, keepdims=True, initial=0)
    stretched = np.divide(wide * LARGEST, largest, out=np.zeros_like(wide), where=largest > 0)
    made: NDArray[np.int8] = np.rint(stretched).astype(np.int8)
    return made


def short_enough(vectors: Floats, note: Callable[[str], None]) -> Floats | None:
    """Return the vectors if they are short enough for a site; None if not, which is noted."""
    numbers = vectors.shape[1]
    if numbers <= WIDEST_VECTOR:
        return vectors
    note(
        f"vectors of {numbers:,} numbers are too long for the site, at most {WIDEST_VECTOR}: nobody can mix posters on "
        "it; neighbors.components makes them shorter"
    )
    return None


def vector_scripts(catalog: Catalog) -> Iterator[tuple[str, object]]:
    """Yield (name, value) of the vectors of all rows, zeros for those not on the map, and of their cells."""
    if catalog.vectors is None:
        return
    rows = len(catalog.vectors)
    cells = np.full(rows, NOWHERE, "<i4")
    cells[list(catalog.rows)] = catalog.numbers
    yield "vectors/cells", _base64(cells)
    for number, start in enumerate(range(0, rows, VECTORS_SHARD)):
        part = slice(start, start + VECTORS_SHARD)
        yield f"vectors/{number}", _base64(in_bytes(catalog.vectors[part]) * (cells[part, None] >= 0))


def told_vectors(catalog: Catalog) -> dict[str, int] | None:
    """Return what the map says of its vectors; None where it has none."""
    if catalog.vectors is None:
        return None
    rows, numbers = catalog.vectors.shape
    return {"numbers": numbers, "rows": rows, "shard": VECTORS_SHARD}


def likenesses(vectors: Floats, rows: NDArray[np.integer], neighbors: Neighbors) -> NDArray[np.int64]:
    """Return (n, at most 12) how alike the nearest posters are to each, in thousandths; `neighbors` as `similar_cells`.

    From the vectors, not from the graph, which may be anyone's.
    """
    near = neighbors.index[:, :MOST_SIMILAR]
    found = np.zeros(near.shape, np.int64)
    size = max(1, _AT_ONCE // max(1, vectors.shape[1] * near.shape[1]))
    for start in range(0, len(near), size):
        part = slice(start, start + size)
        here, there = _directions(vectors[rows[part]]), _directions(vectors[rows[near[part]]])
        found[part] = _thousandths(np.einsum("nkd,nd->nk", there, here))
    return found


def quantiles(vectors: Floats, rows: NDArray[np.integer]) -> list[int]:
    """Return 1,001 similarities of random pairs, in thousandths, from the least to the greatest; none of one poster."""
    ones, others = random_pairs(rows)
    if not len(ones):
        return []
    size = max(1, _AT_ONCE // max(1, vectors.shape[1]))
    found = [
        np.einsum("nd,nd->n", _directions(vectors[ones[part]]), _directions(vectors[others[part]]))
        for part in (slice(start, start + size) for start in range(0, len(ones), size))
    ]
    alike = np.sort(np.concatenate(found))
    places = np.arange(QUANTILES + 1) * (len(alike) - 1) // QUANTILES
    told: list[int] = _thousandths(alike[places]).tolist()
    return told


def _directions(vectors: Floats) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)
    return unit


def _thousandths(alike: NDArray[np.float64]) -> NDArray[np.int64]:
    told: NDArray[np.int64] = np.rint(1000 * alike.clip(-1, 1)).astype(np.int64)
    return told


def _base64(values: NDArray[np.integer]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def likeness_of(catalog: Catalog, members: Sequence[int]) -> list[list[int]] | None:
    """Return how alike the similar posters of `members` are; None where nobody knows."""
    if catalog.alike is None or catalog.similar is None:
        return None
    known = (catalog.similar[members] >= 0).tolist()
    told = catalog.alike[members].tolist()
    return [[one for one, is_so in zip(*pair, strict=True) if is_so] for pair in zip(told, known, strict=True)]
