"""What takes long -> threads of its own: few at once, some that wait, and the rest is told to come again."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Crowded(Exception):  # noqa: N818 - not an error of anybody's
    """All threads are at work, and as many calls wait as may; or it took too long. Its text is for who asked."""


class Lane:
    """Runs functions on `threads` threads of its own; at most `waiting` more wait, and no answer is awaited longer
    than `seconds`."""

    def __init__(self, name: str, threads: int, waiting: int, seconds: float) -> None:
        self.name, self.seconds = name, seconds
        self._room = threads + waiting
        self._inside = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns. Crowded if there is no room, or no answer in time."""
        future = self.begin(function, *args, **kwargs)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self.seconds)
        except TimeoutError as error:
            raise Crowded(f"{self.name} took longer than {self.seconds:g} seconds; ask again later") from error

    def begin(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Return what will be what the function returns, however long that takes. Crowded if there is no room."""
        with self._lock:
            if self._inside >= self._room:
                raise Crowded(f"too many wait for {self.name} already; ask again in some seconds")
            self._inside += 1
        future = self._threads.submit(function, *args, **kwargs)
        future.add_done_callback(self._left)
        return future

    @property
    def is_busy(self) -> bool:
        """Whether a thread is at work, if only for who has long gone."""
        return self._inside > 0

    def close(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _left(self, future: "Future[T]") -> None:  # noqa: ARG002 - the callback's
        # Also those that took too long: their thread is free only now.
        with self._lock:
            self._inside -= 1


class Room:
    """So many bytes that may be held at once, on one event loop."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self._left = name, size

    @contextlib.contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold so many of them. Crowded if there are not so many left."""
        if size > self._left:
            raise Crowded(f"too many are {self.name} already; ask again in some seconds")
        self._left -= size
        try:
            yield
        finally:
            self._left += size
