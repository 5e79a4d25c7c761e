"""Which posters are in which batch: a function of (seed, epoch, step), and of nothing that happened before.

A batch always has the same size; posters that fill none have their turn in another epoch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels, Rows
from mapmaker.methods.extractors.back_end import import_keras

Picked = Callable[[Rows, int], NDArray[Any]]
"""(rows, epoch) -> what the network is shown of them."""


@dataclass(frozen=True, eq=False)
class Order:
    """Draws an epoch's batches from posters with these `labels`.

    `balance`: 0 shows each poster once; else posters are drawn with replacement, each with the mean over its labels of
    1 / (posters of that label) ** balance, so that with 1 each class is shown about as often.
    """

    labels: Labels
    batch: int
    balance: float
    seed: int

    @property
    def size(self) -> int:
        """Posters in a batch."""
        return min(self.batch, len(self.labels))

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return len(self.labels) // self.size

    def epoch(self, epoch: int) -> Rows:
        """Return (steps, size) rows."""
        random = np.random.default_rng([self.seed, epoch, 1])
        count = self.steps * self.size
        if self.balance:
            rows = random.choice(len(self.labels), count, p=self.chances())
        else:
            rows = random.permutation(len(self.labels))[:count]
        return np.asarray(rows.reshape(self.steps, self.size), np.intp)

    def chances(self) -> NDArray[np.float64]:
        """Return how likely each poster is to be drawn; they add up to 1."""
        worth = np.maximum(self.labels.sum(axis=0), 1) ** -self.balance
        chances: NDArray[np.float64] = (self.labels * worth).sum(axis=1) / self.labels.sum(axis=1)
        return np.asarray(chances / chances.sum())


def make_batches(order: Order, picked: Picked, epoch: int, workers: int) -> Any:
    """Return the batches of one epoch as Keras reads them: (what is shown, labels as float32), made ahead."""
    keras = import_keras()

    class Batches(keras.utils.PyDataset):  # type: ignore[name-defined,misc]  # Keras has no types
        """See `make_batches`."""

        def __len__(self) -> int:
            return order.steps

        def __getitem__(self, step: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
            return picked(rows[step], epoch), order.labels[rows[step]].astype(np.float32)

    rows = order.epoch(epoch)
    return Batches(workers=workers, use_multiprocessing=False, max_queue_size=2 * workers)
