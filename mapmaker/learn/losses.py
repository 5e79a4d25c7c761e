"""What is learned from: (labels, what the network says) -> one number, for any back end of Keras.

Each is a loss of Keras. Both compare within the batch, so they return one number for it, not one a poster. `y_true` is
(batch, classes), 0 or 1, several 1 in a row where a poster has several labels. Sums are float32, whatever the network
computes in.
"""

import functools
from typing import Any

from mapmaker.methods.extractors.back_end import import_keras

FAR = 1e9
"""Stands for "no such pair" where the least or the largest is sought."""


def semi_hard_triplets(margin: float = 0.1) -> Any:
    """Semi-hard triplet loss: Schroff, Kalenichenko, Philbin, "FaceNet", CVPR 2015, arXiv 1503.03832.

        1 / |P| sum over (a, p) in P of max(0, d(a, p) + margin - d(a, n(a, p)))

    d(x, y) = 1 - cos(x, y), the angular distance, 0 to 2. P: pairs of different posters of the batch that share a
    label, where some poster shares none with a. n(a, p): of those posters the nearest to a that is farther than p; if
    none is, the farthest, which is the least hard of the hard ones (as TensorFlow Addons' `triplet_semihard_loss` has
    it). Without such a pair the loss is 0; TensorFlow Addons counts pairs of an anchor without any negative, too, as
    if there were one at distance 0.

    `y_pred`: (batch, d), made unit length here, so its own length does not matter. Memory goes with batch x batch,
    time with batch x batch x batch.
    """
    return _losses()[0](margin)


def proxy_anchor(alpha: float = 32.0, delta: float = 0.1) -> Any:
    """Proxy Anchor loss: Kim, Kim, Cho, Kwak, CVPR 2020, arXiv 2003.13911, formula 4.

        1 / |P+| sum over p in P+ of log(1 + sum over x of p's class of exp(-alpha (s(x, p) - delta)))
        + 1 / |P| sum over p in P of log(1 + sum over all other x of exp(alpha (s(x, p) + delta)))

    s(x, p) = cos(x, p). P: proxies, one a class; P+: those of a class that some poster of the batch has. A poster of
    several labels is a positive of each. Without a positive the first sum is 0.

    `y_pred`: (batch, classes), the cosines s, as the layer `proxies.Proxies` returns them.
    """
    return _losses()[1](alpha, delta)


@functools.cache
def _losses() -> tuple[Any, Any]:
    """Return the classes, made when they are asked for: importing Keras takes seconds."""
    keras = import_keras()

    class SemiHardTriplets(keras.losses.Loss):  # type: ignore[name-defined,misc]  # Keras has no types
        """See `semi_hard_triplets`."""

        def __init__(self, margin: float) -> None:
            super().__init__(name="semi_hard_triplets")
            self.margin = margin

        def call(self, y_true: Any, y_pred: Any) -> Any:
            """Return the loss of the batch."""
            return _triplets(keras.ops, y_true, y_pred, self.margin)

    class ProxyAnchor(keras.losses.Loss):  # type: ignore[name-defined,misc]  # Keras has no types
        """See `proxy_anchor`."""

        def __init__(self, alpha: float, delta: float) -> None:
            super().__init__(name="proxy_anchor")
            self.alpha, self.delta = alpha, delta

        def call(self, y_true: Any, y_pred: Any) -> Any:
            """Return the loss of the batch."""
            ops = keras.ops
            mine, cosines = y_true > 0.5, ops.cast(y_pred, "float32")
            near = _log_1_plus_sum_exp(ops, -self.alpha * (cosines - self.delta), mine)
            far = _log_1_plus_sum_exp(ops, self.alpha * (cosines + self.delta), ops.logical_not(mine))
            with_positives = ops.sum(ops.cast(ops.any(mine, axis=0), "float32"))
            return ops.sum(near) / ops.maximum(with_positives, 1.0) + ops.mean(far)

    return SemiHardTriplets, ProxyAnchor


def _triplets(ops: Any, y_true: Any, y_pred: Any, margin: float) -> Any:
    labels, unit = ops.cast(y_true, "float32"), _unit(ops.cast(y_pred, "float32"))
    distance = 1.0 - ops.matmul(unit, ops.transpose(unit))
    same = ops.matmul(labels, ops.transpose(labels)) > 0.5
    pair = ops.logical_and(same, ops.logical_not(ops.cast(ops.eye(ops.shape(labels)[0]), "bool")))
    other = ops.logical_not(same)

    def negatives(anchor: Any) -> Any:
        """Return n(a, p) for each p, of one anchor's distances to all and who may be a negative."""
        far, others = anchor
        farther = ops.where(ops.logical_and(others[None, :], far[None, :] > far[:, None]), far[None, :], FAR)
        farthest = ops.argmax(ops.where(others, far, -FAR))
        return ops.where(ops.any(farther < FAR, axis=1), ops.argmin(farther, axis=1), farthest)

    # Anchor by anchor, and without gradients: who is chosen has none, and all triplets at once take gigabytes.
    chosen = ops.map(negatives, (ops.stop_gradient(distance), other))
    negative = ops.take_along_axis(distance, chosen, axis=1)
    counted = ops.cast(ops.logical_and(pair, ops.any(other, axis=1, keepdims=True)), "float32")
    hinge = ops.maximum(0.0, distance + margin - negative)
    return ops.sum(ops.where(counted > 0, hinge, 0.0)) / ops.maximum(ops.sum(counted), 1.0)


def _log_1_plus_sum_exp(ops: Any, exponents: Any, counted: Any) -> Any:
    """Return log(1 + sum of exp over the rows that count), a number a column, without overflow."""
    values = ops.where(counted, exponents, -FAR)
    return ops.logsumexp(ops.concatenate([values, ops.zeros_like(values[:1])], axis=0), axis=0)


def _unit(values: Any) -> Any:
    """Return rows of unit length; a row of zeros stays one, with a gradient that is finite."""
    ops = import_keras().ops
    return values * ops.rsqrt(ops.maximum(ops.sum(ops.square(values), axis=-1, keepdims=True), 1e-12))
