"""Labelled posters: which files, of which films, with which labels, in which split. Nothing is decoded here.

What `train` learns from and `evaluate` asks about. Row i of all fields is the same poster; rows are in the order of
the table. A label is a class or none, so that one poster may have several: `labels[i, c]` says whether poster i is of
`classes[c]`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Rows = NDArray[np.intp]

SPLITS = ("train", "val", "test")
"""train: what weights are learned from; val: what chooses among epochs and options; test: looked at once, at last."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Posters with labels. ValueError where fields do not fit one another.

    `names`: path of each below the folder of images, as the table has it, unique. `files`: where it is. `films`: what
    tells films apart, the file's own name where no film is known; no film is in two splits. `contents`: SHA-256 of each
    file, "" for one that cannot be read; of one content is one film. `splits`: one of SPLITS each. `classes`: names,
    sorted. `labels`: (n, classes), each poster has at least one. `first`: (n,) the class that the table names first, of
    those in `classes`.
    """

    names: Sequence[str]
    files: Sequence[Path]
    films: Sequence[str]
    contents: Sequence[str]
    splits: Sequence[str]
    classes: Sequence[str]
    labels: Labels
    first: Rows

    def __post_init__(self) -> None:
        fields = (self.names, self.files, self.films, self.contents, self.splits, self.first)
        lengths = {len(field) for field in fields}
        if self.labels.shape != (len(self.names), len(self.classes)) or len(lengths) != 1:
            raise ValueError(f"{self.labels.shape} labels of {lengths} posters and {len(self.classes)} classes")
        if unknown := {*self.splits} - {*SPLITS}:
            raise ValueError(f"splits {sorted(unknown)}, not of {SPLITS}")

    def __len__(self) -> int:
        return len(self.names)

    def rows(self, *splits: str) -> Rows:
        """Return the rows of these splits, ascending."""
        return np.flatnonzero(np.isin(np.asarray(self.splits), splits))

    def take(self, rows: Rows) -> "Dataset":
        """Return these posters alone, in this order; the classes stay."""
        return Dataset(
            names=[self.names[row] for row in rows],
            files=[self.files[row] for row in rows],
            films=[self.films[row] for row in rows],
            contents=[self.contents[row] for row in rows],
            splits=[self.splits[row] for row in rows],
            classes=self.classes,
            labels=self.labels[rows],
            first=self.first[rows],
        )

    def part(self, *splits: str) -> "Dataset":
        """Return the posters of these splits alone."""
        return self.take(self.rows(*splits))
