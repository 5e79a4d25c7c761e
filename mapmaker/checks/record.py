"""data/map.js -> what the map says of itself, if it is of one piece."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.scripts import read_script, script_file
from mapmaker.checks.shape import FLAG, NAME, OBJECT, TEXT, TEXTS, Shape, lacking, listed, shown, whole
from mapmaker.checks.site import Site
from mapmaker_tiles import Pyramid, TileError

VERSION = 3
"""Of the contract that is checked here. Goes up with the one that compose writes, once all that is new is checked."""
FILE = script_file("map")
MOST = 20_000_000
"""Cells, or tiles of the deepest zoom: a map with more is none, what stands there is damaged."""
PICTURES = {"avif": "AVIF", "jpg": "JPEG", "webp": "WEBP"}
"""The type of picture, by the extension of tiles."""

_COUNT = whole(1)
_SHAPES = {
    "version": whole(VERSION, VERSION),
    "title": TEXT,
    "count": _COUNT,
    "columns": _COUNT,
    "rows": _COUNT,
    "holes": listed(whole(0)),
    "cell": OBJECT,
    "tiles": OBJECT,
    "shardSide": _COUNT,
    "idPrefix": whole(0, 4),
    "clusters": listed(OBJECT),
    "search": TEXTS,
    "facets": OBJECT,
    "list": FLAG,
    "quality": FLAG,
    "galleries": FLAG,
    "vectors": OBJECT,
    "quantiles": listed(whole()),
    "about": OBJECT,
    "attribution": OBJECT,
}
_MAY = ("quality", "galleries", "vectors", "quantiles", "attribution")
_TILES = {
    "size": _COUNT,
    "maxZoom": whole(0, 30),
    "extension": Shape(f"one of {', '.join(PICTURES)}", lambda value: isinstance(value, str) and value in PICTURES),
    "archives": listed(whole(0), 1),
    "margin": whole(0),
}
_VECTORS = {"numbers": whole(1, 4096), "rows": whole(1, MOST), "shard": _COUNT}


@dataclass(frozen=True)
class Wide:
    """Vectors: how many `numbers` each has, of how many `rows`, how many of these in a script."""

    numbers: int
    rows: int
    shard: int

    @property
    def shards(self) -> int:
        """How many scripts they are in."""
        return -(-self.rows // self.shard)


@dataclass(frozen=True)
class Group:
    """A cluster as the map tells of it."""

    slug: str
    size: int
    cell: tuple[int, int]


@dataclass(frozen=True)
class MapRecord:
    """What data/map.js says; `archives` are the first tile ids, None where each tile is a file.

    `vectors` and `quantiles` are None where it has none.
    """

    count: int
    pyramid: Pyramid
    holes: Sequence[int]
    extension: str
    archives: Sequence[int] | None
    shard_side: int
    id_prefix: int
    clusters: Sequence[Group]
    search: Sequence[str]
    facets: Mapping[str, bool]
    listed: bool
    appraised: bool
    galleries: bool
    vectors: Wide | None
    quantiles: Sequence[int] | None
    about: Mapping[str, str]

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """(rows, columns): whether a cell holds a poster."""
        held = np.ones(self.pyramid.rows * self.pyramid.columns, bool)
        held[list(self.holes)] = False
        return held.reshape(self.pyramid.rows, self.pyramid.columns)

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """The numbers of the cells that hold a poster, ascending."""
        return np.flatnonzero(self.held)

    @cached_property
    def cell_set(self) -> frozenset[int]:
        """The same, to look one up."""
        return frozenset(self.cells.tolist())


def read_record(site: Site) -> Found[MapRecord | None]:
    """Return what the map says of itself; None, with faults, if anything is wrong there: all else hangs on it."""
    told = yield from read_script(site, "map")
    if told is None:
        return None
    problems = list(_problems(told, sum(site.sizes.values())))
    for problem in problems:
        yield Fault(Kind.DATA, FILE, problem)
    return None if problems else _record(told)


def _record(told: Mapping[str, Any]) -> MapRecord:
    tiles = told["tiles"]
    return MapRecord(
        count=told["count"],
        pyramid=_pyramid(told),
        holes=told["holes"],
        extension=tiles["extension"],
        archives=tiles.get("archives"),
        shard_side=told["shardSide"],
        id_prefix=told["idPrefix"],
        clusters=[Group(each["slug"], each["size"], (each["cell"][0], each["cell"][1])) for each in told["clusters"]],
        search=told["search"],
        facets=told["facets"],
        listed=told["list"],
        appraised=told.get("quality", False),
        galleries=told.get("galleries", False),
        vectors=Wide(*(told["vectors"][key] for key in _VECTORS)) if "vectors" in told else None,
        quantiles=told.get("quantiles"),
        about=told["about"],
    )


def _problems(told: Any, size: int) -> Iterator[str]:
    """Yield what is wrong with the map's record; `size` is what the whole site takes."""
    problems = list(_fields(told))
    yield from problems
    if problems:
        return
    yield from _cells(told, size)
    yield from _clusters(told)
    search = told["search"]
    if search[:1] != ["title"] or len(set(search)) != len(search):
        yield f"search is {shown(search)}, not different columns with the title first"
    yield from _geometry(told)


