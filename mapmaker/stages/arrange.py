"""arrange: cells of least displacement -> cells for the site, with more that is alike side by side."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.methods.arrangers import ARRANGERS, Arranger
from mapmaker.methods.arrangers.anneal import Anneal
from mapmaker.methods.arrangers.newcomers import settle_newcomers
from mapmaker.methods.neighbors import Reduction, reduced_and_connected
from mapmaker.model import Arrangement, Floats, Ints
from mapmaker.options import build, make_method, method_field, whole
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class ArrangeStage(Inside):
    """Options of the polish: the method, "none" for the grid as it is, and its own."""

    name: ClassVar[str] = "arrange"
    version: ClassVar[int] = 8
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.VECTORS,
        artifacts.NEIGHBORS,
        artifacts.SELECTION,
        artifacts.RECALLED,
        artifacts.GRID,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.ARRANGEMENT,)
    worked: ClassVar[str] = "new"

    method: Arranger = method_field(ARRANGERS, "anneal")

    def run(self, job: Job) -> Figures:
        """Arrange what is selected, or, where the last map stands, who is new to it."""
        vectors, neighbors = artifacts.read_selected(job.work)
        grid = artifacts.read_grid(job.work, len(vectors))
        anchors = artifacts.recalled(job.work).cells
        if (anchors < 0).all():
            cells = self.method(vectors, neighbors, grid.cells, grid.columns, grid.rows)
        elif isinstance(self.method, Anneal):
            cells = settle_newcomers(vectors, neighbors, anchors, grid.columns, grid.rows, self.method.seed)
        else:
            cells = grid.cells
        artifacts.write_arrangement(job.work, Arrangement(cells, grid.columns, grid.rows))
        moved = np.sqrt(((cells - grid.cells) ** 2).sum(axis=1))
        left = (anchors >= 0).all(axis=1) & (cells != anchors).any(axis=1)
        return {
            "moved": int((moved > 0).sum()),
            "step": float(np.median(moved)),
            "kept": int((anchors[:, 0] >= 0).sum()),
            "left": int(left.sum()),
            "new": int((anchors[:, 0] < 0).sum()),
        }

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if figures["kept"]:
            return f"{figures['left']:,} of {count_of(figures['kept'], 'old poster')} made way"
        if not figures["moved"]:
            return "all stay on their cells"
        return f"{count_of(figures['moved'], 'poster')} moved, half of all by at most {figures['step']:.1f} cells"


def arrange(
    values: Floats,
    cells: Ints,
    columns: int,
    rows: int,
    method: str = "anneal",
    *,
    components: int = 64,
    **options: object,
) -> Ints:
    """Return (n, 2) int32 [column, row], unique: `cells` with more that is alike side by side.

    `values`: (n, d) features; `cells`: (n, 2) of `columns` x `rows`, unique, as `assign` gives them; empty ones stay
    empty. The features are reduced by PCA to `components` (0 for none) and unit length, and connected to their nearest
    neighbours. `method`: "anneal" (options `moves`, `touch`, `reach`, ...; and `seed`) or "none". Same input, same
    cells. ArtifactError for values or cells that will not do, OptionError for options.
    """
    columns, rows = whole("columns", columns, 1), whole("rows", rows, 1)
    reduction = build(Reduction, {"components": components}, "arrange")
    arranger: Arranger = make_method(ARRANGERS, method, options, "arrange.method")
    vectors, neighbors = reduced_and_connected(values, reduction, arranger.neighbors_read)
    held = Arrangement(np.asarray(cells), columns, rows).cells.astype(np.int32)
    if len(held) != len(vectors):
        raise ArtifactError(f"{len(held):,} cells for {len(vectors):,} rows of features")
    return arranger(vectors, neighbors, held, columns, rows)
