"""`classic`: shapes and colours as they were described before networks; needs no download and no back end.

Oriented gradients say where edges run (Dalal and Triggs, "Histograms of Oriented Gradients for Human
Detection", CVPR 2005); mean Lab colours of a coarse raster say where which colour lies.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker.methods.extractors import check_batch
from mapmaker.model import Floats

PICTURE = (128, 192)
CELL = 16
COLOUR_RASTER = (4, 6)
LAB_RANGE = 100.0


@dataclass(frozen=True)
class Classic:
    """Gradients and a colour layout, as one unit vector of gradients and `colour` times one of colours.

    `colour`: how much colour counts against shape; 0 ignores it, 1 lets both count alike.
    """

    version: ClassVar[int] = 1
    colour: float = 0.3
    batch: int = 64

    def __post_init__(self) -> None:
        check_batch(self.batch)
        if not 0 <= self.colour <= 10:
            raise ValueError(f"colour = {self.colour} is not between 0 and 10")

    def preparation(self) -> "Description":
        """Return what does all the work: it runs where decoders run."""
        return Description(self.colour)

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """Return the descriptions as they are."""
        return np.asarray(prepared, np.float32)


@dataclass(frozen=True)
class Description:
    """A picture's gradients and colours, (d,) float32."""

    colour: float
    size: tuple[int, int] = PICTURE

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        from skimage.color import rgb2lab
        from skimage.feature import hog

        scaled = image.resize(self.size, Image.Resampling.BILINEAR, reducing_gap=3.0)
        grey = np.asarray(scaled.convert("L"), np.float32) / 255
        gradients = hog(grey, 9, (CELL, CELL), (2, 2), block_norm="L2-Hys", feature_vector=True)
        raster = np.asarray(scaled.resize(COLOUR_RASTER, Image.Resampling.BOX), np.float32) / 255
        colours = rgb2lab(raster).ravel() / LAB_RANGE
        return np.concatenate([_unit(gradients), self.colour * _unit(colours)]).astype(np.float32)


def _unit(vector: NDArray[Any]) -> NDArray[Any]:
    """Return `vector` at length 1; zeros stay zeros."""
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector
