"""Loops that numba compiles: those of solvers, arrangers, projections and clusterings.

Only what runs them imports this module: numba takes a while to import.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Return a decorator: compiled on the first call, and kept for later runs where there is a place to keep it.

    `options` are numba's.
    """

    def compile_(function: Function) -> Function:
        try:
            kernel: Function = njit(cache=True, **options)(function)
        except RuntimeError:  # neither this folder nor the home is writable, as in many a container
            kernel = njit(**options)(function)
        return kernel

    return compile_
