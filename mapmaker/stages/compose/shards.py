"""The posters in pieces that are loaded when they are needed: those of a square of cells, and cells by id."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mapmaker.hosts import id_prefix
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.vectors import likeness_of

GONE = -1
"""Instead of the cell number of a poster that is on the map no more."""


def poster_shards(catalog: Catalog) -> Iterator[tuple[str, object]]:
    """Yield (name, value) of each square of cells that holds a poster, row by row."""
    shards: dict[tuple[int, int], list[int]] = defaultdict(list)
    squares = (catalog.arrangement.cells // catalog.shard_side).tolist()
    for selected in catalog.order:
        across, down = squares[selected]
        shards[down, across].append(selected)
    for (down, across), members in sorted(shards.items()):
        yield f"posters/{across}-{down}", _poster_shard(catalog, members)


def _poster_shard(catalog: Catalog, members: Sequence[int]) -> dict[str, object]:
    metadata, more = catalog.metadata, catalog.metadata.more
    rows = [int(catalog.rows[selected]) for selected in members]
    columns = [name for name, values in more.items() if any(values[row] for row in rows)]
    labels = catalog.clusters.labels[members].tolist()
    alike = likeness_of(catalog, members)
    posters = [
        {
            "cell": catalog.numbers[selected],
            "id": catalog.images.id[row],
            "title": metadata.title[row],
            "year": metadata.year[row],
            "tags": metadata.tags[row],
            "url": metadata.url[row],
            "cluster": label,
            "more": [more[name][row] for name in columns],
            "similar": similar,
            **({} if alike is None else {"alike": alike[place]}),
        }
        for place, (selected, row, label, similar) in enumerate(
            zip(members, rows, labels, _similar(catalog, members), strict=True)
        )
    ]
    return {"columns": columns, "posters": posters}


def _similar(catalog: Catalog, members: Sequence[int]) -> list[list[int]]:
    """Return the cells most like each of `members`."""
    if catalog.similar is None:
        return [[] for _ in members]
    return [[cell for cell in cells if cell >= 0] for cells in catalog.similar[members].tolist()]


def id_shards(catalog: Catalog) -> Iterator[tuple[str, object]]:
    """Yield (name, value) of each beginning of ids: cells by id, `GONE` by those of images that are not on the map."""
    ids = catalog.images.id
    numbers = dict.fromkeys(ids, GONE)
    numbers.update((ids[row], number) for row, number in zip(catalog.rows, catalog.numbers, strict=True))
    prefix = id_prefix(len(ids))
    shards: dict[str, dict[str, int]] = defaultdict(dict)
    for id_, number in sorted(numbers.items()):
        shards[id_[:prefix] or "all"][id_] = number
    for name, cells in sorted(shards.items()):
        yield f"ids/{name}", cells
