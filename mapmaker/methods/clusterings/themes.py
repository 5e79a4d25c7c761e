"""Clusters in, out how clear a theme each shows: what three in four of its posters have in common, colours aside.

Of each member is taken how like the others it is, the mean cosine to them in a space in which every kind of likeness
has its say (`evening`), without what colours tell: posters that are all yellow show no theme. The lower quartile of
that is the theme: three in four members are at least so alike. A mean would hide that a third of them do not belong.
Few may be alike by chance, so theirs counts less.
"""

from collections.abc import Sequence

import numpy as np

from mapmaker.methods.clusterings.evening import even
from mapmaker.model import Floats, Ints, Posters

SHARED_BY = 0.75
"""Of the members, who are at least so alike."""
SURE = 12
"""Members; of so many half of what they have in common is believed, of more nearly all."""


def themes(groups: Sequence[Ints], posters: Posters) -> list[float]:
    """Return the theme of each of `groups`, two posters or more: at most 1, about 0 where they are of any kind."""
    if not groups:
        return []
    space = even(posters.values, posters.rows, posters.colors)
    return [_theme(space[group]) for group in groups]


def _theme(vectors: Floats) -> float:
    m = len(vectors)
    alike = (vectors @ vectors.sum(axis=0, dtype=np.float64) - 1) / (m - 1)
    return float(np.quantile(alike, 1 - SHARED_BY)) * m / (m + SURE)
