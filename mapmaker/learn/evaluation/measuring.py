"""Labelled posters and subjects -> all that is found of them.

Questions come from the test split alone; what chooses a probe, its thresholds and its calibration is val. All subjects
are asked the same questions and drawn alike, so that their differences are those of pairs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import MetadataError
from mapmaker.learn.dataset import SPLITS, Dataset, Labels, Rows
from mapmaker.learn.evaluation import bootstrap
from mapmaker.learn.evaluation.estimates import Estimate
from mapmaker.learn.evaluation.findings import (
    ALL,
    ALL_GENRES,
    FIRST_GENRE,
    MACRO,
    MACRO_EVERY,
    MICRO,
    PUBLISHED,
    TEST,
    Asked,
    Evaluation,
    Protocol,
    Trial,
)
from mapmaker.learn.evaluation.retrieval import METRICS, nearest, retrieve, retrieve_as_published
from mapmaker.learn.evaluation.sampling import Scope, estimates
from mapmaker.learn.evaluation.subjects import Subject
from mapmaker.learn.evaluation.telling import tell_apart, tell_genres
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
    tell_genres(trial, subjects)
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
    drawn = bootstrap.draws([dataset.films[row] for row in rows["test"]], protocol.times, protocol.seed)
    return Trial(dataset, protocol, pairs, **rows, drawn=drawn, found=Evaluation(dataset.classes))


def _retrieve(trial: Trial, task: str, labels: Labels, subjects: Sequence[Subject]) -> None:
    """Add what the test posters find, among themselves and among all."""
    films = trial.dataset.films
    for by, answers in ((TEST, trial.test), (ALL, np.arange(len(trial.dataset)))):
        found = {one.name: retrieve(one.values, labels, films, trial.test, answers) for one in subjects}
        unanswerable = next(iter(found.values())).unanswerable
        if unanswerable:
            what = count_of(unanswerable, "question")
            trial.found.notes.append(f"{task}, {by}: {what} without a right answer of another film: left out")
        questions = next(iter(found.values())).questions()
        scopes = _scopes(trial, questions)
        for subject, than in [*((one.name, "") for one in subjects), *trial.pairs]:
            told = estimates(scopes, found[subject], found.get(than))
            for scope, by_metric in zip(scopes, told, strict=True):
                count = int(questions[scope.of].sum())
                for metric, figure in zip(METRICS, by_metric, strict=True):
                    trial.figure(Asked(task, by, metric, scope.name, count), subject, than, figure)


def _scopes(trial: Trial, questions: NDArray[np.int64]) -> list[Scope]:
    """Return the means that are asked for: over questions, over classes, and each class."""
    each = np.eye(len(questions), dtype=bool)
    scopes = [
        Scope(MICRO, questions > 0, pooled=True),
        Scope(MACRO, questions >= trial.protocol.enough, pooled=False),
        Scope(MACRO_EVERY, questions > 0, pooled=False),
        *(Scope(name, one, pooled=True) for name, one in zip(trial.dataset.classes, each, strict=True)),
    ]
    return [one for one in scopes if questions[one.of].any()]


def _as_published(trial: Trial, task: str, labels: Labels, subjects: Sequence[Subject]) -> None:
    for one in subjects:
        found = retrieve_as_published(one.values, labels)
        for name, pooled in ((MICRO, True), (MACRO_EVERY, False)):
            scope = Scope(name, found.questions() > 0, pooled)
            for metric, value in zip(METRICS, scope.mean(found.sums(), found.questions()).tolist(), strict=True):
                asked = Asked(task, PUBLISHED, metric, name, len(found.poster))
                trial.figure(asked, one.name, "", Estimate(value, np.nan, np.nan))


def _confuse(trial: Trial, subjects: Sequence[Subject]) -> None:
    """Add, by the first genre of a test poster, the first genre of the poster of another film nearest to it."""
    first = trial.dataset.first
    asked = trial.test[first[trial.test] >= 0]
    for one in subjects:
        near = nearest(one.values, trial.dataset.films, asked, np.flatnonzero(first >= 0), 1)[:, 0]
        trial.confuse(one.name, "nearest poster", first[asked[near >= 0]], first[near[near >= 0]])
