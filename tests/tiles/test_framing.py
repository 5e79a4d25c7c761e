"""Parts of a cell are parts of the cell."""

from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles.framing import QUARTERED, Fit, Part, frame, quarters


@pytest.fixture
def poster() -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (12, 9, 3), np.uint8)
    return Image.fromarray(noise).resize((300, 410), Image.Resampling.BICUBIC)


def rows(size: tuple[int, int]) -> list[Part]:
    """Return parts as wide as the cell."""
    cuts = [0, 1, size[1] // 3, size[1] // 3 + 7, size[1]]
    return [(0, first, size[0], last) for first, last in pairwise(cuts)]


@pytest.mark.parametrize("cut", [rows, lambda size: list(quarters(size))], ids=["rows", "quarters"])
@pytest.mark.parametrize("fit", get_args(Fit))
@pytest.mark.parametrize("size", [(120, 180), (180, 120), (400, 400), (211, 315), (33, 900)])
def test_parts_of_a_cell_are_those_of_the_whole(
    poster: Image.Image, fit: Fit, size: tuple[int, int], cut: Callable[[tuple[int, int]], list[Part]]
) -> None:
    whole = np.asarray(frame(poster, size, fit)).astype(int)
    together = np.full_like(whole, -1)
    for left, top, right, bottom in cut(size):
        free: NDArray[np.int64] = together[top:bottom, left:right]
        assert (free == -1).all()
        free[:] = np.asarray(frame(poster, size, fit, (left, top, right, bottom)))
    assert (together != -1).all()
    assert np.abs(together - whole).mean() < 1
    assert np.median(np.abs(together - whole).max(axis=(1, 2))) <= 4


def test_a_part_that_is_all_of_it_is_the_whole_cell(poster: Image.Image) -> None:
    for fit in get_args(Fit):
        assert frame(poster, (50, 70), fit, (0, 0, 50, 70)) == frame(poster, (50, 70), fit)


def test_only_large_cells_are_made_of_quarters() -> None:
    assert list(quarters((QUARTERED - 1, 900))) == [(0, 0, QUARTERED - 1, 900)]
    assert len(list(quarters((QUARTERED, QUARTERED)))) == 4
