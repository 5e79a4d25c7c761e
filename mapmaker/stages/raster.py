"""raster: images on their cells -> tiles, and an index that lists them with their digests."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, get_args

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ArtifactError, ImagesError, OptionError, OutputError
from mapmaker.hosts import Host, Texts, limits, mean_texts, plan_site, poster_sizes
from mapmaker.model import Arrangement, Images
from mapmaker.options import whole
from mapmaker.plural import count_of
from mapmaker.progress import counted
from mapmaker.stages import Figures, Inside, Job
from mapmaker.workspace import INDEX
from mapmaker_tiles import (
    Encoding,
    Fit,
    Format,
    Painting,
    Pyramid,
    Store,
    TileError,
    TileFolder,
    TileId,
    Unreadable,
    cell_size,
    whole_margin,
)

WIDEST = 256
"""Pixels across a poster beyond which more is chosen only on request."""
WIDEST_MARGIN = 4096
STRETCH = 1.1
"""A cell may be so much wider than half of the posters are: widths that halve evenly are few."""
PAGE = 11, 11, 12
"""Red, green, blue of the page around the map, which JPEG tiles show where there is no poster."""
MOST_PIXELS = 2_500_000_000
"""Of the whole map: what a host for static pages takes at a quarter of a byte a pixel."""


@dataclass(frozen=True)
class RasterStage(Inside):
    """Options of the tiles.

    `poster_size`: pixels across a cell at the deepest zoom; 0 chooses by the images, their number, and the host.
    `fit`: "cover" crops a poster to its cell, "contain" pads it, "stretch" distorts it. `gap`: pixels between posters;
    `margin`: at least so many around all of them.
    `format`: "webp", "avif" or "jpeg"; `quality`: 1 to 100, `overview_quality` the same above the deepest zoom, 0 for
    the format's own; `effort`: 0 to 6. `host`: where the map is to go, see `mapmaker.hosts`; `max_bytes`, `max_files`:
    of the whole site, instead of a host or beside it. `mips`: bytes that pixels of tiles may take in the work folder;
    with them, a few changed posters are soon painted, and strips of the list stay while their posters do.
    """

    name: ClassVar[str] = "raster"
    version: ClassVar[int] = 7
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[path]",
        "images.csv[sha256]",
        "images.csv[width]",
        "images.csv[height]",
        artifacts.SELECTION,
        artifacts.ARRANGEMENT,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.TILES,)
    worked: ClassVar[str] = "painted"

    poster_size: int = 0
    fit: str = "cover"
    gap: int = 0
    margin: int = 0
    format: str = "webp"
    quality: int = 0
    overview_quality: int = 0
    effort: int = 2
    host: str = ""
    max_bytes: int | str = 0
    max_files: int = 0
    mips: int = 5_000_000_000

    def __post_init__(self) -> None:
        if self.poster_size != 0 and not 4 <= self.poster_size <= 4096:
            raise OptionError(f"raster.poster_size = {self.poster_size} is not between 4 and 4096 pixels")
        if self.fit not in get_args(Fit):
            raise OptionError(f"raster.fit = {self.fit!r} is not one of {', '.join(get_args(Fit))}")
        whole("raster.gap", self.gap, 0)
        if whole("raster.margin", self.margin, 0) > WIDEST_MARGIN:
            raise OptionError(f"raster.margin = {self.margin} is above {WIDEST_MARGIN} pixels")
        if self.mips < 0:
            raise OptionError(f"raster.mips = {self.mips} is below 0; 0 keeps none")
        self._encoding()
        self._host()

    def outside(self, job: Job) -> Mapping[str, object]:
        """How long texts are, and how many clusters, where a host limits what all may take together."""
        return {"texts": _mean_texts(job)} if self._host() else {}

    def intact(self, job: Job) -> bool:
        """Every tile of the index, and its mip, is there; none shows a cross: what could not be read is tried again."""
        folder, index = job.work.path(artifacts.TILES), _index(job)
        store = Store(job.work.path(f"cache/{artifacts.TILES}"))  # which may be gone: here nothing is made
        names = index.get("files")
        return (
            names is not None
            and names.keys() == index.get("keys", {}).keys()
            and all((folder / name).is_file() for name in names)
            and all(store.mip_path(key).is_file() for key in _kept_mips(index))
        )

    def run(self, job: Job) -> Figures:
        """Choose the size, paint what the store lacks, and link all into a fresh folder."""
        images = artifacts.read_images(job.work)
        rows = artifacts.read_selection(job.work, len(images)).rows
        arrangement = artifacts.read_arrangement(job.work, len(rows))
        pictures = [job.images / images.path[row] for row in rows]
        widest = self.poster_size or poster_width(images, rows, None if self._host() else MOST_PIXELS)
        try:
            pyramid = self._planned(job, pictures, arrangement, widest, images.aspect(rows))
            digests = [images.sha256[row] for row in rows]
            painting = Painting(pictures, arrangement.cells, pyramid, self._encoding(), self._fit, digests)
        except TileError as error:
            raise OptionError(f"raster: {error}") from error
        store = Store(job.work.cache(artifacts.TILES), self.mips)
        store.know_digests(_known_digests(job))
        try:
            return self._painted(job, painting, store)
        except OSError as error:
            where = f"{error.strerror or error} ({error.filename or job.work.folder})"
            raise OutputError(
                f"cannot write tiles: {where}; what is painted is kept: free some room, or move the work folder"
            ) from error
        except TileError as error:
            raise ArtifactError(str(error)) from error

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        megabytes = float(figures["bytes"]) / 1e6
        cell = f"{figures['cell_width']} x {figures['cell_height']}"
        tiles, painted = int(figures["tiles"]), int(figures["painted"])
        new = "" if painted == tiles else f" ({painted:,} new)"
        return f"{count_of(tiles, 'tile')}{new}, {megabytes:.1f} MB, posters of {cell} pixels"

    @property
    def _fit(self) -> Fit:
        return self.fit  # type: ignore[return-value]  # checked when it was set

    def _encoding(self) -> Encoding:
        try:
            return Encoding(
                self.format,  # type: ignore[arg-type]  # it checks
                self.quality or None,
                self.effort,
                overview_quality=self.overview_quality or None,
                background=PAGE,
            )
        except TileError as error:
            raise OptionError(f"raster: {error}") from error

    def _host(self) -> Host | None:
        """Return the limits to keep to, None where none were given."""
        if not (self.host or self.max_bytes or self.max_files):
            return None
        return limits(self.host, self.max_bytes, self.max_files)

    def _planned(
        self, job: Job, pictures: Sequence[Path], arrangement: Arrangement, widest: int, aspect: float
    ) -> Pyramid:
        """Return the cells to paint: the largest that the host takes."""
        host = self._host()
        if host is None:
            return self._pyramid(arrangement, cell_size(widest, aspect))
        sizes = [cell_size(widest, aspect)] if self.poster_size else poster_sizes(aspect, widest)
        pyramids = [self._pyramid(arrangement, size) for size in sizes if self.poster_size or min(size) > self.gap]
        plan = plan_site(
            pictures, arrangement, pyramids, self._encodings(), host, texts=_mean_texts(job), fit=self._fit
        )
        job.progress.show(plan.lines())
        return plan.chosen.pyramid

    def _pyramid(self, arrangement: Arrangement, cell: tuple[int, int]) -> Pyramid:
        margin = whole_margin(self.margin, *cell)
        return Pyramid(arrangement.columns, arrangement.rows, *cell, gap=self.gap, margin=margin)

    def _encodings(self) -> list[Encoding]:
        """Return the one asked for, and, to compare, those of the other formats."""
        encodings = [self._encoding()]
        for name in get_args(Format):
            with contextlib.suppress(TileError):  # not every Pillow writes AVIF
                if name != self.format:
                    encodings.append(Encoding(name, method=self.effort, background=PAGE))
        return encodings

    def _painted(self, job: Job, painting: Painting, store: Store) -> Figures:
        """Paint and link, write the index."""
        folder = job.work.fresh(artifacts.TILES)
        folder.mkdir()
        sink = TileFolder(folder, painting.encoding.extension)
        lacking = painting.lacking(store)
        job.progress.expect(len(lacking), "tiles")
        keys, crossed, crosses = _fill(store, painting, lacking, sink, job)
        digests = {**crossed, **{name: store.digest(key) for name, key in keys.items()}}
        pyramid = painting.pyramid
        index = {
            "cell": {"width": pyramid.cell_width, "height": pyramid.cell_height},
            "size": pyramid.tile_size,
            "maxZoom": pyramid.max_zoom,
            "margin": pyramid.margin,
            "extension": sink.extension,
            "files": dict(sorted(digests.items())),
            "keys": dict(sorted(keys.items())),
            "mips": painting.mip_zoom(store),
            "framing": painting.framing,
        }
        (folder / INDEX).write_text(json.dumps(index, indent=0) + "\n", encoding="utf-8")
        painting.tidy(store)
        return {
            "tiles": len(digests),
            "painted": len(lacking),
            "crosses": crosses,
            "bytes": sum((folder / name).stat().st_size for name in digests),
            "cell_width": pyramid.cell_width,
            "cell_height": pyramid.cell_height,
        }


def _fill(
    store: Store, painting: Painting, lacking: Set[TileId], sink: TileFolder, job: Job
) -> tuple[dict[str, str], dict[str, str], int]:
    """Paint what `store` lacks into it, and link all its tiles into `sink`; return their keys, by name.

    Tiles that show a cross go to `sink` alone: then come their digests. Last, how many pictures could not be read,
    which is told. ImagesError if it is all of them.
    """
    crosses: list[Unreadable] = []
    made = painting.missing(
        store,
        spread=lambda function, blocks: job.engine.map(function, blocks, chunk=1),
        on_unreadable=crosses.append,
    )
    first = next(made, None)  # the engine's hands are at work: what stands is linked meanwhile
    standing = ((place, key) for place, key in painting.keys.items() if place not in lacking)
    keys = {sink.link(place, store.tile_path(key)): key for place, key in standing}
    crossed = {}
    for tile in counted(made if first is None else chain([first], made), job.progress):
        place = tile.zoom, tile.column, tile.row
        key = painting.keys[place]
        if store.has_tile(key):
            keys[sink.link(place, store.tile_path(key))] = key
        else:
            crossed[sink.write(tile)] = hashlib.sha256(tile.data).hexdigest()
    count = len(crosses)
    if count == len(painting.pictures) > 1:
        raise ImagesError(f"not one of the {count:,} images in {job.images} can be read any more; is it there?")
    if crosses:
        job.progress.warn(_marked(crosses))
    return keys, crossed, count


def _mean_texts(job: Job) -> Texts:
    """Return what is known of the posters on the map, as far as the site will have it."""
    metadata = artifacts.read_metadata(job.work)
    rows = artifacts.read_selection(job.work, len(metadata)).rows.tolist()
    clusters = artifacts.read_clusters(job.work, len(rows), artifacts.CURATED).clusters
    return mean_texts(metadata, rows, job.beside, [len(one.members) for one in clusters])


def _index(job: Job) -> Mapping[str, Any]:
    """Return the index of the tiles that stand, {} if there is none."""
    try:
        index = json.loads((job.work.path(artifacts.TILES) / INDEX).read_bytes())
    except (OSError, ValueError):
        return {}
    return index if isinstance(index, dict) else {}


def _kept_mips(index: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of tiles whose mips the store keeps; none where an older version has not told it."""
    deepest = index.get("mips", -1)
    return (key for name, key in index["keys"].items() if int(name.partition("/")[0]) <= deepest)


def _known_digests(job: Job) -> dict[str, str]:
    """Return the digests of tiles that stand, by their keys."""
    index = _index(job)
    return {key: index["files"][name] for name, key in index.get("keys", {}).items()}


def poster_width(images: Images, rows: Any, most_pixels: int | None = MOST_PIXELS) -> int:
    """Return how wide to draw posters: about as half of them are, less where all together were too many pixels."""
    width = min(WIDEST, int(np.median(images.width[rows]) * STRETCH))
    most = width if most_pixels is None else int((most_pixels / len(rows) / images.aspect(rows)) ** 0.5)
    return max(4, min(width, most))


def _marked(crosses: Sequence[Unreadable]) -> str:
    first = f"{crosses[0].file} can no longer be read ({crosses[0].reason})"
    if len(crosses) == 1:
        return f"{first}; its cell is marked on the map"
    return f"{first}, nor can {len(crosses) - 1:,} more; their cells are marked on the map"
