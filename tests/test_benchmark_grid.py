"""benchmarks/grid.py and placing.py: what it runs beside the solver is fair, and what goes wrong in a call is told."""

import grid
import numpy as np
import placing
import pytest


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (7, 5), (32, 32), (40, 9)])
@pytest.mark.parametrize("holes", [0, 4])
def test_bisection_gives_everyone_a_cell_of_their_own(columns: int, rows: int, holes: int) -> None:
    n = max(1, columns * rows - holes)
    targets = np.random.default_rng(n).uniform((0, 0), (columns, rows), (n, 2)).astype(np.float32)
    cells = placing.bisection(placing.Task(columns, rows, targets))["cells"]
    assert len(np.unique(cells, axis=0)) == n
    assert (cells >= 0).all() and (cells < (columns, rows)).all()


def test_a_call_in_a_process_of_its_own_returns_what_was_made() -> None:
    task = placing.Task(6, 5, np.random.default_rng(0).uniform(0, 5, (30, 2)).astype(np.float32))
    outcome = placing.run("scipy", task, placing.Limits(60, 8))
    assert outcome.failure == ""
    assert np.array_equal(outcome.cells, placing.scipy(task)["cells"])
    assert outcome.seconds > 0 and outcome.memory > 1e6


def test_a_matrix_beyond_the_limit_is_out_of_memory() -> None:
    task = placing.Task(100, 100, np.zeros((10_000, 2), np.float32))
    assert placing.run("scipy", task, placing.Limits(60, 0.6)).failure == "out of memory"


def test_there_are_fifty_inputs_that_fit_their_grids() -> None:
    given = list(grid.inputs(np.random.default_rng(0)))
    assert len(given) == 50
    assert all(
        1 <= len(targets) <= columns * rows and np.isfinite(targets).all() for _, targets, columns, rows in given
    )
    assert max(len(targets) for _, targets, _, _ in given) == 4_096
