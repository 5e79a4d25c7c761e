"""The site's folder is swapped in whole; what is the user's in it stays the user's."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapmaker.errors import OutputError
from mapmaker.manifest import MANIFEST, read_manifest
from mapmaker.stages.compose.tree import (
    Contents,
    Packed,
    Stored,
    check_output,
    is_intact,
    manifest_digest,
    recover,
    replace_site,
)
from mapmaker.workspace import file_digest
from tests.conftest import Tree

OLD = {"index.html": b"old", "data/map.js": b"map", "tiles/0/0/0.webp": b"tile", "assets/gone.js": b"x"}
NEW = {"index.html": b"new", "data/map.js": b"map", "tiles/0/0/0.webp": b"tile"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A map of ours."""
    assert replace_site(tmp_path / "map", OLD, tmp_path / "kept") == []
    return tmp_path / "map"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_site_holds_its_contents_and_a_manifest_of_them(out: Path) -> None:
    assert files(out) == {*OLD, MANIFEST}
    assert read_manifest(out) == {name: file_digest(out / name) for name in OLD}
    assert is_intact(out, manifest_digest(out))
    (out / "tiles/0/0/0.webp").unlink()
    assert not is_intact(out, manifest_digest(out))


def test_what_is_no_longer_of_the_site_goes_and_nothing_is_left_beside_it(out: Path, tmp_path: Path) -> None:
    assert replace_site(out, NEW, tmp_path / "kept") == []
    assert files(out) == {*NEW, MANIFEST}
    assert (out / "index.html").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["map"]


def test_a_file_of_the_work_folder_is_copied_once_and_then_linked(out: Path, tmp_path: Path) -> None:
    tile = tmp_path / "tile.webp"
    tile.write_bytes(b"pixels")
    contents: Contents = {**NEW, "tiles/a.webp": Stored(tile, file_digest(tile))}
    replace_site(out, contents, tmp_path / "kept")
    assert not (out / "tiles/a.webp").samefile(tile)
    assert read_manifest(out) == {name: file_digest(out / name) for name in contents}
    before = (out / "tiles/a.webp").stat().st_ino
    assert replace_site(out, contents, tmp_path / "kept") == []
    assert (out / "tiles/a.webp").stat().st_ino == before


def test_files_of_the_work_folder_that_are_alike_are_one_file(tmp_path: Path) -> None:
    contents: dict[str, Stored | bytes] = {"note.txt": b"grey"}
    for name in ("a", "b", "c"):
        tile = tmp_path / name
        tile.write_bytes(b"grey" if name != "c" else b"blue")
        contents[f"tiles/{name}.webp"] = Stored(tile, file_digest(tile))
    for _ in range(2):
        assert replace_site(tmp_path / "map", contents, tmp_path / "kept") == []
        tiles = tmp_path / "map" / "tiles"
        assert (tiles / "a.webp").samefile(tiles / "b.webp")
        assert not (tiles / "a.webp").samefile(tiles / "c.webp")
        assert not (tiles / "a.webp").samefile(tmp_path / "map" / "note.txt")  # a page is no tile, whatever it holds
        assert not (tiles / "a.webp").samefile(tmp_path / "a")
        assert [(tiles / f"{name}.webp").read_bytes() for name in "abc"] == [b"grey", b"grey", b"blue"]


def test_an_edit_of_a_file_with_several_names_is_put_aside_and_made_good(tmp_path: Path) -> None:
    (tmp_path / "tile").write_bytes(b"grey")
    stored = Stored(tmp_path / "tile", file_digest(tmp_path / "tile"))
    contents: Contents = {"tiles/a.webp": stored, "tiles/b.webp": stored}
    replace_site(tmp_path / "map", contents, tmp_path / "kept")
    with (tmp_path / "map/tiles/a.webp").open("r+b") as file:
        file.write(b"EVIL")
    kept = replace_site(tmp_path / "map", contents, tmp_path / "kept")
    assert {Path(path).read_bytes() for path in kept} == {b"EVIL"}
    assert [(tmp_path / f"map/tiles/{name}.webp").read_bytes() for name in "ab"] == [b"grey", b"grey"]


