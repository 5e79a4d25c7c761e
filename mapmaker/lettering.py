"""A line of text -> its picture, by the font that Pillow carries or one of the user's own."""

import contextlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from mapmaker.errors import OptionError

Color = tuple[int, int, int]
EM = 0.7
"""Size of the letters, as a share of the box's height."""
SYSTEM = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
"""Fonts that systems have, in the order in which they are asked for letters that Pillow's font lacks: it has few."""
_ABSENT = "\U0010fffd"
"""A character of nobody's, whose picture is what a font shows for those that it lacks."""


@dataclass(frozen=True)
class Line:
    """A line of text, in a colour of its own on a ground.

    `font` is a file; None is the font that Pillow carries, and for letters that it lacks, one that the system has.
    """

    text: str
    font: Path | None
    ink: Color
    ground: Color

    def draw(self, width: int, height: int) -> Image.Image:
        """Return it in a box of that size, as large as fits, in the middle."""
        sheet = Image.new("RGB", (width, height), self.ground)
        letters = self._letters(height * EM)
        wide = letters.getlength(self.text)
        if wide > width:
            letters = self._letters(height * EM * width / wide)
        ImageDraw.Draw(sheet).text((width / 2, height / 2), self.text, fill=self.ink, font=letters, anchor="mm")
        return sheet

    def shortened(self, width: int, height: int) -> "Line":
        """Return as much of it as fits a box without smaller letters, dots behind what does not."""
        letters = self._letters(height * EM)
        if letters.getlength(self.text) <= width:
            return self
        fits = (end for end in range(len(self.text), 0, -1) if letters.getlength(self._cut(end)) <= width)
        return replace(self, text=self._cut(next(fits, 0)))

    def lacking(self) -> str:
        """Return the letters that cannot be drawn."""
        return _lacking(self._file, self.text)

    def _cut(self, end: int) -> str:
        return self.text[:end].rstrip() + "..." if end else ""

    def _letters(self, em: float) -> ImageFont.FreeTypeFont:
        return _font(self._file, max(1, int(em)))

    @property
    def _file(self) -> str:
        """The font to draw with, "" for Pillow's own: the first that lacks nothing, else the one that lacks least."""
        if self.font is not None:
            return str(self.font)
        if not _lacking("", self.text):
            return ""
        return min(_known(), key=lambda file: len(_lacking(file, self.text)))


def check_font(file: Path | None) -> None:
    """Raise OptionError unless the file is a font."""
    try:
        if file is not None:
            ImageFont.truetype(file, 10)
    except OSError as error:
        raise OptionError(f"font = {file} is no font that can be read: {error}") from error


def color(what: str, text: str) -> Color:
    """Return red, green, blue of `text`. OptionError, which calls it `what`, if it is none, or a see-through one."""
    try:
        red, green, blue = ImageColor.getrgb(text)  # type: ignore[misc]  # of four numbers, ValueError
    except ValueError as error:
        raise OptionError(f"{what} = {text!r} is no colour; write it as white, black or #0b0b0c") from error
    return red, green, blue


def missing_letters(letters: str) -> str:
    """Return a note of letters that cannot be drawn."""
    more = f" and {len(letters) - 8:,} more" if len(letters) > 8 else ""
    return f"no font at hand has the letters {' '.join(letters[:8])}{more}; give one that has them with --font FILE"


def plain(text: str) -> str:
    """Return text on one line, without what cannot be drawn."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def ink_on(ground: Color) -> Color:
    """Return black or white, whichever stands out."""
    red, green, blue = ground
    return (17, 17, 17) if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else (240, 240, 240)


def _lacking(file: str, text: str) -> str:
    return "".join(dict.fromkeys(letter for letter in text if not letter.isspace() and not _has(file, letter)))


@lru_cache(maxsize=4096)
def _has(file: str, letter: str) -> bool:
    """Return whether a font has a letter: for those that it lacks it shows the same picture as for nobody's."""
    font = _font(file, 32)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_ABSENT))


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """Return Pillow's own font, and those of `SYSTEM` that this machine has."""
    known = [""]
    for name in SYSTEM:
        with contextlib.suppress(OSError):
            ImageFont.truetype(name, 10)
            known.append(name)
    return tuple(known)


@lru_cache(maxsize=16)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    if file:
        return ImageFont.truetype(file, size)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels all have FreeType
    return font
