"""What the rules found, as the pages and the figures tell it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from mapmaker.methods.copies import Resemblance
from mapmaker.stages.triage.groups import Pair


@dataclass(frozen=True)
class Finding:
    """What a rule found: rows that are shown together, the first standing for them, and those it is `against`."""

    rule: str
    rows: Sequence[int]
    against: Set[int]


@dataclass(frozen=True)
class Findings:
    """All that was found, with the mode of each rule, what pairs look like, the user's lists, and exact copies by path.

    `bits`: how many those of a pair's hashes differ in.
    """

    found: Sequence[Finding]
    modes: Mapping[str, str]
    seen: Mapping[Pair, Resemblance]
    bits: Mapping[Pair, int]
    keep: Set[int]
    drop: Set[int]
    exact: Mapping[str, Sequence[str]]

    def why(self, one: int, other: int) -> tuple[Resemblance, int] | None:
        """Return how alike two rows are, and in how many bits they differ; None if nobody looked."""
        pair = (min(one, other), max(one, other))
        return (self.seen[pair], self.bits[pair]) if pair in self.seen else None
