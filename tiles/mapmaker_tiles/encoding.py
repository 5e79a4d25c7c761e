"""Pixels of a tile -> the bytes of its file."""

import io
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles.errors import TileError

Format = Literal["webp", "jpeg"]


@dataclass(frozen=True)
class Encoding:
    """How tiles are written. The same pixels give the same bytes with the same libraries.

    format: "webp" keeps transparency; "jpeg" lays the tile on `background`.
    quality: 1 to 100; below 60 small print suffers, above 85 files grow faster than it shows.
    method: WebP's effort, 0 (fast) to 6 (small); no effect on jpeg.
    lossless: WebP without loss, for pixel art and tests; several times the size.
    background: (red, green, blue), 0 to 255, behind jpeg tiles.
    """

    format: Format = "webp"
    quality: int = 75
    method: int = 4
    lossless: bool = False
    background: tuple[int, int, int] = (255, 255, 255)

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise TileError(f"format must be one of {', '.join(get_args(Format))}, got {self.format!r}")
        if not 1 <= self.quality <= 100:
            raise TileError(f"quality must be 1 to 100, got {self.quality!r}")
        if not 0 <= self.method <= 6:
            raise TileError(f"method must be 0 to 6, got {self.method!r}")
        if self.lossless and self.format != "webp":
            raise TileError("lossless needs format webp, got jpeg")
        if len(self.background) != 3 or not all(0 <= value <= 255 for value in self.background):
            raise TileError(f"background must be three values of 0 to 255, got {self.background!r}")

    @property
    def extension(self) -> str:
        """Of the tile files, without the dot."""
        return {"webp": "webp", "jpeg": "jpg"}[self.format]

    def encode(self, pixels: NDArray[np.uint8], above: int = 0) -> bytes:  # noqa: ARG002 - all zooms alike, so far
        """The file for pixels (height, width, 4), red, green, blue, alpha; not premultiplied.

        above: zooms between the tile's and the deepest.
        """
        image = Image.fromarray(np.ascontiguousarray(pixels))
        if (pixels[..., 3] == 255).all():
            image = image.convert("RGB")
        out = io.BytesIO()
        if self.format == "jpeg":
            self._on_background(image).save(out, "JPEG", quality=self.quality, optimize=True)
        else:
            image.save(out, "WEBP", quality=self.quality, method=self.method, lossless=self.lossless)
        return out.getvalue()

    def _on_background(self, image: Image.Image) -> Image.Image:
        if image.mode == "RGB":
            return image
        ground = Image.new("RGB", image.size, self.background)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
