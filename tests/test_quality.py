"""How good a map is: against the definitions spelt out slowly, and what must hold of any map."""

import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from subprocess import run
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import mapmaker as mm
from mapmaker import quality
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.quality import distance_preservation, neighbor_preservation, shuffled

MEASURES: list[Callable[..., float]] = [distance_preservation, neighbor_preservation]


def full(columns: int, rows: int) -> Any:
    return np.array([(column, row) for row in range(rows) for column in range(columns)])


def some(seed: int, n: int = 60, d: int = 5, spread: int = 9) -> tuple[Any, Any]:
    """Return features and the cells of a grid with holes."""
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)).astype(np.float32), draw.permutation(full(spread, spread))[:n]


@st.composite
def maps(draw: st.DrawFn) -> tuple[Any, Any]:
    """A few small whole numbers on a grid with holes: ties and copies everywhere."""
    n = draw(st.integers(1, 12))
    numbers = st.integers(0, 2)
    values = draw(st.lists(st.tuples(numbers, numbers), min_size=n, max_size=n))
    places = st.tuples(st.integers(-3, 3), st.integers(0, 4))
    cells = draw(st.lists(places, min_size=n, max_size=n, unique=True))
    return np.array(values, np.float32), np.array(cells)


def slow_distance_preservation(values: Any, cells: Any, p: float, rows: Any = None) -> float:
    """DPQ_p word by word: sorted lists, means of slices."""
    n = len(values)
    asked = range(n) if rows is None else rows
    distance = [[float(np.linalg.norm(a.astype(float) - b)) for b in values] for a in values]
    far = [[sum((int(x) - int(y)) ** 2 for x, y in zip(a, b, strict=True)) for b in cells] for a in cells]

    def curve(key: Callable[[int, int], Any]) -> list[float]:
        orders = [(i, sorted((j for j in range(n) if j != i), key=lambda j, i=i: key(i, j))) for i in asked]  # type: ignore[misc]  # a default on a lambda
        return [
            float(np.mean([np.mean([distance[i][j] for j in order[:k]]) for i, order in orders])) for k in range(1, n)
        ]

    mean = float(np.mean([distance[i][j] for i in asked for j in range(n) if i != j])) if n > 1 else 0
    if mean == 0:
        return 1.0
    by_features = curve(lambda i, j: distance[i][j])
    by_cells = curve(lambda i, j: (far[i][j], distance[i][j]))
    best, reached = ([max(0.0, (mean - at) / mean) for at in one] for one in (by_features, by_cells))
    if max(best) < 1e-12:
        return 1.0
    return float(np.linalg.norm(reached, p) / np.linalg.norm(best, p))


def slow_neighbor_preservation(values: Any, cells: Any, k: int, window: int) -> float:
    """The mean over all ways to settle the ties, spelt out: every set of k and every set of the window that will do."""
    n = len(values)
    k, window = min(k, n - 1), min(window, n - 1)

    def sets(squared: list[int], size: int, itself: int) -> list[set[int]]:
        others = [j for j in range(n) if j != itself]
        last = sorted(squared[j] for j in others)[size - 1]
        surely = {j for j in others if squared[j] < last}
        ties = [j for j in others if squared[j] == last]
        return [surely | set(drawn) for drawn in combinations(ties, size - len(surely))]

    def of(points: Any, i: int) -> list[int]:
        return [sum((int(x) - int(y)) ** 2 for x, y in zip(points[i], point, strict=True)) for point in points]

    total = Fraction(0)
    for i in range(n):
        near, around = sets(of(values, i), k, i), sets(of(cells, i), window, i)
        shared = sum(len(one & other) for one in near for other in around)
        total += Fraction(shared, len(near) * len(around) * k)
    return float(total / n)


@pytest.mark.parametrize("p", [1, 2, 16, 2.5, np.inf])
def test_distance_preservation_is_what_the_paper_defines(p: float) -> None:
    for seed in range(3):
        values, cells = some(seed, n=30, spread=6)
        assert distance_preservation(values, cells, p) == pytest.approx(slow_distance_preservation(values, cells, p))


