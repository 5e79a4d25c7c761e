"""Files of the workspace -> arrays and tables, and back; what is damaged is one line that names the file."""

import contextlib
import csv
import errno
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ArtifactError

_LONGEST = 2**31 - 1
"""Characters of a field: what fits a C long on every system."""


def require_rows(found: int, rows: int | None) -> None:
    """Raise ArtifactError unless there are as many as the caller needs; None: any number will do."""
    if rows not in (None, found):
        raise ArtifactError(f"{found:,} rows, but there must be {rows:,}")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Turn whatever a damaged or hand-made file makes a reader raise into one line that names it."""
    try:
        yield path
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} is not there; make it with: mapmaker build") from error
    except (
        OSError,
        ValueError,
        OverflowError,
        KeyError,
        IndexError,
        TypeError,
        EOFError,
        RuntimeError,  # an encrypted zip, a method of packing that is unknown, JSON nested without end
        SyntaxError,  # by a bit of NumPy's header
        tokenize.TokenError,
        zipfile.BadZipFile,
        zlib.error,
        csv.Error,
    ) as error:
        said = " ".join(str(error).split())
        raise ArtifactError(f"{path} does not hold what it should: {said}; delete it to make it anew") from error
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}; delete it to make it anew") from error


@contextlib.contextmanager
def arrays_of(path: Path) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Yield the arrays of an .npz file. It is opened here, for NumPy leaves open what turns out to be none."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise ArtifactError("one array (.npy), not several by name (.npz)")
        with loaded as arrays:
            yield arrays


def array_of(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        loaded.close()
        raise ArtifactError("several arrays (.npz), not one (.npy)")


def mapped(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file as it lies there, to be read only."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            raise ArtifactError("several arrays (.npz), not one (.npy)")
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


def int32(values: NDArray[Any]) -> NDArray[np.int32]:
    """Return whole numbers of any type as int32."""
    if not np.issubdtype(values.dtype, np.integer):
        raise ArtifactError(f"{values.dtype}, not whole numbers")
    narrow = values.astype(np.int32)
    if not np.array_equal(narrow, values):
        raise ArtifactError("a whole number is beyond 32 bits")
    return narrow


def float32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return real numbers of any type as float32; what is beyond it becomes infinite."""
    if values.dtype.kind not in "fiu":
        raise ArtifactError(f"{values.dtype}, not real numbers")
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def save(path: Path, values: NDArray[Any]) -> None:
    """Write an .npy file; where it does not fit the disk, say so, for NumPy tells only how many numbers it wrote."""
    try:
        np.save(path, values)
    except OSError as error:
        if error.errno is not None:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error


def write_table(path: Path, columns: Mapping[str, Iterable[object]]) -> None:
    """Write columns of the same length as CSV, with a header."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")  # with "\n" alone a "\r" in a field is not quoted
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def read_table(path: Path) -> dict[str, list[str]]:
    """Return a table of ours by column; a spreadsheet may have given it a byte order mark and blank lines."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file, long_fields():
        lines = [row for row in csv.reader(file) if row]
    if not lines:
        raise ArtifactError("empty, without even a header")
    header, *rows = lines
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ArtifactError(f"row {number:,} has {len(row):,} fields, the header {len(header):,}")
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


@contextlib.contextmanager
def long_fields() -> Iterator[None]:
    """Let the csv module read fields of any length meanwhile; its own limit is 131,072 characters."""
    before = csv.field_size_limit(_LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
