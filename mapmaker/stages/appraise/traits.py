"""Tags and decades of posters, and their cells -> how many there are, which go together, and where they are at home."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.appraisal import Count, Trait
from mapmaker.model import Arrangement
from mapmaker.stages.appraise.blocks import Squares

REACH = 2
"""Cells around a poster that count as around it: 24 of them."""
FEWEST, LEAST_SHARE = 5, 0.01
"""Posters, and their share, that a tag or a decade must have for its place on the map to mean anything."""

Holders = tuple[str, NDArray[np.bool_]]
"""A tag or a decade, and (n,) who has it."""


def decade_holders(years: Sequence[int | None]) -> list[Holders]:
    """Return decades, the earliest first."""
    decade = np.array([-1 if year is None else year // 10 * 10 for year in years])
    dated = np.array([year is not None for year in years], bool)
    return [(f"{start}s", dated & (decade == start)) for start in sorted(set(decade[dated].tolist()))]


def tag_holders(tags: Sequence[Sequence[str]], most: int) -> list[Holders]:
    """Return the `most` frequent tags, the most frequent first, those of equal frequency by name."""
    held: dict[str, list[int]] = {}
    for poster, own in enumerate(tags):
        for tag in set(own) - {""}:
            held.setdefault(tag, []).append(poster)
    frequent = sorted(held, key=lambda tag: (-len(held[tag]), tag))[:most]
    found = []
    for tag in frequent:
        has = np.zeros(len(tags), bool)
        has[held[tag]] = True
        found.append((tag, has))
    return found


def kinds(tags: Sequence[Sequence[str]]) -> int:
    """Return how many different tags there are."""
    return len({tag for own in tags for tag in own if tag})


def counts(holders: Sequence[Holders]) -> tuple[Count, ...]:
    """Return how many posters each has."""
    return tuple(Count(name, int(has.sum())) for name, has in holders)


def together(holders: Sequence[Holders]) -> tuple[tuple[int, ...], ...]:
    """Return how many posters have both of each two."""
    return tuple(tuple(int((one & other).sum()) for _, other in holders) for _, one in holders)


def traits(holders: Sequence[Holders], known: NDArray[np.bool_], squares: Squares, most: int) -> tuple[Trait, ...]:
    """Return where each is at home, of the `most` frequent that are frequent enough, in the order given.

    `known` (n,): of whom any is known; others count nowhere, or whoever is known at all would seem to flock together.
    """
    sizes = Counter({name: int(has.sum()) for name, has in holders})
    least = max(FEWEST, LEAST_SHARE * known.sum())
    chosen = {name for name, size in sizes.most_common(most) if size >= least}
    return tuple(_trait(name, has, known, squares) for name, has in holders if name in chosen)


def _trait(name: str, has: NDArray[np.bool_], known: NDArray[np.bool_], squares: Squares) -> Trait:
    own, all_known = int(has.sum()), int(known.sum())
    alike, others = (_around(one, squares.arrangement)[has].sum() for one in (has, known))
    overall = own / all_known
    held, there = squares.sums(has.astype(np.float64)), squares.sums(known.astype(np.float64))
    expected = there * overall
    beyond_chance = np.where(there > 0, (held - expected) / np.sqrt(expected + 1), -np.inf)
    home = int(beyond_chance.argmax())
    return Trait(
        name,
        own,
        around=float(alike / others) if others else 0.0,
        chance=(own - 1) / (all_known - 1) if all_known > 1 else 0.0,
        home=squares.region(home, float(held[home] / there[home])),
        blocks=squares.blocks(held, there),
    )


def _around(has: NDArray[np.bool_], arrangement: Arrangement) -> NDArray[np.float64]:
    """Return (n,) how many of the posters in the cells around each, without itself, have something."""
    across, down = arrangement.cells.T
    plane = np.zeros((arrangement.rows + 2 * REACH + 1, arrangement.columns + 2 * REACH + 1))
    plane[down + REACH + 1, across + REACH + 1] = has
    sums = plane.cumsum(axis=0).cumsum(axis=1)
    wide = 2 * REACH + 1
    low, left = down, across
    square = sums[low + wide, left + wide] - sums[low, left + wide] - sums[low + wide, left] + sums[low, left]
    return np.asarray(square - has)
