"""Asynchronous work -> done, and told to end it ends once: SIGTERM does as Ctrl-C, at whatever moment it comes.

asyncio takes the first Ctrl-C for a wish, and cancels the work; a KeyboardInterrupt out of the midst of its loop would
leave tasks that nobody ends. Of SIGTERM it knows nothing.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end; where a loop runs already, as in Jupyter, in a thread beside it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with _terminable():
            asyncio.run(_guarded(work))
        return
    tasks: list[asyncio.Task[None]] = []

    async def noted() -> None:
        tasks.append(task := asyncio.ensure_future(work))
        await task

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, noted())
        try:
            running.result()
        except KeyboardInterrupt:
            for task in tasks:
                task.get_loop().call_soon_threadsafe(task.cancel)
            raise


def _is_ours() -> bool:
    """Return whether SIGTERM is to be what Ctrl-C is, as the commands want it; a program may want another thing."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and signal.getsignal(signal.SIGTERM) is signal.default_int_handler


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Give SIGTERM back to whom it was, if `_guarded` takes it."""
    is_ours = _is_ours()
    try:
        yield
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.default_int_handler)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    """Do the work with SIGTERM in the hands of asyncio's own handler of Ctrl-C: a second of either ends it at once."""
    if _is_ours():
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    await work
