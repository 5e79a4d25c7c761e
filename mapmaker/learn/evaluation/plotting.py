"""Posters as a network sees them -> drawings: the plane in colours of genres, how many there are, which go together.

What was learned from lies apart by genre in any plane, for that is what learning does: the posters of the test split
are drawn by themselves, too.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import OutputError
from mapmaker.learn import charts
from mapmaker.learn.charts import COLOURS, Bar
from mapmaker.learn.dataset import Dataset
from mapmaker.model import Floats
from mapmaker.stages.layout import layout
from mapmaker.workspace import replacing


@dataclass(frozen=True)
class Drawn:
    """The drawings, by the names of their files."""

    texts: dict[str, str]

    def write(self, folder: Path) -> list[Path]:
        """Write them into `folder`; return the files. OutputError if they cannot be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in self.texts.items():
                with replacing(folder / name) as temporary:
                    temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"cannot write {folder}: {error.strerror or error}; give another folder with --out"
            ) from error
        return [folder / name for name in self.texts]


def plot(vectors: Floats, dataset: Dataset, method: str = "umap", seed: int = 0) -> Drawn:
    """Return drawings of the posters of `dataset`, (n, d) `vectors` of whom are laid out by `method`.

    OptionError for a layout that is not known, MissingExtra for UMAP without its extra.
    """
    options = {} if method == "pca" else {"seed": seed}
    points = layout(vectors, method, metric="cosine", components=0, **options)
    groups, names = _groups(dataset)
    told = "One dot a poster, in the colour of the first genre that its table names; pale: of a genre less frequent."
    texts = {
        f"{method}.svg": charts.scatter(f"All posters, by {method}", told, points, groups, names),
        "genres.svg": _histogram(dataset),
        "together.svg": _together(dataset),
    }
    test = dataset.rows("test")
    if len(test):
        title = f"Posters of the test split alone, by {method} of all"
        texts[f"{method}-test.svg"] = charts.scatter(title, told, points[test], groups[test], names)
    return Drawn(texts)


def _groups(dataset: Dataset) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each poster, -1 for none, and names: the first genres that are the most frequent."""
    counts = np.bincount(dataset.first[dataset.first >= 0], minlength=len(dataset.classes))
    most = [column for column in np.argsort(-counts, kind="stable").tolist() if counts[column]][: len(COLOURS)]
    place = np.full(len(dataset.classes) + 1, -1)
    place[most] = np.arange(len(most))
    return place[dataset.first], [dataset.classes[column] for column in most]


def _histogram(dataset: Dataset) -> str:
    """Return how many posters of each split have a genre, the most frequent first."""
    order = np.argsort(-dataset.labels.sum(axis=0), kind="stable").tolist()
    series = []
    for split in ("train", "val", "test"):
        counts = dataset.labels[dataset.rows(split)].sum(axis=0)
        series.append((split, [Bar(float(counts[column])) for column in order]))
    names = [dataset.classes[column] for column in order]
    told = "How many posters of each split have a genre; one of three genres counts for each."
    return charts.bars("Posters of a genre", told, names, series, digits=0)


def _together(dataset: Dataset) -> str:
    """Return how often genres go together."""
    labels = dataset.labels.astype(np.float64)
    counts = labels.T @ labels
    own = np.diag(counts)[:, None]
    shares = np.divide(counts, own, out=np.full_like(counts, np.nan), where=own > 0)
    np.fill_diagonal(shares, np.nan)
    told = "Rows: posters of a genre. Columns: in percent, how many of them are of another one, too."
    return charts.heatmap("Genres that go together", told, dataset.classes, dataset.classes, shares)
