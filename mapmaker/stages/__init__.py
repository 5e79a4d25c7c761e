"""The stages: each reads artefacts, writes artefacts, and says in figures what it did.

A stage is a frozen dataclass whose fields are its options. Its module holds a pure function (arrays in, arrays out)
and a thin `run` around it that reads and writes. Stages never import one another.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from mapmaker.hosts import Beside
from mapmaker.methods.engines import Engine
from mapmaker.progress import Progress
from mapmaker.workspace import Workspace

Figures = Mapping[str, float | int | str]
"""What a stage has to tell of its work, by name."""

KEEP_LIST, DROP_LIST = "keep.txt", "drop.txt"
"""In the folder of images: which posters are kept, and which dropped, whatever triage finds."""

Inspect = Callable[[Path, Collection[str]], None]
"""Looks at a site's folder, in which these files are new; raises if it is not whole."""


def pass_all(folder: Path, written: Collection[str]) -> None:
    """Find nothing wrong: the `Inspect` of who needs none."""


@dataclass(frozen=True)
class Job:
    """What a stage is handed: where to read and write, and the hands to work with."""

    work: Workspace
    images: Path
    out: Path
    metadata: Path | None
    engine: Engine
    progress: Progress
    beside: Beside = field(default_factory=Beside)
    """What the site will hold beside tiles, for whoever plans how large these may be."""
    inspect: Inspect = pass_all
    """Called before a new site takes the place of the old one."""
    basis: str = ""
    """A digest of all that says how posters are placed: only a map placed in the same way is gone on from."""
    stages: "Sequence[Stage]" = ()
    """All of this build, for whoever tells what was asked for; none where nobody needs to know."""


class Stage(Protocol):
    """What every stage offers."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Goes up when the same inputs and options would give another result."""
    reads: ClassVar[tuple[str, ...]]
    """Artefacts, or columns of tables ("images.csv[path]"), that the result depends on."""
    writes: ClassVar[tuple[str, ...]]
    worked: ClassVar[str]
    """The figure that tells how much a run had to do, which its time grows with; "": nothing but the map's size."""

    def check(self, job: Job) -> None:
        """Raise what can be seen to be wrong before any work: a file that is not there, a place that will not do.

        Nothing is changed: this is also asked by who only wants to know.
        """

    def prepare(self, job: Job) -> None:
        """Raise what can only be found out by trying, and mend what a killed run left outside the workspace."""

    def outside(self, job: Job) -> Mapping[str, object]:
        """Return what else the result depends on: things from outside the workspace, for the fingerprint."""

    def intact(self, job: Job) -> bool:
        """Return whether what the stage made outside the workspace's artefacts is still all there."""

    def run(self, job: Job) -> Figures:
        """Do the work: write every artefact of `writes` to `job.work.fresh`."""

    def summary(self, figures: Figures) -> str:
        """Return the figures in a few words, for a person."""


class Inside:
    """Mixed into a stage that depends on nothing, and makes nothing, outside the workspace.

    One that does overrides what does not hold for it.
    """

    worked: ClassVar[str] = ""

    def check(self, job: Job) -> None:
        """Nothing can be wrong."""

    def prepare(self, job: Job) -> None:
        """Nothing is to be tried."""

    def outside(self, job: Job) -> Mapping[str, object]:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return {}

    def intact(self, job: Job) -> bool:  # noqa: ARG002 - the protocol's
        """Nothing can be missing."""
        return True