def test_what_is_packed_is_written_once_and_then_linked_until_it_changes(tmp_path: Path) -> None:
    parts = [b"one", b"two"]
    contents: Contents = {"tiles/map-0.pmtiles": Packed(lambda: iter(parts))}
    archive = tmp_path / "map" / "tiles" / "map-0.pmtiles"
    replace_site(tmp_path / "map", contents, tmp_path / "kept")
    assert archive.read_bytes() == b"onetwo"
    assert read_manifest(tmp_path / "map") == {"tiles/map-0.pmtiles": file_digest(archive)}
    before = archive.stat().st_ino, archive.stat().st_mtime_ns
    replace_site(tmp_path / "map", contents, tmp_path / "kept")
    assert (archive.stat().st_ino, archive.stat().st_mtime_ns) == before
    parts.append(b"three")
    assert replace_site(tmp_path / "map", contents, tmp_path / "kept") == []
    assert archive.read_bytes() == b"onetwothree"


def test_what_cannot_be_packed_leaves_the_old_map_as_it_was(out: Path, tmp_path: Path, tree: Tree) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"begun"
        raise ValueError("a tile is gone")

    before = tree(tmp_path)
    with pytest.raises(ValueError, match="a tile is gone"):
        replace_site(out, {**NEW, "tiles/map-0.pmtiles": Packed(chunks)}, tmp_path / "kept")
    assert tree(tmp_path) == before


def test_a_tile_edited_in_the_map_is_put_aside_and_made_good(out: Path, tmp_path: Path) -> None:
    tile = tmp_path / "tile.webp"
    tile.write_bytes(b"pixels")
    contents: Contents = {**NEW, "tiles/a.webp": Stored(tile, file_digest(tile))}
    replace_site(out, contents, tmp_path / "kept")
    with (out / "tiles/a.webp").open("r+b") as file:
        file.write(b"EVIL")
    (kept,) = replace_site(out, contents, tmp_path / "kept")
    assert Path(kept).read_bytes() == b"EVILls"
    assert (out / "tiles/a.webp").read_bytes() == tile.read_bytes() == b"pixels"


