"""What status says of a build is what the build then does, and saying it changes nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts, cli, workspace
from mapmaker.errors import ArtifactError, ImagesError, InputError, OptionError, OutputError
from mapmaker.forecast import Forecast, times
from mapmaker.forecast.told import Placing, PosterCounts
from mapmaker.model import Standing
from mapmaker.pipeline import STAGES, plan
from mapmaker.running import Reason
from mapmaker.sources.demo import describe, write_posters
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.grid import GridStage
from mapmaker.stages.scan import Listed, Seen, foreseen, settle
from mapmaker.workspace import Record, Workspace
from tests.conftest import Picture

COUNT = 30
ALL = [stage.name for stage in STAGES]


class Place:
    """Demo posters, their table, their map."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.table = folder / "titles.csv"

    def status(self, **more: Any) -> Forecast:
        """Return what status says, once it is seen that it changed nothing."""
        before = everything(self.folder)
        told = mm.status(*self.arguments(more), **self.options(more))
        assert everything(self.folder) == before
        return told

    def build(self, **more: Any) -> mm.Report:
        return mm.build(*self.arguments(more), **self.options(more))

    def arguments(self, more: dict[str, Any]) -> tuple[Path, Path, Path | None]:
        return self.posters, self.out, more.get("metadata", self.table)

    def options(self, more: dict[str, Any]) -> dict[str, Any]:
        chosen = {"extractor": "classic", "layout": "pca", "poster_size": 40, "workers": 1, **more}
        return {name: value for name, value in chosen.items() if name != "metadata"}

    def poster(self, number: int) -> Path:
        return self.posters / describe(number).filename

    def retitle(self) -> None:
        text, title = self.table.read_text(encoding="utf-8"), describe(0).title
        assert title in text
        self.table.write_text(text.replace(title, "Corrected", 1), encoding="utf-8")

    def agreed(self, **more: Any) -> Forecast:
        """Return what status says, once it is seen that a build does just that."""
        told = self.status(**more)
        ran = self.build(**more).ran
        certain = [one.stage for one in told.stages if one.verdict == "runs"]
        assert set(certain) <= set(ran) <= set(told.runs)
        assert [one.stage for one in told.stages] == ALL
        assert self.status(**{**more, "fresh": False}).runs == []
        return told


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and time of change of all that is in a folder, by path."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return {str(path): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mtime_ns) for path in paths}


def verdict(told: Forecast, stage: str) -> str:
    return next(one.verdict for one in told.stages if one.stage == stage)


