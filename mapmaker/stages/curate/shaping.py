"""Clusters that were found, and what is wanted of each -> clusters as they are wanted.

Whom a table claims for a cluster, by pin, as one of a part, or of a cluster to be kept, is in no other. What is left of
each that was found is split first, without those that its table removes; then each takes in who is claimed for it; then
they are merged; in the end some are dropped.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class _Group:
    """A cluster as far as it is made: each step returns another one.

    `found` are the slugs of what it is made of, `same` is the one that it still is; `done` what became of it, in words;
    `claimed` are members whom the user put into it, `elsewhere` those found in it who are put into others; `removed`:
    how many were taken out.
    """

    slug: str
    members: Ints
    found: tuple[str, ...] = ()
    same: Cluster | None = None
    wish: Wish | None = None
    line: int = 0
    done: tuple[str, ...] = ()
    claimed: frozenset[int] = frozenset()
    elsewhere: frozenset[int] = frozenset()
    removed: int = 0

    @property
    def is_unchanged(self) -> bool:
        """Whether it has the members that were found."""
        return self.same is not None and np.array_equal(self.members, self.same.members)

    def wished(self, wish: Wish | None) -> "_Group":
        """Return it with what is wanted of it."""
        if wish is None:
            return self
        told = {"named": wish.table.name, "a note": wish.table.note}
        done = [what for what, wanted in told.items() if wanted]
        if self.same is not None and self.same.slug != self.slug:
            done.append(f"found as {self.same.slug}")
        return replace(self, wish=wish, line=wish.table.line, done=(*self.done, *done))

    def without(self, removed: Sequence[int]) -> "_Group":
        """Return it without these."""
        members = np.setdiff1d(self.members, removed).astype(np.int32)
        return replace(self, members=members, removed=self.removed + len(self.members) - len(members))

    def cluster(self) -> Cluster:
        """Return what it is; figures, if it has other members, are yet to be told."""
        before = self.same or Cluster(self.slug, "", self.members)
        base = before if self.is_unchanged else Cluster(self.slug, before.name, self.members, note=before.note)
        table = self.wish.table if self.wish is not None else None
        name, note = (table.name, table.note) if table is not None else ("", "")
        return replace(base, slug=self.slug, name=name or base.name, note=note or base.note)

    def merged(self, other: "_Group") -> "_Group":
        """Return it with another that becomes part of it."""
        return replace(
            self,
            members=np.union1d(self.members, other.members).astype(np.int32),
            found=(*self.found, *(one for one in other.found if one not in self.found)),
            same=None,
            done=(*self.done, f"with {other.slug}"),
            claimed=self.claimed | other.claimed,
            elsewhere=self.elsewhere | other.elsewhere,
            removed=self.removed + other.removed,
        )

    def origin(self, came: int, fate: str = "", into: str = "") -> Origin:
        """Return where it comes from: `came` so many of the `claimed` from elsewhere.

        `fate`: why it is not on the map, in words, `into` what it is part of.
        """
        left = len(self.elsewhere.difference(self.members.tolist()))
        counts = {"put in": came, "removed": self.removed, "put into others": left}
        done = [*self.done, *(f"{count:,} {what}" for what, count in counts.items() if count)]
        gone = bool(fate) and not into
        return Origin(self.slug, self.found, self.line, [fate] if fate else done, gone, into, self.same is not None)


def shaped(found: Clusters, known: Recognition, wanted: Wishes, points: Floats, vectors: Floats) -> Shaped:
    """Return the clusters that are wanted, in the order in which they were found, kept ones behind them.

    `points` (n, 2) of the layout, `vectors` (n, d) of unit length.
    """
    return _Shaper(found, known, wanted, points, vectors).shaped()


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

    def shaped(self) -> Shaped:
        """Split, take in, merge, drop."""
        parts = [part for group in (*self._as_found(), *self._as_kept()) for part in self._split(group)]
        groups = {group.slug: group for group in self._taken_in(parts)}
        into = self._merges(groups)
        whole = {slug: self._merged(slug, groups) for slug in groups if slug not in into}
        clusters, changed, origins = [], [], []
        for slug, part in groups.items():
            group = whole.get(slug, part)
            fate = f"part of {into[slug]}" if slug in into else self._fate(group)
            origins.append(group.origin(self._came(group), fate, into.get(slug, "")))
            if not fate:
                clusters.append(group.cluster())
                changed.append(not group.is_unchanged)
        return Shaped(clusters, changed, origins)

    def _came(self, group: _Group) -> int:
        """Return how many of those who are claimed for a cluster were not found in what it is made of."""
        slugs = [*(one.slug for one in self._found.clusters), ""]  # the last for -1
        return sum(slugs[self._found.labels[one]] not in group.found for one in group.claimed)

    def _fate(self, group: _Group) -> str:
        """Return why a cluster is not on the map, "" if it is."""
        if not len(group.members):
            if group.wish is not None:
                self._wanted.warn(group.line, f"{group.slug!r} has no members left")
            return "no members left"
        others = self._wanted.curation.drop_others and not group.line
        return "dropped" if others or (group.wish is not None and group.wish.table.drop) else ""

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
            wish = self._known.wishes.get(slug)
            own = {slug, *(wish.table.part_slugs if wish is not None else ())}
            away = frozenset(one for one in cluster.members.tolist() if self._claims.get(one, slug) not in own)
            members = self._unclaimed(cluster.members, slug)
            yield _Group(slug, members, (cluster.slug,), cluster, elsewhere=away).wished(wish)

    def _as_kept(self) -> Iterator[_Group]:
        """Yield those that are kept though not found: their posters, and who is like them around, in no cluster."""
        free = self._found.labels < 0
        free[[*self._claims]] = False
        for wish in self._kept:
            members = gathered(np.array(wish.known, np.int32), free, self._points, self._vectors)
            free[members] = False
            group = _Group(wish.table.slug, self._unclaimed(members, wish.table.slug))
            yield replace(group, done=("not found, made of its posters",)).wished(wish)

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
        group = group.without(wish.removed)
        parts = self._parts(self._divided(group.members), wish)
        if wish.table.split > len(parts):
            self._wanted.warn(group.line, f"{group.slug!r} has only {len(parts)} parts that can be told apart")
        parts += [np.zeros(0, np.int32)] * (len(slugs) - len(parts))
        for number, (slug, members) in enumerate(zip(slugs, parts, strict=True), 1):
            done = f"part {number} of {len(slugs)} of {group.slug}"
            if number == 1:
                yield replace(group, members=members, same=None, done=(done, *group.done))
            else:
                part = _Group(slug, members, group.found, line=group.line, done=(done,))
                yield part.wished(self._known.parts.get(slug))

    def _divided(self, members: Ints) -> Ints:
        """Return the members that are to be told apart: those whom nobody claims for a part."""
        claimed = self._claims.keys() - self._loose
        return np.array([one for one in members.tolist() if one not in claimed], np.int32)

    def _parts(self, members: Ints, wish: Wish) -> list[Ints]:
        if not len(members):
            return []
        if wish.table.split:
            return parts_found(members, wish.table.split, self._vectors)
        return parts_like(members, wish.parts, self._vectors) if any(wish.parts) else [members]

    def _taken_in(self, groups: Sequence[_Group]) -> Iterator[_Group]:
        """Yield each with those who are claimed for it."""
        claimed: dict[str, list[int]] = defaultdict(list)
        for one, slug in self._claims.items():
            if one not in self._loose:
                claimed[slug].append(one)
        for group in groups:
            new = frozenset(claimed[group.slug]).difference(group.members.tolist())
            members = np.union1d(group.members, sorted(new)).astype(np.int32)
            yield replace(group, members=members, claimed=new)

    def _merges(self, groups: Mapping[str, _Group]) -> dict[str, str]:
        """Return which clusters become part of which, by slug."""
        into: dict[str, str] = {}
        for group in groups.values():
            for word in group.wish.table.merge if group.wish is not None else ():
                if word.text in groups:
                    into[word.text] = group.slug
                else:
                    self._wanted.warn(word.line, f"{word.text!r} {self._why_not(word.text, group.slug)}")
        return into

    def _why_not(self, slug: str, into: str) -> str:
        """Return why a cluster does not become part of another."""
        found = (one.slug for one in self._found.clusters)
        now = dict(zip(found, self._known.slugs, strict=True)).get(slug)
        if now == into:
            return f"is {into!r} itself; take it out of merge"
        return f"is called {now!r} here, and not merged; write that" if now else "is not found here, and not merged"

    def _merged(self, slug: str, groups: Mapping[str, _Group]) -> _Group:
        """Return a cluster with those that are to become part of it, and without those whom it is to be without."""
        group = groups[slug]
        wish = group.wish
        for word in wish.table.merge if wish is not None else ():
            if word.text in groups:
                group = group.merged(self._merged(word.text, groups))
        return group.without(wish.removed) if wish is not None else group
