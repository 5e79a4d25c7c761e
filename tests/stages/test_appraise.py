"""How good a map is, in figures: held against what a person would count by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.appraisal import Appraisal, Count, as_json, from_json
from mapmaker.errors import ArtifactError
from mapmaker.model import Arrangement, Cluster, Clusters, Reject, Selection
from mapmaker.options import build
from mapmaker.quality import neighbor_preservation
from mapmaker.stages.appraise.blocks import Squares, squares
from mapmaker.stages.appraise.made import told_options
from mapmaker.stages.appraise.stage import cohesions, left_out
from mapmaker.stages.appraise.traits import decade_holders, tag_holders, together, traits
from mapmaker.stages.clusters import ClustersStage
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.layout import LayoutStage
from mapmaker.stages.triage import TriageStage
from mapmaker.workspace import Workspace

COLUMNS, ROWS = 30, 20


def full(columns: int = COLUMNS, rows: int = ROWS) -> Arrangement:
    numbers = np.arange(columns * rows)
    return Arrangement(np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32), columns, rows)


def test_blocks_hold_the_mean_of_their_posters_and_none_where_there_is_no_poster() -> None:
    arrangement = Arrangement(np.array([[0, 0], [1, 1], [4, 0], [4, 2]], np.int32), 7, 3)
    cut = Squares(arrangement, 2)
    values = np.array([1.0, 0.0, 0.5, 0.25])
    blocks = cut.blocks(cut.sums(values), cut.sums(np.ones(4)))
    assert (blocks.side, blocks.columns) == (2, 4)
    assert blocks.values == (0.5, None, 0.5, None, None, None, 0.25, None)


@pytest.mark.parametrize(
    ("columns", "rows", "side"), [(7, 5, 1), (13, 8, 2), (60, 40, 4), (115, 48, 4), (346, 260, 10), (2, 300, 9)]
)
def test_squares_are_as_small_as_says_something_and_few_enough_to_see(columns: int, rows: int, side: int) -> None:
    assert squares(Arrangement(np.zeros((1, 2), np.int32), columns, rows)).side == side


def test_the_weakest_and_strongest_squares_are_full_enough_and_do_not_touch() -> None:
    arrangement = full()
    columns, rows = arrangement.cells.T
    values = np.where((columns < 10) & (rows < 10), 0.9, 0.5)
    values[(columns >= 20) & (rows >= 8)] = 0.1
    weakest, strongest = squares(arrangement).extremes(values, 5)
    assert strongest[0].share == pytest.approx(0.9)
    assert weakest[0].share == pytest.approx(0.1)
    for regions in (weakest, strongest):
        corners = [(one.column // one.side, one.row // one.side) for one in regions]
        assert all(
            max(abs(a[0] - b[0]), abs(a[1] - b[1])) > 1 for place, a in enumerate(corners) for b in corners[:place]
        )
        for one in regions:
            column, row = arrangement.cells[one.middle]
            assert 0 <= column - one.column < one.side
            assert 0 <= row - one.row < one.side
            assert one.posters >= one.side**2 / 2
    assert {(one.column, one.row) for one in weakest}.isdisjoint((one.column, one.row) for one in strongest)


def test_around_a_poster_its_like_is_counted_among_those_of_whom_something_is_known() -> None:
    random = np.random.default_rng(0)
    arrangement = Arrangement(full().cells[random.random(COLUMNS * ROWS) < 0.9], COLUMNS, ROWS)
    n = len(arrangement.cells)
    years = [None if random.random() < 0.3 else int(random.integers(1960, 1990)) for _ in range(n)]
    known = np.array([year is not None for year in years])
    holders = decade_holders(years)
    found = traits(holders, known, squares(arrangement), 12)
    assert [one.name for one in found] == ["1960s", "1970s", "1980s"]
    for one, (_, has) in zip(found, holders, strict=True):
        steps = np.abs(arrangement.cells[:, None] - arrangement.cells).max(axis=2)
        beside = (steps <= 2) & (steps > 0)
        assert one.around == pytest.approx(beside[has][:, has].sum() / beside[has][:, known].sum())
        assert one.chance == pytest.approx((has.sum() - 1) / (known.sum() - 1))
        assert 0.8 < one.times < 1.2  # dealt out


def test_a_tag_that_owns_a_corner_is_at_home_there() -> None:
    arrangement = full()
    columns, rows = arrangement.cells.T
    mine = (columns >= 20) & (rows < 8)
    tags = [("corner", "all") if here else ("all",) for here in mine]
    corner, everywhere = reversed(traits(tag_holders(tags, 5), np.ones(len(tags), bool), squares(arrangement), 5))
    assert (corner.name, everywhere.name) == ("corner", "all")
    assert corner.home.share == 1.0
    assert corner.home.column >= 20
    assert corner.home.row < 8
    assert corner.times > 5
    assert everywhere.times == 1


def test_tags_are_counted_once_a_poster_and_the_most_frequent_come_first() -> None:
    holders = tag_holders([("a", "a", "b"), ("b", ""), (), ("c", "b"), ("a",)], 2)
    assert [(name, int(has.sum())) for name, has in holders] == [("b", 3), ("a", 2)]
    assert together(holders) == ((3, 1), (1, 2))


def test_what_is_rare_is_not_said_to_be_at_home_anywhere() -> None:
    tags = [("rare", "often") if number < 4 else ("often",) for number in range(COLUMNS * ROWS)]
    found = traits(tag_holders(tags, 5), np.ones(len(tags), bool), squares(full()), 5)
    assert [one.name for one in found] == ["often"]


@pytest.mark.parametrize("first", ["free", "undated"])
def test_where_nobody_is_known_nothing_is_at_home(first: str) -> None:
    cells = full(10, 7).cells
    arrangement = Arrangement(cells[1:] if first == "free" else cells, 10, 7)
    here = squares(arrangement)
    undated = [max(column, row) < here.side for column, row in arrangement.cells.tolist()]
    years = [None if first == "undated" and out else 1955 for out in undated]
    (only,) = traits(decade_holders(years), np.array([year is not None for year in years]), here, 5)
    assert only.home.share == 1.0


def test_of_the_largest_clusters_it_is_told_how_alike_their_posters_are() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(0.3, 1, (200, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels = np.where(np.arange(200) < 50, np.arange(200) % 25, -1).astype(np.int32)
    labels[50:60] = 7
    groups = [Cluster(str(label), "", np.flatnonzero(labels == label).astype(np.int32)) for label in range(25)]
    told = cohesions(vectors, Clusters(labels, groups))
    assert [one.slug for one in told] == ["7", *(str(label) for label in range(24) if label != 7)]
    inside = (vectors[groups[7].members] @ vectors[groups[7].members].T)[np.triu_indices(12, 1)]
    assert told[0].posters == 12
    assert told[0].cohesion == pytest.approx(inside.mean(), abs=1e-6)


def test_reasons_are_told_without_the_names_of_files() -> None:
    rejects = [
        Reject("a.jpg", "same file as secret.jpg"),
        Reject("b.jpg", "same file as other.jpg"),
        Reject("c", "empty"),
    ]
    verdicts = [Selection.KEPT, Selection.GONE, Selection.BLANK, "my own reason"]
    assert left_out(rejects, Selection(verdicts)) == (
        Count("same file as another", 2),
        Count("blank", 1),
        Count("empty", 1),
        Count("my own reason", 1),
    )


def test_options_are_told_as_users_write_them_and_of_files_no_name(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"")
    layout = build(LayoutStage, {"method": "tsne", "perplexity": 20}, "layout")
    triage = build(TriageStage, {"drop": tmp_path / "secret.txt"}, "triage")
    foreign = build(FeaturesStage, {"extractor": "mean_colour:MeanColour"}, "features")
    clusters = build(ClustersStage, {"refine": False}, "clusters")
    told = {one.name: one.value for one in told_options([layout, triage, foreign, clusters])}
    assert (told["layout.method"], told["layout.perplexity"]) == ("tsne", "20.0")
    assert (told["triage.drop"], told["triage.keep"]) == ("a file (e3b0c442...)", "none")
    assert (told["clusters.method"], told["clusters.refine"]) == ("dbscan", "false")
    assert (told["features.extractor"], told["features.file"]) == ("mean_colour:MeanColour", "none")


@pytest.fixture(scope="module")
def appraised(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("appraised")
    table = posters / "metadata.csv"
    mm.build(posters, folder / "map", table, folder / "work", workers=1, extractor="classic", poster_size=32)
    return Workspace(folder / "work")


def test_figures_of_a_build_are_those_that_others_measured(appraised: Workspace) -> None:
    told = artifacts.read_appraisal(appraised)
    selection = artifacts.read_selection(appraised)
    vectors, _ = artifacts.read_selected(appraised)
    cells = artifacts.read_arrangement(appraised).cells
    assert told.posters == len(selection.rows)
    assert told.near.value == pytest.approx(neighbor_preservation(vectors, cells), abs=0.002)
    assert told.near.chance == pytest.approx(24 / (told.posters - 1), abs=1e-4)
    assert told.placing.recall == 1
    record = appraised.record("layout")
    assert record is not None
    assert told.placing.divergence == record.figures["divergence"]
    assert sum(one.count for one in told.decades) == told.dated
    assert {one.name for one in told.options} >= {"grid.columns", "layout.perplexity", "neighbors.k"}


def test_what_is_written_is_read_as_it_was(appraised: Workspace) -> None:
    told = artifacts.read_appraisal(appraised)
    assert isinstance(told, Appraisal)
    assert from_json(json.loads(json.dumps(as_json(told)))) == told


def damaged(appraised: Workspace, folder: Path, place: str, wrong: object) -> Workspace:
    """Return a work folder whose quality.json has something wrong in one place, such as "weakest.0.middle"."""
    told: Any = json.loads(appraised.path(artifacts.APPRAISAL).read_text(encoding="utf-8"))
    *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
    inner = told
    for step in way:
        inner = inner[step]
    inner[last] = wrong
    work = Workspace(folder)
    work.path(artifacts.APPRAISAL).write_text(json.dumps(told), encoding="utf-8")
    return work


@pytest.mark.parametrize(
    ("place", "wrong", "said"),
    [
        ("posters", "many", "'many' is no int"),
        ("posters", True, "True is no int"),
        ("posters", 10**6, "1,000,000 posters on "),
        ("columns", 0, "a map of 0 x"),
        ("local", None, "not subscriptable"),
        ("local.values", [0.5], "1 squares"),
        ("local.values", "text", "'text' is no list"),
        ("local.side", 0, "squares of 0 cells"),
        ("near", {"value": 1.0}, "chance"),
        ("near.value", float("nan"), "nan is not finite"),
        ("cohesion", float("inf"), "inf is not finite"),
        ("weakest", [3], "not subscriptable"),
        ("weakest.0.middle", 10**6, "poster 1,000,000 of"),
        ("weakest.0.middle", -1, "poster -1 of"),
        ("strongest.0.column", 10**6, "a square at column 1,000,000"),
        ("strongest.0.side", 0, "a square at"),
        ("dated", 10**6, "something is known of 1,000,000 of"),
        ("dated", 0, "is told of"),
        ("decades.0.count", 0, "counted 0 times"),
        ("tag_traits.0.posters", 10**6, "is told of 1,000,000 of"),
        ("tag_traits.0.blocks.columns", 1, "1 in a row"),
        ("decade_traits.0.home.row", -1, "row -1"),
        ("pairs", ["one"], "no square of the 1 tags"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong_in_one_line(
    appraised: Workspace, tmp_path: Path, place: str, wrong: object, said: str
) -> None:
    with pytest.raises(ArtifactError, match=r"quality\.json") as error:
        artifacts.read_appraisal(damaged(appraised, tmp_path, place, wrong))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_figures_of_other_posters_are_refused(appraised: Workspace) -> None:
    posters = artifacts.read_appraisal(appraised).posters
    assert artifacts.read_appraisal(appraised, posters).posters == posters
    with pytest.raises(ArtifactError, match=f"{posters} rows, but there must be {posters + 1}"):
        artifacts.read_appraisal(appraised, posters + 1)


def test_of_a_layout_that_somebody_else_made_no_divergence_is_told(
    posters: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("by-hand")

    def run() -> mm.Report:
        return mm.build(posters, folder / "map", work=folder / "work", workers=1, extractor="classic", poster_size=32)

    run()
    place = folder / "work" / artifacts.LAYOUT
    np.save(place, np.load(place)[:, ::-1])
    assert "appraise" in run().ran
    assert artifacts.read_appraisal(Workspace(folder / "work")).placing.divergence is None
