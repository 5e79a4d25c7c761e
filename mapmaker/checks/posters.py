"""Poster shards against the grid: every cell that is held has one poster, and each poster is of one piece."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.record import FILE, MapRecord
from mapmaker.checks.scripts import read_script, script_file
from mapmaker.checks.shape import ADDRESS, ANY, ID, TEXT, TEXTS, YEAR, is_web, lacking, listed, shown, whole, wholes
from mapmaker.checks.site import Site

MOST_SIMILAR = 12
_POSTER = {
    "cell": whole(0),
    "id": ID,
    "title": TEXT,
    "year": YEAR,
    "tags": TEXTS,
    "url": ADDRESS,
    "cluster": whole(-1),
    "more": TEXTS,
    "similar": wholes(MOST_SIMILAR),
    "alike": wholes(MOST_SIMILAR, -1000, 1000),
}


@dataclass(frozen=True)
class Poster:
    """What the lists, pages and vectors must agree with; `texts` are those of the columns that can be searched.

    `alike`: how alike `similar` are, in thousandths, None where that is not told.
    """

    cell: int
    id: str
    year: int | None
    tags: Sequence[str]
    cluster: int
    texts: Sequence[str]
    similar: Sequence[int]
    alike: Sequence[int] | None


@dataclass
class ReadPosters:
    """The posters by cell, as far as they can be read, and the addresses that they lead to. `whole`: all of them."""

    by_cell: dict[int, Poster] = field(default_factory=dict)
    by_id: dict[str, int] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    whole: bool = True


def check_posters(site: Site, record: MapRecord) -> Found[ReadPosters]:
    """Check all poster shards; return what is in them."""
    posters = ReadPosters()
    squares = _squares(record)
    wanted = {script_file(name) for name in squares}
    for file in site.own("data/posters/"):
        if file not in wanted:
            yield Fault(Kind.DATA, file, "is of cells that hold no poster")
    for name, cells in squares.items():
        shard = yield from read_script(site, name)
        if shard is None:
            posters.whole = False
            continue
        for problem in _shard(shard, cells, record, posters):
            yield Fault(Kind.DATA, script_file(name), problem)
    if posters.whole:
        yield from _groups(record, posters)
    return posters


def _squares(record: MapRecord) -> dict[str, list[int]]:
    """Return the cells that hold a poster, by the name of their shard."""
    rows, columns = np.divmod(record.cells, record.pyramid.columns)
    across, down = columns // record.shard_side, rows // record.shard_side
    squares: dict[str, list[int]] = defaultdict(list)
    for x, y, cell in zip(across.tolist(), down.tolist(), record.cells.tolist(), strict=True):
        squares[f"posters/{x}-{y}"].append(cell)
    return squares


def _shard(shard: Any, cells: Sequence[int], record: MapRecord, posters: ReadPosters) -> Iterator[str]:
    """Yield what is wrong with the shard of `cells`; put its posters into `posters`."""
    problems = list(lacking(shard, {"columns": TEXTS, "posters": listed(ANY)}))
    yield from problems
    if problems:
        posters.whole = False
        return
    columns, wanted = shard["columns"], set(cells)
    if len(set(columns)) != len(columns):
        yield f"columns are not all different: {shown(columns)}"
    last = -1
    for told in shard["posters"]:
        problems = list(_poster(told, columns, record))
        for problem in problems:
            yield f"{_called(told)}: {problem}"
        if problems:
            posters.whole = False
            continue
        yield from _place(told, last, wanted, posters)
        last = told["cell"]
        wanted.discard(last)
        _keep(told, columns, record, posters)
    if wanted:
        posters.whole = False
        yield f"has no poster for {len(wanted):,} cells that hold one: {some(sorted(wanted))}"


def _called(told: Any) -> str:
    return f"the poster of cell {shown(told['cell'])}" if isinstance(told, dict) and "cell" in told else "a poster"


def _poster(told: Any, columns: Sequence[str], record: MapRecord) -> Iterator[str]:
    """Yield what is wrong with a poster in itself."""
    problems = list(lacking(told, _POSTER, ("alike",)))
    yield from problems
    if problems:
        return
    if len(told["more"]) != len(columns):
        yield f"has {len(told['more'])} values for {len(columns)} columns"
    if told["cluster"] >= len(record.clusters):
        yield f"is in cluster {told['cluster']}, of {len(record.clusters)}"
    similar = set(told["similar"])
    strangers = similar - record.cell_set
    if strangers:
        yield f"is like posters of cells that hold none: {some(sorted(strangers))}"
    if told["cell"] in similar or len(similar) != len(told["similar"]):
        yield "is like itself, or like another twice"
    if len(told.get("alike", told["similar"])) != len(told["similar"]):
        yield f"has {len(told['alike'])} similarities to {len(told['similar'])} posters"


def _place(told: Mapping[str, Any], last: int, wanted: set[int], posters: ReadPosters) -> Iterator[str]:
    """Yield what is wrong with a poster among the others."""
    cell, id_ = told["cell"], told["id"]
    if cell in posters.by_cell:
        yield f"{_called(told)}: the cell has another poster"
    elif cell not in wanted:
        yield f"{_called(told)}: the cell holds none, or is of another file"
    if cell < last:
        yield f"{_called(told)}: cells do not ascend"
    if id_ in posters.by_id:
        yield f"{_called(told)}: the poster of cell {posters.by_id[id_]} has its id {id_}"


def _keep(told: Mapping[str, Any], columns: Sequence[str], record: MapRecord, posters: ReadPosters) -> None:
    more = dict(zip(columns, told["more"], strict=True))
    texts = [told["title"], *(more.get(column, "") for column in record.search[1:])]
    poster = Poster(
        told["cell"], told["id"], told["year"], told["tags"], told["cluster"], texts, told["similar"], told.get("alike")
    )
    posters.by_cell.setdefault(poster.cell, poster)
    posters.by_id.setdefault(poster.id, poster.cell)
    posters.addresses.update(text for text in (told["url"], *told["more"]) if is_web(text))


def _groups(record: MapRecord, posters: ReadPosters) -> Found[None]:
    """Find clusters that are not as large as the map says, or whose middle is another's."""
    sizes = [0] * len(record.clusters)
    for poster in posters.by_cell.values():
        if poster.cluster >= 0:
            sizes[poster.cluster] += 1
    for number, (group, size) in enumerate(zip(record.clusters, sizes, strict=True)):
        if group.size != size:
            yield Fault(Kind.DATA, FILE, f"cluster {number} should have {group.size:,} posters and has {size:,}")
        middle = posters.by_cell.get(group.cell[1] * record.pyramid.columns + group.cell[0])
        if middle is None or middle.cluster != number:
            yield Fault(Kind.DATA, FILE, f"cluster {number} has its middle, {list(group.cell)}, at none of its posters")
