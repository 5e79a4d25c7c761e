"""A folder of posters and a map of it, to look into, change and build again."""

import csv
from pathlib import Path
from typing import Any

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.model import Arrangement, Images
from mapmaker.workspace import Workspace
from tests.scripts import data_of, posters_of


class Built:
    """A folder of posters with a map made of it, to change and build again."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.table = self.posters / "metadata.csv"
        self.options = {"extractor": "classic", "workers": 1, **options}

    def build(self, **more: Any) -> mm.Report:
        """Build the map, with these options too."""
        return mm.build(self.posters, self.out, self.table, **{**self.options, **more})

    def rows(self) -> dict[str, dict[str, str]]:
        """Return the rows of the table, by file."""
        with self.table.open(encoding="utf-8", newline="") as file:
            return {row["filename"]: row for row in csv.DictReader(file)}

    def artefacts(self) -> tuple[Images, Arrangement]:
        """Return the images of the map, and where they stand."""
        with Workspace(self.work) as work:
            return artifacts.read_images(work), artifacts.read_arrangement(work)

    def told(self) -> dict[str, Any]:
        """Return what the viewer is told of the map."""
        return dict(data_of(self.out))

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return the posters of the finished map by id, as the viewer is told."""
        return {poster["id"]: poster for poster in posters_of(self.out)}
