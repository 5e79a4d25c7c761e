"""Values that are more than texts, as JSON and Parquet have them -> the table that the equal CSV would hold.

A list becomes its texts with `|` between, as tags are written in a CSV. For what is nested deeper no CSV has a
place: it is left out, and counted.
"""

import collections
from collections.abc import Iterator, Sequence
from pathlib import Path

from mapmaker.plural import count_of
from mapmaker.tables.table import KEY, Table, columns_of, rows_of

MARK = "|"
Value = str | list[str] | None
"""A text, a list of texts, or None for what is nested deeper."""


def table_of(
    file: Path,
    header: Sequence[str],
    lines: Sequence[Sequence[Value]],
    oddities: Sequence[str],
    key: str | None = KEY,
) -> Table:
    """Return a table; `lines` have a value for each name of `header`. MetadataError without a column `key`."""
    columns = columns_of(file, header, key)
    texts = [[_text(value, name) for value, name in zip(line, columns, strict=True)] for line in lines]
    said = [line for line in texts if any(text.strip() for text in line)]
    return Table(columns, list(rows_of(columns, said)), [*oddities, *_nested(columns, lines)])


def _text(value: Value, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    # A mark behind the last of the tags, too: else a comma in a single one would part it.
    return MARK.join(value) + (MARK if column == "tags" and value else "")


def _nested(columns: Sequence[str], lines: Sequence[Sequence[Value]]) -> Iterator[str]:
    counts = collections.Counter(
        name for line in lines for value, name in zip(line, columns, strict=True) if value is None
    )
    for name, count in counts.items():
        values = count_of(count, "value")
        yield f"{values} in the column {name!r} {'is' if count == 1 else 'are'} nested or binary, and left out"
