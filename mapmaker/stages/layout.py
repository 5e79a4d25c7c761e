"""layout: vectors and their neighbours -> a point for each poster; posters that look alike fall close."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import OptionError, near
from mapmaker.methods.neighbors import Reduction, reduced_and_connected
from mapmaker.methods.projections import PROJECTIONS, Projection
from mapmaker.methods.projections.tsne import Tsne
from mapmaker.model import METRICS, Floats, Layout, Neighbors
from mapmaker.options import build, make_method, method_field
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job

NEAREST = 5
"""Neighbours between whom a new poster is put."""


@dataclass(frozen=True)
class LayoutStage(Inside):
    """Options of the layout: the method and its own."""

    name: ClassVar[str] = "layout"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (artifacts.VECTORS, artifacts.NEIGHBORS, artifacts.SELECTION, artifacts.RECALLED)
    writes: ClassVar[tuple[str, ...]] = (artifacts.LAYOUT,)
    worked: ClassVar[str] = "new"

    method: Projection = method_field(PROJECTIONS, "tsne")

    def run(self, job: Job) -> Figures:
        """Project what is selected, or, where the last map stands, what is new to it."""
        vectors, neighbors = artifacts.read_selected(job.work)
        points = artifacts.recalled(job.work).points
        new = np.isnan(points[:, 0])
        divergence = None
        if not new.all():
            made = joined(points, neighbors)
        elif isinstance(self.method, Tsne):
            made, divergence = self.method.measured(vectors, neighbors, job.progress)
        else:
            made = self.method(vectors, neighbors, job.progress)
        artifacts.write_layout(job.work, Layout(made))
        known = {} if divergence is None else {"divergence": round(divergence, 4)}
        return {"points": len(vectors), "new": int(new.sum()), **known}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        if figures["new"] != figures["points"]:
            return f"{figures['new']:,} of {count_of(figures['points'], 'point')} put among their nearest"
        return f"{count_of(figures['points'], 'point')} by {type(self.method).__name__}"


def joined(points: Floats, neighbors: Neighbors) -> Floats:
    """Return (n, 2) `points` with each that is missing (NaN) at the median of its `NEAREST` neighbours that have one.

    Those without any such neighbour wait for those that find one; if none does, the middle of the map must do.
    """
    placed = points.copy()
    while (missing := np.flatnonzero(np.isnan(placed[:, 0]))).size:
        index = neighbors.index[missing]
        known = (index >= 0) & ~np.isnan(placed[index, 0])
        first = known & (np.cumsum(known, axis=1) <= NEAREST)
        ready = first.any(axis=1)
        if not ready.any():
            placed[missing] = np.nanmean(placed, axis=0)
            break
        around = np.where(first[ready, :, None], placed[index[ready]], np.nan)
        placed[missing[ready]] = np.nanmedian(around, axis=1)
    return placed


def layout(
    values: Floats,
    method: str = "tsne",
    seed: int = 0,
    *,
    components: int = 64,
    metric: str = "euclidean",
    **options: object,
) -> Floats:
    """Return (n, 2) float32 points, y downwards, for (n, d) features.

    The features are reduced by PCA to `components` (0 for none) and unit length, connected to their nearest
    neighbours by `metric` ("euclidean", "cosine", "manhattan"), and projected by `method`: "tsne" (options
    `perplexity`, `iterations`, ...; and `seed`), "umap" (`n_neighbors`, ...; `seed`; the umap extra) or "pca". Same
    values, options and seed: same points. ArtifactError for values that are not (n, d) and finite.
    """
    if metric not in METRICS:
        raise OptionError(f"metric = {metric!r} is not known: {near(metric, METRICS)}")
    if method in ("tsne", "umap"):
        options["seed"] = seed
    reduction = build(Reduction, {"components": components}, "layout")
    projection: Projection = make_method(PROJECTIONS, method, options, "layout.method")
    vectors, neighbors = reduced_and_connected(values, reduction, projection.neighbors_read, metric)
    return projection(vectors, neighbors) if len(vectors) else np.zeros((0, 2), np.float32)
