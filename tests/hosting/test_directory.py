"""Publishing into a folder: what has changed, in an order that visitors do not stumble over, and nothing of others."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker.errors import BusyError, OutputError, PublishError
from mapmaker.hosting import directory
from mapmaker.hosting.directory import INCOMING, LISTED
from tests.conftest import Command, Tree


def shown(folder: Path, tree: Tree) -> dict[str, str]:
    return {name: digest for name, digest in tree(folder).items() if name != LISTED}


def times(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(file): (file.stat().st_mtime_ns, file.stat().st_ino) for file in folder.rglob("*") if file.is_file()}


def test_the_folder_shows_the_map_and_files_that_did_not_change_are_not_written(
    site: Path, other: Path, tmp_path: Path, tree: Tree
) -> None:
    web = tmp_path / "web/root"
    done = mm.publish(site, "directory", web)
    assert (done.changed, done.new, done.gone) == (True, done.files, 0)
    assert shown(web, tree) == tree(site)
    assert mm.check(web).whole
    before = times(web)
    assert not mm.publish(site, "directory", web).changed
    assert times(web) == before

    done = mm.publish(other, "directory", web)
    assert shown(web, tree) == tree(other)
    changed = {name for name, digest in tree(other).items() if digest != tree(site).get(name)}
    assert done.new == len(changed)
    assert {Path(name).relative_to(web).as_posix() for name, time in times(web).items() if before[name] != time} == {
        *changed,
        LISTED,
    }


def test_what_was_put_there_and_is_gone_goes_and_nothing_else(site: Path, tmp_path: Path, tree: Tree) -> None:
    web = tmp_path / "web"
    (site / "deep/er").mkdir(parents=True)
    (site / "deep/er/mine.txt").write_text("x")
    mm.publish(site, "directory", web)
    (web / "theirs.txt").write_text("y")
    (web / "tiles/theirs.txt").write_text("z")
    shutil.rmtree(site / "deep")
    done = mm.publish(site, "directory", web)
    assert (done.new, done.gone) == (0, 1)
    assert not (web / "deep").exists()
    assert shown(web, tree).keys() - tree(site).keys() == {"theirs.txt", "tiles/theirs.txt"}


def test_a_file_that_is_lost_there_is_put_there_again(site: Path, tmp_path: Path, tree: Tree) -> None:
    web = tmp_path / "web"
    mm.publish(site, "directory", web)
    (web / "index.html").unlink()
    assert mm.publish(site, "directory", web).new == 1
    assert shown(web, tree) == tree(site)


def test_a_file_that_somebody_edited_there_is_replaced_or_removed_by_word_only(
    site: Path, other: Path, tmp_path: Path, tree: Tree
) -> None:
    web, whole = tmp_path / "web", tree(site)
    (site / "gone.txt").write_text("x")
    mm.publish(site, "directory", web)
    (site / "gone.txt").unlink()
    (web / "gone.txt").write_text("mine")
    os.truncate(web / "data/map.js", 5)
    (web / "index.html").write_bytes((other / "index.html").read_bytes())  # as it will be
    before = tree(web)
    with pytest.raises(
        OutputError, match=r"not as mapmaker put them there, and would be lost: data/map\.js, gone\.txt;"
    ):
        mm.publish(other, "directory", web)
    assert tree(web) == before
    (web / "index.html").write_bytes((site / "index.html").read_bytes())
    done = mm.publish(site, "directory", web, yes=True)
    assert (done.new, done.gone) == (1, 1)
    assert shown(web, tree) == whole


def test_a_file_becomes_a_folder_and_a_folder_a_file(site: Path, tmp_path: Path, tree: Tree) -> None:
    web = tmp_path / "web"
    (site / "a").write_text("x")
    (site / "b/c").mkdir(parents=True)
    (site / "b/c/d").write_text("x")
    mm.publish(site, "directory", web)
    (site / "a").unlink()
    shutil.rmtree(site / "b")
    (site / "a").mkdir()
    (site / "a/e").write_text("x")
    (site / "b").write_text("x")
    done = mm.publish(site, "directory", web)
    assert (done.new, done.gone) == (2, 2)
    assert shown(web, tree) == tree(site)
    (site / "f").mkdir()
    (site / "f/g").write_text("x")
    (web / "f").write_text("mine")
    with pytest.raises(OutputError, match="web/f is a file of others, where a folder of the map's is to be"):
        mm.publish(site, "directory", web, yes=True)
    assert (web / "f").read_text() == "mine"


def test_where_capitals_are_no_others_a_file_renamed_is_not_removed(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second name of the same file stands for such a disk."""
    web, put = tmp_path / "web", directory._put
    (site / "About.txt").write_text("x")
    mm.publish(site, "directory", web)

    def putting(chunks: Iterable[bytes], place: Path, name: str) -> None:
        put(chunks, place, name)
        if name == "about.txt":
            (place / "About.txt").unlink()
            (place / "About.txt").hardlink_to(place / name)

    (site / "About.txt").rename(site / "about.txt")
    with monkeypatch.context() as patched:
        patched.setattr(directory, "_put", putting)
        mm.publish(site, "directory", web)
    assert (web / "About.txt").exists()
    (web / "About.txt").unlink()
    (web / "About.txt").write_text("x")  # as on other disks, where it is another file
    (web / LISTED).write_text((web / LISTED).read_text().replace('"about.txt"', '"About.txt"'))
    mm.publish(site, "directory", web)
    assert not (web / "About.txt").exists()


