"""A backbone and a recipe -> the network that is trained, whole or from a cut upwards, and the one that is saved.

    pixels -> [preparation] -> backbone, pooling -> head: standardizing, dropout, linear layers -> finish -> outcome
                                                                               \\-> teacher -> loss

The head says an embedding, or a logit a class. The finish gives it unit length, or makes probabilities of it. A teacher
stands on the head while an objective is trained that asks for something else: proxies, or logits of genres; it is no
part of what is saved. The backbone may compute in lower precision, all else in float32.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ModelError, near
from mapmaker.learn.activations import Cut, cuts_of
from mapmaker.learn.backbones import Backbone
from mapmaker.learn.losses import proxy_anchor, semi_hard_triplets
from mapmaker.learn.proxies import make_proxies
from mapmaker.learn.recipe import Recipe
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.methods.extractors.precision import in_precision

SEEDS = {"embedding": 1, "genres": 2, "teacher": 3, "proxies": 4, "dropout": 5}
"""Each layer that starts at random has a seed of its own, so that leaving one out does not change the others."""


LOGITS = ("genres", "teacher")
SMOOTH = 0.01
"""Added where a root is taken, whose slope at 0 has no bound."""


@dataclass(frozen=True, eq=False)
class Network:
    """The parts, and `core`, what is saved: pictures (n, height, width, 3), 0 to 255, to the outcome (n, d)."""

    recipe: Recipe
    prepare: Any
    backbone: Any
    head: Any
    finish: Any
    teachers: dict[str, Any]
    """By objective; of those that need one."""
    core: Any
    cuts: list[Cut]
    """Of the backbone."""

    def parts(self) -> list[Any]:
        """Return all that has weights."""
        return [self.core, *self.teachers.values()]

    def expect(self, shares: NDArray[np.floating[Any]]) -> None:
        """Have logits begin at how frequent each class is, so that no epoch goes by until they are there."""
        odds = np.log(np.clip(shares, 1e-3, 1 - 1e-3) / np.clip(1 - shares, 1e-3, 1))
        for layer in (*self.head.layers, *self.teachers.values()):
            if layer.name in LOGITS:
                layer.bias.assign(odds)

    def weights(self) -> list[Any]:
        """Return the values of all weights, in an order that holds."""
        return [values for part in self.parts() for values in part.get_weights()]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Take over what another network's `weights` returned."""
        rest = list(values)
        for part in self.parts():
            count = len(part.weights)
            part.set_weights(rest[:count])
            rest = rest[count:]

    def pupil(self, objective: str, cut: Cut | None) -> Any:
        """Return the model that is fitted: from pixels, or from what comes through the cut."""
        values, said = self._from(cut)
        teacher = self.teachers.get(objective)
        return import_keras().Model(values, said if teacher is None else teacher(said))

    def outcome(self, cut: Cut | None) -> Any:
        """Return the model that says the outcome, from where `pupil` starts."""
        if cut is None:
            return self.core
        values, said = self._from(cut)
        return import_keras().Model(values, self.finish(said))

    def trunk(self) -> Any:
        """Return the model from pixels to what the head sees."""
        pixels = import_keras().Input(self.core.input_shape[1:])
        return import_keras().Model(pixels, self.backbone(pixels if self.prepare is None else self.prepare(pixels)))

    def below(self, cut: Cut) -> Any:
        """Return the model from pixels to what comes through the cut."""
        keras = import_keras()
        lower = keras.Model(self.backbone.inputs, cut.output)
        pixels = keras.Input(self.core.input_shape[1:])
        return keras.Model(pixels, lower(pixels if self.prepare is None else self.prepare(pixels)))

    def _from(self, cut: Cut | None) -> tuple[Any, Any]:
        keras = import_keras()
        if cut is None:
            pixels = keras.Input(self.core.input_shape[1:])
            return pixels, self.head(self.backbone(pixels if self.prepare is None else self.prepare(pixels)))
        values = keras.Input(cut.shape)
        if cut.output is self.backbone.outputs[0]:
            return values, self.head(values)
        upper = keras.Model(cut.output, self.backbone.outputs[0])
        return values, self.head(upper(values))


def make_network(backbone: Backbone, recipe: Recipe, classes: int, precision: str) -> Network:
    """Return the network; two made of the same with another precision have the same weights in the same order."""
    keras = import_keras()
    trunk = _pooled(in_precision(backbone.model, precision), recipe)
    cuts = cuts_of(trunk)
    pixels = keras.Input((backbone.size[1], backbone.size[0], 3), name="rgb_0_255")
    head = _head(trunk.outputs[0].shape[1:], recipe, classes)
    finish = _finish(recipe)
    said = head(trunk(pixels if backbone.prepare is None else backbone.prepare(pixels)))
    core = keras.Model(pixels, finish(said), name=recipe.objective.replace("-", "_"))
    teachers = _teachers(recipe, classes, head.output_shape)
    return Network(recipe, backbone.prepare, trunk, head, finish, teachers, core, cuts)


