"""Themes and names: a shape counts for more than a colour; names tell what is so, once each."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.methods.clusterings.evening import even
from mapmaker.methods.clusterings.themes import themes
from mapmaker.methods.colour import lab
from mapmaker.methods.naming import Facts, Namer, colour_names, palette, shortened, split
from mapmaker.model import Posters


def plain(*color: int, n: int = 1) -> NDArray[np.uint8]:
    return np.tile(np.array(color, np.uint8), (n, 16))


def test_lab_is_that_of_cie() -> None:
    known = {(255, 255, 255): (1, 0, 0), (255, 0, 0): (0.5324, 0.8009, 0.6720), (0, 0, 255): (0.3230, 0.7919, -1.0786)}
    for color, expected in known.items():
        np.testing.assert_allclose(lab(plain(*color))[0, 0], expected, atol=2e-3)


def posters(values: NDArray[np.floating], colors: NDArray[np.uint8] | None = None) -> Posters:
    """Return what is known of posters with these features, who stand in any order."""
    n, random = len(values), np.random.default_rng(1)
    vectors = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    points = random.normal(size=(n, 2)).astype(np.float32)
    held = random.integers(0, 255, (n, 48)).astype(np.uint8) if colors is None else colors
    return Posters(points, vectors, values.astype(np.float32), np.arange(n), held)


def group(first: int, end: int) -> NDArray[np.int32]:
    return np.arange(first, end, dtype=np.int32)


def test_a_theme_ranks_above_a_colour_scheme_that_is_as_alike() -> None:
    random = np.random.default_rng(0)
    n, colored, shaped = 600, group(0, 60), group(60, 120)
    colors = random.integers(0, 255, (n, 3)).astype(np.uint8)
    colors[colored] = (230, 40, 30)
    colors = np.tile(colors, 16)
    values = np.maximum(random.normal(0, 0.3, (n, 40)), 0)
    values[:, :8] += 2 * np.maximum(lab(colors).mean(axis=1) @ random.normal(size=(3, 8)), 0)  # what sees colours
    values[shaped, 30:33] += 1.2  # and what sees a shape
    known = posters(values, colors)
    by_colour, by_shape = themes([colored, shaped], known)
    alike = [float((v @ v.T)[np.triu_indices(60, 1)].mean()) for v in (known.vectors[colored], known.vectors[shaped])]
    assert alike[0] > alike[1], "those of one colour are more alike"
    assert by_shape > 2 * by_colour
    assert themes([colored, shaped], known) == [by_colour, by_shape], "the same each time"
    assert themes([], known) == []


def test_a_theme_is_what_three_in_four_share_and_many_are_believed() -> None:
    random = np.random.default_rng(0)
    values = random.exponential(0.3, (600, 40))
    values[:80, 30:33] += 1.2
    known = posters(values)
    whole, most, half, few, nobody = themes(
        [group(0, 60), group(10, 90), group(40, 120), group(0, 6), group(300, 360)], known
    )
    assert whole > most > 0.5 * whole, "one in eight does not belong"
    assert half < 0.2 * whole
    assert few < 0.6 * whole, "they are as alike, but six"
    assert abs(nobody) < 0.1 * whole


def test_a_theme_is_the_lower_quartile_by_brute_force() -> None:
    known = posters(np.random.default_rng(0).exponential(0.3, (300, 40)))
    vectors = even(known.values, known.rows, known.colors)[:9].astype(np.float64)
    cosines = vectors @ vectors.T
    alike = [np.mean([cosines[one, other] for other in range(9) if other != one]) for one in range(9)]
    assert themes([group(0, 9)], known) == [pytest.approx(np.quantile(alike, 0.25) * 9 / 21, abs=1e-6)]


def test_in_an_even_space_a_rare_likeness_has_its_say() -> None:
    """All posters differ most in being light or dark; those of one motif are alike there only in the even space."""
    random = np.random.default_rng(0)
    values = random.uniform(0, 0.4, (500, 30))
    values[:, :5] += random.uniform(0, 9, (500, 1))
    values[:20, 10] += 1.5
    centred = values - values.mean(axis=0)
    plain = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    vectors = even(values.astype(np.float32), np.arange(500), components=25)

    def stands_out(space: NDArray[np.floating]) -> float:
        return float((space[:20] @ space[:20].T).mean() - (space[:20] @ space[20:].T).mean())

    assert vectors.shape == (500, 25)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert stands_out(vectors) > 2 * stands_out(plain)


def test_an_even_space_is_that_of_principal_components_by_brute_force() -> None:
    values = np.random.default_rng(0).normal(size=(80, 6)).astype(np.float32) * (5, 3, 2, 1, 1, 1)
    roots = np.sign(values) * np.sqrt(np.abs(values))
    roots -= roots.mean(axis=0)
    _, _, axes = np.linalg.svd(roots, full_matrices=False)
    along = roots @ axes[:4].T
    along /= np.sqrt(along.std(axis=0))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    vectors = even(values.astype(np.float32), np.arange(80), components=4)
    np.testing.assert_allclose(vectors @ vectors.T, along @ along.T, atol=1e-4)


def test_features_are_found_by_row() -> None:
    """They are of all images, in any order; what is told is of the posters."""
    random = np.random.default_rng(0)
    known = posters(random.exponential(size=(200, 30)))
    rows = random.permutation(400)[:200]
    spread = np.zeros((400, 30), np.float32)
    spread[rows] = known.values
    groups = [group(0, 20), group(50, 90)]
    assert themes(groups, known) == themes(groups, dataclasses.replace(known, values=spread, rows=rows))


def test_features_that_never_differ_tell_nothing() -> None:
    known = posters(np.ones((100, 12)), np.zeros((100, 48), np.uint8))
    assert themes([group(0, 9)], known)[0] <= 0


def facts(**more: object) -> Facts:
    n = 80
    known = {"title": [""] * n, "year": [None] * n, "tags": [()] * n, "colors": plain(128, 128, 128, n=n)}
    return Facts(**{**known, **more})  # type: ignore[arg-type]  # as the test has it


GROUP = (np.arange(10, dtype=np.int32), 4)


def test_what_a_cluster_has_and_the_map_has_not_names_it() -> None:
    tags = [("Drama", "Western") if row < 10 else ("Drama",) for row in range(80)]
    years = [1955 if row < 8 else 1990 + row % 30 for row in range(80)]
    titles = [f"Gunmen {row}" if row < 6 else f"Some film {row}" for row in range(80)]
    assert Namer(facts(tags=tags)).names([GROUP]) == [("Western", "")]
    assert Namer(facts(tags=tags, year=years)).names([GROUP]) == [("1950s Western", "")]
    assert Namer(facts(tags=tags, title=titles)).names([GROUP]) == [("Western “Gunmen”", "")]


def test_what_all_have_names_nothing() -> None:
    assert Namer(facts(tags=[("Drama",)] * 80, year=[1955] * 80)).names([GROUP]) == [("", "Grey")]


def test_two_of_a_term_are_too_few() -> None:
    small = (np.arange(4, dtype=np.int32), 0)
    assert Namer(facts(tags=[("Western",)] * 2 + [()] * 78)).names([small]) == [("", "Grey")]


def test_no_name_twice() -> None:
    groups = [(np.arange(at, at + 5, dtype=np.int32), at) for at in range(0, 20, 5)]
    titles = [""] * 5 + [f"Film number {row}" for row in range(75)]
    found = Namer(facts(title=titles)).names(groups, taken={"Grey"})
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


@pytest.mark.parametrize("mark", ["\u0301", "\u0e34", "\u093f", "\ufe0f"])
def test_a_cut_leaves_no_mark_behind_and_no_letter_without_its_marks(mark: str) -> None:
    title = f"{'x' * 29}k{mark}{mark}{mark}{'y' * 9}"
    assert shortened(title) == f"{'x' * 29}\u2026"
    assert shortened(title[1:]) == f"{'x' * 28}\u2026"
    assert shortened(title[2:]) == f"{'x' * 27}k{mark * 3}\u2026"
    assert shortened(f"x{mark * 40}") == f"x{mark * 30}\u2026", "a cut there must be"


def test_a_cut_leaves_joined_pictures_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert shortened(f"{'x' * 28}{family}{'y' * 9}") == f"{'x' * 28}\u2026"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("It's a Rock'n'Roll -- 'Tis 1999's 2nd_half", ["It's", "a", "Rock'n'Roll", "Tis", "s", "nd", "half"]),
        ("Ame\u0301lie", ["Am\u00e9lie"]),
        ("हिन्दी फिल्म (1995)", ["हिन्दी", "फिल्म"]),
        ("สี่แพร่ง ห้าแพร่ง", ["สี่แพร่ง", "ห้าแพร่ง"]),
        ("می\u200cخواهم زنده بمانم", ["می\u200cخواهم", "زنده", "بمانم"]),  # noqa: RUF001 - Persian
        ("ゴジラ・モスラ 大怪獣総攻撃", ["ゴジラ", "モスラ", "大怪獣総攻撃"]),
        ("\u0301 ' \u200d -", []),
    ],
)
def test_words_of_all_scripts_come_out_whole(title: str, words: list[str]) -> None:
    assert split(title) == words


def test_a_word_is_as_long_as_its_letters() -> None:
    told = facts(title=["में की हिन्दी"] * 80)
    assert told.words(0) == ("हिन्दी",), "the others are two letters at most, as code points three"


def test_where_titles_have_no_blanks_none_names_a_cluster_that_others_do_not_share() -> None:
    titles = [f"第{chr(0x4E00 + row)}個偉大的電影故事" for row in range(80)]
    assert Namer(facts(title=titles)).names([GROUP]) == [("", "Grey")]
    long = "非常長的電影標題" * 6
    for row in GROUP[0][:4]:
        titles[row] = long
    assert Namer(facts(title=titles)).names([GROUP]) == [(f"\u201c{long[:31]}\u2026\u201d", "")]
