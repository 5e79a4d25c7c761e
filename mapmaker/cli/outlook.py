"""A forecast -> lines for a person."""

from collections.abc import Iterator

from mapmaker.forecast import Forecast, Outlook, Placing, PosterCounts
from mapmaker.plural import count_of
from mapmaker.running import Reason

OUTSIDE = {
    "files": "the files in the folder",
    "table": "the table",
    "basis": "how posters are placed",
    "texts": "the length of titles",
    "title": "the map's title",
    "out": "the place of the map",
    "assets": "mapmaker's viewer",
    "markup": "mapmaker's pages",
}
"""What stages depend on outside the work folder, in words: "... changed"."""
METADATA = {
    "none": "no table",
    "new": "a table that was not there before",
    "changed": "the table changed",
    "same": "no change",
    "gone": "no table any more",
}
PLACES = {
    "new": "is made",
    "empty": "is made in the empty folder",
    "ours": "takes the place of the one there; files of your own in it stay",
    "foreign": "",
}
MOST_REASONS = 3
"""Spelled out, of a stage; --json has all."""


def lines(forecast: Forecast) -> Iterator[str]:
    """Yield what a build would do, and why."""
    if forecast.busy:
        yield f"Another build is at work in {forecast.work}: what is told here may soon be otherwise."
        yield ""
    yield f"  posters   {_posters(forecast.posters)}"
    yield f"  metadata  {METADATA[forecast.metadata]}"
    for option in forecast.options:
        yield f"  option    {option.what}: {option.before} -> {option.now}"
    if not forecast.runs:
        yield f"  map       {forecast.out}, nothing to do"
    else:
        yield f"  places    {_placing(forecast)}"
        yield f"  map       {forecast.out} {PLACES[forecast.place] if 'compose' in forecast.runs else 'stays as it is'}"
    yield ""
    for one in forecast.stages:
        yield f"  {one.stage:<10} {_stage(one, forecast.posters)}"
    yield ""
    for one in forecast.stages:
        for name in one.by_hand:
            yield f"  yours     {_by_hand(forecast, one, name)}"
    if forecast.runs:
        yield f"  time      {_time(forecast)}"


def _posters(posters: PosterCounts) -> str:
    """Return "12 new, 3 changed, 5,361 the same"."""
    counts = {
        "new": posters.new,
        "changed": posters.changed,
        "removed": posters.removed,
        "renamed": posters.renamed,
        "the same": posters.same,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "none"


def _placing(forecast: Forecast) -> str:
    placing, posters = forecast.placing, forecast.posters
    if placing.kind == "stay":
        return "all posters stay where they are"
    if placing.kind == "continues":
        stay = count_of(
            posters.same + posters.changed + posters.renamed,
            "old poster keeps its cell",
            "old posters keep their cells",
        )
        return f"the map goes on: {stay}, all but a few; {posters.new:,} to be put among them"
    if placing.kind == "first":
        return "laid out for the first time"
    return f"all are laid out anew{_because(placing)}"


def _because(placing: Placing) -> str:
    if not placing.because:
        return ": the last map was made with other options"
    first = placing.because[0]
    if first == "--fresh":
        return ", as --fresh asks"
    if first.endswith(".npz"):
        return f": there is nothing to go on from in {first}"
    if " " in first:
        return f": {first}"
    return f": {', '.join(placing.because)} changed"


def _stage(one: Outlook, posters: PosterCounts) -> str:
    if one.verdict == "up to date":
        return "up to date"
    amount = f", {count_of(posters.to_compute, 'poster')} to compute" if one.stage == "features" else ""
    took = f" ({_seconds(one.seconds)})" if one.seconds is not None and one.seconds >= 1 else ""
    if one.verdict == "follows":
        return f"follows     {one.after[0]}, unless that comes out as it was{amount}{took}"
    return f"runs        {_why(one)}{amount}{took}"


def _why(one: Outlook) -> str:
    """Return why a stage runs; that others do says why what it reads is not what it was."""
    implied = {"title"} if any(reason.what == "compose.title" for reason in one.reasons) else set()
    told = [reason for reason in one.reasons if reason.what not in implied]
    said = [_reason(reason) for reason in told if not (one.after and reason.kind == "input")]
    said += [f"{one.after[0]} runs"] if one.after and one.reasons[0].kind != "never" else []
    more = [f"and {count_of(len(said) - MOST_REASONS, 'more reason')}"] if len(said) > MOST_REASONS else []
    return "; ".join(said[:MOST_REASONS] + more)


def _reason(reason: Reason) -> str:
    said = {
        "never": "never ran here",
        "interrupted": "its last run was interrupted",
        "option": f"{reason.what} changed",
        "version": "another version of mapmaker",
        "input": f"{reason.what} is not what it was",
        "outside": f"{OUTSIDE.get(reason.what, reason.what)} changed",
        "missing": f"{reason.what} is missing",
        "damaged": "some of what it made is missing",
        "unknown": "something changed; its record does not tell what",
    }
    return said[reason.kind]


def _by_hand(forecast: Forecast, one: Outlook, name: str) -> str:
    if one.verdict == "up to date":
        return f"{name} is not as it was written: it is kept, and used as it is"
    when = "" if one.verdict == "runs" else f" if {one.stage} runs"
    return f"{name} is not as it was written: it is put into {forecast.work / 'replaced'}{when}"


def _time(forecast: Forecast) -> str:
    untimed = f"no earlier run tells of {', '.join(forecast.untimed)}" if forecast.untimed else ""
    if len(forecast.untimed) == len(forecast.runs):
        return "unknown: there is no earlier run to go by"
    said = f"about {_seconds(forecast.seconds)}, going by earlier runs"
    return f"{said}; {untimed}" if untimed else said


def _seconds(seconds: float | None) -> str:
    """Return a time in words, no more exact than it is."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return "a second"
    if seconds < 90:
        return count_of(round(seconds), "second")
    if seconds < 5400:
        return count_of(round(seconds / 60), "minute")
    return count_of(round(seconds / 3600), "hour")
