"""A figure and its standard error -> an interval for what test sets as large come to on the mean, of other films.

Of test sets as large: average precision of few posters lies above that of many, so that the interval of a macro mean
over rare genres is not one for endless posters. Of differences, both sides of which are as far off, that is no matter.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistics = NDArray[np.float64]
"""(1 + times, ...): a figure of the sample, then in each draw of a bootstrap, or with each film left out."""

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval; NaN where nothing was measured, or too little to tell how far off it may be."""

    value: float
    low: float
    high: float

    @property
    def above(self) -> bool:
        """Whether all of the interval lies above 0: of a difference, that it is not chance."""
        return self.low > 0

    def within(self, least: float, most: float) -> "Estimate":
        """Return it with an interval that ends where the figure itself must."""
        return Estimate(self.value, *np.clip([self.low, self.high], least, most).tolist())


def around(value: float, error: float, free: float = np.inf) -> Estimate:
    """Return the interval of a standard error that was found with so many degrees of freedom (Student's t)."""
    from scipy.special import stdtrit

    if not (np.isfinite(value) and np.isfinite(error) and free > 0):
        return Estimate(float(value), np.nan, np.nan)
    reach = float(stdtrit(min(free, 1e6), (1 + LEVEL) / 2)) * error
    return Estimate(float(value), float(value) - reach, float(value) + reach)


def over(statistics: Statistics) -> Statistics:
    """Return (1 + times, ...) means over the last axis, of what is measured; NaN where nothing is."""
    known = np.isfinite(statistics)
    total: Statistics = np.where(known, statistics, 0).sum(axis=-1)
    count = known.sum(axis=-1)
    return ratio(total, count)


def ratio(above: NDArray[np.floating], below: NDArray[Any]) -> Statistics:
    """Return above / below, shapes broadcast; NaN where `below` is 0."""
    found: Statistics = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return found
