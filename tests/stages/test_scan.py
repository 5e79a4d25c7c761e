"""scan: what stands in the folder becomes rows, for good; what cannot be used is named with its reason."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mapmaker import artifacts
from mapmaker.errors import ImagesError
from mapmaker.model import Images
from mapmaker.stages import Job
from mapmaker.stages.compose.tree import replace_site
from mapmaker.stages.scan import Look, Memory, ScanStage, Seen, list_files, new_id, settle, stage
from mapmaker.workspace import Record
from tests.conftest import Picture


def scanned(job: Job) -> tuple[Images, dict[str, str]]:
    """Run the stage; return its images, and the reasons of its rejects by path."""
    stage = ScanStage()
    figures = stage.run(job)
    job.work.commit(stage.name, stage.writes, Record("", {}, figures))
    return artifacts.read_images(job.work), {r.path: r.reason for r in artifacts.read_rejects(job.work)}


def rows(images: Images) -> list[tuple[str, bool]]:
    return list(zip(images.path, images.present.tolist(), strict=True))


def test_images_are_rows_in_the_order_of_their_paths(job: Job, picture: Picture) -> None:
    for seed, name in enumerate(("b.png", "sub/deep/c.jpg", "a.webp", "sub/a.bmp")):
        picture(job.images / name, seed, (30 + seed, 20))
    images, rejects = scanned(job)
    assert rows(images) == [("a.webp", True), ("b.png", True), ("sub/a.bmp", True), ("sub/deep/c.jpg", True)]
    assert images.width.tolist() == [32, 30, 33, 31]
    assert images.height.tolist() == [20] * 4
    assert rejects == {}


def test_content_decides_and_not_the_name(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png").rename(job.images / "a.txt")
    picture(job.images / "b.png", 1).rename(job.images / "b")
    (job.images / "c.jpg").write_text("no picture at all")
    images, rejects = scanned(job)
    assert rows(images) == [("a.txt", True), ("b", True)]
    assert rejects == {"c.jpg": "not an image (JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF or BMP)"}


def test_a_row_stays_an_images_for_life(job: Job, picture: Picture) -> None:
    for seed, name in enumerate(("b.png", "d.png")):
        picture(job.images / name, seed)
    first, _ = scanned(job)
    picture(job.images / "a.png", 2)
    second, _ = scanned(job)
    assert rows(second) == [("b.png", True), ("d.png", True), ("a.png", True)]
    assert list(second.id[:2]) == list(first.id)
    (job.images / "b.png").rename(job.images.parent / "kept.png")
    third, _ = scanned(job)
    assert rows(third) == [("b.png", False), ("d.png", True), ("a.png", True)]
    assert list(third.id) == list(second.id)
    assert third.width.tolist() == second.width.tolist()
    (job.images.parent / "kept.png").rename(job.images / "b.png")
    fourth, _ = scanned(job)
    assert rows(fourth) == [("b.png", True), ("d.png", True), ("a.png", True)]
    assert list(fourth.sha256) == list(second.sha256)


def test_a_replaced_file_keeps_row_and_id_and_gets_its_new_content(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png", 0)
    picture(job.images / "b.png", 1)
    before, _ = scanned(job)
    picture(job.images / "a.png", 2, (77, 50))
    after, _ = scanned(job)
    assert (after.id, after.path) == (before.id, before.path)
    assert after.sha256[0] != before.sha256[0]
    assert after.sha256[1] == before.sha256[1]
    assert after.width.tolist() == [77, 40]


def test_a_file_that_turns_bad_is_a_tombstone_and_a_reject(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png", 0)
    picture(job.images / "b.png", 1)
    scanned(job)
    (job.images / "a.png").write_bytes(b"")
    images, rejects = scanned(job)
    assert rows(images) == [("a.png", False), ("b.png", True)]
    assert rejects == {"a.png": "empty file"}


def test_of_copies_the_first_path_is_kept(job: Job, picture: Picture) -> None:
    picture(job.images / "m.png")
    (job.images / "a.png").write_bytes((job.images / "m.png").read_bytes())
    Image.open(job.images / "m.png").save(job.images / "z.bmp")
    images, rejects = scanned(job)
    assert rows(images) == [("a.png", True)]
    assert rejects == {"m.png": "same file as a.png", "z.bmp": "same pixels as a.png"}


def test_a_copy_does_not_oust_the_image_that_was_there_before(job: Job, picture: Picture) -> None:
    picture(job.images / "m.png")
    scanned(job)
    (job.images / "a.png").write_bytes((job.images / "m.png").read_bytes())
    images, rejects = scanned(job)
    assert rows(images) == [("m.png", True)]
    assert rejects == {"a.png": "same file as m.png"}


def test_a_renamed_file_keeps_row_and_id_also_where_it_comes_back_later(job: Job, picture: Picture) -> None:
    picture(job.images / "b.png", 0)
    picture(job.images / "c.png", 1)
    before, _ = scanned(job)
    (job.images / "b.png").rename(job.images / "a.png")
    after, rejects = scanned(job)
    assert (rows(after), rejects) == ([("a.png", True), ("c.png", True)], {})
    assert after.id == before.id
    (job.images / "a.png").rename(job.images.parent / "aside.png")
    assert rows(scanned(job)[0]) == [("a.png", False), ("c.png", True)]
    (job.images.parent / "aside.png").rename(job.images / "z.png")
    picture(job.images / "b.png", 2)
    last, _ = scanned(job)
    assert rows(last) == [("z.png", True), ("c.png", True), ("b.png", True)]
    assert last.id[:2] == before.id
    assert last.id[2].startswith(before.id[0])  # the id of its path is the other's for good


def test_what_remains_of_two_copies_keeps_row_and_id(job: Job, picture: Picture) -> None:
    picture(job.images / "m.png")
    (job.images / "z.png").write_bytes((job.images / "m.png").read_bytes())
    before, _ = scanned(job)
    (job.images / "m.png").unlink()
    after, rejects = scanned(job)
    assert (rows(after), rejects) == ([("z.png", True)], {})
    assert after.id == before.id


def test_files_that_change_names_are_told_by_their_names_where_these_are_known(job: Job, picture: Picture) -> None:
    for seed, name in enumerate("abc"):
        picture(job.images / f"{name}.png", seed)
    before, _ = scanned(job)
    (job.images / "b.png").rename(job.images / "a.png")
    after, _ = scanned(job)
    assert rows(after) == [("a.png", True), ("b.png", False), ("c.png", True)]
    assert after.id == before.id
    assert after.sha256[0] == before.sha256[1]


def test_who_comes_back_as_a_copy_does_not_oust_who_is_there() -> None:
    images, _ = settle(None, {"a": Seen("A", "same", 1, 1)})
    images, _ = settle(images, {"b": Seen("B", "same", 1, 1)})
    assert rows(images) == [("a", False), ("b", True)]
    images, rejects = settle(images, {"b": Seen("B", "same", 1, 1), "c": Seen("A", "same", 1, 1)})
    assert rows(images) == [("a", False), ("b", True)]
    assert [reject.path for reject in rejects] == ["c"]


def test_pictures_of_the_same_pixels_in_another_shape_are_no_copies(job: Job) -> None:
    for name, size in (("wide.png", (20, 10)), ("high.png", (10, 20))):
        Image.new("RGB", size, "red").save(job.images / name)
    assert rows(scanned(job)[0]) == [("high.png", True), ("wide.png", True)]


def test_hidden_folders_map_work_and_table_are_passed_over(job: Job, picture: Picture) -> None:
    inside = replace(
        job, out=job.images / "map", metadata=job.images / "titles.csv", work=type(job.work)(job.images / "work")
    )
    for seed, name in enumerate(("a.png", ".git/b.png", "map/c.png", "work/d.png", "sub/.hidden/e.png")):
        picture(job.images / name, seed)
    (job.images / "titles.csv").write_text("filename\n")
    assert [file.path for file in list_files(inside)] == ["a.png"]
    assert [file.path for file in list_files(replace(inside, metadata=None))] == ["a.png", "titles.csv"]


def test_maps_of_ours_are_passed_over_and_are_no_folder_of_posters(job: Job, picture: Picture, tmp_path: Path) -> None:
    picture(job.images / "a.png")
    older = job.images / "sub" / "map"
    older.mkdir(parents=True)
    replace_site(older, {"posters/b.png": picture(tmp_path / "b.png", 1).read_bytes()}, tmp_path / "keep")
    assert [file.path for file in list_files(job)] == ["a.png"]
    with pytest.raises(ImagesError, match=r"map is a map that mapmaker made; give the folder that holds the posters"):
        ScanStage().check(replace(job, images=older))
    for other in ('{"generator": "another"}', "[]", "{", ""):
        (older / "data" / "manifest.json").write_text(other)
        assert len(list_files(job)) == 3


def test_the_table_is_known_by_whatever_name_and_nothing_else_is_taken_for_it(job: Job, tmp_path: Path) -> None:
    table, twin, link = (job.images / name for name in ("titles.csv", "twin.csv", "link.csv"))
    for file in (table, twin):
        file.write_text("filename\n")
        os.utime(file, ns=(0, 10**18))
    link.symlink_to(table)
    for name in (table, link, job.images / ".." / "images" / "titles.csv"):
        assert [file.path for file in list_files(replace(job, metadata=name))] == ["twin.csv"]
    everything = ["link.csv", "titles.csv", "twin.csv"]
    assert [file.path for file in list_files(replace(job, metadata=tmp_path / "missing.csv"))] == everything


def test_more_files_are_no_more_questions_to_the_disk(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    (job.images / "titles.csv").write_text("filename\n")
    asked: list[Path] = []
    ask = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **how: asked.append(self) or ask(self, **how))  # type: ignore[func-returns-value]  # appended on the way
    counts = []
    for count in (1, 50):
        for number in range(count):
            (job.images / f"{number}.png").touch()
        asked.clear()
        assert len(list_files(replace(job, metadata=job.images / "titles.csv"))) == count
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_folders_may_be_deeper_than_python_recurses(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = sys.getrecursionlimit() + 100
    monkeypatch.chdir(job.images)
    for _ in range(depth):
        Path("d").mkdir()
        monkeypatch.chdir("d")
    Path("a.png").touch()
    try:
        assert [file.path for file in list_files(job)] == ["d/" * depth + "a.png"]
    finally:  # pytest would recurse to clear it away
        Path("a.png").unlink()
        for _ in range(depth):
            monkeypatch.chdir("..")
            Path("d").rmdir()


def test_a_folder_too_deep_to_be_named_is_left_out_with_its_reason(
    job: Job, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(job.images / "a.png")
    monkeypatch.chdir(job.images)
    for _ in range(25):
        Path("d" * 200).mkdir()
        monkeypatch.chdir("d" * 200)
    images, rejects = scanned(job)
    assert rows(images) == [("a.png", True)]
    assert list(rejects.values()) == ["cannot be read: File name too long"]


def test_links_are_followed_but_never_in_a_circle(job: Job, picture: Picture, tmp_path: Path) -> None:
    picture(job.images / "sub" / "a.png")
    picture(tmp_path / "elsewhere" / "b.png", 1)
    (job.images / "sub" / "up").symlink_to(job.images)
    (job.images / "sub" / "self").symlink_to(job.images / "sub")
    (job.images / "linked").symlink_to(tmp_path / "elsewhere")
    (job.images / "c.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    assert [file.path for file in list_files(job)] == ["c.png", "linked/b.png", "sub/a.png"]


def test_a_folder_with_two_names_is_listed_under_the_first_of_them(job: Job, picture: Picture) -> None:
    picture(job.images / "m" / "a.png")
    for name in ("z", "b", "y", "k"):
        (job.images / name).symlink_to(job.images / "m")
    assert [file.path for file in list_files(job)] == ["b/a.png"]


def test_a_link_to_nothing_is_left_out_with_its_reason(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png")
    (job.images / "b.png").symlink_to(job.images / "gone.png")
    (job.images / "c.png").symlink_to(job.images / "c.png")
    images, rejects = scanned(job)
    assert rows(images) == [("a.png", True)]
    assert list(rejects) == ["b.png", "c.png"]
    assert all(reason.startswith("cannot be read: ") for reason in rejects.values())


def test_a_pipe_is_left_out_and_not_waited_for(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png")
    os.mkfifo(job.images / "pipe")
    _, rejects = scanned(job)
    assert rejects == {"pipe": "cannot be read: not a regular file"}


@pytest.mark.parametrize("name", [b"\xff\xe9.png", b"line\nbreak.png", b"return\r.png", b'quote",comma.png', b" .png"])
def test_any_name_that_a_file_may_have_is_read_again_as_it_is(job: Job, picture: Picture, name: bytes) -> None:
    path = job.images / os.fsdecode(name)
    try:
        picture(job.images / "a.png").rename(path)
    except OSError:
        pytest.skip(f"this file system cannot name a file {name!r}")
    for _ in range(2):
        images, _ = scanned(job)
        assert rows(images) == [(os.fsdecode(name), True)]
    assert re.fullmatch("[a-z2-7]{10}", images.id[0])


def test_unchanged_files_are_not_opened_again(job: Job, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        picture(job.images / f"{seed}.png", seed)
    (job.images / "broken.jpg").write_text("x")
    first = scanned(job)
    looked: list[str] = []
    look = Look.__call__
    monkeypatch.setattr(Look, "__call__", lambda self, path: looked.append(path) or look(self, path))  # type: ignore[func-returns-value]  # appended on the way
    second = scanned(job)
    assert looked == []
    assert second[1] == first[1]
    picture(job.images / "1.png", 7)
    picture(job.images / "new.png", 8)
    scanned(job)
    assert looked == ["1.png", "new.png"]


def test_an_interrupted_scan_goes_on_where_it_was(job: Job, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(6):
        picture(job.images / f"{seed}.png", seed)
    looked: dict[str, int] = {}
    look = Look.__call__

    def interrupted(self: Look, path: str) -> Seen:
        looked[path] = sum(len(Memory(file).read()) for file in job.work.cache("scan").glob("*.csv"))
        if path == "5.png":
            raise KeyboardInterrupt
        return look(self, path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Look, "__call__", interrupted)
        patch.setattr(stage, "SAVED_EVERY", 2)
        ScanStage().run(job)
    remembered = [0, 0, 2, 2, 4, 4]  # what a kill would have left
    assert looked == {f"{seed}.png": number for seed, number in enumerate(remembered)}
    looked.clear()
    monkeypatch.setattr(Look, "__call__", lambda self, path: looked.update({path: 1}) or look(self, path))
    images, _ = scanned(job)
    assert list(looked) == ["5.png"]
    assert rows(images) == [(f"{seed}.png", True) for seed in range(6)]


def test_damaged_memory_costs_time_and_nothing_else(job: Job, picture: Picture) -> None:
    picture(job.images / "a.png")
    before, _ = scanned(job)
    (memory,) = job.work.cache("scan").glob("*.csv")
    for damage in (b"", b"a,b\n", b'"', b"\0" * 9, b"a,x,y,z,,1,1,\n"):
        memory.write_bytes(damage)
        after, _ = scanned(job)
        assert (after.id, after.sha256) == (before.id, before.sha256)


def test_an_image_over_the_pixel_limit_is_left_out(job: Job, picture: Picture) -> None:
    picture(job.images / "small.png", 0, (10, 10))
    picture(job.images / "large.png", 1, (50, 50))
    ScanStage(pixel_limit=100).run(job)
    job.work.commit("scan", ScanStage.writes, Record("", {}, {}))
    assert artifacts.read_images(job.work).path == ["small.png"]
    assert "over the pixel limit" in artifacts.read_rejects(job.work)[0].reason


def test_a_folder_without_files_or_without_images_is_an_error(job: Job, tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="no file in "):
        ScanStage().run(job)
    (job.images / "a.txt").write_text("text")
    (job.images / "b.txt").write_text("more text")
    with pytest.raises(ImagesError, match=r"no image can be read in .*: 2 files left out \(a.txt: not an image"):
        ScanStage().run(job)
    for see in (ScanStage().check, ScanStage().outside):
        with pytest.raises(ImagesError, match="no folder "):
            see(replace(job, images=tmp_path / "missing"))
        with pytest.raises(ImagesError, match=r"a\.txt is a file; give the folder that holds the posters"):
            see(replace(job, images=job.images / "a.txt"))


def seen(number: int) -> Seen:
    return Seen(f"bytes{number}", f"pixels{number // 2}", 10, 20)  # two of each show the same pixels


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 7)), min_size=1, max_size=6))
def test_whatever_comes_and_goes_rows_are_only_appended(history: list[dict[str, int]]) -> None:
    images = None
    for folder in history:
        now = {path: seen(folder[path]) for path in sorted(folder)}
        after, rejects = settle(images, now)
        if images is not None:
            assert list(after.id[: len(images)]) == list(images.id)
            for row, (path, here) in enumerate(rows(after)[: len(images)]):
                renamed = images.path[row] not in now and here and now[path].sha256 == images.sha256[row]
                assert path == images.path[row] or renamed
        shown = [path for path, here in rows(after) if here]
        assert sorted(shown + [reject.path for reject in rejects]) == sorted(now)
        pixels = [now[path].pixels for path in shown]
        assert sorted(pixels) == sorted({one.pixels for one in now.values()})
        for path, digest, here in zip(after.path, after.sha256, after.present, strict=True):
            assert not here or digest == now[path].sha256
        images = after


def test_ids_depend_on_the_path_alone_and_grow_where_two_meet() -> None:
    assert new_id("a/b.jpg", set()) == new_id("a/b.jpg", {"other"})
    short = new_id("a/b.jpg", set())
    assert re.fullmatch("[a-z2-7]{10}", short)
    longer = new_id("a/b.jpg", {short})
    assert longer.startswith(short)
    assert len(longer) == 11
    assert new_id("é.jpg", set()) == new_id("e\u0301.jpg", set())  # a Mac may tell the same name in another form


def test_where_nothing_was_and_nothing_is_there_are_no_rows() -> None:
    images, rejects = settle(None, {})
    assert len(images) == 0
    assert rejects == []
    again, _ = settle(images, {"a.png": seen(0)})
    assert rows(again) == [("a.png", True)]


def test_the_same_name_in_two_normal_forms_is_two_rows() -> None:
    images, _ = settle(None, {"é.jpg": seen(0), "e\u0301.jpg": seen(2)})
    assert len(set(images.id)) == 2
    assert np.all(images.present)
