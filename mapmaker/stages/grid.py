"""grid: points -> a cell of its own for each poster, at least total squared displacement, and a proof of that."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts
from mapmaker.errors import ArtifactError, OptionError
from mapmaker.figures import placement
from mapmaker.methods.scales import check_scale, scaled
from mapmaker.methods.seating import grown, seated
from mapmaker.methods.solvers import SOLVERS, Solver, lower_bound, solve_and_prove, sparing
from mapmaker.model import Arrangement, Floats, Grid, Ints, Layout, Standing
from mapmaker.options import make_method, method_field, whole
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job

MOST_CELLS = 4_000_000
"""More, on a map of fewer posters, is a slip of the finger."""
NOTHING = 1e-6
"""A mean squared displacement as small as rounding makes it: all stand where they fell."""
MOST_RESERVED = 0.5
"""More, and a map is mostly holes."""
LEAST_LEFT = 1 / 3
"""Of the cells kept free, those that newcomers must leave; else the grid grows."""
SCREEN = 1.6
"""Width / height that the whole map aims at: a wide screen, less what frames it."""


@dataclass(frozen=True)
class GridStage(Inside):
    """Options of the grid.

    `columns` and `rows`: 0 for what suits a screen; `scale`: how the layout is laid over it; `solver` and its own.
    `reserve`: the share of cells that are kept free for posters to come; on a fresh map they are spread evenly.
    """

    name: ClassVar[str] = "grid"
    version: ClassVar[int] = 4
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.LAYOUT,
        artifacts.SELECTION,
        artifacts.RECALLED,
        "images.csv[width]",
        "images.csv[height]",
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.GRID, artifacts.GRID_PICTURE)
    worked: ClassVar[str] = "new"

    columns: int = 0
    rows: int = 0
    scale: str = "minmax"
    reserve: float = 0.03
    solver: Solver = method_field(SOLVERS, "sparse")

    def __post_init__(self) -> None:
        for name in ("columns", "rows"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} = {getattr(self, name)} is below 0; 0 chooses")
        check_scale(self.scale)
        if not 0 <= self.reserve <= MOST_RESERVED:
            raise ValueError(f"reserve = {self.reserve} is not a share from 0 to {MOST_RESERVED}")

    def run(self, job: Job) -> Figures:
        """Choose the shape, solve, write; where the last map stands, give a cell to who is new to it."""
        images = artifacts.read_images(job.work)
        selected = artifacts.read_selection(job.work, len(images)).rows
        points = artifacts.read_layout(job.work, len(selected)).points
        aspect = images.aspect(selected)
        last = artifacts.recalled(job.work)
        grid = self._fresh(points, aspect) if not last.held.any() else self._continued(points, aspect, last)
        artifacts.write_grid(job.work, grid)
        targets = scaled(points, grid.columns, grid.rows, self.scale)
        placement(targets, grid, aspect).save(job.work.fresh(artifacts.GRID_PICTURE))
        return {
            "columns": grid.columns,
            "rows": grid.rows,
            "displacement": grid.cost,
            "bound": grid.bound,
            "kept": int(last.held.sum()),
            "new": int((~last.held).sum()),
            "more": grid.columns * grid.rows - last.columns * last.rows if last.held.any() else 0,
        }

    def _fresh(self, points: Floats, aspect: float) -> Grid:
        """Return the grid of least displacement, some cells kept free where there is room."""
        roomy = len(points) + int(len(points) * self.reserve)
        fixed = self.columns and self.rows
        columns, rows = shape(len(points) if fixed else roomy, aspect, self.columns, self.rows)
        targets = scaled(points, columns, rows, self.scale)
        cells, least = solve_and_prove(sparing(self.solver) if self.reserve else self.solver, targets, columns, rows)
        return Grid(cells, columns, rows, _displacement(targets, cells), least / len(cells))

    def _continued(self, points: Floats, aspect: float, last: Standing) -> Grid:
        """Return the last grid, larger if it must be, with everyone who was on it where they were."""
        reserved = int(len(points) * self.reserve)
        left = last.columns * last.rows - len(points)
        room = len(points) + (reserved if left < LEAST_LEFT * reserved else 0)
        columns, rows = grown(last.columns, last.rows, room, SCREEN * aspect, self.columns, self.rows)
        shape(len(points), aspect, columns, rows)
        cells = seated(points, last.cells, columns, rows)
        targets = scaled(points, columns, rows, self.scale)
        unproved = 0.0  # a bound takes as long as the best placement, and nobody claims that this is near it
        return Grid(cells, columns, rows, _displacement(targets, cells), unproved)

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if figures["kept"]:
            more = f", {figures['more']:,} of them new" if figures["more"] else ""
            return f"{area(figures)}{more}; {count_of(figures['new'], 'poster')} put in, all others stay"
        moved = math.sqrt(float(figures["displacement"]))
        near_best = nearness(float(figures["displacement"]), float(figures["bound"]))
        return f"{area(figures)}, moved {moved:.1f}, {near_best}"


def _displacement(targets: Floats, cells: Ints) -> float:
    """Return the mean squared displacement in cells."""
    return float(((targets.astype(np.float64) - cells) ** 2).sum(axis=1).mean())


def nearness(cost: float, bound: float) -> str:
    """Return in words how near the cost is to the least possible; never nearer than is proved.

    The share is rounded up to one digit, and to a ten thousandth of a percent.
    """
    if cost <= NOTHING:
        return "the best possible"
    if cost > 2 * bound:
        return "not proved to be near the best"
    percent = (cost / bound - 1) * 100
    unit = 10.0 ** max(-4, math.ceil(math.log10(max(percent, 1e-9))) - 1)
    return f"within {max(1, math.ceil(percent / unit - 1e-9)) * unit:.4g}% of the best possible"


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
    "minmax" puts the extremes on the middles of the outermost cells; "quantile" all but the outermost 2 %; "equalized"
    gives crowds more room. `solver`: "sparse" (options `holes`, "free" or "rim"; `radius`), "lapjv" or "scipy".
    OptionError for too few cells, ArtifactError for points that are not (n, 2) and finite.
    """
    check_scale(scale)
    method: Solver = make_method(SOLVERS, solver, options, "grid.solver")
    given = _points(points)
    if len(given) == 0:
        return np.zeros((0, 2), np.int32)
    sides = (("columns", columns), ("rows", rows))
    across, down = shape(len(given), 1.0, *(0 if side is None else whole(name, side, 1) for name, side in sides))
    return method(scaled(given, across, down, scale), across, down)


