"""A source and a folder -> its pictures in the folder, metadata.csv, and what came from where.

A picture is written to a hidden folder, looked at, noted in `fetched.csv`, and then put in its place by one rename: so
a run that is killed at any moment is gone on with, and what arrived is not asked for again.
"""

import contextlib
import dataclasses
import importlib.util
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mapmaker.errors import FetchError, MissingExtra, OptionError, near
from mapmaker.fetched import (
    FETCHED,
    FETCHED_TABLE,
    UNUSABLE,
    Arrival,
    Journal,
    counted,
    read_arrivals,
    table_bytes,
)
from mapmaker.hosts import byte_size
from mapmaker.options import build, make_method
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence
from mapmaker.sources import SOURCES
from mapmaker.sources.holding import STATE, check_fit, held, settle, telling
from mapmaker.sources.pace import Manners
from mapmaker.sources.running import run
from mapmaker.sources.source import Source
from mapmaker.sources.titles import TITLES_TABLE, write_titles
from mapmaker.sources.wish import Wish
from mapmaker.workspace import replacing

if TYPE_CHECKING:
    from mapmaker.sources.bringing import Bringing
    from mapmaker.sources.folder import Folder


@dataclass(frozen=True)
class Fetched:
    """What a run came to."""

    folder: Path
    metadata: Path
    manifest: Path
    offered: int
    """Pictures that the source offers, each address once,"""
    due: int
    """and those of them that were asked for: in a dry run, that would be."""
    came: int
    there: int
    """Pictures of the source that were there already,"""
    unchanged: int
    """and those of them that, by their hosts, are what they were."""
    missing: Mapping[str, int]
    """Pictures of the source that are not there, by reason; nor were all of them asked for again."""
    bytes: int
    """Of what came."""
    seconds: float


def fetch(
    source: Source | str,
    into: Path | str,
    *,
    allow_hosts: Collection[str] = (),
    progress: Progress | None = None,
    **options: object,
) -> Fetched:
    """Fetch the pictures of `source` into the folder `into`, write metadata.csv there, and return what came of it.

    `source` is a name, such as "urls", or a `Source`. `options` are those of the source, such as `table`, of `Wish`,
    such as `limit` and `refresh`, and of `Manners`, such as `rate`. `allow_hosts` are hosts at private addresses that
    pictures may come from, beside those that options of the source name. `progress` is told how far it is.

    What was fetched already is not asked for again. FetchError if nothing came and nothing was there, or if the source
    cannot be read; then what came is kept. OptionError for an option, OutputError for a folder that cannot be used,
    BusyError while another fetch is at work there, MissingExtra without aiohttp.
    """
    if importlib.util.find_spec("aiohttp") is None:
        raise MissingExtra("fetching", "fetch")
    from mapmaker.sources.bringing import Bringing
    from mapmaker.sources.folder import Folder

    progress, started = progress or Silence(), time.monotonic()
    source, wish, manners = _chosen(source, options)
    for host in allow_hosts:
        if not _is_host(host):
            raise OptionError(f"allow_hosts = {host!r} is no host: give a name or an IP address, without port or path")
    folder = Folder(Path(into), Path(into) / STATE)
    check_fit(folder)
    for line in source.notice.splitlines():
        progress.note(line)
    with contextlib.nullcontext() if wish.dry_run else held(folder):
        arrivals = read_arrivals(folder.path)
        bringing = Bringing(folder, arrivals, wish, manners, progress)
        progress.begin("fetch")
        if wish.dry_run:
            run(bringing.run(source, None, allow_hosts))
        else:
            _bring(bringing, source, folder, allow_hosts, progress)
    if bringing.error:
        raise bringing.error
    done = _told(bringing, folder, time.monotonic() - started)
    _check_any(done, wish)
    progress.end("fetch", _summary(done))
    return done


def _is_host(text: str) -> bool:
    """Return whether it may be a host: ports are not told apart, so none is taken that would mean nothing."""
    name = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    return bool(name) and not set(name) & set("/@?#[] ") and name.count(":") != 1


