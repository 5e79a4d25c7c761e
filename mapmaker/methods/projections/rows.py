"""Rows shared out among threads, in blocks that do not depend on how many there are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

BLOCK = 2_048


class Rows:
    """`count` rows and the `threads` that work on them; use it in `with`."""

    def __init__(self, count: int, threads: int) -> None:
        self.count, self.threads = count, threads if count > BLOCK else 1
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def each(self, work: Callable[..., Any], *given: Any) -> list[Any]:
        """Return work(*given, first, last) of each block, in order; `work` is a kernel that holds no lock."""
        blocks = [(first, min(first + BLOCK, self.count)) for first in range(0, self.count, BLOCK)]
        spread = self._pool.map if self._pool is not None else map
        return list(spread(lambda block: work(*given, *block), blocks))
