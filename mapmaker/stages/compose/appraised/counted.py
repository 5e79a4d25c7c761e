"""What was counted -> chapters of tables and bars: clusters, what was left out, decades, tags, versions and options."""

from collections.abc import Iterator, Sequence

from mapmaker.appraisal import Appraisal, Count, Told
from mapmaker.model import Clusters, Selection
from mapmaker.plural import count_of
from mapmaker.stages.compose.appraised.shades import percent, step
from mapmaker_site.galleries import FOLDER, gallery_file
from mapmaker_site.pages import MAP
from mapmaker_site.quality import Bars, Item, Part, Table

REASONS = {
    Selection.NEAR: "near-duplicate of a poster that is on the map",
    Selection.BLANK: "blank: nothing but one colour",
    Selection.PLACEHOLDER: "placeholder: one picture under many names",
    Selection.TEMPLATE: "made from a template",
    "same file as another": "the same file as another",
    "same pixels as another": "the same picture as another",
    Selection.LISTED: "on a list of what to leave out",
}
TOGETHER = (1, 10, 20, 35, 50)
"""Percent: where shades of the table of tags begin."""


def clusters(told: Appraisal, found: Clusters, *, galleries: bool) -> Iterator[Part]:
    """Yield how alike the posters of each are, with links to the map and, where they are there, to `galleries`."""
    named = {cluster.slug: cluster.called for cluster in found.clusters}
    shown = [one for one in told.clusters if one.slug in named]
    if not shown:
        return
    rest = len(named) - len(shown)
    yield (
        f"{told.clustered:,} of {count_of(told.posters, 'poster')} are in "
        f"{count_of(len(named), 'cluster')}, places where they lie close. Cohesion says how alike those of one "
        "look, each two of them compared, on the mean: 1 is all the same. Posters drawn by chance would have "
        f"{told.cohesion:.2f}, as all posters together have. "
        + (f"{count_of(rest, 'smaller one', 'smaller ones')} not shown." if rest else "")
    )
    rows = [
        [
            Item(named[one.slug], f"{MAP}#?cluster={one.slug}", given=True),
            Item(f"{one.posters:,}", f"../{FOLDER}/{gallery_file(one.slug)}" if galleries else ""),
            Item(f"{one.cohesion:.2f}" if one.posters > 1 else "–"),  # noqa: RUF001 - a dash
        ]
        for one in shown
    ]
    caption = "The largest clusters" if rest else "Clusters, the largest first"
    yield Table(caption, [*map(Item, ("cluster", "posters", "cohesion"))], rows)


def left_out(told: Appraisal) -> Iterator[Part]:
    """Yield what is not on the map, by reason."""
    counts = told.left_out
    if not counts:
        yield "Nothing: every file that was given is on the map."
        return
    total = sum(one.count for one in counts)
    yield (
        f"{count_of(total, 'file')} beside the {count_of(told.posters, 'poster')} on the map, by the first "
        "reason that was found."
    )
    rows = [[Item(REASONS.get(one.name, one.name)), Item(f"{one.count:,}")] for one in counts]
    yield Table("What is not on the map, by reason", [Item("reason"), Item("files")], rows)


def decades(told: Appraisal) -> Iterator[Part]:
    """Yield how many posters are of each decade."""
    if not told.decades:
        return
    missing = f"; of {told.posters - told.dated:,} it is not" if told.dated < told.posters else ""
    yield f"The year is known of {count_of(told.dated, 'poster')}{missing}."
    yield from _histogram("decades", "Posters by decade", told.decades, told.dated, given=False)


def tags(told: Appraisal) -> Iterator[Part]:
    """Yield how many posters have each of the frequent tags, and which go together."""
    if not told.tags:
        return
    few = "" if len(told.tags) == told.kinds else f"; the {len(told.tags)} most frequent are shown"
    yield f"{count_of(told.tagged, 'poster')} with {count_of(told.kinds, 'different tag')}{few}."
    yield from _histogram("tags", "Posters by tag", told.tags, told.tagged, given=True)
    if len(told.pairs) > 1:
        yield "Which tags go together: the stronger the colour, the more often."
        names = [Item(name, given=True) for name in told.pairs]
        yield Table(
            "Of the posters with the tag at the left, those that also have the tag above, in percent",
            [Item("tag"), *names],
            [[name, *_together(told.together[place], place)] for place, name in enumerate(names)],
        )


def made(told: Appraisal) -> Iterator[Part]:
    """Yield the versions and options that the map was made with."""
    yield (
        "The same posters and options give the same map, byte for byte, on the same machine with the same "
        "versions. How long it took, and how much memory, is kept beside the map, not on it."
    )
    yield from _listed(told.versions, "Versions that these figures were made with", ("package", "version"))
    caption = "Options of the stages that place posters"
    yield from _listed(told.options, caption, ("option", "value"), "All options")


def _listed(some: Sequence[Told], caption: str, heads: tuple[str, str], folded: str = "") -> Iterator[Part]:
    if some:
        rows = [[Item(one.name), Item(one.value)] for one in some]
        yield Table(caption, [*map(Item, heads)], rows, numbers=False, folded=folded)


def _histogram(key: str, title: str, counts: Sequence[Count], known: int, given: bool) -> Iterator[Part]:
    """Yield a drawing of counts, and a table of the same."""
    most = max(counts, key=lambda one: one.count)
    described = f"{len(counts)} bars; the longest is {most.name} with {most.count:,}. The table below has all of them."
    yield Bars(key, title, described, [(one.name, one.count) for one in counts])
    yield Table(
        title,
        [Item("tag" if given else "decade"), Item("posters"), Item("share of those where it is known")],
        [[Item(one.name, given=given), Item(f"{one.count:,}"), Item(percent(one.count / known))] for one in counts],
        folded="The same as a table",
    )


def _together(counts: Sequence[int], place: int) -> Iterator[Item]:
    """Yield the cells of a tag, the one at `place`."""
    own = max(1, counts[place])
    for other, count in enumerate(counts):
        share = 100 * count / own
        yield Item("·", shade=0) if other == place else Item(f"{share:.0f}", shade=step(share, TOGETHER))
