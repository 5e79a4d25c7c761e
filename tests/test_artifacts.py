"""What is written to the work folder is read back as it was; what is damaged is named."""

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
    Cluster,
    Clusters,
    Features,
    Grid,
    Images,
    Layout,
    Metadata,
    Neighbors,
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
    artifacts.GRID: (Grid(CELLS, CELLS[::-1], 3, 2, 0.125), artifacts.write_grid, artifacts.read_grid),
    artifacts.CLUSTERS: (
        Clusters(np.array([0, -1, 0], np.int32), [Cluster("x", "Forêt \u2028", np.array([0, 2], np.int32))]),
        artifacts.write_clusters,
        artifacts.read_clusters,
    ),
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
    (artifacts.SELECTION, Selection([])),
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