@settings(deadline=None)
@given(maps())
def test_distance_preservation_is_what_the_paper_defines_with_ties_copies_and_holes(one: tuple[Any, Any]) -> None:
    values, cells = one
    assert distance_preservation(values, cells) == pytest.approx(slow_distance_preservation(values, cells, 16))


@settings(deadline=None, max_examples=60)
@given(maps(), st.integers(1, 4), st.integers(1, 5))
def test_neighbor_preservation_is_the_mean_over_all_ways_to_settle_ties(one: Any, k: int, window: int) -> None:
    values, cells = one
    if len(values) > 1:
        slow = slow_neighbor_preservation(values, cells, k, window)
        assert neighbor_preservation(values, cells, k, window) == pytest.approx(slow)


def test_neighbor_preservation_is_a_share_of_sets_where_nothing_ties() -> None:
    values, _ = some(0, n=200)
    cells = np.random.default_rng(1).permutation(1_000_000)[:400].reshape(200, 2)  # no two distances are the same
    features, places = cdist(values.astype(float), values.astype(float)), cdist(cells, cells)
    near, around = (np.argsort(one, axis=1)[:, 1:] for one in (features, places))
    shares = [len(set(a[:10]) & set(b[:24])) / 10 for a, b in zip(near, around, strict=True)]
    assert neighbor_preservation(values, cells) == pytest.approx(np.mean(shares))


def test_the_usual_window_is_the_block_of_five_by_five() -> None:
    cells = full(7, 7)
    ((near, weight),) = quality._around(cells.T, np.array([24]), 24)
    block = np.flatnonzero((np.abs(cells - 3) <= 2).all(axis=1) & (cells != 3).any(axis=1))
    assert sorted(near[weight > 0]) == block.tolist()
    assert set(weight[weight > 0]) == {1.0}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("window", [1, 5, 24, 59])
def test_a_window_holds_as_many_posters_as_it_is_said_to(window: int, seed: int) -> None:
    _, cells = some(seed)
    for row, (near, weight) in enumerate(quality._around(cells.T, np.arange(60), window)):
        assert weight.sum() == pytest.approx(window)
        assert weight[near == row] == 0


@pytest.mark.parametrize("measure", MEASURES)
def test_a_line_in_order_is_a_perfect_map(measure: Callable[..., float]) -> None:
    cells = full(50, 1)
    values = cells[:, :1].astype(np.float32) * 3
    assert measure(values, cells) == pytest.approx(1)
    assert measure(values, shuffled(cells)) < 0.8


@pytest.mark.parametrize("measure", MEASURES)
def test_cells_as_features_make_a_perfect_map(measure: Callable[..., float]) -> None:
    _, cells = some(4)
    assert measure(cells.astype(np.float32), cells) == pytest.approx(1)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("seed", range(5))
def test_neither_the_order_of_rows_nor_where_the_grid_lies_nor_its_side_changes_a_thing(
    measure: Callable[..., float], seed: int
) -> None:
    values, cells = some(seed)
    values[::4] = values[1::4]  # copies
    expected = measure(values, cells)
    order = np.random.default_rng(seed).permutation(len(values))
    assert measure(values[order], cells[order]) == pytest.approx(expected)
    for moved in (cells + np.array([1000, -7]), cells[:, ::-1], cells * (-1, 1)):
        assert measure(values, moved) == pytest.approx(expected)


@pytest.mark.parametrize("measure", MEASURES)
def test_features_may_be_scaled_and_moved_and_of_any_real_type(measure: Callable[..., float]) -> None:
    values, cells = some(5)
    whole = np.round(values * 50).astype(np.int16)
    expected = measure(whole, cells)
    for same in (whole.astype(np.float16), whole.astype(np.float64) * 1e-9, whole.astype(np.float32) + 1e5):
        assert measure(same, cells) == pytest.approx(expected)


