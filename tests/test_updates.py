"""Updates under hard conditions: whatever stands in the way, or changes meanwhile, nothing of the user's is lost."""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ArtifactError, ImagesError, MetadataError, OutputError
from mapmaker.progress import Silence
from mapmaker.sources.demo import describe, write_posters
from mapmaker.workspace import Workspace
from tests.conftest import Command, Tree

COUNT, MORE = 60, 6


class Site:
    """Demo posters with a table beside them, and their map; `spare` posters are not shown yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.table, self.spare = folder / "titles.csv", folder / "spare"

    def build(self, **options: Any) -> mm.Report:
        places = {"images": self.posters, "out": self.out, "metadata": self.table}
        return mm.build(**{**places, "workers": 1, "extractor": "classic", "poster_size": 40, **options})

    def file(self, poster: int) -> Path:
        return self.posters / describe(poster).filename

    def show(self, *posters: int) -> None:
        for poster in posters:
            shutil.copy2(self.spare / describe(poster).filename, self.file(poster))

    def replace(self, poster: int, by: int) -> None:
        shutil.copyfile(self.spare / describe(by).filename, self.file(poster))

    def cells(self) -> dict[str, tuple[int, int]]:
        """Each poster's cell on the site, by id."""
        found = {}
        for shard in self.out.glob("data/posters/*.js"):
            value = json.loads(shard.read_text(encoding="utf-8").partition("push(")[2].rpartition(")")[0])[1]
            found.update({poster["id"]: divmod(poster["cell"], self.columns) for poster in value["posters"]})
        return found

    @property
    def columns(self) -> int:
        with np.load(self.work / artifacts.ARRANGEMENT) as arrays:
            return int(arrays["shape"][0])

    def ids(self) -> dict[str, str]:
        """Ids by path, of posters that are there."""
        with Workspace(self.work) as work:
            images = artifacts.read_images(work)
        return {path: id_ for path, id_, here in zip(images.path, images.id, images.present, strict=True) if here}


class At(Silence):
    """A `Progress` that does something when a stage begins."""

    def __init__(self, stage: str, do: Callable[[], object]) -> None:
        self.stage, self.do, self.notes = stage, do, list[str]()

    def begin(self, stage: str) -> None:
        """Do it, if this is the stage."""
        if stage == self.stage:
            self.do()

    def note(self, message: str) -> None:
        """Remember."""
        self.notes.append(message)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A map of 60 posters; to be read only."""
    site = Site(tmp_path_factory.mktemp("updates"))
    write_posters(site.spare, COUNT + MORE)
    (site.spare / "metadata.csv").rename(site.table)
    site.posters.mkdir()
    site.show(*range(COUNT))
    site.build()
    return site


@pytest.fixture
def site(first: Site, tmp_path: Path) -> Site:
    """A copy, to change, with a file of the user's in the map."""
    shutil.copytree(first.folder, tmp_path / "site")
    (tmp_path / "site" / "map" / "CNAME").write_text("example.org")
    return Site(tmp_path / "site")


