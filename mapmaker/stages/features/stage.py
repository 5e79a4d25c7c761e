"""features: images -> what an extractor sees in each, (rows, d) float32.

Each image's numbers are kept by (its content, the extractor's fingerprint), so that nothing is computed twice:
adding, moving or renaming images costs only what is new, and a killed run loses the last seconds at most.
"""

import gc
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts, workspace
from mapmaker.errors import ArtifactError, ImagesError, ModelError
from mapmaker.methods.embedding import PictureFile
from mapmaker.methods.engines import ENGINES, Engine
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.methods.extractors.settling import settle, settled
from mapmaker.model import Floats, Images
from mapmaker.options import make_method, method_field
from mapmaker.plural import count_of
from mapmaker.progress import Silence
from mapmaker.stages import Figures, Inside, Job
from mapmaker.stages.features.cache import Cache, Keeper
from mapmaker.stages.features.given import read_features_file


@dataclass(frozen=True)
class FeaturesStage(Inside):
    """Options of the features. `file`: numbers from elsewhere, .npy or .npz, in place of the extractor's."""

    name: ClassVar[str] = "features"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[path]",
        "images.csv[sha256]",
        "images.csv[present]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.FEATURES,)
    worked: ClassVar[str] = "computed"

    extractor: Extractor = method_field(EXTRACTORS, "inception_v3")
    file: Path | None = None

    def check(self, job: Job) -> None:  # noqa: ARG002 - the protocol's
        """The features file must be there; an extractor's files are read for the fingerprint."""
        if self.file is not None and not self.file.is_file():
            raise ModelError(f"no file of features {self.file}; give one that is there with --features")

    def run(self, job: Job) -> Figures:
        """Fill the cache, gather from it, write."""
        images = artifacts.read_images(job.work)
        if self.file is not None:
            new, parts = 0, read_features_file(self.file, images)
        else:
            extractor = self._settle(images, job)
            cache = self._cache(job)
            new, parts = self._fill(cache, images, job, extractor), rows_of_parts(cache, images)
        numbers = artifacts.write_features_by_parts(job.work, len(images), parts)
        return {"computed": new, "posters": int(images.present.sum()), "numbers": numbers}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        numbers = count_of(figures["numbers"], "number")
        return f"{numbers} each, {count_of(figures['computed'], 'poster')} computed"

    def lacking(self, job: Job, digests: Collection[str]) -> int:
        """Return how many of the images with these `digests` are yet to be looked at."""
        return 0 if self.file is not None else len(set(digests) - self._cache(job).digests())

    def _cache(self, job: Job) -> Cache:
        folder = job.work.cache("features")
        return Cache(folder / workspace.fingerprint({"extractor": settled(self.extractor, folder)})[:16])

    def _settle(self, images: Images, job: Job) -> Extractor:
        """Return the extractor with nothing left to choose; from now on `_cache` is of that."""
        files = (job.images / path for path, present in zip(images.path, images.present, strict=True) if present)
        return settle(self.extractor, job.work.cache("features"), files, job.progress.note)

    def _fill(self, cache: Cache, images: Images, job: Job, extractor: Extractor) -> int:
        """Compute what the cache lacks; return how many."""
        for name, count in cache.mend():
            lost = count_of(count, "poster") if count else "its posters"
            job.progress.note(f"the file {name} of the cache of features was damaged; {lost} are looked at again")
        known = cache.digests()
        lacking = {
            digest: path
            for digest, path, present in zip(images.sha256, images.path, images.present, strict=True)
            if present and digest not in known
        }
        if lacking:
            job.progress.expect(len(lacking), "posters")
            files = [PictureFile(job.images / path, digest) for digest, path in lacking.items()]
            with Keeper(cache) as keeper:
                done = 0
                for values in job.engine.embed(files, extractor, job.progress):
                    keeper.keep([picture.sha256 for picture in files[done : done + len(values)]], values)
                    done += len(values)
            cache.join()
        return len(lacking)


def extract(paths: Sequence[str | Path], extractor: str = "inception_v3", **options: object) -> Floats:
    """Return (n, d) float32: what `extractor` sees in the image files at `paths`.

    `extractor`: "inception_v3", "vgg16", "vgg19", "resnet50", "nasnet_large" (option `weights`), "model" (option
    `model`, a .keras file), "classic", or "package.module:Class"; other `options` are its fields, and `workers`. Raises
    ImagesError for a file that cannot be read, ModelError for a network that cannot be had.
    """
    if isinstance(paths, str | Path):
        raise ImagesError(f"paths = {str(paths)!r} is one path; give a list of them")
    workers = options.pop("workers", 0)
    method = make_method(EXTRACTORS, extractor, options, "features.extractor")
    engine: Engine = make_method(ENGINES, "local", {"workers": workers}, "engine")
    try:
        method = settle(method, None, [Path(path) for path in paths], Silence().note)
        values = list(engine.embed([PictureFile(Path(path)) for path in paths], method, Silence()))
    finally:
        gc.unfreeze()  # what a network set aside; the process may go on for long
    return np.concatenate(values) if values else np.zeros((0, 0), np.float32)


def rows_of_parts(cache: Cache, images: Images) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Yield (n,) rows of images that are present and what is known of them, (n, d), a part of the cache at a time."""
    wanted: dict[str, list[int]] = {}
    for row in np.flatnonzero(images.present).tolist():
        wanted.setdefault(images.sha256[row], []).append(row)
    for digests, values in cache.parts():
        pairs = [(row, at) for at, digest in enumerate(digests) for row in wanted.pop(digest, ())]
        if pairs:
            rows, places = np.array(sorted(pairs)).T
            yield rows, values[places]
    if wanted:
        raise ArtifactError(f"the cache of features {cache.folder} changed while it was read; run the build again")
