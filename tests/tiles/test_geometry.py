"""Geometry: every statement of the docstrings, against brute force."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapmaker_tiles import Pyramid, TileError, cell_size, whole_margin

pyramids = st.builds(
    Pyramid,
    columns=st.integers(1, 7),
    rows=st.integers(1, 7),
    cell_width=st.integers(1, 20),
    cell_height=st.integers(1, 20),
    tile_size=st.sampled_from([4, 6, 16, 64]),
    margin=st.sampled_from([0, 0, 1, 9, 70]),
)


@settings(deadline=None)
@given(pyramids)
def test_at_zoom_0_the_map_fits_one_tile_and_with_one_zoom_less_it_would_not(
    pyramid: Pyramid,
) -> None:
    longest = 2 * pyramid.margin + max(pyramid.columns * pyramid.cell_width, pyramid.rows * pyramid.cell_height)
    assert Fraction(longest, 2**pyramid.max_zoom) <= pyramid.tile_size
    assert pyramid.tiles(0) == (1, 1)
    if pyramid.max_zoom:
        assert Fraction(longest, 2 ** (pyramid.max_zoom - 1)) > pyramid.tile_size


@settings(deadline=None)
@given(pyramids)
def test_tiles_cover_the_map_without_gap_or_overlap(pyramid: Pyramid) -> None:
    width, height = pyramid.size(pyramid.max_zoom)
    for zoom in range(pyramid.max_zoom + 1):
        boxes = [pyramid.tile_box(zoom, *tile) for tile in pyramid.depth_first(zoom)]
        area = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
        assert area == width * height
        assert all(left < right and top < bottom for left, top, right, bottom in boxes)


@settings(deadline=None)
@given(pyramids)
def test_depth_first_visits_each_tile_once_and_siblings_together(pyramid: Pyramid) -> None:
    zoom = pyramid.max_zoom
    order = list(pyramid.depth_first(zoom))
    across, down = pyramid.tiles(zoom)
    assert sorted(order) == [(column, row) for column in range(across) for row in range(down)]
    for levels in range(1, zoom + 1):
        parents = [(column >> levels, row >> levels) for column, row in order]
        changes = sum(a != b for a, b in pairwise(parents))
        assert changes == len(set(parents)) - 1


@settings(deadline=None)
@given(pyramids, st.data())
def test_cells_in_names_exactly_the_cells_that_share_a_pixel_with_the_box(
    pyramid: Pyramid, data: st.DataObject
) -> None:
    width, height = pyramid.size(pyramid.max_zoom)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = (
        data.draw(st.integers(left + 1, width)),
        data.draw(st.integers(top + 1, height)),
    )
    c_left, c_top, c_right, c_bottom = pyramid.cells_in((left, top, right, bottom))
    assert 0 <= c_left <= c_right and 0 <= c_top <= c_bottom
    for column in range(pyramid.columns):
        for row in range(pyramid.rows):
            x0, y0, x1, y1 = pyramid.cell_box(column, row)
            shares = x0 < right and x1 > left and y0 < bottom and y1 > top
            assert shares == (c_left <= column < c_right and c_top <= row < c_bottom)


@pytest.mark.parametrize("field", ["columns", "rows", "cell_width", "cell_height", "tile_size"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_a_pyramid_of_nonsense_is_refused_by_name_and_value(field: str, value: object) -> None:
    sound = {"columns": 2, "rows": 2, "cell_width": 4, "cell_height": 4, "tile_size": 8}
    with pytest.raises(TileError, match=f"{field} .*{value!r}"):
        Pyramid(**(sound | {field: value}))  # type: ignore[arg-type]  # nonsense is the point


def test_tile_sizes_are_even_and_zooms_within_the_pyramid() -> None:
    with pytest.raises(TileError, match="even"):
        Pyramid(1, 1, 4, 4, tile_size=7)
    with pytest.raises(TileError, match="zoom must be 0 to 1, got 2"):
        Pyramid(2, 1, 8, 8, tile_size=8).size(2)


def candidates(width: int, aspect: float) -> list[tuple[float, int, int]]:
    """All sizes that stay whole while halved, by the definition rather than by m and j."""
    found = []
    for cell_width in range(math.ceil(0.8 * width), width + 1):
        halvings = 0
        while cell_width / 2**halvings >= 8:
            halvings += 1
        if cell_width % 2**halvings:
            continue
        for cell_height in range(2**halvings, 20 * width, 2**halvings):
            error = abs(math.log(cell_height / cell_width / aspect))
            found.append((error, cell_width, cell_height))
    return found


@pytest.mark.parametrize("aspect", [0.3, 0.667, 1.0, 1.41421, 1.48, 1.5, 1.78, 3.2])
def test_the_cell_is_the_nearest_of_all_that_stay_whole_while_halved(aspect: float) -> None:
    for width in range(4, 150):
        every = candidates(width, aspect)
        least = min(error for error, _, _ in every)
        best = [(w, h) for error, w, h in every if math.isclose(error, least, abs_tol=1e-12)]
        assert cell_size(width, aspect) == max(best)


@settings(deadline=None)
@given(st.integers(4, 5000), st.floats(0.2, 5))
def test_a_cell_is_whole_at_every_zoom_where_it_is_4_pixels_wide(width: int, aspect: float) -> None:
    cell_width, cell_height = cell_size(width, aspect)
    assert 0.8 * width <= cell_width <= width
    while cell_width >= 8:
        assert cell_width % 2 == cell_height % 2 == 0
        cell_width, cell_height = cell_width // 2, cell_height // 2
    assert 4 <= cell_width <= 7
    assert cell_height >= 1


@pytest.mark.parametrize(
    ("width", "aspect", "expected"),
    [
        (128, 1.5, (128, 192)),
        (128, 1.48, (128, 192)),
        (100, 1.5, (96, 144)),
        (7, 1.0, (7, 7)),
        (3, 1.5, (3, 4)),
        (1, 0.1, (1, 1)),
    ],
)
def test_familiar_cells(width: int, aspect: float, expected: tuple[int, int]) -> None:
    assert cell_size(width, aspect) == expected


@pytest.mark.parametrize(
    ("width", "aspect"),
    [(0, 1.5), (-4, 1.5), (64, 0.0), (64, -1.0), (64, math.nan), (64, math.inf)],
)
def test_cells_of_nonsense_are_refused(width: int, aspect: float) -> None:
    with pytest.raises(TileError):
        cell_size(width, aspect)


@settings(deadline=None)
@given(pyramids)
def test_a_margin_is_added_all_around_and_the_cells_move_by_it(pyramid: Pyramid) -> None:
    margin, bare = pyramid.margin, replace(pyramid, margin=0)
    for column, row in ((0, 0), (pyramid.columns - 1, pyramid.rows - 1)):
        assert pyramid.cell_box(column, row) == tuple(edge + margin for edge in bare.cell_box(column, row))
    assert pyramid.cell_box(0, 0)[:2] == (margin, margin)
    _, _, right, bottom = pyramid.cell_box(pyramid.columns - 1, pyramid.rows - 1)
    assert pyramid.size(pyramid.max_zoom) == (right + margin, bottom + margin)


@settings(deadline=None)
@given(st.integers(1, 500), st.floats(0.2, 5), st.integers(0, 600))
def test_with_a_whole_margin_cells_begin_at_whole_pixels_wherever_their_size_is_whole(
    width: int, aspect: float, least: int
) -> None:
    cell = cell_size(width, aspect)
    margin = whole_margin(least, *cell)
    shrink, step = 1, 1
    while cell[0] >= 4 * shrink:
        assert margin % shrink == 0
        shrink, step = 2 * shrink, shrink
    assert least <= margin < least + step


@pytest.mark.parametrize("least", [-1, 2.5, True])
def test_a_margin_of_nonsense_is_refused(least: Any) -> None:
    with pytest.raises(TileError, match=r"a margin must be a whole number of at least 0"):
        whole_margin(least, 8, 12)


@settings(deadline=None)
@given(pyramids, st.integers(0, 30))
def test_a_gap_is_taken_from_the_cells_and_nothing_else_moves(pyramid: Pyramid, gap: int) -> None:
    if gap >= min(pyramid.cell_width, pyramid.cell_height):
        with pytest.raises(TileError, match=f"a gap of {gap} leaves nothing"):
            replace(pyramid, gap=gap)
        return
    spaced = replace(pyramid, gap=gap)
    boxes = {(c, r): spaced.picture_box(c, r) for c in range(spaced.columns) for r in range(spaced.rows)}
    for (column, row), (left, top, right, bottom) in boxes.items():
        c_left, c_top, c_right, c_bottom = pyramid.cell_box(column, row)
        assert (right - left, bottom - top) == (pyramid.cell_width - gap, pyramid.cell_height - gap)
        assert c_left <= left < right <= c_right and c_top <= top < bottom <= c_bottom
        if column:
            assert left - boxes[column - 1, row][2] == gap
        if row:
            assert top - boxes[column, row - 1][3] == gap
    assert spaced.max_zoom == pyramid.max_zoom
