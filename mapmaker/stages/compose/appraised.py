"""How good the map is, for its visitors: an appraisal and a catalog -> the quality page, in words that anyone follows.

Each figure stands beside what chance would give, and says what is good. What a page looks like is decided in
`mapmaker_site.quality`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles

from mapmaker.appraisal import Appraisal, Blocks, Count, Region, Trait
from mapmaker.model import Selection
from mapmaker.plural import count_of
from mapmaker.stages.compose.catalog import Catalog
from mapmaker_site.pages import MAP, Book
from mapmaker_site.quality import (
    SHADES,
    Bars,
    Chapter,
    Item,
    Legend,
    Mark,
    Measure,
    Part,
    Plan,
    Plans,
    QualityPage,
    Table,
    render_quality,
)

FILE = "quality/index.html"
HEADING = "How good is this map?"
SUMMARY = (
    "How much of what looks alike lies side by side, where the map is strong and where it is weak, what was left out, "
    "and how it was made. Figures stand beside what chance would give: the same posters dealt out like cards."
)
REASONS = {
    Selection.NEAR: "near-duplicate of a poster that is on the map",
    Selection.BLANK: "blank: nothing but one colour",
    Selection.PLACEHOLDER: "placeholder: one picture under many names",
    Selection.TEMPLATE: "made from a template",
    "same file as another": "the same file as another",
    "same pixels as another": "the same picture as another",
    Selection.LISTED: "on a list of what to leave out",
}
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
TOGETHER = (1, 10, 20, 35, 50)
"""Percent: where shades of the table of tags begin."""
STRONG, WEAK = "ABCDE", "12345"
"""What the strongest and the weakest squares are marked by."""
WINDOW = 900
"""Pixels that a region and what is around it are to fill, on the map."""


def quality_page(catalog: Catalog, book: Book, appraisal: Appraisal) -> str:
    """Return the page's HTML."""
    chapters = Chapters(catalog, appraisal).all()
    return render_quality(book, QualityPage(HEADING, SUMMARY, chapters, catalog.listed))


