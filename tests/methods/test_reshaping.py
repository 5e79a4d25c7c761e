"""Clusters split and gathered: into parts by number or by posters, and around a few."""

import numpy as np

from mapmaker.methods.clusterings.reshaping import gathered, parts_found, parts_like
from mapmaker.model import Ints
from tests.stages.bench import FOUND, GONE, space


def test_parts_by_number_are_those_of_the_best_of_many_tries() -> None:
    vectors, _ = space()
    members = np.arange(30, dtype=np.int32)
    parts = parts_found(members, 3, vectors)
    assert sorted(map(tuple, (part.tolist() for part in parts))) == [tuple(rows) for rows in FOUND.values()]
    same = np.repeat(vectors[:1], 5, axis=0)
    assert [part.tolist() for part in parts_found(np.arange(5, dtype=np.int32), 3, same)] == [[0, 1, 2, 3, 4]]


def test_parts_by_posters_are_those_of_a_plain_count() -> None:
    vectors, _ = space()
    members: Ints = np.arange(30, dtype=np.int32)
    wanted = [[0, 34], [11, 35], []]
    like = [
        [np.mean([vectors[one] @ vectors[other] for other in some]) if some else -2 for some in wanted]
        for one in members
    ]
    part = np.argmax(like, axis=1)
    assert [some.tolist() for some in parts_like(members, wanted, vectors)] == [
        members[part == number].tolist() for number in range(3)
    ]


def test_one_poster_alone_gathers_nobody() -> None:
    vectors, points = space()
    free = np.ones(GONE, bool)
    assert gathered(np.array([3], np.int32), free, points, vectors).tolist() == [3]
    assert set(gathered(np.array([3, 4, 5], np.int32), free, points, vectors[:GONE]).tolist()) == {
        *range(10),
        *range(30, 34),
    }
