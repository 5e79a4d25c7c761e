"""Kinds of arrays, and what is required of them: ArtifactError says what is wrong with `what`."""

from collections.abc import Iterable, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ArtifactError

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Places = NDArray[np.integer]
"""Rows or selected rows, as whatever made them counts."""


def spread(values: NDArray[Any], rows: Places, total: int, filling: float) -> NDArray[Any]:
    """Return (total, ...) with `values` (n, ...) in `rows`, `filling` in the others: from selected rows to rows."""
    everywhere = np.full((total, *values.shape[1:]), filling, values.dtype)
    everywhere[rows] = values
    return everywhere


def require(true: object, message: str) -> None:
    """Raise ArtifactError with `message` unless it is true."""
    if not true:
        raise ArtifactError(message)


def require_one_length(columns: Iterable[Sized], what: str) -> None:
    """Raise ArtifactError unless all columns are as long."""
    require(len({len(column) for column in columns}) == 1, f"{what}: columns of unequal length")


def require_integers(values: NDArray[Any], what: str) -> None:
    """Raise ArtifactError unless these are whole numbers."""
    require(np.issubdtype(values.dtype, np.integer), f"{what}: {values.dtype}, not whole numbers")