def _pooled(model: Any, recipe: Recipe) -> Any:
    """Return the backbone with its pooling, which is float32, whatever the rest computes in.

    ModelError for a tap that it does not have.
    """
    keras = import_keras()
    named = {layer.name: layer.output for layer in model.layers}
    if unknown := [tap for tap in recipe.taps if tap not in named]:
        raise ModelError(f"the backbone has no layer {unknown[0]!r} to tap; {near(unknown[0], named)}")
    kinds = {"average": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}
    values = []
    for output in (*(named[tap] for tap in recipe.taps), model.outputs[0]):
        exact = keras.layers.Activation("linear", dtype="float32")(output)
        chosen = recipe.pooling.split("+") if len(output.shape) == 4 else ()
        values += [kinds[kind](dtype="float32")(exact) for kind in chosen] or [exact]
    whole = values[0] if len(values) == 1 else keras.layers.Concatenate(dtype="float32")(values)
    if recipe.root:
        whole = whole * keras.ops.rsqrt(keras.ops.abs(whole) + SMOOTH)
    return keras.Model(model.inputs, whole, name="backbone")


def _head(shape: Sequence[int | None], recipe: Recipe, classes: int) -> Any:
    keras = import_keras()
    layers = keras.layers
    values = pooled = keras.Input(shape)
    if recipe.standardize:
        values = layers.BatchNormalization(momentum=0.9, center=False, scale=False, name="standardized")(values)
    if recipe.dropout:
        values = layers.Dropout(recipe.dropout, seed=_seed(recipe, "dropout"), name="dropout")(values)
    if recipe.embedding:
        values = _dense(recipe.embedding, recipe, "embedding")(values)
    if not recipe.embeds:
        values = _dense(classes, recipe, "genres")(values)
    return keras.Model(pooled, values, name="head")


def _finish(recipe: Recipe) -> Any:
    layers = import_keras().layers
    if recipe.embeds:
        return layers.UnitNormalization(name="unit", dtype="float32")
    return layers.Activation(recipe.objective, name="probabilities", dtype="float32")


def _teachers(recipe: Recipe, classes: int, shape: Sequence[int | None]) -> dict[str, Any]:
    """Return a teacher for each objective that is trained and needs one, its weights made."""
    teachers = {}
    if recipe.embeds:
        for objective in sorted({recipe.objective, recipe.warm_with or recipe.objective}):
            if objective == "proxy-anchor":
                teachers[objective] = make_proxies(classes, recipe.proxy_rate, _seed(recipe, "proxies"))
            elif objective != "triplet":
                teachers[objective] = _dense(classes, recipe, "teacher")
    for teacher in teachers.values():
        teacher.build(shape)
    return teachers


def _dense(units: int, recipe: Recipe, name: str) -> Any:
    keras = import_keras()
    if name in LOGITS:  # near 0, as Lin et al., "Focal Loss", ICCV 2017, start them
        initial = keras.initializers.RandomNormal(stddev=0.01, seed=_seed(recipe, name))
    else:
        initial = keras.initializers.GlorotUniform(seed=_seed(recipe, name))
    return keras.layers.Dense(units, kernel_initializer=initial, name=name, dtype="float32")


def _seed(recipe: Recipe, name: str) -> int:
    return 1000 * recipe.seed + SEEDS[name]


def loss_of(recipe: Recipe, objective: str) -> Any:
    """Return the loss of an objective."""
    losses = import_keras().losses
    if objective == "triplet":
        return semi_hard_triplets(recipe.margin)
    if objective == "proxy-anchor":
        return proxy_anchor(recipe.alpha, recipe.delta)
    kind = losses.BinaryCrossentropy if objective == "sigmoid" else losses.CategoricalCrossentropy
    return kind(from_logits=True, label_smoothing=recipe.smoothing)


def unfreeze(backbone: Any, share: float) -> None:
    """Let the upper `share` of the layers that have weights be trained, but never batch normalisation.

    Its means are of the pictures that the backbone was made with; those of small batches are worse.
    """
    keras = import_keras()
    weighted = [layer for layer in leaves(backbone) if layer.weights]
    first = len(weighted) - round(share * len(weighted))
    for index, layer in enumerate(weighted):
        layer.trainable = index >= first and not isinstance(layer, keras.layers.BatchNormalization)


def leaves(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those of models in it in their place."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer
