"""The command: what it asks a person, what it prints, and its exit codes."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command

from .conftest import git, state


def answered(answer: str, *words: str | Path) -> tuple[int, str]:
    """Run a command on a terminal, type an answer; return its exit code and what stood there."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "mapmaker", *map(str, words)]
    with subprocess.Popen(program, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True) as process:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, answer.encode())
        process.communicate()
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # as Linux says that nobody is on the other side any more
        return b""


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("\n", 2), ("n\n", 2), ("\x04", 2)])
def test_a_person_is_asked_before_what_others_made_goes(
    site: Path, work: Path, bare: Path, answer: str, code: int
) -> None:
    git(work, "push", "--quiet", "origin", "HEAD:gh-pages")
    before = state(bare)
    exit_code, shown = answered(answer, "publish", "github-pages", site, "--remote", bare)
    assert exit_code == code
    assert "holds what mapmaker did not put there" in shown
    assert (state(bare) == before) == (code == 2)


def test_what_was_done_is_printed_for_people_and_for_programs(site: Path, bare: Path, command: Command) -> None:
    said = command("publish", "github-pages", site, "--remote", bare, "--quiet")
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    assert said.stdout.startswith(f"published to {bare}, branch gh-pages: ")
    said = command("publish", "github-pages", site, "--remote", bare)
    assert said.stdout.startswith("nothing to do: ")
    told = json.loads(command("publish", "github-pages", site, "--remote", bare, "--json").stdout)
    assert (told["to"], told["changed"], told["new"]) == ("github-pages", False, 0)
    told = json.loads(command("publish", "zip", site, "--into", "map.zip", "--json").stdout)
    assert (told["to"], told["changed"], told["place"]) == ("zip", True, "map.zip")


def test_a_folder_without_a_map_is_one_line(tmp_path: Path, command: Command) -> None:
    said = command("publish", "zip", tmp_path, "--into", "map.zip", "--quiet")
    assert said.returncode == 2
    assert said.stderr.startswith("mapmaker: no map in ")
    assert said.stderr.count("\n") == 1
    said = command("publish", "directory", tmp_path)
    assert said.returncode == 2
    assert "--into" in said.stderr
