"""The cache of features: a folder of shards, each some images' digests and what an extractor saw in them.

A shard is two arrays, one after the other as .npy has them: digests (n,) and values (n, d). It is called by the SHA-256
of its bytes, so that damage shows. Shards come and go whole; one process writes at a time.
"""

import contextlib
import hashlib
import io
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np

from mapmaker import workspace
from mapmaker.model import Floats

SUFFIX = ".shard"
LARGE = 2**26
"""Bytes of a shard that none is joined to: what is held in memory at once."""
MANY = 16
"""Shards smaller than that, from which on they are joined."""
OFTEN = 25.0
"""Seconds of work after which what there is is written: less than the 30 that a kill may cost."""


@dataclass(frozen=True)
class Cache:
    """The shards in `folder`, which need not be there."""

    folder: Path

    def digests(self) -> set[str]:
        """Return the digests of all images that are known. Their values are not looked at: that is quick."""
        known: set[str] = set()
        for shard in self._shards():
            with contextlib.suppress(Exception), shard.open("rb") as file:  # see `mend`
                known.update(_read_digests(file))
        return known

    def mend(self) -> list[tuple[str, int]]:
        """Remove shards that are not what they were; return the name of each, and of how many images, 0 if unknown."""
        found = []
        for shard in self._shards():
            if not _is_whole(shard):
                lost = 0
                with contextlib.suppress(Exception), shard.open("rb") as file:  # NumPy's parsers raise nearly anything
                    lost = len(_read_digests(file))
                shard.unlink(missing_ok=True)
                found.append((shard.name, lost))
        return found

    def parts(self) -> Iterator[tuple[list[str], Floats]]:
        """Yield digests and values (n, d), a shard at a time."""
        for shard in self._shards():
            yield _read(shard)

    def append(self, digests: Sequence[str], values: Floats) -> None:
        """Add one shard."""
        content = io.BytesIO()
        np.save(content, np.array([digest.encode() for digest in digests]))
        np.save(content, np.asarray(values, np.float32))
        name = hashlib.sha256(content.getbuffer()).hexdigest() + SUFFIX
        self.folder.mkdir(parents=True, exist_ok=True)
        with workspace.replacing(self.folder / name) as temporary:
            temporary.write_bytes(content.getbuffer())

    def join(self) -> None:
        """Make few shards of many small ones."""
        small = [shard for shard in self._shards() if shard.stat().st_size < LARGE // 2]
        if len(small) < MANY:
            return
        for group in _groups(small):
            parts = [_read(shard) for shard in group]
            self.append([one for digests, _ in parts for one in digests], np.concatenate([part for _, part in parts]))
            for shard in group:
                shard.unlink()

    def _shards(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{SUFFIX}"))


class Keeper:
    """Takes in what is computed and writes it to `cache` behind the work. A context manager: then all is there."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._thread = ThreadPoolExecutor(1)
        self._written: Future[None] | None = None
        self._digests: list[str] = []
        self._values: list[Floats] = []
        self._since = self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._thread:
            self._write()
            self._settle()

    def keep(self, digests: Sequence[str], values: Floats) -> None:
        """Take in (n, d) `values`. OSError if what came earlier could not be written."""
        now = time.monotonic()
        self._digests += digests
        self._values.append(values)
        held = sum(part.nbytes for part in self._values)
        if now - self._since + (now - self._last) > OFTEN or held >= LARGE:  # the next may take as long as the last
            self._write()
            self._since = now
        self._last = now

    def _write(self) -> None:
        self._settle()
        if self._digests:
            self._written = self._thread.submit(self._cache.append, self._digests, np.concatenate(self._values))
            self._digests, self._values = [], []

    def _settle(self) -> None:
        if self._written is not None:
            self._written.result()


def _is_whole(shard: Path) -> bool:
    try:
        return workspace.file_digest(shard) == shard.name.removesuffix(SUFFIX)
    except OSError:
        return False


def _read(shard: Path) -> tuple[list[str], Floats]:
    with shard.open("rb") as file:
        digests = _read_digests(file)
        return digests, np.lib.format.read_array(file, allow_pickle=False)


def _read_digests(file: BinaryIO) -> list[str]:
    return [digest.decode() for digest in np.lib.format.read_array(file, allow_pickle=False).tolist()]


def _groups(shards: Iterable[Path]) -> Iterator[list[Path]]:
    """Yield shards together that make up a large one."""
    group: list[Path] = []
    size = 0
    for shard in shards:
        group.append(shard)
        size += shard.stat().st_size
        if size >= LARGE // 2:
            yield group
            group, size = [], 0
    if len(group) > 1:
        yield group
