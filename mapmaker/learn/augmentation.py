"""Pictures -> the same, seen a little differently each epoch, so that a network learns what stays.

Each picture's change is drawn from (seed, epoch, row) alone: a run that goes on after a kill sees what an unbroken one
would have seen, however its batches are put together. For training only.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mapmaker.learn.dataset import Rows
from mapmaker.learn.pixels import Bytes, Pictures

SMALLEST = 0.6
"""Share of the area that the strongest crop leaves."""
STRETCH = 0.15
"""How far, as a share, a crop's sides may depart from the picture's, at the strongest."""
SHADE = 0.35
"""How far, as a share, brightness and contrast each may change, at the strongest."""


@dataclass(frozen=True, eq=False)
class Augmented:
    """Pictures as a source of what is shown to a network.

    Every other one is mirrored; it is cropped, brighter or darker, stronger or paler; `strength` 0 leaves it as it is.
    """

    pictures: Pictures
    strength: float
    seed: int

    def __len__(self) -> int:
        return len(self.pictures)

    def shown(self, rows: Rows, epoch: int) -> Bytes:
        """Return (n, height, width, 3) as the epoch shows them."""
        pictures = self.plain(rows)
        if not self.strength:
            return pictures
        return np.stack([self._one(picture, int(row), epoch) for picture, row in zip(pictures, rows, strict=True)])

    def plain(self, rows: Rows) -> Bytes:
        """Return them unchanged."""
        return self.pictures[rows]

    def _one(self, picture: Bytes, row: int, epoch: int) -> Bytes:
        random = np.random.default_rng([self.seed, epoch, row])
        image = Image.fromarray(picture)
        width, height = image.size
        area = 1 - self.strength * (1 - SMALLEST) * random.random()
        stretch = (1 + self.strength * STRETCH) ** random.uniform(-1, 1)
        across = min(1.0, (area * stretch) ** 0.5) * width
        down = min(1.0, (area / stretch) ** 0.5) * height
        left, top = random.random() * (width - across), random.random() * (height - down)
        cropped = image.resize((width, height), Image.Resampling.BILINEAR, (left, top, left + across, top + down))
        if random.random() < 0.5:
            cropped = cropped.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        contrast, brightness = 1 + self.strength * SHADE * random.uniform(-1, 1, 2)
        levels = (np.arange(256) - 127.5) * contrast + 127.5 * brightness
        table = np.clip(levels, 0, 255).round().astype(np.uint8)
        return np.asarray(table[np.asarray(cropped)])
