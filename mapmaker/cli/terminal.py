"""How far the work is, for a person: on stderr, a bar while a stage works, a line when it is done."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from mapmaker.cli.interrupts import Interrupts

BAR = "  {desc:<10} {percentage:3.0f}% {bar:30} {n_fmt}/{total_fmt}{unit}, {rate_noinv_fmt}, {remaining} left{postfix}"


def printable(text: str) -> str:
    """Return `text` on one line and without what would steer a terminal: file names may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Terminal:
    """A `Progress` on stderr: a bar while a stage works, a line when it is done.

    Who enters it gets a Ctrl-C that was lost at the next word of progress.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._bars, self._lines = sys.stderr.isatty() and not quiet, not quiet
        self._bar: Any = None
        self._stage = ""
        self._started = 0.0
        self._interrupts = Interrupts()

    def __enter__(self) -> Self:
        self._interrupts.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._interrupts.__exit__(kind, error, at)

    def begin(self, stage: str) -> None:
        """See `Progress`."""
        self._interrupts.check()
        self._stage, self._started = stage, time.monotonic()
        if self._bars:
            print(f"  {stage:<10} ...", end="\r", file=sys.stderr, flush=True)

    def expect(self, total: int, unit: str) -> None:
        """See `Progress`."""
        if self._bar is not None:
            self._bar.total = total
            self._bar.refresh()
        elif self._bars and total:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc=self._stage, unit=f" {unit}", bar_format=BAR, leave=False)

    def advance(self, steps: int = 1) -> None:
        """See `Progress`."""
        self._interrupts.check()
        if self._bar is not None:
            self._bar.update(steps)

    def reach(self, so_far: str) -> None:
        """See `Progress`."""
        if self._bar is not None:
            self._bar.set_postfix_str(so_far)

    def end(self, stage: str, summary: str) -> None:
        """See `Progress`."""
        self._close()
        self.line(stage, summary, time.monotonic() - self._started)

    def warn(self, message: str) -> None:
        """See `Progress`."""
        self._close()
        if self._lines:
            print(f"  note: {printable(message)}", file=sys.stderr, flush=True)

    def note(self, message: str) -> None:
        """See `Progress`."""
        self.warn(message)

    def show(self, lines: Sequence[str]) -> None:
        """See `Progress`."""
        self._close()
        if self._lines:
            print(*(f"    {printable(line)}" for line in lines), sep="\n", file=sys.stderr, flush=True)

    def line(self, stage: str, summary: str, seconds: float) -> None:
        """Print the one line of a stage that is done."""
        if self._lines:
            print(f"  {stage:<10} {summary:<58} {seconds:6.1f} s", file=sys.stderr, flush=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
