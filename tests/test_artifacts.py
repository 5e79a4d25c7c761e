"""What is written to the work folder is read back as it was; what is damaged is named."""

import csv
import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.model import (
    Arrangement,
    Change,
    Cluster,
    Clusters,
    Features,
    Grid,
    Images,
    Layout,
    Likeness,
    Metadata,
    Neighbors,
    Origin,
    Reject,
    Selection,
)
from mapmaker.workspace import Record, Workspace

HOSTILE = [
    'comma, "quote"',
    "line\nbreak",
    "return\ralone",
    "both\r\n",
    "",
    " space ",
    "千と千尋",
    "\u2028",
    "\0",
    "a\udcff.jpg",
]
IMAGES = Images(
    id=[f"id{i}" for i in range(len(HOSTILE))],
    path=HOSTILE,
    sha256=[f"{i:064x}" for i in range(len(HOSTILE))],
    width=np.arange(1, len(HOSTILE) + 1, dtype=np.int32),
    height=np.arange(2, len(HOSTILE) + 2, dtype=np.int32),
    present=np.arange(len(HOSTILE)) % 3 != 0,
)
CELLS = np.array([[2, 0], [0, 1]], np.int32)
WHERE: tuple[Any, ...] = ((None, (2, 0), False), ((2, 0), None, False), ((0, 0), (2, 0), True))

VALUES: dict[str, tuple[Any, Callable[..., None], Callable[..., Any]]] = {
    artifacts.IMAGES: (IMAGES, artifacts.write_images, artifacts.read_images),
    artifacts.REJECTS: (
        [Reject(path, 'not, an "image"') for path in HOSTILE],
        artifacts.write_rejects,
        artifacts.read_rejects,
    ),
    artifacts.METADATA: (
        Metadata(
            title=HOSTILE,
            year=[None, 1999, *[2000] * (len(HOSTILE) - 2)],
            tags=[(), ("a, b",), *[("x", "y z")] * (len(HOSTILE) - 2)],
            url=["http://example.org/?a=1,2"] * len(HOSTILE),
            more={"director": HOSTILE, "column, two": HOSTILE[::-1], "": HOSTILE},
        ),
        artifacts.write_metadata,
        artifacts.read_metadata,
    ),
    artifacts.SELECTION: (Selection(["kept", "gone", "kept"]), artifacts.write_selection, artifacts.read_selection),
    artifacts.FEATURES: (
        Features(np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)),
        artifacts.write_features,
        artifacts.read_features,
    ),
    artifacts.NEIGHBORS: (
        Neighbors(np.array([[1, -1], [0, -1]], np.int32), np.array([[0.5, 0], [0.5, 0]], np.float32)),
        artifacts.write_neighbors,
        artifacts.read_neighbors,
    ),
    artifacts.LAYOUT: (
        Layout(np.array([[0.1, -3], [1e30, 0]], np.float32)),
        artifacts.write_layout,
        artifacts.read_layout,
    ),
    artifacts.GRID: (Grid(CELLS, 3, 2, 0.125, 0.1), artifacts.write_grid, artifacts.read_grid),
    artifacts.ARRANGEMENT: (
        Arrangement(CELLS[::-1], 3, 2),
        artifacts.write_arrangement,
        artifacts.read_arrangement,
    ),
    artifacts.CLUSTERS: (
        Clusters(np.array([0, -1, 0], np.int32), [Cluster("x", "Forêt \u2028", np.array([0, 2], np.int32))]),
        artifacts.write_clusters,
        artifacts.read_clusters,
    ),
    artifacts.ORIGINS: (
        [Origin("lions", ["1", "2"], 7, ["with 2"]), Origin("3", ["3"], dropped=True, done=["dropped"])],
        artifacts.write_origins,
        artifacts.read_origins,
    ),
    artifacts.CHANGED: (
        [Change(f"id{i}", path, *where) for (i, path), where in zip(enumerate(HOSTILE), itertools.cycle(WHERE))],
        artifacts.write_changes,
        artifacts.read_changes,
    ),
    artifacts.LIKENESS: (Likeness(0.25, None, 0.125, 1 / 3), artifacts.write_likeness, artifacts.read_likeness),
}


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "work") as opened:
        yield opened


