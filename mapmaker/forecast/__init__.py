"""What would a build do, and why? Its arguments -> a forecast; nothing is run, nothing is changed.

Two designs were weighed: a runner whose stages are replaced by ones that do nothing would have had to guess what they
write. So the stages are walked beside the runner, and both ask `running.due`, which cannot answer them differently.
"""

from pathlib import Path
from typing import Any

from mapmaker.forecast.glance import Glance
from mapmaker.forecast.told import Forecast, Outlook, Placing, PosterCounts
from mapmaker.forecast.walk import foresee
from mapmaker.methods.engines import Engine
from mapmaker.pipeline import hands, take_order

__all__ = ["Forecast", "Outlook", "Placing", "PosterCounts", "status"]


def status(
    images: str | Path,
    out: str | Path = "map",
    metadata: str | Path | None = None,
    work: str | Path | None = None,
    *,
    engine: str | Engine = "local",
    workers: int = 0,
    cluster: str = "",
    ship: bool = False,
    fresh: bool = False,
    **chosen: Any,
) -> Forecast:
    """Return what `build` would do, given the same arguments, and why; nothing is done, and nothing changed.

    `images`, `out`, `metadata`, `work`, `engine`, `workers`, `cluster`, `ship`, `fresh` and options are those of
    `build`. No file of `images` is opened: files count by path, size and time of change. Times are estimates from the
    records of earlier runs. May be asked while a build is running. Raises InputError for what `build` would refuse
    before any work.
    """
    order = take_order(images, out, metadata, work, hands(engine, workers, cluster, ship), chosen)
    with Glance(order.work) as held:
        return foresee(order, held, fresh)
