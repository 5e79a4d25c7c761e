"""Engines: results in order, errors as they were, workers that can die."""

import itertools
import os
from collections.abc import Iterator

import pytest

from mapmaker.errors import EngineError, ImagesError, OptionError
from mapmaker.methods.engines import AHEAD, Local


def square(number: int) -> int:
    return number * number


def fail_at_7(number: int) -> int:
    if number == 7:
        raise ImagesError("seven")
    return number


def die_at_7(number: int) -> int:
    if number == 7:
        os._exit(9)
    return number


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 100])
def test_results_come_in_the_order_of_the_items(workers: int, n: int) -> None:
    assert list(Local(workers).map(square, iter(range(n)))) == [i * i for i in range(n)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_arrives(workers: int) -> None:
    with pytest.raises(ImagesError, match="seven"):
        list(Local(workers).map(fail_at_7, range(40), chunk=2))


def test_a_worker_that_dies_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="a worker process died, perhaps for want of memory"):
        list(Local(2).map(die_at_7, range(40), chunk=2))


def test_items_are_taken_only_as_far_ahead_as_work_needs() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for number in itertools.count(1):
            taken.append(number)
            yield number

    results = Local(2).map(square, endless(), chunk=4)
    assert [next(results) for _ in range(3)] == [1, 4, 9]
    assert len(taken) <= 4 * (2 * AHEAD + 2)
    results.close()  # type: ignore[attr-defined]  # a generator, which ends its workers when closed


def test_fewer_than_no_workers_are_refused() -> None:
    with pytest.raises(OptionError, match="workers = -1 is below 0"):
        Local(-1)
