"""metadata.csv: what is known of the pictures that came, as `mapmaker build --metadata` takes it.

A table that somebody has edited since is theirs: its rows stay, and only new ones are added.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mapmaker.artifacts import long_fields
from mapmaker.workspace import replacing

TITLES_TABLE = "metadata.csv"
_FIRST = ("filename", "title", "year", "genres", "url")
_LAST = ("attribution",)

Row = Mapping[str, str]


def write_titles(folder: Path, state: Path, rows: Sequence[Row], files: Iterable[str]) -> bool:
    """Write `rows`, each with its `filename`, and those of an earlier run that are of `files`; return if it was edited.

    `state` is the file that holds digests of what was written.
    """
    path = folder / TITLES_TABLE
    old = path.read_bytes() if path.exists() else b""
    edited = bool(old) and hashlib.sha256(old).hexdigest() not in _written(state)
    before = {row["filename"]: row for row in _read(old)}
    if edited and not before:
        return True  # whatever it is now, it is no longer a table that rows can be added to
    new = {row["filename"]: row for row in rows}
    if edited:
        rows = [*before.values(), *(row for name, row in new.items() if name not in before)]
    else:
        there = set(files)
        rows = [*new.values(), *(row for name, row in before.items() if name in there and name not in new)]
    content = _table(rows)
    if content == old or (edited and len(rows) == len(before)):
        return edited
    if not edited:  # both, for a kill may come before the table is in its place
        state.write_text("\n".join(hashlib.sha256(one).hexdigest() for one in (old, content)))
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return edited


def _written(state: Path) -> list[str]:
    return state.read_text().split() if state.exists() else []


def _read(content: bytes) -> list[dict[str, str]]:
    with long_fields():
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""), restval="")
        rows = list(reader)
    return [{name: value for name, value in row.items() if name} for row in rows if row.get("filename")]


def _table(rows: Sequence[Row]) -> bytes:
    named = dict.fromkeys(name for row in rows for name in row)
    middle = [name for name in named if name not in (*_FIRST, *_LAST)]
    columns = [name for name in (*_FIRST, *middle, *_LAST) if name in named or name == "filename"]
    text = io.StringIO()
    table = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
