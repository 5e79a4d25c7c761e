"""Room: memory that workers lay prepared pictures into, batch by batch, and the driver reads as they lie.

It has no name anywhere: whatever happens, it is gone with the last process that holds it. Where the system has no such
memory, pictures go through pipes.
"""

import functools
import math
import mmap
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.methods.embedding import PictureFile

Prepared = NDArray[Any]

NOWHERE = -1
"""The descriptor of memory that only this process sees."""


@dataclass(frozen=True)
class Memory:
    """Where a worker finds the driver's memory: `file` stands for a descriptor, which may be another file's by then."""

    file: Path
    device: int
    inode: int

    def is_at(self, status: os.stat_result) -> bool:
        """Return whether `status` is of that memory."""
        return (status.st_dev, status.st_ino) == (self.device, self.inode)


@dataclass(frozen=True)
class Place:
    """Row `first` and the following of one batch in the room, as a worker needs to know it."""

    memory: Memory | None
    """None: nowhere."""
    offset: int
    shape: tuple[int, ...]
    """of one prepared picture"""
    dtype: np.dtype[Any]


class Room:
    """Memory for `slots` batches of pictures that are prepared like `example`."""

    def __init__(self, slots: int, batch: int, example: Prepared) -> None:
        self._batch, self._shape, self._dtype = batch, example.shape, example.dtype
        self._bytes = batch * example.nbytes
        self._descriptor = os.memfd_create("mapmaker") if hasattr(os, "memfd_create") else NOWHERE
        if self._descriptor != NOWHERE:
            os.ftruncate(self._descriptor, slots * self._bytes)
        self._shared = _found(self._descriptor)
        self._memory = mmap.mmap(self._descriptor, slots * self._bytes)

    def close(self) -> None:
        """Let go of it: no worker finds it any more."""
        if self._descriptor != NOWHERE:
            os.close(self._descriptor)

    def place(self, slot: int, first: int) -> Place:
        """Return the place of row `first` of the batch in `slot`."""
        offset = slot * self._bytes + first * (self._bytes // self._batch)
        return Place(self._shared, offset, self._shape, self._dtype)

    def rows(self, slot: int) -> Prepared:
        """Return the batch in `slot` as it lies there; valid until others are laid there."""
        count = self._batch * math.prod(self._shape)
        flat = np.frombuffer(self._memory, self._dtype, count, slot * self._bytes)
        return flat.reshape(self._batch, *self._shape)


def _found(descriptor: int) -> Memory | None:
    if descriptor == NOWHERE:
        return None
    status = os.fstat(descriptor)
    return Memory(Path(f"/proc/{os.getpid()}/fd/{descriptor}"), status.st_dev, status.st_ino)


def lay(
    prepare: Callable[[PictureFile], Prepared], pictures: Sequence[PictureFile], place: Place
) -> list[Prepared] | None:
    """Prepare `pictures` into `place`, in a worker. Return them where that cannot be, else None."""
    memory = _opened(place.memory)
    if memory is None:
        return [prepare(picture) for picture in pictures]
    count = math.prod(place.shape)
    rows = np.frombuffer(memory, place.dtype, count * len(pictures), place.offset).reshape(-1, *place.shape)
    for row, picture in zip(rows, pictures, strict=True):
        prepared = prepare(picture)
        if prepared.shape != place.shape or prepared.dtype != place.dtype:
            raise ValueError(f"{picture.file} was prepared as {prepared.dtype} {prepared.shape}, others otherwise")
        row[:] = prepared
    return None


@functools.cache
def _opened(memory: Memory | None) -> mmap.mmap | None:
    """Return the driver's memory, opened once in a worker's life; None where it cannot be, or is another file."""
    if memory is None:
        return None
    try:
        if not memory.is_at(memory.file.stat()):  # before anything is opened for writing,
            return None
        with memory.file.open("r+b") as opened:  # and after
            return mmap.mmap(opened.fileno(), 0) if memory.is_at(os.fstat(opened.fileno())) else None
    except OSError:
        return None
