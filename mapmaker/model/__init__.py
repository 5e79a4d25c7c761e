"""What flows through the house: frozen dataclasses, checked once, when they are made.

Two index spaces. A **row** is an image of `Images`, for the life of the workspace. A **selected row** is a
position in `Selection.rows`; row i of `Layout`, `Grid`, `Arrangement` and `Clusters` is selected row i.
"""

from mapmaker.model.arrays import Floats, Ints, Places, spread
from mapmaker.model.clusters import Cluster, Clusters, Origin, called
from mapmaker.model.likeness import METRICS, Features, Neighbors, Posters
from mapmaker.model.places import Arrangement, Grid, Layout
from mapmaker.model.posters import Images, Looks, Metadata, Reject, Selection
from mapmaker.model.standing import Change, Likeness, Standing

__all__ = [
    "METRICS",
    "Arrangement",
    "Change",
    "Cluster",
    "Clusters",
    "Features",
    "Floats",
    "Grid",
    "Images",
    "Ints",
    "Layout",
    "Likeness",
    "Looks",
    "Metadata",
    "Neighbors",
    "Origin",
    "Places",
    "Posters",
    "Reject",
    "Selection",
    "Standing",
    "called",
    "spread",
]
