"""A map built again: never more work than is needed, and what was replaced by hand, lost or damaged."""

import csv
import re
import shutil
from typing import Any

import numpy as np
import pytest

from mapmaker.errors import ArtifactError, EngineError
from mapmaker.manifest import MANIFEST
from mapmaker.sources.demo import describe
from tests.conftest import Picture, Tree
from tests.pipeline.built import Built


def test_a_second_run_does_nothing(built: Built, tree: Tree) -> None:
    before = tree(built.out), (built.out / "index.html").stat().st_mtime_ns
    report = built.build()
    assert report.ran == []
    assert (tree(built.out), (built.out / "index.html").stat().st_mtime_ns) == before
    assert report.figures["triage"]["kept"] == 30


def test_what_a_skipped_stage_had_to_warn_of_is_said_again(built: Built) -> None:
    with built.table.open("a", encoding="utf-8") as file:
        file.write("nowhere.jpg,Ghost\n")
    told = built.build().warnings
    assert [warning for warning in told if "'nowhere.jpg'" in warning]
    again = built.build()
    assert again.ran == []
    assert again.warnings == told


def test_a_corrected_title_redoes_only_what_reads_titles(built: Built) -> None:
    images, _ = built.artefacts()
    text = built.table.read_text(encoding="utf-8")
    title = next(csv.DictReader(text.splitlines()))["title"]
    built.table.write_text(text.replace(title, "Corrected", 1), encoding="utf-8")
    assert built.build().ran == ["metadata", "naming", "compose"]
    assert "Corrected" in {poster["title"] for poster in built.shown().values()}
    assert len(built.shown()) == len(images)


def test_one_poster_more_computes_one_posters_features(built: Built, picture: Picture) -> None:
    before, _ = built.artefacts()
    picture(built.posters / "a new one.png", 99, (240, 360))
    report = built.build()
    assert report.figures["features"]["computed"] == 1
    after, _ = built.artefacts()
    assert list(after.id[:30]) == list(before.id)
    assert len(built.shown()) == 31
    assert "a new one" in {poster["title"] for poster in built.shown().values()}


def test_a_removed_poster_leaves_the_map_and_comes_back_at_no_cost(built: Built, tree: Tree) -> None:
    before = tree(built.out)
    path = built.posters / describe(7).filename
    path.rename(built.posters.parent / "aside.jpg")
    report = built.build()
    assert report.figures["features"]["computed"] == 0
    shown = built.shown()
    assert len(shown) == 29
    images, _ = built.artefacts()
    assert len(images) == 30
    assert set(shown) == {id_ for id_, here in zip(images.id, images.present, strict=True) if here}
    (built.posters.parent / "aside.jpg").rename(path)
    assert built.build().figures["features"]["computed"] == 0
    now = tree(built.out)
    changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    assert changed == {MANIFEST, "quality/index.html"}  # of a map that goes on, less is proved


def test_an_option_redoes_its_stage_and_what_follows(built: Built) -> None:
    following = ["compare", "appraise", "raster", "compose", "remember"]
    assert built.build(columns=5).ran == ["recall", "grid", "arrange", *following]
    assert built.told()["columns"] == 5
    assert built.build(columns=5, title="Other").ran == ["compose"]
    assert built.build(columns=5, title="Other", poster_size=40).ran == ["raster", "compose"]
    assert 30 <= built.told()["cell"]["width"] <= 40  # a whole number of pixels at every zoom


def test_features_from_elsewhere_take_the_place_of_an_extractor(built: Built) -> None:
    images, _ = built.artefacts()
    values = np.random.default_rng(0).normal(size=(30, 12)).astype(np.float32)
    np.savez(built.posters.parent / "f.npz", filenames=np.array(images.path)[::-1], features=values[::-1])
    report = built.build(features=built.posters.parent / "f.npz")
    assert report.figures["features"] == {"computed": 0, "posters": 30, "numbers": 12}
    assert np.load(built.work / "features.npy").tolist() == values.tolist()


def test_a_lost_tile_or_page_is_made_again(built: Built, tree: Tree) -> None:
    before = tree(built.out)
    (built.out / "index.html").unlink()
    assert built.build().ran == ["compose"]
    assert tree(built.out) == before
    tile = next((built.work / "tiles").rglob("*.webp"))
    tile.unlink()
    assert built.build().ran[0] == "raster"
    assert tree(built.out) == before
    shutil.rmtree(built.out)
    assert built.build().ran == ["compose"]
    assert tree(built.out) == before


def test_a_hand_made_artefact_is_kept_and_used_until_its_stage_must_run(built: Built) -> None:
    points = np.stack([np.arange(30), np.zeros(30)], axis=1)[::-1]
    np.save(built.work / "layout.npy", points)
    assert "layout" not in built.build(columns=30, rows=1, arrange={"method": "none"}).ran
    _, arrangement = built.artefacts()
    assert arrangement.cells[:, 0].tolist() == list(range(30))[::-1]
    assert np.load(built.work / "layout.npy").tolist() == points.tolist()
    report = built.build(columns=30, rows=1, seed=1)
    assert "layout" in report.ran
    (kept,) = (built.work / "replaced").iterdir()
    assert np.load(kept).tolist() == points.tolist()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("layout.npy", np.zeros((5, 2), np.float32)),
        ("features.npy", np.zeros((5, 8), np.float32)),
        ("features.npy", np.full((30, 8), np.nan, np.float32)),
        ("vectors.npy", np.zeros((5, 8), np.float32)),
    ],
)
def test_a_hand_made_artefact_that_does_not_fit_is_one_line(built: Built, name: str, wrong: Any, tree: Tree) -> None:
    before = tree(built.out)
    np.save(built.work / name, wrong)
    with pytest.raises(ArtifactError) as error:
        built.build()
    assert name in str(error.value)
    assert "\n" not in str(error.value)
    assert tree(built.out) == before


@pytest.mark.parametrize("name", ["images.csv", "metadata.csv", "selection.csv", "features.npy", "grid.npz"])
def test_a_damaged_artefact_is_named_and_made_anew_once_deleted(built: Built, name: str, tree: Tree) -> None:
    before = tree(built.out)
    (built.work / name).write_bytes(b"")
    with pytest.raises(ArtifactError, match=re.escape(name)):
        built.build()
    (built.work / name).unlink()
    built.build()
    assert tree(built.out) == before


def test_a_dead_worker_is_our_failure_and_the_old_map_stands(built: Built, tree: Tree) -> None:
    before = tree(built.out)
    with pytest.raises(EngineError, match="a worker process died"):
        built.build(extractor="mean_colour:Dying", workers=2)
    assert tree(built.out) == before
