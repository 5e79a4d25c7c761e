"""metadata.csv: what is known of the pictures that came, as `mapmaker build --metadata` takes it.

A table that somebody has edited since is theirs: not a byte of it changes, and rows of pictures that were not in it
before are put behind it, in its columns, with its separator, in its encoding. Rows that were taken out stay out.
"""

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.artifacts import long_fields
from mapmaker.plural import count_of
from mapmaker.workspace import replacing

TITLES_TABLE = "metadata.csv"
_FIRST = ("filename", "title", "year", "genres", "url")
_LAST = ("attribution",)

Row = Mapping[str, str]


@dataclass(frozen=True)
class Memory:
    """What was written, in files of the hidden folder: digests of the table, and which pictures had a row."""

    state: Path

    @property
    def digests(self) -> Path:
        """The file that is there once a table of ours was written."""
        return self.state / f"{TITLES_TABLE}.sha256"

    @property
    def _files(self) -> Path:
        return self.state / f"{TITLES_TABLE}.files"

    def wrote(self, content: bytes) -> bool:
        """Return whether the table is as it was written."""
        return self.digests.exists() and hashlib.sha256(content).hexdigest() in self.digests.read_text().split()

    def had(self) -> set[str]:
        """Return the pictures that had a row."""
        try:
            return set(json.loads(self._files.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return set()

    def keep(self, files: Iterable[str], contents: Sequence[bytes] = ()) -> None:
        """Note the pictures that have one now, and, of a table that nobody has edited, what it may be found to be."""
        with replacing(self._files) as temporary:
            temporary.write_text(json.dumps(sorted(files)), encoding="utf-8")
        if contents:
            self.digests.write_text("\n".join(hashlib.sha256(one).hexdigest() for one in contents))


def write_titles(folder: Path, state: Path, rows: Sequence[Row], files: Iterable[str]) -> str:
    """Write `rows`, each with its `filename`, and those of an earlier run that are of `files`.

    `state` is the hidden folder. Returns what is to be told of a table that was edited, else "".
    """
    path, memory = folder / TITLES_TABLE, Memory(state)
    old = path.read_bytes() if path.exists() else b""
    new = {row["filename"]: row for row in rows}
    if old and not memory.wrote(old):
        return _add(path, old, new, memory)
    before = {row["filename"]: row for row in _read(old)}
    there = set(files)
    kept = [row for name, row in before.items() if name in there and name not in new]
    content = _table([*new.values(), *kept])
    if content != old:
        memory.keep({*new, *(row["filename"] for row in kept)}, (old, content))  # both: a kill may come before the next
        _replace(path, content)
    return ""


def _add(path: Path, old: bytes, rows: Mapping[str, Row], memory: Memory) -> str:
    """Put behind an edited table what it never had, and return what to tell."""
    try:
        form = _form(old)
    except _OddError as error:
        lacking = len(rows.keys() - memory.had())
        told = f": {_lacking(lacking)}" if lacking else ""
        return f"was edited, and {error}; it stays as it is{told}"
    had = memory.had() | form.files
    added = [row for name, row in rows.items() if name not in had]
    told = "was edited: its rows stay as they are, and new ones are added"
    if not added:
        return told
    text = io.StringIO()
    table = csv.DictWriter(
        text, form.columns, restval="", extrasaction="ignore", delimiter=form.delimiter, lineterminator=form.end
    )
    table.writerows({form.names.get(name, name): value for name, value in row.items()} for row in added)
    try:
        more = text.getvalue().encode(form.encoding)
    except UnicodeEncodeError:
        return f"was edited, and its encoding has not all letters: {_lacking(len(added))}"
    _replace(path, old + (b"" if old.endswith(b"\n") else form.end.encode()) + more)
    memory.keep(had | {row["filename"] for row in added})
    lost = {name for row in added for name in row if form.names.get(name, name) not in form.columns}
    return f"{told}, without what it has no column for: {', '.join(sorted(lost))}" if lost else told


def _lacking(count: int) -> str:
    return f"{count_of(count, 'new row is', 'new rows are')} not in it"


class _OddError(Exception):
    """A table to which no row can be added for sure."""


@dataclass(frozen=True)
class _Form:
    """How a table is written."""

    encoding: str
    delimiter: str
    end: str
    columns: Sequence[str]
    names: Mapping[str, str]
    """Its names of the columns that we know by another."""
    files: set[str]


def _form(content: bytes) -> _Form:
    """Return how a table is written that somebody has edited. _OddError if that cannot be told."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _OddError("is in UTF-16")
    encoding = "utf-8"
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        encoding = "cp1252"  # as Excel writes it
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            raise _OddError("is in no encoding that can be told") from None
    header = text.partition("\n")[0]
    delimiter = max(",", "\t", ";", key=header.count)
    try:
        with long_fields():
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _OddError(f"is no table any more ({error})") from None
    columns = lines[0] if lines else []
    names = {name.strip().lower(): name for name in columns}
    if "filename" not in names or len(names) < len(columns):
        raise _OddError("has no column 'filename' any more" if "filename" not in names else "has a column twice")
    place = columns.index(names["filename"])
    files = {line[place].strip().replace("\\", "/") for line in lines[1:] if len(line) > place}
    return _Form(encoding, delimiter, "\r\n" if header.endswith("\r") else "\n", columns, names, files)


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _read(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a table of ours."""
    with long_fields():
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), restval=""))
    return [{name: value for name, value in row.items() if name} for row in rows if row.get("filename")]


def _table(rows: Sequence[Row]) -> bytes:
    named = dict.fromkeys(name for row in rows for name in row)
    middle = [name for name in named if name not in (*_FIRST, *_LAST)]
    columns = [name for name in (*_FIRST, *middle, *_LAST) if name in named or name == "filename"]
    text = io.StringIO()
    table = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
