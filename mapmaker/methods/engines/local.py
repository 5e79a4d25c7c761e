"""Local: processes on this machine decode and prepare, the network runs in this one."""

import collections
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeVar

from mapmaker.errors import EngineError, OptionError
from mapmaker.methods.embedding import PictureFile, Prepare, batches, seen
from mapmaker.methods.engines import CHUNK, cores
from mapmaker.methods.extractors import Extractor
from mapmaker.model import Floats
from mapmaker.progress import Progress

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4
"""Tasks handed out for each worker, so that none waits and memory stays bounded."""
PERIOD = 5.0
"""Seconds between two looks whether workers are alive, while one waits for them."""


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

    def embed(self, pictures: Sequence[PictureFile], extractor: Extractor, progress: Progress) -> Iterator[Floats]:
        """See `Engine.embed`; pictures are decoded ahead, beside the network."""
        prepared = self.map(Prepare(extractor.preparation()), pictures)
        for some, batch in zip(batches(pictures, extractor.batch), batches(prepared, extractor.batch), strict=True):
            yield seen(extractor, batch, some)
            progress.advance(len(some))


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
