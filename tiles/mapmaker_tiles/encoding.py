"""Pixels of a tile -> the bytes of its file."""

import io
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from mapmaker_tiles.errors import TileError

Format = Literal["webp", "avif", "jpeg"]

_EXTENSION = {"webp": "webp", "avif": "avif", "jpeg": "jpg"}
_ALIKE = {"webp": (75, 60, 22), "avif": (67, 64, 58), "jpeg": (84, 82, 74)}
"""Qualities at which formats look alike by SSIM: of the deepest zoom, above it, and of specks; see docs/tiles.md."""
_SPECKS = 5
"""Zooms above the deepest from which on posters, a thirty-second of their width and less, are specks of colour."""
_SPECKS_METHOD = 5


@dataclass(frozen=True)
class Encoding:
    """How tiles are written. The same pixels give the same bytes with the same libraries.

    format: "webp" and "avif" keep transparency; "jpeg" lays the tile on `background`.
    quality: 1 to 100, on the format's own scale; None for 75 of WebP, 67 of AVIF or 84 of JPEG, which look alike.
    overview_quality: the same for zooms above the deepest, where posters are small and a lower quality shows as
        little; None for 60, 64 or 82, from the fifth on for 22, 58 or 74, but never above `quality`.
    method: effort, 0 (fast) to 6 (small). Of WebP its own scale, and 5 or more for the few tiles of specks, which a
        visitor loads first; AVIF's speed is 10 less this, at 0 and 1 alike; no effect on jpeg.
    lossless: WebP without loss, for pixel art and tests; several times the size.
    background: (red, green, blue), 0 to 255, behind jpeg tiles.

    Raises TileError for values out of range, and for "avif" where Pillow was built without it.
    """

    format: Format = "webp"
    quality: int | None = None
    method: int = 2
    lossless: bool = False
    background: tuple[int, int, int] = (255, 255, 255)
    overview_quality: int | None = None

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise TileError(f"format must be one of {', '.join(get_args(Format))}, got {self.format!r}")
        if self.format == "avif" and not features.check("avif"):
            raise TileError("format avif needs a Pillow that writes AVIF, and this one does not; choose webp")
        for name in ("quality", "overview_quality"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= 100:
                raise TileError(f"{name} must be 1 to 100, got {value!r}")
        if not 0 <= self.method <= 6:
            raise TileError(f"method must be 0 to 6, got {self.method!r}")
        if self.lossless and self.format != "webp":
            raise TileError(f"lossless needs format webp, got {self.format}")
        if len(self.background) != 3 or not all(0 <= value <= 255 for value in self.background):
            raise TileError(f"background must be three values of 0 to 255, got {self.background!r}")

    @property
    def extension(self) -> str:
        """Of the tile files, without the dot."""
        return _EXTENSION[self.format]

    def quality_at(self, above: int) -> int:
        """The quality of tiles so many zooms above the deepest."""
        deepest, overview, specks = _ALIKE[self.format]
        quality = deepest if self.quality is None else self.quality
        if above == 0:
            return quality
        if self.overview_quality is not None:
            return self.overview_quality
        return min(overview if above < _SPECKS else specks, quality)

    def method_at(self, above: int) -> int:
        """The effort for tiles so many zooms above the deepest."""
        return max(self.method, _SPECKS_METHOD) if self.format == "webp" and above >= _SPECKS else self.method

    def encode(self, pixels: NDArray[np.uint8], above: int = 0) -> bytes:
        """The file for pixels (height, width, 4), red, green, blue, alpha; not premultiplied.

        above: zooms between the tile's and the deepest.
        """
        pixels = np.ascontiguousarray(pixels)
        opaque = pixels[..., 3].min() == 255
        # Pillow takes both as they lie, and of RGBX looks at no alpha.
        mode = "RGBX" if opaque else "RGBA"
        image = Image.frombuffer(mode, pixels.shape[1::-1], pixels, "raw", mode, 0, 1)
        if opaque and self.format != "webp":
            image = image.convert("RGB")
        if self.format == "jpeg":
            image = self._on_background(image)
        out = io.BytesIO()
        image.save(out, self.format, quality=self.quality_at(above), **self._effort(above))
        return out.getvalue()

    def _effort(self, above: int) -> dict[str, Any]:
        """What Pillow is to know besides the quality."""
        if self.format == "webp":
            return {"method": self.method_at(above), "lossless": self.lossless}
        if self.format == "avif":
            # One thread: tiles are spread over processes already. 4:2:0 is what every decoder of AVIF must know.
            return {"speed": 10 - self.method, "subsampling": "4:2:0", "max_threads": 1}
        return {"optimize": True}

    def _on_background(self, image: Image.Image) -> Image.Image:
        if image.mode == "RGB":
            return image
        ground = Image.new("RGB", image.size, self.background)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
