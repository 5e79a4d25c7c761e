"""Clusters as the layout shows them in; out, what a person would trim and put together, by likeness.

t-SNE tears some themes apart, and leaves single posters far from their like or among others. So who is unlike the rest
of a cluster leaves it; who stands among its members, and is as like them as they are, joins; and clusters that are
about as like one another as in themselves become one.
"""

import itertools
from collections.abc import Sequence

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
    groups = list(groups)
    if len(groups) < 2:
        return groups
    sums = np.stack([vectors[group].sum(axis=0, dtype=np.float64) for group in groups])
    sizes = np.array([len(group) for group in groups], np.float64)
    share = np.stack([_shares(sums, sizes, one) for one in range(len(groups))])
    np.fill_diagonal(share, -np.inf)
    every, partner = np.arange(len(groups)), share.argmax(axis=1)
    while True:
        nearest = int(share[every, partner].argmax())
        one, other = sorted((nearest, int(partner[nearest])))
        if share[one, other] < alike:
            return [group for group, size in zip(groups, sizes, strict=True) if size]
        groups[one] = np.sort(np.concatenate([groups[one], groups[other]]))
        sums[one], sizes[one] = sums[one] + sums[other], sizes[one] + sizes[other]
        sizes[other] = 0
        share[one] = share[:, one] = np.where(sizes > 0, _shares(sums, sizes, one), -np.inf)
        share[other] = share[:, other] = share[one, one] = -np.inf
        stale = np.flatnonzero((partner == one) | (partner == other))
        stale = np.union1d(stale, [one, other])
        partner[stale] = share[stale].argmax(axis=1)
        partner[share[:, one] > share[every, partner]] = one


def _shares(sums: NDArray[np.float64], sizes: NDArray[np.float64], one: int) -> NDArray[np.float64]:
    """Return (m,) the mean cosine of `one` to each group, of the lesser cohesion; -inf where there is none at all."""
    with np.errstate(invalid="ignore", divide="ignore"):
        cohesions = ((sums**2).sum(axis=1) - sizes) / (sizes * (sizes - 1))
        least = np.minimum(cohesions, cohesions[one])
        return np.where(least > 0, sums @ sums[one] / (sizes * sizes[one]) / least, -np.inf)


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
