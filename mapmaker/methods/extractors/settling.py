"""An extractor with choices left in, one with none out: precision and batch size, chosen once and then kept.

Other bits come out with either. So what was chosen is remembered in a file beside the numbers, under the extractor as
it was asked for, and holds until something else is asked for: on another machine, or with another back end, too.
"""

import contextlib
import dataclasses
import functools
import itertools
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker import workspace
from mapmaker.errors import ModelError
from mapmaker.methods.extractors import Extractor, Preparation, machine, memory
from mapmaker.methods.extractors.back_end import Network, is_on_gpu
from mapmaker.methods.extractors.networks import PRECISIONS, KerasExtractor
from mapmaker.methods.extractors.precision import NEAR, likeness

CPU_BATCH = 32
"""Pictures at a time on a processor, where it is a fixed number: two fresh builds give the same bytes."""
GPU_BATCHES = (64, 128, 256)
"""Those tried on a GPU; more cost memory and are hardly quicker."""
GAIN = 1.05
"""How much quicker a larger batch must be to be taken."""
SAMPLE = 8
"""Pictures to look at before low precision is trusted."""
FILE = "settled.json"

Note = Callable[[str], None]


@dataclass(frozen=True)
class Choice:
    """What is remembered. `within`: how many pictures at once there was memory for, 0 if it always sufficed."""

    precision: str
    batch: int
    within: int = 0

    def __post_init__(self) -> None:
        known = self.precision in PRECISIONS[1:]
        if not known or type(self.batch) is not int or self.batch < 1 or type(self.within) is not int:
            raise ValueError(self)


def settled(extractor: Extractor, kept: Path | None) -> Extractor:
    """Return the copy that `settle` would return, as far as it is known; nothing is loaded, nothing written.

    `kept`: the folder where choices are remembered, which need not be there; None remembers nothing.
    """
    if not isinstance(extractor, KerasExtractor):
        return extractor
    choice = _remembered(_place(extractor, kept))
    return _guessed(extractor) if choice is None else _with(extractor, choice)


def settle(extractor: Extractor, kept: Path | None, files: Iterable[Path], note: Note) -> Extractor:
    """Return a copy of `extractor` with nothing left to choose, and remember what was chosen.

    Low precision is tried on the first of the picture `files`; where it strays from float32, it is float32, and `note`
    is told. On a GPU the batch size is found by trying. Running out of memory later is remembered, too, and told, if it
    befalls this process; machines of a cluster are told what is remembered, but keep to themselves what befalls them. A
    network may have to be loaded for this, the first time: ModelError if it cannot be had.
    """
    if not isinstance(extractor, KerasExtractor):
        return extractor
    place = _place(extractor, kept)
    choice = _remembered(place)
    if choice is None:
        choice = _tried(extractor, files, note)
        _remember(place, choice)
    chosen = _with(extractor, choice)
    room = memory.room(chosen)
    room.most, room.noticed = choice.within, functools.partial(_shrink, place, choice, note)
    return chosen


def unsettled(extractor: Extractor) -> Extractor:
    """Return a copy that says what it looks with, but not in which precision, or at how many pictures at a time."""
    if not isinstance(extractor, KerasExtractor):
        return extractor
    return dataclasses.replace(extractor, precision="auto", batch=0)


def _with(extractor: KerasExtractor, choice: Choice) -> KerasExtractor:
    return dataclasses.replace(extractor, precision=choice.precision, batch=choice.batch)


def _guessed(extractor: KerasExtractor, gpu: bool | None = None) -> KerasExtractor:
    """Return a copy with what can be chosen without trying; on a GPU, the batch is left open."""
    back_end = machine.back_end()
    gpu = machine.has_gpu(back_end) if gpu is None else gpu
    precision = machine.best_precision(back_end, gpu) if extractor.precision == "auto" else extractor.precision
    return dataclasses.replace(extractor, precision=precision, batch=extractor.batch or (0 if gpu else CPU_BATCH))


