"""urls: a table with a column of addresses -> its pictures. CSV, TSV, JSON lines or Parquet; other columns are kept."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mapmaker.errors import MetadataError, OptionError, near
from mapmaker.sources.source import Offered, Unusable
from mapmaker.sources.web import Credentials, Web
from mapmaker.tables import Table, read_table

_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)
_TELLING = re.compile(r"poster|image|picture|img|cover|photo|thumb", re.IGNORECASE)
"""What the name of a column of pictures says, where another column holds addresses of pages."""
_SAMPLE = 1000
"""Rows that are looked at to guess the column."""
_FILE = "filename"
_SUFFIX = re.compile(r"\.(jpe?g|jpe|jfif|png|webp|gif|avif|hei[cf]|tiff?|bmp)$", re.IGNORECASE)
"""Of a picture: what comes gets that of what it is."""
_ANY_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}$", re.IGNORECASE)
_EVERYWHERE = re.compile(
    r"default|full|max|native|colou?r|gr[ae]y|index|image|img|poster|picture|photo|cover|original|large|medium|small|thumb|"
    r"thumbnail|square|!?\^?[0-9]*,[0-9]*|pct:.*|[0-9]{1,2}",
    re.IGNORECASE,
)
"""Parts of an address that tell nothing, for on some hosts the addresses of all pictures have them."""


@dataclass(frozen=True)
class Urls:
    """Reads `table`. Pictures are in `column`, if that is not the one that holds addresses; `name` is a column of names
    for files, instead of `filename`, `title` and `year`, or the address."""

    table: Path
    column: str = ""
    name: str = ""

    @property
    def notice(self) -> str:
        """There is nothing to tell."""
        return ""

    @property
    def credentials(self) -> Sequence[Credentials]:
        """None."""
        return ()

    async def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:  # noqa: ARG002 - the table tells all
        """Yield the rows. MetadataError for a table that cannot be read, OptionError for a column it does not have."""
        table = _headed(read_table(self.table, key=None))
        column = _named(table, self.column, "column") or _guessed(self.table, table)
        name = _named(table, self.name, "name")
        for number, row in enumerate(table.rows, 1):
            url = row[column]
            if is_web(url):
                fields = {key: value for key, value in row.items() if key not in (column, _FILE) and value}
                yield Offered(url, row[name] if name and row[name] else name_of(row, url), fields)
            else:
                told = "no address of a picture" if not url else "no http or https address"
                yield Unusable(f"{self.table.name}, row {number:,}", told)


def is_web(text: str) -> bool:
    """Return whether it begins as an address of the web does, in capitals or not."""
    return bool(_ADDRESS.match(text))


def name_of(row: Mapping[str, str], url: str) -> str:
    """Return what to call the picture of a row: by its file name, by title and year, or by what its address ends in."""
    if row.get(_FILE):
        return _SUFFIX.sub("", row[_FILE].replace("\\", "/"))
    if title := row.get("title", "").replace("/", "-"):
        return f"{title} ({row['year']})" if row.get("year") else title
    try:
        address = urlsplit(url)
    except ValueError:  # http://[, which the client will call no web address
        return "picture"
    *before, last = [unquote(part).replace("/", "-") for part in address.path.split("/") if part] or [""]
    name = _ANY_SUFFIX.sub("", last)
    if _EVERYWHERE.fullmatch(name):
        telling = [part for part in before if not _EVERYWHERE.fullmatch(part)]
        name = "-".join([*telling[-1:], name])
    return name or address.hostname or "picture"


def _headed(table: Table) -> Table:
    """Return a table whose first line is a row as any other: that of a list of addresses is an address, no name."""
    if not any(map(is_web, table.columns)):
        return table
    names = [f"column {number}" for number in range(1, len(table.columns) + 1)]
    lines = [list(table.columns), *(list(row.values()) for row in table.rows)]
    return Table(names, [dict(zip(names, line, strict=True)) for line in lines], table.oddities)


def _named(table: Table, name: str, option: str) -> str:
    """Return the column that the user names; "" for none."""
    if not name:
        return ""
    for column in (name, name.lower(), {"link": "url", "genres": "tags"}.get(name.lower(), "")):
        if column in table.columns:
            return column
    raise OptionError(f"{option} = {name!r}: the table has no such column; {near(name, table.columns)}")


def _guessed(file: Path, table: Table) -> str:
    """Return the column that holds addresses; of several, the one whose name says that they are of pictures."""
    rows = table.rows[:_SAMPLE]
    found = []
    for column in table.columns:
        values = [row[column] for row in rows if row[column]]
        if values and sum(map(is_web, values)) >= len(values) / 2:
            found.append(column)
    if len(found) > 1:
        telling = [column for column in found if _TELLING.search(column)]
        found = telling if len(telling) == 1 else found
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(map(repr, found))
        raise MetadataError(f"{file} has several columns of addresses, {told}; say which with --column")
    have = ", ".join(map(repr, table.columns[:12])) or "nothing"
    raise MetadataError(f"{file} has no column of http or https addresses; its columns: {have}")
