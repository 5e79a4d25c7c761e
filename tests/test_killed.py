"""A build that is killed, at whatever moment, costs time and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import killing
import pytest

import mapmaker as mm
from tests.conftest import Tree

COUNT = 40
MOMENTS = (
    "lock",
    "fresh/images.csv",
    "images.csv",
    "features.npy",
    "neighbors.npz",
    "layout.npy",
    "cache/tiles/tiles/*/*",
    "fresh/tiles",
    "fresh/tiles/*/*/*.webp",
    "tiles/index.json",
    "../../.map.mapmaker-new",
    "../../.map.mapmaker-new/data/manifest.json",
    "../../map/index.html",
)
"""Files whose appearance starts the kill, in the order of a build."""


def build(place: Path) -> mm.Report:
    """Build `place` / posters in this process, the same way as the process that is killed."""
    return mm.build(place / "posters", place / "map", workers=1, extractor="classic", layout="pca", poster_size=40)


def killed_at(place: Path, sign: str) -> bool:
    """Run a build and kill it, with all its workers, once a file like `sign` is there.

    Return whether it was still running.
    """
    flags = ["--extractor", "classic", "--layout", "pca", "--poster-size", "40", "--workers", "2"]
    words = [sys.executable, "-m", "mapmaker", "build", "posters", "--quiet", *flags]
    process = subprocess.Popen(
        words, cwd=place, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    work = place / ".mapmaker" / "map"
    while process.poll() is None and not (work.is_dir() and any(True for _ in work.glob(sign))):
        time.sleep(0.001)
    in_time = process.poll() is None
    if in_time:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return in_time


def test_a_build_killed_again_and_again_ends_as_one_that_never_was(
    pictures: Callable[[Path, int], Path], tmp_path: Path, tree: Tree
) -> None:
    whole, place = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, place):
        pictures(folder / "posters", COUNT)
    build(whole)
    in_time = [killed_at(place, sign) for sign in MOMENTS]
    assert sum(in_time) >= 6  # the machine may be too quick for some of them
    report = build(place)
    assert tree(place / "map") == tree(whole / "map")
    assert report.warnings == []
    assert not (place / ".mapmaker" / "map" / "replaced").exists()
    assert {path.name for path in place.iterdir()} == {"posters", "map", ".mapmaker"}
    assert build(place).ran == []


@pytest.mark.parametrize("sign", ["fresh/tiles", "../../.map.mapmaker-new"])
def test_an_update_that_is_killed_ends_as_one_that_never_was(
    pictures: Callable[[Path, int], Path], picture: Callable[..., Path], tmp_path: Path, tree: Tree, sign: str
) -> None:
    whole, place = tmp_path / "whole", tmp_path / "killed"
    pictures(place / "posters", 12)
    build(place)
    (place / "map" / "CNAME").write_text("example.org")
    for seed in range(COUNT, COUNT + 12):
        picture(place / "posters" / f"n{seed}.png", seed)
    shutil.copytree(place, whole)  # times of change and all
    build(whole)
    before = tree(place / "map")
    if killed_at(place, sign) and sign == "fresh/tiles":
        assert tree(place / "map") == before
    build(place)
    assert tree(place / "map") == tree(whole / "map")
    assert "CNAME" in tree(place / "map")
    assert {path.name for path in place.iterdir()} == {"posters", "map", ".mapmaker"}


def test_an_update_of_a_hundred_killed_at_any_moment_leaves_a_map_and_ends_as_one_that_never_was(
    tmp_path: Path,
) -> None:
    update = killing.prepared(tmp_path, 100)
    whole = killing.unbroken(update)
    assert whole.renames > 40
    last = whole.renames
    for rename in (1, last // 2, last - 8, last - 5):
        assert killing.killed_before(update, rename)
        assert killing.standing(update, whole) in (killing.OLD, killing.NEW, killing.ASIDE)
        assert killing.ended(update, whole) == ""
    killing.killed_after(update, whole.seconds / 2)
    assert killing.standing(update, whole) in (killing.OLD, killing.NEW)
    assert killing.ended(update, whole) == ""
