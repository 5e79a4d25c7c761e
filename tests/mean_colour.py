"""Methods of a stranger's, used as `mean_colour:MeanColour`: what anyone else may write, and what is refused."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class MeanColour:
    """An extractor that sees a picture's mean colour and nothing else: the baseline that shapes must beat."""

    version: ClassVar[int] = 1
    batch: int = 16

    def preparation(self) -> "Mean":
        """See `Extractor`."""
        return Mean()

    def __call__(self, prepared: NDArray[Any]) -> NDArray[np.float32]:
        """See `Extractor`."""
        return np.asarray(prepared, np.float32)


@dataclass(frozen=True)
class Mean:
    """A picture's mean colour."""

    size: tuple[int, int] = (32, 48)

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        mean: NDArray[Any] = np.asarray(image, np.float32).mean(axis=(0, 1))
        return mean / 255


@dataclass(frozen=True)
class Dying(MeanColour):
    """An extractor whose worker does not come back."""

    def preparation(self) -> "Mean":
        """See `Extractor`."""
        return Death()


@dataclass(frozen=True)
class Death(Mean):
    """Ends the process, as the kernel does with one that takes too much memory."""

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """Never return, in a worker: the tests' own process goes on."""
        if "pytest" not in sys.modules:
            os._exit(9)
        return super().__call__(image)


class NoDataclass:
    """A method must be a frozen dataclass; this is none."""


@dataclass(frozen=True)
class Weighted(MeanColour):
    """The same, each channel times a number from a file: the smallest network there is."""

    weights: Path | None = None

    def __call__(self, prepared: NDArray[Any]) -> NDArray[np.float32]:
        """See `Extractor`."""
        assert self.weights is not None
        return super().__call__(prepared) * np.loadtxt(self.weights, np.float32)
