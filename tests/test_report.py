"""A build tells what it moved, what keeping places costs, and when a fresh layout is due; the manifest what changed."""

import csv
import json
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.manifest import CHANGES, MANIFEST
from mapmaker.model import Images, Likeness, Standing
from mapmaker.pipeline import STAGES
from mapmaker.quality import near_shares
from mapmaker.stages.compare import changed, is_due, judged
from mapmaker.stages.recall import recalled
from mapmaker.workspace import Workspace
from tests.conftest import Picture, Pictures, Tree

COUNT = 40


class Updated:
    """A folder of pictures that changes, and its map."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"

    def build(self, **options: Any) -> mm.Report:
        return mm.build(self.posters, self.out, workers=1, extractor="classic", layout="pca", poster_size=24, **options)

    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.out / MANIFEST).read_text(encoding="utf-8"))
        return told

    def changes(self) -> list[dict[str, str]]:
        with (self.work / artifacts.CHANGED).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def ids(self, *names: str) -> list[str]:
        with Workspace(self.work) as work:
            images = artifacts.read_images(work)
        by_path = dict(zip(images.path, images.id, strict=True))
        return sorted(by_path[name] for name in names)

    def standing(self) -> Standing:
        with Workspace(self.work) as work:
            return artifacts.read_standing(work)


@pytest.fixture(scope="module")
def first(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """A map of 40 pictures; to be read only."""
    updated = Updated(tmp_path_factory.mktemp("updated"))
    pictures(updated.posters, COUNT)
    updated.build()
    return updated


@pytest.fixture
def updated(first: Updated, picture: Picture, tmp_path: Path) -> Updated:
    """A copy, of whose folder two pictures went, one is another, and one came; not yet built again."""
    shutil.copytree(first.folder, tmp_path / "updated", copy_function=shutil.copy2)
    now = Updated(tmp_path / "updated")
    for name in ("p03.png", "p04.png"):
        (now.posters / name).unlink()
    picture(now.posters / "p05.png", 105)
    picture(now.posters / "new.png", 200)
    return now


def test_a_map_laid_out_anew_has_nothing_to_be_held_against(first: Updated) -> None:
    assert "changes" not in first.manifest()
    rows = first.changes()
    assert len(rows) == COUNT
    assert {(row["from_column"], row["from_row"], row["replaced"]) for row in rows} == {("", "", "0")}
    with Workspace(first.work) as work:
        likeness = artifacts.read_likeness(work)
    assert likeness.fresh == likeness.now == first.standing().fresh
    assert 0 < likeness.now < 1


def test_an_update_tells_who_came_went_moved_and_was_replaced(updated: Updated) -> None:
    before = updated.manifest()["files"]
    report = updated.build()
    told = report.figures["compare"]
    assert {name: told[name] for name in ("old", "new", "gone", "replaced")} == {
        "old": COUNT - 2,
        "new": 1,
        "gone": 2,
        "replaced": 1,
    }
    changes = updated.manifest()["changes"]
    assert list(changes) == list(CHANGES)
    assert changes["added"] == updated.ids("new.png")
    assert changes["removed"] == updated.ids("p03.png", "p04.png")
    assert changes["replaced"] == updated.ids("p05.png")
    assert len(changes["moved"]) == told["moved"]
    rows = {row["path"]: row for row in updated.changes()}
    assert {"new.png", "p03.png", "p04.png", "p05.png"} <= rows.keys()
    assert len(rows) == 4 + int(told["moved"])
    assert rows["new.png"]["from_column"] == rows["p03.png"]["to_column"] == ""
    assert (rows["p05.png"]["replaced"], rows["new.png"]["replaced"]) == ("1", "0")
    assert mm.check(updated.out).whole
    now = updated.manifest()["files"]
    composed = report.figures["compose"]
    assert composed["new"] == sum(before.get(name) != digest for name, digest in now.items()) > 0
    assert composed["gone"] == len(before.keys() - now.keys())


def test_a_build_that_repeats_or_only_retitles_tells_of_the_same_changes(updated: Updated, tree: Tree) -> None:
    updated.build()
    before, changes = tree(updated.out), updated.manifest()["changes"]
    assert updated.build().ran == []
    assert tree(updated.out) == before
    report = updated.build(title="Another")
    assert report.ran == ["compose"]
    assert updated.manifest()["changes"] == changes
    composed = report.figures["compose"]
    assert 0 < int(composed["new"]) < int(composed["files"]) / 2


class KilledError(Exception):
    """Stands for kill -9 between two moments of a stage."""


DYING = [stage for stage in STAGES if stage.name in ("recall", "arrange", "compare", "compose", "remember")]


@pytest.mark.parametrize("when", ["before its work", "before it is done"])
@pytest.mark.parametrize("stage", DYING, ids=lambda stage: stage.name)
def test_in_whatever_stage_an_update_dies_the_next_ends_as_one_that_never_did(
    updated: Updated, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, stage: Any, when: str
) -> None:
    whole = Updated(tmp_path / "whole")
    shutil.copytree(updated.folder, whole.folder, copy_function=shutil.copy2)
    whole.build()
    run = stage.run

    def dying(self: Any, job: Any) -> Any:
        if when == "before it is done":
            run(self, job)
        raise KilledError

    monkeypatch.setattr(stage, "run", dying)
    with pytest.raises(KilledError):
        updated.build()
    monkeypatch.undo()
    updated.build()
    assert tree(updated.out) == tree(whole.out)
    for name in (artifacts.CHANGED, artifacts.LIKENESS, artifacts.STANDING):
        assert (updated.work / name).read_bytes() == (whole.work / name).read_bytes()


def test_two_updates_tell_of_the_second_alone_and_remember_how_the_map_began(updated: Updated) -> None:
    began = updated.standing().fresh
    updated.build()
    (updated.posters / "p07.png").unlink()
    report = updated.build()
    assert updated.manifest()["changes"] == {kind: updated.ids("p07.png") * (kind == "removed") for kind in CHANGES}
    assert updated.standing().fresh == began == report.figures["compare"]["near_fresh"]
    assert report.figures["compare"]["late"] == 1 / (COUNT - 2)


def test_what_an_older_version_remembered_is_gone_on_from_and_costs_only_what_is_told(updated: Updated) -> None:
    with np.load(updated.work / artifacts.STANDING) as arrays:
        known = {name: array for name, array in arrays.items() if name not in ("contents", "fresh")}
    np.savez(updated.work / artifacts.STANDING, **known)
    report = updated.build()
    assert report.figures["compare"]["old"] == COUNT - 2
    assert report.figures["compare"]["replaced"] == 0
    assert "near_fresh" not in report.figures["compare"]
    assert not any("anew" in warning for warning in report.warnings)
    assert math.isnan(updated.standing().fresh)
    assert len(updated.standing().contents) == COUNT + 1


def test_the_same_picture_in_other_bytes_is_a_replaced_one(updated: Updated) -> None:
    updated.build()
    path = updated.posters / "p10.png"
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, (1, 1))
    updated.build()
    assert updated.manifest()["changes"] == {kind: updated.ids("p10.png") * (kind == "replaced") for kind in CHANGES}


def test_a_fresh_layout_is_due_when_many_came_late_and_not_after_it_was_made(
    updated: Updated, picture: Picture, capsys: pytest.CaptureFixture[str]
) -> None:
    from mapmaker.cli import main

    words = ["build", updated.posters, "--out", updated.out, "--extractor", "classic", "--layout", "pca", "--quiet"]

    def said(*more: str) -> str:
        assert main([*map(str, words), "--poster-size", "24", "--workers", "1", *more]) in (0, None)
        return capsys.readouterr().out

    due = "a fresh layout is due: build again with --fresh, which moves everything"
    few = said()
    assert f"of {COUNT - 2} old posters; " in few
    assert "1 new, 2 gone, 1 replaced: see" in few
    assert "changes.csv" in few
    assert "of the 10 most like it around it, a new one" in few
    assert "keeping places costs" in few
    assert "have new content" in few
    for seed in range(300, 306):
        picture(updated.posters / f"n{seed}.png", seed)
    assert due in said()
    again = said()
    assert due in again  # nothing was done about it
    assert "places" not in again
    assert "files" not in again
    fresh = said("--fresh")
    assert due not in fresh
    assert "keeping places" not in fresh


@pytest.mark.parametrize(
    ("likeness", "due"),
    [
        (Likeness(0.5, 0.5, None, 0), False),
        (Likeness(0.46, 0.5, 0.1, 0.12), False),
        (Likeness(0.44, 0.5, 0.1, 0.01), True),
        (Likeness(0.5, 0.5, 0.5, 0.13), True),
        (Likeness(0.1, None, 0.1, 0.1), False),
        (Likeness(0.0, 0.0), False),
        (Likeness(0.6, 0.5), False),
    ],
)
def test_a_fresh_layout_is_due_when_a_tenth_is_lost_or_an_eighth_came_late(likeness: Likeness, due: bool) -> None:
    assert is_due(likeness) is due


def stands(cells: list[list[int]], **more: Any) -> Standing:
    held = np.array(cells, np.int32)
    points = np.where(held < 0, np.nan, held).astype(np.float32)
    none = np.zeros((3, 2), np.float32)
    labels, late = np.full(len(held), -1, np.int32), np.zeros(len(held), bool)
    return Standing(points, held, 9, 9, labels, [], late, none[:, 0], none, "so", **more)


def images(*contents: str) -> Images:
    names, sizes = [f"i{n}" for n in range(len(contents))], np.ones(len(contents), np.int32)
    return Images(names, [f"{name}.png" for name in names], contents, sizes, sizes, np.ones(len(contents), bool))


def test_changes_are_told_of_those_who_changed_and_of_nobody_else() -> None:
    before, after = images("a", "b", "c", "d", "-"), images("a", "b", "C", "D", "e", "f")
    former = stands([[0, 0], [1, 0], [2, 0], [3, 0], [-1, -1]], contents=before.contents())
    found = changed(former, after, np.array([0, 1, 2, 4]), np.array([[0, 0], [5, 5], [2, 0], [6, 6]], np.int32))
    assert [(one.id, one.before, one.now, one.moved, one.replaced) for one in found] == [
        ("i1", (1, 0), (5, 5), True, False),
        ("i2", (2, 0), (2, 0), False, True),
        ("i3", (3, 0), None, False, False),  # gone: whatever its file was last
        ("i4", None, (6, 6), False, False),
    ]


def test_who_comes_back_comes_late() -> None:
    last = stands([[0, 0], [1, 0], [-1, -1], [2, 0]])
    found = recalled(last, np.array([True, True, True, False, True]), "so", 3)
    assert found.late.tolist() == [False, False, True, True, True]
    assert judged(np.array([1, 1, 0, 0.5]), replace(found, fresh=0.75).of(np.array([0, 1, 2, 4]))) == Likeness(
        0.625, 0.75, 0.25, 0.5
    )


def test_the_share_of_those_alike_that_are_near_is_that_of_looking_at_each() -> None:
    random = np.random.default_rng(0)
    numbers = random.permutation(20 * 20)[:300]
    cells = np.stack([numbers % 20, numbers // 20], axis=1).astype(np.int32)
    index = np.stack([random.permutation(300)[:15] for _ in range(300)]).astype(np.int32)
    index[5, 4:] = -1
    index[6] = -1
    shares = near_shares(index, cells)
    for row in range(300):
        mates = [mate for mate in index[row, :10].tolist() if mate >= 0]
        near = [mate for mate in mates if abs(cells[mate] - cells[row]).max() <= 2]
        assert shares[row] == (len(near) / len(mates) if mates else 1)


def test_away_from_the_rim_the_share_is_that_of_neighbor_preservation() -> None:
    from mapmaker.methods.neighbors import Exact

    side = 30
    cells = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(np.int32)
    noise = np.random.default_rng(1).normal(scale=1.5, size=(side * side, 2))
    around = np.concatenate([cells - side / 2 + noise, np.full((side * side, 1), 400.0)], axis=1)
    vectors = (around / np.linalg.norm(around, axis=1, keepdims=True)).astype(np.float32)
    inside = np.flatnonzero(((cells >= 2) & (cells < side - 2)).all(axis=1))
    measured = near_shares(Exact(10)(vectors).index, cells)[inside].mean()
    assert abs(measured - mm.quality.neighbor_preservation(vectors, cells, rows=inside)) < 0.001
    assert 0.3 < measured < 0.9
