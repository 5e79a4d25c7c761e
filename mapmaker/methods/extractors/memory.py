"""How many pictures at once a network has memory for: more batches than fit are done in halves.

A batch keeps its size for everybody else: only what the network is handed at once is less.
"""

import contextlib
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ModelError
from mapmaker.model import Floats

_NAMES = {"ResourceExhaustedError", "OutOfMemoryError", "MemoryError"}
"""Of what TensorFlow, PyTorch and Python raise; JAX has one error for everything, and says so in its text."""
_TEXTS = ("RESOURCE_EXHAUSTED", "out of memory", "Out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether this is how a back end says that memory does not suffice."""
    if any(kind.__name__ in _NAMES for kind in type(error).__mro__):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _TEXTS)


def _to_nobody(_: int) -> None:
    """Tell nobody."""


@dataclass
class Room:
    """What one extractor has room for: `most` pictures at once, 0 for any number; `noticed` is told when it shrinks."""

    most: int = 0
    noticed: Callable[[int], None] = _to_nobody


_ROOMS: dict[Hashable, Room] = {}


def room(extractor: Hashable) -> Room:
    """Return the room of this extractor in this process."""
    return _ROOMS.setdefault(extractor, Room())


def no_room(who: str, precision: str, gpu: bool) -> ModelError:
    """Return what is raised where the network `who` has no room for a single picture, with what can be done."""
    ways_out = ["end what else uses the memory of the GPU" if gpu else "end what else uses memory"]
    if precision not in ("bfloat16", "float16"):
        ways_out.append("give --precision bfloat16")
    if who != "ResNet50":
        ways_out.append("take a smaller network, such as --extractor resnet50")
    if gpu:
        ways_out.append("set CUDA_VISIBLE_DEVICES=-1 to do without the GPU")
    return ModelError(f"out of memory: {who} has no room for a single picture; {', or '.join(ways_out)}")


def in_room(
    look: Callable[[NDArray[Any]], Floats], pictures: NDArray[Any], room: Room, lacking: Callable[[], ModelError]
) -> Floats:
    """Return look(pictures), done in parts of one size where the whole does not fit.

    Raises what `lacking` returns if not even one picture does.
    """
    while True:
        size = min(room.most or len(pictures), len(pictures))
        with contextlib.suppress(_NoRoom):
            return _in_parts(look, pictures, size)
        # Only here, for as long as an error is held, so is all that it had allocated.
        if size == 1:
            raise lacking()
        _release()
        room.most = -(-size // 2)
        room.noticed(room.most)


class _NoRoom(Exception):  # noqa: N818 - a signal, caught a few lines above
    """The back end was out of memory."""


def _in_parts(look: Callable[[NDArray[Any]], Floats], pictures: NDArray[Any], size: int) -> Floats:
    """Return look(pictures), `size` at a time, the last part padded: another size would be compiled anew."""
    found = []
    for start in range(0, len(pictures), size):
        part = pictures[start : start + size]
        lacking = size - len(part)
        whole = np.concatenate([part, part[-1:].repeat(lacking, axis=0)]) if lacking else part
        try:
            found.append(look(whole)[: len(part)])
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise _NoRoom from None
    return found[0] if len(found) == 1 else np.concatenate(found)


def _release() -> None:
    """Have PyTorch give back what it keeps for later."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
