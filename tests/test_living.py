"""A folder that changed: who was on the map stays there, and links stay good."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.model import Clusters, Standing
from mapmaker.sources.demo import describe, write_posters
from mapmaker.stages.clusters import continued, inherited, joined, numbered
from mapmaker.stages.layout import joined as put_among
from mapmaker.stages.recall import recalled
from mapmaker.stages.remember import with_those_away
from mapmaker.workspace import Workspace
from tests.scripts import data_of, posters_of

COUNT = 120


class Living:
    """Demo posters that come and go, and their map."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"

    def build(self, **options: object) -> mm.Report:
        return mm.build(self.posters, self.out, workers=1, extractor="classic", poster_size=40, **options)  # type: ignore[arg-type]  # a plain dict

    def cells(self) -> dict[str, tuple[int, int]]:
        with Workspace(self.work) as work:
            images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
            cells = artifacts.read_arrangement(work, len(rows)).cells.tolist()
        return {images.path[row]: (x, y) for row, (x, y) in zip(rows.tolist(), cells, strict=True)}

    def links(self) -> dict[str, int]:
        """What the map says of each id."""
        ids: dict[str, int] = data_of(self.out, "ids/all")
        return ids

    def posters_told(self) -> dict[str, dict[str, object]]:
        """What the map tells of each poster, by id."""
        return {poster["id"]: poster for poster in posters_of(self.out)}

    def id_of(self, poster: int) -> str:
        with Workspace(self.work) as work:
            images = artifacts.read_images(work)
        return images.id[list(images.path).index(describe(poster).filename)]

    def hide(self, *posters: int) -> None:
        (self.folder / "aside").mkdir(exist_ok=True)
        for poster in posters:
            (self.posters / describe(poster).filename).rename(self.folder / "aside" / describe(poster).filename)

    def show(self, *posters: int) -> None:
        """Bring those back, or all if none is named."""
        named = {describe(poster).filename for poster in posters}
        for path in (self.folder / "aside").iterdir():
            if path.name in named or not named:
                path.rename(self.posters / path.name)

    def clusters(self) -> dict[str, str]:
        """The slug of each poster in a cluster, by path."""
        with Workspace(self.work) as work:
            images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
            found = artifacts.read_clusters(work, len(rows)).clusters
        return {images.path[rows[member]]: one.slug for one in found for member in one.members.tolist()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Living:
    """A map of all but six of 120 posters; to be read only."""
    living = Living(tmp_path_factory.mktemp("living"))
    write_posters(living.posters, COUNT)
    living.hide(3, 40, 41, 77, 90, 119)
    living.build()
    return living


@pytest.fixture
def living(first: Living, tmp_path: Path) -> Living:
    """A copy, to change."""
    shutil.copytree(first.folder, tmp_path / "living", copy_function=shutil.copy2)
    return Living(tmp_path / "living")


def test_who_was_on_the_map_stays_when_others_come(living: Living) -> None:
    before = living.cells()
    living.show()
    report = living.build()
    now = living.cells()
    assert len(now) == COUNT
    assert sum(now[path] != cell for path, cell in before.items()) <= 1  # 0.9 % of 114
    assert report.figures["recall"] == {"kept": COUNT - 6, "new": 6}
    assert living.build().ran == []


def test_who_goes_leaves_a_hole_and_who_comes_back_finds_a_place(living: Living) -> None:
    before = living.cells()
    living.show()
    living.hide(5, 6)
    living.build()
    now = living.cells()
    assert len(now) == COUNT - 2
    gone = {describe(5).filename, describe(6).filename}
    assert sum(now[path] != cell for path, cell in before.items() if path not in gone) <= 1


def test_a_removed_poster_frees_its_cell_and_moves_nobody(living: Living) -> None:
    before = living.cells()
    living.hide(5, 6)
    living.build()
    gone = {describe(5).filename, describe(6).filename}
    assert living.cells() == {path: cell for path, cell in before.items() if path not in gone}


def test_a_changed_file_is_replaced_in_its_place(living: Living) -> None:
    before = living.cells()
    shutil.copy(living.folder / "aside" / describe(3).filename, living.posters / describe(5).filename)
    report = living.build()
    assert living.cells() == before
    assert report.figures["features"]["computed"] == 1


def test_a_link_to_a_removed_poster_is_known_to_be_to_one_that_is_gone(living: Living) -> None:
    before, ids = living.links(), [living.id_of(5), living.id_of(6)]
    titles = {str(living.posters_told()[id_]["title"]) for id_ in ids}
    living.hide(5, 6)
    living.build()
    assert living.links() == {**before, **dict.fromkeys(ids, -1)}
    assert mm.check(living.out).whole
    files = [path for path in living.out.rglob("*") if path.suffix in (".js", ".html", ".json")]
    assert not [path for path in files if any(title in path.read_text() for title in titles)]
    tell = {path.parent.name for path in files if ids[0] in path.read_text()}
    assert tell == {"ids", "data"}  # an id and no more; data/ is where the manifest tells what was removed
    assert living.build().ran == []


def test_a_link_to_a_poster_that_comes_back_finds_it_again(living: Living) -> None:
    id_, before = living.id_of(5), living.posters_told()
    living.hide(5)
    living.build()
    assert living.links()[id_] == -1
    (living.folder / "aside" / describe(5).filename).rename(living.posters / describe(5).filename)
    living.build()
    told = living.posters_told()
    assert living.links() == {id_: poster["cell"] for id_, poster in sorted(told.items())}
    assert told[id_]["title"] == before[id_]["title"]
    assert mm.check(living.out).whole


def test_posters_of_a_drive_that_was_not_there_come_back_to_their_places(living: Living) -> None:
    before, clusters = living.cells(), living.clusters()
    out = range(10, 40)
    living.hide(*out)
    assert living.build().figures["compare"]["gone"] == len(out)
    living.show(*out)
    report = living.build()
    assert (living.cells(), living.clusters()) == (before, clusters)
    assert (report.figures["compare"]["new"], report.figures["compare"]["moved"]) == (len(out), 0)
    assert mm.check(living.out).whole


def test_a_place_is_kept_until_somebody_takes_it() -> None:
    former = stands([[0, 0], [1, 0], [2, 0], [3, 0]], [0, 0, 1, 1])
    now = stands([[0, 0], [-1, -1], [-1, -1], [2, 0]], [0, -1, -1, -1])
    found = with_those_away(replace(now, clusters=[("b", "")], labels=np.array([-1] * 4, np.int32)), former)
    assert found.away.tolist() == [False, True, False, False]  # the third's was taken by the fourth
    assert found.held.tolist() == [True, False, False, True]
    assert found.cells[1].tolist() == [1, 0]
    assert found.labels.tolist() == [-1] * 4  # cluster "a" is no more
    again = recalled(found, np.array([True, True, False, True]), "so", 3)
    assert again.held.tolist() == [True, True, False, True]
    assert not recalled(found, np.array([True, False, False, True]), "so", 3).held[1]


def test_a_link_to_a_renamed_or_replaced_poster_stays_good(living: Living) -> None:
    renamed, replaced, before = living.id_of(5), living.id_of(6), living.posters_told()
    (living.posters / "moved").mkdir()
    (living.posters / describe(5).filename).rename(living.posters / "moved/Another name.jpg")
    shutil.copy(living.folder / "aside" / describe(3).filename, living.posters / describe(6).filename)
    living.build()
    told = living.posters_told()
    assert living.links() == {id_: poster["cell"] for id_, poster in sorted(before.items())}
    assert told[renamed]["title"] == "Another name"
    assert told[replaced]["title"] == before[replaced]["title"]
    assert mm.check(living.out).whole


def test_when_all_cells_are_taken_the_grid_grows_and_nobody_moves(living: Living) -> None:
    with Workspace(living.work) as work:
        last = artifacts.read_arrangement(work)
    room = last.columns * last.rows - (COUNT - 6)
    write_posters(living.posters, COUNT + room + 1)
    before = living.cells()
    living.build()
    with Workspace(living.work) as work:
        now = artifacts.read_arrangement(work)
    assert now.columns * now.rows > last.columns * last.rows
    assert now.columns >= last.columns
    assert now.rows >= last.rows
    cells = living.cells()
    assert sum(cells[path] != cell for path, cell in before.items()) <= 1


def test_fresh_has_nothing_to_go_on_from(living: Living) -> None:
    living.show()
    report = living.build(fresh=True)
    assert report.figures["recall"] == {"kept": 0, "new": COUNT}
    assert living.build().ran == []


def test_a_fresh_build_that_fails_costs_nobody_their_place(living: Living) -> None:
    living.show()
    living.build()
    before = living.cells()
    with pytest.raises(OptionError):
        living.build(fresh=True, max_bytes=1000)
    assert mm.status(living.posters, living.out, extractor="classic", poster_size=40).placing.kind == "continues"
    living.build()
    assert living.cells() == before
    living.build(fresh=True)
    anew = living.cells()
    assert anew != before
    assert living.build().ran == []
    living.hide(5)
    living.build()
    assert living.cells() == {path: cell for path, cell in anew.items() if path != describe(5).filename}


def test_an_option_that_changed_no_cell_costs_nobody_their_place(living: Living) -> None:
    before = living.cells()
    report = living.build(grid={"reserve": 0.0301})
    assert "remember" in report.ran
    assert living.cells() == before
    living.hide(5)
    living.build(grid={"reserve": 0.0301})
    assert living.cells() == {path: cell for path, cell in before.items() if path != describe(5).filename}


def test_a_map_of_which_more_is_new_than_old_is_laid_out_anew_and_says_so(living: Living) -> None:
    living.show()
    living.hide(*range(60))
    living.build(fresh=True)
    living.show()
    told = mm.status(living.posters, living.out, extractor="classic", poster_size=40)
    assert told.placing.kind == "continues"  # 60 of 120
    living.hide(*range(61))
    living.build(fresh=True)
    living.show()
    report = living.build()
    assert report.figures["recall"] == {"kept": 0, "new": COUNT}


def test_another_layout_has_nothing_to_go_on_from(living: Living) -> None:
    living.show()
    report = living.build(seed=1)
    assert report.figures["recall"]["kept"] == 0
    living.hide(7)
    assert living.build(seed=1).figures["recall"]["kept"] == COUNT - 1


def test_a_damaged_memory_of_the_last_map_is_told_and_costs_only_the_places(living: Living) -> None:
    (living.work / artifacts.STANDING).write_bytes(b"PK\x03\x04 no more")
    living.show()
    report = living.build()
    assert report.figures["recall"]["kept"] == 0
    assert any("standing.npz" in warning for warning in report.warnings)


def stands(cells: list[list[int]], labels: list[int], basis: str = "so") -> Standing:
    points = np.array([[x, y] if x >= 0 else [np.nan, np.nan] for x, y in cells], np.float32)
    clusters = [("a", "Lions"), ("b", "")]
    numbers = np.array(labels, np.int32)
    late = np.zeros(len(cells), bool)
    mean, axes = np.zeros(3, np.float32), np.zeros((3, 2), np.float32)
    return Standing(points, np.array(cells, np.int32), 9, 9, numbers, clusters, late, mean, axes, basis)


def test_what_is_recalled_leaves_out_who_is_gone() -> None:
    last = stands([[0, 0], [1, 0], [2, 0]], [0, 0, 1])
    found = recalled(last, np.array([True, False, True, True]), "so", 3)
    assert found.held.tolist() == [True, False, True, False]
    assert found.labels.tolist() == [0, -1, 1, -1]
    for present, basis, numbers in (([True] * 4, "other", 3), ([True] * 4, "so", 4), ([False] * 4, "so", 3)):
        assert not recalled(last, np.array(present), basis, numbers).held.any()


def test_a_new_point_lies_in_the_middle_of_its_nearest() -> None:
    from mapmaker.model import Neighbors

    points = np.array([[0, 0], [2, 0], [1, 9], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    index = np.array([[1], [0], [0], [0], [3]], np.int32).repeat(3, axis=1)
    index[3] = [0, 1, 2]
    graph = Neighbors(index, np.zeros(index.shape, np.float32))
    assert put_among(points, graph)[3:].tolist() == [[1, 0], [1, 0]]  # the last knows but the new one


def test_clusters_go_on_and_newcomers_join_those_around_them() -> None:
    last = stands([[0, 0], [1, 0], [0, 1], [7, 7], [8, 7], [7, 8], [-1, -1]], [0, 0, 0, -1, -1, -1, -1])
    points = last.points.copy()
    points[6] = (0.4, 0.4)
    labels = joined(points, last)
    assert labels.tolist() == [0, 0, 0, -1, -1, -1, 0]
    clusters = continued(labels, last.clusters)
    assert [(one.slug, one.name, one.members.tolist()) for one in clusters.clusters] == [("a", "Lions", [0, 1, 2, 6])]


def test_clusters_found_anew_inherit_slug_and_name_from_those_that_most_of_them_were_in() -> None:
    last = stands([[x, 0] for x in range(8)], [0, 0, 0, 1, 1, -1, -1, -1])
    found = numbered(np.array([1, 1, 1, 0, 2, 0, 0, 0], np.int32))
    assert isinstance(found, Clusters)
    heirs = inherited(found, last)
    assert [one.slug for one in heirs.clusters] == ["1", "a", "2"]
    assert heirs.clusters[1].name == "Lions"
