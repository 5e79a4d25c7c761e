"""Two Keras models -> one that sees what both see, each as much as it is to count.

Both outputs come to unit length, times the square roots of their shares, one behind the other: so the cosine of two
pictures is the mean of both models' cosines, weighted by the shares. A model that is smaller than the other gets the
picture scaled down.
"""

from typing import Any

from mapmaker.methods.extractors.back_end import import_keras


def mixed(first: Any, second: Any, share: float, side: int) -> Any:
    """Return a model whose output is `share` the first's, the rest the second's. `side`: for models of any size."""
    keras = import_keras()
    sizes = [tuple(length or side for length in model.input_shape[1:3]) for model in (first, second)]
    height, width = (max(lengths) for lengths in zip(*sizes, strict=True))
    picture = keras.Input((height, width, 3))
    parts = []
    for model, size, part in zip((first, second), sizes, (share, 1 - share), strict=True):
        scaled = picture if size == (height, width) else keras.layers.Resizing(*size, antialias=True)(picture)
        values = model(scaled)
        if len(values.shape) == 4:
            values = keras.layers.GlobalAveragePooling2D()(values)
        parts.append(keras.layers.Rescaling(part**0.5, dtype="float32")(_unit(keras)(values)))
    return keras.Model(picture, keras.layers.Concatenate(dtype="float32")(parts))


def _unit(keras: Any) -> Any:
    return keras.layers.UnitNormalization(dtype="float32")
