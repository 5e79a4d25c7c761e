"""The map in squares -> where it is strong, where weak, and where a decade or a tag is at home."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import quantiles

from mapmaker.appraisal import Appraisal, Region, Trait
from mapmaker.stages.compose.appraised.places import Places
from mapmaker.stages.compose.appraised.shades import between, percent, step
from mapmaker_site.quality import SHADES, Item, Legend, Part, Plan, Plans, Table

STRONG, WEAK = "ABCDE", "12345"
"""What the strongest and the weakest squares are marked by."""
LIFTS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""How many times more often than overall: where shades of a small map begin."""
LIFT_LABELS = (
    "under half as often as on the whole map",
    "up to as often",
    "up to 1.5 times",
    "up to twice",
    "up to 3 times",
    "more",
)
TRAIT_HEADS = ("decade or tag", "posters", "of its like around it", "by chance", "times", "most at home", "share there")


def strong_and_weak(told: Appraisal, places: Places) -> Iterator[Part]:
    """Yield the map in colours, and its strongest and weakest squares."""
    blocks = told.local
    known = [value for value in blocks.values if value is not None]
    low, *_, high = quantiles(known, n=20, method="inclusive") if len(known) > 1 else known * 2
    yield (
        f"The map in squares of {blocks.side} x {blocks.side} cells, coloured by how many of the 10 posters most "
        "like each are among the 24 nearest to it. A weak area is where posters ended up that have little in "
        "common with those around them, for instance because they are like nothing else here. Links lead to "
        "places on the map."
    )
    marks = [
        places.mark(region, label)
        for regions, labels in ((told.strongest, STRONG), (told.weakest, WEAK))
        for region, label in zip(regions, labels, strict=False)
    ]
    yield Plan(
        "local",
        "The map, coloured by how much of what is alike lies side by side",
        f"{len(known)} squares; their means go from {10 * min(known):.1f} to {10 * max(known):.1f} of 10. "
        + ("Letters are on the strongest, numbers on the weakest." if marks else ""),
        blocks.columns,
        [None if value is None else between(value, low, high) for value in blocks.values],
        *places.extent(blocks),
        marks=marks,
    )
    if high > low:
        yield Legend("Of 10, on the mean of a square:", _ends(low, high))
    yield from _extremes(told.strongest, STRONG, "strongest", places)
    yield from _extremes(told.weakest, WEAK, "weakest", places)


def _ends(low: float, high: float) -> list[str]:
    """Return what each shade between two shares means, of 10 posters."""
    ends = [10 * (low + (high - low) * shade / SHADES) for shade in range(1, SHADES)]
    inside = [f"{a:.1f} to {b:.1f}" for a, b in pairwise(ends)]
    return [f"under {ends[0]:.1f}", *inside, f"{ends[-1]:.1f} and more"]


def _extremes(regions: Sequence[Region], labels: str, which: str, places: Places) -> Iterator[Part]:
    if not regions:
        return
    rows = [
        [
            Item(label),
            places.link(region),
            Item(f"{10 * region.share:.1f}"),
            Item(f"{region.posters:,}"),
            places.poster(region.middle),
        ]
        for region, label in zip(regions, labels, strict=False)
    ]
    yield Table(f"The {which} squares", [*map(Item, ("square", "where", "of 10", "posters", "around"))], rows)


def homes(told: Appraisal, places: Places) -> Iterator[Part]:
    """Yield small maps of decades and tags, and how often each has its like around it."""
    traits = [
        *((one, told.dated, False) for one in told.decade_traits),
        *((one, told.tagged, True) for one in told.tag_traits),
    ]
    if not traits:
        return
    yield (
        "The map was made from pictures alone, it knows neither years nor tags. So where posters of a decade or "
        "a tag lie together, they look alike. Small maps show where each is more frequent than overall; the "
        "table says how often a poster has its like in the 24 cells around it, beside what chance would give."
    )
    yield Plans([_small(f"home-{number}", *one, places) for number, one in enumerate(traits)])
    yield Legend("Among posters whose decade or tags are known:", LIFT_LABELS, plain=True)
    rows = [
        [
            Item(one.name, given=given),
            Item(f"{one.posters:,}"),
            Item(percent(one.around)),
            Item(percent(one.chance)),
            Item(f"{one.times:.1f}"),
            places.link(one.home),
            Item(percent(one.home.share)),
        ]
        for one, _, given in traits
    ]
    yield Table("Decades and tags on the map", [*map(Item, TRAIT_HEADS)], rows)


def _small(key: str, trait: Trait, known: int, given: bool, places: Places) -> tuple[Plan, Item, str]:
    """Return a small map of a decade or a tag, of the `known` posters that have any."""
    blocks, overall, home = trait.blocks, trait.posters / known, places.link(trait.home)
    plan = Plan(
        key,
        f"Where {trait.name} is on the map",
        f"Most at home in {home.text}: {percent(trait.home.share)} there, {percent(overall)} overall.",
        blocks.columns,
        [None if value is None else step(value / overall, LIFTS) for value in blocks.values],
        *places.extent(blocks),
    )
    return plan, Item(trait.name, home.address, given=given), f"{trait.times:.1f} times chance"
