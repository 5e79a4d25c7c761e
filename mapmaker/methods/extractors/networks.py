"""Networks through Keras: InceptionV3 as published, and any Keras model of the user's own.

Pictures reach a network as float32 RGB, 0 to 255, stretched to its input size; its own preprocessing follows. A
batch always has the same size, for sums in another order would be other bits: the last is padded by the caller.
"""

import contextlib
import functools
import os
import sys
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker.errors import MissingExtra, ModelError
from mapmaker.methods.extractors import check_batch
from mapmaker.model import Floats

STDERR = 2
WAYS_OUT = (
    "give the weights with --weights FILE, a model of your own with --extractor model --model FILE.keras, "
    "features with --features FILE.npy, or use --extractor classic, which needs no network"
)


@dataclass(frozen=True)
class InceptionV3:
    """InceptionV3's penultimate layer: 2048 numbers, average-pooled, ImageNet weights.

    Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture", CVPR 2016. `weights`: a file
    in one of Keras' own layouts (.h5 or .weights.h5, with or without the classifier), else they are downloaded.
    """

    version: ClassVar[int] = 1
    weights: Path | None = None
    batch: int = 32

    def __post_init__(self) -> None:
        check_batch(self.batch)

    def preparation(self) -> "Scaling":
        """Return the scaling to 299 x 299; ModelError here, early, if there are no weights to be had."""
        _inception_v3(self.weights)
        return Scaling((299, 299))

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return (n, 2048)."""
        preprocess = _import_keras().applications.inception_v3.preprocess_input
        pixels = preprocess(prepared.astype(np.float32))
        return np.asarray(_inception_v3(self.weights).predict_on_batch(pixels), np.float32)


@dataclass(frozen=True)
class KerasModel:
    """Any Keras model (.keras) with one RGB picture as input; its preprocessing must be part of it.

    An output with a place for each position in the picture is averaged over them. The file is loaded in safe
    mode: code in it is refused. `size`: side of the square picture for a model that takes any.
    """

    version: ClassVar[int] = 1
    model: Path | None = None
    size: int = 224
    batch: int = 32

    def __post_init__(self) -> None:
        check_batch(self.batch)
        if self.model is None:
            raise ValueError("model: give the file with --model FILE.keras")
        if not 1 <= self.size <= 4096:
            raise ValueError(f"size = {self.size} is not between 1 and 4096")

    def preparation(self) -> "Scaling":
        """Return the scaling to the model's input; ModelError here, early, if the model will not do."""
        _, height, width, _ = _keras_model(self.model).input_shape
        return Scaling((width or self.size, height or self.size))

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return (n, d), d as the model has it."""
        values = np.asarray(_keras_model(self.model).predict_on_batch(prepared.astype(np.float32)))
        if values.ndim == 4:
            values = values.mean(axis=(1, 2))
        return values.reshape(len(values), -1).astype(np.float32)


@dataclass(frozen=True)
class Scaling:
    """A picture stretched to `size`, (height, width, 3) uint8."""

    size: tuple[int, int]

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        return np.asarray(image.resize(self.size, Image.Resampling.BICUBIC, reducing_gap=3.0))


def _import_keras() -> Any:
    """Return Keras with whatever back end it is set to; without one, MissingExtra."""
    try:
        with _native_lines_muted():
            import keras
    except ImportError as error:
        raise MissingExtra("a network", "tensorflow") from error
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


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """Return what tells a file from another in its place: a network held in memory is that of one file."""
    if file is None or not file.is_file():
        return None
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _inception_v3(weights: Path | None) -> Any:
    return _loaded_inception_v3(weights, _stamp(weights))


@functools.lru_cache(maxsize=1)
def _loaded_inception_v3(weights: Path | None, stamp: object) -> Any:  # noqa: ARG001 - tells apart
    """Return the network, average-pooled, without its classifier."""
    network = _import_keras().applications.InceptionV3
    if weights is None:
        return _downloaded(network)
    if not weights.is_file():
        raise ModelError(f"no weights file {weights}; {WAYS_OUT}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras only warns where a file fills a part of the layers
        try:
            return network(include_top=False, pooling="avg", weights=str(weights))
        except (ValueError, OSError, KeyError, UserWarning) as headless:
            try:
                return _without_classifier(network(include_top=True, weights=str(weights)))
            except (ValueError, OSError, KeyError, UserWarning):
                reason = _first_line(headless)
                raise ModelError(f"{weights} does not hold weights of InceptionV3: {reason}") from headless


def _downloaded(network: Any) -> Any:
    try:
        with contextlib.redirect_stdout(sys.stderr):  # where Keras shows how far the download is
            return network(include_top=False, pooling="avg", weights="imagenet")
    except Exception as error:
        reason = _first_line(error)
        raise ModelError(f"InceptionV3's weights could not be downloaded ({reason}): {WAYS_OUT}") from error


def _without_classifier(model: Any) -> Any:
    return _import_keras().Model(model.input, model.get_layer("avg_pool").output)


def _keras_model(file: Path | None) -> Any:
    assert file is not None  # `KerasModel` sees to it
    return _loaded_model(file, _stamp(file))


@functools.lru_cache(maxsize=1)
def _loaded_model(file: Path, stamp: object) -> Any:  # noqa: ARG001 - tells apart
    """Return the model in `file`; ModelError unless its one input is a picture of three channels."""
    if not file.is_file():
        raise ModelError(f"no model file {file}; give one with --model FILE.keras")
    if file.suffix != ".keras":
        raise ModelError(f"{file} is not a .keras file; save the model with model.save('NAME.keras')")
    try:
        model = _import_keras().saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} cannot be loaded as a Keras model: {_first_line(error)}") from error
    if not getattr(model, "inputs", None):
        raise ModelError(f"{file} holds no model with an input; build it, by calling it once, before saving")
    shapes = [tuple(tensor.shape) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 3:
        raise ModelError(f"{file} takes {shapes}, not one picture (None, height, width, 3)")
    if len(model.outputs) != 1 or len(model.outputs[0].shape) not in (2, 4):
        found = [tuple(tensor.shape) for tensor in model.outputs]
        raise ModelError(f"{file} returns {found}, not one output (None, d) or (None, height, width, d)")
    return model


def _first_line(error: Exception) -> str:
    """Return the first line of what Keras says, which often goes on for a page."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
