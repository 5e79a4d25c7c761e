"""A map to curate: one for all to read, and copies of it."""

import shutil
from pathlib import Path

import pytest

from mapmaker.sources.demo import describe, write_posters
from tests.curation.curated import COUNT, LATE, Curated


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Curated:
    """A map of all but a few of 84 posters; to be read only."""
    made = Curated(tmp_path_factory.mktemp("curated"))
    write_posters(made.posters, COUNT, seed=1)
    (made.posters / "metadata.csv").rename(made.folder / "titles.csv")
    (made.folder / "late").mkdir()
    for poster in range(0, COUNT, COUNT // LATE):
        name = describe(poster, 1).filename
        (made.posters / name).rename(made.folder / "late" / name)
    made.build()
    return made


@pytest.fixture
def own(first: Curated, tmp_path: Path) -> Curated:
    """A copy, to change, its map at its new place."""
    shutil.copytree(first.folder, tmp_path / "own", copy_function=shutil.copy2)
    made = Curated(tmp_path / "own")
    assert made.build().ran == ["compose"]
    return made
