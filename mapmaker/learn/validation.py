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
POINT = 1e-6
"""The same, below which it says nothing at all: who is near to whom is a matter of rounding."""
AT_ONCE = 2**22
"""Pairs of posters that are looked at together."""


def embedding_figures(unit: Floats, labels: Labels) -> Figures:
    """Return `map_at_r` and `recall_at_1`, means over classes, and `spread`, of (n, d) rows of unit length.

    MAP@R: Musgrave, Belongie, Lim, "A Metric Learning Reality Check", ECCV 2020. Of a class, each poster is asked for
    the others; nobody is found by themselves. `spread`: mean of 1 - cosine over pairs; 0 is one point. A row of zeros,
    of which a network says nothing, finds nothing, is found last, and has no part in the spread; of one point nothing
    is found. Time goes with n x n, memory with n.
    """
    live: Labels = np.asarray(unit.any(axis=1))
    spread = _spread(unit[live])
    precise, first = _found(unit, live, labels)
    if spread < POINT or not precise:
        return {"map_at_r": 0.0, "recall_at_1": 0.0, "spread": spread}
    return {"map_at_r": float(np.mean(precise)), "recall_at_1": float(np.mean(first)), "spread": spread}


def _spread(unit: Floats) -> float:
    """Return the mean of 1 - cosine over pairs, by the length of the sum of all; 0 for fewer than two rows."""
    count = len(unit)
    together = unit.sum(axis=0, dtype=np.float64)
    alone = float(np.square(unit, dtype=np.float64).sum())
    return max(0.0, 1 - (float(together @ together) - alone) / (count * (count - 1))) if count > 1 else 0.0


def _found(unit: Floats, live: Labels, labels: Labels) -> tuple[list[float], list[float]]:
    """Return of each class that two posters have the mean of MAP@R and of recall@1."""
    count, wanted = len(unit), labels.sum(axis=0) - 1
    sums: dict[int, list[NDArray[np.float64]]] = {column: [] for column in np.flatnonzero(wanted >= 1).tolist()}
    firsts: dict[int, list[Labels]] = {column: [] for column in sums}
    for rows in np.array_split(np.arange(count), max(1, -(-count * count // AT_ONCE))):
        similarity = unit[rows] @ unit.T
        similarity[:, ~live] = -2
        similarity[np.arange(len(rows)), rows] = -np.inf
        order = np.argsort(-similarity, axis=1, kind="stable")[:, : count - 1]
        for column in sums:
            asked = np.flatnonzero(labels[rows, column])
            hits = labels[order[asked, : wanted[column]], column] & live[rows[asked], None]
            precision = hits.cumsum(axis=1) / np.arange(1, wanted[column] + 1)
            sums[column].append((precision * hits).sum(axis=1))
            firsts[column].append(hits[:, 0])
    precise = [float(np.concatenate(some).mean() / wanted[column]) for column, some in sums.items()]
    return precise, [float(np.concatenate(some).mean()) for some in firsts.values()]


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
