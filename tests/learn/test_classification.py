"""Figures of classifiers are scikit-learn's, on a sample and on what a draw of it holds."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from mapmaker.learn.evaluation import classification
from mapmaker.learn.evaluation.bootstrap import draws
from mapmaker.learn.evaluation.calibration import fit_platt
from mapmaker.learn.evaluation.probe import STRENGTHS, fit_probe, fitted, sigmoid
from tests.learn.drawn import sample


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_is_that_of_scikit_learn_in_every_draw(ties: bool) -> None:
    made = sample()
    scores = made.values[:, :4].astype(np.float64)
    scores = scores.round() if ties else scores
    drawn = draws(made.films, 20)
    found = classification.average_precisions(scores, made.labels, drawn)
    expected = [
        [average_precision_score(made.labels[:, one], scores[:, one], sample_weight=weights) for one in range(4)]
        for weights in drawn
    ]
    assert np.allclose(found, expected)


def test_f1_is_that_of_scikit_learn_and_thresholds_are_the_best_there_are() -> None:
    made = sample()
    scores = made.values[:, :4]
    thresholds = classification.best_thresholds(scores, made.labels)
    predicted = scores >= thresholds
    drawn = draws(made.films, 5)
    found = classification.f1(predicted, made.labels, drawn)
    for one in range(4):
        precision, recall, _ = precision_recall_curve(made.labels[:, one], scores[:, one])
        with np.errstate(invalid="ignore"):
            best = np.nanmax(2 * precision * recall / (precision + recall))
        assert found[0, one] == pytest.approx(best)
        expected = f1_score(made.labels[:, one], predicted[:, one], sample_weight=drawn[3])
        assert found[3, one] == pytest.approx(expected)


def test_a_class_that_nobody_has_is_not_measured() -> None:
    labels = np.array([[1, 0], [0, 0], [1, 0]], bool)
    scores = np.array([[0.9, 0.1], [0.3, 0.4], [0.2, 0.5]])
    drawn = draws(["a", "b", "c"], 3)
    assert np.isnan(classification.average_precisions(scores, labels, drawn)[:, 1]).all()
    thresholds = classification.best_thresholds(scores, labels)
    assert np.isinf(thresholds[1])
    assert np.isnan(classification.f1(scores >= thresholds, labels, drawn)[0, 1])


def test_the_calibration_error_is_a_mean_over_bins() -> None:
    told = np.array([0.05, 0.05, 0.95, 0.95])
    exact = classification.reliability(told, np.array([False, False, True, True]))
    assert exact.error == pytest.approx(0.05)
    half = classification.reliability(told, np.array([True, False, True, False]))
    assert half.error == pytest.approx(0.45)
    assert half.counts.tolist() == [2, *[0] * 8, 2]
    assert classification.reliability(np.array([1.0]), np.array([True])).counts[-1] == 1


@pytest.mark.parametrize("strength", [1e-3, 1.0])
@pytest.mark.parametrize("wide", [False, True], ids=["more posters", "more numbers"])
def test_the_probe_is_the_logistic_regression_of_scikit_learn(strength: float, wide: bool) -> None:
    made = sample(n=40, numbers=60 if wide else 6)
    rows = made.values.astype(np.float64)
    found = fitted(rows, made.labels, strength)
    for one in range(4):
        model = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000).fit(rows, made.labels[:, one])
        assert np.allclose(found[:-1, one], model.coef_[0], atol=2e-4)
        assert found[-1, one] == pytest.approx(model.intercept_[0], abs=1e-3)


def test_of_exclusive_classes_it_is_one_softmax() -> None:
    made = sample(n=80, single=True)
    rows = made.values.astype(np.float64)
    found = fitted(rows, made.labels, 1.0, exclusive=True)
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(rows, made.labels.argmax(axis=1))
    assert np.allclose(found[:-1], model.coef_.T, atol=1e-3)
    scores = rows @ found[:-1] + found[-1]
    drawn = draws(made.films, 4)
    accuracy = classification.accuracy(scores, made.labels, drawn)
    assert accuracy[0] == pytest.approx(model.score(rows, made.labels.argmax(axis=1)))
    again = model.score(rows, made.labels.argmax(axis=1), sample_weight=drawn[2])
    assert accuracy[2] == pytest.approx(again)


def test_the_probe_learns_from_train_alone_and_val_chooses() -> None:
    made = sample(n=120)
    train, val = np.arange(80), np.arange(80, 100)
    found = fit_probe(made.values, made.labels, train, val)
    spoiled = made.values.copy()
    spoiled[100:] = 1e6
    assert np.array_equal(fit_probe(spoiled, made.labels, train, val).linear.weights, found.linear.weights)
    others = [fit_probe(made.values, made.labels, train, val, strengths=[one]).reached for one in STRENGTHS]
    assert found.reached == pytest.approx(max(others))
    assert found.strength == STRENGTHS[int(np.argmax(others))]


def test_a_number_that_never_changes_and_a_class_never_seen_do_no_harm() -> None:
    made = sample(n=50)
    made.values[:, 0] = 7
    made.labels[:40, 1] = False
    found = fit_probe(made.values, made.labels, np.arange(40), np.arange(40, 50))
    scores = found.linear(made.values)
    assert np.isfinite(scores).all()
    assert sigmoid(scores[:, 1]).max() < 0.2


def test_calibrated_probabilities_come_true_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(0, 1, (4_000, 2))
    labels = random.random((4_000, 2)) < sigmoid(2 * scores - 1)  # neither slope nor bias as told
    scaling = fit_platt(scores[:2_000], labels[:2_000])
    assert np.allclose(scaling.slope, 2, atol=0.25)
    assert np.allclose(scaling.bias, -1, atol=0.2)
    before = classification.reliability(sigmoid(scores[2_000:]), labels[2_000:]).error
    after = classification.reliability(scaling(scores[2_000:]), labels[2_000:]).error
    assert after < 0.02 < before


def test_a_score_that_tells_nothing_or_the_wrong_way_becomes_the_share() -> None:
    labels = np.arange(100) % 4 == 0
    scaling = fit_platt(np.column_stack([-labels.astype(float), np.zeros(100)]), np.column_stack([labels, labels]))
    told = scaling(np.array([[-1.0, 0.0], [0.0, 0.0]]))
    assert np.allclose(told, 0.25, atol=0.02)
    rare = fit_platt(np.arange(100.0)[:, None], np.zeros((100, 1), bool))
    assert 0 < rare(np.array([[99.0]]))[0, 0] < 0.1
