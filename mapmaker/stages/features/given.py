"""A user's own features: a file -> float32, a part of the rows at a time, or a refusal."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ModelError
from mapmaker.model import Floats, Images
from mapmaker.plural import count_of

PART = 8_192
"""Rows at a time."""


def read_features_file(file: Path, images: Images) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Yield rows of images, ascending (n,), and their features (n, d) float32, some at a time, from a user's file.

    It is .npy with a row for each image on the map, in the order of images.csv, and then never held whole; or .npz with
    `filenames` (paths relative to the folder) and `features`. ModelError if it does not fit.
    """
    present = np.flatnonzero(images.present)
    given, names = _load_features(file)
    places = np.arange(len(present)) if names is None else _places(file, names, len(given), images)
    if given.ndim != 2 or not given.size or (names is None and len(given) != len(present)):
        raise ModelError(
            f"{file} has shape {given.shape}, but there are {len(present):,} images, in the order of images.csv in the "
            f"work folder, to have some numbers each: save it with shape ({len(present)}, numbers)"
        )
    if given.dtype.kind not in "fiub":
        raise ModelError(f"{file} holds values that are not finite numbers but {given.dtype}; save it as float32")
    for start in range(0, len(present), PART):
        rows = present[start : start + PART]
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            values = given[places[start : start + PART]].astype(np.float32)
        if not np.isfinite(values).all():
            _refuse_first(file, values, [images.path[row] for row in rows.tolist()])
        yield rows, values


def _places(file: Path, names: Sequence[str], features: int, images: Images) -> NDArray[np.int64]:
    """Return where in `file` the features of each image on the map are. ModelError if one has none."""
    if len(names) != features:
        raise ModelError(f"{file} has {len(names):,} filenames and {features:,} features; one for each is needed")
    position = {name: i for i, name in enumerate(names)}
    paths = [images.path[row] for row in np.flatnonzero(images.present).tolist()]
    lacking = [path for path in paths if path not in position]
    if lacking:
        raise ModelError(f"{file} has no features for {count_of(len(lacking), 'image')}, {lacking[0]!r} for one")
    return np.array([position[path] for path in paths], np.int64)


def _refuse_first(file: Path, values: Floats, paths: Sequence[str]) -> NoReturn:
    """Raise ModelError for the first of the `values` that is none."""
    row = int(np.argmin(np.isfinite(values).all(axis=1)))
    column = int(np.argmin(np.isfinite(values[row])))
    raise ModelError(
        f"{file} holds values that are not finite numbers as float32: {values[row, column]} for {paths[row]!r}, "
        f"number {column + 1} of {values.shape[1]}; compute them again"
    )


def _load_features(file: Path) -> tuple[NDArray[Any], list[str] | None]:
    try:
        with file.open("rb") as stream:
            if stream.read(2) != b"PK":
                return np.lib.format.open_memmap(file, mode="r"), None
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as arrays:
                return np.atleast_1d(arrays["features"]), [str(name) for name in np.ravel(arrays["filenames"])]
    except Exception as error:  # NumPy's parsers raise nearly anything on a damaged file
        raise ModelError(
            f"{file} is no file of features (.npy, or .npz with filenames and features): {error}"
        ) from error
