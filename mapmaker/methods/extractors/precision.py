"""A Keras model of float32 in, the same computing in lower precision out, and how far that strays."""

from typing import Any

import numpy as np

from mapmaker.errors import ModelError
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.model import Floats

NEAR = 0.999
"""Least cosine similarity between what a network says of a picture in low precision and in float32."""


def in_precision(model: Any, precision: str) -> Any:
    """Return `model` with its layers computing in `precision`; weights stay float32, as does what a layer insists on.

    This is the mixed policy of Keras (keras.io/api/mixed_precision). ModelError for a model that cannot be rebuilt.
    """
    if precision == "float32":
        return model
    saving = import_keras().saving
    try:
        lower = saving.deserialize_keras_object(_relabelled(saving.serialize_keras_object(model), f"mixed_{precision}"))
        lower.set_weights(model.get_weights())
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        raise ModelError(
            f"this model cannot be rebuilt with precision {precision!r} ({type(error).__name__}); "
            "give --precision float32"
        ) from error
    return lower


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
