"""Histories of thousands of rows, and of many that name no poster: how long they take."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

from mapmaker.model import Images, Metadata
from mapmaker.search import known
from mapmaker.search.collection import Collection, open_collection
from mapmaker.search.known import Watched
from mapmaker.search.recommending import recommend

from .conftest import Searched


def made_collection(searched: Searched, count: int) -> Collection:
    """Return a map of so many posters at random; of the last two features are the same."""
    values = np.random.default_rng(0).standard_normal((count, 16)).astype(np.float32)
    values[-1] = values[-2]
    names, whole = [f"p{row}" for row in range(count)], np.ones(count, np.int32)
    images = Images(names, names, names, whole, whole, np.ones(count, np.bool_))
    made = Collection(open_collection(searched.work).held, images, np.arange(count), ())
    blank = [""] * count
    made.__dict__["metadata"] = Metadata(names, [None] * count, [()] * count, blank, {})
    made.__dict__["features"] = values
    made.__dict__["vectors"] = values / np.linalg.norm(values, axis=1, keepdims=True)
    return made


@pytest.mark.parametrize("method", ["profile", "union"])
def test_a_history_nearly_as_long_as_the_map_is_answered_in_seconds(searched: Searched, method: str) -> None:
    history = [Watched(f"p{row}") for row in [*range(4_999), 5_399]]
    collection = made_collection(searched, 5_400)
    began = time.perf_counter()
    answer = recommend(collection, history, 1_000, {"method": method, "index": "exact"})
    assert time.perf_counter() - began < 10
    assert {one.id for one in answer.recommended} == {f"p{row}" for row in range(4_999, 5_398)}


def test_what_may_be_meant_is_looked_for_in_few_rows_only(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def looking(wanted: str, texts: Sequence[str]) -> list[tuple[float, int]]:
        looked.append(wanted)
        return []

    monkeypatch.setattr(known, "spelled_like", looking)
    collection = open_collection(searched.work)
    answer = recommend(collection, [Watched("alien"), *(Watched(f"Alienz {number}") for number in range(50))])
    assert len(looked) == 8
    assert [line.split(" is no")[0] for line in answer.told] == [f"'Alienz {number}'" for number in range(50)]
    looked.clear()
    recommend(collection, [Watched("alien"), Watched("Alienz")], hints=0)
    assert looked == []
