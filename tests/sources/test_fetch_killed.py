"""A fetch that is killed, or interrupted, is gone on with, and ends as one that never was."""

import csv
import io
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import fetching
import pytest
from faulty_host import Answer, FaultyHost
from fetching import BAD, LATER, Errand, Shelf

from mapmaker.fetched import read_arrivals
from tests.conftest import Tree

COUNT = 120


@pytest.fixture
def told() -> Shelf:
    return fetching.shelf(COUNT)


@pytest.fixture
def host(told: Shelf) -> Iterator[FaultyHost]:
    with FaultyHost(told.answers()) as host:
        yield host


def errand(place: Path, host: FaultyHost, told: Shelf, *more: str) -> Errand:
    """Return a table of what is told, and a folder."""
    place.mkdir()
    made = Errand(place, more)
    made.write_table(host, list(told.kinds))
    return made


def without_times(folder: Path) -> list[list[str]]:
    """Return the manifest, but for when, and for the source behind it."""
    text = (folder / "fetched.csv").read_text(encoding="utf-8")
    return [line[:-2] for line in csv.reader(io.StringIO(text))]


def test_a_fetch_that_is_killed_again_and_again_fetches_nothing_twice_and_ends_as_one_that_never_was(
    host: FaultyHost, told: Shelf, tmp_path: Path, tree: Tree
) -> None:
    whole = errand(tmp_path / "whole", host, told)
    fetching.unbroken(whole)
    assert fetching.faults(whole, host, told) == []
    for path in told.kinds:  # what fails at first does so again
        host.asked[path] = 0
    killed = errand(tmp_path / "killed", host, told)
    again, kills = fetching.twice(killed, host, told, 3, random.Random(0))
    assert again == []
    assert kills > 0  # the machine may be too quick for some of them
    assert fetching.faults(killed, host, told) == []
    assert without_times(killed.folder) == without_times(whole.folder)
    ends = [tree(one.folder) for one in (whole, killed)]
    for end in ends:
        del end["fetched.csv"]
    assert ends[0] == ends[1]
    asked = host.asked.copy()
    fetching.unbroken(killed)
    later = {path for path, count in (host.asked - asked).items() if count}
    assert {told.kinds[path] for path in later} == LATER


def test_a_picture_that_was_noted_and_not_yet_in_its_place_is_put_there(tmp_path: Path) -> None:
    told = Shelf({"/1.jpg": "good", "/2.jpg": "good"})
    with FaultyHost(told.answers()) as host:
        made = errand(tmp_path / "x", host, told)
        fetching.unbroken(made)
        one, other = made.arrived().values()
        from mapmaker.sources.folder import key_of

        parts = [made.folder / ".fetch" / f"{key_of(arrival.url)}.part" for arrival in (one, other)]
        (made.folder / one.file).rename(parts[0])
        (made.folder / other.file).rename(parts[1])
        parts[1].write_bytes(b"half of it")
        fetching.unbroken(made)
        assert (host.asked["/1.jpg"], host.asked["/2.jpg"]) == (1, 2)
        assert fetching.faults(made, host, told) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fetch_ends_cleanly_with_its_tables_written(how: signal.Signals, tmp_path: Path) -> None:
    told = Shelf({f"/{i}.jpg": "good" for i in range(40)})
    answers = told.answers()
    for path in list(answers)[20:]:
        answers[path] = Answer(b"x", waits=30)
    with FaultyHost(answers) as host:
        made = errand(tmp_path / "x", host, told, "--silence", "60")
        process = made.start()
        while len(host.asked) < 40 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(how)
        _, said = process.communicate(timeout=20)
        assert said == "mapmaker: interrupted; what came is kept, and the same command goes on from there\n"
        assert process.returncode == 130
        assert len(read_arrivals(made.folder)) == 20
        rows = (made.folder / "metadata.csv").read_text().splitlines()
        assert len(rows) == 21
        assert list((made.folder / ".fetch").glob("*.part")) == []
        host.answers = told.answers()
        fetching.unbroken(made)
        assert fetching.faults(made, host, told) == []
        assert all(host.asked[f"/{i}.jpg"] == 1 for i in range(20))


@pytest.mark.parametrize("enough", [1, 40, 300, 900])
def test_told_to_end_while_much_is_under_way_it_does_in_one_line(enough: int, tmp_path: Path) -> None:
    told = Shelf({f"/{i:05}.jpg": "good" for i in range(4000)})
    with FaultyHost(told.answers()) as host:
        made = errand(tmp_path / "x", host, told)
        process = made.start()
        while len(host.asked) < enough and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        try:
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
        assert said == "mapmaker: interrupted; what came is kept, and the same command goes on from there\n"
        assert process.returncode == 130


def test_every_kind_of_fault_is_among_those_that_are_killed(told: Shelf) -> None:
    assert set(BAD) <= set(told.kinds.values())


def test_a_folder_that_vanishes_is_one_line(tmp_path: Path) -> None:
    told = Shelf({"/1.jpg": "good"})
    with FaultyHost(told.answers()) as host:
        made = errand(tmp_path / "x", host, told)
        made.folder.write_text("a file")
        process = made.start()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2
        assert said == "mapmaker: cannot write posters: File exists\n"
        assert isinstance(process, subprocess.Popen)


def test_what_the_benchmark_would_find_wrong(host: FaultyHost, told: Shelf, tmp_path: Path) -> None:
    made = errand(tmp_path / "x", host, told)
    fetching.unbroken(made)
    assert fetching.faults(made, host, told) == []
    for name, old, new in (("fetched.csv", ",failed,", ",unreached,"), ("metadata.csv", ",1953,", ",1954,")):
        path = made.folder / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new))
        assert fetching.faults(made, host, told) != []
        path.write_text(before)
