"""Words -> letters on a sheet: a title broken into lines that fit its place, and the credits.

All letters come from the one font that Pillow carries; weight, width and spacing make it several.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, combinations
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

from mapmaker.sources.demo.palettes import Color
from mapmaker.sources.demo.sheet import Sheet


@dataclass(frozen=True)
class Hand:
    """How letters are drawn, before they are resized to fit: `em` pixels high.

    `weight` thickens them, in pixels; `spacing` is a share of the em that comes between them; `width`
    is the share of their own width that is left to them.
    """

    weight: int = 0
    spacing: float = 0.0
    width: float = 1.0
    em: int = 96


HANDS = (
    Hand(weight=1, spacing=0.22),
    Hand(weight=5, spacing=0.02, width=0.72),
    Hand(weight=3, spacing=0.08, width=0.9),
)
"""Spaced and light; heavy and narrow; in between."""
_CREDITS = Hand(spacing=0.05, width=0.55, em=32)
_HUGE = Hand(weight=16, em=256)
_LEADING = 1.38
"""From one line of capitals to the next, in their height."""


@dataclass(frozen=True)
class Place:
    """Where a title stands: a box of the sheet, the side it keeps to (0 left, 0.5 middle, 1 right).

    `high` bounds the height of a capital; `justified` sets each line to the full width, all of them
    to the full height.
    """

    left: float
    top: float
    right: float
    bottom: float
    side: float = 0.5
    high: float = 0.11
    justified: bool = False

    def mirrored(self) -> "Place":
        """Return the same place on a sheet turned left to right."""
        return replace(self, left=1 - self.right, right=1 - self.left, side=1 - self.side)


def set_title(sheet: Sheet, title: str, place: Place, hand: Hand) -> None:
    """Letter `title` on the sheet, in as many lines as make it largest and as read best."""
    ink = legible(sheet, place)
    words = title.upper().split()
    if place.justified:
        _set_justified(sheet, words, place, ink)
        return
    lines = max(_breaks(words), key=lambda lines: _merit(lines, place, hand))
    cap = _cap_height(lines, place, hand)
    step = cap * _LEADING
    top = (place.top + place.bottom - step * (len(lines) - 1) - cap) / 2
    for number, line in enumerate(lines):
        _set_line(sheet, line, place, hand, top + number * step, cap, ink)


def set_credits(sheet: Sheet, lines: list[str]) -> None:
    """Letter the small print at the foot of the sheet."""
    place = Place(0.1, 1.385, 0.9, 1.46)
    ink = legible(sheet, place)
    for number, line in enumerate(lines):
        _set_line(sheet, line, place, _CREDITS, place.top + 0.026 * number, 0.0145, ink)


def legible(sheet: Sheet, place: Place) -> Color:
    """Return the end of the palette that stands out from what is drawn at `place`."""
    level = sheet.brightness(place.left, place.top, place.right, place.bottom)
    return sheet.palette.darkest if level > 128 else sheet.palette.lightest


def _breaks(words: list[str]) -> list[list[str]]:
    """Return every way to set `words` in one to three lines."""
    cuts = [cut for count in range(3) for cut in combinations(range(1, len(words)), count)]
    return [[" ".join(words[a:b]) for a, b in zip((0, *cut), (*cut, len(words)), strict=True)] for cut in cuts]


def _merit(lines: list[str], place: Place, hand: Hand) -> tuple[float, int]:
    """Return what makes one way to set a title better than another: size, then even lines."""
    lengths = [len(line) for line in lines]
    return round(_cap_height(lines, place, hand), 3), min(lengths) - max(lengths)


def _cap_height(lines: list[str], place: Place, hand: Hand) -> float:
    """Return the height of capitals at which `lines` just fit `place`."""
    widest = max(_proportion(line, hand) for line in lines)
    across = (place.right - place.left) / widest
    down = (place.bottom - place.top) / (1 + _LEADING * (len(lines) - 1))
    return min(across, down, place.high)


def _set_line(sheet: Sheet, line: str, place: Place, hand: Hand, top: float, cap: float, ink: Color) -> None:
    mask = _letters(line, hand)
    width = min(cap * mask.width / mask.height, place.right - place.left)
    left = place.left + (place.right - place.left - width) * place.side
    sheet.stamp(_resized(sheet, mask, width, cap), left, top, ink)


def _set_justified(sheet: Sheet, words: list[str], place: Place, ink: Color) -> None:
    gap = 0.035
    cap = (place.bottom - place.top - gap * (len(words) - 1)) / len(words)
    for number, word in enumerate(words):
        mask = _letters(word, _HUGE)
        wide = _resized(sheet, mask, place.right - place.left, cap)
        sheet.stamp(wide, place.left, place.top + number * (cap + gap), ink)


def _resized(sheet: Sheet, mask: Image.Image, width: float, height: float) -> Image.Image:
    size = (max(1, round(width * sheet.scale)), max(1, round(height * sheet.scale)))
    return mask.resize(size, Image.Resampling.LANCZOS)


def _proportion(line: str, hand: Hand) -> float:
    """Return how many times wider than high `line` is."""
    return _ends(line, hand)[-1] * hand.width / (_capitals(hand)[1] - _capitals(hand)[0])


def _letters(line: str, hand: Hand) -> Image.Image:
    """Return `line` as a mask as high as its capitals; what hangs below the line is cut."""
    font, margin = _font(hand.em), hand.weight + 2
    starts = [0.0, *_ends(line, hand)]
    mask = Image.new("L", (round(starts[-1]) + 4 * margin, 2 * hand.em))
    pen = ImageDraw.Draw(mask)
    for start, letter in zip(starts, line, strict=False):
        pen.text((2 * margin + start, hand.em / 2), letter, font=font, fill=255)
    mask = _thickened(mask, hand.weight)
    left, _, right, _ = mask.getbbox() or (0, 0, *mask.size)
    top, bottom = _capitals(hand)
    tight = mask.crop((left, top, right, bottom))
    return tight.resize((max(1, round(tight.width * hand.width)), tight.height))


def _ends(line: str, hand: Hand) -> list[float]:
    """Return where the room of each letter ends, in pixels, the last without the spacing."""
    step = hand.spacing * hand.em + 2 * hand.weight
    pairs = zip(line, line[1:] + " ", strict=True)
    ends = list(accumulate(_advance(*pair, hand.em) + step for pair in pairs))
    return [*ends[:-1], ends[-1] - step]


@lru_cache(maxsize=4096)
def _advance(letter: str, following: str, em: int) -> float:
    """Return the width of a letter with the kerning to the next one."""
    font = _font(em)
    return font.getlength(letter + following) - font.getlength(following)


@lru_cache
def _capitals(hand: Hand) -> tuple[int, int]:
    """Return where capitals begin and end on a mask."""
    mask = Image.new("L", (3 * hand.em, 2 * hand.em))
    ImageDraw.Draw(mask).text((hand.em / 2, hand.em / 2), "HO", font=_font(hand.em), fill=255)
    box = _thickened(mask, hand.weight).getbbox()
    assert box is not None
    return box[1], box[3]


def _thickened(mask: Image.Image, weight: int) -> Image.Image:
    """Return letters thicker by `weight` on every side, corners kept sharp.

    The same as a maximum filter, in a tenth of its time: shifts of 1, 3, 9 ... leave no gap between them.
    """
    reach = 0
    while reach < weight:
        step = min(2 * reach + 1, weight - reach)
        for x, y in ((step, 0), (0, step)):
            there, back = ImageChops.offset(mask, x, y), ImageChops.offset(mask, -x, -y)
            mask = ImageChops.lighter(mask, ImageChops.lighter(there, back))
        reach += step
    return mask


@lru_cache
def _font(em: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(em)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def pick_hand(rng: Random) -> Hand:
    """Return one of the hands for a poster."""
    return rng.choice(HANDS)
