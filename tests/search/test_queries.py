"""What a user writes -> the poster that is meant."""

import pytest

from mapmaker.errors import AmbiguousQuery, QueryError
from mapmaker.search.collection import open_collection
from mapmaker.search.queries import read_query
from mapmaker.search.titles import folded, listed, match

from .conftest import Searched

TITLES = ["Alien", "Aliens", "The Alien Dead", "Amélie", "À bout de souffle", "Metropolis", "metropolis!", "Jaws", ""]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("alien", "Alien"),
        ("ALIENS", "Aliens"),
        ("amelie", "Amélie"),
        ("a bout de souffle", "À bout de souffle"),
        ("souffle", "À bout de souffle"),
        ("alien dead", "The Alien Dead"),
        ("amelei", "Amélie"),
        ("jawz", None),
        ("À boot de soufle", "À bout de souffle"),
    ],
)
def test_a_title_need_not_be_spelled_well(asked: str, meant: str | None) -> None:
    found = match(asked, [folded(title) for title in TITLES])
    assert [TITLES[position] for position in found.positions[:1]] == ([meant] if meant else ["Jaws"])
    assert found.sure == (meant is not None)


def test_of_titles_that_are_equally_near_none_is_sure() -> None:
    for asked, meant in (
        ("metropolis", {"Metropolis", "metropolis!"}),
        ("alie", {"Alien", "Aliens", "The Alien Dead"}),
    ):
        found = match(asked, [folded(title) for title in TITLES])
        assert {TITLES[position] for position in found.positions} == meant
        assert not found.sure


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("alien", ["Alien", "Aliens", "The Alien Dead"]),
        ("alie", ["Alien", "Aliens", "The Alien Dead"]),
        ("aliens", ["Aliens"]),
        ("amelei", ["Amélie"]),
        ("", []),
    ],
)
def test_in_a_list_the_very_title_comes_first_and_hides_no_other(asked: str, shown: list[str]) -> None:
    assert [TITLES[position] for position in listed(asked, [folded(title) for title in TITLES])] == shown


@pytest.mark.parametrize("asked", ["", " ", "!?", "xyzzy", "a" * 5_000])
def test_what_is_like_no_title_means_none(asked: str) -> None:
    assert match(asked, [folded(title) for title in TITLES]).positions == []


def test_a_poster_is_meant_by_id_path_or_title(searched: Searched) -> None:
    collection = open_collection(searched.work)
    row = list(collection.images.path).index("p00.png")
    for asked in (collection.images.id[row], "p00.png", "./p00.png", "alien", searched.posters / "p00.png"):
        assert read_query(collection, asked).row == row


def test_who_may_be_meant_is_told(searched: Searched) -> None:
    collection = open_collection(searched.work)
    with pytest.raises(AmbiguousQuery) as caught:
        read_query(collection, "metropolis")
    assert {id_ for id_, _ in caught.value.candidates} == {searched.id("p03.png"), searched.id("p04.png")}
    assert str(caught.value).startswith("'metropolis' may be any of 2 posters: Metropolis (")
    assert str(AmbiguousQuery("jawz", [("id7", "Jaws")])) == (
        "no poster is called 'jawz'; did you mean Jaws (id7)? Then give that id"
    )
    with pytest.raises(AmbiguousQuery, match=r"any of 2\d posters: .*, and \d+ more; give an id"):
        read_query(collection, "film number")


def test_what_is_nothing_is_told_with_ids_that_are_near(searched: Searched) -> None:
    collection = open_collection(searched.work)
    id_ = searched.id("p10.png")
    with pytest.raises(QueryError, match=f"no poster has that id or title; did you mean .*{id_}"):
        read_query(collection, f"{id_}x")
    for asked in ("xyzzy", "", "\0", "a" * 5_000, "nowhere/picture.jpg"):
        with pytest.raises(QueryError, match="is no image file, and no poster has that id or title"):
            read_query(collection, asked)
