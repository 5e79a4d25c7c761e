"""Scales: order along each axis is kept, whatever the points; each does what its docstring says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.errors import OptionError
from mapmaker.methods.scales import EQUALIZED, SCALES, TAIL, scaled

POINTS = st.lists(
    st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=20
).map(lambda pairs: np.array(pairs, np.float32))


@pytest.mark.parametrize("scale", SCALES)
@given(points=POINTS)
def test_order_along_each_axis_stays(scale: str, points: Any) -> None:
    targets = scaled(points, 7, 5, scale)
    assert targets.dtype == np.float32 and targets.shape == points.shape and np.isfinite(targets).all()
    for axis, last in ((0, 6), (1, 4)):
        column = points[:, axis]
        assert (np.diff(targets[np.argsort(column, kind="stable"), axis]) >= 0).all()
        if column.min() == column.max():
            assert targets[:, axis].tolist() == [last / 2] * len(points)


@given(points=POINTS)
def test_minmax_puts_the_extremes_on_the_outermost_cells(points: Any) -> None:
    targets = scaled(points, 7, 5)
    for axis, last in ((0, 6), (1, 4)):
        if np.ptp(points[:, axis]) > 0:
            assert (targets[:, axis].min(), targets[:, axis].max()) == (0, last)


def test_a_few_points_far_off_change_nothing_for_quantile() -> None:
    points = np.random.default_rng(0).uniform(0, 1, (1_000, 2)).astype(np.float32)
    far = points.copy()
    far[:5] = 1_000
    near = scaled(points, 50, 50, "quantile")[5:]
    assert np.abs(scaled(far, 50, 50, "quantile")[5:] - near).max() < 0.5
    assert np.abs(scaled(far, 50, 50)[5:] - scaled(points, 50, 50)[5:]).max() > 40
    outside = (near < 0) | (near > 49)
    assert outside.mean() == pytest.approx(2 * TAIL, abs=0.01)


def test_quantile_falls_back_to_the_extremes_where_most_points_are_equal() -> None:
    points = np.zeros((100, 2), np.float32)
    points[0] = 1
    assert scaled(points, 3, 3, "quantile")[0].tolist() == [2, 2]


def test_equalized_closes_gaps_and_gives_crowds_room() -> None:
    crowd, alone = np.linspace(0, 0.1, 99), [1.0]
    points = np.stack([np.concatenate([crowd, alone])] * 2, axis=1).astype(np.float32)
    plain, even = scaled(points, 101, 101), scaled(points, 101, 101, "equalized")
    assert plain[98, 0] == pytest.approx(10)
    assert even[98, 0] == pytest.approx((1 - EQUALIZED) * 10 + EQUALIZED * 100 * 98 / 99, rel=1e-5)


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(OptionError, match="scale = 'minmacks' is not known: did you mean 'minmax'"):
        scaled(np.zeros((1, 2), np.float32), 1, 1, "minmacks")
