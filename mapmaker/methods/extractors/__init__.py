"""Extractors: pictures in, numbers out, so that pictures that look alike get numbers that are close.

An extractor works in two steps. Its `preparation` sees one picture and runs wherever decoders run; calling the
extractor sees a whole batch of what that returned, and runs in the driver, beside the network.
"""

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
        """How many pictures a call takes at once."""

    def preparation(self) -> Preparation:
        """Return what to do to each picture first."""

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return (batch, d) float32 for `batch` prepared pictures, stacked."""


def check_batch(batch: int) -> None:
    """Raise OptionError unless a batch holds pictures."""
    if batch < 1:
        raise OptionError(f"features.batch = {batch} is below 1")


def _inception_v3() -> type:
    from mapmaker.methods.extractors.networks import InceptionV3

    return InceptionV3


def _model() -> type:
    from mapmaker.methods.extractors.networks import KerasModel

    return KerasModel


def _classic() -> type:
    from mapmaker.methods.extractors.classic import Classic

    return Classic


EXTRACTORS: Methods = {"inception_v3": _inception_v3, "model": _model, "classic": _classic}
