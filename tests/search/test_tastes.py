"""Ratings and dates -> what each of a history counts."""

import datetime
from collections.abc import Sequence

import numpy as np
import pytest

from mapmaker.search.diversity import diverse
from mapmaker.search.tastes import days_of, ratings_of, weigh

N = None


def shares(ratings: Sequence[float | None], days: Sequence[int | None], half_life: float | None = None) -> list[float]:
    dates = [None if day is None else datetime.date(2024, 1, 1) + datetime.timedelta(day) for day in days]
    weights = weigh(ratings_of(ratings), days_of(dates), half_life)
    assert weights.sum() == pytest.approx(1)
    return list(weights.tolist())


def test_what_is_rated_alike_or_not_at_all_counts_alike() -> None:
    cases: list[list[float | None]] = [[N, N, N], [3, 3, 3], [0, 0, 0], [N, 3, 3], [0.1] * 3, [1e300] * 3]
    for ratings in cases:
        assert shares(ratings, [N, N, N]) == pytest.approx([1 / 3] * 3)


def test_ratings_count_by_their_standard_deviations_above_the_mean() -> None:
    # mean 3, deviation 2: z of 1 and -1, and 1 + z of 2 and 0; who is not rated counts 1
    assert shares([5, 1, N], [N, N, N]) == pytest.approx([2 / 3, 0, 1 / 3])
    ratings = np.array([5, 4, 4, 3, 1])
    expected = np.maximum(0, 1 + (ratings - ratings.mean()) / ratings.std())
    assert shares([5, 4, 4, 3, 1], [N] * 5) == pytest.approx(expected / expected.sum())


def test_another_scale_of_the_same_ratings_weighs_the_same() -> None:
    assert shares([5, 4, 1], [N] * 3) == pytest.approx(shares([100, 80, 20], [N] * 3))
    assert shares([5, 4, 1], [N] * 3) == pytest.approx(shares([5e300, 4e300, 1e300], [N] * 3))


def test_what_is_a_half_life_older_counts_half() -> None:
    assert shares([N] * 3, [60, 30, 0], 30) == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert shares([N] * 3, [60, 30, 0]) == pytest.approx([1 / 3] * 3)


def test_without_a_date_something_is_as_old_as_the_median() -> None:
    assert shares([N] * 4, [60, 30, 0, N], 30) == pytest.approx([4 / 9, 2 / 9, 1 / 9, 2 / 9])
    assert shares([N] * 2, [N, N], 30) == pytest.approx([1 / 2] * 2)


def test_a_long_history_and_a_short_half_life_still_weigh_something() -> None:
    assert shares([5, 1], [0, 36_500], 0.5) == [1, 0]  # the newest is not heard
    assert sum(shares([N] * 3, [0, 36_500, 1], 1e-9)) == 1


def test_several_histories_are_weighed_each_by_itself() -> None:
    ratings, days = np.array([[5, 1, np.nan], [2, 2, 3]]), np.array([[1, 2, np.nan], [np.nan] * 3])
    both = weigh(ratings, days, 10)
    for row in range(2):
        assert both[row] == pytest.approx(weigh(ratings[row], days[row], 10))


def test_diversity_takes_what_is_unlike_what_was_taken() -> None:
    places = np.array([[1, 0], [1, 0], [0, 1]], np.float32)  # the second is as the first
    scores = np.array([0.9, 0.8, 0.5])
    assert diverse(scores, places, 2, 0).tolist() == [0, 1]
    assert diverse(scores, places, 2, 0.5).tolist() == [0, 2]
    assert diverse(scores, places, 9, 1).tolist() == [0, 2, 1]
    assert diverse(np.zeros(0), np.zeros((0, 2), np.float32), 3, 0.5).tolist() == []
