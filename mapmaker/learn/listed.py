"""A folder of images and a table -> which rows of it are of which file."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mapmaker.errors import ImagesError, MetadataError, near
from mapmaker.learn.kaggle import read_movie_genre
from mapmaker.search.conditions import fulfilling
from mapmaker.tables import Table, read_table
from mapmaker.tables.moviegenre import is_movie_genre
from mapmaker.tables.table import KEY, SYNONYMS


@dataclass(frozen=True)
class Listed:
    """What a table names. `rows`: of each file that is there, by its path; `lost`: names of which there is no file."""

    rows: Mapping[str, Sequence[int]]
    lost: Sequence[str]


def table_of(images: Path, metadata: Path) -> Table:
    """Return the table, Kaggle's too. ImagesError without a folder of images, MetadataError for what is no table."""
    if not images.is_dir():
        raise ImagesError(f"no folder {images}; give the folder that holds the posters")
    return read_movie_genre(metadata, images) if is_movie_genre(metadata) else read_table(metadata)


def listed(images: Path, table: Table, where: str) -> Listed:
    """Return what the table names, of the rows of which the condition `where` holds."""
    files = Files(images)
    found: dict[str, list[int]] = {}
    lost: list[str] = []
    for row in _rows(table, where):
        file = files.find(table.rows[row][KEY])
        if file is None:
            lost.append(table.rows[row][KEY])
        else:
            found.setdefault(file.relative_to(images).as_posix(), []).append(row)
    return Listed(found, lost)


def _rows(table: Table, where: str) -> Sequence[int]:
    if not where:
        return range(len(table.rows))
    columns = {name: [row[name] for row in table.rows] for name in table.columns}
    written = {other: columns[name] for other, name in SYNONYMS.items() if name in columns and other not in columns}
    rows: Sequence[int] = np.flatnonzero(fulfilling(where, {**columns, **written})).tolist()
    return rows


def column(table: Table, name: str, metadata: Path) -> list[str]:
    """Return a column's values. MetadataError for one that is not there."""
    there = name if name in table.columns else SYNONYMS.get(name.lower(), name.lower())
    if there not in table.columns:
        written = {other for other, meant in SYNONYMS.items() if meant in table.columns}
        raise MetadataError(f"{metadata} has no column {name!r}; {near(name, {*table.columns, *written})}")
    return [row[there] for row in table.rows]


class Files:
    """Finds the file that a table means: by path below the folder, or by bare name where only one has it."""

    def __init__(self, images: Path) -> None:
        self._images = images
        self._bare: dict[str, Path | None] | None = None

    def find(self, name: str) -> Path | None:
        """Return the file, None if there is none, or more than one."""
        for written in dict.fromkeys((name, name.replace("\\", "/"))):
            if written and (self._images / written).is_file():
                return Path(os.path.normpath(self._images / written))
        if self._bare is None:
            self._bare = {}
            for folder, _, names in os.walk(self._images):
                for one in names:
                    self._bare[one] = None if one in self._bare else Path(folder) / one
        return self._bare.get(name)
