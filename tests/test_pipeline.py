"""A folder of posters becomes a map: all of it, the same every time, and never more work than is needed."""

import csv
import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ArtifactError, EngineError, ImagesError, InputError, OptionError, OutputError
from mapmaker.manifest import MANIFEST
from mapmaker.model import Arrangement, Images
from mapmaker.pipeline import STAGES, plan
from mapmaker.progress import Silence
from mapmaker.sources.demo import describe, write_posters
from mapmaker.stages.compose import ComposeStage
from mapmaker.workspace import Record, Workspace

Tree = Callable[[Path], dict[str, str]]
Picture = Callable[..., Path]
AWKWARD = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "awkward"
FRAME = re.compile(r"\(self\.mapmaker\?\?=\[\]\)\.push\((.*)\);\n")
HOSTILE = "</script><script>alert(1)</script>\"'&{{7*7}}\u2028${x}"


class Built:
    """A folder of posters with a map made of it, to change and build again."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.table = self.posters / "metadata.csv"
        self.options = {"extractor": "classic", "workers": 1, **options}

    def build(self, **more: Any) -> mm.Report:
        return mm.build(self.posters, self.out, self.table, **{**self.options, **more})

    def artefacts(self) -> tuple[Images, Arrangement]:
        with Workspace(self.work) as work:
            return artifacts.read_images(work), artifacts.read_arrangement(work)

    def scripts(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in (self.out / "data").rglob("*.js"):
            framed = FRAME.fullmatch(path.read_text(encoding="utf-8"))
            assert framed
            name, value = json.loads(framed[1])
            found[name] = value
        return found

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return the posters of the finished map by id, as the viewer is told."""
        scripts = self.scripts()
        shards = [value["posters"] for name, value in scripts.items() if name.startswith("posters/")]
        return {poster["id"]: poster for shard in shards for poster in shard}


