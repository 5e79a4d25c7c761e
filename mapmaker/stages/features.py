"""features: images -> what an extractor sees in each, (rows, d) float32.

Each image's numbers are kept by (its content, the extractor's fingerprint), so that nothing is computed twice:
adding, moving or renaming images costs only what is new, and a killed run loses minutes at most.
"""

import contextlib
import itertools
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts, workspace
from mapmaker.errors import ImagesError, ModelError
from mapmaker.methods.embedding import PictureFile, batches
from mapmaker.methods.engines import ENGINES, Engine
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.model import Features, Floats, Images
from mapmaker.options import make_method, method_field
from mapmaker.plural import count_of
from mapmaker.progress import Silence
from mapmaker.stages import Figures, Inside, Job

SHARD = 1024
"""Images in one file of the cache: what a kill can lose."""
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What a damaged file of the cache makes NumPy raise."""


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
            features, new = Features(read_features_file(self.file, images)), 0
        else:
            cache = self._cache(job)
            new = self._fill(cache, images, job)
            features = Features(gather(cache.read(), images))
        artifacts.write_features(job.work, features)
        return {
            "computed": new,
            "posters": int(images.present.sum()),
            "numbers": features.values.shape[1],
        }

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        numbers = count_of(figures["numbers"], "number")
        return f"{numbers} each, {count_of(figures['computed'], 'poster')} computed"

    def lacking(self, job: Job, digests: Collection[str]) -> int:
        """Return how many of the images with these `digests` are yet to be looked at."""
        return 0 if self.file is not None else len(set(digests) - self._cache(job).digests())

    def _cache(self, job: Job) -> "Cache":
        return Cache(job.work.cache("features") / workspace.fingerprint({"extractor": self.extractor})[:16])

    def _fill(self, cache: "Cache", images: Images, job: Job) -> int:
        """Compute what the cache lacks; return how many."""
        known = cache.read()
        lacking = {
            digest: path
            for digest, path, present in zip(images.sha256, images.path, images.present, strict=True)
            if present and digest not in known
        }
        if lacking:
            job.progress.expect(len(lacking), "posters")
            files = [PictureFile(job.images / path, digest) for digest, path in lacking.items()]
            computed = itertools.chain.from_iterable(job.engine.embed(files, self.extractor, job.progress))
            for shard in batches(zip(lacking, computed, strict=True), SHARD):
                cache.append(dict(shard))
        return len(lacking)


def extract(paths: Sequence[str | Path], extractor: str = "inception_v3", **options: object) -> Floats:
    """Return (n, d) float32: what `extractor` sees in the image files at `paths`.

    `extractor`: "inception_v3" (2048 numbers; option `weights`), "model" (option `model`, a .keras file),
    "classic", or "package.module:Class"; other `options` are its fields, and `workers`. Raises ImagesError for a file
    that cannot be read, ModelError for a network that cannot be had.
    """
    if isinstance(paths, str | Path):
        raise ImagesError(f"paths = {str(paths)!r} is one path; give a list of them")
    workers = options.pop("workers", 0)
    method = make_method(EXTRACTORS, extractor, options, "features.extractor")
    engine: Engine = make_method(ENGINES, "local", {"workers": workers}, "engine")
    values = list(engine.embed([PictureFile(Path(path)) for path in paths], method, Silence()))
    return np.concatenate(values) if values else np.zeros((0, 0), np.float32)


def gather(known: Mapping[str, Floats], images: Images) -> Floats:
    """Return (rows, d): what is `known`, by content, of each image; zeros for tombstones."""
    present = np.flatnonzero(images.present)
    values = np.zeros((len(images), len(known[images.sha256[int(present[0])]])), np.float32)
    for row in present.tolist():
        values[row] = known[images.sha256[row]]
    return values


@dataclass(frozen=True)
class Cache:
    """A folder of shards, each some images' digests and values. One process writes, shards are all or nothing."""

    folder: Path

    def read(self) -> dict[str, Floats]:
        """Return values by content digest; a shard that cannot be read is as good as none."""
        known: dict[str, Floats] = {}
        for arrays in self._shards():
            with contextlib.suppress(*_DAMAGED):
                known.update(zip(arrays["digests"].tolist(), arrays["values"], strict=True))
        return known

    def digests(self) -> set[str]:
        """Return the content digests alone: that is quick."""
        known: set[str] = set()
        for arrays in self._shards():
            with contextlib.suppress(*_DAMAGED):
                known.update(arrays["digests"].tolist())
        return known

    def _shards(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        for shard in sorted(self.folder.glob("*.npz")):
            # Opened here, for NumPy leaves open what turns out to be damaged.
            with contextlib.suppress(*_DAMAGED), shard.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                yield arrays

    def append(self, values: Mapping[str, Floats]) -> None:
        """Add one shard, named for what is in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = workspace.fingerprint({"digests": list(values)})[:16]
        with (
            workspace.replacing(self.folder / f"{name}.npz") as temporary,
            temporary.open("wb") as file,
        ):
            np.savez(file, digests=np.array(list(values)), values=np.stack(list(values.values())))


def read_features_file(file: Path, images: Images) -> Floats:
    """Return (rows, d) from a user's file: .npy with a row for each image on the map, in the order of images.csv, or
    .npz with `filenames` (paths relative to the folder) and `features`. ModelError if it does not fit.
    """
    present = np.flatnonzero(images.present).tolist()
    given, names = _load_features(file)
    if names is not None:
        if len(names) != len(given):
            raise ModelError(f"{file} has {len(names):,} filenames and {len(given):,} features; one for each is needed")
        position = {name: i for i, name in enumerate(names)}
        lacking = [images.path[row] for row in present if images.path[row] not in position]
        if lacking:
            raise ModelError(f"{file} has no features for {count_of(len(lacking), 'image')}, {lacking[0]!r} for one")
        given = given[[position[images.path[row]] for row in present]]
    if given.ndim != 2 or len(given) != len(present) or given.shape[1] == 0:
        raise ModelError(
            f"{file} has shape {given.shape}, but there are {len(present):,} images, "
            "in the order of images.csv in the work folder, to have some numbers each"
        )
    values = np.zeros((len(images), given.shape[1]), np.float32)
    if given.dtype.kind in "fiub":
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            values[present] = given
    if given.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise ModelError(f"{file} holds values that are not finite numbers")
    return values


def _load_features(file: Path) -> tuple[NDArray[Any], list[str] | None]:
    try:
        with file.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded, None
            return np.atleast_1d(loaded["features"]), [str(name) for name in np.ravel(loaded["filenames"])]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{file} is no file of features (.npy, or .npz with filenames and features): {error}"
        ) from error