def test_where_links_cannot_be_made_files_are_copied(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", refuse)
    tile = tmp_path / "tile.webp"
    tile.write_bytes(b"pixels")
    (out / "CNAME").write_text("example.org")
    contents: Contents = {**NEW, "tiles/a.webp": Stored(tile, file_digest(tile))}
    for _ in range(2):
        replace_site(out, contents, tmp_path / "kept")
    assert (out / "tiles/a.webp").read_bytes() == b"pixels"
    assert (out / "CNAME").read_text() == "example.org"


def test_files_of_the_users_are_carried_over(out: Path, tmp_path: Path, tree: Tree) -> None:
    mine = {"CNAME": "example.org", "tiles/notes.txt": "n", ".git/HEAD": "ref", "deep/er/file": "f", "assets/mine": "m"}
    for name, text in mine.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    (out / "empty" / "er").mkdir(parents=True)
    (out / "link").symlink_to("CNAME")
    (out / "dangling").symlink_to("nowhere")
    (out / "linked folder").symlink_to(tmp_path, target_is_directory=True)
    (out / "CNAME").chmod(0o640)
    before = tree(out)
    assert replace_site(out, NEW, tmp_path / "kept") == []
    after = tree(out)
    for name in OLD:
        before.pop(name)
    assert {name: after.get(name) for name in before if name != MANIFEST} == {
        name: content for name, content in before.items() if name != MANIFEST
    }
    assert (out / "CNAME").stat().st_mode & 0o777 == 0o640
    assert set(read_manifest(out) or {}) == set(NEW)


def test_a_git_repository_in_the_map_survives_even_packed(out: Path, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        return subprocess.run(["git", *who, *words], cwd=out, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("gc", "-q")
    replace_site(out, NEW, tmp_path / "kept")
    assert "index.html" in git("status", "--short")
    assert "one" in git("log")


def test_an_edited_file_of_ours_is_put_aside(out: Path, tmp_path: Path) -> None:
    (out / "index.html").write_text("edited by hand")
    (out / "assets/gone.js").write_text("edited too")
    kept = replace_site(out, NEW, tmp_path / "kept")
    assert sorted(Path(path).read_text() for path in kept) == ["edited by hand", "edited too"]
    assert (out / "index.html").read_bytes() == b"new"


def test_a_file_of_the_users_where_a_new_one_of_ours_must_go_is_put_aside(out: Path, tmp_path: Path) -> None:
    (out / "robots.txt").write_text("mine")
    (kept,) = replace_site(out, {**NEW, "robots.txt": b"ours"}, tmp_path / "kept")
    assert Path(kept).read_text() == "mine"
    assert (out / "robots.txt").read_bytes() == b"ours"


@pytest.mark.parametrize("fill", ["a file", "a folder", "a manifest of another program", "a broken manifest"])
def test_a_folder_that_is_not_ours_is_refused_and_untouched(tmp_path: Path, tree: Tree, fill: str) -> None:
    out = tmp_path / "out"
    (out / "data").mkdir(parents=True)
    manifests = {"a manifest of another program": '{"generator": "other", "files": {}}', "a broken manifest": "{"}
    if fill in manifests:
        (out / MANIFEST).write_text(manifests[fill])
    elif fill == "a file":
        (out / "thesis.txt").write_text("years of work")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="is not empty and no map of ours; give another folder with --out"):
        check_output(out)
    assert tree(tmp_path) == before


def test_a_file_or_a_place_below_a_file_is_refused(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "file").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="file is a file; give a folder"):
        check_output(tmp_path / "file")
    with pytest.raises(OutputError, match=r"cannot write .*; give another folder with --out"):
        check_output(tmp_path / "file" / "map")
    assert tree(tmp_path) == before


def test_an_empty_folder_and_a_map_of_ours_will_do(out: Path, tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "empty").mkdir()
    before = tree(tmp_path)
    for place in (out, tmp_path / "empty", tmp_path / "missing"):
        check_output(place)
    assert tree(tmp_path) == before


def test_a_folder_that_only_looks_like_our_scratch_is_not_deleted(tmp_path: Path, tree: Tree) -> None:
    for name in (".map.new", ".map.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("years of work")
    before = tree(tmp_path)
    check_output(tmp_path / "map")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("step", range(3))
def test_a_swap_killed_at_any_step_leaves_the_old_map_or_the_new_one(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    (out / "CNAME").write_text("example.org")
    renames = iter(range(step))
    rename, remove = Path.rename, shutil.rmtree

    def dying(path: Path, target: Path) -> Path:
        if next(renames, None) is None:
            raise KeyboardInterrupt
        return rename(path, target)

    def dying_removal(path: Path, ignore_errors: bool = False) -> None:
        if path.name == ".map.mapmaker-old":
            raise KeyboardInterrupt
        remove(path, ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying)
        patch.setattr(shutil, "rmtree", dying_removal)
        with pytest.raises(KeyboardInterrupt):
            replace_site(out, NEW, tmp_path / "kept")
    check_output(out)
    assert (out / "index.html").read_bytes() == (b"new" if step == 2 else b"old")
    assert (out / "CNAME").read_text() == "example.org"
    assert replace_site(out, NEW, tmp_path / "kept") == []
    assert files(out) == {*NEW, MANIFEST, "CNAME"}
    assert [path.name for path in tmp_path.iterdir()] == ["map"]


def test_what_somebody_put_in_place_of_a_killed_swap_does_not_cost_the_old_map(out: Path, tmp_path: Path) -> None:
    old = out.rename(tmp_path / ".map.mapmaker-old")
    (old / "CNAME").write_text("posters.example")
    out.mkdir()
    recover(out)
    assert (out / "CNAME").is_file()
    old = out.rename(old)
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="is no map"):
        recover(out)
    assert (old / "CNAME").is_file()


def test_a_full_disk_leaves_the_old_map_as_it_was(
    out: Path, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "index.html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    before = tree(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"cannot write the map to .*map: No space left on device"):
        replace_site(out, NEW, tmp_path / "kept")
    assert tree(tmp_path) == before


def test_a_map_behind_a_link_is_replaced_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "map").symlink_to("www", target_is_directory=True)
    for contents in (OLD, NEW, OLD):
        check_output(tmp_path / "map")
        replace_site(tmp_path / "map", contents, tmp_path / "kept")
        assert (tmp_path / "map").readlink() == Path("www")
        assert files(tmp_path / "www") == {*contents, MANIFEST}
        assert {path.name for path in tmp_path.iterdir()} == {"map", "www"}


def test_the_folder_that_one_stands_in_is_not_pulled_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "deeper")
    for out in (Path(), Path(".."), tmp_path / "here", Path("/")):
        with pytest.raises(OutputError, match="holds the folder you are in"):
            check_output(out)


@pytest.mark.parametrize("names", [["../outside.txt"], ["/etc/passwd"], [3], "no list"])
def test_a_forged_manifest_makes_nothing_outside_the_map_ours(out: Path, tmp_path: Path, names: object) -> None:
    (tmp_path / "outside.txt").write_text("mine")
    (out / MANIFEST).write_text(json.dumps({"generator": "mapmaker", "files": dict.fromkeys(map(str, names), "")}))  # type: ignore[call-overload]
    is_intact(out, manifest_digest(out))
    replace_site(out, NEW, tmp_path / "kept")
    assert (tmp_path / "outside.txt").read_text() == "mine"
