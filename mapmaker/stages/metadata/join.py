"""A table and images -> what is known of each image, and what did not fit."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from mapmaker.model import Images, Metadata
from mapmaker.plural import count_of
from mapmaker.tables.table import KEY, Table

YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|2[0-9]{3})(?!\d)")
EXAMPLES = 3


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
