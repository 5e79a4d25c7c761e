"""A map described in a few numbers -> its site, written by hand: no pipeline, no real posters.

The contract (docs/map-data.md) is written out here a second time on purpose: a witness that the
viewer reads what the contract says, not what one writer happens to write.
"""

import base64
import colorsys
import json
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mapmaker_site import ASSETS, read_asset, render_page

TILE = 512
COLUMNS = ("director", "page")
KINDS = 7
"""Posters are alike whose cells leave the same remainder."""
SHARD = 64
"""Rows of vectors in a script."""

HOSTILE = (
    "</script><img src=x onerror=\"document.title='hacked'\"> 'one' & ${two} {{three}} "
    "\u2028 \u202egnirts\u202c " + "long" * 2500
)


@dataclass(frozen=True)
class Handmade:
    """What is on the map; the defaults make holes, tiles without posters, and cut cells."""

    columns: int = 12
    rows: int = 8
    cell: tuple[int, int] = (96, 144)
    holes: frozenset[int] = frozenset({30, 90, 91, 92, 93, 94, 95})
    shard_side: int = 4
    margin: int = 0
    hostile: int = 5
    gone: str = "pgone"
    """The id of a poster that is on the map no more."""
    title: str = "Handmade map"
    description: str = "Numbers in colour <b>and</b> nothing else"

    @property
    def posters(self) -> list[int]:
        return [n for n in range(self.columns * self.rows) if n not in self.holes]

    @property
    def size(self) -> tuple[int, int]:
        return self.columns * self.cell[0] + 2 * self.margin, self.rows * self.cell[1] + 2 * self.margin

    @property
    def max_zoom(self) -> int:
        zoom = 0
        while max(self.size) > TILE * 2**zoom:
            zoom += 1
        return zoom

    def corner(self, cell: int) -> tuple[int, int]:
        """Upper left pixel of a cell at the deepest zoom."""
        left, top = (cell % self.columns) * self.cell[0], (cell // self.columns) * self.cell[1]
        return self.margin + left, self.margin + top


def colour(cell: int) -> tuple[int, int, int]:
    """A poster's colour, unlike its neighbours'."""
    red, green, blue = colorsys.hsv_to_rgb((cell * 0.381966) % 1, 0.55, 0.45 + 0.4 * (cell % 2))
    return round(red * 255), round(green * 255), round(blue * 255)


def numbered(cell: int, size: tuple[int, int]) -> Image.Image:
    """A poster: a plain colour with its cell number in the middle."""
    poster = Image.new("RGB", size, colour(cell))
    middle = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(poster).text(middle, str(cell), "white", anchor="mm", font_size=size[0] // 3)
    return poster


def poster_id(cell: int) -> str:
    return f"p{cell:03d}"


def direction(cell: int) -> list[int]:
    """A poster's vector: those of one kind are alike, the more so the nearer their numbers are."""
    return [*(127 if kind == cell % KINDS else 0 for kind in range(KINDS)), min(126, 6 * (cell // KINDS))]


@cache
def units(spec: Handmade) -> NDArray[np.float64]:
    """The directions of all cells' vectors."""
    vectors = np.array([direction(cell) for cell in range(spec.columns * spec.rows)], np.float64)
    lengths: NDArray[np.float64] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def cosines(ones: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """How alike directions are; those that are equally so are it to the last bit."""
    alike: NDArray[np.float64] = (ones @ others.T).round(12)
    return alike


def nearest(spec: Handmade, parts: dict[int, int]) -> list[tuple[int, float]]:
    """All others and how like a mix of cells at these weights they are, the nearest first: by looking at all."""
    mean = np.sum([weight * units(spec)[cell] for cell, weight in parts.items()], axis=0)
    others = [cell for cell in spec.posters if cell not in parts]
    alike = cosines(units(spec)[others], mean / np.linalg.norm(mean)).tolist()
    return sorted(zip(others, alike, strict=True), key=lambda other: -other[1])


def similar(spec: Handmade, cell: int) -> list[tuple[int, float]]:
    """The twelve of its kind that are most like a poster, and how like it they are."""
    return [other for other in nearest(spec, {cell: 1}) if other[0] % KINDS == cell % KINDS][:12]


def quantiles(spec: Handmade) -> list[int]:
    among = units(spec)[spec.posters]
    alike = np.sort(cosines(among, among)[np.triu_indices(len(among), 1)])
    return [round(1000 * float(alike[i * (len(alike) - 1) // 1000])) for i in range(1001)]


def poster_record(spec: Handmade, cell: int) -> dict[str, Any]:
    hostile = cell == spec.hostile
    alike = similar(spec, cell)
    return {
        "cell": cell,
        "id": poster_id(cell),
        "title": HOSTILE if hostile else f"Film {cell}",
        "year": None if hostile else 1920 + cell,
        "tags": ["<b>bold</b>"] if hostile else ["Drama", "Western"],
        "url": "" if hostile else f"https://example.org/film/{cell}",
        "cluster": -1 if hostile else cell % 2,
        "more": ["javascript:alert(1)", ""] if hostile else ["Jane Doe", "https://example.org/"],
        "similar": [other for other, _ in alike],
        "alike": [round(1000 * likeness) for _, likeness in alike],
    }


def write_data(folder: Path, name: str, value: object) -> None:
    message = json.dumps([name, value], ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        message = message.replace(character, f"\\u{ord(character):04x}")
    path = folder / "data" / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"(self.mapmaker??=[]).push({message});\n", encoding="utf-8", newline="\n")


def map_record(spec: Handmade) -> dict[str, Any]:
    return {
        "version": 3,
        "title": spec.title,
        "count": len(spec.posters),
        "columns": spec.columns,
        "rows": spec.rows,
        "holes": sorted(spec.holes),
        "cell": {"width": spec.cell[0], "height": spec.cell[1]},
        "tiles": {
            "size": TILE,
            "maxZoom": spec.max_zoom,
            "extension": "webp",
            **({"margin": spec.margin} if spec.margin else {}),
        },
        "shardSide": spec.shard_side,
        "idPrefix": 0,
        "clusters": [
            {"slug": "even", "name": "Even ones", "size": 45, "cell": [0, 0]},
            {"slug": "odd", "name": "Odd ones", "size": 44, "cell": [1, 0]},
        ],
        "search": ["title", *COLUMNS],
        "facets": {"years": True, "tags": True},
        "list": True,
        "vectors": {"numbers": KINDS + 1, "rows": len(spec.posters) + 1, "shard": SHARD},
        "quantiles": quantiles(spec),
        "about": {"description": spec.description, "author": "Jane Doe", "licence": "CC BY 4.0"},
    }


def write_all_data(folder: Path, spec: Handmade, records: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    write_data(folder, "map", map_record(spec))
    shards: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        column, row = record["cell"] % spec.columns, record["cell"] // spec.columns
        name = f"posters/{column // spec.shard_side}-{row // spec.shard_side}"
        shards.setdefault(name, []).append(record)
    for name, members in shards.items():
        write_data(folder, name, {"columns": list(columns), "posters": members})
    for number, name in enumerate(("title", *columns)):
        write_data(folder, f"search/{number}", [text_of(record, name) for record in records])
    write_data(folder, "facets", facets(records))
    write_vectors(folder, spec)
    write_data(folder, "ids/all", {**{record["id"]: record["cell"] for record in records}, spec.gone: -1})


def write_vectors(folder: Path, spec: Handmade) -> None:
    """A row a poster, the last first; the first row is of the one that is gone."""
    cells = spec.posters[::-1]
    rows = [[0] * (KINDS + 1), *map(direction, cells)]
    write_data(folder, "vectors/cells", base64.b64encode(struct.pack(f"<{len(rows)}i", -1, *cells)).decode())
    for start in range(0, len(rows), SHARD):
        content = b"".join(struct.pack(f"{KINDS + 1}b", *row) for row in rows[start : start + SHARD])
        write_data(folder, f"vectors/{start // SHARD}", base64.b64encode(content).decode())


def text_of(record: dict[str, Any], column: str) -> str:
    """A record's searchable text, cut where the contract says."""
    text: str = record["title"] if column == "title" else record["more"][COLUMNS.index(column)]
    return text[:200]


def facets(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(tag for record in records for tag in record["tags"])
    tags = sorted(counts, key=lambda tag: (-counts[tag], tag))
    return {
        "years": [record["year"] for record in records],
        "tags": tags,
        "tagged": [sorted(map(tags.index, record["tags"])) for record in records],
        "clusters": [record["cluster"] for record in records],
    }


def write_tiles(
    folder: Path,
    spec: Handmade,
    paint: Callable[[int, tuple[int, int]], Image.Image] = numbered,
    **options: Any,
) -> None:
    """Paints the deepest zoom as one picture, and cuts every zoom from it. For small maps only."""
    side = TILE * 2**spec.max_zoom
    whole = Image.new("RGBA", (side, side))
    for cell in spec.posters:
        whole.paste(paint(cell, spec.cell), spec.corner(cell))
    for zoom in range(spec.max_zoom, -1, -1):
        for x in range(2**zoom):
            for y in range(2**zoom):
                tile = whole.crop((x * TILE, y * TILE, (x + 1) * TILE, (y + 1) * TILE))
                if tile.getbbox() is not None:
                    path = folder / "tiles" / str(zoom) / str(x) / f"{y}.webp"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    tile.save(path, **(options or {"lossless": True, "method": 0}))
        whole = whole.reduce(2)


def write_page(folder: Path, spec: Handmade) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    description = f"{len(spec.posters)} posters side by side."
    page = render_page(title=spec.title, description=description, overview="tiles/0/0/0.webp")
    (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")
    (folder / "assets").mkdir(exist_ok=True)
    for name in ASSETS:
        (folder / "assets" / name).write_bytes(read_asset(name))


def write_map(folder: Path, spec: Handmade) -> None:
    """The whole site."""
    write_page(folder, spec)
    records = [poster_record(spec, cell) for cell in spec.posters]
    write_all_data(folder, spec, records, COLUMNS)
    write_tiles(folder, spec)