def through(work: Workspace, name: str, value: Any) -> Any:
    _, write, read = VALUES[name]
    write(work, value)
    work.commit("stage", [name], Record("", {}, {}))
    return read(work)


def plain(value: Any) -> Any:
    """Return `value` with arrays as lists, so that two can be compared."""
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tolist()
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", VALUES)
def test_every_artefact_comes_back_as_it_was(work: Workspace, name: str) -> None:
    value = VALUES[name][0]
    assert plain(through(work, name, value)) == plain(value)


EMPTY = [
    (artifacts.REJECTS, []),
    (artifacts.METADATA, Metadata([], [], [], [], {})),
    (artifacts.NEIGHBORS, Neighbors(np.zeros((1, 0), np.int32), np.zeros((1, 0), np.float32))),
    (artifacts.LAYOUT, Layout(np.zeros((0, 2), np.float32))),
    (artifacts.CLUSTERS, Clusters(np.full(2, -1, np.int32), [])),
]


@pytest.mark.parametrize(("name", "value"), EMPTY, ids=[name for name, _ in EMPTY])
def test_nothing_comes_back_as_nothing(work: Workspace, name: str, value: Any) -> None:
    assert plain(through(work, name, value)) == plain(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=5))
def test_any_text_survives_a_table(work: Workspace, texts: list[str]) -> None:
    value = [Reject(text, text[::-1]) for text in texts]
    assert through(work, artifacts.REJECTS, value) == value


def test_a_layout_of_other_numbers_by_hand_is_taken(work: Workspace) -> None:
    np.save(work.path(artifacts.LAYOUT), np.array([[1, 2], [3, 4]]))
    points = artifacts.read_layout(work).points
    assert (points.dtype, points.tolist()) == (np.dtype("float32"), [[1, 2], [3, 4]])


@pytest.mark.parametrize("damage", ["gone", "empty", "cut off", "other bytes", "binary"])
@pytest.mark.parametrize("name", VALUES)
def test_a_damaged_artefact_is_one_line_that_names_the_file(work: Workspace, name: str, damage: str) -> None:
    value, _, read = VALUES[name]
    through(work, name, value)
    file = work.path(name)
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        cut = content[: len(content) // 2]
        broken = {"empty": b"", "cut off": cut, "other bytes": b"something, else\n1\n", "binary": bytes(range(256))}
        file.write_bytes(broken[damage])
    if damage == "cut off" and name in (artifacts.REJECTS, artifacts.SELECTION):
        return  # half a table of texts may be a table
    with pytest.raises(ArtifactError) as error:
        read(work)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"id,path\na\n", b'id,path\n"a', b"\xff\xfe\0"])
def test_a_damaged_table_is_named_by_its_digest_too(work: Workspace, content: bytes) -> None:
    work.path(artifacts.IMAGES).write_bytes(content)
    try:
        artifacts.part_digest(work, "images.csv[path]")
    except ArtifactError as error:
        assert str(work.path(artifacts.IMAGES)) in str(error)
    else:
        assert content == b"\xff\xfe\0" or b'"' in content


def refused(work: Workspace, name: str) -> str:
    """Return the one line in which reading `name` is refused."""
    with pytest.raises(ArtifactError) as error:
        VALUES[name][2](work)
    line = str(error.value)
    assert line.startswith(str(work.path(name)))
    assert "\n" not in line
    return line


@pytest.mark.parametrize("content", ["verdict\n", "verdict\ngone\nblank\n"])
def test_a_selection_that_keeps_no_poster_is_refused(work: Workspace, content: str) -> None:
    work.path(artifacts.SELECTION).write_text(content)
    assert "no poster is kept" in refused(work, artifacts.SELECTION)


ROW = "a,a.jpg,0,10,20,1\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROW + "b,b.jpg\n", "row 2 has 2 fields, the header 6"),
        (ROW[:-1] + ",1\n", "row 1 has 7 fields, the header 6"),
        (ROW.replace("10", "0"), "a width is below 1 pixel"),
        (ROW.replace("20", "-1"), "a height is below 1 pixel"),
        (ROW.replace("20", "99999999999"), "does not hold what it should"),
    ],
)
def test_rows_of_images_that_cannot_be_are_refused(work: Workspace, rows: str, said: str) -> None:
    work.path(artifacts.IMAGES).write_text("id,path,sha256,width,height,present\n" + rows)
    assert said in refused(work, artifacts.IMAGES)


