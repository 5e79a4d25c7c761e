"""A folder of images and a table -> labelled posters, and what was left out.

The table is any that `build --metadata` takes, or Kaggle's MovieGenre.csv. The rules, each told where it applies:
a row whose file is not there is left out; so is a poster without a label, and a class of fewer films than
`Labelling.least`, which can neither be learned nor measured (with one film it would be in one split alone).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mapmaker.errors import ImagesError, MetadataError, OptionError, near
from mapmaker.learn import splits
from mapmaker.learn.dataset import Dataset, Labels, Rows
from mapmaker.learn.kaggle import read_movie_genre
from mapmaker.learn.splits import read_splits
from mapmaker.plural import count_of
from mapmaker.search.conditions import fulfilling
from mapmaker.stages.metadata import tags_of
from mapmaker.tables import Table, read_table
from mapmaker.tables.moviegenre import is_movie_genre
from mapmaker.tables.table import KEY, SYNONYMS

RULES = ("multi", "first", "rarest", "only")
EXAMPLES, MOST_TOLD = 3, 8
SPLIT_COLUMN, FILM_COLUMN = "split", "imdb_id"


@dataclass(frozen=True)
class Labelling:
    """Which posters are learned from, what their labels are, and which split each is in.

    `column`: of the table, several labels in it apart by `|`, `,` or `;`. `rule`: "multi", all of them; "first", the
    one that is named first; "rarest", the one of the fewest films; "only", posters with exactly one of `classes`.
    `classes`: these alone; empty takes all. `least`: films that a class must have. `where`: a condition on the table's
    columns, as `similar --where` has it. `film`: the column that tells films apart; a poster that has nothing there,
    or a table without the column, counts as a film of its own. `split`: the column that says train, val or test;
    "auto" takes `split` if there is one; "" draws splits with `seed`. `splits`: a file of them instead, such as
    another run wrote.
    """

    column: str = "genres"
    rule: str = "multi"
    classes: tuple[str, ...] = ()
    least: int = 20
    where: str = ""
    film: str = FILM_COLUMN
    split: str = "auto"
    splits: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise OptionError(f"rule = {self.rule!r} is not known: {near(self.rule, RULES)}")
        if self.rule == "only" and len(self.classes) < 2:
            raise OptionError(
                "rule = 'only' takes posters with exactly one of several classes: give two or more classes"
            )
        if self.least < 2:
            raise OptionError(f"least = {self.least} is below 2; a class of one film is in one split alone")


@dataclass(frozen=True)
class _Poster:
    name: str
    file: Path
    film: str
    split: str
    named: tuple[str, ...]


def read_dataset(images: Path, metadata: Path, labelling: Labelling | None = None) -> tuple[Dataset, list[str]]:
    """Return the posters of `images` that `metadata` labels, and notes on what was left out.

    ImagesError, MetadataError or OptionError for what cannot be used, one class only among it.
    """
    asked = labelling or Labelling()
    table = _table(images, metadata)
    notes = [f"{metadata}: {oddity}" for oddity in table.oddities]
    posters = _posters(images, metadata, table, asked, notes)
    classes = _classes(posters, asked, metadata, notes)
    labels, first = _labels(posters, classes, asked.rule)
    kept = np.flatnonzero(labels.any(axis=1))
    if len(kept) < len(posters):
        notes.append(f"{count_of(len(posters) - len(kept), 'poster')} without a label that counts: left out")
    posters, labels = [posters[row] for row in kept], labels[kept]
    films = [one.film for one in posters]
    return Dataset(
        names=[one.name for one in posters],
        files=[one.file for one in posters],
        films=films,
        splits=_splits(posters, films, labels, asked, metadata),
        classes=classes,
        labels=labels,
        first=first[kept],
    ), notes


def _table(images: Path, metadata: Path) -> Table:
    if not images.is_dir():
        raise ImagesError(f"no folder {images}; give the folder that holds the posters")
    return read_movie_genre(metadata, images) if is_movie_genre(metadata) else read_table(metadata)


def _posters(images: Path, metadata: Path, table: Table, asked: Labelling, notes: list[str]) -> list[_Poster]:
    """Return the rows asked for whose file is there, each file once."""
    labels = _column(table, asked.column, metadata)
    films = _column(table, asked.film, metadata) if asked.film != FILM_COLUMN or FILM_COLUMN in table.columns else None
    split_of = _told_splits(table, asked, metadata)
    files = Files(images)
    found: dict[str, _Poster] = {}
    missing: list[str] = []
    for row in _rows(table, asked.where):
        name = table.rows[row][KEY]
        file = files.find(name)
        if file is None:
            missing.append(name)
        elif (path := file.relative_to(images).as_posix()) not in found:
            film = films[row] if films and films[row] else path
            found[path] = _Poster(path, file, film, split_of(row, path) if split_of else "", tags_of(labels[row]))
    if not found:
        raise ImagesError(f"{metadata} names no image that is in {images} and asked for; give the folder it is about")
    if missing:
        examples = ", ".join(repr(name) for name in missing[:EXAMPLES])
        notes.append(f"{count_of(len(missing), 'row names', 'rows name')} no image that is there: left out: {examples}")
    posters = [one for one in found.values() if one.split or split_of is None]
    if len(posters) < len(found):
        notes.append(f"{count_of(len(found) - len(posters), 'poster')} in no split: left out")
    return posters


def _rows(table: Table, where: str) -> Sequence[int]:
    if not where:
        return range(len(table.rows))
    columns = {name: [row[name] for row in table.rows] for name in table.columns}
    written = {other: columns[name] for other, name in SYNONYMS.items() if name in columns and other not in columns}
    rows: Sequence[int] = np.flatnonzero(fulfilling(where, {**columns, **written})).tolist()
    return rows


def _column(table: Table, name: str, metadata: Path) -> list[str]:
    """Return a column's values. MetadataError for one that is not there."""
    there = name if name in table.columns else SYNONYMS.get(name.lower(), name.lower())
    if there not in table.columns:
        written = {other for other, meant in SYNONYMS.items() if meant in table.columns}
        raise MetadataError(f"{metadata} has no column {name!r}; {near(name, {*table.columns, *written})}")
    return [row[there] for row in table.rows]


