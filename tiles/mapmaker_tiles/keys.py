"""What each tile shows -> its key, by which a `Store` knows what has been painted before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import PIL
from numpy.typing import NDArray

from mapmaker_tiles.encoding import Encoding
from mapmaker_tiles.framing import Fit
from mapmaker_tiles.geometry import Box, Pyramid

TileId = tuple[int, int, int]
"""(zoom, column, row) of a tile."""

_VERSION = 3
"""Goes up when the same pictures would give other pixels."""
_DIGEST = 16
"""Bytes of a picture's digest in here; far more than chance could bring together."""


def tile_keys(
    digests: Sequence[str], occupant: NDArray[np.int64], pyramid: Pyramid, encoding: Encoding, fit: Fit
) -> dict[TileId, str]:
    """The key of every tile that shows a picture: equal if, and only if, it shows the same at the same places.

    digests: (n,) of the pictures' content, any text; occupant: (rows, columns) index of a picture, -1 for none. Where
    on the map a tile lies does not count, nor what else there is on the map.
    """
    pixels = repr((_VERSION, pyramid.cell_width, pyramid.cell_height, pyramid.gap, pyramid.tile_size, fit))
    deepest = f"{pixels} {_encoded(encoding, 0)}"
    shown = _short_digests(digests)[occupant]
    keys = {}
    for tile, (left, top, right, bottom), (c_left, c_top, c_right, c_bottom) in _leaves(occupant, pyramid):
        p_left, p_top, _, _ = pyramid.cell_box(c_left, c_top)
        c_box = p_left - left, p_top - top, c_right - c_left, c_bottom - c_top
        content = shown[c_top:c_bottom, c_left:c_right].tobytes()
        keys[tile] = _key(f"{deepest} {right - left} {bottom - top} {c_box}", content)
    below = dict(keys)
    for zoom in range(pyramid.max_zoom - 1, -1, -1):
        above = _encoded(encoding, pyramid.max_zoom - zoom)
        level: dict[TileId, list[str]] = {}
        for (_, column, row), key in below.items():
            quarters = level.setdefault((zoom, column // 2, row // 2), [""] * 4)
            quarters[2 * (row % 2) + column % 2] = key
        below = {tile: _key(above, " ".join(quarters).encode()) for tile, quarters in level.items()}
        keys.update(below)
    return keys


def framing(pyramid: Pyramid, fit: Fit) -> str:
    """What a cell's pixels, before they are encoded, come from but for its picture."""
    return repr((_VERSION, pyramid.cell_width, pyramid.cell_height, pyramid.gap, fit, PIL.__version__))


def _leaves(occupant: NDArray[np.int64], pyramid: Pyramid) -> Iterator[tuple[TileId, Box, Box]]:
    """Tiles of the deepest zoom that show a picture, with their boxes of pixels and of cells."""
    zoom = pyramid.max_zoom
    for column, row in pyramid.depth_first(zoom):
        box = pyramid.tile_box(zoom, column, row)
        c_box = left, top, right, bottom = pyramid.cells_in(box)
        if (occupant[top:bottom, left:right] >= 0).any():
            yield (zoom, column, row), box, c_box


def _short_digests(digests: Sequence[str]) -> NDArray[np.void]:
    """(n + 1,) of _DIGEST bytes each; the last, for index -1, zeros."""
    raw = b"".join(blake2b(digest.encode(), digest_size=_DIGEST).digest() for digest in digests)
    return np.frombuffer(raw + bytes(_DIGEST), np.dtype((np.void, _DIGEST)))


def _key(text: str, content: bytes) -> str:
    return blake2b(text.encode() + b"\0" + content, digest_size=_DIGEST).hexdigest()


def _encoded(encoding: Encoding, above: int) -> str:
    """What the bytes of a tile, so many zooms above the deepest, depend on but for its pixels."""
    quality, method = encoding.quality_at(above), encoding.method_at(above)
    alike = replace(encoding, quality=quality, method=method, overview_quality=None)
    return f"{alike!r} Pillow {PIL.__version__}"
