"""`clusters init`: clusters.toml is written, or added to, and changes nothing by itself."""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE, Sketch, appended, read_curation
from mapmaker.errors import ArtifactError, CurationError, ImagesError, OutputError
from tests.curation.curated import Curated, some_of, told


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
    mine = (
        f'\ufeff# Mine\r\n[cluster.{two}]\r\nname = "Lions"   # "\r\nposters = {some_of(own.members()[two])}'.encode()
    )
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


def test_parts_of_a_split_get_no_table_of_their_own(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f"[cluster.{one}]\nposters = {some_of(members)}\nsplit = 2")
    assert f"{one}-2" in own.members()
    mm.init_clusters(own.work)
    assert f"{one}-2" not in {table.slug for table in read_curation(own.file).tables}
    assert own.build().ran == ["curate", "naming"]


def test_clusters_that_others_drop_get_no_table_that_would_keep_them(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f'others = "drop"\n[cluster.{one}]\nposters = {some_of(members)}\n')
    assert mm.init_clusters(own.work).added == 0
    assert list(own.members()) == [one]


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
