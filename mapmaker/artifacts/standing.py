"""The last finished map, what changed since, and how good this one is."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mapmaker.appraisal import Appraisal, as_json, from_json
from mapmaker.artifacts.formats import arrays_of, float32, int32, read_table, reading, require_rows, write_table
from mapmaker.artifacts.names import APPRAISAL, CHANGED, LIKENESS, RECALLED, STANDING
from mapmaker.artifacts.posters import read_selection
from mapmaker.model import Change, Likeness, Standing
from mapmaker.workspace import Workspace

_FROM, _TO = ("from_column", "from_row"), ("to_column", "to_row")


def write_standing(work: Workspace, standing: Standing, name: str = STANDING) -> None:
    """Write arrays by the names of the fields; `clusters` as JSON. `name` is STANDING, RECALLED or FORMER."""
    np.savez(work.fresh(name), **_standing_arrays(standing))


def standing_digest(standing: Standing) -> str:
    """Return the digest of what `write_standing` would write."""
    content = io.BytesIO()
    np.savez(content, **_standing_arrays(standing))
    return hashlib.sha256(content.getvalue()).hexdigest()


def _standing_arrays(standing: Standing) -> dict[str, Any]:
    fields = {field.name: getattr(standing, field.name) for field in dataclasses.fields(standing)}
    return fields | {"clusters": json.dumps([list(pair) for pair in standing.clusters])}


def read_standing(work: Workspace, name: str = STANDING) -> Standing:
    """Read what `write_standing` wrote, or did when it knew nothing of `contents` and what follows."""
    with reading(work.path(name)) as path, arrays_of(path) as arrays:
        return Standing(
            points=float32(arrays["points"]),
            cells=int32(arrays["cells"]),
            columns=int(arrays["columns"]),
            rows=int(arrays["rows"]),
            labels=int32(arrays["labels"]),
            clusters=[(slug, name) for slug, name in json.loads(str(arrays["clusters"]))],
            late=arrays["late"].astype(bool),
            mean=float32(arrays["mean"]),
            axes=float32(arrays["axes"]),
            basis=str(arrays["basis"]),
            grouping=str(arrays["grouping"]),
            contents=arrays.get("contents", np.zeros(0)).astype(np.uint64),
            fresh=float(arrays.get("fresh", np.nan)),
            ids=arrays.get("ids", np.zeros(0, str)).astype(str).tolist(),
            away=arrays.get("away", np.zeros(0)).astype(bool),
        )


def recalled(work: Workspace) -> Standing:
    """Return what is gone on from, of the selected rows alone: of all of them nothing, if it is a fresh map."""
    return read_standing(work, RECALLED).of(read_selection(work).rows)


def write_changes(work: Workspace, changes: Sequence[Change]) -> None:
    """Write a table, a row a poster: id, path, its cell before and now, blank where it has none; replaced is 1 or 0."""
    columns: dict[str, Iterable[object]] = {"id": [c.id for c in changes], "path": [c.path for c in changes]}
    for names, cells in ((_FROM, [c.before for c in changes]), (_TO, [c.now for c in changes])):
        for axis, name in enumerate(names):
            columns[name] = ["" if cell is None else cell[axis] for cell in cells]
    columns["replaced"] = [int(c.replaced) for c in changes]
    write_table(work.fresh(CHANGED), columns)


def read_changes(work: Workspace) -> list[Change]:
    """Read what `write_changes` wrote."""
    with reading(work.path(CHANGED)) as path:
        table = read_table(path)
        cells = [
            [(int(x), int(y)) if x and y else None for x, y in zip(table[across], table[down], strict=True)]
            for across, down in (_FROM, _TO)
        ]
        replaced = [bool(int(mark)) for mark in table["replaced"]]
        return [Change(*row) for row in zip(table["id"], table["path"], *cells, replaced, strict=True)]


def write_likeness(work: Workspace, likeness: Likeness) -> None:
    """Write the shares by name, null for what nobody knows."""
    text = json.dumps(dataclasses.asdict(likeness), indent=1)
    work.fresh(LIKENESS).write_text(text + "\n", encoding="utf-8")


def read_likeness(work: Workspace) -> Likeness:
    """Read what `write_likeness` wrote."""
    with reading(work.path(LIKENESS)) as path:
        value = json.loads(path.read_text(encoding="utf-8"))
        return Likeness(value["now"], value["fresh"], value["new"], value["late"])


def write_appraisal(work: Workspace, appraisal: Appraisal) -> None:
    """Write all figures as JSON."""
    text = json.dumps(as_json(appraisal), indent=1, ensure_ascii=True)
    work.fresh(APPRAISAL).write_text(text + "\n", encoding="utf-8")


def read_appraisal(work: Workspace, rows: int | None = None) -> Appraisal:
    """Read what `write_appraisal` wrote."""
    with reading(work.path(APPRAISAL)) as path:
        appraisal = from_json(json.loads(path.read_text(encoding="utf-8")))
        require_rows(appraisal.posters, rows)
        return appraisal