@pytest.fixture(scope="module")
def first(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, mm.Report]]:
    """30 demo posters and their map, built once; to be read only."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(posters, folder / "posters")
    built = Built(folder)
    yield built, built.build()


@pytest.fixture
def built(first: tuple[Built, mm.Report], tmp_path: Path) -> Built:
    """A copy of it, to change; times of change stay, as they do for whoever moves nothing."""
    source = first[0].out.parent
    for name in ("posters", "map", ".mapmaker"):
        subprocess.run(["cp", "-a", source / name, tmp_path / name], check=True)
    copy = Built(tmp_path)
    copy.build()  # the map's place is another: it is composed anew
    return copy


def test_a_build_sets_nothing_aside_for_good_from_the_search_for_garbage(posters: Path, tmp_path: Path) -> None:
    shutil.copytree(posters, tmp_path / "posters")
    gc.freeze()
    Built(tmp_path).build()
    assert gc.get_freeze_count() == 0


def test_every_poster_stands_in_exactly_one_cell(first: tuple[Built, mm.Report]) -> None:
    built, report = first
    assert report.ran == [stage.name for stage in STAGES]
    assert report.figures["triage"]["kept"] == 30
    assert list(report.rejects) == []
    images, arrangement = built.artefacts()
    cells = [tuple(cell) for cell in arrangement.cells.tolist()]
    assert len(set(cells)) == len(cells) == 30
    shown = built.shown()
    assert set(shown) == set(images.id)
    numbers = {id_: row * arrangement.columns + column for id_, (column, row) in zip(images.id, cells, strict=True)}
    assert {id_: poster["cell"] for id_, poster in shown.items()} == numbers


def test_what_the_table_says_of_a_poster_is_on_the_map(first: tuple[Built, mm.Report]) -> None:
    built, _ = first
    images, _ = built.artefacts()
    with built.table.open(encoding="utf-8", newline="") as file:
        told = {row["filename"]: row for row in csv.DictReader(file)}
    shown = built.shown()
    for id_, path in zip(images.id, images.path, strict=True):
        assert shown[id_]["title"] == told[path]["title"]
        assert shown[id_]["year"] == int(told[path]["year"])
        assert "|".join(shown[id_]["tags"]) == told[path]["tags"]


def test_each_poster_is_painted_on_its_own_cell(first: tuple[Built, mm.Report]) -> None:
    built, _ = first
    images, arrangement = built.artefacts()
    told = built.scripts()["map"]
    width, height, zoom = told["cell"]["width"], told["cell"]["height"], told["tiles"]["maxZoom"]
    whole = Image.new("RGB", (arrangement.columns * width, arrangement.rows * height))
    for tile in (built.out / "tiles" / str(zoom)).rglob("*.webp"):
        x, y = int(tile.parent.name), int(tile.stem)
        with Image.open(tile) as picture:
            whole.paste(picture.convert("RGB"), (x * 512, y * 512))
    for path, (column, row) in zip(images.path, arrangement.cells.tolist(), strict=True):
        painted = whole.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))
        with Image.open(built.posters / path) as poster:
            difference = np.asarray(painted.resize((24, 36)), float) - np.asarray(poster.resize((24, 36)), float)
        assert np.abs(difference).mean() < 12, path


def test_the_manifest_lists_every_file_of_the_site(first: tuple[Built, mm.Report], tree: Tree) -> None:
    built, report = first
    listed = json.loads((built.out / "data" / "manifest.json").read_text())["files"]
    there = {name: digest for name, digest in tree(built.out).items() if digest != "folder"}
    del there["data/manifest.json"]
    assert listed == there
    assert report.figures["compose"]["files"] == len(listed) + 1
    assert {"index.html", ".nojekyll", "assets/viewer.js", "assets/viewer.css", "data/map.js"} <= set(listed)


def test_a_second_run_does_nothing(built: Built, tree: Tree) -> None:
    before = tree(built.out), (built.out / "index.html").stat().st_mtime_ns
    report = built.build()
    assert report.ran == []
    assert (tree(built.out), (built.out / "index.html").stat().st_mtime_ns) == before
    assert report.figures["triage"]["kept"] == 30


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
    assert built.scripts()["map"]["columns"] == 5
    assert built.build(columns=5, title="Other").ran == ["compose"]
    assert built.build(columns=5, title="Other", poster_size=40).ran == ["raster", "compose"]
    assert 30 <= built.scripts()["map"]["cell"]["width"] <= 40  # a whole number of pixels at every zoom


def test_built_twice_from_scratch_is_the_same_to_the_byte(
    first: tuple[Built, mm.Report], posters: Path, tmp_path: Path, tree: Tree
) -> None:
    elsewhere = tmp_path / "another" / "place"
    elsewhere.mkdir(parents=True)
    for name in sorted((path.name for path in posters.iterdir()), reverse=True):
        shutil.copy(posters / name, elsewhere.parent / name)  # in another order, with other times
    (elsewhere.parent / "place").rmdir()
    again = Built(tmp_path / "another")
    again.posters.mkdir()
    for path in [path for path in again.out.parent.iterdir() if path.is_file()]:
        path.rename(again.posters / path.name)
    again.build(workers=2)
    assert tree(again.out) == tree(first[0].out)


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
        Image.new("RGB", (40, 60), "grey").save(built.posters / f"{i}.png")
        with Image.open(built.posters / f"{i}.png") as picture:
            picture.putpixel((0, i), (129, 128, 128))
            picture.save(built.posters / f"{i}.png")
    built.build(triage={"blank": "off", "near": "off", "placeholder": "off"})
    assert len(built.shown()) == 12


def test_hostile_titles_are_text_and_nothing_else(tmp_path: Path, picture: Picture) -> None:
    built = Built(tmp_path)
    picture(built.posters / "a.png")
    picture(built.posters / "b<img src=x>&amp;.png", 1)
    with built.table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("filename", "title", "url", HOSTILE), ("a.png", HOSTILE, "javascript:x", HOSTILE)])
    built.build(title=HOSTILE, compose={"description": HOSTILE, "language": '"><script>'})
    page = (built.out / "index.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert '"><script>' not in page
    for script in (built.out / "data").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert "<" not in text
        assert "\u2028" not in text
    titles = {poster["title"]: poster for poster in built.shown().values()}
    assert set(titles) == {HOSTILE, "b<img src=x>&amp;"}
    assert titles[HOSTILE]["url"] == ""
    assert titles[HOSTILE]["more"] == [HOSTILE]
    assert built.scripts()["map"]["title"] == HOSTILE


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


def test_the_map_is_called_as_the_folder_unless_told(tmp_path: Path, picture: Picture) -> None:
    picture(tmp_path / "posters_of NASA" / "a.png")
    mm.build(tmp_path / "posters_of NASA", tmp_path / "map", extractor="classic", workers=1)
    assert '<title lang="">Posters of NASA</title>' in (tmp_path / "map" / "index.html").read_text(encoding="utf-8")


def test_map_and_work_may_lie_inside_the_folder_of_images(tmp_path: Path, picture: Picture) -> None:
    for seed in range(3):
        picture(tmp_path / f"{seed}.png", seed)
    for expected in (list(STAGES), []):
        report = mm.build(tmp_path, tmp_path / "map", work=tmp_path / "work", extractor="classic", workers=1)
        assert len(report.ran) == len(expected)
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


def test_what_a_skipped_stage_had_to_warn_of_is_said_again(built: Built) -> None:
    with built.table.open("a", encoding="utf-8") as file:
        file.write("nowhere.jpg,Ghost\n")
    told = built.build().warnings
    assert [warning for warning in told if "'nowhere.jpg'" in warning]
    again = built.build()
    assert again.ran == []
    assert again.warnings == told


def test_features_from_elsewhere_take_the_place_of_an_extractor(built: Built) -> None:
    images, _ = built.artefacts()
    values = np.random.default_rng(0).normal(size=(30, 12)).astype(np.float32)
    np.savez(built.posters.parent / "f.npz", filenames=np.array(images.path)[::-1], features=values[::-1])
    report = built.build(features=built.posters.parent / "f.npz")
    assert report.figures["features"] == {"computed": 0, "posters": 30, "numbers": 12}
    assert np.load(built.work / "features.npy").tolist() == values.tolist()


def adjacent_share(built: Built) -> float:
    """Return the share of posters that have one of their family above, below, left or right of them."""
    images, arrangement = built.artefacts()
    with built.table.open(encoding="utf-8", newline="") as file:
        family = {row["filename"]: row["family"] for row in csv.DictReader(file)}
    at = {tuple(cell): family[images.path[row]] for row, cell in enumerate(arrangement.cells.tolist())}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    return float(np.mean([any(at.get((x + i, y + j)) == kind for i, j in steps) for (x, y), kind in at.items()]))


def test_families_come_together_by_shape_and_not_by_mean_colour(tmp_path: Path) -> None:
    built = Built(tmp_path, workers=0)
    write_posters(built.posters, 420)
    all_ = {"near": "off"}  # some are of one palette and differ in their titles
    built.build(poster_size=8, triage=all_)
    by_shape = adjacent_share(built)
    built.build(poster_size=8, triage=all_, extractor="mean_colour:MeanColour")
    by_colour = adjacent_share(built)
    assert by_shape >= 0.97 > 0.50 >= by_colour


MEASURED = """
import json, os, sys, threading, time
from pathlib import Path
import mapmaker as mm

