"""clusters.toml and the images -> what is wanted, with selected rows for the posters that it names."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mapmaker.curation import Curation, Table, Word
from mapmaker.mentions import Mentions
from mapmaker.model import Images, Reject, Selection

_ID = re.compile("[a-z2-7]{10,}")
"""What ids look like."""


@dataclass(frozen=True)
class Wish:
    """A table, and the selected rows of those posters of it that are on the map.

    `known` are those that tell which cluster is meant, the first named first.
    """

    table: Table
    known: Sequence[int] = ()
    parts: Sequence[Sequence[int]] = ()
    pinned: Sequence[int] = ()
    removed: Sequence[int] = ()


@dataclass(frozen=True)
class Wishes:
    """What is wanted, cluster by cluster as the file has them; what to warn of grows as more is found out."""

    curation: Curation
    wishes: Sequence[Wish]
    warnings: list[str] = field(default_factory=list)

    def warn(self, line: int, message: str) -> None:
        """Take note of what is to be said of a line."""
        self.warnings.append(self.curation.warning(line, message))


def resolved(curation: Curation, images: Images, selection: Selection, rejects: Sequence[Reject]) -> Wishes:
    """Return what is wanted. CurationError for a poster that nobody knows, or that two clusters claim.

    An id that nobody knows, beside posters that tell which cluster is meant, is told and no mistake: `mapmaker clusters
    init` wrote it, and the poster went before the work folder was made anew.
    """
    return _Resolver(curation, images, selection, rejects).wishes()


class _Resolver:
    def __init__(self, curation: Curation, images: Images, selection: Selection, rejects: Sequence[Reject]) -> None:
        self._curation, self._images, self._verdict = curation, images, selection.verdict
        self._mentions = Mentions.of(images, rejects, gone=True)
        self._place = np.full(len(images), -1, np.int64)
        self._place[selection.rows] = np.arange(len(selection.rows))
        self._found = Wishes(curation, [])
        self._forgotten: list[Word] = []

    def wishes(self) -> Wishes:
        """Look up every poster, and see that none is claimed twice."""
        made = [self._wish(table) for table in self._curation.tables]
        self._tell_forgotten()
        self._check_once(((table.slug, table.posters) for table in self._curation.tables), "tells which cluster is")
        self._check_once(self._claims(), "is to be in")
        for table in self._curation.tables:
            self._check_apart(table)
        return Wishes(self._curation, made, self._found.warnings)

    def _wish(self, table: Table) -> Wish:
        return Wish(
            table,
            self._rows(self._remembered(table.posters)),
            [self._rows(part) for part in table.parts],
            self._rows(table.pin, wanted=True),
            self._rows(table.remove),
        )

    def _remembered(self, words: Sequence[Word]) -> Iterator[Word]:
        """Yield words that tell a cluster but for ids nobody knows, which are noted; all where nobody knows any."""
        strangers = all(self._mentions.row(word.text) is None for word in words)
        for word in words:
            if strangers or self._mentions.row(word.text) is not None or not _ID.fullmatch(word.text):
                yield word
            else:
                self._forgotten.append(word)

    def _rows(self, words: Iterable[Word], wanted: bool = False) -> list[int]:
        """Return the selected rows of posters, each once; `wanted` to be on the map, it is told if one is not."""
        found: dict[int, None] = {}
        for word in words:
            row = self._mentions.row(word.text)
            if row is None:
                self._tell_unknown(word)
            elif self._place[row] >= 0:
                found[int(self._place[row])] = None
            elif wanted and self._verdict[row] != Selection.GONE:
                self._found.warn(
                    word.line, f"{word.text!r} is not on the map: triage left it out, {self._verdict[row]}"
                )
        return list(found)

    def _tell_unknown(self, word: Word) -> None:
        """Warn of a file that the scan left out; raise for what is none."""
        reason = self._mentions.reason(word.text)
        if not reason:
            there = [path for path, present in zip(self._images.path, self._images.present, strict=True) if present]
            close = difflib.get_close_matches(word.text, there, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "give a path below the folder of images, or an id"
            raise self._curation.fault(word.line, f"{word.text!r} is no path or id of a poster; {hint}")
        self._found.warn(word.line, f"{word.text!r} was left out by the scan: {reason}")

    def _tell_forgotten(self) -> None:
        """Warn of ids that nobody knows, all in one line."""
        if not self._forgotten:
            return
        first, *rest = self._forgotten
        said = "is the id of no poster; is it gone?"
        if rest:
            said = f"and {len(rest):,} more, to line {rest[-1].line:,}, are ids of no posters; are they gone?"
        self._found.warn(first.line, f"{first.text!r} {said}")

    def _claims(self) -> Iterator[tuple[str, Sequence[Word]]]:
        """Yield who is to be in which cluster."""
        for table in self._curation.tables:
            yield table.slug, table.pin
            yield from zip(table.part_slugs, table.parts, strict=False)

    def _check_once(self, claims: Iterator[tuple[str, Sequence[Word]]], what: str) -> None:
        """Raise for a poster that two clusters name."""
        first: dict[int, tuple[str, Word]] = {}
        for slug, words in claims:
            for word in words:
                row = self._mentions.row(word.text)
                if row is None:
                    continue
                other, before = first.setdefault(row, (slug, word))
                if other != slug:
                    both = f"{word.text!r} {what} {slug!r} and, on line {before.line}, {other!r}"
                    raise self._curation.fault(word.line, f"{both}; choose one")

    def _check_apart(self, table: Table) -> None:
        """Raise for a poster that is both to be in a cluster and not to be."""
        wanted = {
            self._mentions.row(word.text): word for word in (*table.pin, *(w for part in table.parts for w in part))
        }
        for word in table.remove:
            row = self._mentions.row(word.text)
            if row is not None and row in wanted:
                where = f"is to be in {table.slug!r}, see line {wanted[row].line}, and in remove"
                raise self._curation.fault(word.line, f"{word.text!r} {where}; choose one")
