"""A work folder in which clusters were found, to be curated: three of ten posters each, and some that are in none."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE
from mapmaker.errors import CurationError
from mapmaker.methods.clusterings.telling import Teller
from mapmaker.model import (
    Cluster,
    Clusters,
    Features,
    Floats,
    Images,
    Layout,
    Looks,
    Neighbors,
    Origin,
    Posters,
    Reject,
    Selection,
)
from mapmaker.stages import Job
from mapmaker.stages.curate import CurateStage
from mapmaker.workspace import Record

COUNT = 42
"""Rows, the last two of which are not on the map."""
GONE, LEFT_OUT = 40, 41
"""Rows of a poster that went, and of one that triage left out."""
FOUND = {"1": range(10), "2": range(10, 20), "3": range(20, 30)}
"""Selected rows, which are rows. 30 to 33 are like those of 1, and beside them; 34 to 39 are like nobody."""
ALL = {slug: list(rows) for slug, rows in FOUND.items()}


class Bench:
    """A work folder in which clusters were found, and the file that says what is wanted of them."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.file = job.images / CLUSTERS_FILE
        self.images = images()
        vectors, points = space()
        colors = np.random.default_rng(1).integers(0, 256, (COUNT, 48)).astype(np.uint8)
        self.teller = Teller(Posters(points, vectors[:GONE], vectors, np.arange(GONE), colors[:GONE]))
        verdict = ["kept"] * COUNT
        verdict[GONE], verdict[LEFT_OUT] = "gone", "near"
        work = job.work
        artifacts.write_images(work, self.images)
        artifacts.write_rejects(work, [Reject("folder/copy.jpg", "same file as folder/p00.jpg")])
        artifacts.write_looks(work, looks(colors))
        artifacts.write_selection(work, Selection(verdict))
        artifacts.write_features(work, Features(vectors))
        artifacts.write_features(work, Features(vectors), artifacts.VECTORS)
        artifacts.write_neighbors(work, nearest(vectors))
        artifacts.write_layout(work, Layout(points))
        names = {name.partition("[")[0] for name in CurateStage.reads} - {artifacts.CLUSTERS}
        work.commit("before", sorted(names), Record("", {}, {}))
        self.find(FOUND)

    def find(self, groups: Mapping[str, Sequence[int]], names: Mapping[str, str] | None = None) -> None:
        """Let these clusters be found."""
        labels = np.full(GONE, -1, np.int32)
        clusters = []
        for label, (slug, members) in enumerate(groups.items()):
            labels[list(members)] = label
            clusters.append(Cluster(slug, (names or {}).get(slug, ""), np.array(sorted(members), np.int32)))
        artifacts.write_clusters(self.job.work, Clusters(labels, self.teller(clusters), "made so"))
        self.found = self.job.work.fresh(artifacts.CLUSTERS).read_bytes()
        self.job.work.commit("finding", [artifacts.CLUSTERS], Record("", {}, {}))

    def curate(self, text: str | None = None, stage: CurateStage | None = None) -> Clusters:
        """Return the clusters that the file, if there is one, makes of them."""
        if text is not None:
            self.file.write_text(text, encoding="utf-8")
        self.warnings.clear()
        stage = stage or CurateStage()
        stage.check(self.job)
        self.figures = stage.run(self.job)
        self.job.work.commit(stage.name, stage.writes, Record("", {}, {}))
        return artifacts.read_clusters(self.job.work, GONE, artifacts.CURATED)

    def refused(self, text: str) -> str:
        """Return what is said against the file."""
        with pytest.raises(CurationError) as raised:
            self.curate(text)
        said = str(raised.value)
        assert said.startswith(f"{self.file}, line ")
        assert "\n" not in said
        return said.removeprefix(f"{self.file}, line ")

    def members(self, text: str | None = None) -> dict[str, list[int]]:
        """Return the members of each cluster by its slug."""
        return {one.slug: one.members.tolist() for one in self.curate(text).clusters}

    @property
    def warnings(self) -> list[str]:
        """What was warned of."""
        warnings: list[str] = self.job.progress.warnings  # type: ignore[attr-defined]  # the tests' own `Notes`
        return warnings

    @property
    def told(self) -> list[str]:
        """The same, each from its line on, without the file's name."""
        return [one.removeprefix(f"{self.file}, line ") for one in self.warnings]

    @property
    def origins(self) -> dict[str, Origin]:
        """Where clusters come from, by slug."""
        return {one.slug: one for one in artifacts.read_origins(self.job.work)}


def images() -> Images:
    """Return the table of all posters, one of which went."""
    return Images(
        id=[f"id{row:02}" for row in range(COUNT)],
        path=[f"folder/p{row:02}.jpg" for row in range(COUNT)],
        sha256=["0" * 64] * COUNT,
        width=np.full(COUNT, 10, np.int32),
        height=np.full(COUNT, 15, np.int32),
        present=np.arange(COUNT) != GONE,
    )


def looks(colors: NDArray[np.uint8]) -> Looks:
    """Return looks of these colours, and else all alike."""
    return Looks(np.zeros((COUNT, 32), np.uint8), np.ones(COUNT, np.float32), np.ones(COUNT, np.int64), colors)


def nearest(vectors: Floats) -> Neighbors:
    """Return each row's ten nearest."""
    likeness = vectors @ vectors.T
    index = np.argsort(-likeness, axis=1)[:, 1:11].astype(np.int32)
    return Neighbors(index, np.take_along_axis(likeness, index, axis=1))


def space() -> tuple[Floats, Floats]:
    """Return vectors of all rows, around three directions and about, and points of those that are selected."""
    random = np.random.default_rng(0)
    centre = np.repeat([0, 1, 2, 0], [10, 10, 10, 4])
    vectors = random.normal(size=(COUNT, 8)).astype(np.float32)
    vectors[:34] = np.eye(8, dtype=np.float32)[centre] + 0.1 * vectors[:34]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = random.normal(size=(GONE, 2)).astype(np.float32)
    points[:34] += 40 * np.array([[0, 0], [1, 0], [0, 1]], np.float32)[centre]
    points[34:] += 100
    return vectors, points


def posters(*rows: int) -> str:
    """Return a list of posters as the file has them, some by path and some by id."""
    return json.dumps([f"id{row:02}" if row % 2 else f"folder/p{row:02}.jpg" for row in rows])
