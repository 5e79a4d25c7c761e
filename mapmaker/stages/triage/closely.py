"""Pairs of rows that may be copies -> how alike their pictures are, each looked at once while its files are there."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mapmaker import workspace
from mapmaker.methods.copies import SHEET, Resemblance, resemblance, views
from mapmaker.model import Floats, Images
from mapmaker.progress import counted
from mapmaker.stages import Job
from mapmaker.stages.triage.groups import Pair

VERSION = 2
"""Of `resemblance` and what it is given; goes up when the same two files would be found otherwise alike."""
SAVED_EVERY = 1_000
"""Pairs compared between two writes of the memory, which a killed build loses; a tenth of it where that is more."""
_TASK = 32
"""Pairs of a task."""
_KEPT = 256
"""Pictures that a worker does not decode again if the next pairs have them, 40 or 80 kB each."""

Contents = tuple[str, str]
"""The digests of two files, the lower first."""


def resemblances(pairs: Sequence[Pair], images: Images, job: Job) -> dict[Pair, Resemblance]:
    """Return how alike each pair of rows is. One whose file cannot be read any more is alike to nobody.

    Of ascending pairs those that share a picture are near to one another, which spares decoding.
    """
    memory = Memory(job.work.cache("triage") / f"pairs-{VERSION}.csv")
    known = memory.read()
    contents = {pair: _contents(pair, images) for pair in pairs}
    lacking = {pair: both for pair, both in contents.items() if both not in known}
    if lacking:
        _look(lacking, images, job, memory, known)
    return {pair: known[both] for pair, both in contents.items() if both in known}


def _contents(pair: Pair, images: Images) -> Contents:
    one, other = sorted(images.sha256[row] for row in pair)
    return one, other


def _look(
    lacking: Mapping[Pair, Contents], images: Images, job: Job, memory: "Memory", known: dict[Contents, Resemblance]
) -> None:
    """Compare those that are `lacking`; make them `known`, and remember all that is of files that are still there."""
    here = {digest for digest, present in zip(images.sha256, images.present.tolist(), strict=True) if present}
    job.progress.expect(len(lacking), "pairs")
    files = [(images.path[one], images.path[other]) for one, other in lacking]
    found = job.engine.map(Compare(job.images), files, _TASK)
    unsaved = 0
    try:
        for both, seen in zip(lacking.values(), counted(found, job.progress), strict=True):
            if seen is None:
                continue
            known[both] = seen
            unsaved += 1
            if unsaved >= max(SAVED_EVERY, len(known) // 10):
                memory.write({both: known[both] for both in known if here.issuperset(both)})
                unsaved = 0
    finally:  # an interrupted build goes on where it was
        if unsaved:
            memory.write({both: known[both] for both in known if here.issuperset(both)})


@dataclass(frozen=True)
class Compare:
    """Compares two pictures of a folder: a function for workers."""

    folder: Path

    def __call__(self, paths: Sequence[str]) -> Resemblance | None:
        """Return how alike the two files are, None where one cannot be read."""
        one, other = (_seen(self.folder / path) for path in paths)
        return None if one is None or other is None else resemblance(one, other)


def _seen(file: Path) -> list[Floats] | None:
    """Return the views of a file's picture, None if it cannot be read."""
    from mapmaker_tiles import DecodeError

    try:
        status = file.stat()
        return _views(file, status.st_size, status.st_mtime_ns)
    except (DecodeError, OSError):
        return None


@lru_cache(_KEPT)
def _views(file: Path, size: int, changed: int) -> list[Floats]:  # noqa: ARG001 - another file, if they are others
    from mapmaker_tiles import decode

    return views(decode(file, at_least=(2 * SHEET[0], 2 * SHEET[1])))


@dataclass(frozen=True)
class Memory:
    """How alike contents were found in earlier runs."""

    file: Path

    def read(self) -> dict[Contents, Resemblance]:
        """Return what is remembered; nothing if the file is not there or damaged."""
        try:
            with self.file.open(encoding="ascii", newline="") as file:
                return {
                    (one, other): Resemblance(float(likeness), float(colour))
                    for one, other, likeness, colour in csv.reader(file)
                }
        except (OSError, ValueError, csv.Error):
            return {}

    def write(self, known: Mapping[Contents, Resemblance]) -> None:
        """Remember `known`, and nothing else."""
        rows = ([*contents, seen.likeness, seen.colour] for contents, seen in known.items())
        with (
            workspace.replacing(self.file) as temporary,
            temporary.open("w", encoding="ascii", newline="") as file,
        ):
            csv.writer(file).writerows(rows)
