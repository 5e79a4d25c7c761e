"""JSON lines -> tables: one object a line, whose names are the columns."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mapmaker.errors import MetadataError
from mapmaker.tables.table import KEY, Table
from mapmaker.tables.text import read_text
from mapmaker.tables.typed import Value, table_of


def read_json_lines(file: Path, key: str | None = KEY) -> Table:
    """Return the table in a file of JSON lines; an object that lacks a name has an empty text there.

    MetadataError, which tells the line, if one is no JSON object, or if none has a `key`.
    """
    text, oddities = read_text(file)
    rows = list(_objects(file, text))
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [[_value(row.get(name)) for name in header] for row in rows]
    return table_of(file, [_storable(name) for name in header], lines, oddities, key)


def _objects(file: Path, text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            # Numbers stay as they are written.
            row = json.loads(line, parse_int=str, parse_float=str, parse_constant=_constant)
        except json.JSONDecodeError as error:
            where = f"{file}, line {number:,}, column {error.colno:,}"
            raise MetadataError(f"{where}: {error.msg}; give one whole JSON object a line") from error
        except RecursionError as error:
            raise MetadataError(f"{file}, line {number:,}: nested too deeply") from error
        if not isinstance(row, dict):
            kind = {list: "a list", bool: "true or false", type(None): "null"}.get(type(row), "a single value")
            raise MetadataError(f"{file}, line {number:,}: {kind}; give one JSON object a line")
        yield row


def _constant(name: str) -> str:
    return "" if name == "NaN" else name


def _value(value: Any) -> Value:
    if isinstance(value, list):
        texts = [_scalar(one) for one in value]
        return None if None in texts else [text for text in texts if text]
    return _scalar(value)


def _scalar(value: Any) -> str | None:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else None


def _storable(text: str) -> str:
    """Return `text` without halves of characters, which JSON can escape; those that stand for bytes of a name stay."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
