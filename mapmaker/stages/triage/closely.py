"""Pairs of rows that may be copies -> how alike their pictures are, each pair looked at once in its life."""

import csv
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker import workspace
from mapmaker.methods.copies import Resemblance, resemblance, views
from mapmaker.model import Floats, Images
from mapmaker.progress import counted
from mapmaker.stages import Job
from mapmaker.stages.triage.groups import Pair

VERSION = 1
"""Of `resemblance`; goes up when the same two pictures would be found otherwise alike."""
_TASK = 24
"""Pictures that one task compares with others."""

Contents = tuple[str, str]
"""The digests of two files, the lower first."""


def resemblances(pairs: Sequence[Pair], images: Images, job: Job) -> dict[Pair, Resemblance]:
    """Return how alike each pair of rows is. One whose file cannot be read any more is alike to nobody."""
    memory = Memory(job.work.cache("triage") / f"pairs-{VERSION}.csv")
    known = memory.read()
    contents = {pair: _contents(pair, images) for pair in pairs}
    lacking = [pair for pair in pairs if contents[pair] not in known]
    if lacking:
        compared = [
            Compared(images.path[one], [images.path[other] for _, other in others])
            for one, others in itertools.groupby(lacking, key=lambda pair: pair[0])
        ]
        job.progress.expect(len(compared), "posters")
        seen = job.engine.map(Compare(job.images), compared, _TASK)
        found = [one for some in counted(seen, job.progress) for one in some]
        known |= {contents[pair]: one for pair, one in zip(lacking, found, strict=True) if one is not None}
        memory.write({contents[pair]: known[contents[pair]] for pair in pairs if contents[pair] in known})
    return {pair: known[contents[pair]] for pair in pairs if contents[pair] in known}


def _contents(pair: Pair, images: Images) -> Contents:
    one, other = sorted(images.sha256[row] for row in pair)
    return one, other


@dataclass(frozen=True)
class Compared:
    """A file, and those to compare it with, by path."""

    path: str
    others: Sequence[str]


@dataclass(frozen=True)
class Compare:
    """Compares pictures of a folder: a function for workers."""

    folder: Path

    def __call__(self, compared: Compared) -> list[Resemblance | None]:
        """Return how alike the file is to each of the others, None where one cannot be read."""
        from mapmaker_tiles import DecodeError, decode

        def look(path: str) -> list[Floats] | None:
            try:
                return views(decode(self.folder / path))
            except (DecodeError, OSError):
                return None

        one = look(compared.path)
        found: list[Resemblance | None] = []
        for path in compared.others:
            other = None if one is None else look(path)
            found.append(None if one is None or other is None else resemblance(one, other))
        return found


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
