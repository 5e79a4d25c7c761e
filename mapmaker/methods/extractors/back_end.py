"""A Keras model in, its quickest call out, on whatever back end Keras has and every device that this has.

Pictures go in as uint8, numbers come out as float32; what lies between is one compiled function, for Keras' own
`predict_on_batch` knows one device only and leaves preprocessing to NumPy.
"""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import MissingExtra
from mapmaker.methods.extractors.machine import back_end
from mapmaker.model import Floats

STDERR = 2

Look = Callable[[Any, Callable[[Any], Any]], Any]
"""What is done with pictures and the model: (tensor of pictures, model) to (n, d) tensor."""
Launch = Callable[[NDArray[Any]], Any]
"""Begins with pictures, and returns a tensor that may not be done yet."""


def import_keras() -> Any:
    """Return Keras with whatever back end it is set to; without one, MissingExtra."""
    name = back_end()
    try:
        with _native_lines_muted():
            import keras
    except ImportError as error:
        raise MissingExtra("a network" if name == "tensorflow" else f"a network on {name}", name) from error
    return keras


@contextlib.contextmanager
def _native_lines_muted() -> Iterator[None]:
    """Mute what TensorFlow writes past Python while it starts (it found no CUDA), before any setting is read.

    Errors are exceptions and come through.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:  # a process without a terminal at all
        yield
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Meanwhile, let Python not look for garbage: of the million objects of a back end and a network, all stay.

    Nor does it look at any of them afterwards, a third of a second each time, until `gc.unfreeze` is called.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


class Network:
    """A model on each of the devices, asked with as many pictures at once as there are; each device sees its share."""

    def __init__(self, load: Callable[[], Any], look: Look, devices: Sequence[str] | None = None) -> None:
        """`load` returns the model, and is called once a device; `devices`: their names, all there are if None."""
        keras = import_keras()
        self._fetched = keras.ops.convert_to_numpy  # which waits until all is done
        names = devices_in_use() if devices is None else devices
        # A single device is left to the back end, which knows it without being told.
        self._places = [contextlib.nullcontext] if len(names) < 2 else [_place(keras, name) for name in names]
        self._launches: list[Launch] = []
        self._compiled: set[int] = set()
        """Numbers of pictures: the first call with one compiles."""
        for place in self._places:
            with place():
                model = load()
                self._launches.append(_LAUNCHES[back_end()](model, look))
        _, *self._sides, _ = model.input_shape

    @property
    def devices(self) -> int:
        """How many work on each batch."""
        return len(self._launches)

    @property
    def sides(self) -> tuple[int | None, int | None]:
        """(height, width) of the pictures it takes, None for any."""
        height, width = self._sides
        return height, width

    def __call__(self, pictures: NDArray[Any]) -> Floats:
        """Return (n, d) float32 for (n, height, width, 3) uint8. Raises what the back end raises."""
        share = -(-len(pictures) // self.devices)
        lacking = share * self.devices - len(pictures)
        whole = np.concatenate([pictures, pictures[-1:].repeat(lacking, axis=0)]) if lacking else pictures
        begun = []
        with contextlib.nullcontext() if share in self._compiled else uncollected():
            for index, (place, launch) in enumerate(zip(self._places, self._launches, strict=True)):
                with place():
                    begun.append(launch(whole[index * share : (index + 1) * share]))
        self._compiled.add(share)
        found = [np.asarray(self._fetched(values), np.float32) for values in begun]
        return found[0] if len(found) == 1 else np.concatenate(found)[: len(pictures)]


def _place(keras: Any, name: str) -> Callable[[], Any]:
    return lambda: keras.device(name)


def devices_in_use() -> list[str]:
    """Return Keras' names of the devices that the back end would use: its accelerators, else the processor."""
    if back_end() == "tensorflow":
        import tensorflow

        kinds = (tensorflow.config.list_logical_devices(kind) for kind in ("GPU", "CPU"))
        return [f"{device.device_type}:{index}".lower() for index, device in enumerate(next(filter(None, kinds)))]
    if back_end() == "jax":
        import jax

        return [f"{device.platform}:{device.id}" for device in jax.local_devices()]
    import torch

    if torch.cuda.is_available():
        return [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu:0"]


def is_on_gpu() -> bool:
    """Return whether the back end, which must be there, uses a GPU."""
    import_keras()
    return not devices_in_use()[0].startswith("cpu")


def _tensorflow(model: Any, look: Look) -> Launch:
    import tensorflow

    def call(pictures: Any) -> Any:
        return look(pictures, lambda ready: model(ready, training=False))

    compiled = tensorflow.function(call, autograph=False)
    return lambda pictures: compiled(tensorflow.convert_to_tensor(pictures))


def _jax(model: Any, look: Look) -> Launch:
    """Weights are handed over with each call: compiled in, they would be folded and held twice."""
    import jax

    def call(trained: Any, others: Any, pictures: Any) -> Any:
        return look(pictures, lambda ready: model.stateless_call(trained, others, ready, training=False)[0])

    compiled = jax.jit(call)
    weights = [
        [variable.value for variable in kind] for kind in (model.trainable_variables, model.non_trainable_variables)
    ]
    return lambda pictures: compiled(*weights, pictures)


def _torch(model: Any, look: Look) -> Launch:
    import keras
    import torch

    def call(pictures: NDArray[Any]) -> Any:
        with torch.inference_mode():
            tensor = keras.ops.convert_to_tensor(np.require(pictures, requirements=["C", "W"]))
            return look(tensor, lambda ready: model(ready, training=False))

    return call


_LAUNCHES = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
