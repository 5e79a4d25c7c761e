"""Posters, decoded once -> their pixels at the size they are trained at, in a file that is mapped into memory.

The cache is append-only: `pixels` holds a picture after the other; `index.jsonl` says which is which, a line a file, by
its SHA-256, and of which nothing can be made. It may be lost at no cost but time.

The rule for a file that cannot be read, or is gone by the time it is its turn: the poster is left out, and told.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ImagesError, OutputError
from mapmaker.learn.dataset import Dataset, Rows
from mapmaker.learn.films import GONE
from mapmaker.methods.engines import Engine
from mapmaker.methods.extractors.networks import Scaling
from mapmaker.plural import count_of
from mapmaker.progress import Progress
from mapmaker.workspace import file_digest

Bytes = NDArray[np.uint8]
INDEX, PIXELS = "index.jsonl", "pixels"
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
            kept = _Cache(folder, size)
            places = kept.places(dataset, engine, progress)
            stored = kept.mapped()
    except OSError as error:
        raise OutputError(
            f"cannot write the cache of pictures {folder}: {error.strerror or error}; give another folder with --cache"
        ) from error
    found = np.flatnonzero(places != UNREADABLE)
    if not len(found):
        raise ImagesError(f"none of {count_of(len(dataset), 'poster')} can be read, {dataset.files[0]} for one")
    notes = []
    if len(found) < len(dataset):
        lost = [name for name, place in zip(dataset.names, places, strict=True) if place == UNREADABLE]
        examples = ", ".join(repr(name) for name in lost[:EXAMPLES])
        notes.append(f"{count_of(len(lost), 'poster')} cannot be read: left out: {examples}")
    return dataset.take(found), Pictures(stored, places[found]), notes


@dataclass(frozen=True)
class _Cache:
    folder: Path
    size: tuple[int, int]

    def places(self, dataset: Dataset, engine: Engine, progress: Progress) -> Rows:
        """Return where each poster's picture is, UNREADABLE where there is none; what is not there yet is decoded."""
        known = self._index()
        files = zip(dataset.contents, dataset.files, strict=True)
        lacking = {content: file for content, file in files if content != GONE and content not in known}
        progress.expect(len(lacking), "posters")
        count = _count(known)
        with (self.folder / PIXELS).open("ab") as stream, (self.folder / INDEX).open("ab") as index:
            stream.truncate(count * self._bytes())  # a killed run may have left half a picture
            lines = []
            for done, (content, picture) in enumerate(engine.map(Decode(self.size), lacking.values()), 1):
                if content != GONE:
                    known[content] = UNREADABLE if picture is None else count
                    lines.append(json.dumps([content, known[content]]) + "\n")
                if picture is not None:
                    stream.write(picture.tobytes())
                    count += 1
                if done % SAVED_EVERY == 0 or done == len(lacking):
                    stream.flush()
                    index.write("".join(lines).encode())
                    index.flush()
                    lines = []
                progress.advance()
        return np.array([known.get(content, UNREADABLE) for content in dataset.contents], np.intp)

    def mapped(self) -> Bytes:
        """Return the pictures that are there now, and stay: others only ever append."""
        count = (self.folder / PIXELS).stat().st_size // self._bytes()
        shape = (count, self.size[1], self.size[0], 3)
        return np.memmap(self.folder / PIXELS, np.uint8, "r", shape=shape) if count else np.zeros(shape, np.uint8)

    def _bytes(self) -> int:
        return self.size[0] * self.size[1] * 3

    def _index(self) -> dict[str, int]:
        """Return the places that are known. A cache that will not do is begun anew, beside who reads the old one."""
        try:
            written = (self.folder / INDEX).read_bytes()
            whole = written[: written.rfind(b"\n") + 1]  # a killed run may have left half a line
            if len(whole) < len(written):
                os.truncate(self.folder / INDEX, len(whole))
            found: dict[str, int] = dict(json.loads(line) for line in whole.splitlines())
            if _count(found) * self._bytes() <= (self.folder / PIXELS).stat().st_size:
                return found
        except (OSError, ValueError, TypeError):
            pass
        for name in (INDEX, PIXELS):
            (self.folder / name).unlink(missing_ok=True)
        return {}


def _count(known: Mapping[str, int]) -> int:
    """Return how many pictures the index tells of."""
    return 1 + max(known.values(), default=-1)


@dataclass(frozen=True)
class Decode:
    """Decodes a file and scales it: a function for workers."""

    size: tuple[int, int]

    def __call__(self, file: Path) -> tuple[str, Bytes | None]:
        """Return the file's SHA-256 and its picture (height, width, 3); None for a file that nothing can be made of.

        GONE where the file could not be read this time: a disk that fails once says nothing of the file.
        """
        from mapmaker_tiles import DecodeError, decode

        try:
            content = file_digest(file)
            return content, Scaling(self.size)(decode(file, at_least=(2 * self.size[0], 2 * self.size[1])))
        except OSError:
            return GONE, None
        except DecodeError as error:
            cause = error.__cause__
            passing = isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno is not None)
            return GONE if passing else content, None
