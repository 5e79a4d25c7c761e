"""Frozen layers -> what they say of all posters, once, in a file: later epochs begin there.

A cut is a place that everything above it hangs on alone. Where all below is frozen, what comes through it of the same
picture is the same in each epoch: of each poster, or of some augmented versions of it.
"""

import contextlib
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import OutputError
from mapmaker.learn.augmentation import Augmented
from mapmaker.learn.dataset import Rows
from mapmaker.methods.extractors.back_end import import_keras
from mapmaker.progress import Progress

MEGABYTE = 1_000_000
BATCH = 32


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
        if cut.position < end and megabytes(cut, posters) <= limit
        if any(layer.weights for layer in layers[: cut.position + 1])
    ]
    return fits[-1] if fits else None


def megabytes(cut: Cut, posters: int) -> float:
    """Return what its values for so many posters take."""
    return 4 * posters * math.prod(cut.shape) / MEGABYTE


@dataclass(frozen=True, eq=False)
class Kept:
    """What comes through a cut of versions of posters: a source of what is shown to what lies above.

    `values`: (m, ...). `places`: (versions, posters), where in `values` each is, -1 where it is not kept.
    """

    values: NDArray[np.float32]
    places: Rows
    seed: int

    def shown(self, rows: Rows, epoch: int) -> NDArray[np.float32]:
        """Return one version of each poster, drawn from the seed, the epoch and its row alone."""
        versions, posters = self.places.shape
        drawn = np.random.default_rng([self.seed, epoch, 2]).integers(versions, size=(posters,))
        return np.asarray(self.values[self.places[drawn[rows], rows]])

    def plain(self, rows: Rows) -> NDArray[np.float32]:
        """Return the posters unchanged."""
        return np.asarray(self.values[self.places[0, rows]])


def computed(
    below: Any, pictures: Augmented, rows: tuple[Rows, Rows], versions: int, file: Path, progress: Progress
) -> Kept:
    """Return what the model `below` says of `versions` of each poster to train on, the first unchanged, and of val's.

    `rows`: of both. What is said is written to `file`, which is mapped into memory. OutputError where the disk is full.
    """
    ops = import_keras().ops
    wanted = [(0, np.concatenate(rows)), *((version, rows[0]) for version in range(1, versions))]
    count = sum(len(some) for _, some in wanted)
    values = _room(file, (count, *below.output_shape[1:]))
    places = np.full((versions, len(pictures)), -1, np.intp)
    progress.expect(count, "posters")
    done = 0
    for version, posters in wanted:
        for start in range(0, len(posters), BATCH):
            some = posters[start : start + BATCH]
            padded = np.resize(some, BATCH)  # always the same size: sums in another order would be other bits
            said = below.predict_on_batch(pictures.shown(padded, version) if version else pictures.plain(padded))
            values[done : done + len(some)] = np.asarray(ops.convert_to_numpy(said), np.float32)[: len(some)]
            places[version, some] = np.arange(done, done + len(some))
            done += len(some)
            progress.advance(len(some))
    return Kept(values, places, pictures.seed)


def _room(file: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an array in a file that is gone once nobody has the array: a run that is killed leaves nothing."""
    count = 4 * math.prod(shape)
    try:
        with file.open("wb") as stream:
            # A file with holes would be made on a full disk, too, and writing to it then ends the process.
            os.posix_fallocate(stream.fileno(), 0, count) if hasattr(os, "posix_fallocate") else stream.truncate(count)
        values = np.memmap(file, np.float32, "r+", shape=shape)
    except OSError as error:
        raise OutputError(
            f"cannot write {file}, {count / MEGABYTE:,.0f} MB of what frozen layers say: {error.strerror or error}; "
            "give a lower --set cache_limit=MB, or another --out"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # not while it is open, on Windows
            file.unlink()
    return values