def assignment_gap(points: Floats, cells: Ints, columns: int, rows: int, scale: str = "minmax") -> tuple[float, float]:
    """Return (cost, bound): mean squared displacement of `cells` in cells, and what that of any cells is at least.

    `points`: (n, 2), y downwards; `cells`: (n, 2) [column, row] of `columns` x `rows`, unique, as `assign` gives them
    for the same `scale`. The bound is proved by linear programming duality over all cells, whoever found `cells`.
    ArtifactError for points or cells that will not do, OptionError for an unknown scale.
    """
    check_scale(scale)
    columns, rows = whole("columns", columns, 1), whole("rows", rows, 1)
    given = _points(points)
    held = Arrangement(np.asarray(cells), columns, rows).cells
    if len(held) != len(given):
        raise ArtifactError(f"{len(held):,} cells for {len(given):,} points")
    if len(given) == 0:
        return 0.0, 0.0
    shape(len(given), 1.0, columns, rows)
    targets = scaled(given, columns, rows, scale)
    return _displacement(targets, held), lower_bound(targets, columns, rows) / len(given)


def _points(points: Any) -> NDArray[np.float64]:
    """Return (n, 2) points as they are, wide: scaled first, they lose nothing to float32. ArtifactError if not that."""
    try:
        given = np.asarray(points)
    except ValueError as error:  # rows of different lengths
        raise ArtifactError(f"points: {error}") from error
    if given.dtype.kind not in "biuf":
        raise ArtifactError(f"points: {given.dtype}, not real numbers")
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, and is refused
        Layout(given.astype(np.float32))
    return given.astype(np.float64)


def area(figures: Figures) -> str:
    """Return how large the grid is, for a person: "8 x 6 cells"."""
    columns, rows = figures["columns"], figures["rows"]
    return f"{columns} x {rows} {'cell' if columns == rows == 1 else 'cells'}"


def shape(n: int, aspect: float, columns: int = 0, rows: int = 0) -> tuple[int, int]:
    """Return (columns, rows) for `n` cells of height / width `aspect`; what is given (not 0) stays.

    Of all shapes that hold n, the one that wastes least: empty cells and a whole that is not SCREEN wide both count.
    """
    for name, count in (("columns", columns), ("rows", rows)):
        if count < 0:
            raise OptionError(f"{name} = {count} is below 0; 0 chooses")
    if columns or rows:
        across, down = columns or math.ceil(n / rows), rows or math.ceil(n / columns)
        if across * down > max(MOST_CELLS, 2 * n):
            raise OptionError(f"{across} x {down} cells are more than {MOST_CELLS:,}; give fewer columns or rows")
        if across * down < n:
            raise OptionError(
                f"{across} x {down} = {across * down} cells are too few for {n:,} posters; give more columns or rows"
            )
        return across, down
    ideal = math.sqrt(n * SCREEN * aspect)
    least, most = (min(n, max(1, round_(ideal * by))) for round_, by in ((int, 0.8), (math.ceil, 1.2)))
    shapes = [(across, math.ceil(n / across)) for across in range(least, most + 1)]
    return min(shapes, key=lambda one: _waste(one, n, aspect))


def _waste(cells: tuple[int, int], n: int, aspect: float) -> float:
    columns, rows = cells
    empty = columns * rows / n - 1
    stretch = abs(math.log(columns / (rows * aspect) / SCREEN))
    return 2 * empty + stretch
