"""metadata: images and a table of titles -> what is known of each image.

The table is CSV or TSV with a column `filename`: a path relative to the folder of images, or a bare name where only
one image has it. `title`, `year`, `tags` (or `genres`) and `url` are understood; every other column is kept as it is.
"""

import codecs
import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.errors import MetadataError
from mapmaker.model import Images, Metadata
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job

KEY = "filename"
SYNONYMS = {"genres": "tags", "genre": "tags", "keywords": "tags", "link": "url", "name": "title"}
YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|2[0-9]{3})(?!\d)")
EXAMPLES = 3
ANNOUNCED = re.compile(r"\s*sep=([^\w\s\"]|\t)[ \t]*(?=[\r\n]|$)", re.IGNORECASE)
"""A first line that names the separator, as Excel reads it."""
END = "end"
"""A last line put behind the text: if it is not read as a row of its own, a quote was still open."""


@dataclass(frozen=True)
class Table:
    """A metadata file as it was read: rows by column, and what was odd about it."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    oddities: Sequence[str]


@dataclass(frozen=True)
class MetadataStage(Inside):
    """Joins the user's table; it has no options."""

    name: ClassVar[str] = "metadata"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("images.csv[path]", "images.csv[present]")
    writes: ClassVar[tuple[str, ...]] = (artifacts.METADATA,)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The user's table."""
        if job.metadata is not None and not job.metadata.is_file():
            raise MetadataError(f"no metadata file {job.metadata}")
        return {"table": job.metadata}

    def intact(self, job: Job) -> bool:  # noqa: ARG002 - the protocol's
        """Nothing can be missing."""
        return True

    def run(self, job: Job) -> Figures:
        """Read, join, write; say what did not fit."""
        images = artifacts.read_images(job.work)
        table = read_table(job.metadata) if job.metadata else Table((), (), ())
        metadata, matched, oddities = join(table, images)
        for oddity in (*table.oddities, *oddities):
            job.progress.warn(f"{job.metadata}: {oddity}")
        artifacts.write_metadata(job.work, metadata)
        return {"rows": len(table.rows), "matched": matched, "posters": int(images.present.sum())}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if not figures["rows"]:
            return "titles from file names"
        matched = figures["matched"]
        return f"{matched:,} of {count_of(figures['posters'], 'poster')} {'has' if matched == 1 else 'have'} a row"


def read_table(file: Path) -> Table:
    """Read a CSV or TSV file, in UTF-8 with or without a byte order mark, in UTF-16 with one, else in Latin 1.

    MetadataError if it cannot be read, is no table, or has no column `filename`.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise MetadataError(f"cannot read {file}: {error.strerror}") from error
    text, oddities = _decoded(content)
    announced = ANNOUNCED.match(text)
    delimiter = announced[1] if announced else _delimiter(file, text)
    try:
        lines, unclosed = _lines(text, delimiter)
    except csv.Error as error:
        raise MetadataError(f"{file} is not a table: {error}") from error
    header, *lines = lines[bool(announced) :] or [[]]
    columns = _columns(file, header)
    return Table(columns, list(_rows(columns, lines)), [*oddities, *unclosed, *_misfits(columns, lines)])


def _decoded(content: bytes) -> tuple[str, list[str]]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
        return text, ["not all of it is UTF-16; what is not is \ufffd"] if "\ufffd" in text else []
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("latin-1"), ["not UTF-8; read as ISO-8859-1"]


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


def _columns(file: Path, header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    names = [name.lower() if name.lower() in (KEY, *_UNDERSTOOD) else name for name in names]
    if KEY not in names:
        have = ", ".join(repr(name) for name in names[:12]) or "nothing"
        raise MetadataError(f"{file} has no column {KEY!r} to tell which row is which image; its columns: {have}")
    columns: list[str] = []
    for i, given in enumerate(names):
        name = given or f"column {i + 1}"
        meant = SYNONYMS.get(name, name)
        taken = {*columns, *names} - {name}
        columns.append(_free(meant if meant not in taken else name, columns))
    return columns


def _free(name: str, taken: Sequence[str]) -> str:
    """Return `name`, with a number where a column before has it."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


