"""A CSV file of what was watched -> its rows, each with its line; or of many histories, by name.

A poster is named in a column `id`, `filename` or `title`, the first of them that holds something. There may be columns
`rating`, `date`, and `year`, which tells posters of one title apart, and cells of them empty. What Letterboxd and IMDb
export is read as it is. A row that names no poster of the map is not judged here; one that is malformed is refused.
"""

import csv
import datetime
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import HistoryError
from mapmaker.search.known import Watched
from mapmaker.search.titles import folded

NAMES: Mapping[str, Sequence[str]] = {
    "poster": ("id", "filename", "title", "name"),
    "rating": ("rating", "your rating"),
    "date": ("watched date", "date", "date rated"),
    "year": ("year",),
    "history": ("history", "user", "user id", "userid"),
}
"""What columns may be called, but for case; of several the first that holds something counts."""
_YEAR = re.compile(r"\d{1,4}")


def read_history(file: Path) -> list[Watched]:
    """Return the rows of a CSV file. HistoryError, which names file and line, if it cannot be read, or has none."""
    return [line.watched() for line in _lines(file, ("poster",))]


def read_histories(file: Path) -> dict[str, list[Watched]]:
    """Return the rows of a CSV file of many histories, by what its column `history` or `user` calls each."""
    found: dict[str, list[Watched]] = {}
    for line in _lines(file, ("poster", "history")):
        name = line.text("history")
        if not name:
            raise HistoryError(f"{line.where}: the column {line.names['history'][0]!r} is empty; whose row is it?")
        found.setdefault(name, []).append(line.watched())
    return found


@dataclass(frozen=True)
class _Line:
    """A row of the file: its cells by column, and the columns by what they are for."""

    where: str
    number: int
    cells: Mapping[str, str]
    names: Mapping[str, Sequence[str]]

    def text(self, what: str) -> str:
        return next((text for name in self.names[what] if (text := self.cells.get(name, "").strip())), "")

    def watched(self) -> Watched:
        poster = self.text("poster")
        if not poster:
            raise HistoryError(f"{self.where}: no poster is named; fill in {' or '.join(self.names['poster'])}")
        try:
            return Watched(poster, self._rating(), self._date(), self._year(), self.number)
        except HistoryError as error:
            raise HistoryError(f"{self.where}: {error}") from error

    def _rating(self) -> float | None:
        text = self.text("rating")
        try:
            return float(text) if text else None
        except ValueError as error:
            raise HistoryError(f"rating = {text!r} is no number; write it like 3.5, or leave it empty") from error

    def _date(self) -> datetime.date | None:
        text = self.text("date")
        try:
            return datetime.datetime.fromisoformat(text).date() if text else None
        except ValueError as error:
            raise HistoryError(f"date = {text!r} is no date; write it like 2024-05-31, or leave it empty") from error

    def _year(self) -> int | None:
        text = self.text("year")
        return int(text) if _YEAR.fullmatch(text) else None  # it only helps


def _lines(file: Path, needed: Sequence[str]) -> Iterator[_Line]:
    """Yield the rows. HistoryError for a file without rows, or without a column for what is `needed`."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise HistoryError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{file} is not UTF-8 (byte {error.start:,}); save it as CSV UTF-8") from error
    rows = _rows(file, text)
    number, header = next(rows, (0, []))
    if not header:
        raise HistoryError(f"{file} is empty; its first line names columns, such as title,rating,date")
    columns = [folded(name) for name in header]
    names = {what: [name for name in known if name in columns] for what, known in NAMES.items()}
    for what in needed:
        if not names[what]:
            known = " or ".join(NAMES[what][:3])
            raise HistoryError(f"{file}, line {number:,}: no column {known}; it has {', '.join(header)}")
    none = True
    for number, row in rows:
        none = False
        where = f"{file}, line {number:,}"
        if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
            raise HistoryError(f"{where}: {len(row):,} cells, for {len(columns):,} columns; put quotes around commas")
        # Of columns of one name the first counts.
        yield _Line(
            where, number, dict(zip(reversed(columns), reversed(_filled(row, len(columns))), strict=True)), names
        )
    if none:
        raise HistoryError(f"{file} has no row below its line of columns")


def _filled(row: Sequence[str], count: int) -> list[str]:
    """Return `count` cells: what is lacking is empty."""
    return [*row, *[""] * (count - len(row))][:count]


def _rows(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line that each row begins in, and its cells, of rows that say anything."""
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(",", ";", "\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise HistoryError(f"{file}, line {begins:,}: no row of a table ({error})") from error
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 1
