"""All that a site tells of its posters, gathered from the artefacts: what the scripts below data/ are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mapmaker.columns import TITLE, attributions, searched_columns
from mapmaker.hosts import MOST_SIMILAR, SHARD_SIDE
from mapmaker.model import Arrangement, Clusters, Floats, Images, Metadata, Neighbors
from mapmaker.stages.compose.tile_index import TileIndex


@dataclass(frozen=True)
class Catalog:
    """All that the scripts are made from; `rows` are the selected rows."""

    title: str
    images: Images
    metadata: Metadata
    rows: Sequence[int]
    arrangement: Arrangement
    clusters: Clusters
    tiles: TileIndex
    archives: Sequence[int] = ()
    """The first tile id of each archive, ascending; none where each tile is a file of its own."""
    shard_side: int = SHARD_SIDE
    similar: NDArray[np.int64] | None = None
    """Of each selected row, see `similar_cells`; None where nobody knows what is alike."""
    alike: NDArray[np.int64] | None = None
    """How alike these are, in thousandths; None where nobody knows."""
    quantiles: Sequence[int] = ()
    """Similarities of random pairs, in thousandths, ascending; () where nobody knows."""
    vectors: Floats | None = None
    """(rows of all images, c) directions in which posters are near or far; None keeps them off the site."""
    about: Mapping[str, str] | None = None
    """What is known of the map itself: description, author, credits, licence, contact; "" is not known."""

    listed: bool = True
    """Whether list/ is on the site."""
    appraised: bool = False
    """Whether quality/ is."""
    galleries: bool = False
    """Whether clusters/ is: a gallery of each cluster."""
    search: Sequence[str] = ()
    """The columns to search beside the title, () for those that people search by words."""

    @cached_property
    def numbers(self) -> list[int]:
        """Each selected row's cell number."""
        numbers: list[int] = self.arrangement.numbers().tolist()
        return numbers

    @cached_property
    def order(self) -> list[int]:
        """The selected rows in the order of their cells."""
        order: list[int] = np.argsort(self.arrangement.numbers()).tolist()
        return order

    @cached_property
    def ordered_rows(self) -> list[int]:
        """The rows of `order`."""
        return [int(self.rows[selected]) for selected in self.order]

    @cached_property
    def searchable(self) -> dict[str, Sequence[str]]:
        """The columns that can be searched, by name, a text a row; the title is the first."""
        more = self.metadata.more
        names = searched_columns(more, self.ordered_rows, self.search)
        return {TITLE: self.metadata.title, **{name: more[name] for name in names}}

    @cached_property
    def attributions(self) -> tuple[list[str], int]:
        """Whom the table says to name, the most frequent first, and how many more there are."""
        return attributions(self.metadata.more, self.ordered_rows)


def similar_cells(neighbors: Neighbors, arrangement: Arrangement) -> NDArray[np.int64]:
    """Return (n, at most 12) the cell numbers of the posters most like each, nearest first, -1 behind the last.

    `neighbors` is the graph of the selected rows among themselves.
    """
    index = neighbors.index[:, :MOST_SIMILAR]
    numbers = arrangement.numbers()
    return np.where(index < 0, -1, numbers[index]) if index.size else np.empty(index.shape, np.int64)
