"""Themes and names: a shape counts for more than a colour; names tell what is so, once each."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.methods.clusterings.themes import themes
from mapmaker.methods.colour import lab
from mapmaker.methods.naming import Facts, colour_names, names, palette, shortened


def plain(*color: int, n: int = 1) -> NDArray[np.uint8]:
    return np.tile(np.array(color, np.uint8), (n, 16))


def test_lab_is_that_of_cie() -> None:
    known = {(255, 255, 255): (1, 0, 0), (255, 0, 0): (0.5324, 0.8009, 0.6720), (0, 0, 255): (0.3230, 0.7919, -1.0786)}
    for color, expected in known.items():
        np.testing.assert_allclose(lab(plain(*color))[0, 0], expected, atol=2e-3)


def test_a_theme_ranks_above_a_colour_scheme_that_is_as_alike() -> None:
    random = np.random.default_rng(0)
    n, colored, shaped = 600, np.arange(30, dtype=np.int32), np.arange(30, 60, dtype=np.int32)
    colors = random.integers(0, 255, (n, 3)).astype(np.uint8)
    colors[colored] = (230, 40, 30)
    colors = np.tile(colors, 16)
    values = np.maximum(random.normal(0, 0.3, (n, 40)), 0)
    values[:, :8] += 2 * np.maximum(lab(colors).mean(axis=1) @ random.normal(size=(3, 8)), 0)  # what sees colours
    values[shaped, 30:33] += 1.2  # and what sees a shape
    points = np.stack([np.arange(n) // 30 * 10 + random.normal(size=n), random.normal(size=n)], axis=1)
    rows, layout = np.arange(n, dtype=np.int32), points.astype(np.float32)
    by_colour, by_shape = themes([colored, shaped], layout, values.astype(np.float32), rows, colors)
    vectors = values / np.linalg.norm(values, axis=1, keepdims=True)
    alike = [float((vectors[group] @ vectors[group].T)[np.triu_indices(30, 1)].mean()) for group in (colored, shaped)]
    assert alike[0] > alike[1], "those of one colour are more alike"
    assert by_shape > by_colour + 1
    assert themes([colored, shaped], layout, values.astype(np.float32), rows, colors) == [by_colour, by_shape], "again"
    assert themes([], layout, values.astype(np.float32), rows, colors) == []


def test_posters_are_found_in_the_rows_of_the_features() -> None:
    """Features are of all images, in any order; what is told is of the posters."""
    random = np.random.default_rng(0)
    n, group = 200, np.arange(20, dtype=np.int32)
    values = np.maximum(random.normal(size=(n, 30)), 0).astype(np.float32)
    values[group, :3] += 3
    points = random.normal(size=(n, 2)).astype(np.float32)
    colors, rows = random.integers(0, 255, (n, 48)).astype(np.uint8), random.permutation(2 * n)[:n].astype(np.int32)
    spread = np.zeros((2 * n, 30), np.float32)
    spread[rows] = values
    told = themes([group], points, values, np.arange(n, dtype=np.int32), colors)
    assert told == themes([group], points, spread, rows, colors)
    assert told[0] > 2


def test_features_that_never_differ_tell_nothing() -> None:
    colors = np.zeros((100, 48), np.uint8)
    points = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    rows = np.arange(100, dtype=np.int32)
    assert themes([rows[:9]], points, np.ones((100, 12), np.float32), rows, colors) == [0.0]


def facts(**more: object) -> Facts:
    n = 80
    known = {"title": [""] * n, "year": [None] * n, "tags": [()] * n, "colors": plain(128, 128, 128, n=n)}
    return Facts(**{**known, **more})  # type: ignore[arg-type]  # as the test has it


GROUP = (np.arange(10, dtype=np.int32), 4)


def test_what_a_cluster_has_and_the_map_has_not_names_it() -> None:
    tags = [("Drama", "Western") if row < 10 else ("Drama",) for row in range(80)]
    years = [1955 if row < 8 else 1990 + row % 30 for row in range(80)]
    titles = [f"Gunmen {row}" if row < 6 else f"Some film {row}" for row in range(80)]
    assert names([GROUP], facts(tags=tags)) == [("Western", "")]
    assert names([GROUP], facts(tags=tags, year=years)) == [("1950s Western", "")]
    assert names([GROUP], facts(tags=tags, title=titles)) == [("Western “Gunmen”", "")]


def test_what_all_have_names_nothing() -> None:
    assert names([GROUP], facts(tags=[("Drama",)] * 80, year=[1955] * 80)) == [("", "Grey")]


def test_two_of_a_term_are_too_few() -> None:
    small = (np.arange(4, dtype=np.int32), 0)
    assert names([small], facts(tags=[("Western",)] * 2 + [()] * 78)) == [("", "Grey")]


def test_no_name_twice() -> None:
    groups = [(np.arange(at, at + 5, dtype=np.int32), at) for at in range(0, 20, 5)]
    titles = [""] * 5 + [f"Film number {row}" for row in range(75)]
    found = names(groups, facts(title=titles), taken={"Grey"})
    shades = ["Grey 2", *(f"Grey, like “Film number {row}”" for row in (0, 5, 10))]
    assert found == [("", shade) for shade in shades]


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((0, 0, 0), "black"),
        ((250, 250, 250), "white"),
        ((128, 128, 128), "grey"),
        ((230, 30, 30), "red"),
        ((250, 220, 40), "yellow"),
        ((240, 130, 20), "orange"),
        ((30, 140, 50), "green"),
        ((20, 60, 200), "blue"),
        ((10, 30, 90), "dark blue"),
        ((0, 0, 255), "blue"),
        ((0, 0, 128), "dark blue"),
        ((200, 30, 0), "red"),
        ((100, 70, 30), "brown"),
        ((225, 205, 170), "beige"),
        ((240, 120, 170), "pink"),
    ],
)
def test_colours_are_called_as_people_call_them(color: tuple[int, int, int], name: str) -> None:
    assert set(colour_names(plain(*color))[0].tolist()) == {name}


def test_a_palette_names_what_sets_it_apart() -> None:
    colours = np.array([["black"] * 9 + ["teal"] * 7])
    assert palette(colours, {"black": 0.7, "teal": 0.01}) == "teal and black"
    assert palette(colours, {"black": 0.001, "teal": 0.9}) == "black and teal"
    assert palette(np.array([["black"] * 15 + ["teal"]]), {"black": 0.7, "teal": 0.7}) == "black"


def test_long_titles_are_cut() -> None:
    assert shortened("Brazil") == "Brazil"
    assert shortened("The Englishman Who Went Up a Hill But Came Down") == "The Englishman Who Went Up a Hi…"
