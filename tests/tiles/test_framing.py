"""Parts of a cell are parts of the cell."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from mapmaker_tiles.framing import Fit, frame


@pytest.fixture
def poster() -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (12, 9, 3), np.uint8)
    return Image.fromarray(noise).resize((300, 410), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("fit", get_args(Fit))
@pytest.mark.parametrize("size", [(120, 180), (180, 120), (400, 400), (33, 900)])
def test_rows_of_a_cell_are_those_of_the_whole(poster: Image.Image, fit: Fit, size: tuple[int, int]) -> None:
    whole = np.asarray(frame(poster, size, fit)).astype(int)
    cuts = [0, 1, size[1] // 3, size[1] // 3 + 7, size[1]]
    parts = [np.asarray(frame(poster, size, fit, (first, last))) for first, last in pairwise(cuts)]
    together = np.concatenate(parts).astype(int)
    assert together.shape == whole.shape
    assert np.abs(together - whole).mean() < 1
    inner = np.abs(together - whole).max(axis=(1, 2))
    assert np.median(inner) <= 4


def test_all_rows_are_the_whole_cell(poster: Image.Image) -> None:
    for fit in get_args(Fit):
        assert frame(poster, (50, 70), fit, (0, 70)) == frame(poster, (50, 70), fit)
