"""Clusters as the layout shows them in; out, what a person would trim and put together, by likeness.

t-SNE tears some themes apart, and leaves single posters far from their like or among others. So who is unlike the rest
of a cluster leaves it; who stands among its members, and is as like them as they are, joins; and clusters that are
about as like one another as in themselves become one.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints

ROUNDS = 3
BESIDE = 4
"""Nearest on the layout, half of which must be members for a poster to join."""
LEAVES = 0.6
"""Of the median mean cosine to the other members: who has less leaves."""
JOINS = 0.7
"""The same for those who join."""
ALIKE = 0.9
"""Of the lesser cohesion of two clusters, the mean cosine from one to the other that makes them one."""
_HELD = 2**21
"""Pairs of groups that are looked at at once: 16 MB."""


def refined(labels: NDArray[np.integer], vectors: Floats, near: Ints, smallest: int) -> NDArray[np.int64]:
    """Return (n,) labels, -1 for none, in no order. `near` (n, k): the nearest on the layout."""
    groups = together([group for group in members_of(labels) if len(group) >= smallest], vectors)
    for _ in range(ROUNDS):
        groups = [kept for group in groups if len(kept := _trimmed(group, vectors)) >= smallest]
        groups = _joined(groups, vectors, near[:, :BESIDE])
    groups = together(groups, vectors)
    return labels_of(groups, len(labels))


def together(groups: Sequence[Ints], vectors: Floats, alike: float = ALIKE) -> list[Ints]:
    """Return groups, of two or more, those that are alike made one: the most alike first."""
    if len(groups) < 2:
        return list(groups)
    parts = [[group] for group in groups]
    pool = _Pool.of(groups, vectors)
    best, partner = pool.partners(np.arange(len(groups)))
    while True:
        nearest = int(best.argmax())
        if best[nearest] < alike:
            return [np.sort(np.concatenate(some)) for some in parts if some]
        one, other = sorted((nearest, int(partner[nearest])))
        parts[one], parts[other] = parts[one] + parts[other], []
        pool.merge(one, other)
        best[other] = -np.inf
        lost = (best >= alike) & ((partner == one) | (partner == other))  # of others, what is below stays below
        lost[one] = True
        stale = np.flatnonzero(lost)
        best[stale], partner[stale] = pool.partners(stale)
        share = pool.shares(np.array([one]))[0]
        better = share > best
        best[better], partner[better] = share[better], one


@dataclass(frozen=True)
class _Pool:
    """Groups as they are made one: (g, d) sums of vectors, (g,) members, 0 for one that is part of another, cohesions.

    How alike each two are is not held: for a million posters that would be a matrix of tens of thousands of groups.
    """

    sums: NDArray[np.float64]
    sizes: NDArray[np.float64]
    cohesions: NDArray[np.float64]

    @staticmethod
    def of(groups: Sequence[Ints], vectors: Floats) -> "_Pool":
        """Return groups that are all apart."""
        sums = np.stack([vectors[group].sum(axis=0, dtype=np.float64) for group in groups])
        sizes = np.array([len(group) for group in groups], np.float64)
        return _Pool(sums, sizes, ((sums**2).sum(axis=1) - sizes) / (sizes * (sizes - 1)))

    def merge(self, one: int, other: int) -> None:
        """Make `other` part of `one`."""
        self.sums[one] += self.sums[other]
        self.sizes[one] += self.sizes[other]
        self.sizes[other] = 0
        size = self.sizes[one]
        self.cohesions[one] = (self.sums[one] @ self.sums[one] - size) / (size * (size - 1))

    def shares(self, some: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (m, g) the mean cosine of `some` to each group, of the lesser cohesion; -inf where there is none."""
        least = np.minimum(self.cohesions, self.cohesions[some, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            cosines = self.sums[some] @ self.sums.T / (self.sizes * self.sizes[some, None])
            share = np.where((least > 0) & (self.sizes > 0), cosines / least, -np.inf)
        share[np.arange(len(some)), some] = -np.inf
        return share

    def partners(self, some: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return (m,) how alike each of `some` is to the group that it is most like, and which that is."""
        best, partner = np.empty(len(some)), np.empty(len(some), np.int64)
        block = max(1, _HELD // len(self.sizes))
        for first in range(0, len(some), block):
            share = self.shares(some[first : first + block])
            here = slice(first, first + len(share))
            partner[here] = share.argmax(axis=1)
            best[here] = share.max(axis=1)
        return best, partner


def _trimmed(group: Ints, vectors: Floats) -> Ints:
    """Return a group without those who are unlike the others."""
    total = vectors[group].sum(axis=0, dtype=np.float64)
    likeness = (vectors[group] @ total - 1) / (len(group) - 1)
    kept: Ints = group[likeness >= LEAVES * np.median(likeness)]
    return kept


def _joined(groups: Sequence[Ints], vectors: Floats, beside: Ints) -> list[Ints]:
    """Return groups with those of nobody who stand among their members, and are like them."""
    if not groups:
        return []
    labels = labels_of(groups, len(vectors))
    means = np.stack([vectors[group].mean(axis=0, dtype=np.float64) for group in groups])
    medians = np.array([np.median(vectors[group] @ mean) for group, mean in zip(groups, means, strict=True)])
    free = np.flatnonzero(labels < 0)
    around = labels[beside[free]]
    votes = (around[:, :, None] == around[:, None, :]).sum(axis=2) * (around >= 0)
    chosen = around[np.arange(len(free)), votes.argmax(axis=1)]
    enough = (chosen >= 0) & (2 * votes.max(axis=1) >= beside.shape[1])
    free, chosen = free[enough], chosen[enough]
    like = (vectors[free] * means[chosen]).sum(axis=1) >= JOINS * medians[chosen]
    labels[free[like]] = chosen[like]
    return members_of(labels)


def members_of(labels: NDArray[np.integer]) -> list[Ints]:
    """Return the members of each cluster, ascending."""
    order = np.argsort(labels, kind="stable").astype(np.int32)
    starts = np.searchsorted(labels[order], np.arange(int(labels.max(initial=-1)) + 2))
    groups = [order[start:end] for start, end in itertools.pairwise(starts)]
    return [group for group in groups if len(group)]


def labels_of(groups: Sequence[Ints], n: int) -> NDArray[np.int64]:
    """Return (n,) the number of the group that each is in, -1 for none."""
    labels = np.full(n, -1, np.int64)
    for label, group in enumerate(groups):
        labels[group] = label
    return labels
