"""A metadata file, of whichever format its ending says -> a table."""

from collections.abc import Callable, Mapping
from pathlib import Path

from mapmaker.stages.metadata.delimited import read_delimited
from mapmaker.stages.metadata.jsonlines import read_json_lines
from mapmaker.stages.metadata.parquet import import_arrow, read_parquet
from mapmaker.stages.metadata.table import Table

READERS: Mapping[str, Callable[[Path], Table]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
}
"""By ending; any other file is CSV or TSV."""


def read_table(file: Path) -> Table:
    """Read a table of any format. MetadataError if it cannot be read, is no table, or has no column `filename`."""
    return READERS.get(file.suffix.lower(), read_delimited)(file)


def check_format(file: Path) -> None:
    """Raise MissingExtra if what reads this format is not installed."""
    if READERS.get(file.suffix.lower()) is read_parquet:
        import_arrow()
