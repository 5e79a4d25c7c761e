"""Pictures and their cells -> how many tiles and bytes a map of them will take, by cell size and encoding.

The bytes of a tile follow from what is seen on it, at its size. So a miniature is painted, the map with most of its
cells left out, and halved zoom by zoom: what its tiles take a pixel, the map's own will. Tiles themselves are not
estimated but counted. Each picture of the miniature is decoded once, for all sizes and encodings.
"""

import io
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mapmaker_tiles.decode import decode
from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.errors import DecodeError, TileError
from mapmaker_tiles.framing import Fit, frame, placeholder
from mapmaker_tiles.geometry import Pyramid, cell_size
from mapmaker_tiles.paint import check_placed, touched_tiles
from mapmaker_tiles.shade import Pixels, halved, halved_pixels, to_pixels

MOST_DECODED = 1024
"""Pictures of the miniature. Their bytes differ by 30 % of the mean, so the mean of so many is good to 1 %."""
_MOST_PIXELS = 6_000_000
"""Of one painted miniature: half a second of WebP, three of AVIF. Of wide cells it holds fewer pictures than the
sample, and is set right by how busy these are."""
_TOGETHER = 2
"""Cells along a side of the groups that the miniature keeps: large ones would hold pictures that are all alike."""
_STRIDE = 1.5
"""Sizes up to this ratio of widths apart are painted; those in between are interpolated."""
_GLANCE = 96
"""Pixels across a picture when it is asked how busy it is."""
_JPEG_HEADER = 630
"""Bytes of its file that say nothing of the picture."""
_LEAST_SIDE = 16
"""Pixels along a side below which a miniature is not halved on: what would be above it is a few tiles of the map."""

T = TypeVar("T", bound=np.generic)
Occupants = NDArray[np.int64]
"""(down, across): the picture in each cell, -1 for none."""


@dataclass(frozen=True)
class Prediction:
    """What a map would take. `tiles` and `bytes` are those of each zoom from 0; tiles are exact, bytes estimated."""

    pyramid: Pyramid
    encoding: Encoding
    tiles: tuple[int, ...]
    bytes: tuple[int, ...]

    @property
    def total_tiles(self) -> int:
        """Tiles of all zooms, each a file."""
        return sum(self.tiles)

    @property
    def total_bytes(self) -> int:
        """Bytes of the tiles of all zooms."""
        return sum(self.bytes)


def cell_sizes(aspect: float, widest: int = 256, narrowest: int = 16) -> list[tuple[int, int]]:
    """Every (cell_width, cell_height) that `cell_size` gives for widths of `narrowest` to `widest`, widest first.

    Raises TileError as `cell_size` does, and where none is that narrow.
    """
    sizes = {cell_size(width, aspect) for width in range(narrowest, widest + 1)}
    found = sorted((size for size in sizes if size[0] >= narrowest), reverse=True)
    if not found:
        raise TileError(f"no cell is {narrowest} to {widest} pixels wide with height / width near {aspect:.3g}")
    return found


def predict(
    pictures: Sequence[Path | None],
    cells: NDArray[np.integer],
    pyramids: Sequence[Pyramid],
    encodings: Sequence[Encoding],
    *,
    fit: Fit = "cover",
    seed: int = 0,
) -> list[Prediction]:
    """What `paint` would yield for each of the pyramids with each of the encodings, in the order given.

    pictures, cells, fit: as for `paint`.
    pyramids: of the same columns, rows, tile_size and gap; how wide their cells are is the question. Margins may
        differ.
    seed: of the sample; the same one gives the same figures.

    Takes seconds, however many the pictures are: at most MOST_DECODED are decoded, and some 40 million pixels encoded
    for each encoding. Raises TileError for arguments that do not fit together, before any work.
    """
    cells = np.asarray(cells)
    if len({(one.columns, one.rows, one.tile_size, one.gap) for one in pyramids}) != 1:
        raise TileError("pyramids must be one or more, all of the same columns, rows, tile_size and gap")
    for pyramid in pyramids:
        check_placed(pictures, cells, pyramid, fit)
    drawn = np.array([picture is not None for picture in pictures], dtype=bool)
    occupants = np.full((pyramids[0].rows, pyramids[0].columns), -1, np.int64)
    occupants[cells[drawn, 1], cells[drawn, 0]] = np.flatnonzero(drawn)
    miniatures = _miniatures(pictures, occupants, _anchors(pyramids), fit, seed) if drawn.any() else []
    costs = {encoding: _cost(miniatures, encoding) for encoding in encodings}
    return [
        _prediction(pyramid, encoding, cells[drawn], costs[encoding]) for pyramid in pyramids for encoding in encodings
    ]


