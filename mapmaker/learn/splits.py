"""Films -> splits: drawn alike in labels, read from a column or a file, saved. No film is ever in two.

Drawn by iterative stratification (Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD
2011): the label that is rarest among the films still to be placed goes first, each of its films to the split that lacks
it most.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import MetadataError
from mapmaker.learn.dataset import SPLITS, Dataset, Labels
from mapmaker.learn.saving import splits_within
from mapmaker.workspace import replacing

SHARES = (0.8, 0.1, 0.1)
"""Of the films, in the order of SPLITS."""
SYNONYMS = {"training": "train", "validation": "val", "valid": "val", "dev": "val", "testing": "test"}
COLUMNS = ("filename", "film", "split", "sha256")


def stratified(films: Sequence[str], labels: Labels, shares: Sequence[float], seed: int) -> NDArray[np.intp]:
    """Return for each poster which of the parts its film is in; parts are of these `shares`, as nearly as films allow.

    Of k equal shares it makes folds for cross-validation. The same films, labels and seed give the same parts.
    """
    names, film_of = np.unique(np.asarray(films), return_inverse=True)
    of_film = np.zeros((len(names), labels.shape[1]), bool)
    np.logical_or.at(of_film, film_of, labels)
    return _parts(of_film, np.asarray(shares, float), np.random.default_rng(seed))[film_of]


def _parts(labels: Labels, shares: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.intp]:
    part = np.full(len(labels), -1)
    room = shares / shares.sum() * len(labels)
    lacking = np.outer(shares / shares.sum(), labels.sum(axis=0))
    order = random.permutation(len(labels))
    while (left := order[part[order] < 0]).size:
        counts = labels[left].sum(axis=0)
        rarest = int(np.where(counts > 0, counts, len(labels) + 1).argmin())
        for film in left[labels[left, rarest]] if counts[rarest] else left:
            chosen = max(range(len(shares)), key=lambda one: (lacking[one, rarest] if counts[rarest] else 0, room[one]))
            part[film] = chosen
            room[chosen] -= 1
            lacking[chosen] -= labels[film]
    return part


def drawn(films: Sequence[str], labels: Labels, seed: int) -> list[str]:
    """Return a split for each poster, SHARES of the films in each."""
    return [SPLITS[part] for part in stratified(films, labels, SHARES, seed)]


def told(values: Sequence[str], where: str) -> list[str]:
    """Return the splits that a column or file tells, "" where it tells none. MetadataError for a value that is none."""
    found = [SYNONYMS.get(value.strip().lower(), value.strip().lower()) for value in values]
    for row, value in enumerate(found):
        if value and value not in SPLITS:
            raise MetadataError(f"{where}: {values[row]!r} is no split; write train, val or test for each poster")
    return found


def check(films: Sequence[str], splits: Sequence[str], where: str) -> None:
    """Raise MetadataError for a film in two splits, and for a table without train or val."""
    home: dict[str, str] = {}
    for film, split in zip(films, splits, strict=True):
        if home.setdefault(film, split) != split:
            raise MetadataError(
                f"{where}: film {film!r} is in {home[film]} and in {split}; what is tested must not have been learned: "
                "put all posters of a film, and copies, into one split"
            )
    for split in SPLITS[:2]:
        if split not in splits:
            raise MetadataError(f"{where}: no poster is in {split}; there must be some in train and val")


def splits_table(dataset: Dataset) -> str:
    """Return which poster and film is in which split, as CSV."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(dataset.names, dataset.films, dataset.splits, dataset.contents, strict=True))
    return stream.getvalue()


def write_splits(file: Path, dataset: Dataset) -> None:
    """Write `splits_table` to a file, as `read_splits` reads it."""
    with replacing(file) as temporary:
        temporary.write_text(splits_table(dataset), encoding="utf-8", newline="")


@dataclass(frozen=True)
class Poster:
    """What a poster is known by: its name, its film, the name where no film is known, and its file's SHA-256 or ""."""

    name: str
    film: str
    content: str


@dataclass(frozen=True)
class Splits:
    """Which split posters are in, by what they show, by name and by film. Another scan of a film is in that's split."""

    by_content: Mapping[str, str]
    by_name: Mapping[str, tuple[str, str]]
    """Film and split of each name,"""
    by_film: Mapping[str, str]
    """and the split of each film."""

    def known_of(self, poster: Poster) -> list[str]:
        """Return all that is known of a poster's split, what is surest first.

        A name says nothing where both films are known and are not the same: other folders have a poster 1.jpg, too.
        """
        film, split = self.by_name.get(poster.name, ("", ""))
        other = poster.name not in (film, poster.film) and film != poster.film
        found = [self.by_content.get(poster.content, ""), "" if other else split, self.by_film.get(poster.film, "")]
        return [one for one in found if one]

    def split_of(self, poster: Poster) -> str:
        """Return the split of a poster, "" of one that is in none."""
        return next(iter(self.known_of(poster)), "")


def read_splits(file: Path) -> Splits:
    """Return what a file of `splits_table` says, or the network that holds one; columns may lack but for two.

    MetadataError if it cannot be read, or has no `filename` and `split`.
    """
    try:
        text = splits_within(file) if file.suffix == ".keras" else file.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text or "", newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MetadataError(f"cannot read the splits in {file}: {error}") from error
    if not rows or not {"filename", "split"} <= rows[0].keys():
        raise MetadataError(f"{file} has no columns 'filename' and 'split'; a run of train writes such a file")
    values = told([row["split"] or "" for row in rows], str(file))
    by_content: dict[str, str] = {}
    by_name: dict[str, tuple[str, str]] = {}
    by_film: dict[str, str] = {}
    for row, split in zip(rows, values, strict=True):
        name = row["filename"]
        film = row.get("film") or name
        by_name[name], by_film[film] = (film, split), split
        if content := row.get("sha256"):
            by_content[content] = split
    return Splits(by_content, by_name, by_film)