_UNDERSTOOD = ("title", "year", "tags", "url", *SYNONYMS)


def _rows(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[dict[str, str]]:
    for line in lines:
        yield {name: value.strip() for name, value in zip(columns, [*line, *[""] * len(columns)], strict=False)}


def _misfits(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    short = sum(len(line) < len(columns) for line in lines)
    long = sum(len(line) > len(columns) for line in lines)
    if short:
        yield f"{count_of(short, 'row is', 'rows are')} shorter than the header; what is lacking is empty"
    if long:
        yield f"{count_of(long, 'row is', 'rows are')} longer than the header; what is beyond it is ignored"


def join(table: Table, images: Images) -> tuple[Metadata, int, list[str]]:
    """Return metadata for every row of `images`, how many present images found a row, and what did not fit."""
    names = Names(images)
    known: dict[int, Mapping[str, str]] = {}
    unknown, doubled = [], 0
    for line in table.rows:
        row = names.row(line[KEY])
        if row is None:
            unknown.append(line[KEY])
        elif row in known:
            doubled += 1
        else:
            known[row] = line
    oddities = []
    if unknown:
        examples = ", ".join(repr(name) for name in unknown[:EXAMPLES])
        oddities.append(f"{count_of(len(unknown), 'row names', 'rows name')} no image that is on the map: {examples}")
    if doubled:
        rows = count_of(doubled, "row names", "rows name")
        oddities.append(f"{rows} an image that has one already; the first counts")
    return _metadata(table.columns, known, images), len(known), oddities


class Names:
    """Finds the present image that a table means: by path, or by bare name where only one has it."""

    def __init__(self, images: Images) -> None:
        present = [(row, _normal(images.path[row])) for row in range(len(images)) if images.present[row]]
        self._paths = {path: row for row, path in present}
        self._bare: dict[str, int | None] = {}
        for row, path in present:
            name = PurePosixPath(path).name
            self._bare[name] = None if name in self._bare else row

    def row(self, name: str) -> int | None:
        """Return the row, None if there is none or more than one.

        A backslash is first taken as it is, for on Linux a file may be named so, then as Windows means it.
        """
        found = self._row(name)
        return found if found is not None else self._row(name.replace("\\", "/"))

    def _row(self, name: str) -> int | None:
        path = _normal(name.removeprefix("./"))
        return self._paths.get(path, self._bare.get(path))


def _normal(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _metadata(columns: Sequence[str], known: Mapping[int, Mapping[str, str]], images: Images) -> Metadata:
    nothing: Mapping[str, str] = {}
    lines = [known.get(row, nothing) for row in range(len(images))]
    more = [name for name in columns if name not in (KEY, "title", "year", "tags", "url")]
    return Metadata(
        title=[line.get("title") or title_of(path) for line, path in zip(lines, images.path, strict=True)],
        year=[year_of(line.get("year", "")) for line in lines],
        tags=[tags_of(line.get("tags", "")) for line in lines],
        url=[url_of(line.get("url", "")) for line in lines],
        more={name: [line.get(name, "") for line in lines] for name in more},
    )


def title_of(path: str) -> str:
    """Return a file's name as a title: without folder and ending, lines and dots made spaces."""
    stem = PurePosixPath(path).stem
    words = re.sub(r"[_\s]+", " ", stem if " " in stem else stem.replace("-", " ")).strip()
    return words.encode("utf-8", "replace").decode() or "Untitled"


def year_of(text: str) -> int | None:
    """Return the first year, 1000 to 2999, in a text such as "1999-2003" or "2016.0"."""
    found = YEAR.search(text)
    return int(found[1]) if found else None


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags of "Action|Drama", "Action; Drama" or "Action, Drama"; each once."""
    separator = next((mark for mark in "|;," if mark in text), "|")
    tags = (tag.strip() for tag in text.split(separator))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def url_of(text: str) -> str:
    """Return a web address; anything else, a script for one, is none."""
    return text if re.fullmatch(r"https?://\S+", text) else ""
