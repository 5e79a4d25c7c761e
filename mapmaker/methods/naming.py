"""Clusters and what is known of their posters in, names out: a decade, a genre, a word of the titles, else colours.

A term is a tag, a decade or a word of a title. It stands for a cluster if enough of its posters have it, and far more
than elsewhere. Of several that do the one with the highest class-based TF-IDF is taken: its share of the cluster, times
the logarithm of how rare it is (Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure",
https://arxiv.org/abs/2203.05794, with posters for words). Where another cluster has the name, the colours are added,
then the title of the poster that is most like all others, and if all that does not tell them apart, a number. What only
colours tell is no name but a shade: it says which cluster is meant, and nothing that would be worth a label on a map.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.colour import lab
from mapmaker.model import Ints


@dataclass(frozen=True)
class Wanted:
    """What a term must have to stand for a cluster: a `share` of it, some `times` its share of all, a `least`."""

    share: float
    times: float
    least: int = 3

    def by(self, inside: int, members: int, everywhere: int, posters: int) -> bool:
        """Return whether a term has it that `inside` of the members and `everywhere` on the map have."""
        share, usual = inside / members, everywhere / posters
        return inside >= self.least and share >= self.share and share >= self.times * usual


TAG, DECADE, WORD = Wanted(0.35, 1.8), Wanted(0.5, 1.8), Wanted(0.3, 5.0)
SHORTEST = 3
"""Letters of a word, marks on them not counted."""
COMMON = frozenset(
    ("and", "but", "der", "die", "for", "from", "her", "his", "las", "les", "los", "not", "the", "und", "with")
)
"""Words of titles that tell nothing."""
_JOINERS = "\u200c\u200d"
"""Within words of Persian and of Indian scripts, and between the parts of an emoji."""

SECOND = 0.2
"""Of the fields of its posters, what a colour must fill to be named beside the first."""
LONGEST = 32
"""Letters of a title in a name."""
HUES = (
    (20, "pink"),
    (50, "red"),
    (75, "orange"),
    (105, "yellow"),
    (175, "green"),
    (235, "teal"),
    (312, "blue"),
    (340, "purple"),
    (360, "pink"),
)
"""Up to which angle of L*a*b*, in degrees, a colour is called so."""


Name = tuple[str, str]
"""Name and shade of a cluster, one of them ""."""


@dataclass(frozen=True)
class Facts:
    """Of the posters of a map, each a row: `title`, `year`, `tags`, and `colors` (n, 48), sRGB of 4 x 4 fields."""

    title: Sequence[str]
    year: Sequence[int | None]
    tags: Sequence[tuple[str, ...]]
    colors: NDArray[np.uint8]

    def decade(self, row: int) -> tuple[str, ...]:
        """Return that of a poster, none or one."""
        year = self.year[row]
        return () if year is None else (f"{year // 10 * 10}s",)

    def words(self, row: int) -> tuple[str, ...]:
        """Return the words of a title that may tell something, each once."""
        found = (word.casefold() for word in split(self.title[row]))
        return tuple(dict.fromkeys(word for word in found if _letters(word) >= SHORTEST and word not in COMMON))


class Namer:
    """Names groups of the posters of a map, by what they have and the map has not."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._decades = _Terms(facts.decade, DECADE, facts)
        self._tags = _Terms(lambda row: facts.tags[row], TAG, facts)
        self._words = _Terms(facts.words, WORD, facts)
        self._colours = colour_names(facts.colors)
        self._shares = _shares(self._colours)

    def names(self, groups: Sequence[tuple[Ints, int]], taken: Collection[str] = ()) -> list[Name]:
        """Return the names of `groups` of rows with their medoids (-1: unknown), none twice, nor any of `taken`."""
        used, found = set(taken), list[Name]()
        for group, medoid in groups:
            found.append(self.name(group, medoid, used))
            used.update(found[-1])
        return found

    def name(self, group: Ints, medoid: int, taken: Collection[str]) -> Name:
        """Return name and shade of one group, "" for the one that it has not, neither of `taken`."""
        word = shortened(self._words.best(group).capitalize())
        terms = (self._decades.best(group), self._tags.best(group), word and f"\u201c{word}\u201d")
        told = " ".join(filter(None, terms))
        shade = palette(self._colours[group], self._shares)
        ways = [told, f"{told}, {shade}"] if told else [shade.capitalize()]
        if medoid >= 0 and (title := shortened(self._facts.title[medoid])):
            ways.append(f"{ways[-1]}, like \u201c{title}\u201d")
        free = _free(ways, taken)
        return (free, "") if told else ("", free)


