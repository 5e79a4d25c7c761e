"""Each fault that is planted is found, by the right file, and said in words."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker.checks import Kind
from mapmaker.checks.fault import SPELLED_OUT
from mapmaker.hosts import HOSTS

from .page_faults import PAGE_FAULTS
from .planted import Copy
from .planting import TILE
from .site_faults import SITE_FAULTS

FAULTS = {**SITE_FAULTS, **PAGE_FAULTS}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(copy: Copy, name: str) -> None:
    plant, kind, file, problem = FAULTS[name]
    plant(copy)
    checked = mm.check(copy.root)
    found = [(fault.kind, fault.file, fault.problem) for fault in checked.faults]
    assert any(fault[0] is kind and (not file or fault[1] == file) and problem in fault[2] for fault in found), found
    assert not checked.whole
    assert all(fault.remedy for fault in checked.faults)
    assert all(len(fault.problem.splitlines()) == 1 for fault in checked.faults)


@pytest.mark.parametrize("host", ["github-pages", "cloudflare-pages"])
def test_what_is_more_than_a_host_takes_is_found(
    copy: Copy, packed_copy: Copy, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(HOSTS[host], most_files=20, most_bytes=100_000, most_file_bytes=50_000)
    monkeypatch.setitem(HOSTS, host, small)
    assert mm.check(copy.root).whole
    found = {(fault.kind, fault.file, fault.problem.split()[1]) for fault in mm.check(copy.root, host).faults}
    assert {(Kind.LIMIT, "", "files"), (Kind.LIMIT, "", "bytes")} <= found
    assert {file for _, file, _ in found} >= {"assets/viewer.js"}
    told = " ".join(fault.problem for fault in mm.check(packed_copy.root, host).faults)
    assert ("answers no requests for a part of a file" in told) == (host == "cloudflare-pages")


def test_where_a_host_has_no_limit_what_maps_aim_at_counts(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HOSTS, "s3", replace(HOSTS["s3"], aim_files=20))
    (fault,) = mm.check(copy.root, "s3").faults
    assert "files are more than the 20 for S3 and the like" in fault.problem
    monkeypatch.setitem(HOSTS, "s3", replace(HOSTS["s3"], aim_files=20, most_files=1000))
    assert mm.check(copy.root, "s3").whole


def test_all_faults_are_counted_and_some_of_each_kind_spelled_out(copy: Copy) -> None:
    for number in range(SPELLED_OUT + 5):
        (copy.root / f"assets/old-{number}.js").write_text("x")
    (copy.root / TILE).unlink()
    checked = mm.check(copy.root)
    assert checked.count == SPELLED_OUT + 6
    assert checked.more == {"unlisted": 5}
    assert [fault.kind for fault in checked.faults].count(Kind.UNLISTED) == SPELLED_OUT
    assert (Kind.MISSING, TILE) in [(fault.kind, fault.file) for fault in checked.faults]


def test_a_file_that_cannot_be_read_is_found(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refuse(path: Path, *more: Any, **options: Any) -> Any:
        if path.name == "facets.js":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(Path, "open", refuse)
    found = {(fault.kind, fault.file, fault.problem) for fault in mm.check(copy.root).faults}
    for kind in (Kind.CHANGED, Kind.MISSING):
        assert (kind, "data/facets.js", "cannot be read: Permission denied") in found


def test_nothing_outside_the_folder_is_read(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "0.js").write_bytes((copy.root / "data/search/0.js").read_bytes())
    shutil.rmtree(copy.root / "data/search")
    (copy.root / "data/search").symlink_to(outside, target_is_directory=True)
    copy.list_all({**copy.listed(), "../outside/0.js": "0" * 64, str(outside / "0.js"): "0" * 64})
    seen: list[str] = []
    opened = Path.open

    def watch(path: Path, *more: Any, **options: Any) -> Any:
        seen.append(os.path.realpath(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(Path, "open", watch)
    checked = mm.check(copy.root)
    assert "data/search/0.js" in {fault.file for fault in checked.faults}
    assert seen
    assert all(name.startswith(f"{copy.root.resolve()}{os.sep}") for name in seen)
