"""What the viewer is told: the scripts below data/, as docs/map-data.md defines them. Dataclasses in, bytes out."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapmaker.hosts import SHARD_SIDE, id_prefix
from mapmaker.model import Arrangement, Clusters, Images, Metadata

VERSION = 1


@dataclass(frozen=True)
class Catalog:
    """All that the scripts are made from; `rows` are the selected rows."""

    title: str
    images: Images
    metadata: Metadata
    rows: Sequence[int]
    arrangement: Arrangement
    clusters: Clusters
    tiles: Mapping[str, Any]
    """The index of the raster stage."""
    archives: Sequence[int] = ()
    """The first tile id of each archive, ascending; none where each tile is a file of its own."""
    shard_side: int = SHARD_SIDE


def scripts(catalog: Catalog) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every script; the file is data/{name}.js."""
    prefix = id_prefix(len(catalog.rows))
    for name, value in (
        ("map", _map(catalog, prefix)),
        *_poster_shards(catalog),
        *_id_shards(catalog, prefix),
    ):
        yield name, script(name, value)


def script(name: str, value: object) -> bytes:
    """Return the one statement that hands `value` to the viewer. No text in it can end the script."""
    text = json.dumps([name, _clean(value)], ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"(self.mapmaker??=[]).push({text});\n".encode()


def _clean(value: object) -> object:
    """Return `value` with what no UTF-8 file can hold (half of a character, from a damaged name) replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {name: _clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _map(catalog: Catalog, prefix: int) -> dict[str, object]:
    arrangement, tiles = catalog.arrangement, catalog.tiles
    held = np.zeros(arrangement.columns * arrangement.rows, bool)
    held[arrangement.numbers()] = True
    return {
        "version": VERSION,
        "title": catalog.title,
        "count": len(catalog.rows),
        "columns": arrangement.columns,
        "rows": arrangement.rows,
        "holes": np.flatnonzero(~held).tolist(),
        "cell": {"width": tiles["cell"]["width"], "height": tiles["cell"]["height"]},
        "tiles": {
            **{name: tiles[name] for name in ("size", "maxZoom", "extension")},
            **({"archives": list(catalog.archives)} if catalog.archives else {}),
            **({"margin": tiles["margin"]} if tiles["margin"] else {}),
        },
        "shardSide": catalog.shard_side,
        "idPrefix": prefix,
        "clusters": [
            {
                "slug": cluster.slug,
                "name": cluster.name,
                "size": len(cluster.members),
                "cell": _middle(arrangement.cells[cluster.members]),
            }
            for cluster in catalog.clusters.clusters
        ],
    }


def _middle(cells: Any) -> list[int]:
    """Return the one of `cells` nearest to their mean."""
    squared = ((cells - cells.mean(axis=0)) ** 2).sum(axis=1)
    middle: list[int] = cells[int(squared.argmin())].tolist()
    return middle


def _poster_shards(catalog: Catalog) -> Iterator[tuple[str, object]]:
    shards: dict[tuple[int, int], list[int]] = defaultdict(list)
    for selected, (column, row) in enumerate(catalog.arrangement.cells.tolist()):
        shards[row // catalog.shard_side, column // catalog.shard_side].append(selected)
    numbers = catalog.arrangement.numbers()
    for (down, across), members in sorted(shards.items()):
        members.sort(key=lambda selected: numbers[selected])
        yield f"posters/{across}-{down}", _poster_shard(catalog, members, numbers)


def _poster_shard(catalog: Catalog, members: Sequence[int], numbers: Any) -> dict[str, object]:
    more = catalog.metadata.more
    rows = [int(catalog.rows[selected]) for selected in members]
    columns = [name for name, values in more.items() if any(values[row] for row in rows)]
    posters = []
    for selected, row in zip(members, rows, strict=True):
        posters.append(
            {
                "cell": int(numbers[selected]),
                "id": catalog.images.id[row],
                "title": catalog.metadata.title[row],
                "year": catalog.metadata.year[row],
                "tags": catalog.metadata.tags[row],
                "url": catalog.metadata.url[row],
                "cluster": int(catalog.clusters.labels[selected]),
                "more": [more[name][row] for name in columns],
            }
        )
    return {"columns": columns, "posters": posters}


def _id_shards(catalog: Catalog, prefix: int) -> Iterator[tuple[str, object]]:
    shards: dict[str, dict[str, int]] = defaultdict(dict)
    numbers = catalog.arrangement.numbers().tolist()
    ids = [catalog.images.id[row] for row in catalog.rows]
    for id_, number in sorted(zip(ids, numbers, strict=True)):
        shards[id_[:prefix] or "all"][id_] = number
    for name, cells in sorted(shards.items()):
        yield f"ids/{name}", cells
