"""A map of the demo's posters: one for all to read, and copies of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

import mapmaker as mm
from tests.pipeline.built import Built


@pytest.fixture(scope="session")
def first(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, mm.Report]:
    """30 demo posters and their map, built once; to be read only."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(posters, folder / "posters")
    built = Built(folder)
    return built, built.build()


@pytest.fixture
def built(first: tuple[Built, mm.Report], tmp_path: Path) -> Built:
    """A copy of it, to change; times of change stay, as they do for whoever moves nothing."""
    source = first[0].out.parent
    for name in ("posters", "map", ".mapmaker"):
        subprocess.run(["cp", "-a", source / name, tmp_path / name], check=True)
    copy = Built(tmp_path)
    copy.build()  # the map's place is another: it is composed anew
    return copy
