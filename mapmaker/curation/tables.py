"""clusters.toml -> a table a cluster: what is wanted of it, checked as far as the file alone tells."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.curation.writing import one_line
from mapmaker.document import Document, Place, at_line, read_document
from mapmaker.errors import CurationError, InputError, near

CLUSTERS_FILE = "clusters.toml"
"""In the folder of images."""
OTHERS = ("keep", "drop")
_SLUG = re.compile("[a-z0-9][a-z0-9-]{0,59}")
"""What a link and a file can be called."""
LONGEST = 56
"""Characters of a slug that is given to a cluster: its parts have it with a number behind."""
MOST_PARTS = 200
"""That a cluster can be split into."""
_ALONE = ("merge", "split", "pin", "remove", "keep")
"""Keys that make no sense in a table that is dropped."""


@dataclass(frozen=True)
class Word:
    """A slug or a poster, as the file has it, and its line."""

    text: str
    line: int


@dataclass(frozen=True)
class Table:
    """What is wanted of one cluster.

    `posters` tell which it is: the one that holds most of them; where there are none, its slug tells. `name`, `note`:
    "" if nothing is said. `keep`: it is made of its posters where it is found no more. `drop`: it is not shown.
    `merge`: slugs of clusters that become part of it. `split`: into so many parts, or those that `parts` name the
    posters of; 0 and () for none. `pin`, `remove`: who is in it, and who is not, whatever finding says.
    """

    slug: str
    line: int
    posters: Sequence[Word] = ()
    name: str = ""
    note: str = ""
    keep: bool = False
    drop: bool = False
    merge: Sequence[Word] = ()
    split: int = 0
    parts: Sequence[Sequence[Word]] = ()
    pin: Sequence[Word] = ()
    remove: Sequence[Word] = ()

    @property
    def wants(self) -> bool:
        """Whether it says more than which cluster it is."""
        told = (self.name, self.note, self.keep, self.drop, self.merge, self.split, self.parts, self.pin, self.remove)
        return any(told)

    @property
    def part_slugs(self) -> list[str]:
        """What its parts are called: the first as the whole was, the others after it."""
        count = self.split or len(self.parts)
        return [self.slug, *(f"{self.slug}-{number}" for number in range(2, count + 1))][:count]


@dataclass(frozen=True)
class Curation:
    """What is wanted of clusters: a table each, and whether all `others` are dropped."""

    file: Path
    tables: Sequence[Table]
    drop_others: bool = False

    def fault(self, line: int, message: str) -> CurationError:
        """Return what to raise about a line."""
        return CurationError(at_line(self.file, line, message))

    def warning(self, line: int, message: str) -> str:
        """Return what to warn of about a line."""
        return str(self.fault(line, message))


def read_curation(file: Path) -> Curation:
    """Read what is wanted of clusters. CurationError, with its line, for what cannot be meant."""
    document = read_document(file, CurationError)
    reader = _Reader(document)
    reader.check_keys((), ("others", "cluster"))
    others = reader.one_of(("others",), OTHERS) if "others" in document.values else OTHERS[0]
    tables = [reader.table(slug) for slug in reader.slugs()]
    curation = Curation(file, tables, others == "drop")
    _check_parts(curation)
    _check_merges(curation)
    return curation


class _Reader:
    """Takes values out of a document, each as what it must be."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def _fault(self, place: Place, message: str) -> InputError:
        return self._document.fault(place, message)

    def check_keys(self, place: Place, known: Sequence[str]) -> None:
        """Raise for a key that nobody knows."""
        for key in self._document.at(place):
            if key not in known:
                raise self._fault((*place, key), f"no key {key!r}: {near(key, known)}")

    def one_of(self, place: Place, known: Sequence[str]) -> str:
        """Return text that is one of `known`."""
        value = self._document.at(place)
        if value not in known:
            raise self._fault(place, f"{place[-1]} = {_shown(value)} is not one of {', '.join(map(repr, known))}")
        return str(value)

    def slugs(self) -> list[str]:
        """Return the slugs that have a table."""
        tables = self._document.at(()).get("cluster", {})
        if not isinstance(tables, Mapping):
            raise self._fault(
                ("cluster",), "cluster is no table of clusters; write [cluster.SLUG] above what is wanted"
            )
        for slug, table in tables.items():
            if not isinstance(table, Mapping):
                raise self._fault(("cluster", slug), f"cluster.{slug} is no table; write [cluster.{slug}] on a line")
            if not _SLUG.fullmatch(slug) or len(slug) > LONGEST:
                rule = f"of a-z, 0-9 and -, which is not the first, {LONGEST} at most"
                raise self._fault(("cluster", slug), f"{_shown(slug)} is no slug, {rule}")
        return list(tables)

    def table(self, slug: str) -> Table:
        """Return what is wanted of a cluster."""
        place = ("cluster", slug)
        self.check_keys(place, tuple(_KEYS))
        found = {key: _KEYS[key](self, (*place, key)) for key in self._document.at(place)}
        split = found.pop("split", 0)
        if isinstance(split, int):
            found["split"] = split
        else:
            found["parts"] = split
        made = Table(slug, self._document.line(place), **found)
        for key in _ALONE if made.drop else ():
            if key in self._document.at(place):
                raise self._fault((*place, key), f"{key} of a cluster that is dropped; take out {key}, or drop")
        for word in made.pin:
            for other in made.remove:
                if word.text == other.text:
                    both = f"{word.text!r} is in pin, see line {word.line}, and in remove; choose one"
                    raise CurationError(at_line(self._document.file, other.line, both))
        return made

    def text(self, place: Place) -> str:
        """Return text that says something."""
        value = self._document.at(place)
        if not isinstance(value, str):
            raise self._fault(place, f"{place[-1]} = {_shown(value)} is no text; write it in quotes")
        if not one_line(value):
            raise self._fault(place, f"{place[-1]} is blank; say something, or take the line out")
        return value.strip()

    def name(self, place: Place) -> str:
        """Return text of one line."""
        return one_line(self.text(place))

    def flag(self, place: Place) -> bool:
        """Return true or false."""
        value = self._document.at(place)
        if not isinstance(value, bool):
            raise self._fault(place, f"{place[-1]} = {_shown(value)} is neither true nor false")
        return value

    def posters(self, place: Place) -> tuple[Word, ...]:
        """Return posters by path or id, at least one."""
        return self._words(place, "lion.jpg", "a poster")

    def _words(self, place: Place, example: str, what: str) -> tuple[Word, ...]:
        """Return what a list names, at least one, each once."""
        value = self._document.at(place)
        key = next(str(step) for step in reversed(place) if isinstance(step, str))
        if not isinstance(value, list):
            like = value if isinstance(value, str) and value.strip() and '"' not in value else example
            raise self._fault(place, f'{key} = {_shown(value)} is no list; write it like {key} = ["{like.strip()}"]')
        if not value:
            raise self._fault(place, f"{key} is an empty list; name {what}, or take the line out")
        for number, one in enumerate(value):
            if not isinstance(one, str) or not one.strip():
                hint = f'; write "{one}"' if isinstance(one, int) and not isinstance(one, bool) else ""
                raise self._fault((*place, number), f"{_shown(one)} in {key} is no text that names anything{hint}")
        words: dict[str, Word] = {}
        for number, one in enumerate(value):
            words.setdefault(one.strip(), Word(one.strip(), self._document.line((*place, number))))
        return tuple(words.values())

    def slugs_of(self, place: Place) -> tuple[Word, ...]:
        """Return slugs, at least one."""
        words = self._words(place, "13", "a cluster")
        for word in words:
            if not _SLUG.fullmatch(word.text):
                said = f"{_shown(word.text)} is no slug, of a-z, 0-9 and -"
                raise CurationError(at_line(self._document.file, word.line, said))
        return words

    def parts(self, place: Place) -> int | tuple[tuple[Word, ...], ...]:
        """Return how many parts, or the posters of each."""
        value = self._document.at(place)
        example = '; write a number, or lists like [["lion.jpg"], ["tiger.jpg"]]'
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 2:
                raise self._fault(place, f"split = {value} is below 2 parts")
            if value > MOST_PARTS:
                raise self._fault(place, f"split = {_shown(value)} is above {MOST_PARTS} parts")
            return value
        if not isinstance(value, list) or not all(isinstance(part, list) for part in value):
            raise self._fault(place, f"split = {_shown(value)} is no list of lists{example}")
        if len(value) < 2:
            raise self._fault(place, f"split into {len(value)} is none{example}")
        if len(value) > MOST_PARTS:
            raise self._fault(place, f"split into {len(value):,} parts is above {MOST_PARTS}")
        return tuple(self.posters((*place, number)) for number in range(len(value)))


