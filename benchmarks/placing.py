"""What grid.py measures: ways to place points on a grid, mapmaker's and others', each called in a process of its own.

So `seconds` are those of a first call: imports count, and compiled loops come from numba's cache on disk, which one
call before has filled. `memory` is the most that the process ever held resident (VmHWM), input included.
"""

import importlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.workspace import replacing

Array = NDArray[Any]
Made = dict[str, Array]
"""What a call makes, by name: `cells` (n, 2), `points` (n, 2), `bound`."""

SHORT = 5
"""Seconds; what is done so soon is done twice, to tell what a first call costs more."""
SPARE = 15
"""Seconds beyond the limit, for what is not the call: starting, reading, calling a second time."""
LEAF = 8
"""Bisection ends at so many cells."""


@dataclass(frozen=True)
class Task:
    """What a method is given: targets in cell units, features, and the cells that posters hold already."""

    columns: int = 0
    rows: int = 0
    targets: Array = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    features: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    cells: Array = field(default_factory=lambda: np.zeros((0, 2), np.int32))


@dataclass(frozen=True)
class Outcome:
    """What came of a call: `failure`, or what was made."""

    failure: str = ""
    seconds: float = float("nan")
    busy: float = float("nan")
    """seconds of CPU, of all threads: what other work on the machine hardly changes"""
    again: float = float("nan")
    """of a second call in the same process, where the first was short"""
    memory: float = float("nan")
    made: Made = field(default_factory=dict)

    @property
    def cells(self) -> Array:
        """(n, 2)"""
        return self.made["cells"]

    @property
    def took(self) -> str:
        """Seconds, and those of CPU."""
        return f"{self.seconds:.2f} ({self.busy:.2f})"


# The methods


def sparse(task: Task) -> Made:
    """Mapmaker's solver, with its proof."""
    from mapmaker.methods.solvers.sparse import Sparse

    solution = Sparse().solve(task.targets, task.columns, task.rows)
    return {"cells": cells_of(solution.numbers, task.columns), "bound": np.array(solution.bound)}


def lapjv(task: Task) -> Made:
    """The lapjv package."""
    numbers, _, _ = importlib.import_module("lapjv").lapjv(costs(task))
    return {"cells": cells_of(numbers, task.columns)}


def scipy(task: Task) -> Made:
    """Rectangular Jonker-Volgenant."""
    _, numbers = importlib.import_module("scipy.optimize").linear_sum_assignment(costs(task))
    return {"cells": cells_of(numbers, task.columns)}


def lapx(task: Task) -> Made:
    """Of lapx's many solvers the one that it calls fastest, and that is, at 1,024 and at 4,096 points."""
    _, _, numbers = importlib.import_module("lap").lapjvh(costs(task))
    return {"cells": cells_of(numbers, task.columns)}


def rasterfairy(task: Task) -> Made:
    """RasterFairy reads whole numbers only: points a million times as large lose nothing, and do better by 0.02 DPQ."""
    if not hasattr(np, "float"):
        np.float = float  # type: ignore[attr-defined]  # gone since NumPy 1.24, and RasterFairy is of 2019
    transform = importlib.import_module("rasterfairy").transformPointCloud2D
    placed, _ = transform(task.targets.astype(np.float64) * 1e6, target=(task.columns, task.rows))
    return {"cells": placed.astype(np.int32)}


def flas(task: Task) -> Made:
    """FLAS, from features, without points; settings of its README, but for the torus."""
    package = importlib.import_module("vc_flas")
    grid = package.Grid.from_features(task.features, size=(task.rows, task.columns))
    order = package.flas(grid, wrap=False, radius_decay=0.99, seed=0).sorting.ravel()
    cells = np.empty((len(task.features), 2), np.int32)
    held = np.flatnonzero(order >= 0)
    cells[order[held]] = cells_of(held, task.columns)
    return {"cells": cells}


def bisection(task: Task) -> Made:
    """Cells are halved along their longer side, and so are the targets, again and again; small blocks are solved."""
    solve = importlib.import_module("scipy.optimize").linear_sum_assignment
    cells = np.empty((len(task.targets), 2), np.int32)
    todo = [(np.arange(len(task.targets)), [0, 0], [task.columns, task.rows])]
    while todo:
        members, corner, size = todo.pop()
        if size[0] * size[1] <= LEAF:
            block = np.array(corner) + cells_of(np.arange(size[0] * size[1]), size[0])
            squared = ((task.targets[members, None] - block) ** 2).sum(axis=2)
            cells[members] = block[solve(squared)[1]]
            continue
        axis = 0 if size[0] >= size[1] else 1
        half = size[axis] // 2
        order = members[np.argsort(task.targets[members, axis], kind="stable")]
        count = round(len(order) * half / size[axis])
        for some, start, length in ((order[:count], 0, half), (order[count:], half, size[axis] - half)):
            begin, extent = list(corner), list(size)
            begin[axis] += start
            extent[axis] = length
            todo.append((some, begin, extent))
    return {"cells": cells}


