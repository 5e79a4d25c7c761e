"""arrange: cells of least displacement -> cells for the site, with more that is alike side by side."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.methods.arrangers import ARRANGERS, Arranger
from mapmaker.methods.neighbors import Exact, Reduction
from mapmaker.model import Arrangement, Features, Floats, Ints
from mapmaker.options import make_method, method_field, whole
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class ArrangeStage(Inside):
    """Options of the polish: the method, "none" for the grid as it is, and its own."""

    name: ClassVar[str] = "arrange"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (artifacts.VECTORS, artifacts.NEIGHBORS, artifacts.SELECTION, artifacts.GRID)
    writes: ClassVar[tuple[str, ...]] = (artifacts.ARRANGEMENT,)

    method: Arranger = method_field(ARRANGERS, "anneal")

    def run(self, job: Job) -> Figures:
        """Arrange what is selected."""
        selection = artifacts.read_selection(job.work)
        rows, all_rows = selection.rows, len(selection.verdict)
        vectors = artifacts.read_features(job.work, artifacts.VECTORS, all_rows).values[rows]
        neighbors = artifacts.read_neighbors(job.work, all_rows).among(rows)
        grid = artifacts.read_grid(job.work, len(rows))
        cells = self.method(vectors, neighbors, grid.cells, grid.columns, grid.rows)
        artifacts.write_arrangement(job.work, Arrangement(cells, grid.columns, grid.rows))
        moved = np.sqrt(((cells - grid.cells) ** 2).sum(axis=1))
        return {"moved": int((moved > 0).sum()), "step": float(np.median(moved))}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if not figures["moved"]:
            return "all stay on their cells"
        return f"{figures['moved']:,} posters moved, half of all by at most {figures['step']:.1f} cells"


def arrange(values: Floats, cells: Ints, columns: int, rows: int, method: str = "anneal", **options: object) -> Ints:
    """Return (n, 2) int32 [column, row], unique: `cells` with more that is alike side by side.

    `values`: (n, d) features; `cells`: (n, 2) of `columns` x `rows`, unique, as `assign` gives them; empty ones stay
    empty. The features are
    reduced by PCA (option `components`, 64; 0 for none) to unit length and connected to their nearest neighbours.
    `method`: "anneal" (options `moves`, `touch`, `reach`, ...; and `seed`) or "none". Same input, same cells.
    ArtifactError for values or cells that will not do, OptionError for options.
    """
    columns, rows = whole("columns", columns, 1), whole("rows", rows, 1)
    chosen = {"components": options.pop("components")} if "components" in options else {}
    reduction: Reduction = make_method({"pca": lambda: Reduction}, "pca", chosen, "arrange.components")
    arranger: Arranger = make_method(ARRANGERS, method, options, "arrange.method")
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, and is refused
        given = Features(np.ascontiguousarray(values, np.float32)).values
    held = Arrangement(np.asarray(cells), columns, rows).cells.astype(np.int32)
    if len(held) != len(given):
        raise ArtifactError(f"{len(held):,} cells for {len(given):,} rows of features")
    if len(held) == 0 or arranger.neighbors_read == 0:
        return held
    vectors = reduction(given)
    return arranger(vectors, Exact(arranger.neighbors_read)(vectors), held, columns, rows)
