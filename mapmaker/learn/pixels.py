"""Posters, decoded once -> their pixels at the size they are trained at, in a file that is mapped into memory.

The cache is append-only: `pixels` holds a picture after the other, `index.json` says by path, size and time of change
which is which, and of which file nothing can be made. It may be lost at no cost but time.

The rule for a file that cannot be read, or is gone by the time it is its turn: the poster is left out, and told.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ImagesError, OutputError
from mapmaker.learn.dataset import Dataset, Rows
from mapmaker.methods.engines import Engine
from mapmaker.methods.extractors.networks import Scaling
from mapmaker.plural import count_of
from mapmaker.progress import Progress
from mapmaker.workspace import write_json

Bytes = NDArray[np.uint8]
INDEX, PIXELS = "index.json", "pixels"
SAVED_EVERY = 500
EXAMPLES = 3
UNREADABLE = -1


@dataclass(frozen=True, eq=False)
class Pictures:
    """(n, height, width, 3) uint8, of which only what is asked for is read."""

    stored: Bytes
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Rows) -> Bytes:
        return self.stored[self.rows[rows]]

    def take(self, rows: Rows) -> "Pictures":
        """Return these alone."""
        return Pictures(self.stored, self.rows[rows])


def decoded(
    dataset: Dataset, size: tuple[int, int], cache: Path, engine: Engine, progress: Progress
) -> tuple[Dataset, Pictures, list[str]]:
    """Return the posters that can be read, their pixels at `size` (width, height), and notes on the others.

    ImagesError if none can be read, OutputError if the cache cannot be written. Who comes second waits.
    """
    from filelock import FileLock

    folder = cache / f"{size[0]}x{size[1]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock"):
            places = _Cache(folder, size).places(dataset.files, engine, progress)
    except OSError as error:
        raise OutputError(f"cannot write the cache of pictures {folder}: {error.strerror or error}") from error
    found = np.flatnonzero(places != UNREADABLE)
    if not len(found):
        raise ImagesError(f"none of {count_of(len(dataset), 'poster')} can be read, {dataset.files[0]} for one")
    notes = []
    if len(found) < len(dataset):
        lost = [name for name, place in zip(dataset.names, places, strict=True) if place == UNREADABLE]
        examples = ", ".join(repr(name) for name in lost[:EXAMPLES])
        notes.append(f"{count_of(len(lost), 'poster')} cannot be read: left out: {examples}")
    stored = np.memmap(folder / PIXELS, np.uint8, "r").reshape(-1, size[1], size[0], 3)
    return dataset.take(found), Pictures(stored, places[found]), notes


@dataclass(frozen=True)
class _Cache:
    folder: Path
    size: tuple[int, int]

    def places(self, files: Sequence[Path], engine: Engine, progress: Progress) -> Rows:
        """Return where each file's picture is, UNREADABLE where there is none; what is not there yet is decoded."""
        known = self._index()
        keys = [_key(file) for file in files]
        lacking = {key: file for key, file in zip(keys, files, strict=True) if key and key not in known}
        progress.expect(len(lacking), "posters")
        count = 1 + max(known.values(), default=-1)
        with (self.folder / PIXELS).open("ab") as stream:
            stream.truncate(count * self.size[0] * self.size[1] * 3)  # a killed run may have left half a picture
            pictures = engine.map(Decode(self.size), lacking.values())
            for done, (key, picture) in enumerate(zip(lacking, pictures, strict=True), 1):
                known[key] = UNREADABLE if picture is None else count
                if picture is not None:
                    stream.write(picture.tobytes())
                    count += 1
                if done % SAVED_EVERY == 0 or done == len(lacking):
                    stream.flush()
                    write_json(self.folder / INDEX, known)
                progress.advance()
        return np.array([known.get(key, UNREADABLE) for key in keys], np.intp)

    def _index(self) -> dict[str, int]:
        try:
            index: dict[str, int] = json.loads((self.folder / INDEX).read_text(encoding="utf-8"))
            bytes_ = (self.folder / PIXELS).stat().st_size
        except (OSError, ValueError):
            return {}
        whole = (1 + max(index.values(), default=-1)) * self.size[0] * self.size[1] * 3 <= bytes_
        return index if whole else {}


def _key(file: Path) -> str:
    """Return what tells a file's content from another's; "" for one that is gone."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return f"{file.resolve()} {status.st_size} {status.st_mtime_ns}"


@dataclass(frozen=True)
class Decode:
    """Decodes a file and scales it: a function for workers."""

    size: tuple[int, int]

    def __call__(self, file: Path) -> Bytes | None:
        """Return (height, width, 3); None for a file that cannot be read."""
        from mapmaker_tiles import DecodeError, decode

        try:
            return Scaling(self.size)(decode(file, at_least=(2 * self.size[0], 2 * self.size[1])))
        except (DecodeError, OSError):
            return None
