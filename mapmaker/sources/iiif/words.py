"""Texts of IIIF documents, in several languages, or with markup -> plain texts in one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mapmaker.sources.markup import parsed

ANY = ("none", "@none", "")
"""What stands for no language, in versions 3 and 2."""
FALLBACK = "en"
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-zA-Z]+;|&#\d+;")
"""Both versions allow some HTML."""


def each(value: object) -> Sequence[Any]:
    """Return a value that may be one, several or none as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def words(value: object, language: str) -> list[str]:
    """Return the texts in `language`; if there are none, those in no language, in English, in whichever comes first."""
    told: dict[str, list[str]] = {}
    for tongue, text in _told(value):
        if plain := _plain(text):
            told.setdefault(tongue.lower(), []).append(plain)
    for wanted in (language.lower(), *ANY, FALLBACK):
        found = [text for tongue, texts in told.items() if _is(tongue, wanted) for text in texts]
        if found:
            return list(dict.fromkeys(found))
    return list(dict.fromkeys(next(iter(told.values()), [])))


def line(value: object, language: str) -> str:
    """Return the same as one text, "" for none."""
    return "; ".join(words(value, language))


def _is(tongue: str, wanted: str) -> bool:
    return tongue == wanted or (wanted not in ANY and tongue.partition("-")[0] == wanted.partition("-")[0])


def _told(value: object) -> Iterator[tuple[str, str]]:
    """Yield (language, text): version 3 says {"en": ["text"]}, version 2 "text" or {"@value": .., "@language": ..}."""
    for item in each(value):
        if isinstance(item, str | int | float):
            yield "", str(item)
        elif isinstance(item, Mapping) and "@value" in item:
            yield str(item.get("@language") or ""), str(item["@value"])
        elif isinstance(item, Mapping):
            for tongue, texts in item.items():
                for text in each(texts):
                    if isinstance(text, str | int | float):
                        yield str(tongue), str(text)


def _plain(text: str) -> str:
    """Return a text without markup, on one line."""
    if _MARKUP.search(text):
        soup = parsed(text)
        for hidden in soup(["script", "style"]):
            hidden.decompose()
        for line in soup("br"):
            line.replace_with("\n")
        text = soup.get_text()
    return " ".join(text.split())
