"""Columns of the user's table -> those that are searched: the ones asked for, else those whose texts are words.

And who is to be named: what stands in a column `attribution`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from mapmaker.errors import OptionError, near

TITLE = "title"
ATTRIBUTION = "attribution"
MOST_NAMED = 50
"""Attributions that the map and the list tell; what else there is stands on the posters' cards."""
ODD = 20
"""One text in so many may be unlike the others: among widths, too, stands an "unknown"."""
_NO_WORDS = re.compile(
    "|".join(
        (
            r"https?://\S+",
            r".*\.(avif|bmp|gif|hei[cf]|jpe?g|png|tiff?|webp)",
            r"(?=\D*\d)[\W\d_]+([^\W\d_]{1,3}\.?)?",  # 1,024; -0.5 %; 120 min; 1920-1939; 2001-05-03 10:00
            r"\d+ ?x ?\d+( ?px)?",
            r"[-+]?[\d.]+e[-+]?\d+",
            r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+][\d:]+)?",
            r"\d{1,2}\.?\s[^\W\d_]+\.?,?\s\d{4}",  # 3 May 2001
            r"[^\W\d_]+\.?\s\d{1,2},?\s\d{4}",  # May 3, 2001
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
"""An address, the name of a picture's file, a number with a unit or not, a size, a date: texts that are no words."""
_HEXADECIMAL = re.compile(r"[0-9a-f-]+", re.IGNORECASE)


def searched_columns(more: Mapping[str, Sequence[str]], rows: Sequence[int], wanted: Sequence[str] = ()) -> list[str]:
    """Return the names of the columns of `more` that can be searched beside the title, which always can.

    They are those `wanted`, in that order, or, if none are, those whose texts in `rows` are `searched_by_words`.
    OptionError for a name that is not in the table.
    """
    for name in wanted:
        if name != TITLE and name not in more:
            raise OptionError(f"compose.search: the table has no column {name!r}; {near(name, [TITLE, *more])}")
    if wanted:
        return [name for name in dict.fromkeys(wanted) if name != TITLE]
    own = {name: texts for name, texts in more.items() if name.casefold() != ATTRIBUTION}
    return [name for name, texts in own.items() if searched_by_words(texts[row] for row in rows)]


def attributions(more: Mapping[str, Sequence[str]], rows: Sequence[int]) -> tuple[list[str], int]:
    """Return what a column `attribution` says in `rows`, the most frequent first, and how much more there is."""
    columns = [texts for name, texts in more.items() if name.casefold() == ATTRIBUTION]
    counts = Counter(text for texts in columns for row in rows if (text := texts[row].strip()))
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    return ordered[:MOST_NAMED], len(ordered[MOST_NAMED:])


def searched_by_words(texts: Iterable[str]) -> bool:
    """Return whether people would search a column of `texts` by words.

    Not if nearly all of them are numbers, dates, addresses or names of files, or if they are nearly all distinct and
    look like identifiers.
    """
    given = [text.strip() for text in texts if text.strip()]
    odd = len(given) // ODD
    distinct = len(given) - len(set(given)) <= odd
    words = (text for text in given if not (_NO_WORDS.fullmatch(text) or (distinct and _is_identifier(text))))
    return next(islice(words, odd, None), None) is not None


def _is_identifier(text: str) -> bool:
    """Return whether `text` is one word with digits in it, most of it digits, or all of it hexadecimal."""
    digits = sum(map(str.isdigit, text))
    one_word = len(text.split()) == 1
    return one_word and digits > 0 and (2 * digits >= len(text) or _HEXADECIMAL.fullmatch(text) is not None)
