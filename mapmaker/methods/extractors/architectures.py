"""Published networks and files of weights -> Keras models that end before the classifier.

Keras has their architectures, preprocessing and ImageNet weights (keras.io/api/applications); this is the table of
those that we offer, and what is said when weights do not fit.
"""

import contextlib
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.errors import ModelError
from mapmaker.methods.extractors.back_end import import_keras

WAYS_OUT = (
    "give the weights with --weights FILE, a model of your own with --extractor model --model FILE.keras, "
    "features with --features FILE.npy, or use --extractor classic, which needs no network"
)
_UNFIT = (ValueError, TypeError, OSError, KeyError, UserWarning)
"""What Keras raises where a file and a network do not fit; a warning where the file fills a part of the layers."""


@dataclass(frozen=True)
class Architecture:
    """A published network: its name in keras.applications, the module there with its preprocessing, and the side of
    the square picture that it was trained on.
    """

    name: str
    module: str
    side: int

    def preprocess(self) -> Callable[[Any], Any]:
        """Return what Keras does to float32 RGB pixels, 0 to 255, before this network sees them."""
        preprocess: Callable[[Any], Any] = getattr(import_keras().applications, self.module).preprocess_input
        return preprocess

    def model(self, weights: Path | None) -> Any:
        """Return the network without its classifier, its last layer unpooled. ModelError if weights are not to be had.

        `weights`: a file in one of Keras' own layouts (.h5 or .weights.h5), with or without the classifier; None
        downloads ImageNet's.
        """
        make = getattr(import_keras().applications, self.name)
        if weights is None:
            return self._downloaded(make)
        check_file(weights)
        if not _is_hdf5(weights):
            raise ModelError(f"{weights} does not hold weights of {self.name}: it is no HDF5 file; {WAYS_OUT}")
        model = make(include_top=False, weights=None, input_shape=(self.side, self.side, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            try:
                model.load_weights(weights)
            except _UNFIT as headless:
                try:
                    whole = make(include_top=True, weights=None)
                    whole.load_weights(weights)
                    return _without_classifier(whole)
                except _UNFIT:
                    raise ModelError(
                        f"{weights} does not hold weights of {self.name}: {first_line(headless)}; give a file for "
                        f"this network in a layout of Keras, or the extractor that the file is for"
                    ) from headless
        return model

    def _downloaded(self, make: Callable[..., Any]) -> Any:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # where Keras shows how far the download is
                return make(include_top=False, weights="imagenet", input_shape=(self.side, self.side, 3))
        except Exception as error:
            raise ModelError(
                f"{self.name}'s weights could not be downloaded ({first_line(error)}): {WAYS_OUT}"
            ) from error


def _is_hdf5(file: Path) -> bool:
    import h5py

    return bool(h5py.is_hdf5(file))


def check_file(weights: Path | None) -> None:
    """Raise ModelError for a file of weights that is not there."""
    if weights is not None and not weights.is_file():
        raise ModelError(f"no weights file {weights}; {WAYS_OUT}")


def _without_classifier(whole: Any) -> Any:
    """Return what comes before a network's last pooling, which its classifier begins with."""
    *_, pooling = (layer for layer in whole.layers if type(layer).__name__ in ("GlobalAveragePooling2D", "Flatten"))
    return import_keras().Model(whole.input, pooling.input)


def first_line(error: Exception) -> str:
    """Return the first line of what Keras says, which often goes on for a page."""
    return next((line.strip(" .") for line in str(error).splitlines() if line.strip(" .")), type(error).__name__)


INCEPTION_V3 = Architecture("InceptionV3", "inception_v3", 299)
VGG16 = Architecture("VGG16", "vgg16", 224)
VGG19 = Architecture("VGG19", "vgg19", 224)
RESNET50 = Architecture("ResNet50", "resnet", 224)
NASNET_LARGE = Architecture("NASNetLarge", "nasnet", 331)
