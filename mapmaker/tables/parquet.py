"""Parquet files -> tables. With pyarrow, of the parquet extra."""

import re
from pathlib import Path
from typing import Any

from mapmaker.errors import MetadataError, MissingExtra
from mapmaker.tables.table import KEY, Table
from mapmaker.tables.typed import Value, table_of

MIDNIGHT = re.compile(r"( 00:00:00)?(\.0+)?$")
"""What a moment ends in that is only a day, or a whole second."""


def read_parquet(file: Path, key: str | None = KEY) -> Table:
    """Return the table in a Parquet file.

    MetadataError if it cannot be read, or has no column `key`; MissingExtra without pyarrow.
    """
    arrow, parquet = import_arrow()
    try:
        with parquet.ParquetFile(file) as opened:
            read = opened.read()
    except (OSError, arrow.ArrowException) as error:
        raise MetadataError(f"cannot read {file} as Parquet: {_first_line(error)}") from error
    columns = [_values(column.combine_chunks(), arrow) for column in read.columns]
    return table_of(file, read.column_names, list(zip(*columns, strict=True)), [], key)


def import_arrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet; MissingExtra if it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("a Parquet table", "parquet") from error
    return pyarrow, pyarrow.parquet


def _values(array: Any, arrow: Any) -> list[Value]:
    """Return a value for each row; an empty text for null and NaN."""
    types = arrow.types
    if types.is_fixed_size_list(array.type):
        array = array.cast(arrow.list_(array.type.value_type))
    if not (types.is_list(array.type) or types.is_large_list(array.type)):
        return [*_texts(array, arrow)]
    texts, offsets = _texts(array.values, arrow), array.offsets.to_pylist()
    filled = array.is_valid().to_pylist()
    parts = [texts[first:end] if there else [] for first, end, there in zip(offsets, offsets[1:], filled, strict=False)]
    return [None if None in part else [text for text in part if text] for part in parts]


def _texts(array: Any, arrow: Any) -> list[str | None]:
    """Return the text of each value as Arrow writes it, the shortest that says it; None for what is nested."""
    if arrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        texts = array.cast(arrow.string()).to_pylist()
    except (arrow.ArrowNotImplementedError, arrow.ArrowInvalid):  # of a type that has no text; bytes that are none
        return [None if valid else "" for valid in array.is_valid().to_pylist()]
    if arrow.types.is_floating(array.type):
        return ["" if text in (None, "nan") else text for text in texts]
    if arrow.types.is_timestamp(array.type):
        return ["" if text is None else MIDNIGHT.sub("", text, count=1) for text in texts]
    return ["" if text is None else text for text in texts]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
