"""What is told of a build that was not made: dataclasses, the same for Python and, by `--json`, for other programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mapmaker.running import Reason
from mapmaker.stages.compose import Place

Verdict = Literal["runs", "follows", "up to date"]
"""A stage runs; it runs too unless what it waits for comes out as it was; it has nothing to do."""


@dataclass(frozen=True)
class Outlook:
    """What a build would do with one stage, and why.

    `after`: stages that would run and write what this one reads. `by_hand`: artefacts of this stage that the user
    changed: used as they are, put into `replaced/` if the stage runs. `seconds`: an estimate from earlier runs, 0 for
    what is up to date, None if there is nothing to go by.
    """

    stage: str
    verdict: Verdict
    reasons: Sequence[Reason]
    after: Sequence[str]
    by_hand: Sequence[str]
    seconds: float | None


@dataclass(frozen=True)
class PosterCounts:
    """How many posters differ how from those of the last scan.

    `changed` are replaced in place: same path, another size or time of change. `to_look_at`: files that no scan has
    seen; they are taken for posters here. `to_compute`: posters whose features are yet to be computed.
    """

    new: int
    changed: int
    removed: int
    renamed: int
    same: int
    to_look_at: int
    to_compute: int

    @property
    def total(self) -> int:
        """How many there will be."""
        return self.new + self.changed + self.renamed + self.same


@dataclass(frozen=True)
class Placing:
    """Where posters will lie.

    `kind`: all "stay" where they are; the map "continues", new ones among the old; all are laid out "fresh"; or it is
    the "first" map. `because`, of a fresh one: options that changed, "--fresh", or the file that cannot be read.
    """

    kind: Literal["stay", "continues", "fresh", "first"]
    because: Sequence[str] = ()


@dataclass(frozen=True)
class Forecast:
    """What a build would do.

    `busy`: whether another build is at work in the work folder: then all this may soon be otherwise. `metadata`: what
    became of the table since the last build. `options`: those that changed. `place`: what stands at `out`. `seconds`:
    of all stages, as far as known; `untimed`: those that would run and of which nothing is known.
    """

    out: Path
    work: Path
    busy: bool
    posters: PosterCounts
    metadata: Literal["none", "new", "changed", "same", "gone"]
    options: Sequence[Reason]
    placing: Placing
    place: Place
    stages: Sequence[Outlook]
    seconds: float
    untimed: Sequence[str]

    @property
    def runs(self) -> list[str]:
        """The stages that would run, those included that follow."""
        return [one.stage for one in self.stages if one.verdict != "up to date"]