def _chosen(source: Source | str, options: Mapping[str, object]) -> tuple[Source, Wish, Manners]:
    """Return what the options are of."""
    parts: list[dict[str, object]] = [{}, {}, {}]
    options = {**options}
    if isinstance(most := options.get("max_bytes"), str):
        options["max_bytes"] = byte_size(most, "fetch.max_bytes")
    known = [{one.name for one in dataclasses.fields(cls)} for cls in (Wish, Manners)]
    for name, value in options.items():
        parts[0 if name in known[0] else 1 if name in known[1] else 2][name] = value
    if isinstance(source, str):
        beside = [*known[0], *known[1]]
        source = make_method(SOURCES, source, parts[2], "fetch.source", beside)
    elif parts[2]:
        name = next(iter(parts[2]))
        raise OptionError(f"no option fetch.{name}: {near(name, [*known[0], *known[1]])}")
    return cast(Source, source), build(Wish, parts[0], "fetch"), build(Manners, parts[1], "fetch")


def _bring(
    bringing: "Bringing", source: Source, folder: "Folder", allowed: Collection[str], progress: Progress
) -> None:
    """Run, and write the tables, however the run ends."""
    with Journal(folder.path) as journal:
        try:
            run(bringing.run(source, journal, allowed))
        finally:
            with telling(folder):
                settle(folder)
                edited = _write(bringing, folder)
    if edited:
        progress.warn(f"{folder.path / TITLES_TABLE} {edited}")
    if bringing.doubled:
        progress.note(f"{count_of(bringing.doubled, 'address', 'addresses')} came up again; the first row counts")


def _write(bringing: "Bringing", folder: "Folder") -> str:
    """Write both tables in the order of the source; return what is to be told of that of titles."""
    arrivals = bringing.arrivals
    if not arrivals:
        return ""
    kept = {
        key: one
        for key, one in arrivals.items()
        if key in bringing.order or not (bringing.complete and _is_moot(one, bringing.label))
    }
    ordered = [arrivals[key] for key in {**bringing.order, **dict.fromkeys(kept)} if key in arrivals]
    with replacing(folder.path / FETCHED_TABLE) as temporary:
        temporary.write_bytes(table_bytes(ordered))
    rows = []
    for url, one in bringing.offers.items():
        if folder.holds(arrival := arrivals.get(url)):
            assert arrival is not None
            rows.append({**one.fields, "filename": arrival.file})
    files = [one.file for one in ordered if one.status == FETCHED]
    return write_titles(folder.path, folder.state, rows, files)


def _is_moot(arrival: Arrival, label: str) -> bool:
    """Return whether a line of an earlier run says nothing, now that its source does not have the entry any more."""
    return arrival.status == UNUSABLE and arrival.source in ("", label)


def _told(bringing: "Bringing", folder: "Folder", seconds: float) -> Fetched:
    offered = [bringing.arrivals[key] for key in bringing.order if key in bringing.arrivals]
    there = sum(folder.holds(one) for one in offered)
    return Fetched(
        folder=folder.path,
        metadata=folder.path / TITLES_TABLE,
        manifest=folder.path / FETCHED_TABLE,
        offered=len(bringing.offers),
        due=bringing.due,
        came=bringing.came,
        there=there - bringing.came,
        unchanged=bringing.unchanged,
        missing=counted(offered),
        bytes=bringing.bytes,
        seconds=seconds,
    )


def _check_any(done: Fetched, wish: Wish) -> None:
    """Raise FetchError if there is nothing to show for it."""
    if not done.offered:
        raise FetchError(f"there is no picture to fetch{_reasons(done)}")
    if not (done.came or done.there or wish.dry_run):
        raise FetchError(f"no picture came{_reasons(done)}; {done.manifest} tells all")


def _reasons(done: Fetched) -> str:
    return "".join(f"{', ' if i else ': '}{n:,} {reason}" for i, (reason, n) in enumerate(done.missing.items()))


def _summary(done: Fetched) -> str:
    missing = sum(done.missing.values())
    return f"{done.came:,} came, {done.there:,} were there" + (f", {missing:,} are missing" if missing else "")
