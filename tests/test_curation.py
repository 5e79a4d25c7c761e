"""clusters.toml from end to end: written, edited, gone by in every build, whatever becomes of the folder."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.cli import main
from mapmaker.curation import CLUSTERS_FILE, Sketch, appended, read_curation
from mapmaker.errors import ArtifactError, CurationError, ImagesError, InputError, OptionError, OutputError
from mapmaker.finished import read_finished
from mapmaker.inventory import HiddenCluster
from mapmaker.model import Clusters
from mapmaker.shelves import folded
from mapmaker.sources.demo import describe, write_posters
from mapmaker.workspace import Workspace

COUNT, LATE = 84, 4
"""Posters, and how many of them come late."""
Tree = Callable[[Path], dict[str, str]]


class Curated:
    """Demo posters, their map, and the file that says what is wanted of its clusters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.file = self.posters / CLUSTERS_FILE

    def build(self, **more: Any) -> mm.Report:
        table = self.folder / "titles.csv"
        options = {"extractor": "classic", "layout": "pca", "poster_size": 24, "workers": 1, **more}
        return mm.build(self.posters, self.out, table, **options)

    def edit(self, text: str, **more: Any) -> mm.Report:
        self.file.write_text(text, encoding="utf-8")
        return self.build(**more)

    def clusters(self, name: str = artifacts.CURATED) -> Clusters:
        return artifacts.read_clusters(Workspace(self.work), name=name)

    def members(self) -> dict[str, set[str]]:
        """Return the paths of each cluster's posters, by slug."""
        work = Workspace(self.work)
        images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
        return {one.slug: {images.path[rows[member]] for member in one.members} for one in self.clusters().clusters}

    def names(self) -> dict[str, str]:
        """Return what the site calls clusters, by slug."""
        script = (self.out / "data" / "map.js").read_text(encoding="utf-8")
        record = json.loads(script[script.index("{") : script.rindex("}") + 1])
        return {one["slug"]: one["name"] for one in record["clusters"]}

    def called(self) -> dict[str, str]:
        """Return what clusters are called, by slug."""
        return {one.slug: one.called for one in artifacts.read_named(Workspace(self.work)).clusters}

    def late(self) -> list[Path]:
        """Return posters that are not there yet."""
        return sorted((self.folder / "late").iterdir())

    def come(self) -> None:
        for path in self.late():
            path.rename(self.posters / path.name)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Curated:
    """A map of all but a few of 84 posters; to be read only."""
    made = Curated(tmp_path_factory.mktemp("curated"))
    write_posters(made.posters, COUNT, seed=1)
    (made.posters / "metadata.csv").rename(made.folder / "titles.csv")
    (made.folder / "late").mkdir()
    for poster in range(0, COUNT, COUNT // LATE):
        name = describe(poster, 1).filename
        (made.posters / name).rename(made.folder / "late" / name)
    made.build()
    return made


@pytest.fixture
def own(first: Curated, tmp_path: Path) -> Curated:
    """A copy, to change, its map at its new place."""
    shutil.copytree(first.folder, tmp_path / "own", copy_function=shutil.copy2)
    made = Curated(tmp_path / "own")
    assert made.build().ran == ["compose"]
    return made


def told(report: mm.Report) -> list[str]:
    """Return what was warned of clusters.toml."""
    return [warning for warning in report.warnings if CLUSTERS_FILE in warning]


def listed(paths: set[str]) -> str:
    return json.dumps(sorted(paths)[:4])


def test_the_map_has_clusters_to_curate(first: Curated) -> None:
    assert len(first.members()) >= 4


def test_what_is_written_first_changes_nothing_and_is_not_written_again(own: Curated) -> None:
    before = own.work.joinpath(artifacts.CURATED).read_bytes()
    site = (own.out / "data" / "manifest.json").read_bytes()
    made = mm.init_clusters(own.work)
    assert (made.file, made.added, made.before) == (own.file.resolve(), len(own.members()), 0)
    text = own.file.read_bytes()
    tables = read_curation(own.file).tables
    assert [table.slug for table in tables] == list(own.members())
    assert all(3 <= len(table.posters) <= 5 and not table.wants for table in tables)
    report = own.build()
    assert report.ran == ["curate", "naming"]
    assert told(report) == []
    assert own.work.joinpath(artifacts.CURATED).read_bytes() == before
    assert (own.out / "data" / "manifest.json").read_bytes() == site
    assert mm.init_clusters(own.work).added == 0
    assert own.file.read_bytes() == text
    assert own.build().ran == []


def test_tables_that_lack_are_added_behind_what_the_user_wrote_to_the_byte(own: Curated) -> None:
    one, two, *others = own.members()
    mine = f'\ufeff# Mine\r\n[cluster.{two}]\r\nname = "Lions"   # "\r\nposters = {listed(own.members()[two])}'.encode()
    own.file.write_bytes(mine)
    own.file.chmod(0o640)
    made = mm.init_clusters(own.work)
    assert (made.added, made.before) == (len(others) + 1, 1)
    written = own.file.read_bytes()
    assert written.startswith(mine + b"\r\n\r\n[cluster.")
    assert written.count(b"\n") == written.count(b"\r\n")
    assert own.file.stat().st_mode & 0o777 == 0o640
    assert [table.slug for table in read_curation(own.file).tables] == [two, one, *others]
    assert [path.name for path in own.posters.glob(".*")] == []


def test_a_named_cluster_keeps_name_and_address_when_posters_come_and_all_is_laid_out_anew(own: Curated) -> None:
    slug, members = next(iter(own.members().items()))
    own.edit(f'[cluster.lions]\nposters = {listed(members)}\nname = "Lions \\"&\\" 🦁"\nnote = "Roar."')
    assert own.members()["lions"] == members
    assert slug not in own.members()
    assert own.names()["lions"] == 'Lions "&" 🦁'
    own.come()
    own.build()
    assert members <= own.members()["lions"]
    assert own.names()["lions"] == 'Lions "&" 🦁'
    report = own.build(fresh=True, layout="tsne", seed=3)
    assert len(own.members()["lions"] & members) * 2 >= len(members)
    assert own.names()["lions"] == 'Lions "&" 🦁'
    (lions,) = (one for one in own.clusters().clusters if one.slug == "lions")
    assert lions.note == "Roar."
    assert told(report) == []


def test_what_is_dropped_today_comes_back_when_the_line_is_taken_out(own: Curated, tree: Tree) -> None:
    before, site, names = own.members(), tree(own.out), own.names()
    one, two, three, four, *_ = before
    report = own.edit(
        f"[cluster.{one}]\nposters = {listed(before[one])}\ndrop = true\n"
        f'[cluster.{two}]\nposters = {listed(before[two])}\nname = "Lions"\nmerge = ["{three}"]\n'
        f"[cluster.{four}]\nposters = {listed(before[four])}\nsplit = 2\n"
    )
    assert report.ran == ["curate", "naming", "appraise", "compose"]
    now = own.members()
    assert one not in now
    assert now[two] == before[two] | before[three]
    assert now[four] | now[f"{four}-2"] == before[four]
    assert mm.check(own.out).whole
    own.file.unlink()
    own.build()
    assert own.members() == before
    assert own.names() == names
    assert tree(own.out) == site


def test_it_comes_back_on_a_map_that_went_on_meanwhile_too(own: Curated) -> None:
    before, names = own.members(), own.names()
    one, two, *_ = before
    own.edit(f'[cluster.{one}]\nposters = {listed(before[one])}\ndrop = true\n[cluster.{two}]\nname = "Lions"')
    own.come()
    report = own.build()
    assert one not in own.members()
    assert report.figures["recall"]["kept"] == COUNT - LATE
    (said,) = told(report)
    assert said.endswith("by which they are known again")
    own.file.unlink()
    own.build()
    now = own.members()
    assert list(now) == list(before)
    assert all(before[slug] <= now[slug] for slug in before)
    assert {slug: own.names()[slug] for slug in before} == names


def test_pinned_posters_stay_where_they_were_pinned_when_all_is_laid_out_anew(own: Curated) -> None:
    before = own.members()
    one, two, *_ = before
    pinned, removed = sorted(before[two])[-1], sorted(before[one])[-1]
    wanted = f"pin = {json.dumps([pinned])}\nremove = {json.dumps([removed])}"
    own.edit(f"[cluster.{one}]\nposters = {listed(before[one])}\n{wanted}")
    for _ in range(2):
        assert pinned in own.members()[one]
        assert pinned not in own.members().get(two, set())
        assert not any(removed in members for members in own.members().values())
        own.build(fresh=True)


def test_a_poster_that_goes_is_no_mistake_afterwards(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    gone, *left = sorted(members)
    own.edit(f"[cluster.{one}]\nposters = {json.dumps([gone, *left[:2]])}\npin = {json.dumps([gone])}")
    (own.posters / gone).unlink()
    report = own.build()
    assert told(report) == []
    assert own.members()[one] == members - {gone}


def test_status_says_that_the_file_changed_and_refuses_what_a_build_would(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [own.posters, "--out", own.out, "--metadata", own.folder / "titles.csv", "--extractor", "classic"]
    words += ["--layout", "pca", "--poster-size", "24"]
    status = ["status", *map(str, words)]
    assert main(status) == 0
    assert "nothing to do" in capsys.readouterr().out
    own.file.write_text("[cluster.1]\n")
    assert main(status) == 0
    said = capsys.readouterr().out
    assert "curate     runs        clusters.toml changed" in said
    assert "clusters   up to date" in said
    own.file.write_text("[cluster.1]\nnaem = 1\n")
    for command in (status, ["build", *status[1:]]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said == f"mapmaker: {own.file}, line 2: no key 'naem': did you mean 'name'?\n"


def test_a_mistake_in_the_file_stops_a_build_before_any_work_and_the_map_stands(own: Curated, tree: Tree) -> None:
    before = tree(own.folder / "map")
    with pytest.raises(CurationError, match=r"clusters\.toml, line 1: no cluster 'lions' was found"):
        own.edit('cluster.lions.name = "Lions"')
    with pytest.raises(CurationError, match=r"clusters\.toml, line 2: keep = 1 is neither true nor false"):
        own.edit("[cluster.1]\nkeep = 1", fresh=True)
    assert tree(own.folder / "map") == before
    assert not own.work.joinpath(artifacts.SET_ASIDE).exists()
    own.file.unlink()
    assert own.build().ran == []


def test_the_file_is_named_by_an_option_too_relative_to_the_config(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    config = own.folder / "config" / "mapmaker.toml"
    config.parent.mkdir()
    config.write_text('[curate]\nfile = "mine.toml"\n[features]\nextractor = "classic"\n[layout]\nmethod = "pca"\n')
    one = next(iter(own.members()))
    (config.parent / "mine.toml").write_text(f"[cluster.{one}]\ndrop = true")
    words = [own.posters, "--out", own.out, "--metadata", own.folder / "titles.csv", "--poster-size", "24"]
    assert main(["build", *map(str, words), "--config", str(config), "--quiet"]) == 0
    assert one not in own.members()
    (config.parent / "mine.toml").unlink()
    capsys.readouterr()
    assert main(["build", *map(str, words), "--config", str(config), "--quiet"]) == 2
    assert "mine.toml; give one that is there with curate.file" in capsys.readouterr().err


def test_clusters_are_listed_in_the_order_that_is_asked_for(own: Curated, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three, *_ = own.members()
    own.edit(
        f'[cluster.{one}]\nname = "Ägypten\\u202e"\n[cluster.{two}]\ndrop = true\n[cluster.{three}]\nmerge = ["4"]'
    )
    listed = [one.slug for one in mm.list_clusters(own.work).clusters]
    sizes = [one.posters for one in mm.list_clusters(own.work, "size").clusters]
    assert listed == [slug for slug in own.members() if slug in listed], "as they stand, and as the site has them"
    assert sizes == sorted(sizes, reverse=True)
    by_name = [c.name for c in mm.list_clusters(own.work, "name").clusters if c.name]
    assert by_name == sorted(by_name, key=folded)
    found = mm.list_clusters(own.work)
    assert found.hidden == [HiddenCluster(two, 3, "dropped"), HiddenCluster("4", 0, f"part of {three}")]
    done = {c.slug: (c.line, list(c.done)) for c in found.clusters}
    assert done[one] == (1, ["named"])
    assert done[three] == (5, ["with 4"])
    with pytest.raises(OptionError, match="sort = 'siez' is not known: did you mean 'size'"):
        mm.list_clusters(own.work, "siez")
    assert main(["clusters", "list", "--work", str(own.work), "--sort", "size"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert re.split("  +", header) == [
        *("slug", "name", "posters", "theme", "cohesion", "contrast", "most typical", "by clusters.toml")
    ]
    assert lines[-2:] == [f"dropped: {two}", f"part of {three}: 4"]
    assert any("Ägypten\\u202e" in line and line.endswith("named") for line in lines)
    assert main(["clusters", "list", "--work", str(own.work), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [c["slug"] for c in printed["clusters"]] == [c.slug for c in found.clusters]


def test_a_cluster_is_shown_with_its_posters_the_most_typical_first(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f'[cluster.lions]\nposters = {listed(members)}\nnote = "A\\nB"')
    shown = mm.show_cluster(own.work, "lions")
    finished = read_finished(own.work)
    cluster = finished.cluster("lions")
    assert {member.path for member in shown.members} == members
    far = [float(((v - finished.vectors(cluster).mean(axis=0)) ** 2).sum()) for v in finished.vectors(cluster)]
    order = [finished.rows[int(cluster.members[i])] for i in sorted(range(len(far)), key=far.__getitem__)]
    assert [member.id for member in shown.members] == [finished.images.id[row] for row in order]
    assert main(["clusters", "show", "lions", "--work", str(own.work)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"(lions): {len(members)} posters")
    assert f"  by line   1 of clusters.toml: a note; found as {one}" in lines
    assert lines[lines.index("  note      A") + 1] == "  note      B"
    assert sum(member.path in line for member in shown.members for line in lines) == len(members)
    assert main(["clusters", "show", "lions", "--work", str(own.work), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["members"][0]["title"] == shown.members[0].title
    assert main(["clusters", "show", "loins", "--work", str(own.work)]) == 2
    assert capsys.readouterr().err == "mapmaker: no cluster 'loins': did you mean 'lions'?\n"


def test_of_a_cluster_that_is_not_on_the_map_it_is_said_what_became_of_it(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three, four, *_ = before = own.members()
    own.edit(
        f"[cluster.{one}]\ndrop = true\n[cluster.lions]\nposters = {listed(before[two])}\nmerge = ['{three}']\n"
        f"[cluster.owls]\nposters = {listed(before[four])}\n",
    )
    for slug, said in (
        (one, f"no cluster '{one}': dropped, by line 1 of clusters.toml"),
        (two, f"no cluster '{two}': it is called lions, by line 3 of clusters.toml"),
        (three, f"no cluster '{three}': it is part of lions, by line 3 of clusters.toml"),
        (four, f"no cluster '{four}': it is called owls, by line 6 of clusters.toml"),
    ):
        assert main(["clusters", "show", slug, "--work", str(own.work)]) == 2
        assert capsys.readouterr().err == f"mapmaker: {said}\n"


def test_no_edit_renames_another_cluster_or_gives_it_another_address(own: Curated) -> None:
    before, called = own.members(), own.called()
    (one, two), *_ = [
        (slug, other) for slug in called for other in called if called[other].startswith(f"{called[slug]}, ")
    ]
    table = f"[cluster.{one}]\nposters = {listed(before[one])}\n"
    for wanted in ("drop = true", f"name = {json.dumps(called[two])}", "split = 2"):
        own.edit(table + wanted)
        now = own.called()
        assert {slug: now[slug] for slug in before if slug != one} == {
            slug: called[slug] for slug in before if slug != one
        }, wanted


def test_two_clusters_of_one_name_by_the_users_word_are_told(own: Curated) -> None:
    one, *_ = own.members()
    named = next(slug for slug, name in own.names().items() if name and slug != one)
    report = own.edit(f"[cluster.{one}]\nname = {json.dumps(own.names()[named])}")
    (said,) = [warning for warning in report.warnings if "are called" in warning]
    assert f"{one!r}" in said and f"{named!r}" in said


def test_a_new_work_folder_builds_with_the_ids_of_posters_that_are_gone(own: Curated) -> None:
    """As a fresh clone of folder and file does: `clusters init` wrote ids, which an older work folder remembers."""
    mm.init_clusters(own.work)
    images = artifacts.read_images(Workspace(own.work))
    id_ = json.loads(own.file.read_text(encoding="utf-8").split("\nposters = ", 2)[1].splitlines()[0])[0]
    (own.posters / images.path[images.id.index(id_)]).unlink()
    assert not any(id_ in said for said in told(own.build()))
    clone = Curated(own.folder)
    clone.out, clone.work = own.folder / "other", own.folder / ".mapmaker" / "other"
    assert sum(f"'{id_}' is the id of no poster; is it gone?" in said for said in told(clone.build())) == 1


def test_parts_of_a_split_get_no_table_of_their_own(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f"[cluster.{one}]\nposters = {listed(members)}\nsplit = 2")
    assert f"{one}-2" in own.members()
    mm.init_clusters(own.work)
    assert f"{one}-2" not in {table.slug for table in read_curation(own.file).tables}
    assert own.build().ran == ["curate", "naming"]


def test_clusters_that_others_drop_get_no_table_that_would_keep_them(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f'others = "drop"\n[cluster.{one}]\nposters = {listed(members)}\n')
    assert mm.init_clusters(own.work).added == 0
    assert list(own.members()) == [one]


def test_init_says_what_is_wrong_with_the_file_and_leaves_it(own: Curated) -> None:
    for wrong, said in (
        ("[cluster.1]\nname = 1", "line 2: name = 1 is no text"),
        ("cluster = {}", "no table can be added"),
        ("[cluster.1", "line 1: no TOML"),
    ):
        own.file.write_text(wrong)
        with pytest.raises(CurationError, match=said):
            mm.init_clusters(own.work)
        assert own.file.read_text() == wrong


def test_init_needs_a_finished_map_and_its_images(own: Curated, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no work folder"):
        mm.init_clusters(tmp_path / "nothing")
    own.posters.rename(own.folder / "moved")
    with pytest.raises(ImagesError, match=r"no folder .*posters; give the folder of the map's images with --images"):
        mm.init_clusters(own.work)
    assert mm.init_clusters(own.work, tmp_path / "new" / "mine.toml").added == len(own.members())
    assert (tmp_path / "new" / "mine.toml").exists()
    made = mm.init_clusters(own.work, images=own.folder / "moved")
    assert made.file == (own.folder / "moved" / CLUSTERS_FILE).resolve()
    assert mm.list_clusters(own.work).clusters  # needs no images


AS_NOBODY = """
import contextlib, io, os, sys, mapmaker.cli
with contextlib.redirect_stdout(io.StringIO()):  # modules that this reads cannot be read later
    mapmaker.cli.main(["clusters", "list", *sys.argv[3:]])
if os.getuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
sys.exit(mapmaker.cli.main(sys.argv[1:]))
"""
"""To root nothing is read-only, so the command runs as nobody there."""


def test_a_folder_of_images_that_cannot_be_written_to_is_one_line(first: Curated) -> None:
    with tempfile.TemporaryDirectory() as name:  # for pytest's own folders are closed to others
        place = Path(name) / "own"
        shutil.copytree(first.folder, place, copy_function=shutil.copy2)
        folders = [Path(name), place, *(path for path in place.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        words = ["clusters", "init", "--work", ".mapmaker/map"]
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, *words], cwd=place, capture_output=True, text=True, check=False
        )
        file = place.resolve() / "posters" / CLUSTERS_FILE
        assert done.stderr == f"mapmaker: cannot write {file}: Permission denied; give another place with --out\n"
        assert done.returncode == 2
        assert not file.exists()
        for folder in folders:
            folder.chmod(0o755)


def test_a_file_where_a_folder_should_be_is_one_line(own: Curated) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*: File exists; give another place with --out"):
        mm.init_clusters(own.work, own.folder / "titles.csv" / "clusters.toml")
    with pytest.raises(CurationError, match=r"cannot read .*posters: Is a directory"):
        mm.init_clusters(own.work, own.posters)


def test_a_write_that_fails_leaves_the_file_as_it_was(own: Curated, monkeypatch: pytest.MonkeyPatch) -> None:
    own.file.write_text("# mine\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copymode", full)
        with pytest.raises(OutputError, match="No space left on device; give another place with --out"):
            mm.init_clusters(own.work)
    assert own.file.read_text() == "# mine\n"
    assert [path.name for path in own.posters.glob(".*")] == []


NASTY = (
    'say "hi"',
    "two\nlines\r\n\x07",
    "'''",
    '"""\\',
    "emoji 👩‍🚀 é ﷽",
    "[cluster.9]",
    "\u2028 \ud800 x",
    "#",
    "x" * 400,
)


def test_titles_and_names_of_any_kind_make_a_file_that_says_what_it_should() -> None:
    sketches = [Sketch(f"{i}", name, i, ["abcdefgh23", f"id{i}"], [*NASTY]) for i, name in enumerate(NASTY)]
    content = appended(b"", sketches)
    assert tomllib.loads(content.decode()) == {
        "cluster": {f"{i}": {"posters": ["abcdefgh23", f"id{i}"]} for i in range(len(NASTY))}
    }
    assert "👩‍🚀" in content.decode()
    assert max(map(len, content.decode().splitlines())) <= 120
    assert appended(content, []) == content


def test_what_is_written_above_the_tables_is_true(tmp_path: Path) -> None:
    """Every key that it explains is one, as it is written there."""
    head = appended(b"", []).decode().splitlines()
    keys = [line[1:].strip() for line in head if " = " in line]
    file = tmp_path / CLUSTERS_FILE
    for line in keys:
        text = line.split("   ")[0]
        file.write_text(text if text.startswith("others") else f"[cluster.12]\n{text}")
        read_curation(file)
    assert {line.split()[0] for line in keys} == {
        *("others", "name", "note", "keep", "drop", "merge", "split", "pin", "remove")
    }


def test_errors_of_curation_are_the_users_to_mend() -> None:
    assert issubclass(CurationError, InputError)
