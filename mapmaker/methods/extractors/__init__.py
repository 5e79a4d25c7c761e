"""Extractors: pictures in, numbers out, so that pictures that look alike get numbers that are close.

An extractor works in two steps. Its `preparation` sees one picture and runs wherever decoders run; calling the
extractor sees a whole batch of what that returned, and runs in the driver, beside the network.
"""

import importlib
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray
from PIL.Image import Image

from mapmaker.errors import OptionError
from mapmaker.model import Floats
from mapmaker.options import Methods


class Preparation(Protocol):
    """What is done to a picture before it meets the network; small and picklable."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) that it scales to; a decoder may stop at a small multiple of it."""

    def __call__(self, image: Image) -> NDArray[Any]:
        """Return what the network needs of an upright RGB picture; always of the same shape."""


class Extractor(Protocol):
    """What every extractor offers. `version` goes up when its numbers change."""

    version: ClassVar[int]

    @property
    def batch(self) -> int:
        """How many pictures a call takes at once; 0 until that is settled (`settling`)."""

    def preparation(self) -> Preparation:
        """Return what to do to each picture first."""

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return (batch, d) float32 for `batch` prepared pictures, stacked."""


def check_batch(batch: int) -> None:
    """Raise OptionError unless a batch holds pictures."""
    if batch < 1:
        raise OptionError(f"features.batch = {batch} is below 1")


def _class(module: str, name: str) -> Callable[[], type]:
    """Return what finds the class `name` in a module of this folder, and imports it only then."""

    def find() -> type:
        found: type = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return found

    return find


EXTRACTORS: Methods = {
    "inception_v3": _class("networks", "InceptionV3"),
    "vgg16": _class("networks", "Vgg16"),
    "vgg19": _class("networks", "Vgg19"),
    "resnet50": _class("networks", "ResNet50"),
    "nasnet_large": _class("networks", "NasNetLarge"),
    "model": _class("networks", "KerasModel"),
    "blend": _class("networks", "Blend"),
    "classic": _class("classic", "Classic"),
}
