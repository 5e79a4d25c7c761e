"""`mapmaker recommend`: what is printed and drawn, what is asked, and what is refused."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from .conftest import Searched
from .test_search_cli import Said, say

Say = Callable[..., Said]
__all__ = ["say"]


@pytest.fixture
def watched(say: Say) -> Path:
    """A history, in the folder where commands run: three posters, and a row that is none."""
    file = Path("watched.csv")
    file.write_text("title,rating,date\nalien,5,2024-01-02\nAliens,4,\nAlienz,4,\nFilm number 9,1,2023-05-06\n")
    return file


def test_what_is_recommended_is_listed_because_of_what_was_watched_and_drawn(
    searched: Searched, say: Say, watched: Path
) -> None:
    said = say("recommend", "--history", watched, "-k", "4")
    first, *lines, _, sheet = said.out.splitlines()
    assert said.code == 0
    assert first == "by union, for who watched 3 posters"
    assert len(lines) == 4
    assert lines[0].startswith("    1  0.")
    assert "; 0." in lines[0]
    assert " like " in lines[0]
    assert said.err == "  note: left out: line 4: 'Alienz' is no poster's id, path or title; did you mean 'Alien'?\n"
    assert sheet == "  sheet  recommend.png"
    with Image.open("recommend.png") as image:
        assert image.size == (8 + 4 * 128, 8 + 2 * (16 + 180 + 32 + 16))


def test_json_tells_all(searched: Searched, say: Say, watched: Path) -> None:
    said = say("recommend", "--history", watched, "--method", "profile", "--half-life", "off", "--json")
    told = json.loads(said.out)
    assert (said.code, said.err, told["method"], told["sheet"]) == (0, "", "profile", None)
    assert list(Path().glob("*.png")) == []
    assert [one["title"] for one in told["inputs"]] == ["Alien", "Aliens", "Film number 9"]
    assert sum(one["weight"] for one in told["inputs"]) == pytest.approx(1)
    (unknown,) = told["unknown"]
    assert (unknown["poster"], unknown["line"]) == ("Alienz", 4)
    (seen,) = told["seen"]
    assert len(seen["found"]) == 6
    assert {one["because"] for one in seen["found"]} <= {one["id"] for one in told["inputs"]}
    scores = [one["score"] for one in seen["found"]]
    assert scores == sorted(scores, reverse=True)


def test_the_same_is_recommended_however_often(say: Say, watched: Path) -> None:
    asked = ("recommend", "--history", watched, "--json", "--sheet", "it.png")
    first = say(*asked).out
    drawn = Path("it.png").read_bytes()
    assert say(*asked).out == first
    assert Path("it.png").read_bytes() == drawn


def test_a_sheet_that_nobody_asked_for_is_no_condition(own: Searched, say: Say, watched: Path) -> None:
    own.posters.rename(own.folder / "elsewhere")
    said = say("recommend", "--history", watched, work=own.work)
    assert said.code == 0
    assert "  note: no sheet is drawn: no folder " in said.err
    for more in (("--json",), ("--sheet", "off")):
        said = say("recommend", "--history", watched, *more, work=own.work)
        assert (said.code, "sheet is drawn" in said.err, "sheet  " in said.out) == (0, False, False)
    assert list(Path().glob("*.png")) == []


def test_a_person_is_asked_which_of_a_title_is_meant(
    searched: Searched, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    Path("watched.csv").write_text("title\nMetropolis\nalien\n")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for answer, posters in (("1\n", "2 posters"), ("x\n", "1 poster")):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        said = say("recommend", "--history", "watched.csv")
        assert said.out.splitlines()[0] == f"by union, for who watched {posters}"
        assert "which 'Metropolis' is meant?" in said.err
        assert ("left out" in said.err) == (posters == "1 poster")
    monkeypatch.setattr(sys, "stdin", Terminal("1\n"))
    (unknown,) = json.loads(say("recommend", "--history", "watched.csv", "--json").out)["unknown"]
    assert len(unknown["candidates"]) == 2


def test_where_nothing_is_left_that_is_told(say: Say, watched: Path) -> None:
    said = say("recommend", "--history", watched, "--where", "year == 1066")
    assert said.code == 0
    assert "no poster is left, or fulfils the condition" in said.out


def test_methods_and_baselines_are_told_side_by_side(searched: Searched, say: Say) -> None:
    rows = [f"made from cluster {n // 4},p{n:02}.png" for n in range(28)] + ["alone,p29.png", "alone,nowhere.png"]
    Path("histories.csv").write_text("\n".join(["history,filename", *rows]))
    said = say("recommend", "--evaluate", "histories.csv", "-k", "5")
    assert said.code == 0
    first, _, header, *lines = said.out.splitlines()
    assert first == "28 posters of 7 histories hidden, one at a time"
    assert header.split() == ["hit", "rate", "at", "5", "MRR"]
    assert [line.split()[0] for line in lines] == ["union", "profile", "popularity", "random"]
    assert "left out: line 31: 'nowhere.png' is no poster" in said.err
    assert "1 history has fewer than 2 posters that can be used, and left out" in said.err
    told = json.loads(say("recommend", "--evaluate", "histories.csv", "--json").out)
    assert (told["k"], told["folds"], told["histories"]) == (10, 28, 7)
    assert list(Path().glob("*.png")) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--history", "none.csv"), "cannot read none.csv"),
        (("--history", "empty.csv"), "empty.csv is empty"),
        (("--history", "bad.csv"), "bad.csv, line 2: rating = nan is no rating"),
        (("--history", "unknown.csv"), "names no poster of this map: line 2: 'xyzzy' is no poster's id, path or title"),
        (("--history", "good.csv", "-k", "0"), "k = 0 is below 1"),
        (("--history", "good.csv", "-k", "1000000000"), "k = 1,000,000,000 is above 1,000"),
        (("--history", "good.csv", "--half-life", "-3"), "half_life = -3.0 is no number of days above 0"),
        (("--history", "good.csv", "--diversity", "2"), "diversity = 2 is not between 0 and 1"),
        (("--history", "good.csv", "--diversity", "much"), "recommend.diversity = 'much' is not float"),
        (("--history", "good.csv", "--method", "profil"), "did you mean 'profile'?"),
        (("--history", "good.csv", "--where", "yaer > 3"), "no column 'yaer'; did you mean 'year'?"),
        (("--history", "good.csv", "--sheet", "good.csv"), "is there, and no sheet of ours"),
        (("--evaluate", "good.csv"), "good.csv, line 1: no column history or user"),
        (("--evaluate", "one.csv"), "no history has 2 posters of this map"),
        (("--evaluate", "one.csv", "--method", "profile"), "--method is not for --evaluate"),
        (("--evaluate", "one.csv", "--sheet", "it.png"), "--sheet is not for --evaluate"),
    ],
)
def test_what_is_refused_is_told_in_one_line(arguments: tuple[str, ...], said: str, say: Say) -> None:
    Path("empty.csv").touch()
    Path("good.csv").write_text("title\nalien\n")
    Path("bad.csv").write_text("title,rating\nalien,nan\n")
    Path("unknown.csv").write_text("title\nxyzzy\n")
    Path("one.csv").write_text("user,title\nann,alien\n")
    found = say("recommend", *arguments)
    assert (found.code, found.out) == (2, "")
    (line,) = found.err.splitlines()
    assert line.startswith("mapmaker: ")
    assert said in line
    assert list(Path().glob("*.png")) == []