def _told_splits(table: Table, asked: Labelling, metadata: Path) -> Callable[[int, str], str] | None:
    """Return what tells the split of a row and path, "" of one that has none; None where splits are to be drawn."""
    if asked.splits is not None:
        by_name = read_splits(asked.splits)
        return lambda _, path: by_name.get(path, "")
    if (asked.split == "auto" and SPLIT_COLUMN not in table.columns) or not asked.split:
        return None
    name = SPLIT_COLUMN if asked.split == "auto" else asked.split
    values = splits.told(_column(table, name, metadata), f"{metadata}, column {name!r}")
    return lambda row, _: values[row]


def _classes(posters: Sequence[_Poster], asked: Labelling, metadata: Path, notes: list[str]) -> list[str]:
    """Return the classes that count, sorted: those asked for, of enough films, which posters to train on have."""
    films: dict[str, set[str]] = {}
    for one in posters:
        for label in one.named:
            films.setdefault(label, set()).add(one.film)
    for label in asked.classes:
        if label not in films:
            raise MetadataError(f"{metadata}, column {asked.column!r}: no poster is {label!r}; {near(label, films)}")
    wanted = sorted(asked.classes or films)
    few = [label for label in wanted if len(films[label]) < asked.least]
    if few:
        told = ", ".join(f"{label} ({len(films[label])})" for label in few[:MOST_TOLD])
        notes.append(f"{count_of(len(few), 'class', 'classes')} of fewer than {asked.least} films left out: {told}")
    classes = [label for label in wanted if label not in few]
    if len(classes) < 2:
        raise MetadataError(
            f"{metadata}, column {asked.column!r}: {count_of(len(classes), 'class', 'classes')} of at least "
            f"{asked.least} films, and it takes two; give another column, or a smaller `least`"
        )
    return classes


def _labels(posters: Sequence[_Poster], classes: Sequence[str], rule: str) -> tuple[Labels, Rows]:
    """Return the labels by the rule, and the class named first, -1 where none counts."""
    index = {label: column for column, label in enumerate(classes)}
    named = [[index[label] for label in one.named if label in index] for one in posters]
    films = [
        len({one.film for one, has in zip(posters, named, strict=True) if column in has}) for column in index.values()
    ]
    labels = np.zeros((len(posters), len(classes)), bool)
    for row, has in enumerate(named):
        if rule == "only" and len(has) != 1:
            continue
        chosen = {"first": has[:1], "rarest": sorted(has, key=lambda one: (films[one], one))[:1]}.get(rule, has)
        labels[row, chosen] = True
    return labels, np.array([has[0] if has else -1 for has in named], np.intp)


def _splits(
    posters: Sequence[_Poster], films: Sequence[str], labels: Labels, asked: Labelling, metadata: Path
) -> list[str]:
    told = [one.split for one in posters]
    found = told if all(told) else splits.drawn(films, labels, asked.seed)
    splits.check(films, found, str(asked.splits or metadata))
    return found


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
