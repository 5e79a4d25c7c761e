"""How alike posters are: features, the space they are reduced to, and the graph of neighbours in it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.artifacts.formats import arrays_of, float32, int32, mapped, reading, require_rows, save
from mapmaker.artifacts.names import FEATURES, NEIGHBORS, SPACE, VECTORS
from mapmaker.artifacts.places import read_layout
from mapmaker.artifacts.posters import read_looks, read_selection
from mapmaker.errors import ArtifactError
from mapmaker.model import Features, Floats, Neighbors, Posters
from mapmaker.workspace import Workspace


def write_features(work: Workspace, features: Features, name: str = FEATURES) -> None:
    """Write the values; `name` is FEATURES or VECTORS."""
    save(work.fresh(name), features.values)


def write_features_by_parts(work: Workspace, rows: int, parts: Iterable[tuple[NDArray[np.int64], Floats]]) -> int:
    """Write features of so many `rows` that are never in memory all at once; return how many numbers each has.

    `parts`: ascending rows (n,) and their values (n, d), in any order; rows that none names stay zero.
    """
    with work.fresh(FEATURES).open("wb") as file:
        numbers = start = 0
        for some, values in parts:
            if not numbers:
                numbers = values.shape[1]
                np.lib.format.write_array_header_1_0(file, _described(values, rows))
                start = file.tell()
                file.truncate(start + rows * values.itemsize * numbers)
            if values.shape[1] != numbers:
                raise ArtifactError(f"features: {values.shape[1]:,} numbers of some images, {numbers:,} of others")
            for run in np.split(np.arange(len(some)), np.flatnonzero(np.diff(some) != 1) + 1):
                file.seek(start + int(some[run[0]]) * values.itemsize * numbers)
                file.write(values[run[0] : run[-1] + 1].tobytes())
        return numbers


def _described(values: Floats, rows: int) -> dict[str, Any]:
    """Return the header of an .npy file of so many `rows` like those of `values`."""
    kind = np.lib.format.dtype_to_descr(values.dtype)
    return {"descr": kind, "fortran_order": False, "shape": (rows, *values.shape[1:])}


def read_features(work: Workspace, name: str = FEATURES, rows: int | None = None) -> Features:
    """Read what `write_features` wrote; the values stay in their file until they are looked at."""
    with reading(work.path(name)) as path:
        features = Features(mapped(path))
        require_rows(len(features.values), rows)
        return features


def map_features(work: Workspace, rows: int) -> Floats:
    """Return the values as they lie in their file, none of which was looked at: for who asks for a few of many."""
    with reading(work.path(FEATURES)) as path:
        values = mapped(path)
        if values.ndim != 2 or values.dtype != np.float32:
            raise ArtifactError(f"{values.dtype} of shape {values.shape}, not (rows, d) float32")
        require_rows(len(values), rows)
        return values


def write_neighbors(work: Workspace, neighbors: Neighbors) -> None:
    """Write the graph: arrays `index` and `similarity`, and the name of its `metric`."""
    np.savez(
        work.fresh(NEIGHBORS),
        index=neighbors.index,
        similarity=neighbors.similarity,
        metric=np.array(neighbors.metric),
    )


def read_neighbors(work: Workspace, rows: int | None = None) -> Neighbors:
    """Read what `write_neighbors` wrote; a graph without a metric is one of euclidean distance."""
    with reading(work.path(NEIGHBORS)) as path, arrays_of(path) as arrays:
        metric = str(arrays["metric"]) if "metric" in arrays else "euclidean"
        neighbors = Neighbors(int32(arrays["index"]), float32(arrays["similarity"]), metric)
        require_rows(len(neighbors.index), rows)
        return neighbors


def write_space(work: Workspace, mean: Floats, axes: Floats) -> None:
    """Write arrays `mean` (d,) and `axes` (d, c)."""
    np.savez(work.fresh(SPACE), mean=mean, axes=axes)


def read_space(work: Workspace) -> tuple[Floats, Floats]:
    """Read what `write_space` wrote."""
    with reading(work.path(SPACE)) as path, arrays_of(path) as arrays:
        return float32(arrays["mean"]), float32(arrays["axes"])


def read_selected(work: Workspace) -> tuple[Floats, Neighbors]:
    """Return the vectors (n, d) of what is selected, and the graph of these n among themselves."""
    selection = read_selection(work)
    rows, all_rows = selection.rows, len(selection.verdict)
    vectors = read_features(work, VECTORS, all_rows).values[rows]
    return vectors, read_neighbors(work, all_rows).among(rows)


def read_posters(work: Workspace) -> Posters:
    """Return all that says how alike the selected posters are; the features stay in their file."""
    rows = read_selection(work).rows
    points, vectors = read_layout(work, len(rows)).points, read_features(work, VECTORS).values[rows]
    return Posters(points, vectors, read_features(work).values, rows, read_looks(work).colors[rows])
