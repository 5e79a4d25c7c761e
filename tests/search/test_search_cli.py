"""`mapmaker similar` and `mapmaker mix`: what is printed and drawn, which is asked, and what is refused."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mapmaker import cli

from .conftest import Searched


class Said:
    """What one command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Say = Callable[..., Said]


@pytest.fixture
def say(searched: Searched, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs `mapmaker ... --work THE MAP` in this process, in a folder of its own."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: str | Path, work: Path = searched.work) -> Said:
        try:
            code = cli.main([*map(str, arguments), "--work", str(work)])
        except SystemExit as end:  # argparse's own
            code = int(str(end.code or 0))
        return Said(code, *capsys.readouterr())

    return run


def test_the_most_similar_are_listed_with_what_their_likeness_is_worth(searched: Searched, say: Say) -> None:
    said = say("similar", "alien", "-k", "3")
    assert said.code == 0
    first, *lines = said.out.splitlines()
    assert first == f"like Alien ({searched.id('p00.png')})"
    assert len(lines) == 3
    assert "% of pairs  " in lines[0]
    assert list(Path().iterdir()) == []


def test_json_tells_all(searched: Searched, say: Say) -> None:
    told = json.loads(say("similar", searched.id("p03.png"), "--json").out)
    assert told["inputs"][0]["title"] == "Metropolis"
    assert told["sheet"] is None
    (seen,) = told["seen"]
    assert seen["by"] == "graph"
    assert len(seen["found"]) == 6
    assert seen["found"][0]["path"] == "scan03.jpg"
    assert seen["found"][0]["percentile"] > 90


def test_several_counts_of_components_are_drawn_as_one_sheet(searched: Searched, say: Say) -> None:
    said = say("similar", "aliens", "--pca", "3,9,off", "-k", "4")
    blocks = said.out.rstrip("\n").split("\n\n")
    assert [block.split("\n")[0] for block in blocks[1:]] == [
        "3 components",
        "9 components",
        "full",
        "  sheet  similar.png",
    ]
    with Image.open("similar.png") as sheet:
        three = sheet.size
    assert say("similar", "aliens", "--pca", "3,9", "-k", "4").code == 0  # over the one that is there
    with Image.open("similar.png") as sheet:
        assert sheet.width == three[0] == 8 + 5 * 128
        assert sheet.height < three[1]


def test_more_components_than_there_are_are_told(searched: Searched, say: Say) -> None:
    assert json.loads(say("similar", "aliens", "--pca", "3,9", "--json").out)["notes"] == []
    said = say("similar", "aliens", "--pca", "9,5000", "--sheet", "off")
    assert said.err == "  note: pca = 5,000 is more than there are: 33 components, which are all\n"


@pytest.mark.parametrize("command", [("mix", "alien", "aliens"), ("similar", "alien", "--pca", "3,9")])
def test_a_sheet_that_nobody_asked_for_is_no_condition(own: Searched, say: Say, command: tuple[str, ...]) -> None:
    own.posters.rename(own.folder / "elsewhere")
    said = say(*command, work=own.work)
    assert (said.code, said.err.count("\n")) == (0, 1)
    assert said.err.startswith("  note: no sheet is drawn: no folder ")
    assert "sheet  " not in said.out
    assert "no folder" in say(*command, "--sheet", "it.png", work=own.work).err
    for more in (("--json",), ("--sheet", "off")):
        said = say(*command, *more, work=own.work)
        assert (said.code, said.err) == (0, "")
    assert list(Path().iterdir()) == []


def test_a_sheet_shows_the_query_and_what_was_found(searched: Searched, say: Say) -> None:
    found = json.loads(say("similar", "aliens", "-k", "2", "--sheet", "it.png", "--json").out)["seen"][0]["found"]
    with Image.open("it.png") as sheet:
        for column, path in enumerate(["p01.png", *(one["path"] for one in found)]):
            left = 8 + column * 128
            shown = sheet.crop((left + 20, 44, left + 100, 184)).resize((8, 12))
            with Image.open(searched.posters / path) as image:
                poster = image.convert("RGB").resize((120, 180)).crop((20, 20, 100, 160)).resize((8, 12))
            apart = [abs(a - b) for a, b in zip(shown.tobytes(), poster.tobytes(), strict=True)]
            assert sum(apart) / len(apart) < 4, path


def test_a_mix_is_drawn_with_its_inputs(searched: Searched, say: Say) -> None:
    one, other = searched.id("p01.png"), searched.id("p12.png")
    said = say("mix", one, other, "--weights", "0.7,0.3", "-k", "4")
    assert said.out.startswith(f"between 0.70 Aliens ({one}), 0.30 Film number 12 ({other})\n")
    with Image.open("mix.png") as sheet:
        assert sheet.size == (8 + 4 * 128, 8 + 2 * (16 + 180 + 32 + 16))


def test_a_picture_that_was_lost_is_left_blank_and_told(own: Searched, say: Say) -> None:
    for file in own.posters.glob("p0*"):
        file.unlink()
    said = say("similar", own.id("p00.png"), "--sheet", "it.png", work=own.work)
    assert said.code == 0
    assert "could not be read" in said.err


def test_a_person_is_asked_who_is_meant(searched: Searched, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    meant = {searched.id("p03.png"), searched.id("p04.png")}
    answered = set()
    for answer in ("1\n", "2\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        answered.add(say("similar", "metropolis").out.splitlines()[0].split("(")[1].rstrip(")"))
    assert answered == meant
    for answer in ("3\n", "", "x\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        assert say("similar", "metropolis").code == 2
    monkeypatch.setattr(sys, "stdin", Terminal("1\n"))
    said = say("similar", "metropolis", "--json")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("mapmaker: 'metropolis' may be any of 2 posters")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("similar", "alien", "-k", "0"), "k = 0 is below 1"),
        (("similar", "alien", "-k", "1000000000"), "k = 1,000,000,000 is above 1,000"),
        (("similar", "alien", "-k", "many"), "k = 'many' is no whole number"),
        (("similar", "xyzzy"), "'xyzzy' is no image file, and no poster has that id or title"),
        (("similar", "metropolis"), "give an id"),
        (("similar", "alien", "--where", "yaer > 3"), "no column 'yaer'; did you mean 'year'?"),
        (("similar", "alien", "--where", "year >"), "invalid syntax"),
        (("similar", "alien", "--pca", "3,,5"), "pca = '' is no number of components"),
        (("similar", "alien", "--sheet", "notes.txt"), "notes.txt is there, and no sheet of ours"),
        (("similar", "alien", "--sheet", "."), "is a folder"),
        (("similar", "alien", "--images", "nowhere", "--sheet", "it.png"), "no folder nowhere"),
        (("similar", "notes.txt"), "notes.txt: not an image"),
        (("similar", "empty.png"), "empty.png: empty file"),
        (("mix", "alien"), "two or more posters"),
        (("mix", "alien", "aliens", "--weights", "1,nan"), "they must be finite"),
        (("mix", "alien", "aliens", "--weights", "1"), "1 for 2 inputs"),
        (("mix", "alien", "aliens", "--weights", "1,x"), "'x' is no number"),
    ],
)
def test_what_is_refused_is_told_in_one_line(arguments: tuple[str, ...], said: str, say: Say) -> None:
    Path("notes.txt").write_text("mine")
    Path("empty.png").touch()
    found = say(*arguments)
    assert found.code == 2
    assert found.out == ""
    (line,) = found.err.splitlines()
    assert line.startswith("mapmaker: ")
    assert said in line
    assert Path("notes.txt").read_text() == "mine"


def test_a_folder_without_a_finished_map_is_refused(own: Searched, say: Say, tmp_path: Path) -> None:
    assert say("similar", "alien", work=tmp_path / "none").code == 2
    assert "no work folder" in say("similar", "alien", work=tmp_path / "none").err
    (own.work / "compose.record.json").unlink()
    said = say("similar", "alien", work=own.work)
    assert (said.code, said.out) == (2, "")
    assert "holds no finished map; finish it with: mapmaker build" in said.err


def test_nothing_heavy_is_imported_for_a_poster_of_the_map(searched: Searched) -> None:
    heavy = ("PIL", "faiss", "keras", "numba", "scipy", "sklearn", "tensorflow")
    program = f"""
import sys
from mapmaker.cli import main
code = main(["similar", "alien", "--work", {str(searched.work)!r}])
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