def test_a_map_of_groups_is_better_than_chance_and_worse_than_perfect() -> None:
    cells = full(20, 20)
    draw = np.random.default_rng(0)
    values = (cells[:, :1] // 5 * 2 + draw.normal(size=(400, 4))).astype(np.float32)
    for measure in MEASURES:
        assert measure(values, shuffled(cells)) + 0.1 < measure(values, cells) < 0.95


def test_a_swap_that_mends_a_map_raises_its_quality() -> None:
    cells = full(8, 8)
    values = cells.astype(np.float32)
    wrong = cells.copy()
    qualities = [distance_preservation(values, wrong)]
    for here, there in ((0, 63), (7, 56), (20, 40)):
        wrong[[here, there]] = wrong[[there, here]]
        qualities.append(distance_preservation(values, wrong))
    assert all(after < before for before, after in pairwise(qualities))


def test_chance_keeps_the_share_of_neighbors_that_the_window_takes_of_the_map() -> None:
    values, cells = some(6, n=300, spread=18)
    shares = [neighbor_preservation(values, shuffled(cells, seed)) for seed in range(20)]
    assert np.mean(shares) == pytest.approx(24 / 299, abs=0.005)


def test_copies_all_over_keep_neighbors_by_chance_alone() -> None:
    cells = full(9, 9)
    assert neighbor_preservation(np.ones((81, 3), np.float32), cells) == pytest.approx(24 / 80)
    assert distance_preservation(np.full((81, 3), 0.1, np.float32), cells) == 1


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_map_of_none_one_or_two_cannot_be_bettered(measure: Callable[..., float], n: int) -> None:
    values, cells = some(7)
    assert measure(values[:n], cells[:n]) == 1


def test_where_all_are_equally_far_apart_no_arrangement_is_better() -> None:
    assert distance_preservation(np.eye(20, dtype=np.float32), full(5, 4)) == 1


@pytest.mark.parametrize("p", [200, 1e6])
def test_a_great_p_comes_to_the_largest_gain(p: float) -> None:
    values, cells = some(8, d=200)
    assert distance_preservation(values, cells, p) == pytest.approx(distance_preservation(values, cells, np.inf), 0.03)


@pytest.mark.parametrize("offset", [0, 1000])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_feature_distances_are_right_and_those_of_copies_are_zero(kind: Any, offset: int) -> None:
    values = (np.random.default_rng(0).normal(size=(700, 40)) + offset).astype(kind)  # more than a slice
    values[600:] = values[:100]
    values[500] = values[499] * kind(1 + 1e-5)
    rows = np.array([3, 499, 500, 603])
    wide = values.astype(float)
    expected = cdist(wide[rows], wide)
    measured = np.array([distance for _, distance in quality._distances(values, rows)])
    np.testing.assert_allclose(measured, expected, rtol=1e-8, atol=1e-9)
    assert (measured[expected == 0] == 0).all()


@pytest.mark.parametrize("measure", MEASURES)
def test_blocks_and_slices_change_nothing(measure: Callable[..., float], monkeypatch: pytest.MonkeyPatch) -> None:
    values, cells = some(9)
    expected = measure(values, cells)
    monkeypatch.setattr(quality, "_MOST_DISTANCES", 7 * 60 + 1)
    monkeypatch.setattr(quality, "_SLICE", 11)
    assert measure(values, cells) == pytest.approx(expected)


def test_a_sample_averages_the_curves_of_its_rows_to_all() -> None:
    values, cells = some(10, n=25, spread=6)
    rows = quality._sampled(25, 8, 3, quality.CURVES)
    assert len(set(rows)) == 8
    expected = slow_distance_preservation(values, cells, 16, rows)
    assert distance_preservation(values, cells, sample=8, seed=3) == pytest.approx(expected)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_sample_repeats_with_its_seed_and_is_near_the_whole(measure: Callable[..., float]) -> None:
    cells = full(20, 20)
    values = (cells + np.random.default_rng(0).normal(size=(400, 2)) * 2).astype(np.float32)
    exact = measure(values, cells)
    assert measure(values, cells, sample=400) == measure(values, cells, sample=10**9) == exact
    assert measure(values, cells, sample=100, seed=1) == measure(values, cells, sample=100, seed=1)
    assert measure(values, cells, sample=100, seed=1) != measure(values, cells, sample=100, seed=2)
    assert measure(values, cells, sample=200) == pytest.approx(exact, abs=0.05)


def test_without_a_sample_ten_thousand_rows_are_all_asked_and_of_more_a_part() -> None:
    assert len(quality._sampled(10_000, None, 0, 1_024)) == 10_000
    assert len(quality._sampled(10_001, None, 0, 1_024)) == 1_024


def test_shuffled_cells_are_the_same_cells_dealt_out_by_seed() -> None:
    cells = full(6, 5)
    before = cells.copy()
    dealt = shuffled(cells, 1)
    assert (cells == before).all()
    assert (dealt == shuffled(cells, 1)).all()
    assert (dealt != shuffled(cells, 2)).any()
    assert sorted(map(tuple, dealt)) == sorted(map(tuple, cells))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("values", "cells", "message"),
    [
        (np.zeros(3), full(3, 1), r"features: shape \(3,\), not \(rows, d\)"),
        (np.array(3.0), full(1, 1), r"features: shape \(1,\), not \(rows, d\)"),
        (np.zeros((3, 0)), full(3, 1), r"features: shape \(3, 0\)"),
        (np.zeros((3, 1), complex), full(3, 1), "features: complex128, not real"),
        (np.array([[0], [np.nan], [0]]), full(3, 1), "features: a value is not finite"),
        (np.array([[0], [np.inf], [-np.inf]], "f4"), full(3, 1), "features: a value is not finite"),
        (np.full((3, 1), 1e200), full(3, 1), "features: a value is not finite, or too large"),
        (np.full((1, 1), np.nan), full(1, 1), "features: a value is not finite"),
        (np.zeros((3, 1)), full(2, 1), r"cells: shape \(2, 2\), not \(3, 2\)"),
        (np.zeros((3, 1)), np.arange(3), r"cells: shape \(3,\), not \(3, 2\)"),
        (np.zeros((3, 1)), full(3, 1) * 1.0, "cells: float64, not whole numbers"),
        (np.zeros((3, 1)), full(3, 1) // 2, "cells: two are the same"),
        (np.zeros((3, 1)), full(3, 1) * 2**40, "cells: from 0 to .*; a grid is at most"),
    ],
)
def test_features_and_cells_that_will_not_do_are_refused(measure: Any, values: Any, cells: Any, message: str) -> None:
    with pytest.raises(ArtifactError, match=message) as refused:
        measure(values, cells)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("measure", "options", "message"),
    [
        (distance_preservation, {"p": 0.5}, "p = 0.5 is below 1"),
        (distance_preservation, {"p": float("nan")}, "p = nan is below 1"),
        (distance_preservation, {"sample": 0}, "sample = 0 is below 1"),
        (distance_preservation, {"seed": -1}, "seed = -1 is below 0"),
        (neighbor_preservation, {"k": 0}, "k = 0 is below 1"),
        (neighbor_preservation, {"k": 2.5}, "k = 2.5 is no whole number"),
        (neighbor_preservation, {"window": 0}, "window = 0 is below 1"),
        (neighbor_preservation, {"sample": -3}, "sample = -3 is below 1"),
    ],
)
def test_options_out_of_range_are_refused(measure: Any, options: dict[str, Any], message: str) -> None:
    values, cells = some(0)
    with pytest.raises(OptionError, match=message):
        measure(values, cells, **options)


