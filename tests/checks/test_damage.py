"""Whatever is done to the bytes of a map, a check tells, and never crashes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mapmaker as mm

from .planted import MANIFEST, Copy
from .planting import (
    SHARD,
)


@pytest.fixture(scope="session")
def scratch(clean: Path, packed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Copy]:
    """Copies of both maps, to break and make good again."""
    place = tmp_path_factory.mktemp("scratch")
    return [Copy(Path(shutil.copytree(site, place / site.parent.name))) for site in (clean, packed)]


CHANGES = st.tuples(
    st.integers(0, 10**6), st.floats(0, 1), st.sampled_from(["flip", "cut", "drop", "add"]), st.integers(0, 255)
)


def damaged(content: bytes, at: float, how: str, byte: int) -> bytes:
    """Return other bytes than `content`."""
    place = min(int(at * len(content)), len(content) - 1)
    before, after = content[:place], content[place + 1 :]
    if how == "flip":
        return before + bytes([content[place] ^ (byte or 1)]) + after
    if how == "add":
        return before + bytes([byte]) + content[place:]
    return before if how == "cut" else before + after


@pytest.mark.parametrize("which", [0, 1], ids=["files", "archives"])
@given(change=CHANGES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_byte_that_changes_in_data_is_found(
    scratch: list[Copy], which: int, change: tuple[int, float, str, int]
) -> None:
    root = scratch[which].root
    files = sorted(path for path in (root / "data").rglob("*") if path.is_file())
    file, content = files[change[0] % len(files)], files[change[0] % len(files)].read_bytes()
    file.write_bytes(damaged(content, *change[1:]))
    try:
        assert not mm.check(root).whole
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("which", [0, 1], ids=["files", "archives"])
@given(change=CHANGES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_on_damage_that_the_manifest_agrees_with(
    scratch: list[Copy], which: int, change: tuple[int, float, str, int]
) -> None:
    copy = scratch[which]
    files = sorted(path for path in copy.root.rglob("*") if path.is_file() and path.stat().st_size)
    files = [path for path in files if path.name != "manifest.json"]
    file, manifest = files[change[0] % len(files)], (copy.root / MANIFEST).read_bytes()
    content = file.read_bytes()
    copy.write(file.relative_to(copy.root).as_posix(), damaged(content, *change[1:]))
    try:
        assert mm.check(copy.root).files
    finally:
        file.write_bytes(content)
        (copy.root / MANIFEST).write_bytes(manifest)


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data(), wrong=WRONG)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_on_values_of_another_kind_anywhere(
    scratch: list[Copy], data: st.DataObject, wrong: Any
) -> None:
    copy = scratch[data.draw(st.integers(0, 1))]
    name = data.draw(st.sampled_from(["map", "facets", "ids/all", "search/0", SHARD]))
    value = before = copy.value(name)
    path: list[tuple[Any, Any]] = []
    while isinstance(before, dict | list) and before and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(before) if isinstance(before, dict) else range(len(before))))
        path.append((before, key))
        before = before[key]
    inside, key = path[-1]
    kept = (copy.root / f"data/{name}.js").read_bytes(), (copy.root / MANIFEST).read_bytes()
    inside[key] = wrong
    copy.put(name, value)
    try:
        checked = mm.check(copy.root)
        same = json.dumps(wrong) == json.dumps(before)
        assert same or not checked.whole or name == "map" or key in ("title", "more") or isinstance(wrong, str)
    finally:
        (copy.root / f"data/{name}.js").write_bytes(kept[0])
        (copy.root / MANIFEST).write_bytes(kept[1])
