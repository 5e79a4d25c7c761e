"""What is wrong with a map, and what to do; of one kind some are spelled out, the others counted."""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

SPELLED_OUT = 20
"""Faults of a kind that a person is told one by one."""

_COPY = "copy the whole map again, or build it again"
_REPORT = "build the map again; if that does not help, please report it"


class Kind(StrEnum):
    """What can be wrong."""

    MANIFEST = "manifest"
    MISSING = "missing"
    CHANGED = "changed"
    LINKED = "linked"
    UNLISTED = "unlisted"
    DATA = "data"
    TILE = "tile"
    PAGE = "page"
    LINK = "link"
    OUTSIDE = "outside"
    LIMIT = "limit"


REMEDIES: Mapping[Kind, str] = {
    Kind.MANIFEST: _COPY,
    Kind.MISSING: _COPY,
    Kind.CHANGED: _COPY,
    Kind.LINKED: "copy the map with what its links lead to",
    Kind.UNLISTED: "if it is not yours, delete it",
    Kind.DATA: _REPORT,
    Kind.TILE: _REPORT,
    Kind.PAGE: _REPORT,
    Kind.LINK: _REPORT,
    Kind.OUTSIDE: _REPORT,
    Kind.LIMIT: "build with --host for this host, or with smaller posters",
}
"""What to do about each."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: `file`, by its path below the map, "" for the map as a whole, and `problem` in words."""

    kind: Kind
    file: str
    problem: str

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.kind]


Found = Generator[Fault, None, T]
"""A check: it yields what is wrong, and returns what it learned of the map."""


@dataclass
class Told:
    """Faults as they are found, no more than `SPELLED_OUT` of a kind kept: a map may have a million."""

    faults: list[Fault] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)

    def take(self, found: Found[T]) -> T:
        """Run a check to its end; return what it learned."""
        while True:
            try:
                fault = next(found)
            except StopIteration as end:
                learned: T = end.value
                return learned
            self.counts[fault.kind] += 1
            if self.counts[fault.kind] <= SPELLED_OUT:
                self.faults.append(fault)

    @property
    def more(self) -> dict[str, int]:
        """How many of a kind are not spelled out, where there are such."""
        return {str(kind): count - SPELLED_OUT for kind, count in self.counts.items() if count > SPELLED_OUT}


def some(things: Iterable[object], most: int = 5) -> str:
    """Return the first of `things` in a row, and how many more there are."""
    texts: Sequence[str] = [str(thing) for thing in things]
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
