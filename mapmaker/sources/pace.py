"""How hosts are treated: so many requests a second and at once; pauses they ask for; an end when they are gone."""

import asyncio
import dataclasses
import math
from dataclasses import dataclass

from mapmaker.errors import OptionError

GONE, FAILING = 10, 100
"""Addresses in a row, each after all retries, for which there was no connection, or no answer of use, before no more of
a host are asked for. Of the second kind a host may have many, and pictures beside them."""


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
        self._gap = 1 / manners.rate
        self._next = self._not_before = 0.0
        self._absent = self._failed = 0

    async def turn(self) -> None:
        """Wait until a request may be sent."""
        clock = asyncio.get_running_loop().time
        while True:
            at = max(clock(), self._next, self._not_before)
            self._next = at + self._gap
            await asyncio.sleep(at - clock())
            if clock() >= self._not_before:  # else it asked for a pause meanwhile
                return

    def slow(self, seconds: float) -> None:
        """Wait at least so long between two requests."""
        self._gap = max(self._gap, seconds)

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    def close(self, reason: str) -> None:
        """Send nothing any more."""
        self.closed = self.closed or reason

    def answered(self) -> None:
        """Know that it is there."""
        self._absent = self._failed = 0

    def failed(self, reason: str, is_absent: bool) -> None:
        """Know that it was not reached, or failed; once too often, and it is closed."""
        self._absent = self._absent + 1 if is_absent else 0
        self._failed += 1
        if self._absent >= GONE or self._failed >= FAILING:
            times = self._absent if self._absent >= GONE else self._failed
            self.close(f"not asked for: the host failed {times} times in a row ({reason})")
