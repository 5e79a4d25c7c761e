"""An appraisal -> the figures of the whole map, each beside what chance would give."""

import math

from mapmaker.appraisal import Appraisal, History, Placing
from mapmaker.plural import count_of
from mapmaker_site.quality import Measure


def measures(told: Appraisal) -> list[Measure]:
    """Return what is known of the map."""
    placing = told.placing
    found = (_near(told), _distances(told), _grid(placing), _search(placing), _layout(placing), _history(told.history))
    return [measure for measure in found if measure is not None]


def _near(told: Appraisal) -> Measure:
    near = told.near
    return Measure(
        "Alike side by side (10-in-24)",
        f"{10 * near.value:.1f}",
        "of 10",
        f"by chance {10 * near.chance:.2f}; at most 10",
        "Of the 10 posters most like a poster, so many are among the 24 nearest to it on the map, on the mean. "
        "No flat map brings all of them together: what looks alike does so in many ways, and there are only two "
        "directions. Maps of thousands of film posters have 3 to 4; those of few posters, or of series, more.",
    )


def _distances(told: Appraisal) -> Measure:
    score = told.distances
    asked = "" if score.asked == told.posters else f"; asked of {count_of(score.asked, 'poster')}"
    return Measure(
        "Near is alike, far is not (DPQ16)",
        f"{score.value:.2f}",
        "of 1",
        f"by chance {score.chance:.2f}; at most 1{asked}",
        "Distance Preservation Quality: how near the map comes to one where the nearer a poster lies, the more "
        "alike it is, whichever poster one starts from. What is nearest counts most. Good maps of thousands of "
        "film posters have 0.85 to 0.9.",
    )


def _grid(placing: Placing) -> Measure:
    return Measure(
        "From the layout to the grid",
        f"{placing.displacement:.2f}",
        "cells",
        f"by chance {placing.chance:.1f}; {_gap(placing)}",
        "A layout puts posters anywhere, on top of each other too; then each gets a cell of its own. So far "
        "they moved for that, as the root of the mean square. The less, the more of the layout is still there. "
        "Afterwards a polish may swap posters, so that more that is alike lies side by side.",
    )


def _search(placing: Placing) -> Measure | None:
    if placing.recall is None:
        return None
    how = "each compared with every other" if placing.search == "exact" else "by an index, checked on a sample"
    return Measure(
        "Neighbours found",
        f"{math.floor(1000 * placing.recall) / 10:g} %",
        f"of the {placing.nearest} most like each",
        f"{how}; at most 100 %",
        "Everything starts from who is most like whom. Comparing all with all finds all; for very many posters "
        "an index is quicker and misses a few. Above 95 % the map hardly differs.",
    )


def _layout(placing: Placing) -> Measure | None:
    if placing.divergence is None:
        return None
    return Measure(
        "What the layout loses (KL divergence)",
        f"{placing.divergence:.2f}",
        "nats",
        "0 would be a layout without loss; lower is better",
        "What t-SNE makes as small as it can: how badly distances in the plane tell who is alike. It grows with "
        "the number of posters, so compare it only with other layouts of the same ones.",
    )


def _history(history: History) -> Measure | None:
    if not history.late:
        return None
    return Measure(
        "Since it was laid out",
        f"{10 * history.now:.1f}",
        "of 10 in the cells around",
        _then(history),
        f"{100 * history.late:.1f} % of the posters came later. Those that were here keep their places, so that "
        "links and memories hold; newcomers go where they fit. Here only posters at most two cells away count, "
        "so at the rim and beside empty cells there are fewer than 24.",
    )


def _gap(placing: Placing) -> str:
    gap = placing.gap
    if gap is None:
        return "not proved to be the least, for old posters keep their places"
    if gap > 1:
        return "not proved to be near the least possible"
    return f"proved to be within {max(100 * gap, 0.01):.2g} % of the least possible" if gap else "the least possible"


def _then(history: History) -> str:
    then = [] if history.fresh is None else [f"{10 * history.fresh:.1f} when all were laid out"]
    newest = [] if history.new is None else [f"{10 * history.new:.1f} of those that came last"]
    return "; ".join(then + newest) or "what it was before is not known"
