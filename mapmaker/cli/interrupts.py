"""Ctrl-C and SIGTERM: a KeyboardInterrupt wherever the program is and, should that get lost, another one soon.

It does get lost now and then: code in C that calls Python, as imports of large libraries do, may clear what was raised.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Remembers that the user interrupted, while it is entered; `check` is called now and then.

    A signal that somebody else handles, or that is ignored, as behind `nohup`, is left alone.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any]] = {}
        self._came = False

    def __enter__(self) -> Self:
        if _in_main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is signal.default_int_handler:
                    self._before[number] = signal.default_int_handler
                    signal.signal(number, self._take)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def check(self) -> None:
        """Raise KeyboardInterrupt if the user interrupted. Another thread than the main one is not troubled."""
        if self._came and _in_main_thread():
            raise KeyboardInterrupt

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        signal.default_int_handler(number, frame)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