def _tried(extractor: KerasExtractor, files: Iterable[Path], note: Note) -> Choice:
    gpu = machine.has_gpu(machine.back_end()) and is_on_gpu()
    guess = _guessed(extractor, gpu)
    if guess.precision == "float32" and guess.batch:
        return Choice(guess.precision, guess.batch)
    exact = dataclasses.replace(guess, precision="float32")
    pictures = _sample(exact.preparation(), files)
    if not len(pictures):
        return Choice(guess.precision, guess.batch or GPU_BATCHES[0])
    precision = guess.precision
    if precision != "float32" and (why := _straying(guess, exact, pictures)):
        note(f"{type(extractor).__name__} in {precision} {why}; it computes in float32")
        precision = "float32"
    lasting = exact if precision == "float32" else guess
    return Choice(precision, guess.batch or _quickest_batch(lasting.network(), pictures))


def _sample(preparation: Preparation, files: Iterable[Path]) -> NDArray[Any]:
    """Return `SAMPLE` pictures, prepared and stacked, fewer where some cannot be read: who needs them will tell."""
    from mapmaker_tiles import DecodeError, decode

    width, height = preparation.size
    found = []
    for file in itertools.islice(files, SAMPLE):
        with contextlib.suppress(DecodeError, OSError):
            found.append(preparation(decode(file, at_least=(2 * width, 2 * height))))
    return np.stack(found) if found else np.zeros((0, height, width, 3), np.uint8)


def _straying(guess: KerasExtractor, exact: KerasExtractor, pictures: NDArray[Any]) -> str:
    """Return what is wrong with the low precision of `guess`, held against `exact`; "" if nothing is."""
    expected = exact(pictures)
    count = guess.batch or len(pictures)  # the size that is asked of it later, for another is compiled anew
    try:
        lower = guess(_filled(pictures, count))[: len(expected)]
    except ModelError as error:
        return f"does not work: {error}"
    found = likeness(lower, expected[: len(lower)])
    return "" if found >= NEAR else f"strays from float32: cosine similarity {found:.4f}, at least {NEAR} is asked for"


def _filled(pictures: NDArray[Any], count: int) -> NDArray[Any]:
    """Return `count` pictures: the first, and the last again and again where there are fewer."""
    return pictures[np.minimum(np.arange(count), len(pictures) - 1)]


def _quickest_batch(network: Network, pictures: NDArray[Any]) -> int:
    """Return the smallest of `GPU_BATCHES` that the next larger one hardly beats, or that still has room."""
    best, rate = GPU_BATCHES[0], 0.0
    for batch in GPU_BATCHES:
        try:
            found = batch / _seconds(network, _filled(pictures, batch))
        except Exception as error:
            if not memory.is_out_of_memory(error):
                raise
            break
        if found < GAIN * rate:
            break
        best, rate = batch, found
    return best


def _seconds(network: Network, pictures: NDArray[Any]) -> float:
    """Return what a look takes, once all is compiled."""
    network(pictures)
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        network(pictures)
        taken.append(time.perf_counter() - started)
    return min(taken)


def _shrink(place: Path | None, choice: Choice, note: Note, most: int) -> None:
    note(f"out of memory: the network gets {most} of {choice.batch} pictures at once from here on")
    _remember(place, dataclasses.replace(choice, within=most))


def _place(extractor: KerasExtractor, kept: Path | None) -> Path | None:
    return None if kept is None else kept / workspace.fingerprint({"extractor": extractor})[:16] / FILE


def _remembered(place: Path | None) -> Choice | None:
    """Return what was chosen; None if nothing was, or the file is damaged."""
    if place is None:
        return None
    try:
        return Choice(**json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _remember(place: Path | None, choice: Choice) -> None:
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        workspace.write_json(place, dataclasses.asdict(choice))
