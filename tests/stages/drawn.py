"""A catalog of posters that are plain colours, its tiles, and a reader of the pages that are made of it."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image

from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.tile_index import TileIndex

HOSTILE = (
    "</a><script>alert(1)</script><img src=x onerror='x'> \" ' & ${a} {{b}} \u202egnirts\u202c \ud800 " + "long" * 2500
)
COLUMNS, ROWS, TILE = 25, 21, 512
COUNT = 520
VOID = {"meta", "link", "img", "br"}


@dataclass
class Seen(HTMLParser):
    """What a page holds."""

    ids: list[str] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)
    attributes: set[str] = field(default_factory=set)
    headings: list[int] = field(default_factory=list)
    languages: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        self.attributes |= set(found)
        if "lang" in found:
            self.languages.append((tag, found["lang"]))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found | {"within": "/".join(self._open)})
        if tag == "img":
            self.pictures.append(found)
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def close(self) -> None:
        super().close()
        assert self._open == []


def colour(poster: int) -> tuple[int, int, int]:
    return poster % 16 * 16, poster // 16 % 16 * 16, 128


def catalog(*, cell: tuple[int, int] = (48, 72), tags: Sequence[tuple[str, ...]] | None = None) -> Catalog:
    random = np.random.default_rng(0)
    words = ["Ärger", "apple", "Über", "zebra", "1984", "Żar", "élan", "Мир", "«x»", ""]
    ids = [f"{number:08x}" for number in range(COUNT)]
    side = np.ones(COUNT, np.int32)
    titles = [HOSTILE, *(f"{words[number % len(words)]} {number}".strip() for number in range(1, COUNT))]
    years = [None if number % 7 == 0 else 1920 + number % 100 for number in range(COUNT)]
    chosen = [
        ("Drama", "drama", "Дра ма")[: number % 4] + ((HOSTILE,) if number == 0 else ()) for number in range(COUNT)
    ]
    urls = ["" if number % 3 else f"https://example.org/{number}?a=1&b='\"<" for number in range(COUNT)]
    named = [f"Museum <{number % 60}>" if number % 5 else "" for number in range(COUNT)]
    groups = [Cluster(f"c-{one}", f"Group <{one}>", np.arange(210, dtype=np.int32) + 210 * one) for one in range(2)]
    labels = np.where(np.arange(COUNT) < 420, np.arange(COUNT) // 210, -1).astype(np.int32)
    places = random.permutation(COLUMNS * ROWS)[:COUNT]
    cells = np.stack([places % COLUMNS, places // COLUMNS], axis=1).astype(np.int32)
    return Catalog(
        title="A <map>",
        images=Images(ids, ids, ids, side, side, side > 0),
        metadata=Metadata(titles, years, tags or chosen, urls, {"Attribution": named}),
        rows=range(COUNT),
        arrangement=Arrangement(cells, COLUMNS, ROWS),
        clusters=Clusters(labels, groups),
        tiles=TileIndex(Path(), cell, TILE, 3, 8, "webp", {}),
        about={"description": "All <b>of</b> it", "author": "Jane", "contact": ""},
    )


def paint(folder: Path, of: Catalog, zoom: int) -> Catalog:
    """Write tiles of a zoom: each poster in a colour of its own."""
    across, down = of.tiles.cell_at(zoom)
    margin = of.tiles.margin // 2 ** (3 - zoom)
    width, height = COLUMNS * across + 2 * margin, ROWS * down + 2 * margin
    whole = Image.new("RGBA", (-(-width // TILE) * TILE, -(-height // TILE) * TILE))
    for poster, (column, row) in enumerate(of.arrangement.cells.tolist()):
        left, top = margin + column * across, margin + row * down
        whole.paste((*colour(poster), 255), (left, top, left + across, top + down))
    files = {}
    for x in range(whole.width // TILE):
        for y in range(whole.height // TILE):
            path = folder / f"{zoom}/{x}/{y}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            whole.crop((x * TILE, y * TILE, (x + 1) * TILE, (y + 1) * TILE)).save(path, lossless=True, method=0)
            files[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dataclasses.replace(of, tiles=dataclasses.replace(of.tiles, folder=folder, files=files))
