"""The losses against a plain NumPy version, pair by pair, and against what their papers say of small cases."""

import resource
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.learn.losses import proxy_anchor, semi_hard_triplets
from tests.extras import need

pytestmark = pytest.mark.tensorflow
Floats = NDArray[np.float64]

CASES: dict[str, Callable[[np.random.Generator], Floats]] = {
    "one label each": lambda random: np.eye(5)[random.integers(0, 5, 24)],
    "multi-hot": lambda random: (random.random((24, 7)) < 0.2).astype(float),
    "nearly all alike": lambda random: (random.random((24, 4)) < 0.7).astype(float),
    "no positives": lambda random: np.eye(24),
    "no negatives": lambda random: np.ones((24, 3)),
    "one class": lambda random: np.eye(6)[np.full(24, 2)],
    "no labels": lambda random: np.zeros((24, 5)),
    "one poster": lambda random: np.eye(4)[[1]],
}


@pytest.fixture(autouse=True)
def keras() -> Any:
    need("keras", "tensorflow")
    import keras

    return keras


def unit(x: Floats) -> Floats:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def triplets(labels: Floats, x: Floats, margin: float) -> float:
    x, total, pairs = unit(x), 0.0, 0
    for a in range(len(x)):
        others = [1 - x[a] @ x[n] for n in range(len(x)) if not (labels[a] @ labels[n])]
        for p in range(len(x)):
            if p == a or not labels[a] @ labels[p] or not others:
                continue
            positive = 1 - x[a] @ x[p]
            farther = [one for one in others if one > positive]
            total += max(0.0, positive + margin - (min(farther) if farther else max(others)))
            pairs += 1
    return total / max(pairs, 1)