def _fields(told: Any) -> Iterator[str]:
    problems = list(lacking(told, _SHAPES, _MAY))
    yield from problems
    if problems:
        return
    for part, shapes, may in (
        ("cell", {"width": _COUNT, "height": _COUNT}, ()),
        ("tiles", _TILES, ("archives", "margin")),
        ("facets", {"years": FLAG, "tags": FLAG}, ()),
        ("vectors", _VECTORS, ()),
        ("about", dict.fromkeys(told["about"], TEXT), ()),
        ("attribution", {"lines": listed(TEXT, 1), "others": whole(0)}, ()),
    ):
        for problem in lacking(told[part], shapes, may) if part in told else ():
            yield f"{part}: {problem}"


def _cells(told: Mapping[str, Any], size: int) -> Iterator[str]:
    cells, holes, count = told["columns"] * told["rows"], told["holes"], told["count"]
    area = f"{told['columns']:,} x {told['rows']:,} cells"
    if any(before >= after for before, after in pairwise(holes)):
        yield "holes do not ascend"
    if holes and max(holes) >= cells:
        yield f"a hole, {max(holes):,}, lies beyond {area}"
    if count + len(holes) != cells:
        yield f"{count:,} posters and {len(holes):,} holes do not fill {area}"
    if "vectors" in told and not count <= told["vectors"]["rows"] <= size // told["vectors"]["numbers"]:
        rows = f"{told['vectors']['rows']:,} rows"
        yield f"vectors: {rows} are too few for {count:,} posters, or more than these files can be of"
    if cells > MOST or count > size:  # each poster takes more than a byte
        yield f"{area} and {count:,} posters are more than these files can be of"


def _clusters(told: Mapping[str, Any]) -> Iterator[str]:
    shapes = {
        "slug": TEXT,
        "name": NAME,
        "size": whole(1, told["count"]),
        "cell": listed(whole(0), 2, 2),
        "shade": NAME,
    }
    slugs: set[str] = set()
    for number, each in enumerate(told["clusters"]):
        problems = list(lacking(each, shapes, {"shade"}))
        for problem in problems:
            yield f"cluster {number}: {problem}"
        if problems:
            continue
        column, row = each["cell"]
        if column >= told["columns"] or row >= told["rows"]:
            yield f"cluster {number}: its cell {each['cell']} lies beyond the grid"
        if each["slug"] in slugs:
            yield f"cluster {number}: another has its slug {shown(each['slug'])}"
        slugs.add(each["slug"])


def _geometry(told: Mapping[str, Any]) -> Iterator[str]:
    archives = told["tiles"].get("archives", [0])
    if archives[0] != 0 or any(before >= after for before, after in pairwise(archives)):
        yield f"tiles: archives begin at {some(archives)}, not ascending from 0"
    try:
        pyramid = _pyramid(told)
    except TileError as error:
        yield f"tiles: {error}"
        return
    across, down = pyramid.tiles(pyramid.max_zoom)
    if pyramid.max_zoom != told["tiles"]["maxZoom"]:
        yield f"tiles: maxZoom is {told['tiles']['maxZoom']}, but for these sizes it must be {pyramid.max_zoom}"
    elif across * down > MOST:
        yield f"tiles: {across:,} x {down:,} are more than any map has"


def _pyramid(told: Mapping[str, Any]) -> Pyramid:
    cell, tiles = told["cell"], told["tiles"]
    size = {"cell_width": cell["width"], "cell_height": cell["height"], "tile_size": tiles["size"]}
    return Pyramid(told["columns"], told["rows"], **size, margin=tiles.get("margin", 0))
