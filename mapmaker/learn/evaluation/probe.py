"""Features -> scores of classes that are a linear function of them: what features alone are worth.

A linear probe is a logistic regression of each class on standardised features, as strong a penalty for all as does best
on the validation split. Whatever is said of a network that was trained stands beside the probe of one that was not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels, Rows
from mapmaker.learn.evaluation.classification import average_precisions
from mapmaker.learn.evaluation.estimates import over
from mapmaker.model import Floats

STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""C, the inverse of the penalty, as scikit-learn has it: the ones that are tried."""
ITERATIONS = 500


@dataclass(frozen=True, eq=False)
class Linear:
    """Scores are (features - mean) / scale @ weights + bias; through a sigmoid or softmax they are probabilities."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def __call__(self, features: Floats) -> NDArray[np.float64]:
        """Return (n, classes) scores of (n, d) features."""
        scores: NDArray[np.float64] = (features - self.mean) / self.scale @ self.weights + self.bias
        return scores


@dataclass(frozen=True)
class Probe:
    """The probe that did best on the validation split: `strength` its C, `reached` what it reached there."""

    linear: Linear
    strength: float
    reached: float


def fit_probe(
    features: Floats, labels: Labels, train: Rows, val: Rows, exclusive: bool = False, strengths: Sequence[float] = ()
) -> Probe:
    """Return the probe of (n, d) features for (n, classes) labels.

    `exclusive`: a poster has exactly one class; then one softmax tells them apart, and accuracy chooses, else a sigmoid
    each and the mean average precision. A class that no poster of `train` has is told by its bias alone.
    """
    learned = features[train].astype(np.float64)
    mean, scale = learned.mean(axis=0), learned.std(axis=0)
    scale[scale < 1e-9] = 1.0
    rows = (learned - mean) / scale
    path = _Path(rows, labels[train], exclusive)
    best: Probe | None = None
    for strength in strengths or STRENGTHS:
        solution = path.solution(strength)
        linear = Linear(mean, scale, solution[:-1], solution[-1])
        reached = _reached(linear(features[val]), labels[val], exclusive)
        if best is None or reached > best.reached:
            best = Probe(linear, strength, reached)
    assert best is not None
    return best


def fitted(rows: NDArray[np.float64], labels: Labels, strength: float, exclusive: bool = False) -> NDArray[np.float64]:
    """Return (d + 1, classes) weights, the last row the bias, that logistic regression with that C has."""
    return _Path(rows, labels, exclusive).solution(strength)


class _Path:
    """Solutions for one C after another, each found from the one before.

    All classes at once, by L-BFGS, along the principal axes of the rows, each scaled by about how much the loss bends
    along it: some ten steps, where scikit-learn's solver, class by class, takes hundreds of features that go together.
    """

    def __init__(self, rows: NDArray[np.float64], labels: Labels, exclusive: bool) -> None:
        self._labels, self._exclusive = labels, exclusive
        self._squares, self._axes = _principal(rows)
        self._rows = rows @ self._axes.T
        share = labels.mean(axis=0)
        self._bend = np.maximum(share * (1 - share), 1e-3)
        self._last = np.zeros((len(self._axes) + 1, labels.shape[1]))

    def solution(self, strength: float) -> NDArray[np.float64]:
        """Return (d + 1, classes) weights, the last row the bias."""
        from scipy.optimize import minimize
        from threadpoolctl import threadpool_limits

        bends = np.outer(self._squares, self._bend) + 1 / strength
        scale = 1 / np.sqrt(np.vstack([bends, len(self._rows) * self._bend]))

        def loss(flat: NDArray[np.float64]) -> tuple[float, Any]:
            value, gradient = self._loss(flat.reshape(scale.shape) * scale, strength)
            return value, (gradient * scale).ravel()

        bounds = {"maxiter": ITERATIONS, "maxcor": 10, "ftol": 1e-12, "gtol": 1e-6 * np.sqrt(len(self._rows))}
        with threadpool_limits(1):  # its steps are sums so short that threads cost more than they do, on a busy machine
            found = minimize(loss, (self._last / scale).ravel(), jac=True, method="L-BFGS-B", options=bounds)
        self._last = found.x.reshape(scale.shape) * scale
        return np.vstack([self._axes.T @ self._last[:-1], self._last[-1:]])

    def _loss(self, weights: NDArray[np.float64], strength: float) -> tuple[float, NDArray[np.float64]]:
        """Return the cross-entropy of all posters plus half the squared weights by C, and its gradient."""
        scores = self._rows @ weights[:-1] + weights[-1]
        if self._exclusive:
            norm = np.logaddexp.reduce(scores, axis=1)
            entropy = float((norm - scores[self._labels]).sum())
            apart = np.exp(scores - norm[:, None]) - self._labels
        else:
            entropy = float(np.logaddexp(0, np.where(self._labels, -scores, scores)).sum())
            apart = sigmoid(scores) - self._labels
        penalty = float((weights[:-1] ** 2).sum()) / (2 * strength)
        gradient = np.vstack([self._rows.T @ apart + weights[:-1] / strength, apart.sum(axis=0)])
        return entropy + penalty, gradient


def _principal(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return principal axes (r, d) and the summed squares (r,) along each."""
    if len(rows) < rows.shape[1]:
        _, lengths, axes = np.linalg.svd(rows, full_matrices=False)
        return lengths**2, axes
    squares, columns = np.linalg.eigh(rows.T @ rows)
    return np.maximum(squares, 0), columns.T


def sigmoid(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-scores))."""
    from scipy.special import expit

    found: NDArray[np.float64] = expit(scores)
    return found


def logits(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return what `sigmoid` makes these of; those within a millionth of 0 or 1 are taken as that near."""
    from scipy.special import logit

    found: NDArray[np.float64] = logit(np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6))
    return found


def _reached(scores: NDArray[np.float64], labels: Labels, exclusive: bool) -> float:
    if exclusive:
        return float(labels[np.arange(len(labels)), scores.argmax(axis=1)].mean())
    return float(over(average_precisions(scores, labels, np.ones((1, len(labels)), np.float32)))[0])
