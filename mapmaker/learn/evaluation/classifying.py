"""Pictures -> which genres they look like, how surely, and what the posters nearest to them are.

Nearest are posters of the evaluation, other scans of the same picture and film left out. Where a picture is one of
these posters, what its table says is held against what is told.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ImagesError
from mapmaker.learn.evaluation.reference import Reference
from mapmaker.learn.evaluation.retrieval import unit
from mapmaker.methods.embedding import PictureFile, Prepare, batches, seen
from mapmaker.methods.extractors import Extractor
from mapmaker.model import Floats
from mapmaker.workspace import file_digest

K = 8
"""Neighbours that vote."""
SURE = 0.5
"""Probability from which a genre that the table does not have is a disagreement."""
MORE, LESS, AGREE = "not in the table", "in the table", ""


@dataclass(frozen=True)
class Genre:
    """A genre of a picture: how probable, 0 to 1, whether that is enough to say so, and the neighbours' share of votes.

    `mark`: where the table disagrees: `MORE`, if it lacks a genre of a probability of `SURE`; `LESS`, if it has one
    that the picture looks less like than posters do on the mean. "" where it does not, or knows nothing of the picture.
    """

    name: str
    probability: float
    said: bool
    votes: float
    mark: str


@dataclass(frozen=True)
class Neighbor:
    """A poster near a picture."""

    name: str
    similarity: float
    genres: Sequence[str]


@dataclass(frozen=True)
class Classified:
    """What is told of a picture; `genres` all that there are, the most probable first.

    `split`: of the poster that it is, "" of a picture never seen. What is told of one of "train" was learned from it.
    """

    file: Path
    split: str
    table: Sequence[str]
    genres: Sequence[Genre]
    neighbors: Sequence[Neighbor]


def classify(reference: Reference, files: Sequence[Path], k: int = K) -> list[Classified]:
    """Return what is told of each picture. ImagesError for a file that is none, ModelError without the network."""
    if not files:
        return []
    contents = [_digest(file) for file in files]
    values = _seen(reference.extractor, files)
    told, vectors = reference.probabilities(values), unit(values)
    rows = {content: row for row, content in enumerate(reference.dataset.contents)}
    return [
        _classified(reference, file, rows.get(content), content, told[at], vectors[at], k)
        for at, (file, content) in enumerate(zip(files, contents, strict=True))
    ]


def _classified(
    reference: Reference,
    file: Path,
    row: int | None,
    content: str,
    told: NDArray[np.float64],
    vector: Floats,
    k: int,
) -> Classified:
    posters = reference.dataset
    film = None if row is None else posters.films[row]
    others = [
        other
        for other in range(len(posters))
        if posters.films[other] != film and reference.dataset.contents[other] != content
    ]
    alike = reference.vectors[others] @ vector
    near = np.argsort(-alike, kind="stable")[:k]
    rows = np.array(others, np.int64)[near]
    votes = posters.labels[rows].mean(axis=0) if len(rows) else np.zeros(len(posters.classes))
    said = told >= reference.classifier.thresholds
    table = None if row is None else posters.labels[row]
    shares = posters.labels.mean(axis=0)
    genres = [
        Genre(
            posters.classes[column],
            round(float(told[column]), 4),
            bool(said[column]),
            round(float(votes[column]), 4),
            AGREE if table is None else _mark(bool(table[column]), told[column], shares[column]),
        )
        for column in np.argsort(-told, kind="stable").tolist()
    ]
    neighbors = [
        Neighbor(posters.names[other], round(float(one), 6), _genres(reference, other))
        for other, one in zip(rows.tolist(), alike[near], strict=True)
    ]
    split = "" if row is None else posters.splits[row]
    return Classified(file, split, [] if row is None else _genres(reference, row), genres, neighbors)


def _mark(in_table: bool, told: float, share: float) -> str:
    if in_table:
        return LESS if told < share else AGREE
    return MORE if told >= SURE else AGREE


def _genres(reference: Reference, row: int) -> list[str]:
    return [reference.dataset.classes[column] for column in np.flatnonzero(reference.dataset.labels[row]).tolist()]


def _digest(file: Path) -> str:
    try:
        return file_digest(file)
    except FileNotFoundError as error:
        raise ImagesError(f"no image file {file}") from error
    except OSError as error:
        raise ImagesError(f"cannot read {file}: {error.strerror}") from error


def _seen(extractor: Extractor, files: Sequence[Path]) -> Floats:
    """Return (n, d) of pictures, in batches no larger than they fill: the last bits differ, no probability does."""
    fields = {field.name for field in dataclasses.fields(extractor)}  # type: ignore[arg-type]  # a dataclass
    if "batch" in fields:
        extractor = dataclasses.replace(extractor, batch=min(len(files), extractor.batch or 32))  # type: ignore[type-var]  # the same
    prepare = Prepare(extractor.preparation())
    pictures = [PictureFile(file) for file in files]
    return np.concatenate(
        [seen(extractor, [prepare(one) for one in some], some) for some in batches(pictures, extractor.batch)]
    )