def test_a_table_saved_by_a_spreadsheet_is_read(work: Workspace) -> None:
    work.path(artifacts.REJECTS).write_text("\ufeffpath,reason\r\na,b\r\n\r\n", encoding="utf-8")
    assert artifacts.read_rejects(work) == [Reject("a", "b")]


def test_a_long_field_comes_back_and_the_limit_for_others_stays(work: Workspace) -> None:
    before = csv.field_size_limit()
    value = [Reject("a", "x" * 200_000)]
    assert through(work, artifacts.REJECTS, value) == value
    assert csv.field_size_limit() == before


INDEX, SIMILARITY = np.array([[1], [0]]), np.array([[0.5], [0.5]])


@pytest.mark.parametrize(
    ("index", "similarity", "said"),
    [
        (INDEX.astype(float), SIMILARITY, "float64, not whole numbers"),
        (INDEX + 2**32, SIMILARITY, "beyond 32 bits"),
        (INDEX, SIMILARITY * np.nan, "a similarity is not finite"),
        (INDEX, SIMILARITY * 1e300, "a similarity is not finite"),
        (INDEX, SIMILARITY.astype(str), "not real numbers"),
    ],
)
def test_neighbours_that_cannot_be_are_refused(work: Workspace, index: Any, similarity: Any, said: str) -> None:
    np.savez(work.path(artifacts.NEIGHBORS), index=index, similarity=similarity)
    assert said in refused(work, artifacts.NEIGHBORS)


def test_neighbours_of_other_types_by_hand_are_taken(work: Workspace) -> None:
    np.savez_compressed(work.path(artifacts.NEIGHBORS), index=INDEX.astype(np.int64), similarity=SIMILARITY)
    neighbors = artifacts.read_neighbors(work)
    assert (neighbors.index.dtype, neighbors.similarity.dtype) == (np.dtype("int32"), np.dtype("float32"))
    assert neighbors.index.tolist() == INDEX.tolist()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cells": CELLS.astype(float)}, "float64, not whole numbers"),
        ({"shape": np.array([0, 2])}, "0 x 2 is no shape"),
        ({"shape": np.array([3, -2])}, "3 x -2 is no shape"),
        ({"shape": np.array([3.0, 2.0])}, "float64, not whole numbers"),
        ({"shape": np.array([10**6, 10**6])}, "1000000 x 1000000 are more than"),
        ({"shape": np.array([3])}, "does not hold what it should"),
        ({"cost": np.array(np.nan)}, "cost nan"),
        ({"cost": np.zeros(2)}, "does not hold what it should"),
        ({"bound": np.array(0.2)}, "bound 0.2 is not between 0 and the cost"),
        ({"bound": np.array(np.nan)}, "bound nan"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(work: Workspace, changed: dict[str, Any], said: str) -> None:
    arrays = {"cells": CELLS, "shape": np.array([3, 2]), "cost": np.array(0.0), "bound": np.array(0.0), **changed}
    np.savez(work.path(artifacts.GRID), **arrays)
    assert said in refused(work, artifacts.GRID)


@pytest.mark.parametrize("name", [artifacts.FEATURES, artifacts.LAYOUT])
def test_several_arrays_are_not_one(work: Workspace, name: str) -> None:
    with work.path(name).open("wb") as file:
        np.savez(file, a=CELLS)
    assert "several arrays (.npz), not one (.npy)" in refused(work, name)


@pytest.mark.parametrize("name", [artifacts.NEIGHBORS, artifacts.GRID, artifacts.ARRANGEMENT])
def test_one_array_is_not_several(work: Workspace, name: str) -> None:
    with work.path(name).open("wb") as file:
        np.save(file, CELLS)
    assert "one array (.npy), not several by name (.npz)" in refused(work, name)


@pytest.mark.parametrize("values", [np.array([["1", "2"]]), np.array([[1j, 0]]), np.array([[1e300, 0]])])
def test_a_layout_of_what_are_no_real_numbers_is_refused(work: Workspace, values: Any) -> None:
    np.save(work.path(artifacts.LAYOUT), values)
    refused(work, artifacts.LAYOUT)


def test_packed_arrays_that_are_damaged_are_refused(work: Workspace) -> None:
    path = work.path(artifacts.NEIGHBORS)
    index = np.random.default_rng(0).integers(0, 500, (500, 8))
    np.savez_compressed(path, index=index, similarity=np.zeros((500, 8)))
    content = bytearray(path.read_bytes())
    content[200:230] = bytes(30)
    path.write_bytes(content)
    refused(work, artifacts.NEIGHBORS)


def write_clusters(work: Workspace, *rows: dict[str, Any], posters: object = 3) -> None:
    work.path(artifacts.CLUSTERS).write_text(json.dumps({"posters": posters, "clusters": rows}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"members": []}, "night has no members"),
        ({"slug": "Nuit été"}, "slug 'Nuit été' is not of a-z, 0-9 and - alone"),
        ({"slug": ""}, "slug ''"),
        ({"slug": "a\n"}, "slug 'a\\n'"),
        ({"slug": 1}, "slug 1"),
        ({"name": None}, "name None of night is not text"),
        ({"members": [0, 1]}, "is in two clusters"),
        ({"members": [1, 1]}, "do not ascend"),
        ({"members": [-1]}, "a member of night is no poster"),
        ({"members": [3]}, "does not hold what it should"),
        ({"members": [0.5]}, "not whole numbers"),
        ({"members": [[1]]}, "are not a list"),
        ({"members": "all"}, "does not hold what it should"),
    ],
)
def test_clusters_that_cannot_be_are_refused(work: Workspace, changed: dict[str, Any], said: str) -> None:
    day = {"slug": "day", "name": "Day", "members": [0]}
    write_clusters(work, day, {"slug": "night", "name": "Night", "members": [1], **changed})
    assert said in refused(work, artifacts.CLUSTERS)


