"""An extractor that takes its time, so that a test can do something meanwhile, and needs no heavy package."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class SlowWeights:
    """Pixels times a file of weights, in float32; a pause before each batch."""

    version: ClassVar[int] = 1
    weights: Path = Path("weights.npy")
    pause: float = 0.2
    batch: int = 4

    def preparation(self) -> "Pixels":
        """See `Extractor`."""
        return Pixels()

    def __call__(self, prepared: NDArray[Any]) -> NDArray[np.float32]:
        """See `Extractor`."""
        time.sleep(self.pause)
        values: NDArray[np.float32] = prepared.reshape(self.batch, -1) @ np.load(self.weights)
        return values


@dataclass(frozen=True)
class Pixels:
    """A picture's pixels, between 0 and 1."""

    size: tuple[int, int] = (32, 48)

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        return np.asarray(image.resize(self.size), np.float32) / 255
