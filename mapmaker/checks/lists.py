"""Lists over all posters against the posters themselves: ids, what is searched, what is filtered by."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.posters import Poster, Posters
from mapmaker.checks.record import FILE, MapRecord
from mapmaker.checks.scripts import read_script, script_file
from mapmaker.checks.shape import ANY, TEXTS, YEAR, lacking, listed, shown, whole
from mapmaker.checks.site import Site

LONGEST = 200
"""Characters of a text that search lists keep."""


def check_ids(site: Site, record: MapRecord, posters: Posters) -> Found[None]:
    """Check that links find every poster, and nothing else."""
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for id_, cell in sorted(posters.by_id.items()):
        wanted[f"ids/{id_[: record.id_prefix] or 'all'}"][id_] = cell
    names = {script_file(name) for name in wanted}
    for file in site.own("data/ids/"):
        if file not in names and posters.whole:
            yield Fault(Kind.DATA, file, "is of ids that no poster has")
    for name, cells in wanted.items():
        told = yield from read_script(site, name, once=True)
        if told is not None:
            for problem in _ids(told, cells, posters.whole):
                yield Fault(Kind.DATA, script_file(name), problem)


def _ids(told: Any, cells: dict[str, int], all_known: bool) -> Iterator[str]:
    if not isinstance(told, dict):
        yield f"is {shown(told)}, not an object"
        return
    lost = [id_ for id_ in cells if id_ not in told]
    if lost:
        yield f"lacks {len(lost):,} ids: {some(lost)}"
    wrong = [id_ for id_ in cells if id_ in told and not (type(told[id_]) is int and told[id_] == cells[id_])]
    for id_ in wrong:
        yield f"leads from {id_} to cell {shown(told[id_])}, but that poster is in cell {cells[id_]}"
    strangers = [id_ for id_ in told if id_ not in cells]
    if strangers and all_known:
        yield f"has {len(strangers):,} ids that no poster has here: {some(map(shown, strangers))}"
    if list(told) != sorted(told):
        yield "has ids that do not ascend"


def check_search(site: Site, record: MapRecord, posters: Posters) -> Found[None]:
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


def check_facets(site: Site, record: MapRecord, posters: Posters) -> Found[None]:
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


def _ordered(record: MapRecord, posters: Posters) -> list[Poster | None]:
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