def reasons(told: Forecast, stage: str) -> list[tuple[str, str]]:
    (one,) = [one for one in told.stages if one.stage == stage]
    return [(reason.kind, reason.what) for reason in one.reasons]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A map of 30 posters; to be read only."""
    place = Place(tmp_path_factory.mktemp("status"))
    shutil.move(write_posters(place.posters, COUNT), place.table)
    place.build()
    yield place


@pytest.fixture
def place(first: Place, tmp_path: Path) -> Place:
    """A copy of it, to change; times of change stay."""
    for name in ("posters", "map", ".mapmaker", "titles.csv"):
        subprocess.run(["cp", "-a", first.folder / name, tmp_path / name], check=True)
    copy = Place(tmp_path)
    assert copy.build().ran == ["compose"]  # the map's place is another
    return copy


def test_where_nothing_changed_nothing_would_run(place: Place) -> None:
    told = place.agreed()
    assert told.runs == []
    assert told.posters == PosterCounts(0, 0, 0, 0, COUNT, 0, 0)
    assert (told.metadata, told.options, told.placing, told.place) == ("same", [], Placing("stay"), "ours")
    assert (told.seconds, told.untimed, told.busy) == (0, [], False)


def test_of_a_first_build_all_would_run_and_no_time_is_known(first: Place, tmp_path: Path) -> None:
    shutil.copytree(first.posters, tmp_path / "posters")
    shutil.copy(first.table, tmp_path / "titles.csv")
    told = Place(tmp_path).agreed()
    assert told.runs == ALL
    assert {kind for stage in ALL for kind, _ in reasons(told, stage)} == {"never"}
    assert told.posters == PosterCounts(COUNT, 0, 0, 0, 0, COUNT, COUNT)
    assert (told.metadata, told.placing.kind, told.place) == ("new", "first", "new")
    assert (told.seconds, told.untimed) == (0, ALL)


def test_a_corrected_title_runs_the_metadata_and_what_shows_titles(place: Place) -> None:
    place.retitle()
    told = place.agreed()
    assert told.runs == ["metadata", "naming", "appraise", "compose", "remember"]
    assert verdict(told, "appraise") == "follows"  # tags may have changed, too
    assert (told.metadata, told.placing.kind) == ("changed", "stay")
    assert reasons(told, "metadata") == [("outside", "table")]
    assert verdict(told, "compose") == "follows"
    (compose,) = [one for one in told.stages if one.stage == "compose"]
    assert compose.after == ["metadata", "naming", "appraise"]
    assert 0 < told.seconds < 60


def test_with_a_host_titles_also_say_how_large_posters_may_be(place: Place) -> None:
    place.build(host="s3")
    place.retitle()
    assert place.agreed(host="s3").runs == ["metadata", "naming", "appraise", "raster", "compose", "remember"]


def test_a_table_that_is_no_longer_given_is_told(place: Place) -> None:
    assert place.agreed(metadata=None).metadata == "gone"
    assert place.agreed(metadata=None).metadata == "none"
    assert place.agreed().metadata == "new"


def test_an_option_is_told_with_what_it_was(place: Place) -> None:
    told = place.agreed(columns=5)
    assert [str(one.what) for one in told.options] == ["grid.columns"]
    assert (told.options[0].before, told.options[0].now) == ("0", "5")
    assert told.placing == Placing("fresh", ("grid.columns",))
    assert told.runs == ["recall", "grid", "arrange", "compare", "appraise", "raster", "compose", "remember"]
    assert reasons(told, "recall") == [("outside", "basis")]


def test_another_method_is_told_by_name(place: Place) -> None:
    told = place.agreed(layout="tsne")
    assert told.options == [Reason("option", "layout.method", "pca", "tsne")]
    assert "layout" in told.untimed
    again = place.agreed(layout="tsne", seed=4)
    assert again.options == [Reason("option", "layout.seed", "0", "4")]
    assert "layout" not in again.untimed


def test_an_option_of_the_site_leaves_posters_where_they_are(place: Place) -> None:
    told = place.agreed(title="Other", compose={"search": ("director",)})
    assert told.runs == ["compose"]
    assert ("option", "compose.title") in reasons(told, "compose")
    assert {(one.what, one.before, one.now) for one in told.options} == {
        ("compose.title", "empty", "Other"),
        ("compose.search", "empty", "director"),
    }
    assert told.placing.kind == "stay"


def test_new_changed_removed_and_renamed_posters_are_counted(place: Place, picture: Picture) -> None:
    picture(place.posters / "new.png", 99)
    shutil.copy(place.poster(3), place.folder / "kept.jpg")
    shutil.copy(place.posters / "new.png", place.poster(3))
    picture(place.poster(3), 98)
    place.poster(4).unlink()
    place.poster(5).rename(place.posters / "renamed.jpg")
    told = place.agreed()
    assert told.posters == PosterCounts(new=1, changed=1, removed=1, renamed=1, same=27, to_look_at=3, to_compute=2)
    assert told.placing == Placing("continues")
    assert told.runs == ALL
    assert reasons(told, "scan") == [("outside", "files")]
    assert verdict(told, "features") == "follows"
    assert place.status().posters == PosterCounts(0, 0, 0, 0, COUNT, 0, 0)


def test_a_file_that_was_only_touched_follows_through_to_nothing(place: Place) -> None:
    os.utime(place.poster(3), ns=(1, 1))
    before = place.status()
    assert before.posters.changed == 1
    assert place.build().ran == ["scan"]
    assert set(before.runs) == set(ALL)
    assert [one.stage for one in before.stages if one.verdict == "runs"] == ["scan"]


def test_a_poster_that_comes_back_is_new_and_costs_no_look_at_its_features(place: Place) -> None:
    place.poster(7).rename(place.folder / "aside.jpg")
    assert place.agreed().posters.removed == 1
    (place.folder / "aside.jpg").rename(place.poster(7))
    told = place.agreed()
    assert (told.posters.new, told.posters.same) == (1, COUNT - 1)


def test_with_another_extractor_all_posters_are_to_be_computed(place: Place) -> None:
    told = place.agreed(extractor="mean_colour:MeanColour")
    assert told.posters.to_compute == COUNT
    assert told.options == [Reason("option", "features.extractor", "classic", "mean_colour:MeanColour")]
    assert told.placing == Placing("fresh", ("features.extractor",))
    shutil.rmtree(place.work / "cache" / "features")
    (place.work / "features.npy").unlink()
    again = place.agreed(extractor="mean_colour:MeanColour")
    assert again.posters.to_compute == COUNT
    assert reasons(again, "features") == [("missing", "features.npy")]


def test_features_from_elsewhere_are_told_as_a_file(place: Place) -> None:
    for values in (np.eye(COUNT, dtype=np.float32), np.eye(COUNT, dtype=np.float32)[::-1]):
        np.save(place.folder / "f.npy", values)
        told = place.agreed(features=place.folder / "f.npy")
        assert told.posters.to_compute == 0
        (option,) = told.options
        assert option.what == "features.file"
        assert option.now.startswith("a file (")


def test_an_artefact_edited_by_hand_is_used_and_put_aside_when_its_stage_runs(place: Place) -> None:
    points = np.load(place.work / "layout.npy")
    np.save(place.work / "layout.npy", points[::-1])
    told = place.status()
    (layout,) = [one for one in told.stages if one.stage == "layout"]
    assert (layout.verdict, layout.by_hand) == ("up to date", ["layout.npy"])
    assert reasons(told, "grid") == [("input", "layout.npy")]
    assert verdict(told, "grid") == "runs"
    place.agreed()
    told = place.agreed(layout="tsne")
    (layout,) = [one for one in told.stages if one.stage == "layout"]
    assert (layout.verdict, layout.by_hand) == ("runs", ["layout.npy"])
    (kept,) = (place.work / "replaced").iterdir()
    assert np.load(kept).tolist() == points[::-1].tolist()


@pytest.mark.parametrize("stage", STAGES, ids=ALL)
def test_a_deleted_artefact_is_missed(place: Place, stage: Any) -> None:
    if not stage.writes:
        (place.out / "index.html").unlink()
        assert reasons(place.agreed(), stage.name) == [("damaged", "")]
        return
    path = place.work / stage.writes[0]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    told = place.agreed()
    assert reasons(told, stage.name) == [("missing", stage.writes[0])]


def test_a_lost_tile_is_missed(place: Place) -> None:
    next((place.work / "tiles").rglob("*.webp")).unlink()
    told = place.agreed()
    assert reasons(told, "raster") == [("damaged", "")]
    assert told.placing.kind == "stay"


def test_fresh_after_posters_came_lays_out_anew_and_is_not_needed_where_all_is_fresh(
    place: Place, picture: Picture
) -> None:
    assert place.agreed(fresh=True).runs == ["recall", "remember"]
    picture(place.posters / "new.png", 99)
    place.agreed()
    told = place.agreed(fresh=True)
    assert told.placing == Placing("fresh", ("--fresh",))
    assert verdict(told, "layout") != "up to date"
    assert verdict(told, "neighbors") == "runs"  # the space that it went on from is given up, as is known


def test_a_last_map_that_cannot_be_read_is_nothing_to_go_on_from(place: Place, picture: Picture) -> None:
    (place.work / artifacts.STANDING).write_bytes(b"PK no more")
    picture(place.posters / "new.png", 99)
    assert place.agreed().placing == Placing("fresh", (artifacts.STANDING,))


def test_an_option_that_went_back_to_what_it_was_finds_the_last_map(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(GridStage, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            place.build(columns=5)
    assert place.agreed().placing.kind == "continues"


def interrupted(*_: object) -> Any:
    raise KeyboardInterrupt


def test_a_killed_first_build_goes_on_where_it_was(
    first: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(first.posters, tmp_path / "posters")
    shutil.copy(first.table, tmp_path / "titles.csv")
    place = Place(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(FeaturesStage, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            place.build()
    told = place.agreed()
    assert told.runs == ALL[2:]
    assert told.posters == PosterCounts(0, 0, 0, 0, COUNT, 0, COUNT)


def test_a_build_killed_while_it_puts_an_artefact_in_place_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "_swap", interrupted)
        with pytest.raises(KeyboardInterrupt):
            place.build(columns=5)
    told = place.agreed(columns=5)
    assert reasons(told, "recall") == [("interrupted", "")]


def test_a_build_killed_between_old_and_new_site_finds_the_old_one(place: Place) -> None:
    place.out.rename(place.folder / ".map.mapmaker-old")
    told = place.agreed()
    assert (told.place, told.runs) == ("ours", [])
    assert place.out.is_dir()


def test_another_version_of_a_stage_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GridStage, "version", 99)
    told = place.agreed()
    assert reasons(told, "grid") == [("version", "")]
    assert told.placing.kind == "fresh"  # as it was: this map was laid out fresh, and nobody moves


def test_a_record_that_tells_too_little_says_so(place: Place) -> None:
    file = place.work / "grid.record.json"
    record = {name: value for name, value in json.loads(file.read_text()).items() if name in ("outputs", "figures")}
    file.write_text(json.dumps({**record, "fingerprint": "of old"}))
    assert reasons(place.agreed(), "grid") == [("unknown", "")]


def test_a_lost_memory_of_the_scan_takes_files_for_the_same(place: Place, picture: Picture) -> None:
    (place.posters / "notes.txt").write_text("x")
    place.build()
    shutil.rmtree(place.work / "cache" / "scan")
    picture(place.posters / "new.png", 99)
    told = place.agreed()
    assert (told.posters.new, told.posters.same, told.posters.to_look_at) == (1, COUNT, COUNT + 2)


def test_while_a_build_is_running_status_says_so_and_keeps_nobody_waiting(place: Place) -> None:
    with Workspace(place.work):
        assert place.status().busy
    assert not place.status().busy


def test_what_a_build_would_refuse_status_refuses_in_the_same_words(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    wrong: list[tuple[dict[str, Any], type[InputError]]] = [
        ({"images": tmp_path / "missing"}, ImagesError),
        ({"images": tmp_path / "empty"}, ImagesError),
        ({"out": tmp_path / "mine"}, OutputError),
        ({"out": tmp_path / "file"}, OutputError),
        ({"out": tmp_path / "file" / "map", "work": tmp_path / "w"}, OutputError),
        ({"work": tmp_path / "mine"}, OutputError),
        ({"work": tmp_path / "file"}, OutputError),
        ({"work": tmp_path / "file" / "work"}, OutputError),
        ({"out": place.posters}, OptionError),
        ({"weights": tmp_path / "missing"}, InputError),
        ({"metadata": tmp_path / "missing"}, InputError),
        ({"columns": -1}, OptionError),
        ({"workers": -1}, OptionError),
        ({"no_such": 1}, OptionError),
    ]
    for given, kind in wrong:
        extractor = {} if "weights" in given else {"extractor": "classic"}
        arguments: dict[str, Any] = {"images": place.posters, "out": tmp_path / "new", **extractor, **given}
        before = everything(tmp_path)
        with pytest.raises(kind) as said:
            mm.status(**arguments)
        assert everything(tmp_path) == before
        with pytest.raises(kind) as built:
            mm.build(**arguments)
        assert str(said.value) == str(built.value)
    (place.work / "images.csv").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"images\.csv"):
        place.status()


def test_the_empty_folder_for_a_map_is_told(place: Place) -> None:
    shutil.rmtree(place.out)
    place.out.mkdir()
    assert place.agreed().place == "empty"


def test_status_needs_no_network_and_no_fitting(place: Place) -> None:
    heavy = ["tensorflow", "keras", "openTSNE", "faiss", "numba", "sklearn", "skimage", "PIL.ImageFile"]
    code = f"import sys, mapmaker as mm; mm.status({str(place.posters)!r}, {str(place.out)!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(heavy[:-1]) & set(done.stdout.split())


def test_the_command_says_it_in_lines_and_as_json(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(place.posters), "--out", str(place.out), "--metadata", str(place.table), "--workers", "1"]
    words += ["--extractor", "classic", "--layout", "pca", "--poster-size", "40"]
    assert cli.main(["status", *words]) == 0
    assert "nothing to do" in capsys.readouterr().out
    place.poster(4).unlink()
    np.save(place.work / "layout.npy", np.load(place.work / "layout.npy")[::-1])
    assert cli.main(["status", *words, "--columns", "5"]) == 0
    said = capsys.readouterr().out
    assert "1 removed, 29 the same" in said
    assert "grid.columns: 0 -> 5" in said
    assert "all are laid out anew: grid.columns changed" in said
    assert "layout.npy is not as it was written" in said
    assert "follows     scan" in said
    assert "  time      about " in said
    assert cli.main(["status", *words, "--title", "X"]) == 0
    assert "compose    runs        compose.title changed; scan runs" in capsys.readouterr().out
    assert cli.main(["status", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["runs"] == ALL
    assert told["posters"]["removed"] == 1
    assert {one["stage"]: one["verdict"] for one in told["stages"]}["scan"] == "runs"
    assert cli.main(["status", *words, "--fresh"]) == 0
    assert "--fresh" in capsys.readouterr().out
    with Workspace(place.work):
        assert cli.main(["status", *words]) == 0
    assert "Another build is at work" in capsys.readouterr().out
    assert cli.main(["status", str(place.folder / "none")]) == 2


def test_a_digest_foretold_is_that_of_what_is_written(tmp_path: Path) -> None:
    with Workspace(tmp_path / "work") as work:
        artifacts.write_standing(work, Standing.nothing())
        written = workspace.file_digest(work.fresh(artifacts.STANDING))
    assert artifacts.standing_digest(Standing.nothing()) == written


def test_what_is_foreseen_of_files_not_seen_is_what_a_scan_settles() -> None:
    seen = {"a": Seen("1", "1", 9, 9), "b": Seen("2", "2", 9, 9), "c": Seen("", reason="not an image")}
    listed = {path: Listed(path, number, number) for number, path in enumerate(seen)}
    images, rejects = settle(None, seen)
    known = {listed[path]: one for path, one in seen.items()}
    moved = [Listed("d", 0, 0), Listed("b", 7, 7), listed["c"], Listed("e", 8, 8)]
    changes = foreseen(moved, known, images, rejects)
    counts = (changes.new, changes.changed, changes.removed, changes.renamed, changes.same, changes.unread)
    assert counts == (1, 1, 0, 1, 0, 3)


def test_times_grow_with_what_there_is_to_do_and_are_unknown_without_an_earlier_run() -> None:
    features = next(stage for stage in plan({}) if stage.name == "features")
    posters = PosterCounts(100, 0, 0, 0, 900, 100, 100)
    record = Record("f", {}, {"computed": 10}, seconds=4.0, most={"amount": 1000.0, "seconds": 200.0})
    records: dict[str, Record | None] = {"features": record, "scan": Record("s", {}, {"posters": 900})}

    def told(reasons: list[Reason] | None = None, **changed: Any) -> float | None:
        some = PosterCounts(**{**vars(posters), **changed})
        return times.seconds(features, reasons or [], records, some, Placing("continues"))

    assert told(to_compute=10) == pytest.approx(4)
    assert told(to_compute=1000) == pytest.approx(200)
    assert 20 < (told(to_compute=500) or 0) < 200
    assert told(to_compute=100_000) is None
    assert told([Reason("option", "features.extractor", "a", "b")]) is None
    assert told([Reason("option", "features.file", "a", "b")]) is not None
    records["features"] = None
    assert told() is None
