"""Clusters that were found, and what is wanted -> which cluster each table means, and what all are called.

Numbers of clusters are handed out anew whenever a map is laid out anew, so a table is known again by its posters: it
means the cluster that holds at least half of them. Where several tables might mean one, it is the one that has the
largest share of its posters in it. What finding makes of posters is no mistake of the file, for it may put two of
yesterday's clusters together, or find one no more: it is told. A slug that nothing has is one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from mapmaker.curation import Table
from mapmaker.errors import near_cluster
from mapmaker.model import Clusters
from mapmaker.stages.curate.wishes import Wish, Wishes


@dataclass(frozen=True)
class Recognition:
    """`slugs`: what each cluster that was found is called; `wishes`: what is wanted of them, by slug.

    `parts`: what is wanted of parts that others are split into, by slug; `lost`: tables that mean none of these.
    """

    slugs: Sequence[str]
    wishes: Mapping[str, Wish]
    parts: Mapping[str, Wish]
    lost: Sequence[Wish]


def recognised(found: Clusters, wanted: Wishes) -> Recognition:
    """Return which clusters are meant. CurationError for a slug that neither a cluster nor a table has."""
    labels, lost = _by_posters(found, wanted)
    parts: dict[str, Wish] = {}
    split = {slug for wish in wanted.wishes for slug in wish.table.part_slugs[1:]}
    own = {one.slug: label for label, one in enumerate(found.clusters)}
    for wish in wanted.wishes:
        slug, line = wish.table.slug, wish.table.line
        if wish.table.posters:
            continue
        if slug in split:
            parts[slug] = wish
        elif slug not in own:
            raise wanted.curation.fault(line, f"no cluster {slug!r} was found: {near_cluster(slug, list(own))}")
        elif own[slug] in labels:
            other = labels[own[slug]].table
            wanted.warn(
                line,
                f"{slug!r} is, by its posters, the cluster {other.slug!r} of line {other.line}, and only "
                "that table counts; put both into one",
            )
        else:
            labels[own[slug]] = wish
    slugs = _slugs(found, labels, {wish.table.slug for wish in wanted.wishes} | split)
    _check_merges(slugs, found, wanted)
    return Recognition(slugs, {slugs[label]: wish for label, wish in labels.items()}, parts, lost)


def _by_posters(found: Clusters, wanted: Wishes) -> tuple[dict[int, Wish], list[Wish]]:
    """Return, by label, the tables whose posters tell which cluster they mean, and those that mean none."""
    offers = sorted(_offers(found, wanted.wishes))
    labels: dict[int, Wish] = {}
    meant: set[int] = set()
    for _, number, _, label in offers:
        if label not in labels and number not in meant:
            labels[label] = wanted.wishes[number]
            meant.add(number)
    lost = [number for number, wish in enumerate(wanted.wishes) if wish.table.posters and number not in meant]
    for number in lost:
        wish = wanted.wishes[number]
        taken = [labels[label].table for _, other, _, label in offers if other == number]
        if wish.table.wants and not (wish.table.keep and wish.known):
            wanted.warn(wish.table.line, f"{wish.table.slug!r} is not found on this map: {_why(wish, taken)}")
    return labels, [wanted.wishes[number] for number in lost]


def _offers(found: Clusters, wishes: Sequence[Wish]) -> Iterator[tuple[float, int, int, int]]:
    """Yield what cluster each table may mean, so that the best sorts first.

    Less the share of its posters, the number of the table, the first of its posters there, the cluster's label.
    """
    for number, wish in enumerate(wishes):
        held = [int(found.labels[one]) for one in wish.known]
        for label, count in Counter(label for label in held if label >= 0).items():
            if 2 * count >= len(held):
                yield -count / len(held), number, held.index(label), label


def _why(wish: Wish, taken: Sequence[Table]) -> str:
    """Return why a table means no cluster; `taken` are the tables that those mean which it might have meant."""
    if taken:
        return f"its posters are in the cluster {taken[0].slug!r} of line {taken[0].line}"
    return "no cluster holds half of its posters" if wish.known else "none of its posters is on the map"


def _slugs(found: Clusters, labels: Mapping[int, Wish], tables: Set[str]) -> list[str]:
    """Return what each cluster is called: as its table says, else as it was found.

    Where that is the slug of a table that means another, "new-" stands before it: so what a cluster is called hangs on
    its own slug and that table alone, and no other line of the file gives it another address.
    """
    taken = tables | {one.slug for one in found.clusters}
    slugs: list[str] = []
    for label, one in enumerate(found.clusters):
        slug = one.slug
        if label in labels:
            slug = labels[label].table.slug
        elif slug in tables:
            while slug in taken:
                slug = f"new-{slug}"
        slugs.append(slug)
    return slugs


def _check_merges(slugs: Sequence[str], found: Clusters, wanted: Wishes) -> None:
    """Raise for a slug in merge that no cluster has, as it was found or is called, and no table."""
    tables = (slug for wish in wanted.wishes for slug in (wish.table.slug, *wish.table.part_slugs))
    known = list(dict.fromkeys((*slugs, *tables)))
    here = {*known, *(one.slug for one in found.clusters)}
    for wish in wanted.wishes:
        for word in wish.table.merge:
            if word.text not in here:
                raise wanted.curation.fault(
                    word.line, f"no cluster {word.text!r} to merge: {near_cluster(word.text, known)}"
                )