_KEYS: Mapping[str, Callable[[_Reader, Place], Any]] = {
    "name": _Reader.name,
    "posters": _Reader.posters,
    "note": _Reader.text,
    "keep": _Reader.flag,
    "drop": _Reader.flag,
    "merge": _Reader.slugs_of,
    "split": _Reader.parts,
    "pin": _Reader.posters,
    "remove": _Reader.posters,
}
"""What may stand in a table, and how it is read."""


def _shown(value: object) -> str:
    """Return a value for a person, no longer than a line."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _check_parts(curation: Curation) -> None:
    """Raise for a part that is called like a cluster known by posters of its own, or is to be kept or split itself."""
    tables = {table.slug: table for table in curation.tables}
    for table in curation.tables:
        for slug in table.part_slugs[1:]:
            part = tables.get(slug)
            where = f"{slug!r}: a part of {table.slug!r} is called so, see line {table.line}"
            if part is not None and part.posters:
                raise curation.fault(part.line, f"{where}; take out its posters, or call it otherwise")
            if part is not None and (part.keep or part.part_slugs):
                raise curation.fault(part.line, f"{where}; a part is neither kept nor split: say so of {table.slug!r}")


def _check_merges(curation: Curation) -> None:
    """Raise for clusters that become part of two, of nothing that is shown, or of themselves in the end."""
    tables = {table.slug: table for table in curation.tables}
    into: dict[str, tuple[str, int]] = {}
    for table in curation.tables:
        for word in table.merge:
            if word.text == table.slug:
                raise curation.fault(word.line, f"{word.text!r} is to become part of itself; take it out of merge")
            if word.text in into:
                other, line = into[word.text]
                twice = f"{word.text!r} is to become part of {table.slug!r} and, on line {line}, of {other!r}"
                raise curation.fault(word.line, f"{twice}; choose one")
            if word.text in tables and tables[word.text].drop:
                dropped = f"is dropped on line {tables[word.text].line}"
                raise curation.fault(word.line, f"{word.text!r} is to become part of {table.slug!r}, and {dropped}")
            into[word.text] = (table.slug, word.line)
    for slug, (_, line) in into.items():
        way = [slug]
        while way[-1] in into:
            way.append(into[way[-1]][0])
            if way[-1] == slug:
                circle = " in ".join(map(repr, way))
                raise curation.fault(line, f"merge goes in a circle, {circle}; take one of them out")
            if way[-1] in way[:-1]:
                break  # a circle that this one only leads to, told by one that is in it
