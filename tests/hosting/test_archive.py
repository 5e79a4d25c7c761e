"""Publishing as a ZIP: the same bytes for the same map, the map whole in it."""

import os
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any, Literal

import pytest

import mapmaker as mm
from mapmaker.errors import OutputError
from tests.conftest import Tree


def test_unpacked_it_is_the_map_with_index_html_at_its_top(site: Path, tmp_path: Path, tree: Tree) -> None:
    done = mm.publish(site, "zip", tmp_path / "out/map.zip")
    assert done.changed
    with zipfile.ZipFile(tmp_path / "out/map.zip") as archive:
        assert archive.testzip() is None
        assert "index.html" in archive.namelist()
        assert len(archive.namelist()) == done.files
        archive.extractall(tmp_path / "unpacked")
    assert tree(tmp_path / "unpacked") == tree(site)
    assert mm.check(tmp_path / "unpacked").whole


def test_the_same_map_gives_the_same_bytes_wherever_and_whenever(site: Path, tmp_path: Path) -> None:
    mm.publish(site, "zip", tmp_path / "a.zip")
    copy = Path(shutil.copytree(site, tmp_path / "copy"))
    for file in copy.rglob("*"):
        os.utime(file, (time.time(), 2_000_000_000))
        if file.is_file():
            file.chmod(0o600)
    mm.publish(copy, "zip", tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    os.utime(tmp_path / "a.zip", (5, 5))
    assert not mm.publish(copy, "zip", tmp_path / "a.zip").changed
    assert (tmp_path / "a.zip").stat().st_mtime == 5  # nor written


def test_of_more_than_four_gigabytes_it_is_as_whole(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: Tree
) -> None:
    """Limits lowered stand for files that large: those of the format are at these two names."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10_000)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    mm.publish(site, "zip", tmp_path / "map.zip")
    with zipfile.ZipFile(tmp_path / "map.zip") as archive:
        assert any(told.extract_version >= 45 for told in archive.infolist())
        archive.extractall(tmp_path / "unpacked")
    assert tree(tmp_path / "unpacked") == tree(site)


def test_a_file_that_is_no_zip_of_a_map_is_overwritten_by_word_only(site: Path, other: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.zip"
    out.write_text("mine")
    with pytest.raises(OutputError, match="is no ZIP of a map; nothing was published"):
        mm.publish(site, "zip", out)
    assert out.read_text() == "mine"
    for content in ("[]", '{"files": {}}', "cut"):
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("data/manifest.json", content)
        with pytest.raises(OutputError, match="is no ZIP of a map"):
            mm.publish(site, "zip", out)
    assert mm.publish(site, "zip", out, yes=True).changed
    assert mm.publish(other, "zip", out).changed


def test_where_no_zip_can_go_is_said_in_one_line(site: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder; give the name of a file"):
        mm.publish(site, "zip", tmp_path)
    with pytest.raises(OutputError, match="lies in the map itself"):
        mm.publish(site, "zip", site / "map.zip")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="is a device or a pipe"):
        mm.publish(site, "zip", tmp_path / "pipe", yes=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write"):
        mm.publish(site, "zip", tmp_path / "file/map.zip")


def test_nothing_half_made_stays_where_it_cannot_be_ended(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out/map.zip"
    mm.publish(site, "zip", out)
    before = out.read_bytes()

    opened = zipfile.ZipFile.open

    def full(archive: zipfile.ZipFile, name: str, mode: Literal["r", "w"] = "r", *more: Any) -> object:
        if mode == "r":
            return opened(archive, name, mode, *more)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "open", full)
    with pytest.raises(OutputError, match="No space left"):
        mm.publish(site, "zip", out)
    assert [file.name for file in out.parent.iterdir()] == ["map.zip"]
    assert out.read_bytes() == before
