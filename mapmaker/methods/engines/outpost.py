"""Outposts: what runs on the machines of a cluster. A row with batches of pictures in, what was seen in them out.

An outpost loads its network once. Rows hold pickles: of what went wrong, too, so that it reaches the user as it is
raised here, and not as a traceback of Ray's.
"""

import contextlib
import dataclasses
import importlib.metadata
import os
import pickle
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mapmaker.errors import EngineError, ImagesError, MapmakerError, ModelError
from mapmaker.methods.embedding import PictureFile, Prepare, seen
from mapmaker.methods.engines import cores
from mapmaker.methods.extractors import Extractor, Preparation, memory
from mapmaker.methods.extractors.networks import KerasExtractor
from mapmaker.model import Floats

Rows = Mapping[str, Any]
"""A row is a task. Columns: `pictures`, a pickle of batches of them; `contents`, one of their bytes, where they are
sent."""


def version() -> str:
    """Return which mapmaker this machine has."""
    try:
        return importlib.metadata.version("mapmaker")
    except importlib.metadata.PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


@dataclass(frozen=True)
class Orders:
    """What every outpost is told."""

    extractor: Extractor
    preparation: Preparation
    base: Path
    """What names of files are relative to."""
    folder: Path | None
    """Holds all pictures; None where these are sent."""
    files: Mapping[str, tuple[Path, bytes]]
    """The extractor's own, by option, where they are sent."""
    keras: str
    """The back end of Keras on the machine that builds, whatever the settings of others say; "" without a network."""
    within: int = 0
    """How many pictures at once the network had memory for, where that was too little before; 0 for any number."""
    version: str = field(default_factory=version)


@dataclass(frozen=True)
class Decoded:
    """A batch, ready to be looked at: files here, what they and others are called elsewhere, and their pictures."""

    pictures: Sequence[PictureFile]
    names: Mapping[str, str]
    prepared: Sequence[NDArray[Any]]


class Outpost:
    """Decodes in threads, most of which runs beside Python's lock, and looks at one batch at a time.

    Of a task, a batch is decoded while the one before it is looked at; for the first one the network waits.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._decoders = ThreadPoolExecutor(cores())
        self._ahead = ThreadPoolExecutor(1)
        os.environ["OMP_NUM_THREADS"] = str(cores())  # which Ray sets to what it counts for an actor
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if orders.keras:
            os.environ["KERAS_BACKEND"] = orders.keras
        self._names: dict[str, str] = {}
        self._extractor = self._unpacked() if orders.files else orders.extractor
        if isinstance(self._extractor, KerasExtractor):
            memory.room(self._extractor).most = orders.within

    def _unpacked(self) -> Extractor:
        """Return the extractor with the files that were sent, laid out as long as this outpost stands."""
        self._held = tempfile.TemporaryDirectory(prefix="mapmaker-")
        files = {}
        for option, (named, content) in self._orders.files.items():
            files[option] = Path(self._held.name) / f"{option}-{named.name}"
            files[option].write_bytes(content)
            self._names[str(files[option])] = str(named)
        extractor: Extractor = dataclasses.replace(self._orders.extractor, **files)  # type: ignore[type-var]  # a dataclass
        return extractor

    def __call__(self, rows: Rows) -> dict[str, Any]:
        """Return, for each task, a pickle of what was seen in its batches; the last may be what went wrong."""
        contents = rows.get("contents", [b""] * len(rows["pictures"]))
        answers = [list(self._answers(*task)) for task in zip(rows["pictures"], contents, strict=True)]
        return {"values": [pickle.dumps(some) for some in answers]}

    def _answers(self, pictures: bytes, contents: bytes) -> Iterator[Floats | MapmakerError]:
        try:
            self._check()
            batches = pickle.loads(pictures)
            sent = pickle.loads(contents) if contents else [None] * len(batches)
            # All at once: one batch is decoded while the one before it is looked at.
            decoded = [self._ahead.submit(self._decode, *batch) for batch in zip(batches, sent, strict=True)]
            for batch in decoded:
                yield self._look(batch.result())
        except MapmakerError as error:
            yield error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told there in a line
            what = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"
            yield EngineError(f"{platform.node()}, a machine of the cluster, failed: {what}")

    def _decode(self, pictures: Sequence[PictureFile], contents: Sequence[bytes | None] | None) -> Decoded:
        with tempfile.TemporaryDirectory(prefix="mapmaker-") as folder:
            if contents is None:
                here = [dataclasses.replace(one, file=self._orders.base / one.file) for one in pictures]
            else:
                here = _laid_out(pictures, contents, Path(folder))
            names = self._names | {
                str(one.file): str(picture.file) for one, picture in zip(here, pictures, strict=True)
            }
            with _called(names):
                return Decoded(here, names, list(self._decoders.map(Prepare(self._orders.preparation), here)))

    def _look(self, decoded: Decoded) -> Floats:
        with _called(decoded.names):
            return seen(self._extractor, decoded.prepared, decoded.pictures)

    def _check(self) -> None:
        folder, here = self._orders.folder, f"{platform.node()}, a machine of the cluster,"
        if self._orders.version != version():
            both = f"mapmaker {version()}, and the build {self._orders.version}"
            raise EngineError(f"{here} has {both}: install the same on all")
        if folder is not None and not folder.is_dir():
            ways_out = "share it with all machines under the same name, or send the files with --ship"
            raise ImagesError(f"{here} finds no folder {folder}: {ways_out}")


def _laid_out(pictures: Sequence[PictureFile], contents: Sequence[bytes | None], folder: Path) -> list[PictureFile]:
    """Return the pictures as files in `folder`. One whose bytes could not be read is not there either."""
    # All names of one length: none is the beginning of another, which would be called by the wrong name in an error.
    here = [dataclasses.replace(picture, file=folder / f"{number:09}") for number, picture in enumerate(pictures)]
    for picture, content in zip(here, contents, strict=True):
        if content is not None:
            picture.file.write_bytes(content)
    return here


@contextlib.contextmanager
def _called(names: Mapping[str, str]) -> Iterator[None]:
    """Call files in errors as they are called where they come from."""
    try:
        yield
    except (ImagesError, ModelError) as error:
        text = str(error)
        for here, there in names.items():
            text = text.replace(here, there)
        raise type(error)(text) from error


def read_contents(rows: Rows, base: Path) -> dict[str, Any]:
    """Add what is in the files, read on the machine that has them. Their names are relative to `base`."""
    tasks = [pickle.loads(pictures) for pictures in rows["pictures"]]
    contents = [[[_content(base / picture.file) for picture in batch] for batch in task] for task in tasks]
    return {**rows, "contents": [pickle.dumps(content) for content in contents]}


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
