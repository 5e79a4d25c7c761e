"""A map of demo posters, and the file that says what is wanted of its clusters."""

import json
from pathlib import Path
from typing import Any

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE
from mapmaker.model import Clusters
from mapmaker.workspace import Workspace
from tests.scripts import data_of

COUNT, LATE = 84, 4
"""Posters, and how many of them come late."""


class Curated:
    """Demo posters, their map, and the file that says what is wanted of its clusters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"
        self.file = self.posters / CLUSTERS_FILE

    def build(self, **more: Any) -> mm.Report:
        """Build the map, with these options too."""
        table = self.folder / "titles.csv"
        options = {"extractor": "classic", "layout": "pca", "poster_size": 24, "workers": 1, **more}
        return mm.build(self.posters, self.out, table, **options)

    def edit(self, text: str, **more: Any) -> mm.Report:
        """Write the file, and build."""
        self.file.write_text(text, encoding="utf-8")
        return self.build(**more)

    def clusters(self) -> Clusters:
        """Return the clusters that the map shows."""
        return artifacts.read_clusters(Workspace(self.work), name=artifacts.CURATED)

    def members(self) -> dict[str, set[str]]:
        """Return the paths of each cluster's posters, by slug."""
        work = Workspace(self.work)
        images, rows = artifacts.read_images(work), artifacts.read_selection(work).rows
        return {one.slug: {images.path[rows[member]] for member in one.members} for one in self.clusters().clusters}

    def names(self) -> dict[str, str]:
        """Return what the site calls clusters, by slug."""
        return {one["slug"]: one["name"] for one in data_of(self.out)["clusters"]}

    def called(self) -> dict[str, str]:
        """Return what clusters are called, by slug."""
        return {one.slug: one.called for one in artifacts.read_named(Workspace(self.work)).clusters}

    def come(self) -> None:
        """Let the posters come that were not there yet."""
        for path in (self.folder / "late").iterdir():
            path.rename(self.posters / path.name)


def told(report: mm.Report) -> list[str]:
    """Return what was warned of clusters.toml."""
    return [warning for warning in report.warnings if CLUSTERS_FILE in warning]


def some_of(paths: set[str]) -> str:
    """Return a few of a cluster's posters as its table has them."""
    return json.dumps(sorted(paths)[:4])
