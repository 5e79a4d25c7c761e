"""Keras models that compute in lower precision, made so or made over, and how far that strays.

It is the mixed policy of Keras (keras.io/api/mixed_precision): weights stay float32, as does what a layer insists on.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from mapmaker.errors import ModelError
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.model import Floats

NEAR = 0.999
"""Least cosine similarity between what a network says of a picture in low precision and in float32."""


@contextlib.contextmanager
def making_layers_in(precision: str) -> Iterator[None]:
    """Let layers that are made meanwhile compute in `precision`."""
    config = import_keras().config
    before = config.dtype_policy()
    config.set_dtype_policy(_policy(precision))
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def in_precision(model: Any, precision: str) -> Any:
    """Return `model`, of float32, made over to compute in `precision`. ModelError for one that cannot be rebuilt."""
    if precision == "float32":
        return model
    saving = import_keras().saving
    try:
        lower = saving.deserialize_keras_object(_relabelled(saving.serialize_keras_object(model), _policy(precision)))
        lower.set_weights(model.get_weights())
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        raise ModelError(
            f"this model cannot be rebuilt with precision {precision!r} ({type(error).__name__}); "
            "give --precision float32"
        ) from error
    return lower


def _policy(precision: str) -> str:
    return precision if precision == "float32" else f"mixed_{precision}"


def _relabelled(config: Any, policy: str) -> Any:
    """Return Keras' description of a model, every float32 policy in it replaced."""
    if isinstance(config, list | tuple):
        return type(config)(_relabelled(item, policy) for item in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy" and config.get("config", {}).get("name") == "float32":
        return {**config, "config": {**config["config"], "name": policy}}
    return {name: _relabelled(item, policy) for name, item in config.items()}


def likeness(lower: Floats, exact: Floats) -> float:
    """Return the least cosine similarity of the rows of two (n, d); 0 where values are not finite, or all zeros."""
    if not np.isfinite(lower).all():
        return 0.0
    a, b = lower.astype(np.float64), exact.astype(np.float64)
    products = (a * b).sum(axis=1)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    same = (a == b).all(axis=1)
    cosines = np.divide(products, lengths, out=np.zeros(len(products)), where=lengths > 0)
    return float(np.where(same, 1.0, cosines).min())
