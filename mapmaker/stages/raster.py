"""raster: images on their cells -> tiles, and an index that lists them with their digests."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.model import Images
from mapmaker.progress import counted
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import INDEX
from mapmaker_tiles import (
    Encoding,
    Fit,
    Pyramid,
    TileError,
    TileFolder,
    Unreadable,
    cell_size,
    paint,
    tile_count,
)

WIDEST = 256
"""Pixels across a poster beyond which more is chosen only on request."""
STRETCH = 1.1
"""A cell may be so much wider than half of the posters are: widths that halve evenly are few."""
MOST_PIXELS = 2_500_000_000
"""Of the whole map: what a host for static pages takes at a quarter of a byte a pixel."""


@dataclass(frozen=True)
class RasterStage(Inside):
    """Options of the tiles.

    `poster_size`: pixels across a cell at the deepest zoom; 0 chooses by the images and their number. `fit`: "cover"
    crops a poster to its cell, "contain" pads it, "stretch" distorts it. `quality` 1 to 100, `effort` 0 to 6: of WebP.
    """

    name: ClassVar[str] = "raster"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[path]",
        "images.csv[sha256]",
        "images.csv[width]",
        "images.csv[height]",
        artifacts.SELECTION,
        artifacts.ARRANGEMENT,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.TILES,)

    poster_size: int = 0
    fit: str = "cover"
    quality: int = 75
    effort: int = 4

    def __post_init__(self) -> None:
        if self.poster_size != 0 and not 4 <= self.poster_size <= 4096:
            raise OptionError(f"raster.poster_size = {self.poster_size} is not between 4 and 4096 pixels")
        if self.fit not in get_args(Fit):
            raise OptionError(f"raster.fit = {self.fit!r} is not one of {', '.join(get_args(Fit))}")
        self._encoding()

    def intact(self, job: Job) -> bool:
        """Every tile of the index is there."""
        folder = job.work.path(artifacts.TILES)
        try:
            names = json.loads((folder / INDEX).read_bytes())["files"]
        except (OSError, ValueError, KeyError):
            return False
        return all((folder / name).is_file() for name in names)

    def run(self, job: Job) -> Figures:
        """Paint into a fresh folder."""
        images = artifacts.read_images(job.work)
        rows = artifacts.read_selection(job.work, len(images)).rows
        arrangement = artifacts.read_arrangement(job.work, len(rows))
        width = self.poster_size or poster_width(images, rows)
        pyramid = Pyramid(arrangement.columns, arrangement.rows, *cell_size(width, images.aspect(rows)))
        job.progress.expect(tile_count(arrangement.cells, pyramid), "tiles")
        painted = paint(
            [job.images / images.path[row] for row in rows],
            arrangement.cells,
            pyramid,
            self._encoding(),
            fit=self.fit,  # type: ignore[arg-type]  # checked when it was set
            spread=lambda function, blocks: job.engine.map(function, blocks, chunk=1),
            on_unreadable=lambda failure: job.progress.warn(_marked(failure)),
        )
        return self._write(job, pyramid, counted(painted, job.progress))

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        megabytes = float(figures["bytes"]) / 1e6
        cell = f"{figures['cell_width']} x {figures['cell_height']}"
        return f"{figures['tiles']:,} tiles, {megabytes:.1f} MB, posters of {cell} pixels"

    def _encoding(self) -> Encoding:
        try:
            return Encoding(quality=self.quality, method=self.effort)
        except TileError as error:
            raise OptionError(f"raster: {error}") from error

    def _write(self, job: Job, pyramid: Pyramid, tiles: Iterable[Any]) -> Figures:
        folder = job.work.fresh(artifacts.TILES)
        folder.mkdir()
        extension = self._encoding().extension
        sink = TileFolder(folder, extension)
        digests, size = {}, 0
        for tile in tiles:
            name = sink.write(tile).as_posix()
            digests[name] = hashlib.sha256(tile.data).hexdigest()
            size += len(tile.data)
        index = {
            "cell": {"width": pyramid.cell_width, "height": pyramid.cell_height},
            "size": pyramid.tile_size,
            "maxZoom": pyramid.max_zoom,
            "extension": extension,
            "files": dict(sorted(digests.items())),
        }
        (folder / INDEX).write_text(json.dumps(index, indent=0) + "\n", encoding="utf-8")
        return {
            "tiles": len(digests),
            "bytes": size,
            "cell_width": pyramid.cell_width,
            "cell_height": pyramid.cell_height,
        }


def poster_width(images: Images, rows: Any) -> int:
    """Return how wide to draw posters: about as half of them are, less where all together were too many pixels."""
    width = min(WIDEST, int(np.median(images.width[rows]) * STRETCH))
    most = (MOST_PIXELS / len(rows) / images.aspect(rows)) ** 0.5
    return max(4, min(width, int(most)))


def _marked(failure: Unreadable) -> str:
    return f"{failure.file} can no longer be read ({failure.reason}); its cell is marked on the map"
