"""What every format of table comes to: columns by the names we know them by, rows of text."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import MetadataError

KEY = "filename"
SYNONYMS = {"genres": "tags", "genre": "tags", "keywords": "tags", "link": "url", "name": "title"}
UNDERSTOOD = (KEY, "title", "year", "tags", "url", *SYNONYMS)


@dataclass(frozen=True)
class Table:
    """A metadata file as it was read: rows by column, and what was odd about it."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    oddities: Sequence[str]


def columns_of(file: Path, header: Sequence[str], key: str | None = KEY) -> list[str]:
    """Return the names of the columns: those understood by one name each, none twice. MetadataError without `key`."""
    names = [name.strip() for name in header]
    names = [name.lower() if name.lower() in UNDERSTOOD else name for name in names]
    if key is not None and key not in names:
        have = ", ".join(repr(name) for name in names[:12]) or "nothing"
        raise MetadataError(f"{file} has no column {key!r} to tell which row is which image; its columns: {have}")
    columns: list[str] = []
    for i, given in enumerate(names):
        name = given or f"column {i + 1}"
        meant = SYNONYMS.get(name, name)
        taken = {*columns, *names} - {name}
        columns.append(_free(meant if meant not in taken else name, columns))
    return columns


def _free(name: str, taken: Sequence[str]) -> str:
    """Return `name`, with a number where a column before has it."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def rows_of(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[dict[str, str]]:
    """Yield each line's values by column; what is lacking is empty, what is beyond the columns is ignored."""
    for line in lines:
        yield {name: value.strip() for name, value in zip(columns, [*line, *[""] * len(columns)], strict=False)}