def slow_proxy_anchor(labels: Floats, cosines: Floats, alpha: float, delta: float) -> float:
    classes = labels.shape[1]
    positive = [c for c in range(classes) if labels[:, c].any()]
    near = sum(np.log1p(np.exp(-alpha * (cosines[labels[:, c] > 0, c] - delta)).sum()) for c in positive)
    far = sum(np.log1p(np.exp(alpha * (cosines[labels[:, c] == 0, c] + delta)).sum()) for c in range(classes))
    return float(near / max(len(positive), 1) + far / classes)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_semi_hard_triplets_equal_a_plain_version(case: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = CASES[case](random)
    x = random.normal(size=(len(labels), 8))
    found = float(semi_hard_triplets(0.1)(labels.astype(np.float32), x.astype(np.float32)))
    assert found == pytest.approx(triplets(labels, x, 0.1), abs=1e-5)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_proxy_anchor_equals_a_plain_version(case: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = CASES[case](random)
    cosines = random.uniform(-1, 1, labels.shape)
    found = float(proxy_anchor()(labels.astype(np.float32), cosines.astype(np.float32)))
    assert found == pytest.approx(slow_proxy_anchor(labels, cosines, 32, 0.1), rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_finite(case: str) -> None:
    import tensorflow as tf

    labels = CASES[case](np.random.default_rng(0)).astype(np.float32)
    x = np.random.default_rng(1).normal(size=(len(labels), 8)).astype(np.float32)
    x[0] = 0  # a poster that the network says nothing of
    for loss, values in ((semi_hard_triplets(), x), (proxy_anchor(), np.sign(x[:, : labels.shape[1]]))):
        tensor = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            found = loss(labels[:, : values.shape[1]] if loss.name == "proxy_anchor" else labels, tensor)
        assert np.isfinite(float(found))
        gradient = tape.gradient(found, tensor)
        assert np.isfinite(gradient.numpy()).all()


def test_a_triplet_by_hand() -> None:
    """Angles 0, 60 and 90 degrees: d(a, p) = 0.5, d(a, n) = 1; d(p, n) = 1 - cos 30 = 0.134."""
    angles = np.deg2rad([0, 60, 90])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    # From a: n is farther than p by 0.5 > margin: 0. From p: n is nearer than a: 0.5 + 0.1 - 0.134.
    assert float(semi_hard_triplets(0.1)(labels, x)) == pytest.approx((0 + 0.6 - (1 - np.cos(np.pi / 6))) / 2, abs=1e-6)


def as_tensorflow_addons(labels: NDArray[np.int64], distance: Floats, margin: float) -> float:
    """As TensorFlow Addons computes `triplet_semihard_loss`: minima and maxima of what is shifted and masked with 0."""
    same = labels[:, None] == labels
    farther = ~same[:, None, :] & (distance[:, None, :] > distance[:, :, None])
    most, least = distance.max(axis=1)[:, None], distance.min(axis=1)[:, None]
    outside = ((distance - most)[:, None, :] * farther).min(axis=2) + most
    inside = ((distance - least) * ~same).max(axis=1, keepdims=True) + least
    chosen = np.where(farther.any(axis=2), outside, inside)
    pairs = same & ~np.eye(len(labels), dtype=bool)
    return float(np.maximum(margin + distance - chosen, 0)[pairs].sum() / pairs.sum())


def test_semi_hard_triplets_equal_tensorflow_addons_whose_documented_value_holds() -> None:
    """https://www.tensorflow.org/addons/api_docs/python/tfa/losses/triplet_semihard_loss documents 2.4142137."""
    x = np.array([[0.0, 1.0], [1.0, 0.0]])
    euclidean = np.linalg.norm(x[:, None] - x, axis=2)
    assert as_tensorflow_addons(np.array([0, 0]), euclidean, 1.0) == pytest.approx(2.4142137, abs=1e-6)
    # That batch has no negative, which theirs takes for one at distance 0; ours leaves such pairs out.
    assert float(semi_hard_triplets(1.0)(np.array([[1.0], [1.0]], np.float32), x.astype(np.float32))) == 0
    for seed in range(5):
        random = np.random.default_rng(seed)
        labels, x = random.integers(0, 4, 30), unit(random.normal(size=(30, 6)))
        expected = as_tensorflow_addons(labels, 1 - x @ x.T, 0.2)
        found = semi_hard_triplets(0.2)(np.eye(4, dtype=np.float32)[labels], x.astype(np.float32))
        assert float(found) == pytest.approx(expected, abs=1e-5)


def test_losses_are_those_of_keras(keras: Any) -> None:
    assert all(isinstance(loss, keras.losses.Loss) for loss in (semi_hard_triplets(), proxy_anchor()))


def test_triplets_of_a_large_batch_take_little_memory(keras: Any) -> None:
    """All triplets of 512 posters at once take 1.3 GB."""
    labels = keras.ops.convert_to_tensor(np.eye(3, dtype=np.float32)[np.arange(512) % 3])
    x = keras.ops.convert_to_tensor(np.random.default_rng(0).normal(size=(512, 4)).astype(np.float32))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 0 < float(semi_hard_triplets()(labels, x)) < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kB; on a Mac bytes


def test_proxy_anchor_by_hand() -> None:
    """One poster, on its proxy and opposite to the other's: log(1 + e^-28.8) + log(1 + e^-28.8) / 2, nearly 0."""
    found = float(proxy_anchor()(np.array([[1, 0]], np.float32), np.array([[1, -1]], np.float32)))
    assert found == pytest.approx(1.5 * np.log1p(np.exp(-28.8)), abs=1e-7)
    # At the margin of both sides: (log 2 + log 2 / 2).
    found = float(proxy_anchor()(np.array([[1, 0]], np.float32), np.array([[0.1, -0.1]], np.float32)))
    assert found == pytest.approx(1.5 * np.log(2), abs=1e-6)


def test_proxy_anchor_equals_the_authors_way_of_writing_it() -> None:
    """With PyTorch, as tjddus9597/Proxy-Anchor-CVPR2020 computes it: masked sums, then log(1 + sum)."""
    need("torch", "torch")
    import torch

    random = np.random.default_rng(3)
    labels = (random.random((32, 10)) < 0.15).astype(np.float32)
    cosines = random.uniform(-0.9, 0.9, labels.shape).astype(np.float32)
    mine, cos = torch.tensor(labels), torch.tensor(cosines)
    near = torch.where(mine == 1, torch.exp(-32 * (cos - 0.1)), torch.zeros_like(cos)).sum(dim=0)
    far = torch.where(mine == 0, torch.exp(32 * (cos + 0.1)), torch.zeros_like(cos)).sum(dim=0)
    valid = len(torch.nonzero(mine.sum(dim=0)))
    expected = torch.log(1 + near).sum() / valid + torch.log(1 + far).sum() / labels.shape[1]
    assert float(proxy_anchor()(labels, cosines)) == pytest.approx(float(expected), abs=1e-4)
