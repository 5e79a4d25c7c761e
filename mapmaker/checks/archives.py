"""PMTiles archives against the grid: each begins where the map says, and together they hold the tiles there should be.

The format is read here anew, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md, and not by the library
that wrote it: no directory may unpack to more than a map can need.
"""

import io
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from pmtiles.tile import Compression, deserialize_header, read_varint, zxy_to_tileid

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.record import MapRecord
from mapmaker.checks.site import Site
from mapmaker.checks.tiles import FOLDER, OVERVIEW, Place, check_pictures, picture_problem, tile_file, wanted_tiles

_HEADER = 127
_MOST = 1 << 28
"""Bytes of a directory: ten million tiles."""
_BEYOND = 1 << 62


@dataclass(frozen=True)
class Entry:
    """`run` tiles from `id` on, all the same picture; of a `run` of 0, `id` begins a directory below."""

    id: int
    run: int
    offset: int
    length: int


def check_archives(site: Site, record: MapRecord, firsts: Sequence[int], shown: Collection[str]) -> Found[int]:
    """Check tiles in archives, and those beside them; return how many there should be.

    Beside them is the one of zoom 0, and `shown` by pages, which cannot read archives.
    """
    tiles = yield from wanted_tiles(site, record)
    wanted = {zxy_to_tileid(*place): place for place in tiles}
    ids = sorted(wanted)
    loose = {tile_file(place, record.extension) for place in tiles}
    loose &= {f"{FOLDER}{OVERVIEW}.{record.extension}", *shown}
    names = [f"{FOLDER}map-{number}.pmtiles" for number in range(len(firsts))]
    for name in site.own(FOLDER):
        if name not in loose and name not in names:
            yield Fault(Kind.TILE, name, "is none of the archives that the map reads")
    yield from check_pictures(site, record, sorted(loose), None)
    for name, (first, end) in zip(names, pairwise([*firsts, _BEYOND]), strict=True):
        part = [id_ for id_ in ids if first <= id_ < end]
        yield from _check_archive(site, record, name, part, wanted)
    return len(ids)


def _check_archive(
    site: Site, record: MapRecord, name: str, ids: Sequence[int], wanted: dict[int, Place]
) -> Found[None]:
    """Check one archive, which should hold the tiles `ids`."""
    if name not in site.sizes:
        if name not in site.listed:
            yield Fault(Kind.TILE, name, "is neither there nor in the manifest")
        return
    try:
        with (site.root / name).open("rb") as file:
            header, entries = read_archive(file, site.sizes[name])
            problems = _pictures(file, header, entries, record)
    except (OSError, ValueError) as error:
        yield Fault(Kind.TILE, name, f"is no archive of tiles: {error}")
        return
    for problem in problems:
        yield Fault(Kind.TILE, name, problem)
    for problem in _compare(entries, ids, wanted):
        yield Fault(Kind.TILE, name, problem)


def read_archive(file: io.BufferedReader, size: int) -> tuple[dict[str, Any], list[Entry]]:
    """Return the header and all entries of an archive of `size` bytes. ValueError if it is damaged."""
    header = _header(file.read(_HEADER), size)
    return header, list(_entries(file, header))


def _header(content: bytes, size: int) -> dict[str, Any]:
    """Return what an archive's header says. ValueError if it is none, or says what cannot be."""
    if len(content) < _HEADER or content[:8] != b"PMTiles\x03":
        raise ValueError("it does not begin as one of version 3 does")
    try:
        header: dict[str, Any] = dict(deserialize_header(content))
    except Exception as error:  # a library on foreign bytes
        raise ValueError(f"its header is damaged ({error})") from error
    if header["tile_compression"] != Compression.NONE or header["internal_compression"] != Compression.GZIP:
        raise ValueError("it is compressed otherwise than the map reads it")
    for part in ("root", "leaf_directory", "tile_data"):
        if header[f"{part}_offset"] + header[f"{part}_length"] > size:
            raise ValueError("it is cut off")
    return header


def _entries(file: io.BufferedReader, header: dict[str, Any]) -> Iterator[Entry]:
    """Yield the entries of all directories, ascending. ValueError if they are damaged."""
    for entry in _directory(_part(file, header["root_offset"], header["root_length"])):
        if entry.run:
            yield entry
        elif entry.offset + entry.length > header["leaf_directory_length"]:
            raise ValueError("a directory lies beyond its end")
        else:
            leaf = _directory(_part(file, header["leaf_directory_offset"] + entry.offset, entry.length))
            if any(not below.run for below in leaf):
                raise ValueError("its directories are deeper than two")
            yield from leaf


def _part(file: io.BufferedReader, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _directory(content: bytes) -> list[Entry]:
    """Return the entries of a directory. ValueError if it is damaged."""
    try:
        plain = zlib.decompressobj(wbits=31).decompress(content, _MOST)
    except zlib.error as error:
        raise ValueError(f"a directory cannot be unpacked ({error})") from error
    stream = io.BytesIO(plain)
    try:
        count = read_varint(stream)
        if 4 * count > len(plain):
            raise ValueError("a directory is cut off")
        steps, runs, lengths, offsets = ([read_varint(stream) for _ in range(count)] for _ in range(4))
    except (EOFError, IndexError, TypeError, OverflowError) as error:
        raise ValueError("a directory is cut off") from error
    entries: list[Entry] = []
    id_ = end = 0
    for step, run, length, offset in zip(steps, runs, lengths, offsets, strict=True):
        id_ += step
        begin = offset - 1 if offset else end
        end = begin + length
        if id_ >= _BEYOND or run >= _BEYOND or begin < 0:
            raise ValueError("a directory has a number that is too large")
        entries.append(Entry(id_, run, begin, length))
    return entries


def _pictures(
    file: io.BufferedReader, header: dict[str, Any], entries: Sequence[Entry], record: MapRecord
) -> list[str]:
    """Return what is wrong with the pictures of an archive, each looked at once, by its header."""
    problems = []
    for offset, length in sorted({(entry.offset, entry.length) for entry in entries}):
        if offset + length > header["tile_data_length"]:
            problems.append(f"the picture at byte {offset:,} lies beyond its end")
            continue
        problem = picture_problem(_part(file, header["tile_data_offset"] + offset, length), record)
        if problem:
            problems.append(f"the picture at byte {offset:,} {problem}")
    return problems


def _compare(entries: Sequence[Entry], ids: Sequence[int], wanted: dict[int, Place]) -> Iterator[str]:
    """Yield where the tiles of an archive are not the ones that it should hold."""
    if any(before.id + before.run > after.id for before, after in pairwise(entries)):
        yield "holds a tile twice, or out of order"
        return
    if entries and ids and entries[0].id != ids[0]:
        yield f"begins with the tile id {entries[0].id:,}, not {ids[0]:,}"
    starts = np.array([entry.id for entry in entries], np.int64)
    ends = np.array([entry.id + entry.run for entry in entries], object)
    asked = np.array(ids, np.int64)
    place = np.searchsorted(starts, asked, "right") - 1
    lacking = [id_ for id_, at in zip(ids, place.tolist(), strict=True) if at < 0 or id_ >= ends[at]]
    if lacking:
        yield f"lacks {len(lacking):,} tiles: " + some("/".join(map(str, wanted[id_])) for id_ in lacking)
    extra = sum(entry.run for entry in entries) - (len(ids) - len(lacking))
    if extra:
        yield f"holds {extra:,} tiles into which no poster reaches"
