"""Labelled posters and subjects -> all that is found of them.

Questions come from the test split alone; what chooses a probe, its thresholds and its calibration is val. All subjects
are asked the same questions and drawn alike, so that their differences are those of pairs.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from mapmaker.errors import MetadataError
from mapmaker.learn.dataset import SPLITS, Dataset, Labels, Rows
from mapmaker.learn.evaluation import bootstrap
from mapmaker.learn.evaluation.bootstrap import Statistics, over
from mapmaker.learn.evaluation.findings import (
    ALL,
    ALL_GENRES,
    FIRST_GENRE,
    MACRO,
    MACRO_EVERY,
    MICRO,
    PUBLISHED,
    TEST,
    Evaluation,
    Protocol,
    Trial,
)
from mapmaker.learn.evaluation.retrieval import METRICS, Retrieval, nearest, retrieve, retrieve_as_published
from mapmaker.learn.evaluation.subjects import Subject
from mapmaker.learn.evaluation.telling import classify, tell_apart
from mapmaker.plural import count_of


def measure(
    dataset: Dataset, subjects: Sequence[Subject], pairs: Sequence[tuple[str, str]], protocol: Protocol
) -> Evaluation:
    """Return all figures of `subjects`, and the differences of `pairs` of them (one, than which it should be better).

    MetadataError where a split is empty.
    """
    trial = _trial(dataset, pairs, protocol)
    for task, labels in tasks(dataset).items():
        _retrieve(trial, task, labels, subjects)
        if protocol.published:
            _as_published(trial, task, labels, subjects)
    _confuse(trial, subjects)
    classify(trial, subjects)
    tell_apart(trial, subjects)
    return trial.found


def tasks(dataset: Dataset) -> dict[str, Labels]:
    """Return labels by task: all genres, and, where posters have several, the first alone."""
    if (dataset.labels.sum(axis=1) == 1).all():
        return {ALL_GENRES: dataset.labels}
    return {ALL_GENRES: dataset.labels, FIRST_GENRE: one_hot(dataset.first, len(dataset.classes))}


def one_hot(classes: Rows, count: int) -> Labels:
    """Return (n, count) labels, each poster its one class; none where that is -1."""
    labels = np.zeros((len(classes), count), bool)
    some = np.flatnonzero(classes >= 0)
    labels[some, classes[some]] = True
    return labels


def _trial(dataset: Dataset, pairs: Sequence[tuple[str, str]], protocol: Protocol) -> Trial:
    rows = {split: dataset.rows(split) for split in SPLITS}
    for split, some in rows.items():
        if not len(some):
            raise MetadataError(f"no poster that can be read is in {split}; there must be some in each split")
    drawn = np.zeros((1 + protocol.times, len(dataset)), np.float32)
    films = [dataset.films[row] for row in rows["test"]]
    drawn[:, rows["test"]] = bootstrap.draws(films, protocol.times, protocol.seed)
    found = Evaluation(dataset.classes)
    return Trial(dataset, protocol, pairs, rows["train"], rows["val"], rows["test"], drawn, found)


def _retrieve(trial: Trial, task: str, labels: Labels, subjects: Sequence[Subject]) -> None:
    """Add what the test posters find, among themselves and among all."""
    films = trial.dataset.films
    for by, answers in ((TEST, trial.test), (ALL, np.arange(len(trial.dataset)))):
        found = {one.name: retrieve(one.values, labels, films, trial.test, answers) for one in subjects}
        unanswerable = next(iter(found.values())).unanswerable
        if unanswerable:
            what = count_of(unanswerable, "question")
            trial.found.notes.append(f"{task}, {by}: {what} without a right answer of another film: left out")
        for scope, count, told in _scopes(trial, found):
            for column, metric in enumerate(METRICS):
                trial.add(task, by, metric, scope, count, {name: one[:, column] for name, one in told.items()})


def _scopes(trial: Trial, found: dict[str, Retrieval]) -> Iterator[tuple[str, int, dict[str, Statistics]]]:
    """Yield each scope, how many questions it is of, and (draws, METRICS) of each subject."""
    questions = next(iter(found.values())).questions()
    yield MICRO, int(questions.sum()), {name: one.micro(trial.drawn) for name, one in found.items()}
    by_genre = {name: one.per_genre(trial.drawn) for name, one in found.items()}
    for scope, chosen in ((MACRO, questions >= trial.protocol.least), (MACRO_EVERY, questions > 0)):
        if chosen.any():
            yield scope, int(questions[chosen].sum()), {name: over(one[:, :, chosen]) for name, one in by_genre.items()}
    for column in np.flatnonzero(questions).tolist():
        told = {name: one[:, :, column] for name, one in by_genre.items()}
        yield trial.dataset.classes[column], int(questions[column]), told


def _as_published(trial: Trial, task: str, labels: Labels, subjects: Sequence[Subject]) -> None:
    once = np.ones((1, len(trial.dataset)), np.float32)
    for one in subjects:
        found = retrieve_as_published(one.values, labels)
        for scope, told in ((MICRO, found.micro(once)), (MACRO_EVERY, found.macro(once))):
            for column, metric in enumerate(METRICS):
                trial.add(task, PUBLISHED, metric, scope, len(found.poster), {one.name: told[:, column]})


def _confuse(trial: Trial, subjects: Sequence[Subject]) -> None:
    """Add, by the first genre of a test poster, the first genre of the poster of another film nearest to it."""
    first = trial.dataset.first
    asked = trial.test[first[trial.test] >= 0]
    for one in subjects:
        near = nearest(one.values, trial.dataset.films, asked, np.flatnonzero(first >= 0), 1)[:, 0]
        trial.confuse(one.name, "nearest poster", first[asked[near >= 0]], first[near[near >= 0]])
