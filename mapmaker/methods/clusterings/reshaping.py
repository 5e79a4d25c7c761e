"""Clusters as a person wants them in, posters that belong to each out, by likeness: parts, and who is around some."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.clusterings.contrast import AROUND
from mapmaker.model import Floats, Ints

JOINS = 0.7
"""Of the median mean cosine of some posters to one another: who has as much to them belongs to them."""
TRIES, ROUNDS = 10, 50
"""Of k-means: beginnings, of which the best is taken, and rounds of each, at most."""


def parts_like(members: Ints, posters: Sequence[Sequence[int]], vectors: Floats) -> list[Ints]:
    """Return who of `members` is most like the `posters` of each part, as the mean cosine to them tells.

    A part of no posters has no members; of equals the first has them.
    """
    means = np.stack([vectors[list(some)].mean(axis=0) if len(some) else 0 * vectors[0] for some in posters])
    like = vectors[members] @ means.T
    like[:, [not len(some) for some in posters]] = -np.inf
    part = like.argmax(axis=1)
    return [members[part == number] for number in range(len(posters))]


def parts_found(members: Ints, count: int, vectors: Floats) -> list[Ints]:
    """Return `members` in so many parts, fewer where there are fewer to tell apart, the largest first: by k-means.

    Means are of unit length, beginnings those of k-means++ (Arthur, Vassilvitskii, SODA 2007), drawn from a fixed seed.
    """
    values = vectors[members].astype(np.float64)
    random = np.random.default_rng(0)
    tried = [_k_means(values, _beginning(values, count, random)) for _ in range(TRIES)]
    best = max(tried, key=lambda one: one[0])[1]
    parts = [members[best == number] for number in range(count)]
    return sorted((part for part in parts if len(part)), key=lambda part: (-len(part), int(part[0])))


def _beginning(values: NDArray[np.float64], count: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return members to begin with, each likelier the less it is like those before."""
    chosen = [int(random.integers(len(values)))]
    like = values @ values[chosen[0]]
    while len(chosen) < min(count, len(values)):
        unlike = np.maximum(0, 1 - like)
        if not unlike.sum() > 1e-9:  # all others are the same as one of these
            break
        chosen.append(int(random.choice(len(values), p=unlike / unlike.sum())))
        like = np.maximum(like, values @ values[chosen[-1]])
    return values[chosen]


def _k_means(values: NDArray[np.float64], means: NDArray[np.float64]) -> tuple[float, NDArray[np.int64]]:
    """Return how like members are to the means of their parts, summed up, and the part of each."""
    part = (values @ means.T).argmax(axis=1)
    for _ in range(ROUNDS):
        sums = np.zeros_like(means)
        np.add.at(sums, part, values)
        means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        now = (values @ means.T).argmax(axis=1)
        if np.array_equal(now, part):
            break
        part = now
    return float((values @ means.T).max(axis=1).sum()), part


def gathered(posters: Ints, free: NDArray[np.bool_], points: Floats, vectors: Floats) -> Ints:
    """Return `posters` and whoever of the (n,) `free` is near one of them on the layout, and as like them as members.

    As like is most of what they have among themselves. One poster alone has nobody.
    """
    from scipy.spatial import cKDTree

    if len(posters) < 2:
        return np.sort(posters)
    near = np.unique(cKDTree(points).query(points[posters], k=min(AROUND + 1, len(points)))[1])
    around = np.setdiff1d(near[free[near]], posters)
    total = vectors[posters].sum(axis=0, dtype=np.float64)
    usual = np.median((vectors[posters] @ total - 1) / (len(posters) - 1))
    joins = around[vectors[around] @ total / len(posters) >= JOINS * usual]
    members: Ints = np.sort(np.concatenate([posters, joins])).astype(np.int32)
    return members