def held():
    total, parents = 0, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            parents[int(status.parent.name)] = int(lines["PPid"]), int(lines.get("VmRSS", "0 kB").split()[0])
        except (OSError, ValueError):
            continue
    mine = {os.getpid()}
    while more := {pid for pid, (parent, _) in parents.items() if parent in mine and pid not in mine}:
        mine |= more
    return sum(parents[pid][1] for pid in mine if pid in parents) * 1024

peak = 0
def watch():
    global peak
    while True:
        peak = max(peak, held())
        time.sleep(0.1)

if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    report = mm.build(sys.argv[1], sys.argv[2], extractor="classic")
    print(json.dumps({"peak": peak, "rejects": [[r.path, r.reason] for r in report.rejects]}))
"""


@pytest.mark.shared
@pytest.mark.skipif(not AWKWARD.is_dir(), reason="no awkward files: ../shared/data/awkward")
def test_every_awkward_file_is_on_the_map_or_left_out_with_a_reason(tmp_path: Path) -> None:
    program = tmp_path / "measured.py"
    program.write_text(MEASURED)
    words = [sys.executable, str(program), str(AWKWARD), str(tmp_path / "map")]
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
    assert told["peak"] < 2e9


def test_a_dead_worker_is_our_failure_and_the_old_map_stands(built: Built, tree: Tree) -> None:
    before = tree(built.out)
    with pytest.raises(EngineError, match="a worker process died"):
        built.build(extractor="mean_colour:Dying", workers=2)
    assert tree(built.out) == before


def test_a_report_is_plain_values(first: tuple[Built, mm.Report]) -> None:
    _, report = first
    json.dumps(report.figures)
    assert report.seconds > 0
    assert Record("", {}, report.figures["grid"]).figures["columns"]


def test_archives_are_no_larger_than_the_host_takes_and_refused_where_they_cannot_be_read() -> None:
    packed = {"compose": {"tiles": "pmtiles"}}
    composed = {stage.name: stage for stage in plan({**packed, "raster": {"host": "github-pages"}})}["compose"]
    assert isinstance(composed, ComposeStage)
    assert composed.archive_bytes == 100_000_000
    with pytest.raises(OptionError, match="Cloudflare Pages does not"):
        plan({**packed, "raster": {"host": "cloudflare-pages"}})


@pytest.mark.parametrize("listed", [True, False])
def test_the_plan_for_a_host_counts_list_and_galleries_if_the_site_will_have_them(
    posters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], listed: bool
) -> None:
    shown: list[str] = []

    class Heard(Silence):
        def show(self, lines: Sequence[str]) -> None:
            shown.extend(lines)

    chosen = {"list": listed, "galleries": listed, "search": "director"}
    options: dict[str, Any] = {"extractor": "classic", "layout": "pca", "poster_size": 32, "host": "s3"}
    table = posters / "metadata.csv"
    mm.build(posters, tmp_path / "map", table, workers=1, progress=Heard(), compose=chosen, **options)
    files = sum(path.is_file() for path in (tmp_path / "map").rglob("*"))
    foretold = int(re.search(r"([\d,]+) files; for", shown[-1])[1].replace(",", ""))  # type: ignore[index]
    assert abs(foretold - files) <= (4 if listed else 0)  # what clusters there will be is a guess
