"""A row an image: what it is, what its pixels say at a glance, what the user says of it, whether it is selected."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from mapmaker.artifacts.formats import arrays_of, float32, read_table, reading, require_rows, write_table
from mapmaker.artifacts.names import IMAGES, LOOKS, METADATA, REJECTS, SELECTION
from mapmaker.errors import ArtifactError
from mapmaker.model import Images, Looks, Metadata, Reject, Selection
from mapmaker.workspace import Workspace

_OWN = ("title", "year", "tags", "url")


def part_digest(work: Workspace, part: str) -> str | None:
    """Return the digest of an artefact, or of one column of a table: "images.csv[path]"."""
    name, bracket, column = part.partition("[")
    whole = work.digest(name)
    if not bracket or whole is None:
        return whole
    return _column_digests(work.path(name), whole).get(column.removesuffix("]"), _column_digest([]))


@lru_cache(maxsize=2)
def _column_digests(table: Path, digest: str) -> Mapping[str, str]:  # noqa: ARG001 - of the file, by which it is kept
    """Return the digest of each column: many stages ask for many columns of one table."""
    with reading(table) as path:
        return {name: _column_digest(values) for name, values in read_table(path).items()}


def _column_digest(values: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(values).encode("utf-8", "surrogateescape")).hexdigest()


def write_images(work: Workspace, images: Images) -> None:
    """Write a table, a row an image; `present` is 1 or 0."""
    columns = {
        "id": images.id,
        "path": images.path,
        "sha256": images.sha256,
        "width": images.width.tolist(),
        "height": images.height.tolist(),
        "present": images.present.astype(int).tolist(),
    }
    write_table(work.fresh(IMAGES), columns)


def read_images(work: Workspace) -> Images:
    """Read what `write_images` wrote: nearly every stage asks, so it is read anew only where the file is another."""
    with reading(work.path(IMAGES)) as path:
        status = path.stat()
        return _images(path.absolute(), (status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=1)
def _images(path: Path, stamp: object) -> Images:  # noqa: ARG001 - tells a file from another in its place
    table = read_table(path)
    images = Images(
        id=table["id"],
        path=table["path"],
        sha256=table["sha256"],
        width=np.array(table["width"], np.int32),
        height=np.array(table["height"], np.int32),
        present=np.array(table["present"], np.int32).astype(bool),
    )
    for shared in (images.width, images.height, images.present):
        shared.setflags(write=False)
    return images


def write_rejects(work: Workspace, rejects: Sequence[Reject]) -> None:
    """Write path and reason of every file that is left out."""
    columns = {"path": [r.path for r in rejects], "reason": [r.reason for r in rejects]}
    write_table(work.fresh(REJECTS), columns)


def read_rejects(work: Workspace) -> list[Reject]:
    """Read what `write_rejects` wrote."""
    with reading(work.path(REJECTS)) as path:
        table = read_table(path)
        return [Reject(*row) for row in zip(table["path"], table["reason"], strict=True)]


def write_looks(work: Workspace, looks: Looks) -> None:
    """Write arrays by the names of the fields."""
    np.savez(work.fresh(LOOKS), **{field.name: getattr(looks, field.name) for field in dataclasses.fields(looks)})


def read_looks(work: Workspace, rows: int | None = None) -> Looks:
    """Read what `write_looks` wrote."""
    with reading(work.path(LOOKS)) as path, arrays_of(path) as arrays:
        looks = Looks(arrays["hash"], float32(arrays["deviation"]), arrays["size"], arrays["colors"])
        require_rows(len(looks), rows)
        return looks


def write_metadata(work: Workspace, metadata: Metadata) -> None:
    """Write a table, a row an image; tags are joined by |."""
    columns: dict[str, Iterable[object]] = {
        "title": metadata.title,
        "year": ["" if year is None else year for year in metadata.year],
        "tags": ["|".join(tags) for tags in metadata.tags],
        "url": metadata.url,
    }
    write_table(work.fresh(METADATA), {**columns, **metadata.more})


def read_metadata(work: Workspace, rows: int | None = None) -> Metadata:
    """Read what `write_metadata` wrote."""
    with reading(work.path(METADATA)) as path:
        table = read_table(path)
        require_rows(len(table["title"]), rows)
        return Metadata(
            title=table["title"],
            year=[int(year) if year else None for year in table["year"]],
            tags=[tuple(tags.split("|")) if tags else () for tags in table["tags"]],
            url=table["url"],
            more={name: values for name, values in table.items() if name not in _OWN},
        )


def write_selection(work: Workspace, selection: Selection) -> None:
    """Write each row's verdict."""
    write_table(work.fresh(SELECTION), {"verdict": selection.verdict})


def read_selection(work: Workspace, rows: int | None = None) -> Selection:
    """Read what `write_selection` wrote."""
    with reading(work.path(SELECTION)) as path:
        selection = Selection(read_table(path)["verdict"])
        require_rows(len(selection.verdict), rows)
        if not len(selection.rows):
            raise ArtifactError(f"no poster is kept; a verdict must be {Selection.KEPT!r}")
        return selection
