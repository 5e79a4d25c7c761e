"""What the browser looks for likeness by: directions in bytes, which say what the vectors do, and rarely change."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.model import Arrangement, Clusters, Floats, Images, Metadata, Neighbors
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.contract import scripts
from mapmaker.stages.compose.vectors import in_bytes, likenesses, quantiles, short_enough
from mapmaker.workspace import Workspace

from .test_contract import six_cells, value


def made(rows: int, numbers: int = 64, seed: int = 0) -> Floats:
    """Vectors of unit length around centres, as posters are around styles."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((max(1, rows // 40), numbers))
    values = centres[chance.integers(0, len(centres), rows)] + 0.8 * chance.standard_normal((rows, numbers))
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def many(vectors: Floats, rows: list[int], columns: int = 100) -> Catalog:
    """A map of these rows, in the order of their cells."""
    all_rows, n = len(vectors), len(rows)
    ids = [f"a{row}" for row in range(all_rows)]
    side = np.ones(all_rows, np.int32)
    cells = np.stack([np.arange(n) % columns, np.arange(n) // columns], axis=1).astype(np.int32)
    return replace(
        six_cells(),
        images=Images(ids, ids, ids, side, side, side > 0),
        metadata=Metadata(ids, [None] * all_rows, [()] * all_rows, [""] * all_rows, {}),
        rows=rows,
        arrangement=Arrangement(cells, columns, -(-n // columns)),
        clusters=Clusters(np.full(n, -1, np.int32), []),
        similar=None,
        alike=None,
        vectors=vectors,
    )


def told(catalog: Catalog) -> dict[str, bytes]:
    return {name: content for name, content in scripts(catalog) if name.startswith("vectors/")}


@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.floats(1e-20, 1e20))
def test_a_direction_in_bytes_is_all_but_the_same_however_long_the_vector(
    seed: int, numbers: int, scale: float
) -> None:
    vectors = (np.random.default_rng(seed).standard_normal((20, numbers)) * scale).astype(np.float32)
    packed = in_bytes(vectors).astype(np.float64)
    assert (np.abs(packed).max(axis=1) == 127).all()
    lengths = np.linalg.norm(packed, axis=1) * np.linalg.norm(vectors.astype(np.float64), axis=1)
    cosines = (packed * vectors).sum(axis=1) / lengths
    assert (cosines > 1 - numbers / 127**2 / 4).all()


def test_what_has_no_direction_stays_without() -> None:
    assert in_bytes(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_bytes_find_the_ten_nearest_that_vectors_do() -> None:
    vectors = made(3_000)
    packed = in_bytes(vectors).astype(np.float32)
    packed /= np.linalg.norm(packed, axis=1, keepdims=True)
    ask = np.arange(0, 3_000, 15)
    exact, found = (np.argsort(-(one[ask] @ one.T), axis=1)[:, 1:11] for one in (vectors, packed))
    agree = np.mean(
        [len(set(one) & set(other)) / 10 for one, other in zip(exact.tolist(), found.tolist(), strict=True)]
    )
    assert agree > 0.95


def test_an_update_changes_the_vectors_of_none_but_those_that_came_or_went() -> None:
    vectors = made(9_000, 8)
    before = told(many(vectors[:8_900], list(range(8_900))))
    assert list(before) == ["vectors/cells", "vectors/0", "vectors/1", "vectors/2"]
    came = told(many(vectors, [8_950, *range(8_950), *range(8_951, 9_000)]))
    assert {name for name in before if before[name] != came[name]} == {"vectors/cells", "vectors/2"}
    went = told(many(vectors[:8_900], [row for row in range(8_900) if row != 5_000]))
    assert {name for name in before if before[name] != went[name]} == {"vectors/cells", "vectors/1"}


def test_nothing_is_told_of_the_vector_of_a_poster_that_is_not_on_the_map() -> None:
    catalog = many(made(50, 8), [row for row in range(50) if row != 7], columns=10)
    shard = np.frombuffer(base64.b64decode(value(told(catalog)["vectors/0"], "vectors/0")), np.int8).reshape(50, 8)
    assert np.flatnonzero(~shard.any(axis=1)).tolist() == [7]
    cells = np.frombuffer(base64.b64decode(value(told(catalog)["vectors/cells"], "vectors/cells")), "<i4")
    assert cells[7] == -1
    assert sorted(cells[cells >= 0].tolist()) == list(range(49))


def test_quantiles_ascend_and_a_single_poster_has_none() -> None:
    found = quantiles(made(300), np.arange(300))
    assert len(found) == 1_001
    assert found == sorted(found)
    assert quantiles(made(300), np.array([5])) == []


def test_likeness_comes_from_the_vectors_whatever_the_graph_says() -> None:
    vectors = made(30, 8) * np.float32(3)
    rows = np.array([5, 7, 11])
    near = np.array([[2, 1], [0, -1], [1, 0]], np.int32)
    found = likenesses(vectors, rows, Neighbors(near, np.full(near.shape, 0.5, np.float32)))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert found[0].tolist() == np.rint(1000 * unit[[11, 7]] @ unit[5]).tolist()
    assert found[1, 0] == round(1000 * float(unit[5] @ unit[7]))


def test_long_vectors_are_left_out_and_that_is_said() -> None:
    said: list[str] = []
    assert short_enough(np.zeros((3, 256), np.float32), said.append) is not None
    assert said == []
    assert short_enough(np.zeros((3, 257), np.float32), said.append) is None
    assert "vectors of 257 numbers are too long for the site" in said[0]


@pytest.fixture(scope="module")
def built(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the map of 30 posters, and its work folder."""
    place = tmp_path_factory.mktemp("alike")
    mm.build(posters, place / "map", None, place / "work", workers=1, extractor="classic", layout="pca", poster_size=16)
    return place


def data(place: Path, name: str) -> Any:
    return value((place / f"map/data/{name}.js").read_bytes(), name)


def test_the_site_tells_the_likeness_and_the_worth_that_the_command_does(built: Path) -> None:
    quantiles, work = np.array(data(built, "map")["quantiles"]), built / "work"
    shards = [data(built, f"posters/{path.stem}") for path in (built / "map/data/posters").iterdir()]
    posters = {poster["cell"]: poster for shard in shards for poster in shard["posters"]}
    for poster in posters.values():
        found = mm.similar(work, poster["id"], k=5)
        assert [id_ for id_, _ in found] == [posters[cell]["id"] for cell in poster["similar"][:5]]
        assert poster["alike"][:5] == pytest.approx([1000 * alike for _, alike in found], abs=0.51)
    with Workspace(work) as held:
        vectors, n = artifacts.read_features(held, artifacts.VECTORS).values, len(posters)
    pairs = [vectors[one] @ vectors[other] for one in range(n) for other in range(one)]
    for likeness in (-0.2, 0.1, 0.3, 0.6):
        share = np.mean(np.array(pairs) < likeness)
        assert np.searchsorted(quantiles, 1000 * likeness) / 1000 == pytest.approx(share, abs=0.03)


def test_a_map_can_keep_its_vectors_to_itself(built: Path, posters: Path) -> None:
    assert (built / "map/data/vectors/0.js").is_file()
    site, out = {"vectors": False}, built / "map"
    mm.build(
        posters, out, None, built / "work", workers=1, extractor="classic", layout="pca", poster_size=16, compose=site
    )
    assert not (out / "data/vectors").exists()
    assert "vectors" not in data(built, "map")
    assert mm.check(out).whole
