"""Shapes -> pixels, on a sheet larger than the poster so that its edges come out smooth.

Poster coordinates: x runs from 0 to 1 across the sheet and y from 0 to 1.5 down it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from PIL import Image, ImageChops, ImageDraw

from mapmaker.sources.demo.curves import Point
from mapmaker.sources.demo.palettes import Color, Palette

HEIGHT = 1.5
"""Of a sheet that is 1 wide."""
_OVERSAMPLING = 3
_GRAIN = 4
"""How far the paper's grain moves a pixel's brightness at most, of 255."""


class Sheet:
    """A poster in the making: its pixels, its colours, and the dice that vary it."""

    def __init__(self, width: int, palette: Palette, rng: Random) -> None:
        self.palette = palette
        self.rng = rng
        self.scale = width * _OVERSAMPLING
        size = (self.scale, round(self.scale * HEIGHT))
        self.image = Image.new("RGB", size, palette.ground)
        self._pen = ImageDraw.Draw(self.image)

    def near(self, value: float, spread: float) -> float:
        """Return `value`, off by at most `spread`."""
        return value + self.rng.uniform(-spread, spread)

    def polygon(self, points: Sequence[Point], ink: Color) -> None:
        """Fill the area between these corners."""
        self._pen.polygon([self._pixel(point) for point in points], fill=ink)

    def box(self, left: float, top: float, right: float, bottom: float, ink: Color) -> None:
        """Fill an upright rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], ink)

    def disc(self, x: float, y: float, radius: float, ink: Color) -> None:
        """Fill the circle about (x, y)."""
        self.oval(x, y, radius, radius, ink)

    def oval(self, x: float, y: float, across: float, down: float, ink: Color) -> None:
        """Fill the ellipse about (x, y) with these half axes."""
        corners = [self._pixel((x - across, y - down)), self._pixel((x + across, y + down))]
        self._pen.ellipse(corners, fill=ink)

    def stroke(self, points: Sequence[Point], width: float, ink: Color) -> None:
        """Draw a line with round joints and ends."""
        pixels = [self._pixel(point) for point in points]
        self._pen.line(pixels, fill=ink, width=max(1, round(width * self.scale)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, ink)

    def fade(self, top: float, bottom: float, upper: Color, lower: Color) -> None:
        """Fill the sheet's full width between two heights, from one colour to the other."""
        (_, first), (_, last) = self._pixel((0, top)), self._pixel((0, bottom))
        size = (self.image.width, max(1, round(last) - round(first)))
        mask = Image.linear_gradient("L").resize(size)
        band = Image.composite(Image.new("RGB", size, lower), Image.new("RGB", size, upper), mask)
        self.image.paste(band, (0, round(first)))

    @contextmanager
    def within(self, outline: Sequence[Point]) -> Iterator[None]:
        """Keep of what is drawn meanwhile only what falls inside `outline`."""
        before = self.image.copy()
        yield
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([self._pixel(point) for point in outline], fill=255)
        self.image.paste(before, mask=ImageChops.invert(mask))

    def mirror(self) -> None:
        """Turn the sheet left to right."""
        self.image.paste(self.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))

    def stamp(self, mask: Image.Image, left: float, top: float, ink: Color) -> None:
        """Press `mask`, already at the sheet's scale, onto it in one colour."""
        x, y = self._pixel((left, top))
        self.image.paste(ink, (round(x), round(y)), mask)

    def brightness(self, left: float, top: float, right: float, bottom: float) -> float:
        """Return the mean brightness of a box of the sheet, 0 to 255."""
        (x0, y0), (x1, y1) = self._pixel((left, top)), self._pixel((right, bottom))
        crop = self.image.crop((round(x0), round(y0), round(x1), round(y1)))
        level = crop.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        assert isinstance(level, int | float)
        return float(level)

    def print(self, size: tuple[int, int]) -> Image.Image:
        """Return the finished poster in `size` pixels, with a little grain."""
        small = self.image.resize(size, Image.Resampling.BOX)
        noise = Image.frombytes("L", size, self.rng.randbytes(size[0] * size[1]))
        grain = noise.point(lambda level: level * 2 * _GRAIN // 255)
        return ImageChops.add(small, Image.merge("RGB", (grain, grain, grain)), offset=-_GRAIN)

    def _pixel(self, point: Point) -> tuple[float, float]:
        return point[0] * self.scale, point[1] * self.scale