def chance(task: Task) -> Made:
    """Cells at random."""
    numbers = np.random.default_rng(0).permutation(task.columns * task.rows)[: len(task.targets)]
    return {"cells": cells_of(numbers, task.columns)}


def layout(task: Task) -> Made:
    """The points that a grid begins with."""
    return {"points": mm.layout(task.features, seed=0, perplexity=30.0)}


def arrange(task: Task) -> Made:
    """Mapmaker's polish; PCA and neighbours included."""
    return {"cells": mm.arrange(task.features, task.cells, task.columns, task.rows)}


METHODS: dict[str, Callable[[Task], Made]] = {
    "sparse": sparse,
    "lapjv": lapjv,
    "scipy": scipy,
    "lapx": lapx,
    "RasterFairy": rasterfairy,
    "FLAS": flas,
    "bisection": bisection,
    "random": chance,
    "layout": layout,
    "arrange": arrange,
}
SOLVING = ("sparse", "lapjv", "scipy", "lapx", "RasterFairy", "FLAS", "bisection")


def costs(task: Task) -> Array:
    """Return (n, cells) squared distances."""
    across = (task.targets[:, :1].astype(np.float64) - np.arange(task.columns)) ** 2
    down = (task.targets[:, 1:].astype(np.float64) - np.arange(task.rows)) ** 2
    return np.asarray((down[:, :, None] + across[:, None, :]).reshape(len(task.targets), -1))


def cells_of(numbers: Array, columns: int) -> Array:
    """Return (n, 2) [column, row] of cell numbers."""
    return np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)


def cost_of(targets: Array, cells: Array) -> float:
    """Return the sum of squared distances."""
    return float(((targets.astype(np.float64) - cells) ** 2).sum())


# A call in a process of its own


@dataclass(frozen=True)
class Limits:
    """What a call may take."""

    seconds: float
    gigabytes: float


def run(name: str, task: Task, limits: Limits) -> Outcome:
    """Call a method on a task in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npz", Path(folder) / "made.npz"
        np.savez(given, **vars(task))
        command = [sys.executable, __file__, name, given, made, limits.gigabytes]
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, timeout=limits.seconds + SPARE)
        except subprocess.TimeoutExpired:
            return Outcome(f"over {limits.seconds:g} s")
        if not made.exists():
            errors = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            return Outcome("out of memory" if "bad_alloc" in errors else f"failed: {errors.splitlines()[-1]}")
        with np.load(made) as arrays:
            got = dict(arrays)
    failure = str(got.pop("failure")) or (f"over {limits.seconds:g} s" if got["seconds"] > limits.seconds else "")
    figures = {key: float(got.pop(key)) for key in ("seconds", "busy", "again", "memory")}
    return Outcome(failure, made=got, **figures)


def call(name: str, given: Path, made: Path, gigabytes: float) -> None:
    """Be that process: read the task, call, write what came of it."""
    most = int(gigabytes * 1e9)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    with np.load(given) as arrays:
        held = dict(arrays)
    task = Task(int(held.pop("columns")), int(held.pop("rows")), **held)
    failure, seconds, busy, again, memory = "", *[float("nan")] * 4
    result: dict[str, Any] = {}
    started, idle = time.perf_counter(), time.process_time()
    try:
        result.update(METHODS[name](task))
        seconds, busy, memory = time.perf_counter() - started, time.process_time() - idle, most_held()
        if seconds < SHORT:
            started = time.perf_counter()
            METHODS[name](task)
            again = time.perf_counter() - started
    except ModuleNotFoundError as error:
        failure = f"{error.name} not installed"
    except MemoryError:
        failure = "out of memory"
    with replacing(made) as temporary, temporary.open("wb") as file:
        np.savez(file, failure=failure, seconds=seconds, busy=busy, again=again, memory=memory, **result)


def most_held() -> float:
    """Return the most bytes that this process has held; getrusage would count what its parent held at the fork too."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(1024.0 * int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0)


if __name__ == "__main__":
    call(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
