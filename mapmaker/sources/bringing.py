"""What a source offers -> pictures in their places, a line for each in the journal."""

import asyncio
import importlib.metadata
import os
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from mapmaker.errors import MapmakerError, OutputError
from mapmaker.fetched import FAILED, FETCHED, SUFFIXES, UNREACHED, UNUSABLE, Arrival, Journal, one_line
from mapmaker.progress import Progress
from mapmaker.sources.answers import Missed
from mapmaker.sources.client import Client, Version
from mapmaker.sources.folder import FATAL, Folder
from mapmaker.sources.pace import Manners
from mapmaker.sources.pictures import kind_of_picture
from mapmaker.sources.places import Places
from mapmaker.sources.source import Offered, Source, Unusable, label_of
from mapmaker.sources.web import has_user, without_user
from mapmaker.sources.wish import Wish
from mapmaker.workspace import file_digest

_MORE = 100
"""Pictures after which it is told how many are known of by now."""
_LONGEST = 8000
"""Characters of an address: hosts take no more."""

Bring = Callable[[str], Awaitable[None]]


class Lanes:
    """Addresses wait for their turn host by host: one that is slow, or asks for a pause, keeps no other waiting."""

    def __init__(self, group: asyncio.TaskGroup, at_once: int, bring: Bring) -> None:
        self._group, self._at_once, self._bring = group, at_once, bring
        self._waiting: dict[str, deque[str]] = defaultdict(deque)
        self._busy: Counter[str] = Counter()

    def add(self, url: str) -> None:
        """Have `url` brought when it is its turn."""
        host = _host(url)
        self._waiting[host].append(url)
        if self._busy[host] < self._at_once:
            self._busy[host] += 1
            self._group.create_task(self._go(host))

    async def _go(self, host: str) -> None:
        waiting = self._waiting[host]
        while waiting:
            await self._bring(waiting.popleft())
            await asyncio.sleep(0)  # a host that is not asked any more keeps nobody from working
        self._busy[host] -= 1