def _free(ways: Sequence[str], taken: Collection[str]) -> str:
    """Return the first of `ways` to call it that is not taken, else the last with a number."""
    numbered = (f"{ways[-1]} {number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*ways, *numbered) if name not in taken)


class _Terms:
    """Terms of one kind: those of each poster, and of how many on the map."""

    def __init__(self, of: Callable[[int], Iterable[str]], wanted: Wanted, facts: Facts) -> None:
        self._of, self._wanted, self._posters = of, wanted, len(facts.title)
        self._everywhere = Counter(term for row in range(self._posters) for term in of(row))

    def best(self, group: Ints) -> str:
        """Return the term that stands for a group, "" if none does."""
        inside = Counter(term for row in group.tolist() for term in self._of(row))
        worth = {
            term: count / len(group) * math.log(1 + self._posters / self._everywhere[term])
            for term, count in inside.items()
            if self._wanted.by(count, len(group), self._everywhere[term], self._posters)
        }
        return max(sorted(worth), key=worth.__getitem__, default="")


def split(title: str) -> list[str]:
    """Return the words of a title, of any script: letters with the marks on them, an apostrophe in their midst.

    Where a script has no blanks between words, what stands between blanks is one: it names a cluster only if enough
    posters have all of it.
    """
    text = unicodedata.normalize("NFC", title)
    spaced = "".join(c if c.isalpha() or c == "'" or _is_joined(c) else " " for c in text)
    return [word for part in spaced.split() if _letters(word := part.strip(f"'{_JOINERS}"))]


def _letters(word: str) -> int:
    return sum(map(str.isalpha, word))


def _is_joined(character: str) -> bool:
    """Return whether it belongs to the one before it: an accent, a vowel sign, a joiner."""
    return unicodedata.category(character)[0] == "M" or character in _JOINERS


def shortened(title: str) -> str:
    """Return a title cut where it is too long for a name, never between a letter and the marks on it."""
    if len(title) <= LONGEST:
        return title
    end = LONGEST - 1
    while end and (_is_joined(title[end]) or title[end - 1] in _JOINERS):
        end -= 1
    return f"{title[: end or LONGEST - 1].rstrip()}\u2026"


def palette(colours: NDArray[np.str_], usual: Mapping[str, float]) -> str:
    """Return in words what sets (m, fields) names of colours apart: "black", "dark blue and white".

    `usual`: the share of each on the map. As with terms, a colour counts for its share and for how rare it is.
    """
    shares = _shares(colours)
    worth = {name: share * math.log(1 + 1 / usual[name]) for name, share in shares.items()}
    ranked = sorted(worth, key=lambda name: (-worth[name], name))
    return " and ".join(name for name in ranked[:2] if name == ranked[0] or shares[name] >= SECOND)


def _shares(colours: NDArray[np.str_]) -> dict[str, float]:
    found, counts = np.unique(colours, return_counts=True)
    return dict(zip(found.tolist(), (counts / colours.size).tolist(), strict=True))


def colour_names(colors: NDArray[np.uint8]) -> NDArray[np.str_]:
    """Return (n, fields) what each colour of (n, 3 * fields) sRGB is called: by lightness, strength and hue."""
    values = lab(colors)
    light, chroma = values[..., 0], np.hypot(values[..., 1], values[..., 2])
    angle = np.degrees(np.arctan2(values[..., 2], values[..., 1])) % 360
    bounds, hues = zip(*HUES, strict=True)
    hue = np.array(hues)[np.searchsorted(bounds, angle, side="right").clip(max=len(hues) - 1)]
    warm = (angle > 40) & (angle < 105)
    kinds = {
        "black": (light < 0.12) | ((light < 0.2) & (chroma < 0.15)),
        "white": (light > 0.87) & (chroma < 0.12),
        "dark grey": (chroma < 0.07) & (light < 0.4),
        "light grey": (chroma < 0.07) & (light > 0.65),
        "grey": chroma < 0.07,
        "brown": warm & (light < 0.5) & (chroma < 0.6),
        "beige": warm & (chroma < 0.3),
    }
    shade = np.where(light < 0.28, "dark ", np.where((light > 0.7) & (chroma < 0.3), "pale ", ""))
    return np.select([*kinds.values()], [*kinds], np.char.add(shade, hue))