@dataclass(frozen=True)
class Chapters:
    """The page's chapters, those that have something to say."""

    catalog: Catalog
    told: Appraisal

    def all(self) -> list[Chapter]:
        """Return them in order."""
        chapters = [
            Chapter("The whole map", [*self._measures()]),
            Chapter("Where it is strong, where weak", [*self._regions()]),
            Chapter("Clusters", [*self._clusters()]),
            Chapter("What was left out", [*self._left_out()]),
            Chapter("Decades", [*self._decades()]),
            Chapter("Tags", [*self._tags()]),
            Chapter("Where they are at home", [*self._homes()]),
            Chapter("What it was made with", [*self._made()]),
        ]
        return [chapter for chapter in chapters if chapter.parts]

    def _measures(self) -> Iterator[Part]:
        found = (self._near(), self._distances(), self._grid(), self._search(), self._layout(), self._history())
        return (measure for measure in found if measure is not None)

    def _near(self) -> Measure:
        near = self.told.near
        return Measure(
            "Alike side by side (10-in-24)",
            f"{10 * near.value:.1f}",
            "of 10",
            f"by chance {10 * near.chance:.2f}; at most 10",
            "Of the 10 posters most like a poster, so many are among the 24 nearest to it on the map, on the mean. "
            "No flat map brings all of them together: what looks alike does so in many ways, and there are only two "
            "directions. Maps of thousands of film posters have 3 to 4; those of few posters, or of series, more.",
        )

    def _distances(self) -> Measure:
        score = self.told.distances
        asked = "" if score.asked == self.told.posters else f"; asked of {count_of(score.asked, 'poster')}"
        return Measure(
            "Near is alike, far is not (DPQ16)",
            f"{score.value:.2f}",
            "of 1",
            f"by chance {score.chance:.2f}; at most 1{asked}",
            "Distance Preservation Quality: how near the map comes to one where the nearer a poster lies, the more "
            "alike it is, whichever poster one starts from. What is nearest counts most. Good maps of thousands of "
            "film posters have 0.85 to 0.9.",
        )

    def _grid(self) -> Measure:
        placing = self.told.placing
        return Measure(
            "From the layout to the grid",
            f"{placing.displacement:.2f}",
            "cells",
            f"by chance {placing.chance:.1f}; {self._gap()}",
            "A layout puts posters anywhere, on top of each other too; then each gets a cell of its own. So far "
            "they moved for that, as the root of the mean square. The less, the more of the layout is still there. "
            "Afterwards a polish may swap posters, so that more that is alike lies side by side.",
        )

    def _search(self) -> Measure | None:
        placing = self.told.placing
        if placing.recall is None:
            return None
        how = "each compared with every other" if placing.search == "exact" else "by an index, checked on a sample"
        return Measure(
            "Neighbours found",
            f"{math.floor(1000 * placing.recall) / 10:g} %",
            f"of the {placing.nearest} most like each",
            f"{how}; at most 100 %",
            "Everything starts from who is most like whom. Comparing all with all finds all; for very many posters "
            "an index is quicker and misses a few. Above 95 % the map hardly differs.",
        )

    def _layout(self) -> Measure | None:
        if self.told.placing.divergence is None:
            return None
        return Measure(
            "What the layout loses (KL divergence)",
            f"{self.told.placing.divergence:.2f}",
            "nats",
            "0 would be a layout without loss; lower is better",
            "What t-SNE makes as small as it can: how badly distances in the plane tell who is alike. It grows with "
            "the number of posters, so compare it only with other layouts of the same ones.",
        )

    def _history(self) -> Measure | None:
        history = self.told.history
        if not history.late:
            return None
        return Measure(
            "Since it was laid out",
            f"{10 * history.now:.1f}",
            "of 10 in the cells around",
            self._then(),
            f"{100 * history.late:.1f} % of the posters came later. Those that were here keep their places, so that "
            "links and memories hold; newcomers go where they fit. Here only posters at most two cells away count, "
            "so at the rim and beside empty cells there are fewer than 24.",
        )

    def _gap(self) -> str:
        gap = self.told.placing.gap
        if gap is None:
            return "not proved to be the least, for old posters keep their places"
        if gap > 1:
            return "not proved to be near the least possible"
        return (
            f"proved to be within {max(100 * gap, 0.01):.2g} % of the least possible" if gap else "the least possible"
        )

    def _then(self) -> str:
        history = self.told.history
        then = [] if history.fresh is None else [f"{10 * history.fresh:.1f} when all were laid out"]
        newest = [] if history.new is None else [f"{10 * history.new:.1f} of those that came last"]
        return "; ".join(then + newest) or "what it was before is not known"

    def _regions(self) -> Iterator[Part]:
        blocks = self.told.local
        known = [value for value in blocks.values if value is not None]
        low, *_, high = quantiles(known, n=20, method="inclusive") if len(known) > 1 else known * 2
        yield (
            f"The map in squares of {blocks.side} x {blocks.side} cells, coloured by how many of the 10 posters most "
            "like each are among the 24 nearest to it. A weak area is where posters ended up that have little in "
            "common with those around them, for instance because they are like nothing else here. Links lead to "
            "places on the map."
        )
        marks = [
            self._mark(region, label)
            for regions, labels in ((self.told.strongest, STRONG), (self.told.weakest, WEAK))
            for region, label in zip(regions, labels, strict=False)
        ]
        yield Plan(
            "local",
            "The map, coloured by how much of what is alike lies side by side",
            f"{len(known)} squares; their means go from {10 * min(known):.1f} to {10 * max(known):.1f} of 10. "
            + ("Letters are on the strongest, numbers on the weakest." if marks else ""),
            blocks.columns,
            [None if value is None else _shade(value, low, high) for value in blocks.values],
            *self._extent(blocks),
            marks=marks,
        )
        if high > low:
            ends = [10 * (low + (high - low) * shade / SHADES) for shade in range(1, SHADES)]
            between = [f"{a:.1f} to {b:.1f}" for a, b in pairwise(ends)]
            labels = [f"under {ends[0]:.1f}", *between, f"{ends[-1]:.1f} and more"]
            yield Legend("Of 10, on the mean of a square:", labels)
        yield from self._extremes(self.told.strongest, STRONG, "strongest")
        yield from self._extremes(self.told.weakest, WEAK, "weakest")

    def _extremes(self, regions: Sequence[Region], labels: str, which: str) -> Iterator[Part]:
        if regions:
            yield Table(
                f"The {which} squares",
                [*map(Item, ("square", "where", "of 10", "posters", "around"))],
                [
                    [
                        Item(label),
                        self._place(region),
                        Item(f"{10 * region.share:.1f}"),
                        Item(f"{region.posters:,}"),
                        self._poster(region.middle),
                    ]
                    for region, label in zip(regions, labels, strict=False)
                ],
            )

    def _clusters(self) -> Iterator[Part]:
        named = {cluster.slug: cluster.called for cluster in self.catalog.clusters.clusters}
        shown = [one for one in self.told.clusters if one.slug in named]
        if not shown:
            return
        rest = len(named) - len(shown)
        yield (
            f"{self.told.clustered:,} of {count_of(self.told.posters, 'poster')} are in "
            f"{count_of(len(named), 'cluster')}, places where they lie close. Cohesion says how alike those of one "
            "look, each two of them compared, on the mean: 1 is all the same. Posters drawn by chance would have "
            f"{self.told.cohesion:.2f}, as all posters together have. "
            + (f"{count_of(rest, 'smaller one', 'smaller ones')} not shown." if rest else "")
        )
        yield Table(
            "The largest clusters" if rest else "Clusters, the largest first",
            [*map(Item, ("cluster", "posters", "cohesion"))],
            [
                [
                    Item(named[one.slug], f"{MAP}#?cluster={one.slug}", given=True),
                    Item(f"{one.posters:,}"),
                    Item(f"{one.cohesion:.2f}" if one.posters > 1 else "–"),  # noqa: RUF001 - a dash
                ]
                for one in shown
            ],
        )

    def _left_out(self) -> Iterator[Part]:
        counts = self.told.left_out
        total = sum(one.count for one in counts)
        if not counts:
            yield "Nothing: every file that was given is on the map."
            return
        yield (
            f"{count_of(total, 'file')} beside the {count_of(self.told.posters, 'poster')} on the map, by the first "
            "reason that was found."
        )
        rows = [[Item(REASONS.get(one.name, one.name)), Item(f"{one.count:,}")] for one in counts]
        yield Table("What is not on the map, by reason", [Item("reason"), Item("files")], rows)

    def _decades(self) -> Iterator[Part]:
        if not self.told.decades:
            return
        dated = self.told.dated
        missing = f"; of {self.told.posters - dated:,} it is not" if dated < self.told.posters else ""
        yield f"The year is known of {count_of(dated, 'poster')}{missing}."
        yield from _histogram("decades", "Posters by decade", self.told.decades, dated, given=False)

    def _tags(self) -> Iterator[Part]:
        tags = self.told.tags
        if not tags:
            return
        few = "" if len(tags) == self.told.kinds else f"; the {len(tags)} most frequent are shown"
        yield f"{count_of(self.told.tagged, 'poster')} with {count_of(self.told.kinds, 'different tag')}{few}."
        yield from _histogram("tags", "Posters by tag", tags, self.told.tagged, given=True)
        if len(self.told.pairs) > 1:
            yield "Which tags go together: the stronger the colour, the more often."
            yield Table(
                "Of the posters with the tag at the left, those that also have the tag above, in percent",
                [Item("tag"), *(Item(name, given=True) for name in self.told.pairs)],
                [
                    [Item(name, given=True), *_together(self.told.together[place], place)]
                    for place, name in enumerate(self.told.pairs)
                ],
            )

    def _homes(self) -> Iterator[Part]:
        traits = [*((one, False) for one in self.told.decade_traits), *((one, True) for one in self.told.tag_traits)]
        if not traits:
            return
        yield (
            "The map was made from pictures alone, it knows neither years nor tags. So where posters of a decade or "
            "a tag lie together, they look alike. Small maps show where each is more frequent than overall; the "
            "table says how often a poster has its like in the 24 cells around it, beside what chance would give."
        )
        yield Plans([self._small(number, one, given) for number, (one, given) in enumerate(traits)])
        yield Legend("Among posters whose decade or tags are known:", LIFT_LABELS, plain=True)
        yield Table(
            "Decades and tags on the map",
            [
                *map(
                    Item,
                    (
                        "decade or tag",
                        "posters",
                        "of its like around it",
                        "by chance",
                        "times",
                        "most at home",
                        "share there",
                    ),
                )
            ],
            [
                [
                    Item(one.name, given=given),
                    Item(f"{one.posters:,}"),
                    Item(_percent(one.around)),
                    Item(_percent(one.chance)),
                    Item(f"{one.times:.1f}"),
                    self._place(one.home),
                    Item(_percent(one.home.share)),
                ]
                for one, given in traits
            ],
        )

    def _made(self) -> Iterator[Part]:
        yield (
            "The same posters and options give the same map, byte for byte, on the same machine with the same "
            "versions. How long it took, and how much memory, is kept beside the map, not on it."
        )
        versions, options = self.told.versions, self.told.options
        if versions:
            rows = [[Item(one.name), Item(one.value)] for one in versions]
            yield Table("Versions that these figures were made with", [Item("package"), Item("version")], rows, False)
        if options:
            rows = [[Item(one.name), Item(one.value)] for one in options]
            head = [Item("option"), Item("value")]
            yield Table("Options of the stages that place posters", head, rows, False, "All options")

    def _extent(self, blocks: Blocks) -> tuple[float, float, float]:
        """Return how many blocks the map is wide and high, and how much higher than wide a block is."""
        width, height = self.catalog.tiles.cell
        return self.told.columns / blocks.side, self.told.rows / blocks.side, height / width

    def _size(self, region: Region) -> tuple[int, int]:
        """Return how many cells a region has across and down: less at the right and below."""
        return min(region.side, self.told.columns - region.column), min(region.side, self.told.rows - region.row)

    def _place(self, region: Region) -> Item:
        """Return a link to a region: its cells, counted from 1, in the middle of the window."""
        across, down = self._size(region)
        tiles = self.catalog.tiles
        zoom = tiles.max_zoom - math.log2(tiles.cell[0] * 3 * region.side / WINDOW)
        x, y = region.column + across / 2, region.row + down / 2
        columns, rows = _range("column", region.column, across), _range("row", region.row, down)
        return Item(f"{columns}, {rows}", f"{MAP}#{min(max(zoom, 0), tiles.max_zoom):.2f}/{x:.1f}/{y:.1f}")

    def _mark(self, region: Region, label: str) -> Mark:
        across, down = self._size(region)
        return Mark((region.column + across / 2) / region.side, (region.row + down / 2) / region.side, label)

    def _poster(self, poster: int) -> Item:
        row = self.catalog.rows[poster]
        title = self.catalog.metadata.title[row].strip() or "Untitled"
        return Item(title, f"{MAP}#{self.catalog.images.id[row]}", given=True)

    def _small(self, number: int, trait: Trait, given: bool) -> tuple[Plan, Item, str]:
        blocks, overall = trait.blocks, trait.posters / _known(trait, self.told, given)
        shades = [None if value is None else _step(value / overall, LIFTS) for value in blocks.values]
        plan = Plan(
            f"home-{number}",
            f"Where {trait.name} is on the map",
            f"Most at home in {self._place(trait.home).text}: {_percent(trait.home.share)} there, "
            f"{_percent(overall)} overall.",
            blocks.columns,
            shades,
            *self._extent(blocks),
        )
        return plan, Item(trait.name, self._place(trait.home).address, given=given), f"{trait.times:.1f} times chance"


