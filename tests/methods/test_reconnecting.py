"""A graph that is known in part, completed: to the bit as if it were found anew."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.methods import reconnecting
from mapmaker.methods.neighbors import Exact
from mapmaker.methods.reconnecting import reconnected
from mapmaker.model import Floats, Neighbors


def directions(count: int, seed: int = 0) -> Floats:
    """Vectors of unit length in clumps, every tenth a copy of the one before it."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(12, 16))
    values = centres[random.integers(0, 12, count)] + 0.3 * random.normal(size=(count, 16))
    values[10::10] = values[9:-1:10]
    unit: Floats = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    return unit


def check(vectors: Floats, last: Neighbors, same: NDArray[np.bool_], k: int) -> None:
    graph, anew = reconnected(vectors, last, same, k), Exact(k, last.metric)(vectors)
    assert graph is not None
    assert np.array_equal(graph.index, anew.index)
    assert np.array_equal(graph.similarity, anew.similarity)
    assert graph.metric == anew.metric


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("came", [1, 20, 200])
@pytest.mark.parametrize("k", [1, 10, 90])
def test_who_came_is_among_the_neighbours(metric: str, came: int, k: int) -> None:
    vectors, old = directions(2_000), 2_000 - came
    last = Exact(k, metric)(vectors[:old])
    check(vectors, last, np.arange(2_000) < old, k)


@pytest.mark.parametrize("seed", range(5))
def test_who_went_and_who_changed_too(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = directions(3_000, seed), directions(3_100, seed)
    now[:3_000] = before
    changed, gone = random.choice(3_000, (2, 15), replace=False)
    now[changed] = directions(15, seed + 99)
    present = np.setdiff1d(np.arange(3_100), gone)
    old = present[present < 3_000]
    same = np.zeros(len(present), bool)
    same[: len(old)] = ~np.isin(old, changed)
    check(now[present], Exact(20)(before).among(old), same, 20)


def test_copies_of_a_newcomer_that_push_it_off_its_list() -> None:
    vectors = directions(400)
    vectors[100:150] = vectors[100]
    vectors[390:] = vectors[100]
    check(vectors, Exact(12)(vectors[:390]), np.arange(400) < 390, 12)


def test_all_are_compared_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnecting, "AT_ONCE", 7)
    vectors = directions(500)
    check(vectors, Exact(5)(vectors[:490]), np.arange(500) < 490, 5)


def test_who_is_the_same_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    found = Exact.of_rows

    def counted(self: Exact, vectors: Floats, rows: NDArray[np.integer], k: int) -> object:
        asked.append(len(rows))
        return found(self, vectors, rows, k)

    vectors = directions(1_000)
    last = Exact(9)(vectors[:990])
    monkeypatch.setattr(Exact, "of_rows", counted)
    assert reconnected(vectors, last, np.arange(1_000) < 990, 9) is not None
    assert asked == [10]


def test_what_takes_no_longer_is_left_to_a_search_of_all() -> None:
    vectors = directions(400)
    assert reconnected(vectors, Exact(9)(vectors[:200]), np.arange(400) < 200, 9) is None  # too many came
    assert reconnected(vectors, Exact(9)(vectors[:390]), np.arange(400) < 390, 10) is None  # another k
    assert reconnected(vectors, Exact(9, "manhattan")(vectors[:390]), np.arange(400) < 390, 9) is None
    assert reconnected(vectors[:8], Exact(9)(vectors[:7]), np.arange(8) < 7, 9) is None  # fewer than k others
