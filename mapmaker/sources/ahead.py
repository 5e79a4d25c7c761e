"""Looking at some things ahead while the first is waited for: what comes, comes in the order that was asked in."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""Documents that are asked for together; how often a host is asked is for the `Web` to keep."""


async def ahead(items: AsyncIterable[T], look: Callable[[T], Coroutine[Any, Any, R]]) -> AsyncGenerator[R, None]:
    """Yield what `look` finds of each of `items`, in their order, with up to `AT_ONCE` under way.

    Whoever may stop before the end closes it (`contextlib.aclosing`): what is under way is given up then.
    """
    waiting: deque[asyncio.Task[R]] = deque()
    try:
        async for item in items:
            waiting.append(asyncio.create_task(look(item)))
            if len(waiting) == AT_ONCE:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
