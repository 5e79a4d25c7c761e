"""grid: points -> a cell of its own for each poster, at least total squared displacement."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.methods.solvers import SOLVERS, Solver
from mapmaker.model import Floats, Grid, Ints, Layout
from mapmaker.options import make_method, method_field
from mapmaker.stages import Figures, Inside, Job

MOST_CELLS = 4_000_000
"""More, on a map of fewer posters, is a slip of the finger."""
SCREEN = 1.6
"""Width / height that the whole map aims at: a wide screen, less what frames it."""


@dataclass(frozen=True)
class GridStage(Inside):
    """Options of the grid. `columns` and `rows`: 0 for what suits a screen; `solver` and its own options."""

    name: ClassVar[str] = "grid"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.LAYOUT,
        artifacts.SELECTION,
        "images.csv[width]",
        "images.csv[height]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.GRID,)

    columns: int = 0
    rows: int = 0
    solver: Solver = method_field(SOLVERS, "sparse")

    def __post_init__(self) -> None:
        for name in ("columns", "rows"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} = {getattr(self, name)} is below 0; 0 chooses")

    def run(self, job: Job) -> Figures:
        """Choose the shape, solve, write."""
        images = artifacts.read_images(job.work)
        selected = artifacts.read_selection(job.work, len(images)).rows
        points = artifacts.read_layout(job.work, len(selected)).points
        aspect = images.aspect(selected)
        columns, rows = shape(len(points), aspect, self.columns, self.rows)
        targets = scaled(points, columns, rows)
        cells = self.solver(targets, columns, rows)
        cost = float(np.mean(((targets - cells) ** 2).sum(axis=1)))
        artifacts.write_grid(job.work, Grid(cells, cells, columns, rows, cost))
        return {"columns": columns, "rows": rows, "displacement": round(cost, 3)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        moved = math.sqrt(float(figures["displacement"]))
        return f"{figures['columns']} x {figures['rows']} cells, {moved:.1f} cells from where they fell"


def assign(
    points: Floats,
    columns: int | None = None,
    rows: int | None = None,
    solver: str = "sparse",
    scale: str = "minmax",
    **options: object,
) -> Ints:
    """Return (n, 2) int32 [column, row], unique, of least total squared distance, for (n, 2) points; y downwards.

    `columns`, `rows`: None chooses for square cells on a wide screen. `scale`: how points are laid over the grid:
    "minmax" puts the extremes on the middles of the outermost cells. `solver`: "sparse", "lapjv" or "scipy".
    OptionError for too few cells, ArtifactError for points that are not (n, 2) and finite.
    """
    if scale != "minmax":
        raise OptionError(f"scale = {scale!r} is not known; known: minmax")
    method: Solver = make_method(SOLVERS, solver, options, "grid.solver")
    given = Layout(np.ascontiguousarray(points, np.float32)).points
    if len(given) == 0:
        return np.zeros((0, 2), np.int32)
    for name, cells in (("columns", columns), ("rows", rows)):
        if cells is not None and cells < 1:
            raise OptionError(f"{name} = {cells} is below 1")
    across, down = shape(len(given), 1.0, columns or 0, rows or 0)
    return method(scaled(given, across, down), across, down)


def shape(n: int, aspect: float, columns: int = 0, rows: int = 0) -> tuple[int, int]:
    """Return (columns, rows) for `n` cells of height / width `aspect`; what is given (not 0) stays.

    Of all shapes that hold n, the one that wastes least: empty cells and a whole that is not SCREEN wide both count.
    """
    for name, count in (("columns", columns), ("rows", rows)):
        if count < 0:
            raise OptionError(f"{name} = {count} is below 0; 0 chooses")
    if columns * rows > max(MOST_CELLS, 2 * n):
        raise OptionError(f"{columns} x {rows} cells are more than {MOST_CELLS:,}; give fewer columns or rows")
    if columns and rows:
        if columns * rows < n:
            raise OptionError(f"{columns} x {rows} = {columns * rows} cells are too few for {n:,} posters")
        return columns, rows
    if columns:
        return columns, math.ceil(n / columns)
    if rows:
        return math.ceil(n / rows), rows
    ideal = math.sqrt(n * SCREEN * aspect)
    least, most = (min(n, max(1, round_(ideal * by))) for round_, by in ((int, 0.8), (math.ceil, 1.2)))
    shapes = [(across, math.ceil(n / across)) for across in range(least, most + 1)]
    return min(shapes, key=lambda one: _waste(one, n, aspect))


def _waste(cells: tuple[int, int], n: int, aspect: float) -> float:
    columns, rows = cells
    empty = columns * rows / n - 1
    stretch = abs(math.log(columns / (rows * aspect) / SCREEN))
    return 2 * empty + stretch


def scaled(points: Floats, columns: int, rows: int) -> Floats:
    """Return points in cell units: least and greatest of each axis on the middles of the first and last cell.

    An axis on which all points are equal is put in the middle.
    """
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    last = np.array([columns - 1, rows - 1])
    span = high - low
    share = np.divide(points - low, span, out=np.full(points.shape, 0.5), where=span > 0)
    return np.asarray(share * last, np.float32)