class Bringing:
    """One run. What came of it is in its attributes, also after it was broken off."""

    def __init__(
        self, folder: Folder, arrivals: dict[str, Arrival], wish: Wish, manners: Manners, progress: Progress
    ) -> None:
        self._folder, self._wish, self._manners, self._progress = folder, wish, manners, progress
        self.arrivals = arrivals
        """By key, those of earlier runs among them;"""
        self.offers: dict[str, Offered] = {}
        """what the source offers, by address, in its order;"""
        self.order: dict[str, None] = {}
        """the same, and what of it is unusable, by key;"""
        self.label = ""
        """what it is called;"""
        self.doubled = self.due = self.came = self.unchanged = self.bytes = 0
        """addresses that came up again; those to ask for, and what became of them."""
        self.complete = False
        """Whether the source told all that was wished for."""
        self.error: Exception | None = None
        """Why it did not."""
        self._places = Places(folder.path, arrivals.values())
        self._stems: dict[str, str] = {}
        self._client: Client
        self._journal: Journal
        self._pool: ThreadPoolExecutor

    async def run(self, source: Source, journal: Journal | None, allowed: Collection[str]) -> None:
        """Fetch all that is wished for; without `journal`, find out what that would be."""
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as self._pool:
            async with Client(_agent(), self._manners, source.credentials, allowed) as self._client:
                try:
                    async with asyncio.TaskGroup() as group:
                        lanes = Lanes(group, self._manners.jobs_per_host, self._bring) if journal else None
                        if journal:
                            self._journal = journal
                        await self._read(source, lanes)
                except BaseExceptionGroup as errors:
                    raise errors.exceptions[0] from None

    async def _read(self, source: Source, lanes: Lanes | None) -> None:
        """Take what the source offers. What came before it fails is fetched."""
        self.label = label_of(source)
        offers, again = source.offers(self._client), []
        try:
            async for offer in offers:
                one = _public(offer)
                if isinstance(one, Offered) and len(one.url) > _LONGEST:
                    one = Unusable(f"{one.url[:200]}... ({len(one.url):,} characters)", "the address is too long")
                if isinstance(one, Unusable):
                    entry = one_line(one.entry[:_LONGEST])
                    self._note(Arrival("", UNUSABLE, one.reason, entry, when=_now()), lanes is not None)
                elif self._is_wished(one) and lanes:
                    url = _address(one)
                    if url in self.arrivals:
                        again.append(url)
                    else:
                        lanes.add(url)
                if len(self.offers) == self._wish.limit:
                    break
            self.complete = True
        except Exception as error:  # noqa: BLE001 - raised once what came before has been fetched
            self.error = error
        finally:
            if isinstance(offers, AsyncGenerator):  # at the limit, what it asks for ahead is given up
                await offers.aclose()
        self._progress.expect(self.due, "pictures")
        # Last, and those first that were not asked for longest: else what fails for ever would come before all others.
        for url in sorted(again, key=lambda url: self.arrivals[url].when):
            if lanes:
                lanes.add(url)

    def _is_wished(self, one: Offered) -> bool:
        """Take note of a picture; return whether it is to be asked for."""
        url = _address(one)
        if url in self.offers:
            self.doubled += 1
            return False
        self.offers[url], self.order[url] = one, None
        self._stems[url] = self._places.of(url, one.name)
        if not self._is_due(url):
            return False
        self.due += 1
        if self.due % _MORE == 1:
            self._progress.expect(self.due, "pictures")
        return True

    def _is_due(self, url: str) -> bool:
        known = self.arrivals.get(url)
        if known is None or known.status == UNREACHED:
            return True
        if known.status == FAILED:
            return self._wish.retry_failed
        if not self._folder.holds(known):
            return True
        return self._wish.refresh and file_digest(self._folder.path / known.file) == known.sha256  # else it is edited

    def _note(self, arrival: Arrival, is_kept: bool = True) -> None:
        arrival = replace(arrival, source=self.label)
        self.arrivals[arrival.key] = arrival
        self.order[arrival.key] = None
        if is_kept:
            self._journal.add(arrival)

    async def _bring(self, url: str) -> None:
        """Fetch one picture, and note what became of it: whatever is wrong with it keeps no other from coming."""
        part, known = self._folder.part(url), self.arrivals.get(url)
        held = known if self._folder.holds(known) else None
        try:
            await self._save(url, part, known, held)
        except Exception as error:  # noqa: BLE001 - of 100,000 addresses one may be odd in a way nobody foresaw
            missed = _missed(error)
            part.unlink(missing_ok=True)
            if missed.unasked and known:
                pass  # it is as it was
            elif held:
                self._note(replace(held, reason=f"not refreshed: {missed.reason}", when=_now()))
            else:
                status = UNREACHED if missed.passing else FAILED
                self._note(Arrival("", status, missed.reason, url, when=_now()))
        self._progress.advance()

    async def _save(self, url: str, part: Path, known: Arrival | None, held: Arrival | None) -> None:
        """Ask for a picture, look at it, and put it in its place."""
        saved = await self._client.save(url, part, Version(held.etag, held.modified) if held else None)
        if saved is not None:
            loop = asyncio.get_running_loop()
            kind, size, digest = await loop.run_in_executor(self._pool, _look, part, self._wish.least, saved.counted)
            file, version = self._stems[url] + SUFFIXES[kind], saved.version
            arrival = Arrival(file, FETCHED, "", url, size, digest, version.etag, version.modified, _now())
            self._put(part, arrival, known, held)
        elif held:
            self.unchanged += 1
            self._note(replace(held, reason="", when=_now()))

    def _put(self, part: Path, arrival: Arrival, known: Arrival | None, held: Arrival | None) -> None:
        """Put a picture in its place. First comes the line: whoever goes on after a kill finds both."""
        place = self._folder.check_free(arrival, [known] if known else [])
        self._note(arrival)
        part.replace(place)
        if held and held.file != arrival.file:
            self._folder.remove(held)
        self.came += 1
        self.bytes += arrival.bytes


def _missed(error: Exception) -> Missed:
    """Return why a picture did not come; raise what is no matter of one picture: a full disk, what is told already."""
    if isinstance(error, Missed):
        return error
    if isinstance(error, OSError) and error.errno in FATAL:
        raise OutputError(f"cannot write {error.filename or 'a picture'}: {error.strerror}") from error
    if isinstance(error, MapmakerError):
        raise error
    if isinstance(error, OSError):
        return Missed(f"cannot be written: {error.strerror or type(error).__name__}", passing=True)
    return Missed(f"unforeseen: {type(error).__name__}", passing=True)


def _agent() -> str:
    """Return what hosts are told of who asks."""
    try:
        return f"mapmaker/{importlib.metadata.version('mapmaker')}"
    except importlib.metadata.PackageNotFoundError:  # a checkout that was never installed
        return "mapmaker"


def _look(part: Path, least: int, counted: bool) -> tuple[str, int, str]:
    return kind_of_picture(part, least, counted), part.stat().st_size, file_digest(part)


def _host(url: str) -> str:
    """Return the host of an address, "" for one that is none: the client will say so."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _public(one: Offered | Unusable) -> Offered | Unusable:
    """Return what is offered without any name and password in its addresses: tables and the map would tell them.

    Nor is such an address asked for.
    """
    if isinstance(one, Unusable):
        return Unusable(without_user(one.entry), without_user(one.reason))
    if has_user(one.url):
        return Unusable(without_user(one.url), "an address with a password")
    return replace(one, fields={name: without_user(text) for name, text in one.fields.items()})


def _address(one: Offered) -> str:
    return one_line(one.url.strip().partition("#")[0])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
