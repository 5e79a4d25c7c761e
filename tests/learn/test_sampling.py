"""Intervals of what is retrieved are as wide as figures differ between samples of films that ask and answer."""

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.evaluation.removal import measured
from mapmaker.learn.evaluation.retrieval import METRICS, RANKED, Retrieval, retrieve
from mapmaker.learn.evaluation.sampling import Scope, estimates
from tests.learn.drawn import sample

LOOKED_AT = ("recall@1", "recall@3", "majority@5", "R-precision", "MAP@R")


def scopes(classes: int) -> list[Scope]:
    return [Scope("micro", np.ones(classes, bool), True), Scope("macro", np.ones(classes, bool), False)]


def drawn_anew(seed: int) -> list[Retrieval]:
    """Return what two ways of seeing find among the same 150 posters of films never drawn before."""
    random = np.random.default_rng([seed, 1])
    classes = np.random.default_rng(0).normal(size=(4, 10))
    labels = random.random((150, 4)) < [0.5, 0.3, 0.2, 0.2]
    labels[~labels.any(axis=1), 0] = True
    own = random.normal(size=(150, 10))
    seen = [own + 0.5 * labels @ classes, 0.8 * own + 0.6 * random.normal(size=own.shape) + 0.6 * labels @ classes]
    films, rows = [str(row) for row in range(150)], np.arange(150)
    return [retrieve(one.astype(np.float32), labels, films, rows, rows) for one in seen]


def test_errors_are_as_large_as_figures_of_fresh_samples_differ() -> None:
    """Where questions alone were drawn again, that of MAP@R was half as large as it is."""
    columns = [METRICS.index(name) for name in LOOKED_AT]
    values, widths = [], []
    for seed in range(120):
        worse, better = drawn_anew(seed)
        told = [estimates(scopes(4), worse), estimates(scopes(4), better, worse)]
        figures = [[[of[column] for column in columns] for of in one] for one in told]
        values.append([[[one.value for one in of] for of in side] for side in figures])
        widths.append([[[one.high - one.low for one in of] for of in side] for side in figures])
    true = np.std(values, axis=0)
    said = np.sqrt(np.mean(np.square(widths), axis=0)) / (2 * 1.976)  # Student's t of 149 degrees of freedom
    assert (said / true > 0.82).all()
    assert (said / true < 1.25).all()
    held = np.abs(values - np.mean(values, axis=0)) <= np.array(widths) / 2
    assert (held.mean(axis=0) > 0.88).all()


def test_a_film_left_out_is_nearly_as_if_it_had_never_been_there() -> None:
    """Nearly: the place that comes in at the end counts as those around it."""
    made = sample(n=80, classes=5)
    queries, columns = np.arange(40), [METRICS.index(name) for name in RANKED]
    for answers in (queries, np.arange(80)):
        found = retrieve(made.values, made.labels, [str(row) for row in range(80)], queries, answers)
        told, true = [], []
        for film in range(40):
            films = [str(row) for row in range(80)]
            again = retrieve(made.values, made.labels, films, queries[queries != film], answers[answers != film])
            asks = found.film == film
            own = [np.bincount(found.genre[asks], found.values[asks, one], found.classes) for one in columns]
            counts = found.questions() - np.bincount(found.genre[asks], minlength=found.classes) - found.lost[film]
            assert (counts == again.questions()).all()
            told.append(found.changes[film])
            true.append(again.sums()[columns] - (found.sums()[columns] - own))
        for column in range(len(RANKED)):
            one, other = (np.ravel([changes[column] for changes in side]) for side in (told, true))
            assert np.corrcoef(one, other)[0, 1] > 0.9


def test_without_an_answer_rankings_are_what_they_are_counted_to_be() -> None:
    """Where places around the last that counts are all wrong, so that what comes in at the end is known."""
    random = np.random.default_rng(0)
    for _ in range(50):
        near, total = random.integers(1, 6), 12
        right = np.zeros(40, bool)
        right[random.choice(6, near, replace=False)] = True
        right[18 : 18 + total - near] = True
        found = measured(right[None], np.array([total]))
        assert np.allclose(found.values[0], counted(right))
        for place in range(40):
            true = counted(np.delete(right, place)) - found.values[0]
            beyond = found.beyond[0] if right[place] else np.zeros(2)
            assert np.allclose(found.change[0, place] if place < total else beyond, true)


def counted(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return R-precision and MAP@R, with a loop."""
    total = int(right.sum())
    precisions = [right[: place + 1].mean() for place in range(total) if right[place]]
    return np.array([right[:total].mean(), sum(precisions) / total])


def test_a_question_that_loses_its_only_answer_is_not_asked() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]], bool)
    found = retrieve(np.eye(5, dtype=np.float32), labels, list("abcde"), np.arange(5), np.arange(5))
    assert found.lost.tolist() == [[1, 0], [1, 0], [0, 0], [0, 0], [0, 0]]
    assert (found.changes[0, :, 0] == -found.values[1, [METRICS.index(name) for name in RANKED]]).all()


def test_what_is_too_little_has_no_interval_and_none_leaves_what_is_possible() -> None:
    made = sample(classes=6)
    rows = np.arange(60)
    perfect = retrieve(made.labels.astype(np.float32), made.labels, made.films, rows, rows)
    one = Scope("one film", np.array([True, *[False] * 5]), True)
    for found in (perfect, retrieve(made.values, made.labels, made.films, rows, rows)):
        for told in estimates([*scopes(6), one], found):
            assert all(0 <= figure.low <= figure.value <= figure.high <= 1 for figure in told)
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], bool)
    few = retrieve(np.eye(4, dtype=np.float32), labels, ["a", "a", "b", "c"], np.arange(4), np.arange(4))
    assert few.questions().tolist() == [0, 2]


def test_the_same_network_twice_is_no_better_than_itself() -> None:
    made = sample(n=90)
    rows = np.arange(90)
    found = retrieve(made.values, made.labels, made.films, rows, rows)
    for of in estimates(scopes(4), found, found):
        assert all((one.value, one.low, one.high) == (0, 0, 0) and not one.above for one in of)
