"""How hosts are treated: so many requests a second and at once; pauses they ask for; an end when they are gone."""

import asyncio
import dataclasses
import math
from dataclasses import dataclass

from mapmaker.errors import OptionError

GONE, BUSY, BLOCKED, FAILING = 10, 10, 50, 100
"""Addresses in a row, each after all retries, for which there was no connection, only a 429, only a 403, or no answer
of use, before no more of a host are asked for. Of the last kind a host may have many, and pictures beside them; and
some hosts say 403 of each picture that they have not."""
TOO_MANY, UNAVAILABLE, FORBIDDEN = 429, 503, 403
_LATE = 0.005
"""Seconds that a turn may come late, as the machine's clock has it, and the next yet be in time."""
PAUSES = 6
"""That a host gets which names no time, each twice as long as the one before; with nothing come between them."""


@dataclass(frozen=True)
class Manners:
    """How to ask. Hosts never see more of it than they like; whoever fetches may ask for less, or for more."""

    rate: float = 5.0
    """Requests a second to one host."""
    jobs: int = 8
    """Requests at once, to all hosts together"""
    jobs_per_host: int = 4
    """and to one."""
    retries: int = 3
    """Times that is tried again what may pass."""
    backoff: float = 1.0
    """Seconds before the first of them; each next one waits twice as long, give or take a half."""
    longest_wait: float = 300.0
    """Seconds that a host may ask for by Retry-After; of one that wants more, no more is asked in this run."""
    connecting: float = 15.0
    """Seconds until there is a connection,"""
    silence: float = 30.0
    """between two pieces of an answer,"""
    whole: float = 300.0
    """and for all of it."""
    max_bytes: int = 50_000_000
    """Of a picture."""
    seed: int = 0
    """Of the chance in waits."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if not math.isfinite(getattr(self, field.name)):
                raise OptionError(f"{field.name} = {getattr(self, field.name)} is no finite number")
        for name in ("rate", "jobs", "jobs_per_host", "connecting", "silence", "whole", "max_bytes"):
            if not getattr(self, name) > 0:
                raise OptionError(f"{name} = {getattr(self, name)} is not above 0")
        for name in ("retries", "backoff", "longest_wait"):
            if not getattr(self, name) >= 0:
                raise OptionError(f"{name} = {getattr(self, name)} is below 0")


class Host:
    """One host: whose turn it is, and whether there is any use in asking."""

    def __init__(self, manners: Manners) -> None:
        self.slots = asyncio.Semaphore(manners.jobs_per_host)
        self.closed = ""
        """Why no more is asked of it; "" while it is."""
        self._longest = manners.longest_wait
        self._gap = 1 / manners.rate
        self._next = self._not_before = 0.0
        self._in_a_row = [0, 0, 0, 0]
        self._pauses = 0

    async def due(self) -> None:
        """Wait until a request might be sent."""
        while (left := max(self._next, self._not_before) - _now()) > 0:
            await asyncio.sleep(left)

    def take(self) -> bool:
        """Take the turn, if there is one now: others may have had it, or the host asked for a pause meanwhile."""
        now = _now()
        if now < max(self._next, self._not_before):
            return False
        self._next = max(self._next, now - _LATE) + self._gap
        return True

    def slow(self, seconds: float) -> None:
        """Wait at least so long between two requests; for longer than a pause may last, and it is closed."""
        if seconds > self._longest:
            self.close(f"not asked for: robots.txt wants {seconds:,.0f} s between requests, over --longest-wait")
        else:
            self._gap = max(self._gap, seconds)

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._not_before = max(self._not_before, _now() + seconds)

    def back_off(self, seconds: float, reason: str, status: int) -> None:
        """Send nothing for so long, or, if that was of no use, twice as long each time: it has too much to do.

        What it says so of while it has its pause was asked for before. If many pauses are of no use to one that calls
        it too many requests, it is closed.
        """
        if _now() < self._not_before:
            return
        self.pause(min(seconds * 2.0**self._pauses, self._longest))
        self._pauses = min(self._pauses + 1, PAUSES)
        if self._pauses == PAUSES and status == TOO_MANY:
            self.close(f"not asked for: the host has too much to do, {PAUSES} pauses were of no use ({reason})")

    def close(self, reason: str) -> None:
        """Send nothing any more."""
        self.closed = self.closed or reason

    def answered(self) -> None:
        """Know that it is there."""
        self._in_a_row = [0, 0, 0, 0]
        self._pauses = 0

    def failed(self, reason: str, status: int, is_absent: bool) -> None:
        """Know that it was not reached, failed, or refused; once too often, and it is closed."""
        kinds = (is_absent, status == TOO_MANY, status == FORBIDDEN, True)
        self._in_a_row = [times + 1 if is_one else 0 for times, is_one in zip(self._in_a_row, kinds, strict=True)]
        for times, most in zip(self._in_a_row, (GONE, BUSY, BLOCKED, FAILING), strict=True):
            if times >= most:
                self.close(f"not asked for: the host failed {times} times in a row ({reason})")


def _now() -> float:
    return asyncio.get_running_loop().time()
