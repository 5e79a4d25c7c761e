"""Vectors, and what similarities are worth, against the posters: each has one, as like its like as it says."""

import base64
import binascii
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.posters import ReadPosters
from mapmaker.checks.record import FILE, MapRecord, Wide
from mapmaker.checks.scripts import read_script, script_file
from mapmaker.checks.shape import shown
from mapmaker.checks.site import Site

QUANTILES = 1_001
_LARGEST = 127
_AT_ONCE = 1_024
"""Posters that are held against their like at once."""


@dataclass(frozen=True)
class _Shard:
    """The rows from `first` on, and their (n, c) vectors."""

    first: int
    vectors: NDArray[np.int8]


def check_vectors(site: Site, record: MapRecord, posters: ReadPosters) -> Found[None]:
    """Check the scripts below data/vectors/, all of them or none, and the quantiles of random pairs."""
    for problem in _quantiles(record):
        yield Fault(Kind.DATA, FILE, problem)
    wide = record.vectors
    names = [] if wide is None else ["vectors/cells", *(f"vectors/{shard}" for shard in range(wide.shards))]
    wanted = set(map(script_file, names))
    for file in site.own("data/vectors/"):
        if file not in wanted:
            yield Fault(Kind.DATA, file, "is of no vectors that the map tells of")
    if wide is None:
        return
    cells = yield from _cells(site, record, wide)
    if cells is None:
        return
    at = np.full(record.pyramid.columns * record.pyramid.rows, -1, np.int64)
    at[cells[cells >= 0]] = np.flatnonzero(cells >= 0)
    directions = np.zeros((wide.rows, wide.numbers), np.float32)
    whole = True
    for number in range(wide.shards):
        shard = yield from _shard(site, number, wide)
        if shard is None:
            whole = False
            continue
        part = slice(shard.first, shard.first + len(shard.vectors))
        for problem in _stretched(shard.vectors, cells[part] >= 0):
            yield Fault(Kind.DATA, script_file(f"vectors/{number}"), problem)
        directions[part] = _directions(shard.vectors)
    if whole:
        for problem in _unlike(directions, at, posters):
            yield Fault(Kind.DATA, script_file("vectors/cells"), problem)


def _quantiles(record: MapRecord) -> Iterator[str]:
    told = record.quantiles
    if told is None:
        return
    if len(told) != QUANTILES or any(before > after for before, after in pairwise(told)):
        yield f"quantiles are {len(told):,}, not {QUANTILES:,} that ascend"
    elif min(told) < -1000 or max(told) > 1000:
        yield "quantiles are not all from -1,000 to 1,000"


def _bytes(site: Site, name: str, length: int) -> Found[bytes | None]:
    """Return the bytes that a script holds as text; None where it does not."""
    told = yield from read_script(site, name)
    if told is None:
        return None
    try:
        found = base64.b64decode(told if isinstance(told, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        yield Fault(Kind.DATA, script_file(name), f"is {shown(told)}, not bytes in base64")
        return None
    if len(found) != length:
        yield Fault(Kind.DATA, script_file(name), f"has {len(found):,} bytes, not {length:,}")
        return None
    return found


def _cells(site: Site, record: MapRecord, wide: Wide) -> Found[NDArray[np.int64] | None]:
    """Return each row's cell, -1 for none; None, with faults, unless each poster has one row."""
    told = yield from _bytes(site, "vectors/cells", 4 * wide.rows)
    if told is None:
        return None
    cells = np.frombuffer(told, "<i4").astype(np.int64)
    placed = np.sort(cells[cells != -1])
    if not np.array_equal(placed, record.cells):
        wrong = np.setxor1d(placed, record.cells)
        which = f": {some(wrong.tolist())}" if len(wrong) else ", for some are there twice"
        yield Fault(Kind.DATA, script_file("vectors/cells"), f"does not lead to each poster once{which}")
        return None
    return cells


def _shard(site: Site, number: int, wide: Wide) -> Found[_Shard | None]:
    first = number * wide.shard
    rows = min(wide.shard, wide.rows - first)
    told = yield from _bytes(site, f"vectors/{number}", rows * wide.numbers)
    return None if told is None else _Shard(first, np.frombuffer(told, np.int8).reshape(rows, wide.numbers))


def _stretched(vectors: NDArray[np.int8], placed: NDArray[np.bool_]) -> Iterator[str]:
    """Yield where vectors are of posters that are not on the map, or not as long as they are to be."""
    largest = np.abs(vectors.astype(np.int16)).max(axis=1, initial=0)
    if (largest[~placed] > 0).any():
        yield f"has vectors of {np.count_nonzero(largest[~placed]):,} posters that are not on the map"
    wrong = (largest != 0) & (largest != _LARGEST)
    if wrong.any():
        yield f"has {np.count_nonzero(wrong):,} vectors whose largest number is not {_LARGEST}"


def _directions(vectors: NDArray[np.int8]) -> NDArray[np.float32]:
    wide = vectors.astype(np.float32)
    unit: NDArray[np.float32] = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1)
    return unit


def _unlike(directions: NDArray[np.float32], at: NDArray[np.int64], posters: ReadPosters) -> Iterator[str]:
    """Yield if vectors are not as alike as the posters say: a wider gap than rounding can make is another's vector."""
    most = math.sqrt(directions.shape[1]) / _LARGEST + 0.001
    asked = [poster for poster in posters.by_cell.values() if poster.alike and poster.similar]
    wrong: list[int] = []
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        own = np.repeat([poster.cell for poster in part], [len(poster.similar) for poster in part])
        others = np.array([cell for poster in part for cell in poster.similar])
        told = np.array([number for poster in part for number in poster.alike or ()]) / 1000
        found = np.einsum("ij,ij->i", directions[at[own]], directions[at[others]])
        wrong += dict.fromkeys(own[np.abs(found - told) > most].tolist())
    if wrong:
        yield f"leads to vectors not as alike as {len(wrong):,} posters say: those of cells {some(wrong)}"
