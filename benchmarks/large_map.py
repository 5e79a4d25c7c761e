"""A number of posters -> the site of a map of so many, made up, to measure the viewer with.

    python benchmarks/large_map.py COUNT OUT_FOLDER [--tiles-to ZOOM] [--seed 0]

Data come from the writer of real maps: distinct titles, years, tags, clusters, a director, a country, neighbours, and
holes. Tiles show a plain colour a cell, all zooms of them unless `--tiles-to` says how deep; -1 makes none. The same
count and seed make the same site. 170,000 posters take 8 s, tiles up to zoom 4 another 4, all 12,000 some minutes.
"""

import argparse
import gzip
import itertools
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.contract import scripts
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker_site import ASSETS, read_asset, render_page
from mapmaker_tiles import Pyramid

CELL = 96, 144
SCREEN = 16 / 9
HOLES = 37
"""Cells between posters that stay empty."""
NUMBERS = 64
"""Of a vector."""
REGION = 12
"""Cells along a side of a cluster."""
BESIDE = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1), (2, 0), (-2, 0), (0, 2), (0, -2)]
"""Where the posters most like one are: columns and rows from it, holes left aside."""
_TAGS = "Drama Comedy Thriller Romance Crime Horror Adventure Family Western Music War Mystery Animation Sport"
TAGS = _TAGS.split()
_COUNTRIES = "France Japan Italy India Mexico Poland Iran Brazil Senegal Norway Korea Georgia Chile Egypt"
COUNTRIES = _COUNTRIES.split()
_FIRST = "Ada Boris Chiara Diego Élodie Farid Greta Hiro Ines João Karin Lars Mina Noor Olga Pavel Rosa Søren"
FIRST = _FIRST.split()
_LAST = "Abe Bergström Castro Dubois Eriksen Fuentes Grant Haddad Ito Jansen Kovač Lindqvist Moreau Novák Ortiz"
LAST = _LAST.split()
_ADJECTIVES = (
    "Amber Bitter Crimson Distant Empty Final Golden Hidden Iron Jealous Kind Last Midnight Northern Open Paper "
    "Quiet Restless Silent Tender Unknown Velvet Wandering Yellow Burning Forgotten Lonely Broken Été Gentle"
)
ADJECTIVES = _ADJECTIVES.split()
_NOUNS = (
    "Bridge Circus Dawn Empire Forest Garden Harbour Island Journey Kingdom Letter Mirror Night Orchard Promise "
    "River Shadow Tower Valley Winter Café Stranger Heart Machine Summer Witness Ghost Train Sea Dance Thief Song"
)
NOUNS = _NOUNS.split()
PATTERNS = (
    "{a} {n}",
    "The {a} {n}",
    "{n} of the {a} {m}",
    "{b} {n}, {a} {m}",
    "The {a} {n} and the {b} {m}",
    "When the {a} {n} met a {b} {m}",
)


