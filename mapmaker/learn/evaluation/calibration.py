"""Scores -> probabilities that come true as often as they say.

Platt scaling: of each class a logistic function of its score, fitted where nothing was learned, the validation split,
with targets that leave room for doubt where a class has few posters (Platt, "Probabilistic Outputs for Support Vector
Machines", 1999; Lin, Lin, Weng, Machine Learning 68, 2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels
from mapmaker.learn.evaluation.probe import sigmoid


@dataclass(frozen=True, eq=False)
class Platt:
    """Probabilities are sigmoid(slope * score + bias), (classes,) each; no slope is below 0, so ranks stay."""

    slope: NDArray[np.float64]
    bias: NDArray[np.float64]

    def __call__(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return (n, classes) probabilities of (n, classes) scores."""
        return sigmoid(scores * self.slope + self.bias)


def fit_platt(scores: NDArray[np.floating], labels: Labels) -> Platt:
    """Return the scaling for (n, classes) scores of posters that nothing was learned from."""
    pairs = [_fitted(scores[:, column], labels[:, column]) for column in range(labels.shape[1])]
    slope, bias = np.array(pairs).reshape(-1, 2).T
    return Platt(slope, bias)


def _fitted(scores: NDArray[np.floating], labels: NDArray[np.bool_]) -> tuple[float, float]:
    from scipy.optimize import minimize

    positive = int(labels.sum())
    negative = len(labels) - positive
    targets = np.where(labels, (positive + 1) / (positive + 2), 1 / (negative + 2))
    centre = float(scores.mean()) if len(scores) else 0.0
    spread = float(scores.std()) if len(scores) else 0.0
    spread = spread if spread > 1e-12 else 1.0
    standard = (scores - centre) / spread

    def loss(pair: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        told = standard * pair[0] + pair[1]
        apart = sigmoid(told) - targets
        entropy = float((np.logaddexp(0, told) - targets * told).sum())
        return entropy, np.array([(apart * standard).sum(), apart.sum()])

    prior = float(np.log((positive + 1) / (negative + 1)))
    found = minimize(loss, [1.0, prior], jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)])
    slope = float(found.x[0]) / spread
    return slope, float(found.x[1]) - slope * centre
