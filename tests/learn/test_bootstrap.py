"""Intervals hold what they should, as often as they should, and films are drawn whole."""

import numpy as np

from mapmaker.learn.evaluation.bootstrap import draws, estimate, means
from mapmaker.learn.evaluation.estimates import over


def test_the_first_draw_is_the_sample_and_films_are_drawn_whole() -> None:
    films = ["a", "b", "b", "c", "a"]
    drawn = draws(films, 50, seed=3)
    assert drawn.shape == (51, 5)
    assert (drawn[0] == 1).all()
    assert (drawn[:, 0] == drawn[:, 4]).all()
    assert (drawn[:, 1] == drawn[:, 2]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert (draws(films, 50, seed=3) == drawn).all()
    assert (draws(films, 50, seed=4) != drawn).any()


def test_an_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        sample = random.normal(3.0, 1.0, 60)
        found = estimate(means(sample[:, None], draws([str(row) for row in range(60)], 300, trial))[:, 0])
        held += found.low <= 3.0 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_a_small_difference_shows_in_pairs_where_two_intervals_overlap() -> None:
    random = np.random.default_rng(0)
    worse = random.normal(0, 1, 200)
    better = worse + 0.05 + random.normal(0, 0.02, 200)
    drawn = draws([str(row) for row in range(200)])
    by = [means(one[:, None], drawn)[:, 0] for one in (worse, better)]
    assert estimate(by[1]).low < estimate(by[0]).high
    assert estimate(by[1] - by[0]).above
    assert not estimate(by[0] - by[0]).above


def test_what_nobody_measured_is_no_number_and_spoils_no_mean() -> None:
    nothing = estimate(np.full(11, np.nan))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    assert over(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()[0] == 1
    assert np.isnan(over(np.array([[np.nan, np.nan]]))).all()
