"""What a network says of val posters, and their labels -> a few figures; one of them chooses among epochs.

Small and quick, an epoch each. What holds in the end `evaluate` tells, on test.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels
from mapmaker.model import Floats

Figures = Mapping[str, float]
COLLAPSED = 0.02
"""Mean angular distance between posters below which an embedding says the same of all."""


def embedding_figures(unit: Floats, labels: Labels) -> Figures:
    """Return `map_at_r` and `recall_at_1`, means over classes, and `spread`, of (n, d) rows of unit length.

    MAP@R: Musgrave, Belongie, Lim, "A Metric Learning Reality Check", ECCV 2020. Of a class, each poster is asked for
    the others; nobody is found by themselves. `spread`: mean of 1 - cosine over pairs; 0 is one point.
    """
    count = len(unit)
    similarity = unit @ unit.T
    spread = float(1 - (similarity.sum() - np.trace(similarity)) / max(count * (count - 1), 1))
    np.fill_diagonal(similarity, -np.inf)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, : count - 1]
    precise, first = [], []
    for column in range(labels.shape[1]):
        asked = np.flatnonzero(labels[:, column])
        wanted = len(asked) - 1
        if wanted < 1:
            continue
        hits = labels[order[asked, :wanted], column]
        precision = hits.cumsum(axis=1) / np.arange(1, wanted + 1)
        precise.append(float((precision * hits).sum(axis=1).mean() / wanted))
        first.append(float(hits[:, 0].mean()))
    if not precise:
        return {"map_at_r": 0.0, "recall_at_1": 0.0, "spread": spread}
    return {"map_at_r": float(np.mean(precise)), "recall_at_1": float(np.mean(first)), "spread": spread}


def classifier_figures(probabilities: Floats, labels: Labels) -> Figures:
    """Return `map`, average precision, mean over the classes that val has, and `accuracy`.

    Accuracy: share of posters whose likeliest class is one of theirs.
    """
    from sklearn.metrics import average_precision_score

    there = [column for column in range(labels.shape[1]) if labels[:, column].any()]
    precisions = [average_precision_score(labels[:, column], probabilities[:, column]) for column in there]
    likeliest: NDArray[np.intp] = probabilities.argmax(axis=1)
    right = labels[np.arange(len(labels)), likeliest]
    return {"map": float(np.mean(precisions)), "accuracy": float(right.mean())}
