"""One phase of training: what is fitted, on what, and one epoch of it."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import DivergedError
from mapmaker.learn.activations import Cut, Kept, computed, highest_cut, megabytes
from mapmaker.learn.augmentation import Augmented
from mapmaker.learn.batches import Order, make_batches
from mapmaker.learn.dataset import Dataset, Rows
from mapmaker.learn.network import Network, leaves, loss_of, unfreeze
from mapmaker.learn.phases import Phase
from mapmaker.learn.pixels import Pictures
from mapmaker.learn.proxies import make_optimizer
from mapmaker.learn.recipe import Recipe
from mapmaker.methods.engines import cores
from mapmaker.methods.extractors.back_end import import_keras, is_on_gpu
from mapmaker.methods.extractors.machine import back_end, best_precision
from mapmaker.model import Floats
from mapmaker.plural import count_of
from mapmaker.progress import Progress

ACTIVATIONS = "activations.tmp"


@dataclass(frozen=True, eq=False)
class Lesson:
    """A phase, ready to be fitted.

    `pupil`: the compiled model. `outcome`: what says the outcome from the same inputs. `source`: of those inputs,
    pictures or what frozen layers say of them. `order`: of batches, from `rows`, those to train on.
    """

    phase: Phase
    pupil: Any
    outcome: Any
    source: Augmented | Kept
    rows: Rows
    order: Order

    def fit(self, epoch: int, progress: Progress) -> float:
        """Train for an epoch, counted from the first phase on; return the loss. DivergedError if that is no number."""
        _reseed(self.pupil, self.order.seed, epoch)
        batches = make_batches(self.order, self._picked, epoch, cores())
        watch = _make_watch(self, epoch, progress)
        history = self.pupil.fit(batches, shuffle=False, verbose=0, callbacks=[watch])
        return float(history.history["loss"][-1])

    def _picked(self, drawn: Rows, epoch: int) -> NDArray[Any]:
        return self.source.shown(self.rows[drawn], epoch)

    def say(self, rows: Rows, epoch: int) -> Floats:
        """Return what the network says of these posters after `epoch`, (n, d). DivergedError if that is no numbers."""
        found = predicted(self.outcome, self.source.plain, rows, self.order.size)
        if lost := int((~np.isfinite(found).all(axis=1)).sum()):
            raise DivergedError(
                f"the network says no numbers of {count_of(lost, 'poster')} after {_where(self, epoch)}"
            )
        return found

    def optimizer_state(self) -> list[NDArray[Any]]:
        """Return the values of the optimizer's variables."""
        convert = import_keras().ops.convert_to_numpy
        return [np.asarray(convert(variable)) for variable in self.pupil.optimizer.variables]

    def restore_optimizer(self, values: Sequence[NDArray[Any]]) -> None:
        """Take them over."""
        for variable, value in zip(self.pupil.optimizer.variables, values, strict=True):
            variable.assign(value)


def predicted(model: Any, shown: Callable[[Rows], NDArray[Any]], rows: Rows, size: int) -> Floats:
    """Return what a model says of rows, (n, d), always so many at a time: sums in another order would be other bits."""
    ops, said = import_keras().ops, []
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        values = model.predict_on_batch(shown(np.resize(some, size)))
        said.append(np.asarray(ops.convert_to_numpy(values), np.float32)[: len(some)])
    return np.concatenate(said)


