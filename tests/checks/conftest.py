"""Small maps, really built, and copies of them to break."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm

from .planted import Copy

Maps = Callable[..., Path]


@pytest.fixture(scope="session")
def make_map(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Maps:
    """Builds a map of 30 demo posters, some with addresses, on 17 x 2 cells unless told; returns its folder."""

    def make(**options: Any) -> Path:
        place = tmp_path_factory.mktemp("whole")
        table = place / "table.csv"
        with (posters / "metadata.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for number, row in enumerate(rows):
            row["url"] = f"https://example.org/?a=1&b={number}" if number % 2 else ""
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        usual = {"extractor": "classic", "layout": "pca", "workers": 1, "poster_size": 96, "columns": 17, "rows": 2}
        mm.build(posters, place / "map", table, place / "work", **{**usual, **options})
        return place / "map"

    return make


@pytest.fixture(scope="session")
def clean(make_map: Maps) -> Path:
    """A map that is whole; to be read only."""
    return make_map(base_url="https://me.example/map/", clusters={"smallest": 3})


@pytest.fixture(scope="session")
def packed(make_map: Maps) -> Path:
    """The same, its tiles in archives; to be read only."""
    return make_map(clusters={"smallest": 3}, compose={"tiles": "pmtiles", "archive_bytes": 60_000})


@pytest.fixture
def copy(clean: Path, tmp_path: Path) -> Copy:
    """A copy of the whole map, to break."""
    return Copy(Path(shutil.copytree(clean, tmp_path / "map")))


@pytest.fixture
def packed_copy(packed: Path, tmp_path: Path) -> Copy:
    """A copy of the map of archives, to break."""
    return Copy(Path(shutil.copytree(packed, tmp_path / "packed")))
