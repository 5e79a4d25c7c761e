"""What flows through the house is checked when it is made."""

from typing import Any

import numpy as np
import pytest

from mapmaker.errors import ArtifactError
from mapmaker.model import (
    Arrangement,
    Cluster,
    Clusters,
    Features,
    Grid,
    Images,
    Layout,
    Metadata,
    Neighbors,
    Selection,
)

CELLS = np.array([[0, 0], [1, 0]], np.int32)


def images(**changed: Any) -> Images:
    columns: dict[str, Any] = {
        "id": ["a", "b"],
        "path": ["a.jpg", "b.jpg"],
        "sha256": ["1", "2"],
        "width": np.array([10, 20], np.int32),
        "height": np.array([20, 20], np.int32),
        "present": np.array([True, True]),
    }
    return Images(**{**columns, **changed})


def test_the_aspect_is_the_median_of_height_by_width() -> None:
    assert images().aspect(np.array([0, 1])) == 1.5
    assert images().aspect(np.array([1])) == 1.0


@pytest.mark.parametrize("sizes", [np.array([1, 0], np.int32), np.array([-1, 1], np.int32), np.array([1.0, 2.0])])
@pytest.mark.parametrize("name", ["width", "height"])
def test_an_image_is_a_whole_number_of_pixels_and_at_least_one(name: str, sizes: Any) -> None:
    with pytest.raises(ArtifactError, match=f"images: .*{name}"):
        images(**{name: sizes})


@pytest.mark.parametrize("changed", [{"id": ["a", "a"]}, {"path": ["a"]}, {"present": np.array([True])}], ids=str)
def test_images_of_unequal_columns_or_doubled_ids_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ArtifactError, match="images: "):
        images(**changed)


def test_metadata_of_unequal_columns_is_refused() -> None:
    with pytest.raises(ArtifactError, match="metadata: columns of unequal length"):
        Metadata(["a"], [None], [()], [""], {"director": []})


def test_only_kept_rows_are_selected() -> None:
    assert Selection(["kept", "gone", "blank", "kept"]).rows.tolist() == [0, 3]
    assert Selection([]).rows.tolist() == []


@pytest.mark.parametrize(
    "values",
    [np.zeros(3, np.float32), np.zeros((3, 2)), np.full((1, 1), np.nan, np.float32), np.full((1, 1), np.inf, "f4")],
    ids=["one axis", "float64", "NaN", "infinite"],
)
def test_features_are_finite_float32_of_two_axes(values: Any) -> None:
    with pytest.raises(ArtifactError, match="features: "):
        Features(values)


def test_neighbours_name_rows_that_are_there() -> None:
    flat = np.zeros((2, 1), np.float32)
    for index in (np.array([[2], [0]], np.int32), np.array([[-2], [0]], np.int32)):
        with pytest.raises(ArtifactError, match="neighbors: "):
            Neighbors(index, flat)
    with pytest.raises(ArtifactError, match="differ in shape"):
        Neighbors(np.zeros((2, 1), np.int32), np.zeros((2, 2), np.float32))
    with pytest.raises(ArtifactError, match="not whole numbers"):
        Neighbors(np.zeros((2, 1)), flat)  # type: ignore[arg-type]  # what a damaged file may hold
    with pytest.raises(ArtifactError, match="similarity is not finite"):
        Neighbors(np.zeros((2, 1), np.int32), flat + np.inf)
    assert Neighbors(np.zeros((2, 0), np.int32), np.zeros((2, 0), np.float32)).among(np.array([1])).index.shape == (
        1,
        0,
    )


@pytest.mark.parametrize(
    "points", [np.zeros((3, 3), np.float32), np.zeros(3, np.float32), np.array([[0, np.nan]], np.float32)]
)
def test_a_layout_is_finite_points_of_the_plane(points: Any) -> None:
    with pytest.raises(ArtifactError, match="layout: "):
        Layout(points)


@pytest.mark.parametrize(
    "cells",
    [[[0, 0], [0, 0]], [[0, 0], [2, 0]], [[0, 0], [0, 1]], [[-1, 0], [0, 0]], [[0, 0, 0], [1, 0, 0]]],
    ids=["the same twice", "right of it", "below it", "left of it", "three axes"],
)
def test_cells_of_a_grid_are_its_own_and_unique(cells: Any) -> None:
    with pytest.raises(ArtifactError, match="cells"):
        Arrangement(np.array(cells, np.int32), 2, 1)


@pytest.mark.parametrize(("columns", "rows"), [(0, 1), (2, 0), (-2, -1), (2**16, 2**15)])
def test_a_grid_has_a_cell_and_no_more_than_can_be_numbered(columns: int, rows: int) -> None:
    with pytest.raises(ArtifactError, match="cells"):
        Arrangement(CELLS, columns, rows)


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_the_cost_of_a_grid_is_a_mean_of_squares(cost: float) -> None:
    with pytest.raises(ArtifactError, match="grid: cost"):
        Grid(CELLS, 2, 1, cost, 0.0)


def test_cells_of_a_grid_are_whole_numbers() -> None:
    with pytest.raises(ArtifactError, match="cells: float64, not whole numbers"):
        Grid(CELLS.astype(float), 2, 1, 0.0, 0.0)


@pytest.mark.parametrize("bound", [-1.0, 0.51, float("nan")])
def test_nothing_costs_less_than_the_bound_of_a_grid(bound: float) -> None:
    with pytest.raises(ArtifactError, match="grid: bound"):
        Grid(CELLS, 2, 1, 0.5, bound)


def test_cell_numbers_run_along_rows() -> None:
    corners = np.array([[0, 0], [2, 0], [0, 1], [2, 1]], np.int32)
    assert Arrangement(corners, 3, 2).numbers().tolist() == [0, 2, 3, 5]


def test_clusters_have_slugs_of_their_own_and_labels_that_name_them() -> None:
    members = np.array([0], np.int32)
    labels = np.array([0, -1], np.int32)
    one = Cluster("1", "One", members)
    Clusters(labels, [one])
    with pytest.raises(ArtifactError, match="a slug occurs twice"):
        Clusters(labels, [one, one])
    with pytest.raises(ArtifactError, match="names no cluster"):
        Clusters(labels, [])
    with pytest.raises(ArtifactError, match="names no cluster"):
        Clusters(labels - 1, [one])


def test_a_cluster_without_a_name_is_called_by_its_slug() -> None:
    members = np.array([0], np.int32)
    assert Cluster("74", "", members).called == "Cluster 74"
    assert Cluster("74", "Westerns", members, shade="Red").called == "Westerns"
    assert Cluster("74", "", members, shade="Red").called == "Red"
    with pytest.raises(ArtifactError, match=r"name '\\t' of 74 is blank; none is ''"):
        Cluster("74", "\t", members)


def test_labels_and_members_of_clusters_tell_the_same() -> None:
    one, two = (Cluster(slug, slug, np.array([0], np.int32)) for slug in "ab")
    with pytest.raises(ArtifactError, match="a poster of b is in two clusters"):
        Clusters(np.array([0, -1], np.int32), [one, two])
    with pytest.raises(ArtifactError, match="labels and members differ"):
        Clusters(np.array([0, 0], np.int32), [one])
    for member in (-1, 2):
        with pytest.raises(ArtifactError, match="a member of c is no poster"):
            Clusters(np.array([-1, -1], np.int32), [Cluster("c", "C", np.array([member], np.int32))])
