"""The benchmark's posters: as many as asked for, all different, the same every time, resumable."""

import csv
import hashlib
import importlib.util
import sys
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "many_posters.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return the script as a module; it is not part of any package."""
    spec = importlib.util.spec_from_file_location("many_posters", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["many_posters"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return a folder with three noisy pictures, one of them in a subfolder, and a broken one."""
    folder = tmp_path / "sources"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "b.png", "more/c.jpg")):
        noise = Random(number).randbytes(3 * 8 * 12)
        Image.frombytes("RGB", (8, 12), noise).resize((40, 60)).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"nothing to see")
    return folder


def make(script: ModuleType, sources: Path, out: Path, count: int, *options: str) -> list[Path]:
    arguments = [str(sources), str(out), str(count), "--workers", "1", *options]
    assert script.main(arguments) == 0
    return sorted(out.rglob("*.jpg"))


def digests(paths: list[Path]) -> list[str]:
    pixels = []
    for path in paths:
        with Image.open(path) as picture:
            pixels.append(hashlib.sha256(picture.tobytes()).hexdigest())
    return pixels


def test_as_many_as_asked_for_are_made_and_no_two_are_alike(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    posters = make(script, sources, tmp_path / "out", 40)
    assert len(set(digests(posters))) == len(posters) == 40


def test_the_metadata_names_every_poster_and_its_source(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    posters = make(script, sources, out, 7)
    with (out / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [out / row["filename"] for row in rows] == posters
    assert {row["source"] for row in rows} == {"a.jpg", "b.png", "more/c.jpg"}
    assert len({row["title"] for row in rows}) == 7
    assert all(1920 <= int(row["year"]) <= 2025 for row in rows)


def test_a_seed_makes_the_same_posters_again_and_another_seed_others(
    script: ModuleType, sources: Path, tmp_path: Path
) -> None:
    first = digests(make(script, sources, tmp_path / "first", 6))
    again = digests(make(script, sources, tmp_path / "again", 6))
    other = digests(make(script, sources, tmp_path / "other", 6, "--seed", "1"))
    assert first == again
    assert not set(first) & set(other)


def test_a_later_run_makes_only_what_is_missing(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    posters = make(script, sources, out, 6)
    before = {path: path.stat().st_mtime_ns for path in posters}
    lost, content = posters[2], posters[2].read_bytes()
    lost.unlink()
    after = make(script, sources, out, 8)
    assert len(after) == 8
    assert lost.read_bytes() == content
    kept = [path for path in posters if path != lost]
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)


def test_two_recipes_are_not_mixed_in_one_folder(
    script: ModuleType, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(script, sources, tmp_path / "out", 2)
    with pytest.raises(SystemExit) as stop:
        script.main([str(sources), str(tmp_path / "out"), "2", "--seed", "1", "--workers", "1"])
    assert stop.value.code == 2
    assert "another recipe" in capsys.readouterr().err


def test_posters_keep_their_sources_size_unless_told(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    for options, size in (((), (40, 60)), (("--size", "30x50"), (30, 50))):
        for path in make(script, sources, tmp_path / f"{size}", 3, *options):
            with Image.open(path) as picture:
                assert picture.size == size


def test_each_subfolder_holds_a_thousand(script: ModuleType) -> None:
    assert script.Task(999, "a.jpg").filename == "0000/0000999.jpg"
    assert script.Task(1_000, "a.jpg").filename == "0001/0001000.jpg"


def test_two_processes_make_what_one_makes(script: ModuleType, sources: Path, tmp_path: Path) -> None:
    import subprocess

    one = digests(make(script, sources, tmp_path / "one", 5))
    command = [sys.executable, str(SCRIPT), str(sources), str(tmp_path / "two"), "5"]
    subprocess.run(command, check=True, capture_output=True)
    assert digests(sorted((tmp_path / "two").rglob("*.jpg"))) == one
