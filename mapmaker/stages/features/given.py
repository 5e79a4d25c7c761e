"""A user's own features: a file -> (rows, d) float32, or a refusal."""

import zipfile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ModelError
from mapmaker.model import Floats, Images
from mapmaker.plural import count_of


def read_features_file(file: Path, images: Images) -> Floats:
    """Return (rows, d) from a user's file: .npy with a row for each image on the map, in the order of images.csv, or
    .npz with `filenames` (paths relative to the folder) and `features`. ModelError if it does not fit.
    """
    present = np.flatnonzero(images.present).tolist()
    given, names = _load_features(file)
    if names is not None:
        if len(names) != len(given):
            raise ModelError(f"{file} has {len(names):,} filenames and {len(given):,} features; one for each is needed")
        position = {name: i for i, name in enumerate(names)}
        lacking = [images.path[row] for row in present if images.path[row] not in position]
        if lacking:
            raise ModelError(f"{file} has no features for {count_of(len(lacking), 'image')}, {lacking[0]!r} for one")
        given = given[[position[images.path[row]] for row in present]]
    if given.ndim != 2 or len(given) != len(present) or given.shape[1] == 0:
        raise ModelError(
            f"{file} has shape {given.shape}, but there are {len(present):,} images, in the order of images.csv in the "
            f"work folder, to have some numbers each: save it with shape ({len(present)}, numbers)"
        )
    values = np.zeros((len(images), given.shape[1]), np.float32)
    if given.dtype.kind in "fiub":
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            values[present] = given
    if given.dtype.kind not in "fiub":
        raise ModelError(f"{file} holds values that are not finite numbers but {given.dtype}; save it as float32")
    if not np.isfinite(values).all():
        _refuse_first(file, values, images)
    return values


def _refuse_first(file: Path, values: Floats, images: Images) -> NoReturn:
    """Raise ModelError for the first of the `values` that is none."""
    row = int(np.argmin(np.isfinite(values).all(axis=1)))
    column = int(np.argmin(np.isfinite(values[row])))
    raise ModelError(
        f"{file} holds values that are not finite numbers as float32: {values[row, column]} for {images.path[row]!r}, "
        f"number {column + 1} of {values.shape[1]}; compute them again"
    )


def _load_features(file: Path) -> tuple[NDArray[Any], list[str] | None]:
    try:
        with file.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded, None
            return np.atleast_1d(loaded["features"]), [str(name) for name in np.ravel(loaded["filenames"])]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{file} is no file of features (.npy, or .npz with filenames and features): {error}"
        ) from error
