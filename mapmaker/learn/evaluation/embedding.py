"""Labelled posters -> what an extractor sees in each, kept from one run to the next.

The rule for a file that is gone, or cannot be read, by the time it is its turn: the poster is left out, and told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ImagesError
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.films import GONE
from mapmaker.methods.embedding import PictureFile, Prepare, batches, seen
from mapmaker.methods.engines import Engine
from mapmaker.methods.extractors import Extractor
from mapmaker.methods.extractors.settling import settle
from mapmaker.model import Floats
from mapmaker.plural import count_of
from mapmaker.progress import Progress
from mapmaker.stages.features import Cache
from mapmaker.stages.features.cache import Keeper

EXAMPLES = 3


def embed(
    files: Sequence[Path], contents: Sequence[str], extractor: Extractor, kept: Path, engine: Engine, progress: Progress
) -> Floats:
    """Return (n, d) float32, what `extractor` sees in each file; NaN in those that are gone or cannot be read.

    `contents`: the files' digests; what is seen is kept by them in the folder `kept`, and not computed again. The
    precision and batch are settled there, too. ModelError if a network cannot be had, ImagesError if no file can be
    read.
    """
    there = [file for file, content in zip(files, contents, strict=True) if content != GONE]
    settled = settle(extractor, kept, there, progress.note)
    cache = Cache(kept / workspace.fingerprint({"extractor": settled})[:16])
    cache.mend()
    known = cache.digests()
    lacking = {content: file for file, content in zip(files, contents, strict=True) if content not in {GONE, *known}}
    if lacking:
        progress.expect(len(lacking), "posters")
        with Keeper(cache) as keeper:
            for some, values in _looked_at(lacking, settled, engine, progress):
                keeper.keep(some, values)
        cache.join()
    return _gathered(contents, cache, files)


def readable(dataset: Dataset, values: Sequence[Floats]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the rows of which every extractor saw something, and a note on the others."""
    whole = np.logical_and.reduce([np.isfinite(one).all(axis=1) for one in values])
    lost = [dataset.names[row] for row in np.flatnonzero(~whole).tolist()]
    if not lost:
        return np.flatnonzero(whole), []
    examples = ", ".join(repr(name) for name in lost[:EXAMPLES])
    return np.flatnonzero(whole), [f"{count_of(len(lost), 'poster')} cannot be read: left out: {examples}"]


def _looked_at(
    lacking: dict[str, Path], extractor: Extractor, engine: Engine, progress: Progress
) -> Iterator[tuple[list[str], Floats]]:
    """Yield digests and values, a batch at a time; pictures that cannot be read are passed over."""
    prepare = _Try(Prepare(extractor.preparation()))
    pictures = [PictureFile(file, content) for content, file in lacking.items()]
    prepared = zip(pictures, engine.map(prepare, pictures), strict=True)
    for batch in batches((pair for pair in prepared if pair[1] is not None), extractor.batch):
        some = [picture for picture, _ in batch]
        values = seen(extractor, [one for _, one in batch if one is not None], some)
        progress.advance(len(some))
        yield [picture.sha256 for picture in some], values


def _gathered(contents: Sequence[str], cache: Cache, files: Sequence[Path]) -> Floats:
    rows: dict[str, list[int]] = {}
    for row, content in enumerate(contents):
        rows.setdefault(content, []).append(row)
    found: Floats | None = None
    for some, values in cache.parts():
        if found is None:
            found = np.full((len(contents), values.shape[1]), np.nan, np.float32)
        for content, value in zip(some, values, strict=True):
            found[rows.get(content, [])] = value
    if found is None or np.isnan(found).all():
        raise ImagesError(f"none of {count_of(len(files), 'poster')} can be read, {files[0]} for one")
    return found


@dataclass(frozen=True)
class _Try:
    """Prepares a picture: a function for workers; None for a file that cannot be read."""

    prepare: Prepare

    def __call__(self, picture: PictureFile) -> NDArray[Any] | None:
        try:
            return self.prepare(picture)
        except ImagesError:
            return None
