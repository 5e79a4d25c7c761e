"""A folder of images and a table -> labelled posters, and what was left out.

The table is any that `build --metadata` takes, or Kaggle's MovieGenre.csv. The rules, each told where it applies:
a row whose file is not there is left out; so is a poster without a label, a class of fewer films than
`Labelling.least`, which can neither be learned nor measured (with one film it would be in one split alone), and a class
without a poster to train on. A file that is listed more than once is what its first row says, unless another puts it
into another split: that is refused.
"""

import dataclasses
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mapmaker.errors import ImagesError, MetadataError, OptionError, near
from mapmaker.learn import splits
from mapmaker.learn.dataset import SPLITS, Dataset, Labels, Rows
from mapmaker.learn.films import copied, digests, joined
from mapmaker.learn.listed import Listed, column, listed, table_of
from mapmaker.learn.splits import Poster, read_splits
from mapmaker.plural import count_of
from mapmaker.stages.metadata import tags_of
from mapmaker.tables import Table

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
class Posters:
    """A folder of images, the table that says what is on them, and how that is read; None as it comes."""

    images: Path
    metadata: Path
    labelling: Labelling | None = None


@dataclass(frozen=True)
class _Poster:
    name: str
    file: Path
    film: str
    content: str
    split: str
    named: tuple[str, ...]


def read_dataset(images: Path, metadata: Path, labelling: Labelling | None = None) -> tuple[Dataset, list[str]]:
    """Return the posters of `images` that `metadata` labels, and notes on what was left out.

    ImagesError, MetadataError or OptionError for what cannot be used, one class only among it.
    """
    asked = labelling or Labelling()
    notes: list[str] = []
    posters = _posters(Posters(images, metadata), asked, notes)
    classes, labels, first = _labelled(posters, asked, metadata, notes)
    kept = np.flatnonzero(labels.any(axis=1))
    if len(kept) < len(posters):
        notes.append(f"{count_of(len(posters) - len(kept), 'poster')} without a label that counts: left out")
    posters, labels = [posters[row] for row in kept], labels[kept]
    films = [one.film for one in posters]
    dataset = Dataset(
        names=[one.name for one in posters],
        files=[one.file for one in posters],
        films=films,
        contents=[one.content for one in posters],
        splits=_splits(posters, films, labels, asked, metadata),
        classes=classes,
        labels=labels,
        first=first[kept],
    )
    return dataset, [*notes, *_absent(dataset)]


def _absent(dataset: Dataset) -> Iterator[str]:
    """Yield a note on each split that lacks classes: their figures there are of nothing."""
    for split in SPLITS:
        counts = dataset.part(split).labels.sum(axis=0)
        lacking = [label for label, count in zip(dataset.classes, counts, strict=True) if not count]
        if lacking and split in dataset.splits:
            yield f"{count_of(len(lacking), 'class has', 'classes have')} no poster in {split}: {_few(lacking)}"


def _posters(posters: Posters, asked: Labelling, notes: list[str]) -> list[_Poster]:
    """Return the posters that are asked for, whose file is there, and that are in a split, if splits are told."""
    images, metadata = posters.images, posters.metadata
    table = table_of(images, metadata)
    notes += [f"{metadata}: {oddity}" for oddity in table.oddities]
    labels = column(table, asked.column, metadata)
    film_of = column(table, asked.film, metadata) if asked.film != FILM_COLUMN or FILM_COLUMN in table.columns else []
    split_of = _told_splits(table, asked, metadata)
    found = listed(images, table, asked.where)
    if not found.rows:
        raise ImagesError(f"{metadata} names no image that is in {images} and asked for; give the folder it is about")
    names, rows = list(found.rows), [several[0] for several in found.rows.values()]
    contents = digests([images / name for name in names])
    films = joined(
        [(film_of[row] if film_of else "") or name for name, row in zip(names, rows, strict=True)], contents, names
    )
    notes += _oddities(found, copied(names, contents))
    every = [
        _Poster(name, images / name, film, content, "", tags_of(labels[row]))
        for name, row, film, content in zip(names, rows, films, contents, strict=True)
    ]
    return every if split_of is None else _in_splits(every, found, split_of, str(asked.splits or metadata), notes)