def _prediction(pyramid: Pyramid, encoding: Encoding, cells: NDArray[np.integer], cost: "_Cost") -> Prediction:
    tiles = tuple(int(touched.sum()) for touched in touched_tiles(cells, pyramid))
    p_left, p_top, p_right, p_bottom = pyramid.picture_box(0, 0)
    p_covered = len(cells) * (p_right - p_left) * (p_bottom - p_top)
    sizes = []
    for zoom, count in enumerate(tiles):
        covered = p_covered / pyramid.shrink(zoom) ** 2
        empty = max(0.0, count * pyramid.tile_size**2 - covered)
        seen = covered * cost.seen(pyramid.cell_width, pyramid.max_zoom - zoom) if count else 0.0
        sizes.append(round(count * cost.file + empty * cost.empty + seen))
    return Prediction(pyramid, encoding, tiles, tuple(sizes))


@dataclass(frozen=True)
class _Cost:
    """Bytes in one encoding: of a file as such, of an empty pixel of it, of a covered one by what is seen there.

    `densities` are the bytes of a covered pixel by cell width: at the deepest zoom, and at those above it.
    """

    file: int
    empty: float
    densities: Mapping[int, Sequence[float]]

    def seen(self, width: int, above: int) -> float:
        """Bytes of a covered pixel, so many zooms above the deepest; between two widths in logarithms."""
        widths = sorted(self.densities)
        logs = [math.log(self.densities[one][min(above, len(self.densities[one]) - 1)]) for one in widths]
        return math.exp(float(np.interp(math.log(width), np.log(widths), logs)))


@dataclass(frozen=True, eq=False)
class _Miniature:
    """A map with cells left out, painted. `busy` are its pictures, against 1 for all of the sample."""

    pyramid: Pyramid
    pixels: Pixels
    busy: float

    def zooms(self) -> Iterator[Pixels]:
        """The pixels of the deepest zoom and of those above it, as long as there is something to see."""
        yield self.pixels
        shades = halved_pixels(_even(self.pixels)) if min(self.pixels.shape[:2]) >= 2 * _LEAST_SIDE else None
        while shades is not None:
            yield to_pixels(shades)
            shades = halved(_even(shades)) if min(shades.shape[:2]) >= 2 * _LEAST_SIDE else None


def _cost(miniatures: Sequence[_Miniature], encoding: Encoding) -> _Cost:
    if not miniatures:
        return _Cost(0, 0, {})
    side = miniatures[0].pyramid.tile_size
    file = len(encoding.encode(np.full((_LEAST_SIDE, _LEAST_SIDE, 4), 255, np.uint8)))
    blank = len(encoding.encode(np.zeros((side, side, 4), np.uint8)))
    densities = {mini.pyramid.cell_width: _densities(mini, encoding, file) for mini in miniatures}
    return _Cost(file, max(0, blank - file) / side**2, densities)


def _densities(miniature: _Miniature, encoding: Encoding, file: int) -> list[float]:
    """Bytes of a covered pixel, from the deepest zoom on, were the pictures as busy as those of the whole sample."""
    found = []
    for above, pixels in enumerate(miniature.zooms()):
        windows = _windows(pixels, miniature.pyramid.tile_size)
        with ThreadPoolExecutor() as pool:  # WebP and AVIF are encoded outside Python's lock
            sizes = [len(data) for data in pool.map(partial(encoding.encode, above=above), windows)]
        covered = float(pixels[..., 3].sum(dtype=np.int64)) / 255
        found.append(max(1.0, sum(sizes) - file * len(sizes)) / covered / miniature.busy)
    return found


def _windows(pixels: Pixels, side: int) -> Iterator[Pixels]:
    """The pixels in windows nearly equal, about `side` wide and high: none is mostly empty, as tiles at an edge are."""
    for band in np.array_split(pixels, max(1, round(pixels.shape[0] / side))):
        yield from np.array_split(band, max(1, round(pixels.shape[1] / side)), axis=1)


def _even(pixels: NDArray[T]) -> NDArray[T]:
    return pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]


def _anchors(pyramids: Sequence[Pyramid]) -> list[Pyramid]:
    """The pyramids to paint of, widest cells first: those at both ends, and between as few as `_STRIDE` allows."""
    by_width = {pyramid.cell_width: pyramid for pyramid in pyramids}
    widths = sorted(by_width, reverse=True)
    anchors = widths[:1]
    for width, narrower in itertools.pairwise(widths[1:]):
        if anchors[-1] > _STRIDE * narrower:
            anchors.append(width)
    return [by_width[width] for width in dict.fromkeys([*anchors, widths[-1]])]


