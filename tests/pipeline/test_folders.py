"""Folders of any kind: few posters, all alike, awkward ones, odd names; and places that will not do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ImagesError, InputError, OptionError, OutputError
from mapmaker.pipeline import STAGES
from mapmaker.sources.demo import describe, write_posters
from mapmaker.workspace import Workspace
from tests.conftest import Picture, Tree
from tests.pipeline import measured_build
from tests.pipeline.built import Built

AWKWARD = Path(__file__).resolve().parents[3] / "shared" / "data" / "awkward"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_a_folder_of_few_posters_makes_a_map(tmp_path: Path, count: int) -> None:
    built = Built(tmp_path)
    write_posters(built.posters, count)
    report = built.build()
    assert len(built.shown()) == report.figures["triage"]["kept"] == count
    assert built.build().ran == []


def test_posters_that_are_all_alike_make_a_map(tmp_path: Path) -> None:
    built = Built(tmp_path)
    write_posters(built.posters, 1)
    (built.posters / describe(0).filename).unlink()
    for i in range(12):
        picture = Image.new("RGB", (40, 60), "grey")
        picture.putpixel((0, i), (129, 128, 128))
        picture.save(built.posters / f"{i}.png")
    built.build(triage={"blank": "off", "near": "off", "placeholder": "off"})
    assert len(built.shown()) == 12


def test_folders_and_files_may_have_names_that_are_not_utf_8(tmp_path: Path, picture: Picture) -> None:
    folder = tmp_path / os.fsdecode(b"Plak\xe1ty")
    try:
        picture(folder / "a.png")
        (folder / "a.png").rename(folder / os.fsdecode(b"\xe9.png"))
    except OSError:
        pytest.skip("this file system knows no such names")
    report = mm.build(folder, tmp_path / "map", extractor="classic", workers=1)
    assert report.figures["triage"]["kept"] == 1
    assert "Plak?ty" in (tmp_path / "map" / "index.html").read_text(encoding="utf-8")


@pytest.mark.shared
@pytest.mark.skipif(not AWKWARD.is_dir(), reason="no awkward files: ../shared/data/awkward")
def test_every_awkward_file_is_on_the_map_or_left_out_with_a_reason(tmp_path: Path) -> None:
    words = [sys.executable, str(Path(measured_build.__file__)), str(AWKWARD), str(tmp_path / "map")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with Workspace(tmp_path / ".mapmaker" / "map") as work:
        images = artifacts.read_images(work)
    rejected = {path for path, _ in told["rejects"]}
    files = {path.relative_to(AWKWARD).as_posix() for path in AWKWARD.rglob("*") if path.is_file()}
    assert set(images.path) | rejected == files
    assert set(images.path) & rejected == set()
    assert all(reason for _, reason in told["rejects"])
    assert 1e8 < told["peak"] < 2e9


def test_map_and_work_may_lie_inside_the_folder_of_images(tmp_path: Path, picture: Picture) -> None:
    for seed in range(3):
        picture(tmp_path / f"{seed}.png", seed)
    for count in (len(STAGES), 0):
        report = mm.build(tmp_path, tmp_path / "map", work=tmp_path / "work", extractor="classic", workers=1)
        assert len(report.ran) == count
    assert report.figures["triage"]["kept"] == 3


def test_places_that_would_swallow_one_another_are_refused(tmp_path: Path, picture: Picture, tree: Tree) -> None:
    picture(tmp_path / "all" / "posters" / "a.png")
    images = tmp_path / "all" / "posters"
    before = tree(tmp_path)
    for out, work in ((images, None), (tmp_path / "all", None), (tmp_path / "map", images)):
        with pytest.raises(OptionError, match="holds the folder of images"):
            mm.build(images, out, work=work, extractor="classic")
    for out, work in ((tmp_path / "x", tmp_path / "x" / "y"), (tmp_path / "x" / "y", tmp_path / "x")):
        with pytest.raises(OptionError, match="lie in one another"):
            mm.build(images, out, work=work, extractor="classic")
    assert tree(tmp_path) == before


def test_nothing_runs_where_something_can_be_seen_to_be_wrong(tmp_path: Path, picture: Picture) -> None:
    picture(tmp_path / "posters" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("")
    with pytest.raises(OutputError):
        mm.build(tmp_path / "posters", tmp_path / "out", extractor="classic")
    missing = tmp_path / "missing"
    for options in ({"weights": missing}, {"features": missing}, {"extractor": "model", "model": missing}):
        with pytest.raises(InputError, match=r"missing"):
            mm.build(tmp_path / "posters", tmp_path / "map", **options)
    assert not list((tmp_path / ".mapmaker").rglob("images.csv"))


def test_a_missing_folder_of_images_is_an_images_error(tmp_path: Path) -> None:
    with pytest.raises(ImagesError):
        mm.build(tmp_path / "missing", tmp_path / "map")
    assert list(tmp_path.iterdir()) == []
