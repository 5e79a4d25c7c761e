"""Files of a site whose content has not changed keep their time of change, which rsync and the like go by."""

import os
from pathlib import Path

import pytest

from mapmaker.manifest import MANIFEST
from mapmaker.stages.compose.tree import Contents, Stored, replace_site
from mapmaker.workspace import file_digest

LONG_AGO = 1_000_000_000


def age(out: Path) -> None:
    """Make all files of a site old."""
    for path in out.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def old(out: Path) -> set[str]:
    """Return the files that still are."""
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file() and p.stat().st_mtime == LONG_AGO}


def stored(path: Path, content: bytes) -> Stored:
    path.write_bytes(content)
    return Stored(path, file_digest(path))


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied"])
def test_what_has_not_changed_keeps_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.delattr(os, "link")
        monkeypatch.setattr(os, "link", _refused, raising=False)
    out, keep = tmp_path / "map", tmp_path / "kept"
    grey, blue = stored(tmp_path / "grey", b"grey"), stored(tmp_path / "blue", b"blue")
    before: Contents = {"index.html": b"page", "data/map.js": b"one", "tiles/b": grey, "tiles/c": blue}
    replace_site(out, before, keep)
    age(out)
    replace_site(out, before, keep)
    assert old(out) == {*before, MANIFEST}
    # A tile that is new, comes first, and looks like one that stands; and one that came to look like another.
    now: Contents = {"index.html": b"page", "data/map.js": b"two", "tiles/a": grey, "tiles/b": grey, "tiles/c": grey}
    replace_site(out, now, keep)
    assert old(out) >= {"index.html", "tiles/b"}
    assert not old(out) & {"data/map.js", MANIFEST}
    assert [(out / f"tiles/{name}").read_bytes() for name in "abc"] == [b"grey"] * 3
    if links:
        assert (out / "tiles/a").samefile(out / "tiles/b")


def _refused(*_: object, **__: object) -> None:
    raise OSError("no links here")


def test_tiles_that_are_alike_and_stand_as_files_of_their_own_keep_their_times(tmp_path: Path) -> None:
    out, keep = tmp_path / "map", tmp_path / "kept"
    grey = stored(tmp_path / "grey", b"grey")
    contents: Contents = {"tiles/a": grey, "tiles/b": grey}
    replace_site(out, contents, keep)
    (out / "tiles/b").unlink()
    (out / "tiles/b").write_bytes(b"grey")  # as a copy of the map has it
    os.utime(out / "tiles/a", (LONG_AGO + 9, LONG_AGO + 9))
    os.utime(out / "tiles/b", (LONG_AGO, LONG_AGO))
    replace_site(out, contents, keep)
    assert old(out) == {"tiles/b"}