def test_a_folder_that_is_not_ours_is_filled_by_word_only(
    site: Path, tmp_path: Path, tree: Tree, command: Command
) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / "index.html").write_text("mine")
    (web / "other.html").write_text("mine, too")
    before = tree(web)
    said = command("publish", "directory", site, "--into", web, "--quiet")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "was not filled by mapmaker" in said.stderr
    asked: list[str] = []

    def once(what: str) -> bool:
        asked.append(what)
        return len(asked) == 1

    with pytest.raises(OutputError, match=r"where those of the map are to go: index\.html"):
        mm.publish(site, "directory", web, ask=once)
    assert tree(web) == before
    assert mm.publish(site, "directory", web, yes=True).changed
    assert shown(web, tree) == {**tree(site), "other.html": before["other.html"]}
    assert mm.publish(site, "directory", web).new == 0


def test_a_copy_of_the_map_that_was_made_by_hand_is_ours_and_another_map_is_not(
    site: Path, other: Path, tmp_path: Path, tree: Tree
) -> None:
    web = tmp_path / "web"
    shutil.copytree(site, web)
    before = tree(web)
    with pytest.raises(OutputError, match="web holds another map, which mapmaker publish did not put there"):
        mm.publish(other, "directory", web)
    assert tree(web) == before
    assert not mm.publish(site, "directory", web).changed
    assert mm.publish(other, "directory", web).changed
    assert shown(web, tree) == tree(other)
    shutil.copytree(site, tmp_path / "second")
    assert mm.publish(other, "directory", tmp_path / "second", yes=True).changed
    assert shown(tmp_path / "second", tree) == tree(other)


def test_new_files_come_first_then_data_then_pages_and_what_is_gone_goes_last(
    site: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, done = tmp_path / "web", list[str]()
    (site / "gone.txt").write_text("x")
    mm.publish(site, "directory", web)
    put, remove = directory._put, directory._remove

    def putting(chunks: object, place: Path, name: str) -> None:
        done.append(name)
        put(chunks, place, name)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(directory, "_put", putting)

    def removing(place: Path, name: str) -> None:
        done.append(f"-{name}")
        remove(place, name)

    monkeypatch.setattr(directory, "_remove", removing)
    copy = Path(shutil.copytree(other, tmp_path / "copy"))
    (copy / "added.txt").write_text("x")
    mm.publish(copy, "directory", web)
    assert done[0] == done[-1] == LISTED
    inner = done[1:-1]
    assert inner[0] == "added.txt"
    assert inner[-3:] == ["data/manifest.json", "index.html", "-gone.txt"]
    done.clear()
    mm.publish(copy, "directory", tmp_path / "empty")
    pages = [place for place, name in enumerate(done) if name.endswith(".html") or name == "data/map.js"]
    assert min(pages) > max(place for place, name in enumerate(done) if name.startswith(("tiles/", "assets/")))


@pytest.mark.parametrize("after", [0, 1, 9, 100])
def test_killed_at_any_moment_the_next_run_ends_as_if_nothing_had_been(
    site: Path, other: Path, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    web = tmp_path / "web"
    (site / "gone.txt").write_text("x")
    mm.publish(site, "directory", web)
    (site / "added.txt").write_text("a")

    class Killed(BaseException):
        pass

    count, replaced = 0, Path.replace

    def dying(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count > after:
            raise Killed
        return replaced(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dying)
        patched.setattr(shutil, "rmtree", lambda *given, **named: None)  # nobody clears up behind what was killed
        try:
            mm.publish(other, "directory", web)
        except Killed:
            assert (web / INCOMING).exists()
    assert mm.publish(other, "directory", web).changed or after == 100
    assert shown(web, tree) == tree(other)


def test_links_are_not_followed_out_of_the_folder(site: Path, tmp_path: Path, tree: Tree) -> None:
    web, elsewhere = tmp_path / "web", tmp_path / "elsewhere"
    elsewhere.mkdir()
    mm.publish(site, "directory", web)
    shutil.rmtree(web / "tiles")
    (web / "tiles").symlink_to(elsewhere)
    with pytest.raises(OutputError, match="web/tiles is a link, and may lead anywhere"):
        mm.publish(site, "directory", web)
    assert not list(elsewhere.iterdir())


def test_a_list_that_somebody_changed_removes_nothing_outside(site: Path, tmp_path: Path) -> None:
    web = tmp_path / "web"
    mm.publish(site, "directory", web)
    (tmp_path / "precious").write_text("x")
    (web / LISTED).write_text('{"files": {"../precious": "", "/etc/hostname": "", "": ""}}')
    mm.publish(site, "directory", web)
    assert (tmp_path / "precious").exists()


def test_where_no_map_can_go_is_said_in_one_line(site: Path, tmp_path: Path) -> None:
    for into in (site, site / "below", tmp_path):
        with pytest.raises(OutputError, match="lie in one another"):
            mm.publish(site, "directory", into)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file; give a folder"):
        mm.publish(site, "directory", tmp_path / "file")
    with pytest.raises(OutputError, match="cannot publish into"):
        mm.publish(site, "directory", tmp_path / "file/below")
    with pytest.raises(PublishError, match="cloudflare-pages does not take"):
        (site / "big.bin").write_bytes(bytes(26 * 2**20))
        mm.publish(site, "directory", tmp_path / "web", host="cloudflare-pages")
    assert not (tmp_path / "web").exists()


def test_two_at_once_do_not_get_into_each_other_s_way(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = tmp_path / "web"
    mirror = directory._mirror

    def meanwhile(*given: object) -> object:
        with pytest.raises(BusyError, match="another mapmaker is publishing"):
            mm.publish(site, "directory", web)
        return mirror(*given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(directory, "_mirror", meanwhile)
    with pytest.raises(BusyError):
        mm.publish(site, "directory", web)
        raise BusyError("never reached unless the first one was let in")
    assert mm.check(web).whole
