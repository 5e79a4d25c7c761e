"""An image service -> the address of its picture at a size that it has: Image API 1, 2 and 3.

No picture is asked for larger than it is: version 3 refuses that without "^", and there is nothing more to see.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mapmaker.sources.iiif.words import each

LIMITS = ("maxWidth", "maxHeight", "maxArea")
_LEVEL = re.compile(r"level([012])")


@dataclass(frozen=True)
class Box:
    """What a picture is to be at most, in pixels; 0 for any."""

    width: int
    height: int = 0


@dataclass(frozen=True)
class Service:
    """An image service, as its info.json tells. `level`: of compliance, None if it does not say.

    `sizes`: (width, height) that it has ready. `whole`: the largest (width, height) that it gives.
    """

    base: str
    version: int
    level: int | None
    size: tuple[int, int]
    whole: tuple[int, int]
    sizes: Sequence[tuple[int, int]]
    any_width: bool
    """Whether it gives any width up to that of `whole`."""

    def address(self, box: Box) -> str:
        """Return where its picture is that fits into `box`, or, where only some sizes are ready, is nearest to that."""
        quality = "native" if self.version == 1 else "default"
        return f"{self.base}/full/{self._asked(box)}/0/{quality}.jpg"

    def _asked(self, box: Box) -> str:
        """Return the size as it is asked for."""
        width = self._fitting(box)
        if self.any_width:
            return f"{width}," if width < self.whole[0] or self._is_limited else self._all
        if not self.sizes:
            return self._all
        # The smallest that is no smaller than wanted; a map can make it smaller, not larger.
        best = min(self.sizes, key=lambda size: (size[0] < width, abs(size[0] - width)))
        if best == self.size:
            return self._all
        return f"{best[0]},{best[1]}" if self.version == 3 else f"{best[0]},"

    def _fitting(self, box: Box) -> int:
        """Return the width of the picture in `box`, no larger than it is."""
        width, height = self.whole
        widths = [width, *([box.width] if box.width else []), *([box.height * width // height] if box.height else [])]
        return max(1, min(widths))

    @property
    def _is_limited(self) -> bool:
        return self.version < 3 and self.whole != self.size

    @property
    def _all(self) -> str:
        return "max" if self.version == 3 else "full"


def read_service(base: str, info: Mapping[str, Any]) -> Service | None:
    """Return the service at `base` that an info.json tells of, or a manifest as fully; None if it tells no size."""
    width, height = _pixels(info.get("width")), _pixels(info.get("height"))
    if not (width and height):
        return None
    told = [part for part in each(info.get("profile")) if isinstance(part, Mapping)]
    limits = {name: max(_pixels(part.get(name)) for part in (info, *told)) for name in LIMITS}
    features = [*each(info.get("extraFeatures")), *(name for part in told for name in each(part.get("supports")))]
    level = level_of(info)
    sizes = sorted({*_sizes(info), *_tiled(info, (width, height))} if level == 0 else set(_sizes(info)))
    return Service(
        base=base.rstrip("/"),
        version=version_of(info),
        level=level,
        size=(width, height),
        whole=_limited((width, height), limits),
        sizes=sizes,
        any_width="sizeByW" in features or (level > 0 if level is not None else not sizes),
    )


def version_of(service: Mapping[str, Any]) -> int:
    """Return the version of the Image API that a service keeps."""
    kind = str(service.get("type") or service.get("@type") or "")
    if found := re.fullmatch(r"ImageService([123])", kind):
        return int(found[1])
    told = " ".join(str(part) for name in ("@context", "profile") for part in each(service.get(name)))
    if found := re.search(r"/api/image/([123])\b", told):
        return int(found[1])
    return 1 if "stanford.edu" in told else 2


def level_of(service: Mapping[str, Any]) -> int | None:
    """Return the level of compliance that a service tells, None if it tells none."""
    for part in each(service.get("profile")):
        if isinstance(part, str) and (found := _LEVEL.search(part)):
            return int(found[1])
    return None


def _limited(size: tuple[int, int], limits: Mapping[str, int]) -> tuple[int, int]:
    """Return the largest size that is given: a limit of the width is one of the height, too, where that has none."""
    width, height = size
    most_wide = limits["maxWidth"] or width
    most_high = limits["maxHeight"] or limits["maxWidth"] or height
    area = limits["maxArea"] or width * height
    scale = min(1.0, most_wide / width, most_high / height, math.sqrt(area / (width * height)))
    return (max(1, int(width * scale)), max(1, int(height * scale))) if scale < 1 else size


def _sizes(info: Mapping[str, Any]) -> list[tuple[int, int]]:
    found = [(_pixels(one.get("width")), _pixels(one.get("height"))) for one in _tables(info.get("sizes"))]
    return [(width, height) for width, height in found if width and height]


def _tiled(info: Mapping[str, Any], size: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the sizes at which the whole picture is one tile: of static tiles, pictures that are there as files."""
    found = []
    for tile in _tables(info.get("tiles")):
        wide = _pixels(tile.get("width"))
        high = _pixels(tile.get("height")) or wide
        for factor in each(tile.get("scaleFactors")):
            if _pixels(factor):
                small = math.ceil(size[0] / factor), math.ceil(size[1] / factor)
                if small[0] <= wide and small[1] <= high:
                    found.append(small)
    return found


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [one for one in each(value) if isinstance(one, Mapping)]


def _pixels(value: object) -> int:
    """Return a whole number above 0, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
