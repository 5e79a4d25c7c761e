"""A user's table of any format -> rows of text by column: CSV, TSV, JSON lines, Parquet, in whatever encoding."""

from mapmaker.tables.formats import check_format, read_table
from mapmaker.tables.table import Table

__all__ = ["Table", "check_format", "read_table"]
