"""A number -> the colours of one poster.

Every family of posters goes through the same palettes in the same five lights, so that colour says
nothing about which family a poster belongs to.
"""

import colorsys
from dataclasses import dataclass
from random import Random

Color = tuple[int, int, int]

# Each ramp runs from dark to light: a near-black, a deep tone, two voices of the middle, a paper.
_RAMPS = (
    "14213d 1f4e79 e07a1f f2b84b f6efe0",
    "2b0f1a 7a1f3d d94b4b f2a65a fbeed7",
    "0d1f1c 1f5c4d e2603c f0b67f f3f0df",
    "1b1030 4b2a7b e8527a f7a072 fdf0e4",
    "101418 39424e d7263d b9bec5 f4f1ea",
    "0b2027 1d6a74 f25f4c 8cc4bb f6f1d1",
    "241a12 6b4226 3d8f8a d9a441 f5ead2",
    "1a1a2e 3f3d8f 00a6a6 f2c14e f7f3e8",
    "21130d a13d1c e0862e 9fc2b4 f8eedb",
    "0f2417 2f6b3a 8fb339 f2c84b f7f5e1",
    "1c0f2b 6a2c91 2fa7a0 d3dc74 f6f3ea",
    "2a0a12 9b1b30 4f8fa8 e9a6a6 f8ece6",
    "0a1a33 24508c f26b5b 8fc0e6 f1f4f4",
    "1d1f0e 5d6b1f c2552d d9c85b f5f2dc",
    "0e1116 2b4a4a e5b82e a8c0ba f3efe3",
    "2d1136 a02c74 f06b6b f5b971 fbf0e6",
    "06262d 0f6e63 49b685 f4d35e f7f7ea",
    "251c3a 5b5499 c97ba5 a3cde3 f3eef5",
    "1b1411 54423a b5653c cbb59a f3eadc",
    "0c1730 463a8c d64f8c 86cfd5 f5eef0",
    "310d0d b3261e f08a24 f4cf6a fdf3df",
    "101f2e 36607a 8f9d4a e8b26a f1ede0",
    "1a0d1f 5e1f4f c8384f 8cc0c3 f2ebe3",
    "0f2030 107a8c ee8a8a ffd97a fbf5ea",
)

# Which step of a ramp is the ground, the field, the figure on both, the accent, the second.
_LIGHTS = (
    (0, 1, 4, 2, 3),
    (1, 0, 4, 2, 3),
    (2, 3, 0, 4, 1),
    (3, 2, 0, 4, 1),
    (4, 3, 0, 2, 1),
)

_HUE_SHIFT = 0.035
"""How far round the wheel a poster's colours may stray from the palette's, in turns."""


COUNT = len(_RAMPS) * len(_LIGHTS)
"""How many palettes there are."""


@dataclass(frozen=True)
class Palette:
    """Five colours by what they are for, and the same in `ramp` from dark to light.

    `figure` stands out from `ground` and from `field`; `accent` and `second` by hue or light.
    """

    ground: Color
    field: Color
    figure: Color
    accent: Color
    second: Color
    ramp: tuple[Color, ...]

    @property
    def darkest(self) -> Color:
        return self.ramp[0]

    @property
    def lightest(self) -> Color:
        return self.ramp[-1]


def palette(number: int, rng: Random) -> Palette:
    """Return palette `number` (taken modulo COUNT), its hues shifted a little by `rng`."""
    shift = rng.uniform(-_HUE_SHIFT, _HUE_SHIFT)
    ramp = tuple(_shifted(code, shift) for code in _RAMPS[number % len(_RAMPS)].split())
    ground, field, figure, accent, second = (ramp[step] for step in _LIGHTS[number % len(_LIGHTS)])
    return Palette(ground, field, figure, accent, second, ramp)


def brightness(color: Color) -> float:
    """Return how light a colour looks, 0 to 255 (Rec. 601 luma)."""
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _shifted(code: str, turns: float) -> Color:
    red, green, blue = bytes.fromhex(code)
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    red_, green_, blue_ = colorsys.hsv_to_rgb((hue + turns) % 1.0, saturation, value)
    return round(255 * red_), round(255 * green_), round(255 * blue_)