def _oddities(found: Listed, copies: Sequence[str]) -> Iterator[str]:
    lost, again = found.lost, [name for name, rows in found.rows.items() if len(rows) > 1]
    if lost:
        yield f"{count_of(len(lost), 'row names', 'rows name')} no image that is there: left out: {_few(lost)}"
    if again:
        told = count_of(len(again), "file is", "files are")
        yield f"{told} listed more than once: the first row counts: {_few(again)}"
    if copies:
        told = count_of(len(copies), "poster is a copy", "posters are copies")
        yield f"{told} of another: {_few(copies)}: of one film"


def _in_splits(
    every: Sequence[_Poster], found: Listed, split_of: Callable[[int, Poster], str], where: str, notes: list[str]
) -> list[_Poster]:
    """Return those that are in a split. MetadataError if none is, and for a poster that is listed in two."""
    posters = []
    for one in every:
        told = dict.fromkeys(split_of(row, Poster(one.name, one.film, one.content)) for row in found.rows[one.name])
        if len(told) > 1:
            first, second, *_ = (split or "no split" for split in told)
            raise MetadataError(f"{where}: {one.name!r} is listed in {first} and in {second}; list it once")
        if split := next(iter(told)):
            posters.append(dataclasses.replace(one, split=split))
    if not posters:
        raise MetadataError(
            f"{where}: no poster is in a split; write train, val or test for each, or have splits drawn by --split ''"
        )
    if len(posters) < len(every):
        notes.append(f"{count_of(len(every) - len(posters), 'poster')} in no split: left out")
    return posters


def _few(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:EXAMPLES])


def _told_splits(table: Table, asked: Labelling, metadata: Path) -> Callable[[int, Poster], str] | None:
    """Return what tells the split of a row and poster, "" of one that has none; None where splits are to be drawn."""
    if asked.splits is not None:
        saved = read_splits(asked.splits)
        return lambda _, poster: saved.split_of(poster)
    if (asked.split == "auto" and SPLIT_COLUMN not in table.columns) or not asked.split:
        return None
    name = SPLIT_COLUMN if asked.split == "auto" else asked.split
    values = splits.told(column(table, name, metadata), f"{metadata}, column {name!r}")
    return lambda row, _: values[row]


def _labelled(
    posters: Sequence[_Poster], asked: Labelling, metadata: Path, notes: list[str]
) -> tuple[list[str], Labels, Rows]:
    """Return the classes that count, each of which some poster to train on has by the rule, and the labels."""
    classes = _classes(posters, asked, metadata, notes)
    to_train = np.array([one.split in ("", "train") for one in posters])  # "": splits are yet to be drawn
    while True:
        labels, first = _labels(posters, classes, asked.rule)
        untrained = [label for label, has in zip(classes, labels[to_train].any(axis=0), strict=True) if not has]
        if not untrained:
            return classes, labels, first
        told = ", ".join(untrained[:MOST_TOLD])
        notes.append(f"{count_of(len(untrained), 'class', 'classes')} without a poster to train on left out: {told}")
        classes = [label for label in classes if label not in untrained]
        if len(classes) < 2:
            raise MetadataError(
                f"{metadata}, column {asked.column!r}: {count_of(len(classes), 'class', 'classes')} with a poster to "
                "train on, and it takes two; give another column, or other splits"
            )


def _classes(posters: Sequence[_Poster], asked: Labelling, metadata: Path, notes: list[str]) -> list[str]:
    """Return the classes that count, sorted: those asked for, of enough films, which posters to train on have."""
    films: dict[str, set[str]] = {}
    for one in posters:
        for label in one.named:
            films.setdefault(label, set()).add(one.film)
    for label in asked.classes:
        if label not in films:
            raise MetadataError(f"{metadata}, column {asked.column!r}: no poster is {label!r}; {near(label, films)}")
    notes += _alike(films)
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


def _alike(labels: Iterable[str]) -> Iterator[str]:
    """Yield a note on labels that a reader would take for the same."""
    written: dict[str, list[str]] = {}
    for label in labels:
        written.setdefault(unicodedata.normalize("NFKC", label).casefold(), []).append(label)
    for several in written.values():
        if len(several) > 1:
            told = " and ".join(ascii(label) for label in sorted(several))
            yield f"{told} are {len(several)} classes; write them alike if they are one"


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
