"""Engines: a function and items in, results in the same order out, worked on by however many hands.

Workers return arrays or bytes; only the driver writes. An engine is all that a stage knows of processes.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from mapmaker.methods.embedding import PictureFile
from mapmaker.methods.extractors import Extractor
from mapmaker.model import Floats
from mapmaker.options import Methods
from mapmaker.progress import Progress

A = TypeVar("A")
B = TypeVar("B")

CHUNK = 16
"""Items in a task: enough to hide what a message costs, few enough to share out evenly."""


class Engine(Protocol):
    """Where spread work runs."""

    def map(self, function: Callable[[A], B], items: Iterable[A], chunk: int = CHUNK) -> Iterator[B]:
        """Yield function(item) for each item, in order; items are taken as needed, `chunk` to a task.

        `function`, items and results must be picklable. Raises what `function` raises, EngineError if a worker dies.
        """

    def embed(self, pictures: Sequence[PictureFile], extractor: Extractor, progress: Progress) -> Iterator[Floats]:
        """Yield (b, d) float32 for each `extractor.batch` pictures, in order; the last batch may be smaller.

        Which pictures share a batch is the same in every engine, and so are the bytes. `progress` advances by pictures.
        Raises ImagesError for a picture that cannot be read, ModelError for numbers that are none.
        """


def cores() -> int:
    """Return how many cores this process may use, which in a container can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _local() -> type:
    from mapmaker.methods.engines.local import Local

    return Local


def _ray() -> type:
    from mapmaker.methods.engines.ray import Ray

    return Ray


ENGINES: Methods = {"local": _local, "ray": _ray}
