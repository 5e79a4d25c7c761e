"""An index and a seed -> one demo poster: what is known of it, and its picture."""

import re
from dataclasses import dataclass
from random import Random

from PIL import Image

from mapmaker.sources.demo.families import PAINTERS
from mapmaker.sources.demo.lettering import pick_hand, set_credits, set_title
from mapmaker.sources.demo.palettes import COUNT, Palette, palette
from mapmaker.sources.demo.sheet import Sheet
from mapmaker.sources.demo.words import WORDS, name_somebody, small_print

FAMILIES: tuple[str, ...] = tuple(WORDS)
"""Names of the design families; poster i is of family i modulo their number."""

_MIRRORED = 0.3
"""Share of posters with left and right exchanged, where the family allows it."""


@dataclass(frozen=True)
class DemoPoster:
    """What is known of a poster that nobody has seen in a cinema."""

    filename: str
    title: str
    year: int
    tags: tuple[str, ...]
    director: str
    family: str


def describe(index: int, seed: int = 0) -> DemoPoster:
    """Return what is known of poster `index`, from 0, of a seed: the same however many are made."""
    family, number, rng = _dice(index, seed, "facts")
    words = WORDS[family]
    title = words.title(number, Random(f"{seed}/{family}/titles"))
    tags = tuple(rng.sample(words.tags, rng.choice((1, 2, 2))))
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    year, director = rng.randint(1950, 2025), name_somebody(rng)
    return DemoPoster(f"{index:04d}-{slug}.jpg", title, year, tags, director, family)


def draw(index: int, seed: int = 0, size: tuple[int, int] = (240, 360)) -> Image.Image:
    """Return poster `index` of a seed as an RGB image of `size` pixels.

    It is drawn 2 by 3; another proportion stretches it. About 30 ms at the default size.
    """
    poster = describe(index, seed)
    name, number, rng = _dice(index, seed, "looks")
    family = PAINTERS[name]
    sheet = Sheet(size[0], _colors(name, number, seed, rng), rng)
    family.draw(sheet)
    place = family.place
    if family.mirrors and rng.random() < _MIRRORED:
        sheet.mirror()
        place = place.mirrored()
    set_title(sheet, poster.title, place, pick_hand(rng))
    set_credits(sheet, small_print(poster.director, poster.year, rng))
    return sheet.print(size)


def _dice(index: int, seed: int, purpose: str) -> tuple[str, int, Random]:
    """Return a poster's family, its number in it, and its own random numbers for one purpose."""
    number, turn = divmod(index, len(FAMILIES))
    return FAMILIES[turn], number, Random(f"{seed}/{index}/{purpose}")


def _colors(family: str, number: int, seed: int, rng: Random) -> Palette:
    """Return a poster's palette; a family goes through all of them, in an order of its own."""
    order = list(range(COUNT))
    Random(f"{seed}/{family}/palettes").shuffle(order)
    return palette(order[number % COUNT], rng)
