"""The work folder: nothing half-written, nothing of the user's lost, one build at a time."""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mapmaker import workspace
from mapmaker.errors import BusyError, OutputError
from mapmaker.workspace import INDEX, Record, Workspace, file_digest, fingerprint, replacing

RECORD = Record("f", {}, {"posters": 1})


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "work") as opened:
        yield opened


def commit(work: Workspace, text: str, name: str = "a.txt") -> list[str]:
    work.fresh(name).write_text(text)
    return work.commit("stage", [name], RECORD)


def commit_folder(work: Workspace, text: str) -> list[str]:
    folder = work.fresh("tiles")
    folder.mkdir()
    (folder / INDEX).write_text(text)
    return work.commit("stage", ["tiles"], RECORD)


def test_a_committed_artefact_is_in_place_and_recorded(work: Workspace) -> None:
    assert commit(work, "one") == []
    assert work.path("a.txt").read_text() == "one"
    assert not work.fresh("a.txt").exists()
    record = work.record("stage")
    assert record is not None
    assert record.outputs == {"a.txt": file_digest(work.path("a.txt"))}
    assert record.pending == {}
    assert (record.fingerprint, record.figures) == ("f", {"posters": 1})


def test_our_own_artefact_is_replaced_without_ado(work: Workspace) -> None:
    commit(work, "one")
    assert commit(work, "two") == []
    assert work.path("a.txt").read_text() == "two"
    assert not (work.folder / "replaced").exists()


def test_a_folder_is_replaced_whole(work: Workspace) -> None:
    commit_folder(work, "one")
    (work.path("tiles") / "left over").write_text("")
    assert commit_folder(work, "two") == []
    assert [path.name for path in work.path("tiles").iterdir()] == [INDEX]
    assert list((work.folder / "fresh").iterdir()) == []


def test_a_hand_made_artefact_is_put_aside_and_never_lost(work: Workspace) -> None:
    commit(work, "one")
    kept = []
    for text in ("mine", "mine again", "mine"):
        work.path("a.txt").write_text(text)
        kept += commit(work, "two")
    assert [Path(path).read_text() for path in kept] == ["mine", "mine again", "mine"]
    assert work.path("a.txt").read_text() == "two"


@pytest.mark.parametrize("moment", ["before the first rename", "after it", "after the last"])
def test_a_kill_during_a_commit_makes_no_artefact_of_ours_a_strangers(
    work: Workspace, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.fresh("a.txt").write_text("one")
    work.fresh("b.txt").write_text("b one")
    work.commit("both", ["a.txt", "b.txt"], RECORD)
    work.fresh("a.txt").write_text("two")
    work.fresh("b.txt").write_text("b two")
    die_at = {"before the first rename": 0, "after it": 1, "after the last": 2}[moment]
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "_swap", dying(workspace._swap, die_at))
        if die_at == 2:
            patch.setattr(Workspace, "_write_record", dying(Workspace._write_record, 1))
        with pytest.raises(KeyboardInterrupt):
            work.commit("both", ["a.txt", "b.txt"], RECORD)
    texts = work.path("a.txt").read_text(), work.path("b.txt").read_text()
    assert texts == {0: ("one", "b one"), 1: ("two", "b one"), 2: ("two", "b two")}[die_at]
    interrupted = work.record("both")
    assert interrupted is not None
    assert interrupted.pending
    assert interrupted.fingerprint == ""  # so that the stage runs again, whatever its options then are
    work._lock.close()
    with Workspace(work.folder) as again:
        again.fresh("a.txt").write_text("three")
        again.fresh("b.txt").write_text("b three")
        assert again.commit("both", ["a.txt", "b.txt"], RECORD) == []
        assert again.path("b.txt").read_text() == "b three"


def dying(function: Callable[..., None], after: int) -> Callable[..., None]:
    """Return `function` that works `after` times and then is killed."""
    calls = iter(range(after))

    def call(*arguments: object) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        function(*arguments)

    return call


def test_what_a_killed_run_left_half_written_is_gone_at_the_next(tmp_path: Path) -> None:
    with Workspace(tmp_path / "work") as work:
        work.fresh("a.txt").write_text("half")
        folders = work.folder, work.cache("scan"), work.cache("features/x")
        half = [folder / ".digests.json.7.tmp" for folder in folders]
        for file in half:
            file.write_text("half")
    with Workspace(tmp_path / "work") as work:
        assert not (work.folder / "fresh").exists()
        assert not any(file.exists() for file in half)
        assert work.digest("a.txt") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', '{"fingerprint": "f"}', '{"other": 1}'])
