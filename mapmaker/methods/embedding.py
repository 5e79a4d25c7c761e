"""Pictures, a batch at a time, and what an extractor sees in them: what every engine does with a batch.

A batch always has the same size, for sums in another order would be other bits: the last one is padded.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ImagesError, ModelError
from mapmaker.methods.extractors import Extractor, Preparation
from mapmaker.model import Floats

if TYPE_CHECKING:
    from PIL import Image

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
        from mapmaker_tiles import DecodeError

        try:
            image = self.decoded(picture.file)
            changed = picture.sha256 and workspace.file_digest(picture.file) != picture.sha256
        except (DecodeError, OSError) as error:
            raise ImagesError(f"{picture.file}: {error}") from error
        if changed:
            raise ImagesError(f"{picture.file} has changed since the scan; run the build again")
        return self.preparation(image)

    def decoded(self, file: Path | BinaryIO, **limits: int) -> "Image.Image":
        """Return the picture, no smaller than the preparation needs it. DecodeError, OSError if it cannot be read.

        `limits`: `pixel_limit` and `scan_limit` of `decode`.
        """
        from mapmaker_tiles import decode

        width, height = self.preparation.size
        return decode(file, at_least=(2 * width, 2 * height), **limits)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def seen(
    extractor: Extractor, prepared: Sequence[NDArray[Any]] | NDArray[Any], pictures: Sequence[PictureFile]
) -> Floats:
    """Return (b, d) float32: what `extractor` sees in the `prepared` of these b pictures, at most a batch of them.

    They may be a list, or stacked.

    Raises ModelError for numbers that are none, so that they never reach the cache.
    """
    whole = isinstance(prepared, np.ndarray) and len(prepared) == extractor.batch
    batch = prepared if whole else np.stack([*prepared, *[prepared[-1]] * (extractor.batch - len(prepared))])
    values = np.array(extractor(np.asarray(batch))[: len(prepared)], np.float32)  # a copy: others use the batch's room
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        file = pictures[int(np.argmin(finite))].file
        raise ModelError(f"{type(extractor).__name__} returned values that are not finite for {file}")
    return values
