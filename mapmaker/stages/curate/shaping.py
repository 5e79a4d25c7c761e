"""Clusters that were found, and what is wanted of each -> clusters as they are wanted.

Whom a table claims for a cluster, by pin, as one of a part, or of a cluster to be kept, is in no other. What is left of
each that was found is split first, without those that its table removes; then each takes in who is claimed for it; then
they are merged; in the end some are dropped.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mapmaker.methods.clusterings.reshaping import gathered, parts_found, parts_like
from mapmaker.model import Cluster, Clusters, Floats, Ints, Origin
from mapmaker.stages.curate.recognition import Recognition
from mapmaker.stages.curate.wishes import Wish, Wishes


@dataclass(frozen=True)
class Shaped:
    """Clusters as they are wanted, which of them have other members than any that was found, where all come from."""

    clusters: Sequence[Cluster]
    changed: Sequence[bool]
    origins: Sequence[Origin]


@dataclass
class _Group:
    """A cluster in the making: `found` are the slugs of what it is made of, `same` is the one that it still is."""

    slug: str
    members: Ints
    found: list[str] = field(default_factory=list)
    same: Cluster | None = None
    wish: Wish | None = None
    line: int = 0
    done: list[str] = field(default_factory=list)
    settled: bool = False
    merged: bool = False
    dropped: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether it has the members that were found."""
        return self.same is not None and np.array_equal(self.members, self.same.members)

    def cluster(self) -> Cluster:
        """Return what it is; figures, if it has other members, are yet to be told."""
        before = self.same or Cluster(self.slug, "", self.members)
        base = before if self.is_unchanged else Cluster(self.slug, before.name, self.members, note=before.note)
        table = self.wish.table if self.wish is not None else None
        name, note = (table.name, table.note) if table is not None else ("", "")
        return replace(base, slug=self.slug, name=name or base.name, note=note or base.note)

    def origin(self) -> Origin:
        """Return where it comes from."""
        return Origin(self.slug, self.found, self.line, self.done, self.dropped)


def shaped(found: Clusters, known: Recognition, wanted: Wishes, points: Floats, vectors: Floats) -> Shaped:
    """Return the clusters that are wanted, in the order in which they were found, kept ones behind them.

    `points` (n, 2) of the layout, `vectors` (n, d) of unit length.
    """
    groups = _Shaper(found, known, wanted, points, vectors).groups()
    shown = [group for group in groups if not group.dropped]
    changed = [not group.is_unchanged for group in shown]
    return Shaped([group.cluster() for group in shown], changed, [group.origin() for group in groups])


