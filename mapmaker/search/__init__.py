"""A finished map -> the posters most like one of them, like any picture, or between several.

    import mapmaker as mm
    mm.similar(".mapmaker/map", "Metropolis", k=6)            # [(id, similarity), ...]
    mm.similar(".mapmaker/map", Path("poster.jpg"), where="year >= 1980")
    mm.mix(".mapmaker/map", ["Alien", "Manhattan"], weights=[0.7, 0.3])
    mm.recommend(".mapmaker/map", "watched.csv", method="union")

`collection` is what is searched, `queries` what is asked with, `views` ways of seeing likeness, `index` looks for the
nearest, `nearest` leaves out what was asked with, `answers` puts these together, and `sheet` draws what came of it.
`histories` reads what was watched, `known` says which posters that is, `tastes` what each counts, `recommending` what
may be next, `evaluating` how often that is right. Answers come from the work folder alone; an index that was asked for
is kept in its cache. The map stays in memory from one call to the next.
"""

import datetime
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mapmaker.errors import HistoryError, OptionError
from mapmaker.search.answers import Answer, Asked, Found, Search, Seen, make_search
from mapmaker.search.collection import open_collection
from mapmaker.search.histories import read_history
from mapmaker.search.known import Watched

__all__ = ["Answer", "Asked", "Found", "Seen", "Watched", "ask", "mix", "recommend", "similar"]

FEWEST = 2
"""Inputs of a mix."""


def similar(work: str | Path, query: str | Path, k: int = 6, **chosen: Any) -> list[tuple[str, float]]:
    """Return ids and similarities of the `k` posters most like `query` on the finished map of the folder `work`.

    `query`: a poster's id, an image file, a poster's path, or a title, which need not be spelled well. The query itself
    and exact copies of it are left out; fewer are returned where the map, or `where`, has no more. Options are those of
    `Asking`: `space`, `metric`, `pca` (one count), `where`, `index`, `network`. InputError for what is the user's to
    mend, AmbiguousQuery among them, which has the posters that may be meant.
    """
    return _pairs(make_search(open_collection(Path(work)), [query], None, k, chosen))


def mix(
    work: str | Path,
    queries: Sequence[str | Path],
    weights: Sequence[float] | None = None,
    k: int = 6,
    **chosen: Any,
) -> list[tuple[str, float]]:
    """Return the same of the `k` posters nearest to the weighted mean of several `queries`, which are left out.

    `work` and the options are those of `similar`. `weights`: one for each, all alike unless told. By cosine, the mean
    is one of directions, of unit length. InputError for what is the user's to mend.
    """
    _check_several(queries)
    return _pairs(make_search(open_collection(Path(work)), queries, weights, k, chosen))


def ask(
    work: str | Path,
    queries: Sequence[str | Path],
    weights: Sequence[float] | None = None,
    k: int = 6,
    **chosen: Any,
) -> Answer:
    """Return all that is told of the posters most like one query, or nearest to the mean of several.

    As `similar` and `mix`, but `pca` may tell several counts, "30,500,off": one list for each.
    """
    return make_search(open_collection(Path(work)), queries, weights, k, chosen).answer()


def recommend(
    work: str | Path, history: str | Path | Sequence[Any], k: int = 6, **chosen: Any
) -> list[tuple[str, float]]:
    """Return ids and scores of the `k` posters on the finished map of `work` that suit who watched `history`.

    `history`: a CSV file, or a list of ids, paths or titles, or of tuples of such a text, a rating or None, and a
    datetime.date or None. What of it is no poster of the map is left out, with a warning. Options are those of
    `recommending.Recommending`: `method`, `half_life`, `diversity`, `space`, `where`, `index`. HistoryError where the
    history cannot be read, or names no poster; InputError for all that is the user's to mend.
    """
    from mapmaker.search import recommending

    watched = read_history(Path(history)) if isinstance(history, str | Path) else [_watched(one) for one in history]
    answer = recommending.recommend(open_collection(Path(work)), watched, k, chosen)
    for told in answer.told:
        warnings.warn(f"left out: {told}", stacklevel=2)
    return [(one.id, one.score) for one in answer.recommended]


def _watched(one: Any) -> Watched:
    """Return a row of a history that is told in Python."""
    poster, rating, date, *more = (*one, None, None)[:4] if isinstance(one, tuple) else (one, None, None)
    if isinstance(one, Watched):
        return one
    fits = isinstance(rating, float | int | None) and isinstance(date, datetime.date | None)
    if any(value is not None for value in more) or not isinstance(poster, str) or not fits:
        raise HistoryError(f"history: {one!r} is no id, path or title, nor such a text, a rating and a datetime.date")
    return Watched(poster, None if rating is None else float(rating), date)


def _check_several(queries: Sequence[str | Path]) -> None:
    if isinstance(queries, str | Path) or len(queries) < FEWEST:
        raise OptionError(f"a mix takes a list of {FEWEST} or more posters")


def _pairs(search: Search) -> list[tuple[str, float]]:
    if len(search.views) != 1:
        raise OptionError(f"pca = {search.asking.pca!r} asks for {len(search.views)} answers; give one number")
    rows, alike, _ = search.nearest(search.views[0])
    return [(search.collection.images.id[row], value) for row, value in zip(rows.tolist(), alike.tolist(), strict=True)]
