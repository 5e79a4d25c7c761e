"""Engines: a function and items in, results in the same order out, worked on by however many hands.

Workers return arrays or bytes; only the driver writes. An engine is all that a stage knows of processes.
"""

import collections
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol, TypeVar

from mapmaker.errors import EngineError, OptionError
from mapmaker.options import Methods

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4
"""Tasks handed out for each worker, so that none waits and memory stays bounded."""
PERIOD = 5.0
"""Seconds between two looks whether workers are alive, while one waits for them."""
CHUNK = 16
"""Items in a task: enough to hide what a message costs, few enough to share out evenly."""


class Engine(Protocol):
    """Where spread work runs."""

    def map(self, function: Callable[[A], B], items: Iterable[A], chunk: int = CHUNK) -> Iterator[B]:
        """Yield function(item) for each item, in order; items are taken as needed, `chunk` to a task.

        `function`, items and results must be picklable. Raises what `function` raises, EngineError if a worker dies.
        """


@dataclass(frozen=True)
class Local:
    """Processes on this machine: `workers` of them, as many as there are cores if 0; none but this one if 1."""

    workers: int = 0

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise OptionError(f"workers = {self.workers} is below 0; give 0 for one a core")

    def map(self, function: Callable[[A], B], items: Iterable[A], chunk: int = CHUNK) -> Iterator[B]:
        """See `Engine.map`."""
        workers = self.workers or cores()
        iterator = iter(items)
        chunks = iter(lambda: list(itertools.islice(iterator, chunk)), [])
        first, second = next(chunks, []), next(chunks, [])
        if workers == 1 or not second:  # one task is not worth starting processes
            return map(function, itertools.chain(first, second, iterator))
        return _spread(function, itertools.chain([first, second], chunks), workers)


def cores() -> int:
    """Return how many cores this process may use, which in a container can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _spread(function: Callable[[A], B], chunks: Iterable[list[A]], workers: int) -> Iterator[B]:
    pending: collections.deque[Future[list[B]]] = collections.deque()
    context = multiprocessing.get_context("spawn")
    heard, leash = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, initializer=_become_worker, initargs=(heard,))
    done = False
    try:
        for chunk in chunks:
            pending.append(pool.submit(_each, function, chunk))
            if len(pending) >= workers * AHEAD:
                yield from _result(pending.popleft(), pool)
        while pending:
            yield from _result(pending.popleft(), pool)
        done = True
    except BrokenProcessPool as error:
        raise EngineError("a worker process died, perhaps for want of memory; try again with --workers 1") from error
    finally:
        if not done:  # interrupted, or somebody failed: what the others still do is of no use
            leash.close()
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[list[B]], pool: ProcessPoolExecutor) -> list[B]:
    """Return the future's result; BrokenProcessPool if a worker died.

    The pool finds that out by itself, but not in the middle of receiving a result: then it waits for the rest.
    """
    while True:
        try:
            return future.result(PERIOD)
        except TimeoutError:
            if future.done():
                raise  # the function's own
            if any(process.exitcode is not None for process in list(pool._processes.values())):
                raise BrokenProcessPool("a worker died") from None


def _become_worker(leash: multiprocessing.connection.Connection) -> None:
    """Leave interrupts to the driver, and end when it lets go of the leash or ends itself, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_driver, args=(leash,), daemon=True).start()


def _end_with_the_driver(leash: multiprocessing.connection.Connection) -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        multiprocessing.connection.wait([driver.sentinel, leash])
        os._exit(1)


def _each(function: Callable[[A], B], items: list[A]) -> list[B]:
    return [function(item) for item in items]


def _local() -> type:
    return Local


ENGINES: Methods = {"local": _local}
