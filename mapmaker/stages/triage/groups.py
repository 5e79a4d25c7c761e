"""Pairs that are alike -> groups around the one that stands for them: every member is alike to that one itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from mapmaker.methods.copies import Resemblance
from mapmaker.model import Images, Looks, Reject

Pair = tuple[int, int]
SAME = ("same file as ", "same pixels as ")
"""How the scan tells that a file is an exact copy of another."""


@dataclass(frozen=True)
class Group:
    """Rows that belong together: the one that stands for them, and the others, ascending."""

    first: int
    others: Sequence[int]

    @property
    def rows(self) -> Sequence[int]:
        """All of them, `first` first."""
        return [self.first, *self.others]


def in_groups(pairs: Iterable[Pair], order: Sequence[int]) -> list[Group]:
    """Return groups of rows of which `pairs` are alike.

    In `order`, each row that no group has yet stands for those alike to it. So nobody is in two groups, and nobody in
    one for the sake of somebody between.
    """
    alike: dict[int, list[int]] = {}
    for one, other in pairs:
        alike.setdefault(one, []).append(other)
        alike.setdefault(other, []).append(one)
    taken: set[int] = set()
    groups = []
    for row in order:
        if row in taken or row not in alike:
            continue
        others = sorted(other for other in alike[row] if other not in taken)
        if others:
            groups.append(Group(row, others))
            taken.update(others)
        taken.add(row)
    return groups


def by_worth(images: Images, looks: Looks, on_map: np.ndarray, wanted: frozenset[int]) -> list[int]:
    """Return the rows that are present, the copy to be kept before others.

    First those that the user wants, those on the last map, then by pixels, by bytes of the file, and by path.
    """
    pixels = images.width.astype(np.int64) * images.height
    return sorted(
        np.flatnonzero(images.present).tolist(),
        key=lambda row: (row not in wanted, not on_map[row], -pixels[row], -looks.size[row], images.path[row]),
    )


def by_company(pairs: Sequence[Pair]) -> list[int]:
    """Return the rows of `pairs`, those in most of them first, the lower first of two in as many."""
    counts: dict[int, int] = {}
    for row in (row for pair in pairs for row in pair):
        counts[row] = counts.get(row, 0) + 1
    return sorted(counts, key=lambda row: (-counts[row], row))


def exact_copies(rejects: Sequence[Reject]) -> dict[str, list[str]]:
    """Return the paths of exact copies, which the scan left out, by the path of the one kept."""
    copies: dict[str, list[str]] = {}
    for reject in rejects:
        for start in SAME:
            if reject.reason.startswith(start):
                copies.setdefault(reject.reason.removeprefix(start), []).append(reject.path)
    return copies


def names_of(group: Group, images: Images, copies: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the different file names, folders and endings aside, under which a group's picture is there."""
    paths = [path for row in group.rows for path in (images.path[row], *copies.get(images.path[row], ()))]
    return {PurePosixPath(path).stem for path in paths}


def alike(resemblances: Mapping[Pair, Resemblance], likeness: float, colour: float) -> list[Pair]:
    """Return the pairs that are at least so alike in shape, and no further apart in colour."""
    return [pair for pair, seen in resemblances.items() if seen.likeness >= likeness and seen.colour <= colour]
