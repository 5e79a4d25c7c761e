"""Clusters as the layout shows them in; out, what a person would trim and put together, by likeness.

t-SNE tears some themes apart, and leaves single posters far from their like or among others. So all posters choose, and
choose again: of the clusters that they stand in or beside, each goes to the one whose members it is most like, if it is
about as like them as they are; else to none. Clusters that are about as like one another as in themselves become one.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.model import Floats, Ints

ROUNDS = 3
KEPT = 0.8
"""Of the median mean cosine of members to the others: who has less is in no cluster, or leaves."""
ALIKE = 0.8
"""Of the lesser cohesion of two clusters, the mean cosine from one to the other that makes them one."""
_HELD = 2**21
"""Pairs of groups that are looked at at once: 16 MB."""
_CHOOSING = 2**12
"""Posters that choose at once, each among the groups of its neighbours."""


def refined(labels: NDArray[np.integer], vectors: Floats, near: Ints, smallest: int) -> NDArray[np.int64]:
    """Return (n,) labels, -1 for none, in no order. `near` (n, k): the nearest on the layout."""
    groups = together([group for group in members_of(labels) if len(group) >= smallest], vectors)
    for _ in range(ROUNDS):
        groups = [chosen for chosen in members_of(_choice(groups, vectors, near)) if len(chosen) >= smallest]
    return labels_of(together(groups, vectors), len(labels))


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


def _choice(groups: Sequence[Ints], vectors: Floats, near: Ints) -> NDArray[np.int64]:
    """Return (n,) which of `groups` each poster is most like, of those that it or one of `near` is in; -1: none."""
    labels = labels_of(groups, len(vectors))
    choice = np.full(len(vectors), -1, np.int64)
    if not groups:
        return choice
    sizes = np.array([len(group) for group in groups])
    sums = np.stack([vectors[group].sum(axis=0, dtype=np.float64) for group in groups])
    alike = [
        np.median(vectors[group] @ total - 1) / (len(group) - 1) for group, total in zip(groups, sums, strict=True)
    ]
    least = KEPT * np.array(alike)
    for first in range(0, len(vectors), _CHOOSING):
        here = np.arange(first, min(first + _CHOOSING, len(vectors)))
        open_to = np.column_stack([labels[here], labels[near[here]]])
        known = np.unique(np.where(open_to >= 0, here[:, None] * len(groups) + open_to, -1))
        who, group = np.divmod(known[known >= 0], len(groups))
        own = labels[who] == group
        like = (np.einsum("ij,ij->i", vectors[who], sums[group]) - own) / (sizes[group] - own)
        enough = np.flatnonzero(like >= least[group])
        ascending = enough[np.argsort(like[enough], kind="stable")]
        choice[who[ascending]] = group[ascending]  # the last of each is the one that stays
    return choice


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
