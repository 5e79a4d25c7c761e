"""When something was watched and how it was rated -> how much it counts for what is recommended.

    weight = max(0, 1 + z) * 2^(-age / half-life)

z is the rating in standard deviations above the mean of the history's own ratings, for one person's 3 of 5 is another's
5 (Herlocker, Konstan, Borchers and Riedl, SIGIR 1999); 0 where there is no rating, or where all are the same. So what
was rated at the mean counts as much as what was not rated, and what is a standard deviation below it, or more, nothing.
Nothing counts against what it is like: that a film was disliked says little about posters that look like its own.

age is in days before the newest of the history, not before today: the same history always weighs the same. What halves
by the half-life is an exponential decay, as of Ding and Li (CIKM 2005). Without a date something is as old as the
median of those that have one.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
_SAME = 1e-9
"""Ratings, of which the largest is 1, that differ by less are the same but for rounding."""


def ratings_of(ratings: Sequence[float | None]) -> Weights:
    """Return ratings as numbers, NaN where there is none."""
    return np.array([np.nan if rating is None else rating for rating in ratings], np.float64)


def days_of(dates: Sequence[date | None]) -> Weights:
    """Return dates as days, NaN where there is none."""
    return np.array([np.nan if day is None else day.toordinal() for day in dates], np.float64)


def weigh(ratings: Weights, days: Weights, half_life: float | None) -> Weights:
    """Return (..., n) what each of n watched counts, together 1, of ratings and days as many, NaN where there is none.

    `half_life` in days; None: dates do not count. Of several rows each is a history of its own.
    """
    rated = 1 + _deviations(ratings)
    heard = rated > _SAME  # a deviation below the mean is 0 but for rounding
    exponents = np.zeros(ratings.shape) if half_life is None else -_ages(days) / half_life
    # The newest that counts gets 1: else a history of decades and a half-life of a day would weigh nothing at all.
    exponents -= np.max(exponents, axis=-1, keepdims=True, where=heard, initial=-np.inf)
    weights = np.where(heard, rated * np.exp2(np.minimum(exponents, 0)), 0)
    shares: Weights = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def _deviations(ratings: Weights) -> Weights:
    """Return by how many standard deviations ratings are above their mean."""
    known = ~np.isnan(ratings)
    count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    largest = np.max(ratings, axis=-1, keepdims=True, where=known, initial=0)
    values = np.where(known, ratings / np.where(largest > 0, largest, 1), 0)  # within 0 to 1: no square is too large
    away = np.where(known, values - values.sum(axis=-1, keepdims=True) / count, 0)
    spread = np.sqrt(np.square(away).sum(axis=-1, keepdims=True) / count)
    alike = spread < _SAME
    deviations: Weights = np.where(alike, 0, away / np.where(alike, 1, spread))
    return deviations


def _ages(days: Weights) -> Weights:
    """Return days before the newest; the median of those known where there is none."""
    known = ~np.isnan(days)
    newest = np.max(days, axis=-1, keepdims=True, where=known, initial=-np.inf)
    ages = np.where(known, newest - days, np.nan)
    some = known.any(axis=-1)
    median = np.zeros(days.shape[:-1])
    median[some] = np.nanmedian(ages[some], axis=-1)
    return np.where(known, ages, median[..., None])
