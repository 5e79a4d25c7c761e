"""A file, a published network or nothing -> what looks at pictures, before anything is learned from labels.

A backbone takes pixels, 0 to 255, and ends before its last pooling where it has one, so that the recipe's can follow.
What Keras' preprocessing does to pixels before a published network is affine; it is found by asking, and becomes a
layer, so that the file that comes of it needs nothing beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mapmaker.errors import ModelError, OptionError, near
from mapmaker.learn.recipe import SCRATCH, Recipe
from mapmaker.methods.extractors import EXTRACTORS, networks
from mapmaker.methods.extractors.architectures import first_line
from mapmaker.methods.extractors.back_end import import_keras

USUAL = 224
"""Side of the pictures for a backbone that takes any."""
SMALL_FILTERS, SMALL_DENSE = (32, 32, 32, 64), (64, 32)


@dataclass(frozen=True, eq=False)
class Backbone:
    """`model`: Keras' functional model of `size` (width, height), float32, to (n, rows, columns, d) or (n, d).

    `prepare`: a layer that comes before it, or None where the model takes pixels as they are.
    """

    model: Any
    size: tuple[int, int]
    prepare: Any = None


def load_backbone(recipe: Recipe) -> Backbone:
    """Return the backbone of a recipe. ModelError if it cannot be had, or takes anything but one picture."""
    if recipe.backbone == SCRATCH:
        size = recipe.width_height or (91, 134)
        return Backbone(_small(size, recipe.seed), size)
    if recipe.backbone.endswith(".keras"):
        found = networks.KerasModel(model=Path(recipe.backbone)).load("float32")
        return _at_size(_before_pooling(_functional(found)), recipe.width_height, None)
    application = _application(recipe)
    prepare = _affine(application.preprocess())
    return _at_size(_before_pooling(application.load("float32")), recipe.width_height, prepare)


def _application(recipe: Recipe) -> networks.Application:
    names = [name for name in EXTRACTORS if name not in ("model", "blend", "classic")]
    if recipe.backbone not in names:
        hint = near(recipe.backbone, [*names, SCRATCH])
        raise OptionError(f"backbone = {recipe.backbone!r} is no .keras file and not known: {hint}")
    made: networks.Application = EXTRACTORS[recipe.backbone]()(weights=recipe.weights)
    return made


def _functional(model: Any) -> Any:
    """Return a sequential model as a functional one, whose layers are called once: then it can be cut anywhere."""
    keras = import_keras()
    if not isinstance(model, keras.Sequential):
        return model
    made = keras.models.clone_model(keras.Model(model.inputs[0], model.outputs[0]))
    made.set_weights(model.get_weights())
    return made


def _before_pooling(model: Any) -> Any:
    """Return the model without its last layer, if that averages over places."""
    keras = import_keras()
    last = model.layers[-1]
    if isinstance(last, keras.layers.GlobalAveragePooling2D) and model.outputs[0] is last.output:
        return keras.Model(model.inputs[0], last.input)  # of one tensor, not a list: else it cannot be cloned
    return model


def _at_size(model: Any, asked: tuple[int, int] | None, prepare: Any) -> Backbone:
    """Return the model for pictures of the size asked for, else of its own, else the usual one."""
    _, height, width, _ = model.input_shape
    if asked is None:
        asked = (width or USUAL, height or USUAL)
    if asked == (width, height):
        return Backbone(model, asked, prepare)
    keras = import_keras()
    try:
        other = keras.models.clone_model(model, input_tensors=keras.Input((asked[1], asked[0], 3)))
        other.set_weights(model.get_weights())
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"this backbone takes pictures of {width} x {height} and none of {asked[0]} x {asked[1]} "
            f"({first_line(error)}); leave out --size"
        ) from error
    return Backbone(other, asked, prepare)


def _affine(preprocess: Callable[[Any], Any]) -> Any:
    """Return a layer that does to pixels what `preprocess` does, which is affine in the three channels."""
    keras = import_keras()
    asked = np.zeros((4, 1, 1, 3), np.float32)
    asked[1:, 0, 0] = 255 * np.eye(3)
    told = np.asarray(keras.ops.convert_to_numpy(preprocess(keras.ops.convert_to_tensor(asked))))[:, 0, 0]
    layer = keras.layers.Conv2D(3, 1, trainable=False, name="preprocessing")
    layer.build((None, None, None, 3))
    layer.set_weights([((told[1:] - told[0]) / 255)[None, None], told[0]])
    return layer


def _small(size: tuple[int, int], seed: int) -> Any:
    """Return the small network: four convolutions of 3 x 3, each with max-pooling, then two dense layers."""
    keras = import_keras()
    seeds = iter(range(100 * seed, 100 * seed + 100))

    def weights() -> Any:
        return keras.initializers.GlorotUniform(seed=next(seeds))

    inputs = keras.Input((size[1], size[0], 3))
    values = keras.layers.Rescaling(1 / 255)(inputs)
    for filters in SMALL_FILTERS:
        values = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer=weights())(
            values
        )
        values = keras.layers.MaxPooling2D(2)(values)
    values = keras.layers.Flatten()(values)
    for units in SMALL_DENSE:
        values = keras.layers.Dense(units, activation="relu", kernel_initializer=weights())(values)
    return keras.Model(inputs, values, name=SCRATCH)
