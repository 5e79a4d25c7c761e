"""Worker processes on this machine: they end with their driver, however it ends, and their death is noticed."""

import contextlib
import ctypes
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

from mapmaker.errors import EngineError

R = TypeVar("R")

PERIOD = 5.0
"""Seconds between two looks whether workers are alive, while one waits for them."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""
KEPT, ON_HEAP = 128 << 20, 32 << 20
"""Bytes that a worker keeps for itself once it has freed them, and that one array of it may have to be kept so."""


class Hands:
    """`workers` processes, a context manager. Who leaves it by an exception ends them at once.

    `yielding`: how much they give way to other processes, from 0 to 19.
    """

    def __init__(self, workers: int, yielding: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        heard, self._leash = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(workers, context, initializer=_become_worker, initargs=(heard, yielding))
        self.workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:  # interrupted, or somebody failed: what the others still do is of no use
            self.end()
        else:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise EngineError(_told_of_death()) from error

    def end(self) -> None:
        """End all processes at once."""
        self._leash.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def are_well(self) -> bool:
        """Return whether no process has ended so far, as one does whose memory the system wants."""
        alive = [process.is_alive() for process in list(self._pool._processes.values())]
        return all(alive) and not self._pool._broken

    def start(self, function: Callable[[], object]) -> None:
        """Start all processes; each calls `function` before anything else."""
        for _ in range(self.workers):
            self._pool.submit(function)

    def submit(self, function: Callable[..., R], *arguments: Any) -> "Future[R]":
        """Hand out a task."""
        return self._pool.submit(function, *arguments)

    def result(self, future: "Future[R]") -> R:
        """Return the future's result; BrokenProcessPool if a worker died.

        The pool finds that out by itself, but not in the middle of receiving a result: then it waits for the rest.
        """
        while True:
            try:
                return future.result(PERIOD)
            except TimeoutError:
                if future.done():
                    raise  # the function's own
                if any(process.exitcode is not None for process in list(self._pool._processes.values())):
                    raise BrokenProcessPool("a worker died") from None


def _told_of_death() -> str:
    """Return why a worker may have died. Each imports the program anew, and so what a script does at its top level."""
    main = sys.modules["__main__"]
    if main.__spec__ is None and str(getattr(main, "__file__", "")).endswith(".py"):
        return (
            "a worker process died, perhaps since the script calls mapmaker at its top level: put the call below "
            'if __name__ == "__main__"; or for want of memory: try again with workers=1'
        )
    return "a worker process died, perhaps for want of memory; try again with --workers 1"


def _become_worker(leash: multiprocessing.connection.Connection, yielding: int) -> None:
    """Leave interrupts to the driver, and end when it lets go of the leash or ends itself, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if yielding and hasattr(os, "nice"):
        os.nice(yielding)
    _keep_memory()
    threading.Thread(target=_end_with_the_driver, args=(leash,), daemon=True).start()


def _keep_memory() -> None:
    """Have glibc keep what is freed: pictures are megabytes that come and go, and each time pages are made anew.

    Another C library goes on as it does.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, ON_HEAP)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)


def _end_with_the_driver(leash: multiprocessing.connection.Connection) -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        multiprocessing.connection.wait([driver.sentinel, leash])
        os._exit(1)
