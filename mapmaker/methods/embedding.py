"""Pictures, a batch at a time, and what an extractor sees in them: what every engine does with a batch.

A batch always has the same size, for sums in another order would be other bits: the last one is padded.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ImagesError, ModelError
from mapmaker.methods.extractors import Extractor, Preparation
from mapmaker.model import Floats

T = TypeVar("T")


@dataclass(frozen=True)
class PictureFile:
    """An image file, and what its bytes must be, "" for whatever they are."""

    file: Path
    sha256: str = ""


@dataclass(frozen=True)
class Prepare:
    """Decodes a file and prepares it for the network: a function for workers."""

    preparation: Preparation

    def __call__(self, picture: PictureFile) -> NDArray[Any]:
        """Return what `preparation` makes of the picture; ImagesError if it cannot be read, or is another by now."""
        from mapmaker_tiles import DecodeError, decode

        width, height = self.preparation.size
        try:
            image = decode(picture.file, at_least=(2 * width, 2 * height))
            changed = picture.sha256 and workspace.file_digest(picture.file) != picture.sha256
        except (DecodeError, OSError) as error:
            raise ImagesError(f"{picture.file}: {error}") from error
        if changed:
            raise ImagesError(f"{picture.file} has changed since the scan; run the build again")
        return self.preparation(image)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def seen(extractor: Extractor, prepared: Sequence[NDArray[Any]], pictures: Sequence[PictureFile]) -> Floats:
    """Return (b, d) float32: what `extractor` sees in the `prepared` of these b pictures, at most a batch of them.

    Raises ModelError for numbers that are none, so that they never reach the cache.
    """
    padded = np.stack([*prepared, *[prepared[-1]] * (extractor.batch - len(prepared))])
    values = np.asarray(extractor(padded)[: len(prepared)], np.float32)
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        file = pictures[int(np.argmin(finite))].file
        raise ModelError(f"{type(extractor).__name__} returned values that are not finite for {file}")
    return values