def test_a_record_that_was_cut_off_is_as_good_as_none(work: Workspace, text: str) -> None:
    (work.folder / "stage.record.json").write_text(text)
    assert work.record("stage") is None


def test_a_record_of_a_later_version_is_read_for_what_is_known(work: Workspace) -> None:
    commit(work, "one")
    file = work.folder / "stage.record.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "later": 1}))
    assert work.record("stage") is not None


def test_digests_are_remembered_until_size_or_time_change(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(work, "one")
    digest = work.digest("a.txt")
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "file_digest", lambda path: pytest.fail(f"{path} is read again"))
        assert work.digest("a.txt") == digest
        work._lock.close()
        with Workspace(work.folder) as again:
            assert again.digest("a.txt") == digest
    work.path("a.txt").write_text("uno")
    os.utime(work.path("a.txt"), ns=(1, 1))
    assert work.digest("a.txt") == file_digest(work.path("a.txt")) != digest
    work.path("a.txt").unlink()
    assert work.digest("a.txt") is None


@pytest.mark.parametrize("text", ["{", "[]", '{"a.txt": 3}', '{"a.txt": {}}'])
def test_damaged_digest_memory_is_forgotten(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "work"
    with Workspace(folder) as work:
        commit(work, "one")
    (folder / "digests.json").write_text(text)
    with Workspace(folder) as work:
        assert work.digest("a.txt") == file_digest(folder / "a.txt")


def test_a_second_process_is_told_that_the_folder_is_busy(work: Workspace) -> None:
    pool = multiprocessing.get_context("spawn").Pool(1)
    with pool, pytest.raises(BusyError, match=r"another build is at work in .*work; wait for it, or use --work"):
        pool.apply(hold, (work.folder,))


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    process = context.Process(target=hold_forever, args=(tmp_path / "work", held))
    process.start()
    assert held.wait(60)
    with pytest.raises(BusyError), Workspace(tmp_path / "work"):
        pass
    process.kill()
    process.join()
    with Workspace(tmp_path / "work"):
        pass


def hold(folder: Path) -> None:
    with Workspace(folder):
        pass


def hold_forever(folder: Path, held: object) -> None:
    with Workspace(folder):
        held.set()  # type: ignore[attr-defined]  # a multiprocessing.Event, which has no public type
        multiprocessing.get_context("spawn").Event().wait()


def test_a_work_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match=r"cannot write the work folder .*file.work: "),
        Workspace(tmp_path / "file" / "work"),
    ):
        pass


def test_a_folder_of_the_users_is_not_taken_for_a_work_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "fresh" / "thesis.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("years of work")
    with pytest.raises(OutputError, match="is not empty and no work folder of ours"), Workspace(tmp_path / "mine"):
        pass
    assert mine.read_text() == "years of work"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["fresh"]


def test_replacing_leaves_the_old_file_where_writing_fails(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(RuntimeError), replacing(file) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert file.read_text() == "old"
    with replacing(file) as temporary:
        temporary.write_text("new")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


@dataclass(frozen=True)
class Method:
    file: Path | None = None
    size: float = 1.0


@dataclass(frozen=True)
class Other:
    file: Path | None = None
    size: float = 1.0


def test_a_fingerprint_tells_kinds_values_and_contents_of_files_apart(tmp_path: Path) -> None:
    file, copy = tmp_path / "a", tmp_path / "b"
    file.write_text("x")
    copy.write_text("x")
    different = [Method(), Other(), Method(size=2.0), Method(file)]
    assert len({fingerprint({"m": method}) for method in different}) == len(different)
    assert fingerprint({"m": Method(file)}) == fingerprint({"m": Method(copy)})
    assert fingerprint({"a": 1, "b": (2,)}) == fingerprint({"b": [2], "a": 1})
    before = fingerprint({"m": Method(file)})
    file.write_text("y")
    assert fingerprint({"m": Method(file)}) != before


def test_a_fingerprint_knows_names_that_are_not_utf_8() -> None:
    assert fingerprint({"name": "a\udcff.jpg"}) != fingerprint({"name": "a?.jpg"})
