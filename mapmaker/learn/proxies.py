"""One vector a class, learned beside the network, and the optimizer of both.

Adam's step does not depend on how large a gradient is: a weight w = f v, of which v is what is stored and trained,
moves f times as far with each step of v. Only the direction of a proxy counts, so f itself need not be multiplied:
proxies that start 1 / f as long run ahead of the network at f times its learning rate.
"""

import functools
from typing import Any

from mapmaker.methods.extractors.back_end import import_keras


def make_proxies(classes: int, factor: float, seed: int) -> Any:
    """Return a layer, (n, d) to (n, classes): the cosine of each row with each class' proxy.

    With an optimizer such as Adam they have `factor` times its learning rate, counted from the authors' start, normal
    with variance 2 / classes.
    """
    return _proxies()(classes, factor, seed, name="proxies")


def make_optimizer(schedule: Any, weight_decay: float, proxies: Any) -> Any:
    """Return AdamW (Loshchilov, Hutter, ICLR 2019); `proxies`, a layer or None, do not decay."""
    optimizer = import_keras().optimizers.AdamW(schedule, weight_decay=weight_decay)
    if proxies is not None:
        optimizer.exclude_from_weight_decay(var_list=list(proxies.trainable_variables))
    return optimizer


@functools.cache
def _proxies() -> Any:
    """Return the class, made when it is asked for: importing Keras takes seconds."""
    keras = import_keras()

    class Proxies(keras.layers.Layer):  # type: ignore[name-defined,misc]  # Keras has no types
        """See `make_proxies`."""

        def __init__(self, classes: int, factor: float, seed: int, **more: Any) -> None:
            super().__init__(**more)
            self.classes, self.factor, self.seed = classes, factor, seed

        def build(self, shape: Any) -> None:
            """Make the proxies."""
            deviation = (2 / self.classes) ** 0.5 / self.factor
            initial = keras.initializers.RandomNormal(stddev=deviation, seed=self.seed)
            self.vectors = self.add_weight(shape=(self.classes, shape[-1]), initializer=initial, name="vectors")

        def call(self, values: Any) -> Any:
            """Return the cosines."""
            ops = keras.ops
            return ops.matmul(ops.normalize(values, axis=-1), ops.transpose(ops.normalize(self.vectors, axis=-1)))

    return Proxies
