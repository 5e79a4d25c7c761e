"""A picture from anywhere -> its features, seen by the very extractor, precision and preparation that made the map's.

What that was is in the record of the features; where a file that it is read from lies, `source.json` tells.
"""

import dataclasses
import importlib
import io
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mapmaker import artifacts, workspace
from mapmaker.errors import ImagesError, InputError, ModelError
from mapmaker.model import Floats
from mapmaker.search.collection import Collection

if TYPE_CHECKING:
    from mapmaker.methods.extractors import Extractor

ROUNDING = 1e-4
"""Of the length of features: by which two looks at the same picture may differ."""
_DIGEST = re.compile("[0-9a-f]{64}")


MOST_PIXELS = 50_000_000
"""Of a picture in memory, which may be anybody's: decoded, it takes at most 15 bytes a pixel."""
MOST_SCANS = 100
"""Of its progressive JPEG; each takes up to a tenth of a second."""


@dataclass(frozen=True)
class Seer:
    """Sees pictures as the posters of a collection were seen: its extractor, which was looked for once."""

    collection: Collection
    extractor: "Extractor"

    def features(self, picture: Path | bytes) -> Floats:
        """Return (d,) float32 of an image file, or of what one holds.

        ImagesError for what is no picture, ModelError if the extractor cannot see it.
        """
        from mapmaker.methods.embedding import PictureFile, Prepare, seen
        from mapmaker_tiles import DecodeError

        file = PictureFile(picture if isinstance(picture, Path) else Path("the picture"))
        prepare = Prepare(self.extractor.preparation())
        if isinstance(picture, Path):
            prepared = prepare(file)
        else:
            try:
                prepared = prepare.preparation(
                    prepare.decoded(io.BytesIO(picture), pixel_limit=MOST_PIXELS, scan_limit=MOST_SCANS)
                )
            except DecodeError as error:
                raise ImagesError(f"{file.file}: {error}") from error
        values: Floats = seen(self.extractor, [prepared], [file])[0]
        if len(values) != self.collection.features.shape[1]:
            name = type(self.extractor).__name__
            raise ModelError(f"{name} sees {len(values):,} numbers, not the map's; run: mapmaker build")
        return values


def make_seer(collection: Collection, network: Path | None = None) -> Seer:
    """Return what sees pictures as the posters of the collection were seen; the network is not loaded yet.

    `network`: the file of the extractor's weights or model, if it is no more where the build read it. ModelError if the
    extractor cannot be had.
    """
    return Seer(collection, _extractor(collection, network))


def _extractor(collection: Collection, network: Path | None) -> "Extractor":
    """Return the extractor of the map, for one picture at a time. ModelError if it is not to be had."""
    options = collection.record("features").options
    if options.get("file") is not None:
        raise ModelError("the features of this map came from a file, so only its own posters can be searched for")
    if not isinstance(told := options.get("extractor"), Mapping):
        raise ModelError(f"{collection.held.folder} does not tell what saw its posters; run: mapmaker build")
    return _alone(_made(collection, told, network), collection.held.folder / "cache" / "features")


def _made(collection: Collection, told: Mapping[str, Any], network: Path | None) -> "Extractor":
    """Return the extractor that the record tells of, as it was asked for."""
    module, name, *_ = told[""]
    try:
        cls = getattr(importlib.import_module(module), name)
        kinds = typing.get_type_hints(cls)
    except (ImportError, AttributeError, NameError) as error:
        raise ModelError(f"the extractor of this map, {module}:{name}, cannot be imported: {error}") from error
    places = artifacts.read_source_files(collection.held)
    values: dict[str, object] = {}
    for option, value in told.items():
        if option and _is_file(value, kinds.get(option)):
            values[option] = _file(name, option, network or places.get(option))
        elif option:
            values[option] = tuple(value) if isinstance(value, list) else value
    try:
        made: Extractor = cls(**values)
        now = workspace.plain(made)
    except InputError as error:
        raise ModelError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} is not what it was when the map was made ({error}); run: mapmaker build") from error
    for option, value in values.items():
        if isinstance(value, Path) and now[option] != told[option]:
            raise ModelError(f"{value} is not the file that the map's posters were seen with; give that with --network")
    if now != told:
        raise ModelError(f"{name} is not what it was when the map was made; run: mapmaker build")
    return made


def _is_file(value: object, kind: object) -> bool:
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return Path in kinds and isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _file(name: str, option: str, place: Path | None) -> Path:
    if place is None:
        raise ModelError(f"nobody knows where the file of {name} is ({option}); give it with --network FILE")
    if not place.is_file():
        raise ModelError(f"no file {place}, which {name} is read from; give it with --network FILE")
    return place


def _alone(extractor: "Extractor", kept: Path) -> "Extractor":
    """Return a copy with nothing left to choose, chosen as for the map, that looks at one picture at a time.

    A batch of another size differs in the last bits of its sums; no order of likeness depends on them.
    """
    from mapmaker.methods.extractors.settling import settled

    ready = settled(extractor, kept)
    fields = {field.name for field in dataclasses.fields(ready)}  # type: ignore[arg-type]  # a dataclass
    return dataclasses.replace(ready, batch=1) if "batch" in fields else ready  # type: ignore[type-var]  # the same


def same(values: Floats, others: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which of (n, d) features are, but for rounding, those of (d,) `values`: the same picture."""
    apart = np.linalg.norm(others.astype(np.float64) - values, axis=1)
    found: np.ndarray[Any, np.dtype[np.bool_]] = apart <= ROUNDING * np.linalg.norm(values.astype(np.float64))
    return found