def _miniatures(
    pictures: Sequence[Path | None], occupants: Occupants, pyramids: Sequence[Pyramid], fit: Fit, seed: int
) -> list[_Miniature]:
    """One for the cells of each pyramid. Every picture is decoded once, the canvases are filled side by side."""
    random = np.random.default_rng(seed)
    sample = _thinned(_dense(occupants), MOST_DECODED, _TOGETHER, random)
    canvases = []
    for pyramid in pyramids:
        most = _MOST_PIXELS // (pyramid.cell_width * pyramid.cell_height)
        canvases.append(_Canvas.blank(pyramid, _thinned(sample, most, 1, random)))
    busy = {}
    for index in sample[sample >= 0].tolist():
        wanted = [canvas for canvas in canvases if index in canvas.places]
        picture = _decoded(pictures[index], wanted[0].enough if wanted else (2 * _GLANCE, 2 * _GLANCE))
        busy[index] = _busyness(picture, pyramids[0])
        for canvas in wanted:
            canvas.lay(index, picture, fit)
    usual = float(np.mean(list(busy.values())))
    return [
        _Miniature(canvas.pyramid, canvas.pixels, float(np.mean([busy[index] for index in canvas.places])) / usual)
        for canvas in canvases
    ]


def _dense(occupants: Occupants) -> Occupants:
    """The same map, or, where most of its cells are empty, its pictures in a square, in the order of the rows."""
    held = occupants[occupants >= 0]
    if 2 * len(held) >= occupants.size:
        return occupants
    side = math.isqrt(len(held))
    return held[: side * side].reshape(side, side)


def _thinned(occupants: Occupants, most: int, together: int, random: np.random.Generator) -> Occupants:
    """About `most` of the cells, or fewer: from each of equal boxes of the map a group `together` wide and high."""
    down, across = occupants.shape
    shrink = math.sqrt(max(1, most) / occupants.size)
    if shrink >= 1:
        return occupants
    wide, high = min(together, across), min(together, down)
    boxes_across = min(across // wide, max(1, min(round(across * shrink / wide), most // (wide * high))))
    boxes_down = min(down // high, max(1, most // (boxes_across * wide * high)))
    top = _origins(down, boxes_down, high, boxes_across, random)
    left = _origins(across, boxes_across, wide, boxes_down, random).T
    rows = top[:, None, :, None] + np.arange(high)[None, :, None, None]
    columns = left[:, None, :, None] + np.arange(wide)[None, None, None, :]
    kept = occupants[rows, columns].reshape(boxes_down * high, boxes_across * wide)
    return kept if (kept >= 0).any() else np.array([[occupants.max()]])


def _origins(length: int, boxes: int, group: int, other_boxes: int, random: np.random.Generator) -> NDArray[np.int64]:
    """(boxes, other_boxes): where the group begins in each of the boxes that `length` cells are cut into."""
    edges = np.arange(boxes + 1) * length // boxes
    room = np.maximum(0, np.diff(edges) - group) + 1
    begins: NDArray[np.int64] = edges[:-1, None] + (random.random((boxes, other_boxes)) * room[:, None]).astype(int)
    return np.minimum(begins, length - group)


@dataclass(frozen=True, eq=False)
class _Canvas:
    """A miniature that is being painted: its pixels, and the [column, row] of each picture."""

    pyramid: Pyramid
    pixels: Pixels
    places: Mapping[int, Sequence[tuple[int, int]]]

    @classmethod
    def blank(cls, pyramid: Pyramid, occupants: Occupants) -> "_Canvas":
        """An empty one for these pictures, in cells like the pyramid's."""
        down, across = occupants.shape
        pyramid = replace(pyramid, margin=0)  # whose tiles, all empty, are no part of a sample
        pixels = np.zeros((down * pyramid.cell_height, across * pyramid.cell_width, 4), np.uint8)
        places = defaultdict(list)
        for row, column in np.argwhere(occupants >= 0).tolist():
            places[int(occupants[row, column])].append((column, row))
        return cls(pyramid, pixels, places)

    @property
    def enough(self) -> tuple[int, int]:
        """The (width, height) that `paint` would have a picture decoded at."""
        return 2 * self.pyramid.cell_width, 2 * self.pyramid.cell_height

    def lay(self, index: int, picture: Image.Image | None, fit: Fit) -> None:
        """Put a picture, None for an unreadable one, into its cell."""
        for column, row in self.places[index]:
            left, top, right, bottom = self.pyramid.picture_box(column, row)
            size = right - left, bottom - top
            area = self.pixels[top:bottom, left:right]
            area[..., :3] = np.asarray(placeholder(size) if picture is None else frame(picture, size, fit))
            area[..., 3] = 255


def _decoded(file: Path | None, enough: tuple[int, int]) -> Image.Image | None:
    assert file is not None  # the empty cells are left out
    try:
        return decode(file, at_least=enough)
    except DecodeError:
        return None


def _busyness(picture: Image.Image | None, pyramid: Pyramid) -> float:
    """Bytes that a picture takes as a small JPEG, which costs next to nothing to find: a measure of its detail.

    Of 300 real posters, their bytes as WebP 192 pixels wide went with it at a correlation of 0.88.
    """
    if picture is None:
        return 1.0
    height = max(1, round(_GLANCE * pyramid.cell_height / pyramid.cell_width))
    small = picture.resize((_GLANCE, height), Image.Resampling.BOX)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return max(1.0, out.tell() - _JPEG_HEADER)