def left(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> list[str]:
    """The posters that are on both maps, and not on the cell where they were."""
    return [id_ for id_, cell in before.items() if now.get(id_, cell) != cell]


def test_a_second_build_during_an_update_is_told_and_the_first_is_unharmed(site: Site, command: Command) -> None:
    site.show(COUNT)
    answers = []
    words = ["build", site.posters, "--out", site.out, "--extractor", "classic", "--poster-size", "40", "--quiet"]
    report = site.build(progress=At("raster", lambda: answers.append(command(*words))))
    (second,) = answers
    assert second.returncode == 2
    assert second.stderr == f"mapmaker: another build is at work in {site.work}; wait for it, or use --work\n"
    assert report.figures["triage"]["kept"] == COUNT + 1
    assert mm.check(site.out).whole
    assert site.build().ran == []


@pytest.mark.parametrize(
    "other", [{"notes.txt": "mine"}, {"data/manifest.json": '{"generator": "other", "files": {}}'}]
)
def test_an_update_into_a_folder_of_somebody_elses_is_refused(site: Site, tree: Tree, other: dict[str, str]) -> None:
    theirs = site.folder / "theirs"
    for name, text in other.items():
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        (theirs / name).write_text(text)
    site.show(COUNT)
    before = tree(site.out), tree(theirs)
    with pytest.raises(OutputError, match="theirs is not empty and no map of ours; give another folder with --out"):
        site.build(out=theirs, work=site.work)
    assert (tree(site.out), tree(theirs)) == before
    assert site.build().figures["recall"] == {"kept": COUNT, "new": 1}


def test_a_map_that_became_read_only_is_one_line_and_stands(
    site: Site, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.show(COUNT)
    before = tree(site.out)
    with monkeypatch.context() as patch:  # to root nothing is read-only
        patch.setattr(os, "access", lambda path, _: Path(path) != site.out)
        with pytest.raises(OutputError, match=r"cannot write .*map: it is read-only; give another folder with --out"):
            site.build()
    assert tree(site.out) == before


def test_a_map_put_in_the_place_of_another_is_no_loss_and_each_build_makes_its_own(site: Site, tree: Tree) -> None:
    site.build()
    mine = tree(site.out)
    (site.out / "index.html").write_text("edited")
    others = site.folder / "others"
    write_posters(others, 7)
    site.build(images=others, metadata=None, work=site.folder / "other work")
    assert (site.out / "CNAME").read_text() == "example.org"
    assert [path.read_text() for path in (site.folder / "other work" / "replaced").iterdir()] == ["edited"]
    assert len(site.cells()) == 7
    assert site.build().ran == ["compose"]
    assert tree(site.out) == mine


def test_a_poster_put_somewhere_by_hand_stays_there_in_an_update(site: Site) -> None:
    with np.load(site.work / artifacts.ARRANGEMENT) as arrays:
        by_hand = {**arrays, "cells": arrays["cells"][::-1]}
    np.savez(site.work / artifacts.ARRANGEMENT, **by_hand)
    site.build()
    before = site.cells()
    site.show(*range(COUNT, COUNT + MORE))
    notes = At("", list)
    site.build(progress=notes)
    assert left(before, site.cells()) == []  # 0.9 % of 60
    (kept,) = (site.work / "replaced").iterdir()
    assert notes.notes == [f"an artefact of your own had to make way and is now {kept}"]
    with np.load(kept) as arrays:
        assert np.array_equal(arrays["cells"], by_hand["cells"])


def test_a_cluster_named_by_hand_keeps_its_name_in_an_update(site: Site) -> None:
    file = site.work / artifacts.CLUSTERS
    value = json.loads(file.read_text())
    value["clusters"][0].update(name="Lions & tigers", slug="lions")
    file.write_text(json.dumps(value))
    site.build()
    site.show(*range(COUNT, COUNT + MORE))
    site.build()
    assert '"slug":"lions","name":"Lions & tigers"' in (site.out / "data" / "map.js").read_text()
    assert mm.check(site.out).whole


DAMAGE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "labels of no cluster": lambda arrays: {"labels": arrays["labels"] + 99},
    "labels below none": lambda arrays: {"labels": arrays["labels"] - 99},
    "two on one cell": lambda arrays: {"cells": arrays["cells"] * 0},
    "cells outside": lambda arrays: {"cells": arrays["cells"] + 99},
    "points that are none": lambda arrays: {"points": arrays["points"] * np.nan},
    "axes that are none": lambda arrays: {"axes": arrays["axes"] * np.nan},
    "a mean of another length": lambda arrays: {"mean": arrays["mean"][1:]},
    "fewer ids": lambda arrays: {"ids": arrays["ids"][1:]},
    "slugs that are none": lambda _: {"clusters": json.dumps([[f"A {n}", ""] for n in range(99)])},
    "names that are blank": lambda _: {"clusters": json.dumps([[f"a{n}", " "] for n in range(99)])},
    "a slug twice": lambda _: {"clusters": json.dumps([["a", ""]] * 99)},
    "clusters that are none": lambda _: {"clusters": "[1]"},
    "words for cells": lambda _: {"cells": np.array(["a"])},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_last_map_edited_into_nonsense_is_told_and_the_map_is_laid_out_anew(site: Site, damage: str) -> None:
    with np.load(site.work / artifacts.STANDING) as loaded:
        arrays = dict(loaded)
    np.savez(site.work / artifacts.STANDING, **{**arrays, **DAMAGE[damage](arrays)})
    site.show(COUNT)
    report = site.build()
    assert report.figures["recall"]["kept"] == 0
    assert sum("standing.npz" in warning and "laid out anew" in warning for warning in report.warnings) == 1
    assert mm.check(site.out).whole
    assert site.build().ran == []


def test_what_is_gone_on_from_cut_off_is_named_and_once_deleted_nobody_moves(site: Site, tree: Tree) -> None:
    before, old = site.cells(), tree(site.out)
    site.show(COUNT)
    file = site.work / artifacts.RECALLED

    def cut() -> None:
        file.write_bytes(file.read_bytes()[:100])

    with pytest.raises(ArtifactError, match=r"recalled\.npz does not hold what it should: .*; delete it"):
        site.build(progress=At("neighbors", cut))
    assert tree(site.out) == old
    file.unlink()
    site.build()
    assert left(before, site.cells()) == []
    assert mm.check(site.out).whole


def test_a_table_of_images_that_was_lost_and_made_anew_moves_nobody(site: Site) -> None:
    site.file(5).unlink()
    site.build()
    site.show(5, *range(COUNT, COUNT + MORE - 1))
    shutil.copy2(site.spare / describe(COUNT + MORE - 1).filename, site.posters / "0000-a.jpg")
    site.build()
    site.file(7).unlink()
    site.build()
    before, ids = site.cells(), site.ids()
    rows = list(ids)
    (site.work / artifacts.IMAGES).unlink()
    report = site.build()
    assert site.ids() == ids
    assert list(site.ids()) != rows  # by path now, no more in the order in which they came
    assert report.figures["recall"]["kept"] == COUNT + MORE - 1
    assert left(before, site.cells()) == []
    assert mm.check(site.out).whole


def test_a_poster_that_goes_while_it_is_painted_is_marked_and_gone_the_next_time(site: Site) -> None:
    site.replace(3, COUNT)
    report = site.build(progress=At("raster", site.file(3).unlink))
    assert any("can no longer be read" in warning for warning in report.warnings)
    assert mm.check(site.out).whole
    report = site.build()
    assert report.figures["triage"]["kept"] == COUNT - 1
    assert not any("can no longer be read" in warning for warning in report.warnings)
    assert mm.check(site.out).whole


def test_a_poster_that_changes_after_it_was_listed_stops_the_update_and_the_old_map_stands(
    site: Site, tree: Tree
) -> None:
    before = tree(site.out)
    site.replace(3, COUNT)
    with pytest.raises(ImagesError, match=r"has changed since the scan; run the build again"):
        site.build(progress=At("features", lambda: site.replace(3, COUNT + 1)))
    assert tree(site.out) == before
    site.build()
    assert mm.check(site.out).whole


def test_without_any_poster_there_is_no_update_and_they_may_come_back(site: Site, tree: Tree) -> None:
    site.build()
    before = tree(site.out)
    for path in site.posters.iterdir():
        path.rename(site.folder / path.name)
    with pytest.raises(ImagesError, match=r"no file in .*posters; give the folder that holds the posters"):
        site.build()
    (site.posters / "notes.txt").write_text("none")
    with pytest.raises(ImagesError, match=r"no image can be read in .*posters: 1 file left out"):
        site.build()
    assert tree(site.out) == before
    (site.posters / "notes.txt").unlink()
    for poster in range(COUNT):
        (site.folder / describe(poster).filename).rename(site.file(poster))
    assert site.build().ran == []
    assert tree(site.out) == before


def test_all_posters_but_one_replaced_keep_their_cells(site: Site, picture: Callable[..., Path]) -> None:
    before = site.cells()
    for poster in range(1, COUNT):
        drawn = picture(site.folder / "drawn.png", poster)
        drawn.replace(site.file(poster))
    report = site.build()
    assert report.figures["features"]["computed"] == COUNT - 1
    assert site.cells() == before
    assert mm.check(site.out).whole


def test_a_map_of_which_one_poster_is_left_among_others_is_whole(site: Site) -> None:
    kept = site.ids()[describe(0).filename]
    for poster in range(1, COUNT):
        site.file(poster).unlink()
    site.show(*range(COUNT, COUNT + MORE))
    site.build()
    now = site.cells()
    assert len(now) == 1 + MORE
    assert kept in now
    assert mm.check(site.out).whole


def test_a_table_that_was_removed_stops_the_update_and_without_it_nobody_moves(site: Site, tree: Tree) -> None:
    before, cells = tree(site.out), site.cells()
    site.table.unlink()
    with pytest.raises(MetadataError, match=r"titles\.csv"):
        site.build()
    assert tree(site.out) == before
    report = site.build(metadata=None)
    assert "arrange" not in report.ran
    assert site.cells() == cells
    assert describe(0).title not in (site.out / "data" / "search" / "0.js").read_text()
    assert mm.check(site.out).whole


def test_laid_out_afresh_after_posters_went_and_changed_a_map_is_as_in_an_empty_work_folder_but_for_who_is_gone(
    site: Site, tree: Tree
) -> None:
    site.file(5).unlink()
    site.replace(9, COUNT)
    titles = site.table.read_text(encoding="utf-8")
    site.table.write_text(titles.replace(describe(9).title, "Corrected"), encoding="utf-8")
    site.build()
    site.build(fresh=True)
    (site.out / "CNAME").unlink()
    site.build(out=site.folder / "anew" / "map")
    ours, anew = tree(site.out), tree(site.folder / "anew" / "map")
    assert {name for name in ours.keys() | anew.keys() if ours.get(name) != anew.get(name)} == {
        "data/ids/all.js",  # a link to the poster that went says so
        "data/manifest.json",
        "data/map.js",  # a poster's place among vectors is its row, and rows stay
        "data/vectors/0.js",
        "data/vectors/cells.js",
    }


def test_laid_out_afresh_a_map_is_the_same_each_time(site: Site, tree: Tree) -> None:
    site.show(*range(COUNT, COUNT + MORE))
    site.build()
    site.build(fresh=True)
    once = tree(site.out)
    site.file(5).unlink()
    site.build()
    site.show(5)
    site.build(fresh=True)
    assert tree(site.out) == once


def test_twenty_updates_in_a_row_stay_whole_and_leave_all_but_one_where_they_are(
    site: Site, picture: Callable[..., Path]
) -> None:
    chance = random.Random(0)
    shown, hidden = set(range(COUNT)), set(range(COUNT, COUNT + MORE))
    for number in range(20):
        before = site.cells()
        going, coming = chance.sample(sorted(shown), 2), chance.sample(sorted(hidden), 2 + (number % 5 == 0))
        for poster in going:
            site.file(poster).unlink()
        site.show(*coming)
        shown, hidden = (shown - {*going}) | {*coming}, (hidden - {*coming}) | {*going}
        picture(site.folder / "drawn.png", number).replace(site.file(chance.choice(sorted(shown - {*coming}))))
        site.build()
        now = site.cells()
        assert len(now) == len(shown)
        assert len(left(before, now)) <= 1
        checked = mm.check(site.out)
        assert checked.whole, checked.faults
    assert site.build().ran == []
