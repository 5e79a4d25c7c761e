"""Pillow's warnings -> silence, for as long as any thread decodes."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# `warnings.catch_warnings` saves and restores one list for the whole process. Two threads that
# enter and leave it crosswise would leave our filter behind for good, so the first one in sets
# it, the last one out takes it away.
_lock = threading.Lock()
_inside = 0
_caught: "warnings.catch_warnings[None] | None" = None


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore what Pillow and pillow-heif warn about odd files; other modules' warnings pass."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _caught
    with _lock:
        if not _inside:
            _caught = warnings.catch_warnings()
            _caught.__enter__()
            warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
        _inside += 1


def _leave() -> None:
    global _inside, _caught
    with _lock:
        _inside -= 1
        if not _inside and _caught is not None:
            _caught.__exit__(None, None, None)
            _caught = None