def test_the_random_map_has_no_seed_below_zero() -> None:
    with pytest.raises(OptionError, match="seed = -1 is below 0"):
        shuffled(full(2, 2), -1)


def test_quality_is_reached_from_mapmaker_and_costs_nothing_until_it_is() -> None:
    assert mm.quality is quality
    code = "import sys, mapmaker as mm; assert 'numpy' not in sys.modules; mm.quality.distance_preservation"
    run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("offset", [0, 2**40, -(2**40)])
def test_where_the_grid_begins_does_not_matter(offset: int) -> None:
    values = np.random.default_rng(0).normal(size=(60, 3))
    cells = np.stack([np.arange(60) % 10, np.arange(60) // 10], axis=1).astype(np.int64)
    assert neighbor_preservation(values, cells + offset) == neighbor_preservation(values, cells)
    assert distance_preservation(values, cells + offset) == distance_preservation(values, cells)


def test_wide_grids_are_measured_as_well_as_narrow_ones() -> None:
    values = np.random.default_rng(0).normal(size=(60, 3))
    cells = np.stack([np.arange(60) % 10, np.arange(60) // 10], axis=1).astype(np.int64)
    wide = cells * 2**18
    assert neighbor_preservation(values, wide) == pytest.approx(neighbor_preservation(values, cells))
    with pytest.raises(ArtifactError, match="at most"):
        neighbor_preservation(values, cells * 2**25)


def test_of_each_poster_the_share_around_it_is_known(scattered: tuple[np.ndarray, np.ndarray]) -> None:
    values, cells = scattered
    distances = np.linalg.norm(values[:, None] - values, axis=2)
    np.fill_diagonal(distances, np.inf)
    shares = quality.window_shares(np.argsort(distances, axis=1)[:, :10], cells)
    for row in range(len(values)):
        alone = quality.neighbor_preservation(values, cells, rows=np.array([row]))
        assert shares[row] == pytest.approx(alone)


@pytest.fixture
def scattered() -> tuple[np.ndarray, np.ndarray]:
    """Posters with features of their own on a grid with holes and a ragged rim."""
    random = np.random.default_rng(1)
    cells = np.stack(np.divmod(np.sort(random.choice(15 * 9, 90, replace=False)), 9), axis=1)
    return random.normal(size=(90, 5)), cells


def test_of_few_posters_and_of_none_alike_the_share_around_each_is_whole() -> None:
    none = np.full((3, 10), -1)
    assert quality.window_shares(none[:1], np.zeros((1, 2), int)).tolist() == [1.0]
    assert quality.window_shares(none, np.array([[0, 0], [5, 5], [9, 0]])).tolist() == [1.0] * 3


def test_several_maps_are_judged_as_one_by_one(scattered: tuple[np.ndarray, np.ndarray]) -> None:
    values, cells = scattered
    maps = [cells, quality.shuffled(cells), cells[::-1]]
    assert quality.distance_preservations(values, maps) == [quality.distance_preservation(values, one) for one in maps]


def test_cohesion_is_the_mean_cosine_of_all_pairs() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 4)) + 0.5
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [one @ other for one, other in combinations(vectors, 2)]
    assert quality.cohesion(vectors) == pytest.approx(np.mean(pairs))
    assert quality.cohesion(vectors.astype(np.float32)) == pytest.approx(np.mean(pairs), abs=1e-6)
    assert quality.cohesion(np.repeat(vectors[:1], 3, axis=0)) == pytest.approx(1)
    assert quality.cohesion(np.array([[1.0, 0], [-1, 0]])) == -1
    assert quality.cohesion(vectors[:1]) == quality.cohesion(vectors[:0]) == 0


def test_some_drawn_by_chance_are_as_alike_as_all_are_however_few() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(0.3, 1, (2_000, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for size in (3, 40):
        drawn = [quality.cohesion(vectors[random.choice(2_000, size, replace=False)]) for _ in range(2_000)]
        assert np.mean(drawn) == pytest.approx(quality.cohesion(vectors), abs=0.015)
