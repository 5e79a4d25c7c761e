"""A command, run and watched: what it says, how long it takes, and the memory of all its processes together."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PERIOD = 0.1
"""Seconds between two looks at the memory of all processes."""


@dataclass(frozen=True)
class Watched:
    """A command that ended well."""

    out: str
    """what it wrote to stdout"""
    seconds: float
    peak: float
    """Resident bytes of the process and all below it, summed, at most; pages that they share count twice."""
    worked: float = 0.0
    """Seconds of processor time of all of them: what is left of a timing where others work, too."""


def watched(command: Sequence[object], folder: Path | None = None) -> Watched:
    """Run a command, in `folder`; leave, saying so, if its exit code is not 0."""
    words = [str(word) for word in command]
    started, before = time.monotonic(), _worked()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder)
    peaks: list[int] = [0]
    watch = threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True)
    watch.start()
    out, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {process.returncode}")
    return Watched(out, time.monotonic() - started, float(max(peaks)), _worked() - before)


def _worked() -> float:
    """Return the processor's seconds for all processes that this one has started and seen end, and theirs."""
    times = os.times()
    return times.children_user + times.children_system


def _watch(pid: int, peaks: list[int]) -> None:
    try:
        process = psutil.Process(pid)
        while process.is_running():
            peaks.append(sum(_resident(one) for one in [process, *process.children(recursive=True)]))
            time.sleep(PERIOD)
    except psutil.NoSuchProcess:
        return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
