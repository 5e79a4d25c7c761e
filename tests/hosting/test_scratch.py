"""Temporary folders: each run has its own, and clears what runs that were killed left, nothing else."""

import os
from pathlib import Path

import pytest

from mapmaker.hosting import scratch


def test_a_run_that_goes_on_keeps_its_folder(tmp_path: Path) -> None:
    with scratch.scratch() as first:
        os.utime(first.parent, (0, 0))
        with scratch.scratch() as second:
            assert first.is_dir()
        assert not second.exists()
    assert not first.exists()


@pytest.mark.parametrize("what", ["a folder of others", "a link", "something more in it"])
def test_what_is_only_called_like_a_folder_of_ours_stays(tmp_path: Path, what: str) -> None:
    mine, named = tmp_path / "mine", tmp_path / "tmp" / f"{scratch.PREFIX}mine"
    if what == "a link":
        (mine / "repository").mkdir(parents=True)
        (mine / "lock").write_text("")
        named.symlink_to(mine)
        os.utime(named, (0, 0), follow_symlinks=False)
    else:
        named.mkdir()
        (named / "precious").write_text("x")
        if what == "something more in it":
            (named / "repository").mkdir()
            (named / "lock").write_text("")
    os.utime(named, (0, 0))
    before = sorted(named.iterdir())
    with scratch.scratch():
        assert sorted(named.iterdir()) == before
