"""The galleries of clusters: a catalog -> pages of posters, pages of the index, and which tiles they are cut from.

A gallery shows the posters of a cluster along a Hilbert curve over the map: those beside each other there are beside
each other here, so that a screen of posters takes few tiles, and a poster's place follows from its own cell, whatever
becomes of others. What a page looks like is decided in `mapmaker_site.galleries`.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from pmtiles.tile import zxy_to_tileid

from mapmaker.model import Cluster
from mapmaker.plural import count_of
from mapmaker.shelves import INDEXED, PAGE, folded, gallery_zoom, page_count
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.contract import middle_of
from mapmaker.stages.compose.overview import NAME
from mapmaker.stages.compose.tree import Rendered
from mapmaker.stages.compose.twin import entry, rendered
from mapmaker_site.galleries import (
    CELLS,
    FOLDER,
    Gallery,
    Index,
    Picture,
    Piece,
    Shown,
    gallery_file,
    index_file,
    render_cells,
    render_gallery,
    render_index,
)
from mapmaker_site.pages import Book, Link

ORDERS = {"index": "by interest", "by-size": "by size", "by-name": "by name"}
"""How the index is sorted, by the name of its first file."""
SHOWN = 5
"""Posters of a cluster in the index."""
TAGS = 3
"""Tags that a gallery names, each of `FREQUENT` of its posters at least."""
FREQUENT = 0.2
WINDOW = 600
"""Pixels that a cluster is to fill on the map, about."""
ROOM = 1.3
"""How much wider than a square of all its posters a cluster is taken to be."""


@dataclass(frozen=True)
class Galleries:
    """All pages below clusters/; a poster is a selected row."""

    catalog: Catalog
    book: Book

    def pages(self) -> Iterator[tuple[str, Rendered]]:
        """Yield (path below the site, page), and the style sheet that they share."""
        yield f"{FOLDER}/{CELLS}", rendered(self.cells)
        for stem in ORDERS:
            for number in range(1, self._index_pages + 1):
                yield f"{FOLDER}/{index_file(stem, number)}", rendered(partial(self.index, stem, number))
        for place, cluster in enumerate(self._clusters):
            for number in range(1, page_count(len(cluster.members)) + 1):
                yield f"{FOLDER}/{gallery_file(cluster.slug, number)}", rendered(partial(self.gallery, place, number))

    @cached_property
    def tiles(self) -> set[str]:
        """The names of the tiles that pages show."""
        return {tile for cluster in self._clusters for poster in cluster.members for tile, _, _ in self._cut(poster)}

    def cells(self) -> str:
        """Return the style sheet."""
        every = {
            (left, top) for cluster in self._clusters for one in cluster.members for _, left, top in self._cut(one)
        }
        tiles = self.catalog.tiles
        return render_cells(tiles.cell_at(self._zoom), tiles.size, [Piece("", left, top) for left, top in every])

    def gallery(self, place: int, number: int) -> str:
        """Return page `number`, from 1, of the gallery of the cluster at `place`."""
        clusters, cluster = self._clusters, self._clusters[place]
        order = sorted(cluster.members.tolist(), key=self._along)
        return render_gallery(
            self.book,
            Gallery(
                slug=cluster.slug,
                heading=cluster.called,
                number=number,
                pages=page_count(len(order)),
                count=len(order),
                pictures=[self._picture(poster) for poster in order[(number - 1) * PAGE : number * PAGE]],
                place=self._place(cluster),
                overview=NAME,
                years=self._years(order),
                tags=self._tags(order),
                note=cluster.note,
                before=_link(clusters[place - 1]) if place else None,
                behind=_link(clusters[place + 1]) if place + 1 < len(clusters) else None,
            ),
        )

    def index(self, stem: str, number: int) -> str:
        """Return page `number`, from 1, of the index in one of the `ORDERS`."""
        clusters = self._sorted(stem)[(number - 1) * INDEXED : number * INDEXED]
        inside = sum(len(cluster.members) for cluster in self._clusters)
        posters = count_of(len(self.catalog.rows), "poster")
        return render_index(
            self.book,
            Index(
                stem=stem,
                order=ORDERS[stem],
                orders=[Link(index_file(one), name) for one, name in ORDERS.items()],
                number=number,
                pages=self._index_pages,
                figures=[count_of(len(self._clusters), "cluster"), f"{inside:,} of {posters}"],
                clusters=[self._faces[cluster.slug] for cluster in clusters],
                overview=NAME,
            ),
        )

    @property
    def _clusters(self) -> Sequence[Cluster]:
        return self.catalog.clusters.clusters

    @property
    def _index_pages(self) -> int:
        return -(-len(self._clusters) // INDEXED)

    @cached_property
    def _zoom(self) -> int:
        tiles = self.catalog.tiles
        return gallery_zoom(*tiles.cell, tiles.margin, tiles.max_zoom, packed=bool(self.catalog.archives))

    @cached_property
    def _depth(self) -> int:
        """How often the square around the map halves until it is a cell."""
        return max(self.catalog.arrangement.columns, self.catalog.arrangement.rows).bit_length()

    def _along(self, poster: int) -> int:
        """Return a poster's place along the curve."""
        column, row = self.catalog.arrangement.cells[poster].tolist()
        return zxy_to_tileid(self._depth, column, row)

    def _sorted(self, stem: str) -> list[Cluster]:
        if stem == "by-size":
            return sorted(self._clusters, key=lambda cluster: -len(cluster.members))
        if stem == "by-name":  # those that nobody named come last
            return sorted(self._clusters, key=lambda cluster: (not cluster.name, folded(cluster.called), cluster.slug))
        return list(self._clusters)

    @cached_property
    def _faces(self) -> dict[str, Shown]:
        """Each cluster as the index shows it, in whatever order, by slug."""
        return {cluster.slug: self._shown(cluster) for cluster in self._clusters}

    def _shown(self, cluster: Cluster) -> Shown:
        """Return a cluster as its medoid shows it, with others of it that take few further tiles, the nearest first."""
        cells = self.catalog.arrangement.cells
        members = cluster.members.tolist()
        medoid = cluster.medoid if cluster.medoid >= 0 else members[middle_of(cells[members])]
        away = (cells[members] - cells[medoid]) * self.catalog.tiles.cell
        far = dict(zip(members, (away**2).sum(axis=1).tolist(), strict=True))
        tiles = {poster: {tile for tile, _, _ in self._cut(poster)} for poster in members}
        shown = [medoid]
        loaded = set(tiles[medoid])
        while len(shown) < min(SHOWN, len(members)):
            others = (poster for poster in members if poster not in shown)
            shown.append(min(others, key=lambda poster: (len(tiles[poster] - loaded), far[poster], poster)))
            loaded |= tiles[shown[-1]]
        return Shown(
            gallery_file(cluster.slug), cluster.called, len(members), [self._picture(poster) for poster in shown]
        )

    def _picture(self, poster: int) -> Picture:
        pieces = [Piece(f"../tiles/{tile}", left, top) for tile, left, top in self._cut(poster)]
        return Picture(entry(self.catalog, poster), pieces)

    def _cut(self, poster: int) -> Iterator[tuple[str, int, int]]:
        """Yield each tile that shows a poster, and how far its corner lies from the cell's."""
        column, row = self.catalog.arrangement.cells[poster].tolist()
        for crop in self.catalog.tiles.crops(column, row, self._zoom):
            yield crop.tile, crop.at[0] - crop.box[0], crop.at[1] - crop.box[1]

    def _place(self, cluster: Cluster) -> str:
        """Return what leads to a cluster on the map, the other posters dimmed."""
        tiles = self.catalog.tiles
        side = ROOM * math.sqrt(len(cluster.members) * tiles.cell[0] * tiles.cell[1])
        zoom = min(max(tiles.max_zoom - math.log2(side / WINDOW), 0), tiles.max_zoom)
        cells = self.catalog.arrangement.cells[cluster.members]
        column, row = cells[middle_of(cells)].tolist()
        return f"{zoom:.2f}/{column + 0.5:g}/{row + 0.5:g}?cluster={cluster.slug}"

    def _years(self, posters: Sequence[int]) -> str:
        rows, years = self.catalog.rows, self.catalog.metadata.year
        known = [year for poster in posters if (year := years[rows[poster]]) is not None]
        if not known:
            return ""
        return f"{min(known)} to {max(known)}" if min(known) < max(known) else str(min(known))

    def _tags(self, posters: Sequence[int]) -> list[str]:
        rows, tags = self.catalog.rows, self.catalog.metadata.tags
        counts = Counter(tag for poster in posters for tag in set(tags[rows[poster]]) if tag)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [tag for tag, count in ranked[:TAGS] if count >= max(2, FREQUENT * len(posters))]


def _link(cluster: Cluster) -> Link:
    return Link(gallery_file(cluster.slug), cluster.called)
