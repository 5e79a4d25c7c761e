"""How well genres are told by features, through a linear probe, and by networks that tell them themselves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels, Rows
from mapmaker.learn.evaluation import classification
from mapmaker.learn.evaluation.bootstrap import estimate, means
from mapmaker.learn.evaluation.calibration import fit_platt
from mapmaker.learn.evaluation.estimates import Statistics, over
from mapmaker.learn.evaluation.findings import (
    ACCURACY,
    ALL_GENRES,
    ECE,
    F1,
    HEAD,
    MACRO,
    MACRO_EVERY,
    MICRO,
    ONE_OF,
    PRECISION,
    PROBE,
    Asked,
    Classifier,
    Trial,
)
from mapmaker.learn.evaluation.probe import Linear, fit_probe
from mapmaker.learn.evaluation.subjects import CHANCE, Subject

Told = dict[str, NDArray[np.floating]]
"""(n, classes) scores of all posters, by subject."""


def tell_genres(trial: Trial, subjects: Sequence[Subject]) -> None:
    """Add how well probes and networks' own heads tell genres; what tells nothing has a genre's share as precision."""
    probed: Told = {}
    for one in subjects:
        if one.probed:
            probe = fit_probe(one.values, trial.dataset.labels, trial.train, trial.val)
            probed[one.name] = probe.linear(one.values)
            _calibrate(trial, one.name, PROBE, probed[one.name], probe.linear, probe.strength)
    heads: Told = {one.name: one.scores for one in subjects if one.scores is not None}
    for name, scores in heads.items():
        _calibrate(trial, name, HEAD, scores)
    for by, told in ((PROBE, probed), (HEAD, heads)):
        if told:
            _measure(trial, by, told)
    _heads_against_probes(trial, heads, probed)


def _calibrate(
    trial: Trial, name: str, by: str, scores: NDArray[np.floating], linear: Linear | None = None, strength: float = 0.0
) -> None:
    """Add the classifier that scores make, its reliability and confusion."""
    labels, val, test = trial.dataset.labels, trial.val, trial.test
    platt = fit_platt(scores[val], labels[val])
    told = platt(scores)
    thresholds = classification.best_thresholds(told[val], labels[val])
    trial.found.classifiers[name, by] = Classifier(name, linear, platt, thresholds, strength)
    trial.found.reliabilities[name, by] = classification.reliability(told[test], labels[test])
    asked = test[trial.dataset.first[test] >= 0]
    trial.confuse(name, by, trial.dataset.first[asked], told[asked].argmax(axis=1))


def _measure(trial: Trial, by: str, told: Told) -> None:
    labels, drawn = trial.dataset.labels[trial.test], trial.drawn
    precisions: dict[str, Statistics] = {}
    f1s: dict[str, Statistics] = {}
    errors: dict[str, Statistics] = {}
    for name, scores in told.items():
        kept = trial.found.classifiers[name, by]
        asked, probable = scores[trial.test], kept.platt(scores[trial.test])
        precisions[name] = classification.average_precisions(asked, labels, drawn)
        f1s[name] = classification.f1(probable >= kept.thresholds, labels, drawn)
        errors[name] = _errors(probable, labels)
        reliable = trial.found.reliabilities[name, by]
        trial.add(Asked(ALL_GENRES, by, ECE, MICRO, labels.size), {name: np.array([reliable.error])})
    if by == PROBE:
        precisions[CHANCE] = means(labels.astype(np.float64), drawn)
    for metric, found in ((PRECISION, precisions), (F1, f1s), (ECE, errors)):
        _by_genre(trial, by, metric, labels, found)


def _errors(probable: NDArray[np.float64], labels: Labels) -> Statistics:
    """Return (1, classes): of the sample alone, since to draw posters twice makes calibration look worse than it is."""
    return np.array([[classification.reliability(*one).error for one in zip(probable.T, labels.T, strict=True)]])


def _by_genre(trial: Trial, by: str, metric: str, labels: Labels, found: dict[str, Statistics]) -> None:
    counts = labels.sum(axis=0)
    for scope, chosen in ((MACRO, counts >= trial.protocol.enough), (MACRO_EVERY, counts > 0)):
        if chosen.any():
            told = {name: over(one[:, chosen]) for name, one in found.items()}
            trial.add(Asked(ALL_GENRES, by, metric, scope, int(counts[chosen].sum())), told)
    for column in np.flatnonzero(counts).tolist():
        told = {name: one[:, column] for name, one in found.items()}
        trial.add(Asked(ALL_GENRES, by, metric, trial.dataset.classes[column], int(counts[column])), told)


def _heads_against_probes(trial: Trial, heads: Told, probed: Told) -> None:
    """Add how much better a network's own head tells genres than the probe of what it is measured against."""
    labels, drawn = trial.dataset.labels[trial.test], trial.drawn
    chosen = labels.sum(axis=0) >= trial.protocol.enough
    for better, than in trial.pairs:
        if better in heads and than in probed and chosen.any():
            one, other = (
                over(classification.average_precisions(scores[trial.test], labels, drawn)[:, chosen])
                for scores in (heads[better], probed[than])
            )
            asked = Asked(ALL_GENRES, HEAD, PRECISION, MACRO, int(labels[:, chosen].sum()))
            trial.figure(asked, better, than, estimate(one - other))


def tell_apart(trial: Trial, subjects: Sequence[Subject]) -> None:
    """Add the accuracy on posters of exactly one of a few genres: of probes, and of the likeliest of these by a head.

    Chance is the genre that is the most frequent in train.
    """
    names, classes = trial.protocol.exclusive, list(trial.dataset.classes)
    if not names:
        return
    if absent := [name for name in names if name not in classes]:
        trial.found.notes.append(f"no accuracy on exactly one of {', '.join(names)}: no label {', '.join(absent)}")
        return
    columns = [classes.index(name) for name in names]
    labels = trial.dataset.labels[:, columns]
    train, val, test = (exactly_one(labels, rows) for rows in (trial.train, trial.val, trial.test))
    if not (len(train) and len(val) and len(test)):
        trial.found.notes.append(f"no accuracy on exactly one of {', '.join(names)}: none is in some split")
        return
    drawn = trial.drawn[:, np.searchsorted(trial.test, test)]
    found: dict[str, Statistics] = {}
    for one in subjects:
        if one.probed:
            probe = fit_probe(one.values, labels, train, val, exclusive=True)
            found[one.name] = classification.accuracy(probe.linear(one.values[test]), labels[test], drawn)
    most = np.tile(labels[train].sum(axis=0), (len(test), 1))
    found[CHANCE] = classification.accuracy(most, labels[test], drawn)
    task = f"{ONE_OF} {', '.join(names)}"
    trial.add(Asked(task, PROBE, ACCURACY, MICRO, len(test)), found)
    heads = {
        one.name: classification.accuracy(one.scores[test][:, columns], labels[test], drawn)
        for one in subjects
        if one.scores is not None
    }
    by_head = Asked(task, HEAD, ACCURACY, MICRO, len(test))
    trial.add(by_head, heads)
    for better, than in trial.pairs:
        if better in heads and than in found:
            trial.figure(by_head, better, than, estimate(heads[better] - found[than]))


def exactly_one(labels: Labels, rows: Rows) -> Rows:
    """Return those of `rows` that have exactly one label."""
    return np.asarray(rows[labels[rows].sum(axis=1) == 1])
