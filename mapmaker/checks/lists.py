"""Lists over all posters against the posters themselves: ids, what is searched, what is filtered by."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.posters import Poster, ReadPosters
from mapmaker.checks.record import FILE, MapRecord
from mapmaker.checks.scripts import read_script, script_file
from mapmaker.checks.shape import ANY, ID, TEXTS, YEAR, lacking, listed, shown, whole
from mapmaker.checks.site import Site

LONGEST = 200
"""Characters of a text that search lists keep."""
GONE = -1
"""Instead of the cell of a poster that is on the map no more."""


def check_ids(site: Site, record: MapRecord, posters: ReadPosters) -> Found[None]:
    """Check that links find every poster, that other ids are of posters that are gone, and each in its file."""
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for id_, cell in sorted(posters.by_id.items()):
        wanted[_shard(id_, record)][id_] = cell
    for file in site.own("data/ids/"):
        name = file.removeprefix("data/").removesuffix(".js")
        if file == script_file(name):
            wanted.setdefault(name, {})
        else:
            yield Fault(Kind.DATA, file, "is of ids that no poster has")
    for name, cells in wanted.items():
        told = yield from read_script(site, name, once=True)
        if told is None:
            continue
        problems = [f"is {shown(told)}, not an object"]
        if isinstance(told, dict):
            problems = [*_ids(told, cells, posters.whole), *_gone(told, cells, name, record)]
        for problem in problems:
            yield Fault(Kind.DATA, script_file(name), problem)


def _shard(id_: str, record: MapRecord) -> str:
    """Return the name of the script that an id is in."""
    return f"ids/{id_[: record.id_prefix] or 'all'}"


def _ids(told: dict[str, Any], cells: dict[str, int], all_known: bool) -> Iterator[str]:
    """Yield where ids do not lead to the posters of `cells`, or to other cells."""
    lost = [id_ for id_ in cells if id_ not in told]
    if lost:
        yield f"lacks {len(lost):,} ids: {some(lost)}"
    wrong = [id_ for id_ in cells if id_ in told and not (type(told[id_]) is int and told[id_] == cells[id_])]
    for id_ in wrong:
        says = f"tells that {id_} is gone" if _is_gone(told[id_]) else f"leads from {id_} to cell {shown(told[id_])}"
        yield f"{says}, but that poster is in cell {cells[id_]}"
    strangers = [id_ for id_ in told if id_ not in cells and not _is_gone(told[id_])]
    if strangers and all_known:
        yield f"has {len(strangers):,} ids that no poster has here: {some(map(shown, strangers))}"
    if list(told) != sorted(told):
        yield "has ids that do not ascend"


def _gone(told: dict[str, Any], cells: dict[str, int], name: str, record: MapRecord) -> Iterator[str]:
    """Yield what is wrong with the ids of posters that are gone."""
    gone = [id_ for id_ in told if id_ not in cells and _is_gone(told[id_])]
    junk = [id_ for id_ in gone if not ID.holds(id_)]
    if junk:
        yield f"has {len(junk):,} ids that are not of a-z and 0-9: {some(map(shown, junk))}"
    astray = [id_ for id_ in gone if ID.holds(id_) and _shard(id_, record) != name]
    if astray:
        yield f"has {len(astray):,} ids of other files: {some(map(shown, astray))}"
    if not told:
        yield "is of ids that no poster has"


def _is_gone(cell: Any) -> bool:
    return type(cell) is int and cell == GONE


def check_search(site: Site, record: MapRecord, posters: ReadPosters) -> Found[None]:
    """Check that each list that is searched holds the posters' own texts."""
    ordered = _ordered(record, posters)
    wanted = {script_file(f"search/{number}") for number in range(len(record.search))}
    for file in site.own("data/search/"):
        if file not in wanted:
            yield Fault(Kind.DATA, file, "is of no column that can be searched")
    for number, column in enumerate(record.search):
        name = f"search/{number}"
        told = yield from read_script(site, name)
        texts = [None if poster is None else poster.texts[number][:LONGEST] for poster in ordered]
        if told is not None:
            for problem in _same(told, TEXTS.holds(told), texts, f"{column}: texts"):
                yield Fault(Kind.DATA, script_file(name), problem)


def check_facets(site: Site, record: MapRecord, posters: ReadPosters) -> Found[None]:
    """Check that what is filtered by is what the posters say."""
    told = yield from read_script(site, "facets")
    if told is None:
        return
    file = script_file("facets")
    problems = list(lacking(told, dict.fromkeys(("years", "tagged", "clusters"), listed(ANY)) | {"tags": TEXTS}))
    for problem in problems or _facets(told, record, _ordered(record, posters)):
        yield Fault(Kind.DATA, file, problem)
    if posters.whole:
        known = {
            "years": any(poster.year is not None for poster in posters.by_cell.values()),
            "tags": any(poster.tags for poster in posters.by_cell.values()),
        }
        for name, is_so in known.items():
            if record.facets[name] != is_so:
                yield Fault(Kind.DATA, FILE, f"facets.{name} is {record.facets[name]}, but the posters say {is_so}")


def _facets(told: Any, record: MapRecord, ordered: Sequence[Poster | None]) -> Iterator[str]:
    years = [None if poster is None else (poster.year,) for poster in ordered]
    dated = listed(YEAR).holds(told["years"])
    yield from _same([(year,) for year in told["years"]], dated, years, "years")
    groups = [None if poster is None else poster.cluster for poster in ordered]
    grouped = listed(whole(-1, len(record.clusters) - 1)).holds(told["clusters"])
    yield from _same(told["clusters"], grouped, groups, "clusters")
    names, tagged = told["tags"], told["tagged"]
    inside = listed(listed(whole(0, len(names) - 1))).holds(tagged)
    tags = [None if poster is None else sorted(set(poster.tags)) for poster in ordered]
    if inside:
        if any(list(own) != sorted(set(own)) for own in tagged):
            yield "tagged: a poster's tags do not ascend"
        tagged = [sorted(names[tag] for tag in own) for own in tagged]
    yield from _same(tagged, inside, tags, "tagged: tags")
    if None not in ordered:
        counts = Counter(tag for poster in ordered if poster is not None for tag in set(poster.tags))
        if names != sorted(counts, key=lambda tag: (-counts[tag], tag)):
            yield "tags are not those of the posters, the most frequent first"


def _ordered(record: MapRecord, posters: ReadPosters) -> list[Poster | None]:
    """Return the posters in the order of the cells; None where one could not be read."""
    return [posters.by_cell.get(cell) for cell in record.cells.tolist()]


def _same(told: Any, typed: bool, wanted: Sequence[Any], what: str) -> Iterator[str]:
    """Yield where a list is not `wanted`; None of these is not known."""
    if not typed:
        yield f"{what} are not of the right type and range: {shown(told)}"
    elif len(told) != len(wanted):
        yield f"{what} are {len(told):,}, of {len(wanted):,} posters"
    else:
        other = [place for place, (has, own) in enumerate(zip(told, wanted, strict=True)) if own not in (None, has)]
        if other:
            has, own = shown(told[other[0]]), shown(wanted[other[0]])
            yield f"{what} of {len(other):,} posters are not their own: {has} of poster {other[0]:,}, not {own}"
