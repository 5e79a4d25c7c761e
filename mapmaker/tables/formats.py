"""A metadata file, of whichever format its ending says -> a table."""

from collections.abc import Callable, Mapping
from pathlib import Path

from mapmaker.tables.delimited import read_delimited
from mapmaker.tables.jsonlines import read_json_lines
from mapmaker.tables.parquet import import_arrow, read_parquet
from mapmaker.tables.table import KEY, Table

READERS: Mapping[str, Callable[[Path, str | None], Table]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
}
"""By ending; any other file is CSV or TSV."""


def read_table(file: Path, key: str | None = KEY) -> Table:
    """Read a table of any format. MetadataError if it cannot be read, is no table, or has no column `key`."""
    return READERS.get(file.suffix.lower(), read_delimited)(file, key)


def check_format(file: Path) -> None:
    """Raise MissingExtra if what reads this format is not installed."""
    if READERS.get(file.suffix.lower()) is read_parquet:
        import_arrow()
