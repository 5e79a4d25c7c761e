"""A map's folder -> what a visitor is told and shown, read as docs/map-data.md says, by no code of mapmaker's."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FRAME = re.compile(r"\(self\.mapmaker\?\?=\[\]\)\.push\((.*)\);\n")
ENTRY = re.compile(r'<li><a href="\.\./index\.html#([a-z0-9]+)"><bdi>(.*?)</bdi></a>')
"""A poster's line on a page of the list: id and title."""
SHELF = re.compile(r"list/(.+?)-(\d+)\.(?:html|webp)")
"""A page of the list, or its strip: whose it is, and its number."""


@dataclass(frozen=True)
class Shown:
    """A poster as its shard tells of it; `cluster` is a slug, "" for none, `similar` are ids."""

    id: str
    cell: int
    title: str
    cluster: str
    similar: tuple[str, ...]
    more: tuple[object, ...]
    """Year, tags, address and further columns by name."""


class Published:
    """A map's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digests of all files as they are on disk, by path."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {path.relative_to(self.folder).as_posix(): _digest(path) for path in files}

    def script(self, name: str) -> Any:
        """Return the value of data/NAME.js."""
        framed = FRAME.fullmatch((self.folder / f"data/{name}.js").read_text(encoding="utf-8"))
        if framed is None:
            raise ValueError(f"data/{name}.js is no script of a map")
        told, value = json.loads(framed[1])
        if told != name:
            raise ValueError(f"data/{name}.js says that it is {told}")
        return value

    @cached_property
    def map(self) -> dict[str, Any]:
        """What data/map.js says."""
        value: dict[str, Any] = self.script("map")
        return value

    @cached_property
    def posters(self) -> dict[str, Shown]:
        """Every poster by its id, from the shards."""
        names = [path.relative_to(self.folder / "data").as_posix() for path in self.folder.glob("data/posters/*.js")]
        shards = [self.script(name.removesuffix(".js")) for name in sorted(names)]
        ids = {poster["cell"]: poster["id"] for shard in shards for poster in shard["posters"]}
        slugs = [*(cluster["slug"] for cluster in self.map["clusters"]), ""]
        return {
            poster["id"]: Shown(
                poster["id"],
                poster["cell"],
                poster["title"],
                slugs[poster["cluster"]],
                tuple(ids[cell] for cell in poster["similar"]),
                (
                    poster["year"],
                    tuple(poster["tags"]),
                    poster["url"],
                    tuple(pair for pair in zip(shard["columns"], poster["more"], strict=True) if pair[1]),
                ),
            )
            for shard in shards
            for poster in shard["posters"]
        }

    @property
    def linked(self) -> dict[str, int]:
        """The cell number of each id that links are made of, -1 of a poster that is gone."""
        names = sorted(path.stem for path in self.folder.glob("data/ids/*.js"))
        return {id_: cell for name in names for id_, cell in self.script(f"ids/{name}").items()}

    def vectors_of(self, cell: int) -> str:
        """Return the path of the script with the vector of the poster of a cell."""
        cells = np.frombuffer(base64.b64decode(self.script("vectors/cells")), "<i4")
        return f"data/vectors/{int(np.flatnonzero(cells == cell)[0]) // self.map['vectors']['shard']}.js"

    @property
    def in_order(self) -> list[Shown]:
        """The posters in the order of their cells, as search and facets list them."""
        return sorted(self.posters.values(), key=lambda poster: poster.cell)

    def listed(self, file: str) -> list[tuple[str, str]]:
        """Return (id, title) of each line of a page of the list."""
        page = (self.folder / file).read_text(encoding="utf-8")
        return [(id_, unescape(title)) for id_, title in ENTRY.findall(page)]

    @cached_property
    def shelves(self) -> dict[str, list[tuple[str, str]]]:
        """(id, title) of each line by shelf, its pages in order."""
        pages = [(found[1], int(found[2]), file) for file in self.digests if (found := SHELF.fullmatch(file))]
        lines: dict[str, list[tuple[str, str]]] = {}
        for shelf, _, file in sorted(page for page in pages if page[2].endswith(".html")):
            lines.setdefault(shelf, []).extend(self.listed(file))
        return lines

    def tiles_of(self, cell: int) -> Iterator[str]:
        """Yield the paths of the tiles that a cell reaches into, from the deepest zoom up."""
        left, top, width, height = self._box(cell)
        size, deepest, extension = (self.map["tiles"][key] for key in ("size", "maxZoom", "extension"))
        for zoom in range(deepest, -1, -1):
            side = size * 2 ** (deepest - zoom)
            for x in range(left // side, math.ceil((left + width) / side)):
                for y in range(top // side, math.ceil((top + height) / side)):
                    yield f"tiles/{zoom}/{x}/{y}.{extension}"

    def picture(self, cell: int) -> NDArray[np.uint8]:
        """Return (height, width, 4) pixels of a cell at the deepest zoom; where there is no tile, nothing: zeros."""
        left, top, width, height = self._box(cell)
        size, deepest, extension = (self.map["tiles"][key] for key in ("size", "maxZoom", "extension"))
        shown = Image.new("RGBA", (width, height))
        for x in range(left // size, math.ceil((left + width) / size)):
            for y in range(top // size, math.ceil((top + height) / size)):
                file = self.folder / f"tiles/{deepest}/{x}/{y}.{extension}"
                if file.exists():
                    with Image.open(file) as tile:
                        shown.paste(tile.convert("RGBA"), (x * size - left, y * size - top))
        return np.asarray(shown)

    def _box(self, cell: int) -> tuple[int, int, int, int]:
        """Return left, top, width, height of a cell in pixels of the deepest zoom."""
        row, column = divmod(cell, self.map["columns"])
        width, height = self.map["cell"]["width"], self.map["cell"]["height"]
        margin = self.map["tiles"].get("margin", 0)
        return margin + column * width, margin + row * height, width, height


def changed_files(before: Published, after: Published) -> list[str]:
    """Return the files that came, went, or have other bytes."""
    names = {*before.digests, *after.digests}
    return sorted(name for name in names if before.digests.get(name) != after.digests.get(name))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
