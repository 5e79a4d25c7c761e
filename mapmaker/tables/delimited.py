"""CSV and TSV files -> tables."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mapmaker import artifacts
from mapmaker.errors import MetadataError
from mapmaker.plural import count_of
from mapmaker.tables.table import KEY, Table, columns_of, rows_of
from mapmaker.tables.text import read_text

ANNOUNCED = re.compile(r"\s*sep=([^\w\s\"]|\t)[ \t]*(?=[\r\n]|$)", re.IGNORECASE)
"""A first line that names the separator, as Excel reads it."""
END = "end"
"""A last line put behind the text: if it is not read as a row of its own, a quote was still open."""


def read_delimited(file: Path, key: str | None = KEY) -> Table:
    """Return the table in a CSV or TSV file.

    MetadataError if it cannot be read, is no table, or has no column `key`.
    """
    text, oddities = read_text(file)
    announced = ANNOUNCED.match(text)
    delimiter = announced[1] if announced else _delimiter(file, text)
    try:
        lines, unclosed = _lines(text, delimiter)
    except csv.Error as error:
        raise MetadataError(f"{file} is not a table: {error}") from error
    header, *lines = lines[bool(announced) :] or [[]]
    columns = columns_of(file, header, key)
    return Table(columns, list(rows_of(columns, lines)), [*oddities, *unclosed, *_misfits(columns, lines)])


def _delimiter(file: Path, text: str) -> str:
    if file.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    header = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    return max(",", "\t", ";", key=header.count)


def _lines(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    """Return the rows that say anything, and what was odd: a quote that is never closed."""
    last = END if text.endswith(("\r", "\n")) else f"\n{END}"
    with artifacts.long_fields():
        reader = csv.reader(io.StringIO(text + last, newline=""), delimiter=delimiter)
        lines = list(reader)
    oddities = []
    if lines[-1] == [END]:
        lines.pop()
    else:
        length = len(io.StringIO(lines[-1][-1], newline="").readlines()) - 1
        lines[-1][-1] = lines[-1][-1].removesuffix(END)
        opened = reader.line_num - length
        what = f"what follows it is one field, of {count_of(length, 'line')}"
        oddities.append(f"a quote in line {opened:,} is never closed; {what}")
    return [line for line in lines if any(field.strip() for field in line)], oddities


def _misfits(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    short = sum(len(line) < len(columns) for line in lines)
    long = sum(len(line) > len(columns) for line in lines)
    if short:
        yield f"{count_of(short, 'row is', 'rows are')} shorter than the header; what is lacking is empty"
    if long:
        yield f"{count_of(long, 'row is', 'rows are')} longer than the header; what is beyond it is ignored"
