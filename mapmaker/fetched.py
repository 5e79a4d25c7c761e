"""What came from where: `fetched.csv` in a folder of fetched pictures, written as they come, and read to go on from.

A line is added when a picture is whole, or known not to come, so that a run that is killed loses none; of several
lines for one address, or one unusable entry, the last counts. A last line without its end was being written, and
counts as not there.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from mapmaker.artifacts import long_fields
from mapmaker.errors import OutputError

FETCHED_TABLE = "fetched.csv"
FETCHED, FAILED, UNREACHED, UNUSABLE = "fetched", "failed", "unreached", "unusable"
"""What can have become of a picture: it came; its host says no, or what it sent is no use; its host could not be
reached, or may say otherwise another day; its source names no address of it."""
SUFFIXES: Mapping[str, str] = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WebP": ".webp",
    "GIF": ".gif",
    "AVIF": ".avif",
    "HEIC": ".heic",
    "TIFF": ".tif",
    "BMP": ".bmp",
}
"""Of the file of a picture, by what it is."""


@dataclass(frozen=True)
class Arrival:
    """A line: a picture, or why there is none."""

    file: str
    """Below the folder, "/" between; "" if it did not come."""
    status: str
    reason: str
    url: str
    """Its address; of what is unusable, what the source calls it."""
    bytes: int = 0
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    """Its version, as its host calls it,"""
    when: str = ""
    """and when it came, or was last asked for, in UTC."""
    source: str = ""
    """Which source offered it last: "urls posters.csv"; "" in tables of older versions."""

    @property
    def key(self) -> str:
        """Its address; of what is unusable something that no address is, though the source may call it by one."""
        return f"unusable\n{self.url}" if self.status == UNUSABLE else self.url


COLUMNS = tuple(field.name for field in fields(Arrival))


def read_arrivals(folder: Path) -> dict[str, Arrival]:
    """Return the lines by key, of several for one the last. OutputError if the file is none of ours."""
    return {one.key: one for one in read_lines(folder)}


def read_lines(folder: Path) -> list[Arrival]:
    """Return all lines, as they were added. OutputError if the file is none of ours, or a line leads elsewhere."""
    path = folder / FETCHED_TABLE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}") from error
    with long_fields():
        return list(_parsed(path, content))


def _parsed(path: Path, content: bytes) -> Iterator[Arrival]:
    lines = csv.reader(io.StringIO(_whole(content).decode("utf-8", "replace"), newline=""))
    older = COLUMNS[:-1]
    if tuple(next(lines, COLUMNS)) not in (COLUMNS, older):
        raise OutputError(f"{path} is none of fetch's; give another folder")
    for number, line in enumerate(lines, 2):
        if len(line) not in (len(COLUMNS), len(older)) or not _is_size(line[4]):
            raise OutputError(f"{path}, line {number:,}, is not as fetch wrote it; mend or delete the line")
        file, status, reason, url, size, *rest = line
        if file and not _is_place(file):
            raise OutputError(
                f"{path}, line {number:,}: {file[:200]!r} is no place of fetch's; mend or delete the line"
            )
        yield Arrival(file, status, reason, url, int(size), *rest)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


def _is_place(file: str) -> bool:
    """Return whether that may be a picture below the folder: somebody else may have written the table."""
    parts = file.split("/")
    safe = not any(part in ("", ".", "..") for part in parts) and not set(file) & set("\\:\0")
    return safe and PurePosixPath(file).suffix in SUFFIXES.values()


def _whole(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


class Journal:
    """Adds lines to the file, which is there from the first one on. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FETCHED_TABLE
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, arrival: Arrival) -> None:
        """Write a line, at once and as a whole."""
        try:
            self._file = self._file or self._opened()
            self._file.write(_line(arrival))
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}") from error

    def _opened(self) -> BinaryIO:
        kept = _whole(self._path.read_bytes()) if self._path.exists() else b""
        file = self._path.open("ab", buffering=0)
        file.truncate(len(kept))
        if not kept:
            file.write(table_bytes([]))
        return file


def table_bytes(arrivals: Iterable[Arrival]) -> bytes:
    """Return the whole file."""
    header = (",".join(COLUMNS) + "\n").encode()
    return header + b"".join(map(_line, arrivals))


def _line(arrival: Arrival) -> bytes:
    """Return one line, which is the only one: what would begin another within is a space."""
    texts = [one_line(str(value)) for value in astuple(arrival)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(texts)
    return text.getvalue().encode("utf-8", "replace")


def one_line(text: str) -> str:
    """Return `text` as it is read again: on one line, without what is no text."""
    return " ".join(text.splitlines()).replace("\0", "").encode("utf-8", "replace").decode()


def counted(arrivals: Iterable[Arrival]) -> Mapping[str, int]:
    """Return how many did not come, by reason: the commonest first."""
    counts: dict[str, int] = {}
    for arrival in arrivals:
        if arrival.status != FETCHED:
            reason = arrival.reason.partition(":")[0]
            counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