def made_up(count: int, seed: int) -> Catalog:
    """Return a map of `count` posters, on as many columns as suit a screen."""
    random = np.random.default_rng(seed)
    columns = round((count * SCREEN * CELL[1] / CELL[0]) ** 0.5)
    held = _held(columns, count)
    rows = int(held[-1]) // columns + 1
    rank = random.permutation(count)
    cells = np.stack([held[rank] % columns, held[rank] // columns], axis=1).astype(np.int32)
    ids = _ids(count, random)
    side = np.ones(count, np.int32)
    pyramid = Pyramid(columns, rows, *CELL)
    return Catalog(
        title=f"{count:,} posters that were never made",
        images=Images(ids, ids, ids, side, side, side > 0),
        metadata=_metadata(count, random),
        rows=range(count),
        arrangement=Arrangement(cells, columns, rows),
        clusters=_clusters(cells),
        tiles=TileIndex(Path(), CELL, pyramid.tile_size, pyramid.max_zoom, 0, "webp", {}),
        similar=held[(rank[:, None] + [down * columns + across for across, down in BESIDE]) % count],
        vectors=_vectors(count, seed),
        about={"description": "Made up, for measuring.", "author": "benchmarks/large_map.py"},
        listed=False,
    )


def _vectors(count: int, seed: int) -> NDArray[np.float32]:
    """Return vectors around some centres, as posters are around styles; they know nothing of who is like whom."""
    random = np.random.default_rng(seed + 1)
    centres = random.standard_normal((max(1, count // 100), NUMBERS), np.float32)
    return centres[random.integers(0, len(centres), count)] + random.standard_normal((count, NUMBERS), np.float32)


def _held(columns: int, count: int) -> NDArray[np.int64]:
    """Return the numbers of the cells that hold a poster, ascending: the first ones, but for a few."""
    numbers = np.arange(count + HOLES)
    return np.delete(numbers, np.linspace(columns, count - 1, HOLES).astype(int))


def _ids(count: int, random: np.random.Generator) -> list[str]:
    """Return ids as real ones are: 10 letters of 32."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz234567"))[random.integers(0, 32, (count, 10))]
    return ["".join(row) for row in letters.tolist()]


def _metadata(count: int, random: np.random.Generator) -> Metadata:
    years = np.clip(random.normal(1985, 25, count), 1900, 2025).astype(int)
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    kinds = random.geometric(0.18, (count, 3)).clip(1, len(TAGS)) - 1
    amounts = random.integers(0, 4, count)
    return Metadata(
        title=_titles(count, random),
        year=[year if some else None for year, some in zip(years.tolist(), random.random(count) > 0.03, strict=True)],
        tags=[
            tuple(dict.fromkeys(TAGS[kind] for kind in row[:amount]))
            for row, amount in zip(kinds.tolist(), amounts.tolist(), strict=True)
        ],
        url=[f"https://example.org/film/{number}" for number in range(count)],
        more={
            "director": [names[number] for number in random.integers(0, len(names), count).tolist()],
            "country": [COUNTRIES[number] for number in random.integers(0, len(COUNTRIES), count).tolist()],
        },
    )


def _titles(count: int, random: np.random.Generator) -> list[str]:
    """Return titles, no two alike: where words repeat, a numeral follows, as with sequels."""
    choices = random.integers(0, 2**31, (count, 5)).tolist()
    seen: dict[str, int] = {}
    titles = []
    for pattern, a, b, n, m in choices:
        words = {"a": ADJECTIVES[a % len(ADJECTIVES)], "b": ADJECTIVES[b % len(ADJECTIVES)]}
        words |= {"n": NOUNS[n % len(NOUNS)], "m": NOUNS[m % len(NOUNS)]}
        title = PATTERNS[pattern % len(PATTERNS)].format(**words)
        seen[title] = part = seen.get(title, 0) + 1
        titles.append(title if part == 1 else f"{title} {part}")
    return titles


def _clusters(cells: NDArray[np.int32]) -> Clusters:
    """Return squares of cells as clusters, two of three."""
    down, across = cells[:, 1] // REGION, cells[:, 0] // REGION
    regions = down * (int(across.max()) + 1) + across
    kept = np.unique(regions[regions % 3 > 0])
    labels = np.where(regions % 3 > 0, np.searchsorted(kept, regions), -1).astype(np.int32)
    order = np.argsort(labels, kind="stable").astype(np.int32)
    starts = np.searchsorted(labels[order], np.arange(len(kept) + 1))
    clusters = []
    for label, (start, end) in enumerate(itertools.pairwise(starts.tolist())):
        noun, adjective = NOUNS[label % len(NOUNS)], ADJECTIVES[label // len(NOUNS) % len(ADJECTIVES)]
        clusters.append(Cluster(f"c{label}", f"{adjective} {noun}", order[start:end]))
    return Clusters(labels, clusters)


def write_site(catalog: Catalog, out: Path) -> None:
    """Write page, viewer and data to the folder `out`."""
    overview = "tiles/0/0/0.webp"
    page = render_page(title=catalog.title, description="Made up, for measuring.", overview=overview)
    files = {"index.html": page.encode(), **{f"assets/{name}": read_asset(name) for name in ASSETS}}
    for name, content in itertools.chain(files.items(), ((f"data/{n}.js", text) for n, text in scripts(catalog))):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def write_tiles(catalog: Catalog, out: Path, deepest: int) -> int:
    """Paint the zooms up to `deepest`; return how many tiles there are."""
    arrangement = catalog.arrangement
    colours = _colours(arrangement)
    pyramid = Pyramid(arrangement.columns, arrangement.rows, *CELL)
    count = 0
    for zoom in range(min(deepest, pyramid.max_zoom) + 1):
        across, down = pyramid.tiles(zoom)
        for x, y in itertools.product(range(across), range(down)):
            tile = _tile(colours, pyramid, zoom, x, y)
            if tile[..., 3].any():
                path = out / f"tiles/{zoom}/{x}/{y}.webp"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(tile).save(path, quality=50, method=0)
                count += 1
    return count


def _colours(arrangement: Arrangement) -> NDArray[np.uint8]:
    """Return (rows + 1, columns + 1, 4): a colour a cell, hues that change slowly, transparent where none is."""
    column, row = arrangement.cells.T
    random = np.random.default_rng(0)
    colours = np.zeros((arrangement.rows + 1, arrangement.columns + 1, 4), np.uint8)
    for channel, phase in enumerate((0.0, 2.1, 4.2)):
        wave = np.sin(column / 23 + phase) * np.cos(row / 17 - phase)
        colours[row, column, channel] = 110 + 70 * wave + random.integers(-40, 41, len(column))
    colours[row, column, 3] = 255
    return colours


def _tile(colours: NDArray[np.uint8], pyramid: Pyramid, zoom: int, x: int, y: int) -> NDArray[np.uint8]:
    """Return the tile's pixels, each of the colour of the cell under its middle."""
    middles = (np.arange(pyramid.tile_size) + 0.5) * pyramid.shrink(zoom)
    start = pyramid.tile_size * pyramid.shrink(zoom)
    columns = ((x * start + middles) // pyramid.cell_width).astype(int).clip(0, pyramid.columns)
    rows = ((y * start + middles) // pyramid.cell_height).astype(int).clip(0, pyramid.rows)
    tile: NDArray[np.uint8] = colours[rows[:, None], columns]
    return tile


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site, say what took how long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("count", type=int, help="how many posters, at least 100")
    parser.add_argument("out", type=Path, help="folder for the site")
    parser.add_argument("--tiles-to", metavar="ZOOM", type=int, default=99, help="deepest zoom of tiles; -1: no tiles")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.count < 100:
        parser.error(f"{options.count} posters are too few to measure with; at least 100")
    started = time.monotonic()
    catalog = made_up(options.count, options.seed)
    made = time.monotonic()
    write_site(catalog, options.out)
    written = time.monotonic()
    tiles = write_tiles(catalog, options.out, options.tiles_to)
    painted = time.monotonic()
    titles = gzip.compress((options.out / "data/search/0.js").read_bytes(), mtime=0)
    print(f"{options.count:,} posters made up in {made - started:.1f} s, site written in {written - made:.1f} s")
    print(f"{tiles:,} tiles painted in {painted - written:.1f} s; titles {len(titles):,} bytes gzip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