class _Shaper:
    def __init__(self, found: Clusters, known: Recognition, wanted: Wishes, points: Floats, vectors: Floats) -> None:
        self._found, self._known, self._wanted = found, known, wanted
        self._points, self._vectors = points, vectors
        self._kept = [wish for wish in known.lost if wish.table.keep and wish.known]
        told = dict(self._told())
        self._claims = {one: wish.table.slug for wish in self._kept for one in wish.known} | told
        parted = (wish for wish in self._kept if wish.table.part_slugs)
        self._loose = {one for wish in parted for one in wish.known} - told.keys()
        """Whose cluster is kept and split: they may come into any part."""

    def groups(self) -> list[_Group]:
        """Return all that have members, and those that were dropped."""
        groups = [part for group in (*self._as_found(), *self._as_kept()) for part in self._split(group)]
        by_slug = {group.slug: group for group in groups}
        claimed: dict[str, list[int]] = defaultdict(list)
        for one, slug in self._claims.items():
            if one not in self._loose:
                claimed[slug].append(one)
        for group in groups:
            group.members = np.union1d(group.members, claimed[group.slug]).astype(np.int32)
        for group in groups:
            self._settle(group, by_slug)
        left = [group for group in groups if not group.merged]
        for group in left:
            if not len(group.members) and group.wish is not None:
                self._wanted.warn(group.line, f"{group.slug!r} has no members left")
            group.dropped = self._is_dropped(group)
            if group.dropped:
                group.done = ["dropped"]
        return [group for group in left if len(group.members)]

    def _is_dropped(self, group: _Group) -> bool:
        if group.wish is not None:
            return group.wish.table.drop
        return self._wanted.curation.drop_others and not group.line

    def _told(self) -> Iterator[tuple[int, str]]:
        """Yield who is to be in which cluster or part, whatever was found; of two claims the later one counts."""
        live = [*self._known.wishes.values(), *self._kept]
        for wish in live:
            for slug, part in zip(wish.table.part_slugs, wish.parts, strict=False):
                yield from ((one, slug) for one in part)
        parts = {slug for wish in live for slug in wish.table.part_slugs}
        for wish in (*live, *(wish for slug, wish in self._known.parts.items() if slug in parts)):
            yield from ((one, wish.table.slug) for one in wish.pinned)

    def _unclaimed(self, members: Ints, slug: str) -> Ints:
        """Return members but for those that another cluster claims."""
        return np.array([one for one in members.tolist() if self._claims.get(one, slug) == slug], np.int32)

    def _as_found(self) -> Iterator[_Group]:
        """Yield the clusters that were found, without those whom others claim."""
        for cluster, slug in zip(self._found.clusters, self._known.slugs, strict=True):
            group = _Group(slug, self._unclaimed(cluster.members, slug), [cluster.slug], cluster)
            yield self._wished(group, self._known.wishes.get(slug))

    def _as_kept(self) -> Iterator[_Group]:
        """Yield those that are kept though not found: their posters, and who is like them around, in no cluster."""
        free = self._found.labels < 0
        free[[*self._claims]] = False
        for wish in self._kept:
            members = gathered(np.array(wish.known, np.int32), free, self._points, self._vectors)
            free[members] = False
            group = _Group(wish.table.slug, self._unclaimed(members, wish.table.slug))
            group.done.append("not found, made of its posters")
            yield self._wished(group, wish)

    def _wished(self, group: _Group, wish: Wish | None) -> _Group:
        """Return a cluster with what is wanted of it."""
        if wish is not None:
            group.wish, group.line = wish, wish.table.line
            told = {"renamed": wish.table.name, "a note": wish.table.note}
            group.done += [what for what, wanted in told.items() if wanted]
            if group.found and group.found != [group.slug]:
                group.done.append(f"found as {group.found[0]}")
            counts = {"pinned": len(wish.pinned), "removed": len(wish.removed)}
            group.done += [f"{count:,} {what}" for what, count in counts.items() if count]
        return group

    def _split(self, group: _Group) -> Iterator[_Group]:
        """Yield the parts that a cluster is to be split into, or, if it is not, the cluster."""
        wish = group.wish
        slugs = wish.table.part_slugs if wish is not None else []
        if wish is None or not slugs:
            yield group
            return
        for slug, words, posters in zip(slugs, wish.table.parts, wish.parts, strict=False):
            if not any(self._claims.get(one) == slug for one in posters):
                self._wanted.warn(words[0].line, f"of the part {slug!r} no poster is on the map")
        parts = self._parts(self._divided(group.members, wish), wish)
        if wish.table.split > len(parts):
            self._wanted.warn(group.line, f"{group.slug!r} has only {len(parts)} parts that can be told apart")
        parts += [np.zeros(0, np.int32)] * (len(slugs) - len(parts))
        for number, (slug, members) in enumerate(zip(slugs, parts, strict=True), 1):
            part = _Group(slug, members, list(group.found), line=group.line)
            part.done.append(f"part {number} of {len(slugs)} of {group.slug}")
            own = wish if number == 1 else self._known.parts.get(slug)
            yield self._wished(part, own)

    def _divided(self, members: Ints, wish: Wish) -> Ints:
        """Return the members that are to be told apart: those whom nobody claims for a part, nor removes."""
        away = (self._claims.keys() - self._loose) | set(wish.removed)
        return np.array([one for one in members.tolist() if one not in away], np.int32)

    def _parts(self, members: Ints, wish: Wish) -> list[Ints]:
        if not len(members):
            return []
        if wish.table.split:
            return parts_found(members, wish.table.split, self._vectors)
        return parts_like(members, wish.parts, self._vectors) if any(wish.parts) else [members]

    def _settle(self, group: _Group, by_slug: dict[str, _Group]) -> None:
        """Take in what is to become part of a cluster, and take out whom it is to be without."""
        if group.settled or group.wish is None:
            return
        group.settled = True
        for word in group.wish.table.merge:
            other = by_slug.get(word.text)
            if other is None:
                self._wanted.warn(word.line, f"{word.text!r} is not found on this map, and not merged")
                continue
            self._settle(other, by_slug)
            other.merged = True
            group.members = np.union1d(group.members, other.members).astype(np.int32)
            group.found += [slug for slug in other.found if slug not in group.found]
            group.same = None
            group.done.append(f"with {other.slug}")
        group.members = np.setdiff1d(group.members, group.wish.removed).astype(np.int32)
