"""Frozen layers -> what they say of all posters, once, in a file: later epochs begin there.

A cut is a place that everything above it hangs on alone. Where pictures are never changed and all below the cut is
frozen, what comes through the cut is the same in each epoch.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.pixels import Pictures
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.progress import Progress

MEGABYTE = 1_000_000


@dataclass(frozen=True, eq=False)
class Cut:
    """What the layer at `position` of a model says: Keras' symbolic tensor."""

    position: int
    output: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what one picture makes there."""
        return tuple(self.output.shape[1:])


def cuts_of(model: Any) -> list[Cut]:
    """Return all cuts of a functional model, from the bottom; none for one that calls a layer more than once.

    To be asked before parts of the model are made models of their own: then layers have several outputs.
    """
    layers = model.layers
    try:
        made = {id(layer.output): position for position, layer in enumerate(layers)}
        taken = {position: [made[id(one)] for one in _tensors(layer.input)] for position, layer in enumerate(layers)}
    except (AttributeError, KeyError):
        return []
    found, open_until = [], 0
    last_use = {from_: position for position, sources in taken.items() for from_ in sources}  # the last one stays
    for position, layer in enumerate(layers):
        is_one = not isinstance(layer.output, list | tuple | dict)
        if open_until <= position and is_one and position and None not in layer.output.shape[1:]:
            found.append(Cut(position, layer.output))
        open_until = max(open_until, last_use.get(position, len(layers)))
    return found


def _tensors(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def highest_cut(cuts: list[Cut], layers: list[Any], posters: int, limit: int) -> Cut | None:
    """Return the highest cut with nothing but frozen layers below, None if there is none to use.

    `limit`: megabytes that its values for so many posters may take; a lower cut may take less.
    """
    end = next((position for position, layer in enumerate(layers) if layer.trainable_weights), len(layers))
    fits = [
        cut
        for cut in cuts
        if cut.position < end and 4 * posters * math.prod(cut.shape) <= limit * MEGABYTE
        if any(layer.weights for layer in layers[: cut.position + 1])
    ]
    return fits[-1] if fits else None


def computed(below: Any, pictures: Pictures, file: Path, batch: int, progress: Progress) -> NDArray[np.float32]:
    """Return what the model `below` says of all pictures, (n, ...), from the `file` that it is written to.

    It has no name any more once it is open where the system allows that, so that nothing is left of it.
    """
    keras = import_keras()
    stored = np.memmap(file, np.float32, "w+", shape=(len(pictures), *below.output_shape[1:]))
    progress.expect(len(pictures), "posters")
    for start in range(0, len(pictures), batch):
        rows = np.arange(start, min(start + batch, len(pictures)))
        padded = np.resize(rows, batch)  # always the same size: sums in another order would be other bits
        values = below.predict_on_batch(pictures[padded])
        stored[rows] = np.asarray(keras.ops.convert_to_numpy(values), np.float32)[: len(rows)]
        progress.advance(len(rows))
    return stored
