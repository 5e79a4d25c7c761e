"""layout: vectors and their neighbours -> a point for each poster; posters that look alike fall close."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.methods.neighbors import Exact, Reduction
from mapmaker.methods.projections import PROJECTIONS, Projection
from mapmaker.model import Features, Floats, Layout, Neighbors
from mapmaker.options import make_method, method_field
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class LayoutStage(Inside):
    """Options of the layout: the method and its own."""

    name: ClassVar[str] = "layout"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (artifacts.VECTORS, artifacts.NEIGHBORS, artifacts.SELECTION)
    writes: ClassVar[tuple[str, ...]] = (artifacts.LAYOUT,)

    method: Projection = method_field(PROJECTIONS, "tsne")

    def run(self, job: Job) -> Figures:
        """Project what is selected."""
        selection = artifacts.read_selection(job.work)
        rows, all_rows = selection.rows, len(selection.verdict)
        vectors = artifacts.read_features(job.work, artifacts.VECTORS, all_rows).values[rows]
        neighbors = artifacts.read_neighbors(job.work, all_rows).among(rows)
        artifacts.write_layout(job.work, Layout(self.method(vectors, neighbors)))
        return {"points": len(rows)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"{figures['points']:,} points by {type(self.method).__name__}"


def layout(values: Floats, method: str = "tsne", seed: int = 0, **options: object) -> Floats:
    """Return (n, 2) float32 points, y downwards, for (n, d) features.

    The features are reduced by PCA (option `components`, 64; 0 for none) to unit length, connected to their nearest
    neighbours, and projected by `method`: "tsne" (options `perplexity`, `iterations`, ...; and `seed`) or "pca". Same
    values, options and seed: same points. ArtifactError for values that are not (n, d) and finite.
    """
    if method == "tsne":
        options["seed"] = seed
    chosen = {"components": options.pop("components")} if "components" in options else {}
    reduction: Reduction = make_method({"pca": lambda: Reduction}, "pca", chosen, "layout.components")
    projection: Projection = make_method(PROJECTIONS, method, options, "layout.method")
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, and is refused
        given = Features(np.ascontiguousarray(values, np.float32)).values
    if len(given) == 0:
        return np.zeros((0, 2), np.float32)
    vectors = reduction(given)
    if projection.neighbors_read == 0:
        n = len(vectors)
        return projection(vectors, Neighbors(np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32)))
    return projection(vectors, Exact(projection.neighbors_read)(vectors))
