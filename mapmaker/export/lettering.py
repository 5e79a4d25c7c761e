"""A line of text -> its picture, by the font that Pillow carries or one of the user's own."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from mapmaker.errors import OptionError

Color = tuple[int, int, int]
_ABSENT = "\U0010fffd"
"""A character of nobody's, whose picture is what a font shows for those that it lacks."""


@dataclass(frozen=True)
class Line:
    """A line of text, in a colour of its own on a ground; `font` is a file, None for the font that Pillow carries."""

    text: str
    font: Path | None
    ink: Color
    ground: Color

    def draw(self, width: int, height: int) -> Image.Image:
        """Return it in a box of that size, as large as fits, in the middle."""
        sheet = Image.new("RGB", (width, height), self.ground)
        letters = _font(self.font, max(1, round(height * 0.7)))
        wide = letters.getlength(self.text)
        if wide > width:
            letters = _font(self.font, max(1, int(height * 0.7 * width / wide)))
        ImageDraw.Draw(sheet).text((width / 2, height / 2), self.text, fill=self.ink, font=letters, anchor="mm")
        return sheet

    def shortened(self, width: int, height: int) -> "Line":
        """Return as much of it as fits a box without smaller letters, an ellipsis behind what does not."""
        letters = _font(self.font, max(1, round(height * 0.7)))
        text = self.text
        while text and letters.getlength(text) > width:
            text = text.removesuffix("…")[:-1].rstrip() + "…" if len(text) > 1 else ""
        return Line(text, self.font, self.ink, self.ground)

    def lacking(self) -> str:
        """Return the letters that the font does not have."""
        letters = _font(self.font, 32)
        none = bytes(letters.getmask(_ABSENT))
        return "".join(dict.fromkeys(c for c in self.text if not c.isspace() and bytes(letters.getmask(c)) == none))


def check_font(file: Path | None) -> None:
    """Raise OptionError unless the file is a font."""
    if file is not None:
        _font(file, 10)


def color(what: str, text: str) -> Color:
    """Return red, green, blue of a colour. OptionError, which calls it `what`, if it is none, or can be seen through."""
    try:
        red, green, blue = ImageColor.getrgb(text)  # type: ignore[misc]  # of four numbers, ValueError
    except ValueError as error:
        raise OptionError(f"{what} = {text!r} is no colour; write it as white, black or #0b0b0c") from error
    return red, green, blue


def plain(text: str) -> str:
    """Return text on one line, without what cannot be drawn."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def ink_on(ground: Color) -> Color:
    """Return black or white, whichever stands out."""
    red, green, blue = ground
    return (17, 17, 17) if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else (240, 240, 240)


@lru_cache(maxsize=8)
def _font(file: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if file is None:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels all have FreeType
        return font
    try:
        return ImageFont.truetype(file, size)
    except OSError as error:
        raise OptionError(f"font = {file} is no font that can be read: {error}") from error