def _known(trait: Trait, told: Appraisal, given: bool) -> int:
    return max(1, trait.posters, told.tagged if given else told.dated)


def _histogram(key: str, title: str, counts: Sequence[Count], known: int, given: bool) -> Iterator[Part]:
    """Yield a drawing of counts, and a table of the same."""
    most = max(counts, key=lambda one: one.count)
    described = f"{len(counts)} bars; the longest is {most.name} with {most.count:,}. The table below has all of them."
    yield Bars(key, title, described, [(one.name, one.count) for one in counts])
    yield Table(
        title,
        [Item("tag" if given else "decade"), Item("posters"), Item("share of those where it is known")],
        [[Item(one.name, given=given), Item(f"{one.count:,}"), Item(_percent(one.count / known))] for one in counts],
        folded="The same as a table",
    )


def _together(counts: Sequence[int], place: int) -> Iterator[Item]:
    """Yield the cells of a tag, the one at `place`."""
    own = max(1, counts[place])
    for other, count in enumerate(counts):
        percent = 100 * count / own
        yield Item("·", shade=0) if other == place else Item(f"{percent:.0f}", shade=_step(percent, TOGETHER))


def _shade(value: float, low: float, high: float) -> int:
    return min(SHADES - 1, max(0, int(SHADES * (value - low) / (high - low)))) if high > low else SHADES - 1


def _step(value: float, starts: Sequence[float]) -> int:
    """Return how many of `starts` the value has reached."""
    return sum(value >= start for start in starts)


def _range(name: str, first: int, count: int) -> str:
    return f"{name} {first + 1}" if count == 1 else f"{name}s {first + 1} to {first + count}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
