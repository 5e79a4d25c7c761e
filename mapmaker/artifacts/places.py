"""Where posters lie: points, optimal cells, and the cells that the map shows."""

import numpy as np
from numpy.typing import NDArray

from mapmaker.artifacts.formats import array_of, arrays_of, float32, int32, reading, require_rows, save
from mapmaker.artifacts.names import ARRANGEMENT, GRID, LAYOUT
from mapmaker.model import Arrangement, Grid, Layout
from mapmaker.workspace import Workspace


def write_layout(work: Workspace, layout: Layout) -> None:
    """Write the points."""
    save(work.fresh(LAYOUT), layout.points)


def read_layout(work: Workspace, rows: int | None = None) -> Layout:
    """Read what `write_layout` wrote; any real numbers do."""
    with reading(work.path(LAYOUT)) as path:
        layout = Layout(float32(array_of(path)))
        require_rows(len(layout.points), rows)
        return layout


def write_grid(work: Workspace, grid: Grid) -> None:
    """Write arrays `cells`, `shape` [columns, rows], `cost` and `bound`."""
    cost, bound = np.array(grid.cost), np.array(grid.bound)
    np.savez(work.fresh(GRID), cells=grid.cells, shape=_shape(grid), cost=cost, bound=bound)


def read_grid(work: Workspace, rows: int | None = None) -> Grid:
    """Read what `write_grid` wrote."""
    with reading(work.path(GRID)) as path, arrays_of(path) as arrays:
        across, down = int32(arrays["shape"]).tolist()
        cost, bound = float(arrays["cost"].item()), float(arrays["bound"].item())
        grid = Grid(int32(arrays["cells"]), across, down, cost, bound)
        require_rows(len(grid.cells), rows)
        return grid


def write_arrangement(work: Workspace, arrangement: Arrangement) -> None:
    """Write arrays `cells` and `shape` [columns, rows]."""
    np.savez(work.fresh(ARRANGEMENT), cells=arrangement.cells, shape=_shape(arrangement))


def read_arrangement(work: Workspace, rows: int | None = None) -> Arrangement:
    """Read what `write_arrangement` wrote."""
    with reading(work.path(ARRANGEMENT)) as path, arrays_of(path) as arrays:
        across, down = int32(arrays["shape"]).tolist()
        arrangement = Arrangement(int32(arrays["cells"]), across, down)
        require_rows(len(arrangement.cells), rows)
        return arrangement


def _shape(arrangement: Arrangement) -> NDArray[np.int32]:
    return np.array([arrangement.columns, arrangement.rows], np.int32)
