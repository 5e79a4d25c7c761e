"""The command: one line for whatever is wrong, the right exit code, and nothing of the user's lost."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from mapmaker import cli
from mapmaker.methods.engines.local import Local
from tests.conftest import Command, Pictures, Tree

QUICK = ("--extractor", "classic", "--layout", "pca", "--workers", "1")


class Said:
    """What one command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def error(self) -> str:
        """The one line that says what is wrong."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("mapmaker: ")]
        assert self.err.splitlines()[-1] == line
        assert "Traceback" not in self.err
        return line


Say = Callable[..., Said]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs `mapmaker ...` in this process, in `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Said:
        capfd.readouterr()
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse's own
            code = int(str(end.code or 0))
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def posters(pictures: Pictures, tmp_path: Path) -> Path:
    return pictures(tmp_path / "posters", 5)


def test_a_build_says_what_was_made_and_where(say: Say, posters: Path) -> None:
    (posters / "notes.txt").write_text("x")
    (posters / "copy.png").write_bytes((posters / "p00.png").read_bytes())
    said = say("build", posters, *QUICK)
    assert said.code == 0
    assert "5 posters on " in said.out
    assert str(Path("map") / "index.html") in said.out
    assert "1 not an image" in said.out
    assert "1 same file as another" in said.out
    assert "rejects.csv" in said.out
    stages = [line.split()[0] for line in said.err.splitlines()]
    for stage in ("scan", "features", "layout", "grid", "raster", "compose"):
        assert stages.count(stage) == 1
    again = say("build", posters, *QUICK)
    assert again.code == 0
    assert "nothing had changed" in again.out
    assert again.err == ""


def test_of_one_poster_it_speaks_in_the_singular(say: Say, pictures: Pictures, tmp_path: Path) -> None:
    alone = pictures(tmp_path / "posters", 1)
    (alone / "notes.txt").write_text("x")
    (alone / "titles.csv").write_text("filename,title\np00.png,One\n")
    said = say("build", alone, *QUICK, "--metadata", alone / "titles.csv")
    assert said.code == 0
    assert "1 poster on 1 x 1 cell, in " in said.out
    assert "1 of 1 poster has a row" in said.err
    assert "0 clusters hold 0 posters" in said.err
    assert not re.findall(r"\b1 \w+s\b", said.out + said.err)


def test_json_is_json_and_nothing_else_on_stdout(say: Say, posters: Path) -> None:
    (posters / os.fsdecode(b"\xff.txt")).write_text("x")
    said = say("build", posters, *QUICK, "--json", "--quiet")
    assert said.code == 0
    assert said.err == ""
    told = json.loads(said.out)
    assert told["figures"]["triage"]["kept"] == 5
    assert told["out"] == "map"
    assert [reject["path"] for reject in told["rejects"]] == [os.fsdecode(b"\xff.txt")]
    assert told["ran"][0] == "scan"


def test_flags_about_the_map_reach_its_page_and_its_data(say: Say, posters: Path, tmp_path: Path) -> None:
    about = {
        "description": "Five of them",
        "author": "Jane Doe",
        "credits": "The studios",
        "licence": "CC BY 4.0",
        "contact": "jane@example.org",
    }
    flags = [word for name, text in about.items() for word in (f"--{name}", text)]
    assert say("build", posters, *QUICK, *flags, "--noindex").code == 0
    data = (tmp_path / "map/data/map.js").read_text(encoding="utf-8")
    assert f'"about":{json.dumps(about, separators=(",", ":"))}' in data
    page = (tmp_path / "map/index.html").read_text(encoding="utf-8")
    assert '<meta name="robots" content="noindex">' in page
    assert '<meta name="author" content="Jane Doe">' in page
    assert '<meta property="og:description" content="Five of them">' in page
    assert say("build", posters, *QUICK).code == 0
    assert '"about":{}' in (tmp_path / "map/data/map.js").read_text(encoding="utf-8")
    assert "noindex" not in (tmp_path / "map/index.html").read_text(encoding="utf-8")


def missing_folder(place: Path) -> list[str]:
    return ["missing"]


def a_file(place: Path) -> list[str]:
    (place / "file").write_text("mine")
    return ["file"]


def empty_folder(place: Path) -> list[str]:
    (place / "empty" / "deeper").mkdir(parents=True)
    return ["empty"]


def text_files(place: Path) -> list[str]:
    (place / "texts").mkdir()
    for name in ("a.txt", "b.jpg"):
        (place / "texts" / name).write_text("mine")
    return ["texts"]


def table(content: bytes) -> Callable[[Path], list[str]]:
    def write(place: Path) -> list[str]:
        (place / "titles.csv").write_bytes(content)
        return ["posters", "--metadata", "titles.csv"]

    return write


def output_not_ours(place: Path) -> list[str]:
    (place / "out" / "deep").mkdir(parents=True)
    (place / "out" / "thesis.txt").write_text("mine")
    (place / "out" / "deep" / "more.txt").write_text("mine")
    return ["posters", "--out", "out"]


def output_is_a_file(place: Path) -> list[str]:
    (place / "out").write_text("mine")
    return ["posters", "--out", "out"]


def output_below_a_file(place: Path) -> list[str]:
    (place / "file").write_text("mine")
    return ["posters", "--out", "file/map"]


def work_not_ours(place: Path) -> list[str]:
    (place / "docs" / "fresh").mkdir(parents=True)
    (place / "docs" / "fresh" / "thesis.txt").write_text("mine")
    return ["posters", "--work", "docs"]


WRONG: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "a missing folder": (missing_folder, "no folder missing; give the folder that holds the posters"),
    "a file": (a_file, "file"),
    "an empty folder": (empty_folder, "no file in empty; give the folder that holds the posters"),
    "one of text files": (text_files, "no image can be read in texts: 2 files left out (a.txt: not an image"),
    "no filename column": (table(b"file,title\nx,y\n"), "titles.csv has no column 'filename'"),
    "an empty table": (table(b""), "titles.csv has no column 'filename'"),
    "a missing table": (lambda place: ["posters", "--metadata", "none.csv"], "no metadata file none.csv"),
    "an output that is not ours": (output_not_ours, "out is not empty and no map of ours; give another folder"),
    "an output that is a file": (output_is_a_file, "out is a file"),
    "an output below a file": (output_below_a_file, "cannot write"),
    "the folder itself as output": (lambda place: ["posters", "--out", "posters"], "holds the folder of images"),
    "a work folder that is not ours": (work_not_ours, "docs is not empty and no work folder of ours"),
    "an unknown option": (lambda place: ["posters", "--set", "gird.columns=3"], "did you mean 'grid'"),
    "a wrong value": (lambda place: ["posters", "--columns", "-3"], "grid: columns = -3 is below 0"),
    "too few cells": (lambda place: ["posters", "--columns", "1", "--rows", "2"], "1 x 2 = 2 cells are too few for 5"),
    "no config": (lambda place: ["posters", "--config", "none.toml"], "cannot read none.toml"),
    "no weights": (lambda place: ["posters", "--extractor", "inception_v3", "--weights", "w.h5"], "w.h5"),
    "no features": (lambda place: ["posters", "--features", "f.npy"], "f.npy"),
    "no model": (lambda place: ["posters", "--extractor", "model", "--model", "m.keras"], "m.keras"),
    "fewer than no workers": (lambda place: ["posters", "--workers", "-1"], "workers = -1 is below 0"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_one_line_and_harms_nothing(
    say: Say, posters: Path, tmp_path: Path, tree: Tree, wrong: str
) -> None:
    prepare, said = WRONG[wrong]
    arguments = prepare(tmp_path)
    before = tree(tmp_path)
    result = say("build", arguments[0], *QUICK, *arguments[1:])
    assert result.code == 2
    assert said in result.error
    after = tree(tmp_path)
    assert {name: after.get(name) for name in before} == before
    assert all(name.startswith(".mapmaker") for name in after.keys() - before)


ODD = {
    "unknown files": (b"filename,title\np00.png,First\nnone.png,Ghost\n", "1 row names no image"),
    "a BOM": (b"\xef\xbb\xbffilename,title\np00.png,First\n", ""),
    "ISO-8859-1": ("filename,title\np00.png,First\np01.png,Misérables\n".encode("latin-1"), "read as ISO-8859-1"),
    "short rows": (b"filename,title,year\np00.png,First\np01.png\n", "2 rows are shorter than the header"),
    "NUL bytes": (b"filename,title\np00.png,First\n\0\0,\0\n", "1 row names no image"),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_odd_in_a_table_is_counted_and_the_map_is_made(
    say: Say, posters: Path, tmp_path: Path, odd: str
) -> None:
    content, note = ODD[odd]
    (tmp_path / "titles.csv").write_bytes(content)
    result = say("build", posters, *QUICK, "--metadata", "titles.csv")
    assert result.code == 0
    assert "5 posters" in result.out
    notes = [line for line in result.err.splitlines() if "titles.csv: " in line]
    assert len(notes) == bool(note)
    assert all(note in line for line in notes)
    shards = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "map" / "data").rglob("0-0.js"))
    assert '"title":"First"' in shards
    assert (tmp_path / "titles.csv").read_bytes() == content


AS_NOBODY = """
import os, sys
import filelock, mapmaker.methods.engines.local, mapmaker.cli.commands, mapmaker.pipeline  # not to be read later
if os.getuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
sys.exit(mapmaker.cli.main(sys.argv[1:]))
"""
"""To root nothing is read-only, so the command runs as nobody there."""


def test_a_read_only_output_is_one_line(pictures: Pictures, tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as name:  # for pytest's own folders are closed to others
        place = Path(name)
        place.chmod(0o755)
        pictures(place / "posters", 3)
        (place / "locked" / "map").mkdir(parents=True)
        (place / "locked" / "mine.txt").write_text("mine")
        (place / "open").mkdir()
        (place / "open").chmod(0o777)
        (place / "locked").chmod(0o555)
        before = tree(place)
        places = (("locked/new", "open/w"), ("locked/map", "open/w"), ("locked/new", ""), ("open/m", "locked/w"))
        for out, work in places:
            words = ["build", "posters", *QUICK, "--out", out, *(["--work", work] if work else [])]
            done = subprocess.run(
                [sys.executable, "-c", AS_NOBODY, *words], cwd=place, capture_output=True, text=True, check=False
            )
            assert done.returncode == 2, done.stderr
            assert "cannot write" in done.stderr
            assert done.stderr.count("\n") == 1
        after = tree(place)
        assert {path: after.get(path) for path in before} == before
        (place / "locked").chmod(0o755)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("NOT CHECKED: a full disk, for nothing may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("room", [0, 40_000, 200_000])
def test_a_full_disk_is_one_line_and_the_old_map_stands(
    say: Say, posters: Path, pictures: Pictures, small_disk: Path, tree: Tree, room: int
) -> None:
    words = ("build", posters, *QUICK, "--out", small_disk / "map", "--work", small_disk / "work")
    assert say(*words).code == 0
    before = tree(small_disk / "map")
    pictures(posters, 12)
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filler").write_bytes(b"x" * (free - room))
    result = say(*words, "--poster-size", "160")
    assert result.code in (1, 2)
    assert "No space left on device" in result.error
    assert tree(small_disk / "map") == before
    (small_disk / "filler").unlink()
    assert say(*words).code == 0
    assert tree(small_disk / "map") != before


def test_our_own_failure_is_exit_code_1(say: Say, posters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = say("build", posters, "--extractor", "mean_colour:MeanColour", "--layout", "pca", "--workers", "1")
    assert result.code == 0

    def break_down(*_: object, **__: object) -> None:
        from mapmaker.errors import EngineError

        raise EngineError("a worker process died")

    monkeypatch.setattr(Local, "map", break_down)
    result = say("build", posters, *QUICK)
    assert result.code == 1
    assert result.error == "mapmaker: a worker process died"


def test_arguments_that_are_none_are_exit_code_2(say: Say) -> None:
    for arguments in ((), ("biuld",), ("build",), ("build", "x", "--seed", "one"), ("demo", "--count", "0")):
        result = say(*arguments)
        assert result.code == 2
        assert "Traceback" not in result.err


def test_help_names_every_command_and_option(say: Say) -> None:
    assert all(command in say("--help").out for command in ("build", "demo", "serve"))
    told = say("build", "--help").out
    for flag in ("--metadata", "--out", "--work", "--config", "--set", "--extractor", "--weights", "--poster-size"):
        assert flag in told
    assert say("--version").out.startswith("mapmaker ")


def test_interrupted_it_says_so_and_goes_on_from_there(pictures: Pictures, tmp_path: Path, command: Command) -> None:
    pictures(tmp_path / "posters", 40)
    words = [sys.executable, "-m", "mapmaker", "build", "posters", "--extractor", "classic", "--workers", "2"]
    process = subprocess.Popen(
        words, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    work = tmp_path / ".mapmaker" / "map"
    while not (work / "metadata.record.json").exists() and process.poll() is None:  # the scan is done, then
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    _, errors = process.communicate(timeout=60)
    # C code that was running Python, as imports do, has Python end by the signal: a shell tells 130 of both
    assert process.returncode in (130, -signal.SIGINT), errors
    assert errors.splitlines()[-1].startswith("mapmaker: interrupted; what is done is kept")
    assert "Traceback" not in errors
    assert not (tmp_path / "map").exists()
    done = command("build", "posters", *QUICK, "--json")
    assert done.returncode == 0
    assert "scan" not in json.loads(done.stdout)["ran"]


HEAVY = (
    "sklearn",
    "keras",
    "tensorflow",
    "faiss",
    "skimage",
    "scipy",
    "PIL",
    "numba",
    "openTSNE",
    "tqdm",
    "filelock",
)


@pytest.mark.parametrize(
    "program",
    ["import mapmaker", "import mapmaker; dir(mapmaker)"]
    + [
        f"from mapmaker.cli import main; main({words!r})"
        for words in ([], ["--help"], ["build", "--help"], ["serve", "x"])
    ],
)
def test_to_start_costs_no_heavy_package(program: str) -> None:
    ending = f"import sys, atexit; atexit.register(lambda: print('HEAVY', *({set(HEAVY)} & set(sys.modules))));"
    done = subprocess.run([sys.executable, "-c", ending + program], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "HEAVY", done.stdout


def test_build_takes_titles_and_shows_them(say: Say, posters: Path, tmp_path: Path) -> None:
    with (posters / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("filename", "title"), ("p03.png", "A, B")])
    assert say("build", posters, *QUICK, "--metadata", posters / "t.csv", "--title", "My <map>", "--quiet").code == 0
    assert '<title lang="">My &lt;map&gt;</title>' in (tmp_path / "map" / "index.html").read_text()
    with Image.open(tmp_path / "map" / "tiles" / "0" / "0" / "0.webp") as tile:
        assert tile.size == (512, 512)


def test_the_demo_draws_its_posters_and_goes_on_without_a_network(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    result = say("demo", "--count", "9", "--workers", "1")
    assert result.code == 0, result.err
    assert "classic" in result.err
    assert "9 posters" in result.out
    assert (tmp_path / "demo" / "map" / "index.html").is_file()
    assert say("demo", "--count", "9", "--workers", "1", "--extractor", "inception_v3").code == 2


def test_serving_no_map_is_one_line(say: Say, tmp_path: Path) -> None:
    result = say("serve", tmp_path)
    assert result.code == 2
    assert "no map in " in result.error


@pytest.fixture
def built(say: Say, posters: Path, tmp_path: Path) -> Path:
    assert say("build", posters, *QUICK, "--quiet").code == 0
    return tmp_path / "map"


def test_check_says_in_a_line_that_a_map_is_whole(say: Say, built: Path) -> None:
    said = say("check")
    files = len([path for path in built.rglob("*") if path.is_file()])
    assert said.code == 0
    assert re.fullmatch(rf"whole: 5 posters, {files} files, \d+\.\d MB\n", said.out)
    assert said.err == ""
    assert say("check", built, "--host", "github-pages").out == said.out


def test_check_says_each_fault_in_a_line_and_what_to_do(say: Say, built: Path) -> None:
    (built / "data/facets.js").unlink()
    (built / "assets/old \x1b[31m.js").write_text("x")
    said = say("check", "map")
    assert said.code == 1
    assert said.out.splitlines()[:2] == [
        "data/facets.js: is missing",
        "assets/old \\x1b[31m.js: is not of this map: left behind, or put there",
    ]
    assert re.match(r"2 faults in 5 posters, \d+ files, \d+\.\d MB$", said.out.splitlines()[2])
    assert [line.strip() for line in said.out.splitlines()[3:]] == [
        "copy the whole map again, or build it again",
        "if it is not yours, delete it",
    ]


def test_check_tells_programs_the_same(say: Say, built: Path) -> None:
    assert json.loads(say("check", "--json").out)["whole"] is True
    for number in range(30):
        (built / f"assets/old{number}").write_text("x")
    said = say("check", "--json")
    told = json.loads(said.out)
    assert said.code == 1
    assert (told["whole"], told["posters"], told["more"]) == (False, 5, {"unlisted": 10})
    assert told["faults"][0] == {
        "kind": "unlisted",
        "file": "assets/old0",
        "problem": "is not of this map: left behind, or put there",
        "remedy": "if it is not yours, delete it",
    }
    assert "and 10 more of this kind: unlisted" in say("check").out


def test_check_of_no_map_or_for_no_host_is_the_users_to_mend(say: Say, posters: Path, built: Path) -> None:
    assert say("check", posters).code == 2
    assert "no map in " in say("check", "nowhere").error
    said = say("check", "--host", "githup-pages")
    assert said.code == 2
    assert "did you mean 'github-pages'?" in said.error


def test_a_reader_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "posters").mkdir()
    Image.new("RGB", (20, 30), "red").save(tmp_path / "posters" / "red.png")
    words = [sys.executable, "-m", "mapmaker", "status", str(tmp_path / "posters"), "--extractor", "classic"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
