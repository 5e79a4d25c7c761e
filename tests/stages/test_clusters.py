"""Clusters and their names in a work folder: figures, order, and who keeps a name."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.methods.clusterings.telling import Teller
from mapmaker.model import Cluster, Clusters, Posters
from mapmaker.sources.demo import write_posters
from mapmaker.stages.clusters import numbered, themes_first
from mapmaker.workspace import Workspace
from tests.scripts import data_of


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A demo of 140 posters, and the work folder of its map."""
    folder = tmp_path_factory.mktemp("clusters")
    write_posters(folder / "posters", 140, seed=1)
    mm.build(
        folder / "posters",
        folder / "map",
        folder / "posters" / "metadata.csv",
        folder / "work",
        extractor="classic",
        poster_size=48,
    )
    return folder, folder / "work"


def test_every_cluster_tells_of_itself_what_is_so_and_themes_come_first(built: tuple[Path, Path]) -> None:
    with Workspace(built[1]) as work:
        clusters = artifacts.read_clusters(work).clusters
        vectors, _ = artifacts.read_selected(work)
    assert len(clusters) > 3
    assert [one.slug for one in clusters] == [str(number) for number in range(1, len(clusters) + 1)]
    assert [one.theme for one in clusters] == sorted((one.theme for one in clusters), reverse=True)
    for one in clusters:
        inside = vectors[one.members] @ vectors[one.members].T
        assert one.medoid == one.members[inside.sum(axis=1).argmax()]
        assert one.cohesion == pytest.approx(inside[np.triu_indices(len(inside), 1)].mean(), abs=1e-4)


def test_clusters_are_the_families_of_the_demo(built: tuple[Path, Path]) -> None:
    from sklearn.metrics import adjusted_rand_score

    with Workspace(built[1]) as work:
        rows = artifacts.read_selection(work).rows
        family = np.array(artifacts.read_metadata(work).more["family"])[rows]
        labels = artifacts.read_clusters(work).labels
    assert adjusted_rand_score(family, labels) >= 0.8
    assert set(family[labels >= 0].tolist()) == set(family.tolist())


def test_names_reach_the_site_and_shades_do_where_there_is_none(built: tuple[Path, Path]) -> None:
    folder, place = built
    with Workspace(place) as work:
        named = artifacts.read_named(work).clusters
    assert all(bool(one.name) != bool(one.shade) for one in named)
    assert len({one.called for one in named}) == len(named)
    told = data_of(folder / "map")["clusters"]
    assert [one["name"] for one in told] == [one.name for one in named]
    assert [one.get("shade", "") for one in told] == [one.shade for one in named]


def test_names_that_are_damaged_are_one_line(built: tuple[Path, Path]) -> None:
    with Workspace(built[1]) as work:
        file = work.path(artifacts.NAMES)
        before = file.read_bytes()
        try:
            for wrong in ("[]", "{", '{"1": 7}', '{"1": {"name": " ", "shade": ""}}', '{"1": {"name": "One"}}'):
                file.write_text(wrong, encoding="utf-8")
                with pytest.raises(ArtifactError, match=r"names\.json"):
                    artifacts.read_named(work)
        finally:
            file.write_bytes(before)


def test_figures_are_told_of_one_member_too() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(30, 4))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    points = random.normal(size=(30, 2)).astype(np.float32)
    labels = np.full(30, -1, np.int32)
    labels[3] = 0
    labels[[4, 8, 9]] = 1
    tell = Teller(Posters(points, vectors, vectors, np.arange(30), np.zeros((30, 48), np.uint8)))
    alone, three = tell(numbered(labels).clusters)
    assert (alone.medoid, alone.cohesion, alone.theme) == (3, 0.0, 0.0)
    assert three.medoid in (4, 8, 9)


def test_the_order_by_theme_takes_the_labels_along() -> None:
    members = [np.array([0, 2], np.int32), np.array([1], np.int32)]
    clusters = Clusters(
        np.array([0, 1, 0, -1], np.int32),
        [Cluster("1", "", members[0], theme=0.5), Cluster("2", "", members[1], theme=2.0)],
    )
    found = themes_first(clusters)
    assert found.labels.tolist() == [1, 0, 1, -1]
    assert [(one.slug, one.members.tolist()) for one in found.clusters] == [("1", [1]), ("2", [0, 2])]
    assert dataclasses.replace(found.clusters[0], slug="2").theme == 2.0


def test_without_metadata_every_cluster_is_called_by_its_colours(tmp_path: Path) -> None:
    write_posters(tmp_path / "all", 70, seed=1)
    (tmp_path / "all" / "metadata.csv").unlink()
    mm.build(tmp_path / "all", tmp_path / "map", None, tmp_path / "work", extractor="classic", poster_size=48)
    with Workspace(tmp_path / "work") as work:
        named = artifacts.read_named(work).clusters
    assert named
    assert all(one.shade or one.name for one in named)
    assert not any(one.called.startswith("Cluster ") for one in named)
    with (tmp_path / "work" / "selection.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 71


def test_a_medoid_that_was_taken_out_by_hand_is_unknown(built: tuple[Path, Path]) -> None:
    with Workspace(built[1]) as work:
        file = work.path(artifacts.CLUSTERS)
        before = file.read_bytes()
        told = json.loads(before)
        first = told["clusters"][0]
        first["members"].remove(first["medoid"])
        try:
            file.write_text(json.dumps(told), encoding="utf-8")
            assert artifacts.read_clusters(work).clusters[0].medoid == -1
        finally:
            file.write_bytes(before)


def test_exports_call_clusters_as_the_site_does(built: tuple[Path, Path], tmp_path: Path) -> None:
    mm.export_clusters(built[1], tmp_path / "out")
    with Workspace(built[1]) as work:
        named = artifacts.read_named(work).clusters
    told = json.loads((tmp_path / "out" / "clusters.json").read_text(encoding="utf-8"))
    listed = told["clusters"] if isinstance(told, dict) else told
    assert [one["name"] for one in listed] == [one.called for one in named]
