"""The design families: how each is drawn, where its title goes, whether it may be mirrored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mapmaker.sources.demo.families import faces, heads, places, shapes
from mapmaker.sources.demo.lettering import Place
from mapmaker.sources.demo.sheet import Sheet


@dataclass(frozen=True)
class Family:
    """One idea for a poster."""

    draw: Callable[[Sheet], None]
    place: Place
    mirrors: bool = True


PAINTERS: Mapping[str, Family] = MappingProxyType(
    {
        "eye": Family(faces.eye, Place(0.1, 1.08, 0.9, 1.3)),
        "horizon": Family(places.horizon, Place(0.1, 0.1, 0.9, 0.36)),
        "legs": Family(places.legs, Place(0.08, 1.2, 0.92, 1.35, high=0.09)),
        "two tones": Family(shapes.two_tones, Place(0.08, 1.13, 0.92, 1.34, high=0.13)),
        "half face": Family(faces.half_face, Place(0.06, 0.52, 0.44, 0.98, side=1.0, high=0.08)),
        "cut paper": Family(shapes.cut_paper, Place(0.1, 1.17, 0.9, 1.34)),
        "ring of heads": Family(heads.ring_of_heads, Place(0.3, 0.5, 0.7, 0.88, high=0.07), mirrors=False),
        "big type": Family(shapes.big_type, Place(0.07, 0.08, 0.93, 1.3, justified=True), mirrors=False),
        "night in a head": Family(heads.night_in_a_head, Place(0.08, 0.07, 0.92, 0.2, high=0.08)),
        "house on a hill": Family(places.house_on_a_hill, Place(0.1, 1.12, 0.9, 1.33)),
        "sunglasses": Family(faces.sunglasses, Place(0.1, 0.1, 0.9, 0.33)),
        "spiral": Family(shapes.spiral_fall, Place(0.1, 1.2, 0.9, 1.34, high=0.08), mirrors=False),
        "open road": Family(places.open_road, Place(0.1, 0.09, 0.9, 0.32)),
        "bands of eyes": Family(faces.bands_of_eyes, Place(0.08, 1.17, 0.92, 1.34, high=0.1)),
    }
)
"""In the order in which posters take turns; a family's name is also its key for words."""
