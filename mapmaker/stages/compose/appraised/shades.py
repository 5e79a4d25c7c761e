"""Numbers -> the shade that a cell or a block has, and a share in words."""

from collections.abc import Sequence

from mapmaker_site.quality import SHADES


def between(value: float, low: float, high: float) -> int:
    """Return the shade of a value, the last where all are the same."""
    return min(SHADES - 1, max(0, int(SHADES * (value - low) / (high - low)))) if high > low else SHADES - 1


def step(value: float, starts: Sequence[float]) -> int:
    """Return how many of `starts` the value has reached."""
    return sum(value >= start for start in starts)


def percent(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
