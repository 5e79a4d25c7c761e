"""Sizes, lengths and regions, as people write them."""

import dataclasses

import numpy as np
import pytest

from mapmaker.errors import OptionError
from mapmaker.export.page import Region, largest_part, read_page, read_region
from mapmaker.finished import read_map
from mapmaker.model import Arrangement

from .conftest import MEMBERS, Mapped


@pytest.mark.parametrize(
    ("size", "dpi", "pixels"),
    [
        ("A0", 300, (9933, 14043)),
        ("a4", 300, (2480, 3508)),
        ("A5", 72, (420, 595)),
        ("60x90cm", 254, (6000, 9000)),
        ("600 x 900 mm", 254, (6000, 9000)),
        ("24x36IN", 100, (2400, 3600)),
        ("8.5x11in", 100, (850, 1100)),
        ("640x480px", 72, (640, 480)),
    ],
)
def test_a_size_is_so_many_pixels(size: str, dpi: int, pixels: tuple[int, int]) -> None:
    page = read_page(size, dpi, "0", proportion=0.5)
    assert (page.width, page.height) == pixels
    assert page.points == pytest.approx((pixels[0] / dpi * 72, pixels[1] / dpi * 72), abs=72 / dpi / 2)


def test_paper_is_turned_as_the_region_fits_best_and_a_size_in_numbers_is_not() -> None:
    wide, tall = read_page("A3", 100, "0", 1.3), read_page("A3", 100, "0", 0.9)
    assert (wide.width, wide.height) == (tall.height, tall.width) == (1654, 1169)
    assert read_page("100x200px", 100, "0", 1.3).width == 100


@pytest.mark.parametrize(
    ("margin", "pixels"), [("0", 0), ("10mm", 100), ("1cm", 100), ("0.5in", 127), ("7px", 7), ("2%", 20), ("0.5 %", 5)]
)
def test_a_margin_is_so_many_pixels(margin: str, pixels: int) -> None:
    page = read_page("1000x2000px", 254, margin, 1)
    assert page.margin == pixels
    assert page.inner == (1000 - 2 * pixels, 2000 - 2 * pixels)


@pytest.mark.parametrize("size", ["", "A6", "B4", "10x10", "axbcm", "10cm", "-1x5cm", "0x5cm", "1x2x3cm", "1e9x1cm"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(OptionError, match="size = "):
        read_page(size, 150, "0", 1)


@pytest.mark.parametrize("dpi", [0, -1, 2401])
def test_what_is_no_resolution_is_refused(dpi: int) -> None:
    with pytest.raises(OptionError, match="dpi = "):
        read_page("A4", dpi, "0", 1)


def test_more_pixels_than_readers_of_png_take_are_refused() -> None:
    assert read_page("1000000x1px", 150, "0", 1).width == 1_000_000
    with pytest.raises(OptionError, match="1,000,001 x 1 pixels"):
        read_page("1000001x1px", 150, "0", 1)


@pytest.mark.parametrize("margin", ["x", "5", "-1mm", "50%", "200px"])
def test_a_margin_that_is_none_or_leaves_nothing_is_refused(margin: str) -> None:
    with pytest.raises(OptionError, match="margin = "):
        read_page("100x300px", 150, margin, 1)


def test_a_region_is_counted_from_0_with_both_ends(mapped: Mapped) -> None:
    found = read_map(mapped.work, None)
    assert read_region("", found) == Region(0, 0, 5, 6)
    assert read_region("0,0,4,5", found) == Region(0, 0, 5, 6)
    assert read_region(" 1, 2 ,1,4", found) == Region(1, 2, 1, 3)


def test_the_region_of_a_cluster_is_the_box_around_its_largest_part(mapped: Mapped) -> None:
    found = read_map(mapped.work, None)
    wanted = [[4, 5], [0, 0], [1, 0], [0, 2], [4, 4], [1, 1], [0, 1]]
    free = [[column, row] for row in range(6) for column in range(5) if [column, row] not in wanted]
    members = MEMBERS["alike"]
    cells = [wanted[members.index(row)] if row in members else free.pop() for row in range(len(found.rows))]
    moved = dataclasses.replace(found, arrangement=Arrangement(np.array(cells, np.int32), 5, 6))
    assert read_region("cluster:alike", moved) == Region(0, 0, 2, 3, "alike")


def test_one_cell_of_others_parts_nobody_and_of_like_parts_the_first_is_taken() -> None:
    row = np.array([[column, 0] for column in (0, 3, 5, 9, 12, 13)], np.int32)
    assert largest_part(row).tolist() == [[3, 0], [5, 0]]
    assert largest_part(row[:1]).tolist() == [[0, 0]]
    corners = np.array([[0, 0], [2, 2], [5, 2], [4, 4]], np.int32)
    assert largest_part(corners).tolist() == corners.tolist(), "2 steps down and across are 2"


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("0,0,5,5", "columns are 0 to 4, its rows 0 to 5"),
        ("0,0,4,6", "outside"),
        ("2,0,1,5", "ends before it begins"),
        ("1,2,3", "neither"),
        ("-1,0,2,2", "neither"),
        ("all", "neither"),
        ("cluster:alikes", "did you mean 'alike'"),
        ("cluster:", "known: alike, alone, few"),
    ],
)
def test_what_is_no_region_of_the_map_is_refused(mapped: Mapped, region: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        read_region(region, read_map(mapped.work, None))
