"""What the manifest says became of posters, against those that are on the map."""

from mapmaker.checks.fault import Fault, Found, Kind, some
from mapmaker.checks.posters import ReadPosters
from mapmaker.checks.shape import ID, lacking, listed, shown
from mapmaker.checks.site import Site
from mapmaker.manifest import CHANGES, MANIFEST, Changes

_IDS = listed(ID)


def read_changes(told: object) -> Found[Changes | None]:
    """Return what is `told`, None if that is nothing, or not in the right form."""
    if told is None:
        return None
    problems = list(lacking(told, dict.fromkeys(CHANGES, _IDS)))
    if not problems and isinstance(told, dict):
        if list(told) != list(CHANGES):
            problems.append(f"has the keys {shown(list(told))}, not {', '.join(CHANGES)}")
        problems += [
            f"{kind} do not ascend" for kind, ids in told.items() if kind in CHANGES and ids != sorted(set(ids))
        ]
    for problem in problems:
        yield Fault(Kind.MANIFEST, MANIFEST, f"changes: {problem}")
    return told if isinstance(told, dict) and not problems else None


def check_changes(site: Site, posters: ReadPosters) -> Found[None]:
    """Find posters that are not where the changes leave them; nothing where the posters cannot be read."""
    if site.changes is None or not posters.whole:
        return
    for kind, ids in site.changes.items():
        wrong = [id_ for id_ in ids if (id_ in posters.by_id) == (kind == "removed")]
        if wrong:
            where = "still on the map" if kind == "removed" else "not on the map"
            yield Fault(Kind.MANIFEST, MANIFEST, f"changes: {kind} posters that are {where}: {some(wrong)}")
    new = set(site.changes["added"])
    both = sorted(new.intersection(site.changes["moved"]) | new.intersection(site.changes["replaced"]))
    if both:
        yield Fault(Kind.MANIFEST, MANIFEST, f"changes: posters that were added, and were there: {some(both)}")
