"""layout: vectors and their neighbours -> a point for each poster; posters that look alike fall close."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.methods.neighbors import Reduction, reduced_and_connected
from mapmaker.methods.projections import PROJECTIONS, Projection
from mapmaker.model import Floats, Layout
from mapmaker.options import build, make_method, method_field
from mapmaker.plural import count_of
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
        vectors, neighbors = artifacts.read_selected(job.work)
        artifacts.write_layout(job.work, Layout(self.method(vectors, neighbors)))
        return {"points": len(vectors)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"{count_of(figures['points'], 'point')} by {type(self.method).__name__}"


def layout(values: Floats, method: str = "tsne", seed: int = 0, *, components: int = 64, **options: object) -> Floats:
    """Return (n, 2) float32 points, y downwards, for (n, d) features.

    The features are reduced by PCA to `components` (0 for none) and unit length, connected to their nearest
    neighbours, and projected by `method`: "tsne" (options `perplexity`, `iterations`, ...; and `seed`) or "pca". Same
    values, options and seed: same points. ArtifactError for values that are not (n, d) and finite.
    """
    if method == "tsne":
        options["seed"] = seed
    reduction = build(Reduction, {"components": components}, "layout")
    projection: Projection = make_method(PROJECTIONS, method, options, "layout.method")
    vectors, neighbors = reduced_and_connected(values, reduction, projection.neighbors_read)
    return projection(vectors, neighbors) if len(vectors) else np.zeros((0, 2), np.float32)
