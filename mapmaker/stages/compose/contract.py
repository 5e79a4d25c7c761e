"""What the viewer is told: the scripts below data/, as docs/map-data.md defines them. A catalog in, bytes out.

This module frames them and makes the first, the map's own; `shards`, `search`, `facets` and `vectors` make the others.
"""

import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mapmaker.hosts import id_prefix
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.facets import facets, offered
from mapmaker.stages.compose.search import search_lists
from mapmaker.stages.compose.shards import id_shards, poster_shards
from mapmaker.stages.compose.vectors import told_vectors, vector_scripts

VERSION = 3
"""Of the contract: goes up with every required key that is added, and every meaning that changes."""
ABOUT = ("description", "author", "credits", "licence", "contact")


def scripts(catalog: Catalog) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every script; the file is data/{name}.js. 170,000 posters take some seconds."""
    yield "map", script("map", _map(catalog))
    for parts in (poster_shards(catalog), id_shards(catalog), search_lists(catalog), vector_scripts(catalog)):
        for name, value in parts:
            yield name, script(name, value)
    yield "facets", script("facets", facets(catalog))


def script(name: str, value: object) -> bytes:
    """Return the one statement that hands `value` to the viewer. No text in it can end the script.

    What no UTF-8 file can hold (half of a character, from a damaged name) becomes a question mark.
    """
    text = json.dumps([name, value], ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"(self.mapmaker??=[]).push({text});\n".encode("utf-8", "replace")


def _map(catalog: Catalog) -> dict[str, object]:
    arrangement, tiles = catalog.arrangement, catalog.tiles
    held = np.zeros(arrangement.columns * arrangement.rows, bool)
    held[catalog.numbers] = True
    about = catalog.about or {}
    vectors = told_vectors(catalog)
    lines, others = catalog.attributions
    return {
        "version": VERSION,
        "title": catalog.title,
        "count": len(catalog.rows),
        "columns": arrangement.columns,
        "rows": arrangement.rows,
        "holes": np.flatnonzero(~held).tolist(),
        "cell": {"width": tiles.cell[0], "height": tiles.cell[1]},
        "tiles": {
            "size": tiles.size,
            "maxZoom": tiles.max_zoom,
            "extension": tiles.extension,
            **({"archives": list(catalog.archives)} if catalog.archives else {}),
            **({"margin": tiles.margin} if tiles.margin else {}),
        },
        "shardSide": catalog.shard_side,
        "idPrefix": id_prefix(len(catalog.images)),
        "clusters": [
            {
                "slug": cluster.slug,
                "name": cluster.name,
                "size": len(cluster.members),
                "cell": _middle(arrangement.cells[cluster.members]),
                **({"shade": cluster.shade} if cluster.shade and not cluster.name else {}),
            }
            for cluster in catalog.clusters.clusters
        ],
        "search": list(catalog.searchable),
        "facets": offered(catalog),
        "list": catalog.listed,
        **({"quality": True} if catalog.appraised else {}),
        **({"galleries": True} if catalog.galleries else {}),
        **({"vectors": vectors} if vectors else {}),
        **({"quantiles": list(catalog.quantiles)} if catalog.quantiles else {}),
        "about": {name: about[name] for name in ABOUT if about.get(name)},
        **({"attribution": {"lines": lines, "others": others}} if lines else {}),
    }


def _middle(cells: NDArray[np.int32]) -> list[int]:
    middle: list[int] = cells[middle_of(cells)].tolist()
    return middle


def middle_of(cells: NDArray[np.int32]) -> int:
    """Return the place of the one of `cells` nearest to their mean."""
    squared = ((cells - cells.mean(axis=0)) ** 2).sum(axis=1)
    return int(squared.argmin())
