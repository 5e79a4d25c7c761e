"""What a user remembers of a title -> the posters that may be meant. Every title is looked at; that is quick enough."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NEAR = 0.6
"""Ratio of difflib from which on a title may be meant,"""
SURE = 0.8
"""and is, where none else comes so near:"""
APART = 0.1
LOOKED_AT = 200
"""Texts that are compared letter by letter: those that share most triples of letters with what was asked for."""
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Match:
    """Positions of the texts that may be meant, the likeliest first; `sure`: the first one is."""

    positions: Sequence[int]
    sure: bool


def match(asked: str, plain: Sequence[str]) -> Match:
    """Return which texts may be meant: the very one, else those with all its words, else those spelled like it.

    `plain`: the texts as `folded` returns them.
    """
    wanted = folded(asked)
    if not wanted:
        return Match([], False)
    same = [i for i, text in enumerate(plain) if text == wanted]
    if same:
        return Match(same, len(same) == 1)
    if holding := _holding(wanted, plain):
        return Match(holding, len(holding) == 1)
    close = spelled_like(wanted, plain)
    ahead = len(close) == 1 or (len(close) > 1 and close[0][0] - close[1][0] >= APART)
    return Match([i for _, i in close], bool(close) and close[0][0] >= SURE and ahead)


def listed(asked: str, plain: Sequence[str]) -> Sequence[int]:
    """Return the positions of the texts to list while somebody types: the very one, then those with all its words.

    Else those spelled like it. As of `match`, but that the very one hides no other: more may yet be typed.
    """
    wanted = folded(asked)
    holding = _holding(wanted, plain) if wanted else []
    same = [i for i in holding if plain[i] == wanted]
    return [*same, *(i for i in holding if plain[i] != wanted)] or match(asked, plain).positions


def _holding(wanted: str, plain: Sequence[str]) -> list[int]:
    """Return the positions of the texts with all words, or their beginnings, the shortest first."""
    words = [f" {word}" for word in wanted.split()]
    found = [i for i, text in enumerate(plain) if all(word in f" {text}" for word in words)]
    return sorted(found, key=lambda i: len(plain[i]))


def spelled_like(wanted: str, texts: Sequence[str]) -> list[tuple[float, int]]:
    """Return ratio and position of the texts that are spelled like `wanted`, the nearest first."""
    triples = {wanted[i : i + 3] for i in range(max(1, len(wanted) - 2))}
    shared = [(sum(triple in text for triple in triples), i) for i, text in enumerate(texts)]
    likely = sorted(((-count, i) for count, i in shared if count))[:LOOKED_AT]
    matcher = difflib.SequenceMatcher(b=wanted, autojunk=False)
    found = []
    for _, i in likely:
        matcher.set_seq1(texts[i])
        if matcher.quick_ratio() >= NEAR and (ratio := matcher.ratio()) >= NEAR:
            found.append((ratio, i))
    return sorted(found, key=lambda one: (-one[0], one[1]))


def folded(text: str) -> str:
    """Return text without case, accents and punctuation."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _BETWEEN.sub(" ", text.casefold()).strip()