@pytest.mark.parametrize("posters", [-1, 2.5, "3", None])
def test_a_number_of_posters_that_cannot_be_is_refused(work: Workspace, posters: object) -> None:
    write_clusters(work, posters=posters)
    refused(work, artifacts.CLUSTERS)


def test_json_nested_without_end_is_refused(work: Workspace) -> None:
    work.path(artifacts.CLUSTERS).write_text("[" * 200_000)
    refused(work, artifacts.CLUSTERS)


def test_members_by_hand_may_stand_in_any_order(work: Workspace) -> None:
    write_clusters(work, {"slug": "day", "name": "Day", "members": [2, 0]})
    clusters = artifacts.read_clusters(work)
    assert clusters.clusters[0].members.tolist() == [0, 2]
    assert clusters.labels.tolist() == [0, -1, 0]


def test_an_array_of_objects_is_refused_not_unpickled(work: Workspace) -> None:
    np.save(work.path(artifacts.LAYOUT), np.array([[{}, {}]], dtype=object))
    with pytest.raises(ArtifactError, match=r"layout\.npy"):
        artifacts.read_layout(work)


def test_the_digest_of_a_column_changes_with_that_column_alone(work: Workspace) -> None:
    through(work, artifacts.IMAGES, IMAGES)
    path, width = (artifacts.part_digest(work, f"images.csv[{name}]") for name in ("path", "width"))
    wider = Images(IMAGES.id, IMAGES.path, IMAGES.sha256, IMAGES.width + 1, IMAGES.height, IMAGES.present)
    through(work, artifacts.IMAGES, wider)
    assert artifacts.part_digest(work, "images.csv[path]") == path
    assert artifacts.part_digest(work, "images.csv[width]") != width
    assert artifacts.part_digest(work, "missing.csv[path]") is None


def test_images_are_read_again_only_where_the_file_is_another(work: Workspace) -> None:
    through(work, artifacts.IMAGES, IMAGES)
    first = artifacts.read_images(work)
    assert artifacts.read_images(work) is first
    assert not first.present.flags.writeable  # whoever has it shares it
    through(work, artifacts.IMAGES, dataclasses.replace(IMAGES, width=IMAGES.width + 1))
    np.testing.assert_array_equal(artifacts.read_images(work).width, IMAGES.width + 1)