def prepare_lesson(
    network: Network, phase: Phase, dataset: Dataset, pictures: Pictures, folder: Path, progress: Progress
) -> Lesson:
    """Return the phase, ready to be fitted: layers are frozen or not, and what frozen ones say may be computed."""
    recipe = network.recipe
    unfreeze(network.backbone, phase.share)
    rows = dataset.rows("train")
    order = Order(dataset.labels[rows], recipe.batch, recipe.balance, recipe.seed)
    augmented = Augmented(pictures, recipe.augment if phase.share or recipe.views else 0.0, recipe.seed)
    versions = recipe.views if augmented.strength else 1
    kept = versions * len(rows) + len(dataset.rows("val"))
    cut = _cut(network, kept) if versions else None
    if versions and phase.share < 1:
        _tell_of_cut(network, kept, cut, progress)
    source: Augmented | Kept = augmented
    if cut is not None:
        progress.begin("frozen")
        seen = rows, dataset.rows("val")
        source = computed(network.below(cut), augmented, seen, versions, folder / ACTIVATIONS, progress)
        progress.end(
            "frozen", f"{' x '.join(map(str, cut.shape))} numbers a poster, kept while layers below are frozen"
        )
    pupil = network.pupil(phase.objective, cut)
    schedule = phase.rate
    if recipe.cosine:
        schedule = import_keras().optimizers.schedules.CosineDecay(phase.rate, max(order.steps * phase.epochs, 1))
    proxies = network.teachers.get("proxy-anchor") if phase.objective == "proxy-anchor" else None
    pupil.compile(
        optimizer=make_optimizer(schedule, recipe.weight_decay, proxies),
        loss=loss_of(recipe, phase.objective),
        jit_compile=_jit(),
    )
    pupil.optimizer.build(pupil.trainable_variables)  # made within a step, they would have TensorFlow trace it twice
    return Lesson(phase, pupil, network.outcome(cut), source, rows, order)


def _cut(network: Network, kept: int) -> Cut | None:
    """Return where to begin; None for the pictures, if there is no room for what layers say of so many of them."""
    return highest_cut(network.cuts, network.backbone.layers, kept, network.recipe.cache_limit)


def _tell_of_cut(network: Network, kept: int, cut: Cut | None, progress: Progress) -> None:
    """Note that frozen layers are asked anew in each epoch, where that could be had quicker."""
    if not network.cuts:
        progress.note(
            "frozen layers are asked anew in each epoch: the backbone holds a model within it, or calls a layer twice"
        )
        return
    best = highest_cut(network.cuts, network.backbone.layers, kept, sys.maxsize)
    if best is not None and best is not cut:
        progress.note(
            f"what frozen layers say of {count_of(kept, 'picture')} takes {megabytes(best, kept):,.0f} MB, and "
            f"--set cache_limit is {network.recipe.cache_limit:,}: they are asked anew, in part or whole, in each epoch"
        )


def _jit() -> bool | str:
    """TensorFlow's XLA takes longer on processors; JAX has nothing else, PyTorch's compiler is left alone."""
    return {"tensorflow": "auto" if is_on_gpu() else False, "jax": True}.get(back_end(), False)


def _reseed(model: Any, seed: int, epoch: int) -> None:
    """Make what layers draw, such as dropout, a function of the seed and the epoch."""
    for layer in leaves(model):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.array([seed, epoch], np.uint32))


def _where(lesson: Lesson, epoch: int) -> str:
    """Return in which epoch a network came to nothing, and what to do."""
    phase = lesson.phase
    lower = "--set warmup_rate" if phase.is_warm_up else "--rate"
    return (
        f"epoch {epoch + 1} ({phase.name}), at a learning rate of {phase.rate:g}: "
        f"give a lower {lower}, or --precision float32"
    )


def _make_watch(lesson: Lesson, epoch: int, progress: Progress) -> Any:
    """Return a callback of Keras that tells how far it is, and ends training where the loss is no number."""
    keras = import_keras()

    class Watch(keras.callbacks.Callback):  # type: ignore[name-defined,misc]  # Keras has no types
        """See `_make_watch`."""

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Look at the loss, the mean over the epoch so far."""
            loss = float((logs or {}).get("loss", math.nan))
            if not math.isfinite(loss):
                raise DivergedError(f"the loss is {loss} in batch {batch + 1} of {_where(lesson, epoch)}")
            progress.advance(lesson.order.size)

    return Watch()


def chosen_precision(recipe: Recipe) -> str:
    """Return what the backbone computes with while training: `auto` is what the machine is quickest with.

    float16 is not among these: its gradients need a scale of their own.
    """
    if recipe.precision != "auto":
        return recipe.precision
    import_keras()
    best = best_precision(back_end(), is_on_gpu())
    return best if best != "float16" else "float32"
